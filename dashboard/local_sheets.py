"""Style sheets as text within the page: none comes from a network, and none comes late."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from bokeh.models import InlineStyleSheet
from panel.io.resources import CDN_DIST, DIST_DIR, LOCAL_DIST
from panel.io.state import state

_IN_ADDRESS = "data:text/css,"


class LocalSheets(dict[str, Any]):
    """The sheets of one document by their addresses: Panel's own files, and texts in addresses.

    Panel puts what it imports from its network into such a dict, and takes it from there: also
    later, when a pane is updated, which `pn.extension(inline=True)` does not cover.
    """

    def __contains__(self, address: object) -> bool:
        if not super().__contains__(address) and isinstance(address, str):
            css = _text(address)
            if css:
                self[address] = _sheet(css)
        return super().__contains__(address)


def keep_local(document: Any) -> None:
    """Have a document that is about to be rendered use no sheet of the network.

    A sheet is one model for all parts of the page that use it, and styles them at once: a link
    would be followed, and the part laid out again, in each of them.
    """
    if not isinstance(state._stylesheets.get(document), LocalSheets):
        # Not empty: Panel does not look into an empty one.
        state._stylesheets[document] = LocalSheets({"": None})


def _text(address: str) -> str:
    if address.startswith(_IN_ADDRESS):
        return unquote(address.removeprefix(_IN_ADDRESS).partition("#")[0])
    name = address.removeprefix(CDN_DIST).removeprefix(LOCAL_DIST).partition("?")[0]
    file = DIST_DIR / name
    return file.read_text(encoding="utf-8") if name != address and file.is_file() else ""


def _sheet(css: str) -> InlineStyleSheet:
    sheet = InlineStyleSheet(css=css)
    # Panel asks each sheet that it keeps for its address, and drops one that has none.
    object.__setattr__(sheet, "url", "")
    return sheet
