"""A line to search with: what is typed is completed, and looked for on Enter."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import param
from panel.custom import JSComponent

from ..engine.query import Completion

_STATIC = Path(__file__).parent / "static"
_MOST = 8


class SearchBox(JSComponent):
    """An input whose last word is completed; `value` is what was asked for last.

    Parameters
    ----------
    complete : function
        Returns the ways to go on with a text.
    **params
        `label`, `placeholder` and `help`.
    """

    value = param.String(default="", doc="What is looked for.")
    typed = param.String(default="", doc="What stands in the input.")
    label = param.String(default="Find", doc="What the input is called.")
    placeholder = param.String(default="", doc="An example.")
    help = param.String(default="", doc="What may be written.")
    options = param.List(default=[], doc="Ways to go on: text, what it means, from where.")

    _esm: ClassVar[str] = (_STATIC / "search_box.js").read_text("utf-8")
    _stylesheets: ClassVar[list[str]] = [(_STATIC / "search_box.css").read_text("utf-8")]

    def __init__(self, complete: Callable[[str], list[Completion]], **params: Any) -> None:
        super().__init__(**{"sizing_mode": "stretch_width", "margin": (0, 0, 8, 0), **params})
        self._complete = complete

    @param.depends("typed", watch=True)
    def _go_on(self) -> None:
        found = self._complete(self.typed) if self.typed else []
        self.options = [[one.text, one.about, one.start] for one in found[:_MOST]]
