"""A table of records to choose from: sorted by a click on a head, chosen by boxes to tick."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Any

import panel as pn
from bokeh.models import (
    ColumnDataSource,
    CustomJS,
    CustomJSCompare,
    DataTable,
    StringFormatter,
    TableColumn,
)

from .theme import stylesheet
from .views.trials_table import COMPARE, ROW_HEIGHT

_KEY = "key"
_MARGIN = 34

# Bokeh draws a table again when it gets other rows, but not when the same rows get other values.
_REDRAW = """
export default ({table}, _source, _data, {index}) => {
  index.find_one(table)?.updateGrid();
}
"""


class RecordTable(pn.viewable.Viewer):
    """Rows with a box to tick each; what is ticked stays so when rows come and go.

    Parameters
    ----------
    columns : mapping of str to int
        Heads -> widths in pixels.
    on_choose : function
        Called with the keys of the ticked rows whenever these change by the user.
    n_rows : int
        How many rows are in sight at most.
    """

    def __init__(
        self,
        columns: Mapping[str, int],
        on_choose: Callable[[tuple[str, ...]], None],
        n_rows: int = 8,
    ) -> None:
        super().__init__()
        self._names, self._on_choose, self._n_rows = tuple(columns), on_choose, n_rows
        self._is_showing = False
        self._source = ColumnDataSource({name: [] for name in (*self._names, _KEY)})
        self._source.selected.on_change("indices", self._ticked)
        plain, compare = StringFormatter(), CustomJSCompare(code=COMPARE)
        self._table = DataTable(
            source=self._source,
            columns=[
                TableColumn(
                    field=name, title=escape(name), width=width, formatter=plain, sorter=compare
                )
                for name, width in columns.items()
            ],
            height=_MARGIN + ROW_HEIGHT,
            row_height=ROW_HEIGHT,
            selectable="checkbox",
            sizing_mode="stretch_width",
            autosize_mode="none",
            index_position=None,
            reorderable=False,
            scroll_to_selection=False,
            stylesheets=[stylesheet("table")],
        )
        self._source.js_on_change("data", CustomJS(args={"table": self._table}, code=_REDRAW))
        self._pane = pn.pane.Bokeh(self._table, sizing_mode="stretch_width", margin=0)

    @property
    def rows(self) -> list[dict[str, str]]:
        """The rows, from top to bottom before any sorting."""
        data = self._source.data
        n_rows = len(data[_KEY])
        return [{name: data[name][row] for name in self._names} for row in range(n_rows)]

    @property
    def chosen(self) -> tuple[str, ...]:
        """The keys of the ticked rows, from top to bottom."""
        keys = self._source.data[_KEY]
        return tuple(keys[row] for row in sorted(self._source.selected.indices) if row < len(keys))

    @chosen.setter
    def chosen(self, keys: Sequence[str]) -> None:
        known = list(self._source.data[_KEY])
        self._source.selected.indices = [known.index(one) for one in keys if one in known]

    def show_rows(self, rows: Mapping[str, Sequence[Any]]) -> None:
        """Show these rows by their keys, in place of those before."""
        columns: dict[str, list[str]] = {_KEY: list(rows)}
        for place, name in enumerate(self._names):
            columns[name] = [str(cells[place]) for cells in rows.values()]
        if columns == self._source.data:
            return
        kept = self.chosen
        self._is_showing = True
        try:
            self._source.data = columns
            self.chosen = kept
        finally:
            self._is_showing = False
        self._table.height = _MARGIN + ROW_HEIGHT * max(1, min(len(rows), self._n_rows))

    def push(self) -> None:
        """Send changes to a notebook, where nothing is sent by itself."""
        pn.io.push_notebook(self._pane)

    def _ticked(self, _name: str, _old: Any, _new: Any) -> None:
        if not self._is_showing:
            self._on_choose(self.chosen)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._pane
