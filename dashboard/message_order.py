"""Changes reach a served page in the order in which they were made."""

from __future__ import annotations

from typing import Any

from bokeh.document import Document
from bokeh.document.events import DocumentPatchedEvent
from panel.io.document import schedule_write_events


def keep_order(document: Document | None) -> None:
    """Send all changes of a served page through one line.

    Panel writes its changes at once, or a little later when the connection is busy; Bokeh
    writes its own when a callback has ended. A change could so overtake the one that brings
    the model it is about, and the page would fail with "reference isn't known".

    Parameters
    ----------
    document : Document or None
        Of the page; one without a server's session, such as a notebook's, is left as it is.
    """
    session = _session(document)
    if session is None:
        return

    def line_up(event: DocumentPatchedEvent) -> None:
        asker = session._current_patch_connection if event.setter is session else None  # knows it
        pages = [one for one in session._subscribed_connections if one is not asker]
        schedule_write_events(document, pages, [event])

    session._document_patched = line_up


def send_what_waits(document: Document | None) -> None:
    """Write what found the connection busy (Panel can forget to try again)."""
    if _session(document) is not None:
        schedule_write_events(document, [], [])


def _session(document: Document | None) -> Any:
    context = None if document is None else document.session_context
    return None if context is None else context.session
