"""The trials table: every trial with its values, its score and where they came from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape, unescape

import panel as pn
from bokeh.models import (
    CDSView,
    Column,
    ColumnDataSource,
    CustomJS,
    CustomJSCompare,
    DataTable,
    LayoutDOM,
    NumberFormatter,
    StringFormatter,
    TableColumn,
)

from ...engine.hyper_parameter import HyperParameter, SpaceVersion
from ..axis import titles, value_text
from ..column_chooser import ColumnChooser
from ..failure_text import failure_markup
from ..state_filter import StateFilter
from ..stylesheets import BOX
from ..text_panes import Markup
from ..theme import stylesheet
from ..trial_source import TrialSource, text_column
from ..view import View

HEIGHT, ROW_HEIGHT = 320, 26
CHAR_WIDTH, MIN_WIDTH, MAX_NAME_CHARS = 7, 84, 24

# Numbers are shown as text (four significant digits), but sorted as numbers.
COMPARE = """
const [a, b] = [parseFloat(x), parseFloat(y)];
if (!isNaN(a) && !isNaN(b)) return a - b;
if (isNaN(a) != isNaN(b)) return isNaN(a) ? 1 : -1;
return x < y ? -1 : x > y ? 1 : 0;
"""

# The table's own scrolling to the selection also scrolls back at every new row; here it scrolls
# once, when the selection changes, and only if none of its rows is in sight.
SCROLL = """
export default ({table}, selection, _data, {index}) => {
  const view = index.find_one(table);
  if (view == null || view.grid == null || selection.indices.length == 0) return;
  const rows = view.grid.getSelectedRows();
  const sight = view.grid.getViewport();
  if (rows.length == 0 || rows.some((row) => sight.top <= row && row < sight.bottom)) return;
  view.grid.scrollRowToTop(Math.max(0, Math.min(...rows) - 1));
}
"""


class TrialsTable(View):
    """A sortable table on the session's source: a row selected here is selected in all plots.

    It lists all trials or those of one state; under it stands why the selected one has failed.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    hidden : iterable of str
        The columns that are not shown; they may name what is not there.
    on_hide : callable, optional
        Told the hidden columns when the user has chosen others.
    """

    def __init__(
        self,
        trials: TrialSource,
        hidden: Iterable[str] = (),
        on_hide: Callable[[tuple[str, ...]], None] | None = None,
    ) -> None:
        self.states = StateFilter()
        self._chooser = ColumnChooser(hidden, self._hidden_changed)
        self._on_hide = on_hide
        self._why = Markup(
            "",
            visible=False,
            stylesheets=[stylesheet("facts")],
            sizing_mode="stretch_width",
            margin=0,
        )
        super().__init__(trials)
        trials.on_select(lambda _numbers: self._explain())

    @property
    def why(self) -> str:
        """What is said of the selected trial that has failed, escaped; may be empty."""
        return str(self._why.object)

    def follow(self) -> None:
        """Offer the states that occur by now."""
        super().follow()
        self.states.follow(self.trials.shown)

    def _head(self) -> list[pn.viewable.Viewable]:
        return [pn.Row(self.states.widget, self._chooser.button, **BOX), self._chooser.choices]

    def _body(self) -> pn.viewable.Viewable:
        return pn.Column(super()._body(), self._why, **BOX)

    def _explain(self) -> None:
        """Say why the selected trial has no score, or not all of it."""
        chosen = self.trials.selected_trials
        words = failure_markup(chosen[0]) if len(chosen) == 1 else ""
        head = f"<h4>Trial {chosen[0].number} · {chosen[0].state.value}</h4>" if words else ""
        self._why.param.update(object=head + words, visible=bool(words))

    @property
    def table(self) -> DataTable:
        """The Bokeh table."""
        return self._table

    def move_to(self, space: SpaceVersion) -> None:
        """Show a column for each hyper-parameter of the edited space, searched ones first."""
        shown = titles(space.hyper_parameters, MAX_NAME_CHARS)
        if (_order(space), shown) != (self._order, self._titles):
            self._table.columns = self._shown_columns(space)
            self._past_table.columns = self._past_columns(space)

    def _build(self) -> LayoutDOM:
        self._plain = StringFormatter()
        self._compare = CustomJSCompare(code=COMPARE)
        source, space = self.trials.source, self.trials.space
        self._table = self._new_table(source, self._shown_columns(space), self.states.view)
        scroll = CustomJS(args={"table": self._table}, code=SCROLL)
        source.selected.js_on_change("indices", scroll)
        past = self.trials.past
        self._past_table = self._new_table(past.source, self._past_columns(space), CDSView())
        if not past.n_trials:
            return self._table
        return Column(self._table, self._past_table, sizing_mode="stretch_width")

    def _new_table(
        self, source: ColumnDataSource, columns: list[TableColumn], view: CDSView
    ) -> DataTable:
        return DataTable(
            source=source,
            view=view,
            columns=columns,
            height=HEIGHT,
            row_height=ROW_HEIGHT,
            sizing_mode="stretch_width",
            autosize_mode="none",
            index_position=None,
            reorderable=False,
            scroll_to_selection=False,
            stylesheets=[stylesheet("table")],
        )

    def _past_columns(self, space: SpaceVersion) -> list[TableColumn]:
        """Return the columns of the trials of earlier studies, which have a table of their own."""
        shown = self._titles
        return [
            self._column("study", "◇ earlier study", 200),
            self._column("trial", "trial", 56),
            self._text_column("own", "score there", 100),
            self._text_column("score_text", f"{self.trials.metric.label} here", 120),
            *(self._value_column(one, shown[one.name]) for one in space.searched),
        ]

    def _hidden_changed(self, hidden: tuple[str, ...]) -> None:
        self._table.columns = self._shown_columns(self.trials.space)
        if self._on_hide is not None:
            self._on_hide(hidden)

    def _shown_columns(self, space: SpaceVersion) -> list[TableColumn]:
        """Return the columns that the user wants to see; of all of which the chooser tells."""
        columns = self._columns(space)
        self._chooser.offer({one.field: unescape(one.title) for one in columns})
        return [one for one in columns if one.field not in self._chooser.hidden]

    def _columns(self, space: SpaceVersion) -> list[TableColumn]:
        self._order, self._titles = _order(space), titles(space.hyper_parameters, MAX_NAME_CHARS)
        shown = self._titles
        searched, held = (
            [self._value_column(space[name], shown[name]) for name in names]
            for names in self._order
        )
        return [
            self._column("trial", "trial", 56),
            self._column("state", "state", 104),
            self._text_column("score_text", self.trials.metric.label, 100),
            *searched,
            self._column("duration_s", "seconds", 76, NumberFormatter(format="0.00")),
            self._column("marks", "star, tags, note", 140),
            self._column("reason", "reason", 820),
            self._column("operator", "operator", 156),
            self._column("error", "error", 420),
            self._column("curve", "learning curve", 110),
            *held,
        ]

    def _column(
        self, field: str, title: str, width: int, formatter: StringFormatter | None = None
    ) -> TableColumn:
        formatter = formatter or self._plain
        return TableColumn(field=field, title=title, width=width, formatter=formatter)

    def _value_column(self, one: HyperParameter, title: str) -> TableColumn:
        longest = max((len(value_text(choice)) for choice in one.choices), default=0)
        width = CHAR_WIDTH * min(longest, MAX_NAME_CHARS) + 20
        return self._text_column(text_column(one.name), title, width)

    def _text_column(self, field: str, title: str, width: int) -> TableColumn:
        width = max(width, MIN_WIDTH, CHAR_WIDTH * len(title) + 28)
        # The table writes its heads as HTML.
        column = self._column(field, escape(title), width)
        column.sorter = self._compare
        return column


def _order(space: SpaceVersion) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of the hyper-parameters that are searched, and of the others."""
    searched = tuple(one.name for one in space.searched)
    return searched, tuple(name for name in space.names if name not in searched)
