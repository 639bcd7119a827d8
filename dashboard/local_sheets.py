"""Panel's style sheets as text within a notebook's page, so that none comes from a network."""

from __future__ import annotations

from typing import Any

from bokeh.models import InlineStyleSheet
from panel.io.resources import CDN_DIST, DIST_DIR, LOCAL_DIST
from panel.io.state import state


class LocalSheets(dict[str, Any]):
    """The sheets of one document by their addresses, read from Panel's own files.

    Panel puts what it imports from its network into such a dict, and takes it from there: also
    later, when a pane is updated, which `pn.extension(inline=True)` does not cover.
    """

    def __contains__(self, address: object) -> bool:
        if not super().__contains__(address) and isinstance(address, str):
            name = address.removeprefix(CDN_DIST).removeprefix(LOCAL_DIST).partition("?")[0]
            if name != address and (DIST_DIR / name).is_file():
                self[address] = _sheet((DIST_DIR / name).read_text(encoding="utf-8"))
        return super().__contains__(address)


def keep_local(document: Any) -> None:
    """Have a document that is about to be rendered use no sheet of the network."""
    # Not empty: Panel does not look into an empty one.
    state._stylesheets[document] = LocalSheets({"": None})


def _sheet(css: str) -> InlineStyleSheet:
    sheet = InlineStyleSheet(css=css)
    # Panel asks each sheet that it keeps for its address, and drops one that has none.
    object.__setattr__(sheet, "url", "")
    return sheet
