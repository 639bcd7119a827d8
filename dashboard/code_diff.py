"""A difference of two texts in the page: what goes and what comes, before anything is written."""

from __future__ import annotations

from html import escape

import panel as pn

from ..engine.source.editing import SourceEdit
from .stylesheets import BOX
from .text_panes import Markup, PlainText

_KINDS = {"+": "comes", "-": "goes", "@": "where"}


class CodeDiff(pn.viewable.Viewer):
    """Shows an edit: its difference, and what could not be written with the reason."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = Markup("", css_classes=["tb-diff"], visible=False, **BOX)
        self._told = PlainText("", css_classes=["tb-note"], visible=False, **BOX)

    @property
    def text(self) -> str:
        """What could not be written, and notes on what can."""
        return str(self._told.object)

    def show_edit(self, edit: SourceEdit | None) -> None:
        """Show an edit; None shows nothing."""
        diff = "" if edit is None else edit.diff()
        told = "" if edit is None else "\n".join(_told(edit))
        self._lines.param.update(object=marked_diff(diff), visible=bool(diff))
        self._told.param.update(object=told, visible=bool(told))

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Column(self._lines, self._told, **BOX)


def marked_diff(diff: str) -> str:
    """Return a unified diff as HTML, escaped, with what goes and what comes marked."""
    lines = [one for one in diff.splitlines() if not one.startswith(("--- ", "+++ "))]
    spans = [f'<span class="{_KINDS.get(one[:1], "same")}">{escape(one)}\n</span>' for one in lines]
    return f"<pre>{''.join(spans)}</pre>" if spans else ""


def _told(edit: SourceEdit) -> list[str]:
    notes = [f"{one.name}: {one.note}." for one in edit.changes if one.note]
    return [*notes, *(f"{name} stays as it is. {why}" for name, why in edit.refused.items())]
