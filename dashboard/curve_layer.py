"""Learning curves as lines, linked to the session's selection within the browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from bokeh.models import (
    CategoricalColorMapper,
    ColumnDataSource,
    CustomJS,
    HoverTool,
    MultiLine,
    TapTool,
)
from bokeh.plotting import figure

from ..engine.analysis.learning_curve import CurveState
from .state_colors import state_colors
from .trial_source import TrialSource
from .view import tooltip

COLUMNS = ("xs", "ys", "trial", "state", "reason", "score")

# The curves of the selected trials are highlighted as soon as these are selected anywhere.
FROM_TRIALS = """
const chosen = new Set(trials.selected.indices.map((row) => trials.data.trial[row]));
const rows = Array.from(curves.data.trial, (trial, row) => chosen.has(trial) ? row : -1);
curves.selected.indices = rows.filter((row) => row >= 0);
"""

# A tool's callback comes with a click of the user only, never with a change from elsewhere.
FROM_CURVES = """
export default ({trials, curves}, _tool, {event}) => {
  const chosen = new Set(curves.selected.indices.map((row) => curves.data.trial[row]));
  const found = Array.from(trials.data.trial, (trial, row) => chosen.has(trial) ? row : -1);
  const kept = event?.modifiers?.shift ? trials.selected.indices : [];
  trials.selected.indices = [...new Set([...kept, ...found.filter((row) => row >= 0)])];
}
"""


class CurveRow(NamedTuple):
    """One curve as it is drawn."""

    xs: Sequence[float]
    ys: Sequence[float]
    trial: int
    state: str
    reason: str
    score: str


class CurveLayer:
    """Draws learning curves, coloured by their convergence state.

    A click on a curve selects its trial in all views; Shift adds.

    Parameters
    ----------
    plot : figure
        Where to draw.
    trials : TrialSource
        The session's source, with its selection.
    """

    def __init__(self, plot: figure, trials: TrialSource) -> None:
        self._trials = trials
        self.source = ColumnDataSource({name: [] for name in COLUMNS})
        self._mapper = CategoricalColorMapper(
            factors=[state.value for state in CurveState], palette=state_colors(False)
        )
        color = {"field": "state", "transform": self._mapper}
        looks = [
            MultiLine(xs="xs", ys="ys", line_color=color, line_width=width, line_alpha=alpha)
            for width, alpha in ((1.4, 0.75), (2.6, 1.0), (1.0, 0.14))
        ]
        drawn = plot.add_glyph(
            self.source,
            looks[0],
            selection_glyph=looks[1],
            nonselection_glyph=looks[2],
            name="curves",
        )
        self._link(plot, drawn)

    def show(self, rows: Sequence[CurveRow]) -> None:
        """Draw these curves in place of those before, those of selected trials highlighted."""
        data = {name: [getattr(row, name) for row in rows] for name in COLUMNS}
        if data == self.source.data:
            return
        chosen = set(self._trials.selected)
        places = [place for place, row in enumerate(rows) if row.trial in chosen]
        self.source.selected.indices = []
        self.source.data = data
        self.source.selected.indices = places

    def paint(self, is_dark: bool) -> None:
        """Set the colours of the mode."""
        self._mapper.palette = state_colors(is_dark)

    def _link(self, plot: figure, drawn: Any) -> None:
        both = {"trials": self._trials.source, "curves": self.source}
        follow = CustomJS(args=both, code=FROM_TRIALS)
        self._trials.source.selected.js_on_change("indices", follow)
        rows = [("", "state"), ("", "reason"), (self._trials.metric.label, "score")]
        hover = HoverTool(
            renderers=[drawn],
            show_arrow=False,
            limit=1,
            line_policy="nearest",
            tooltips=tooltip(rows, "<b>Trial @trial</b>"),
        )
        choose = CustomJS(args=both, code=FROM_CURVES)
        plot.add_tools(TapTool(renderers=[drawn], callback=choose), hover)
