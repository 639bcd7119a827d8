"""Learning curves as lines, linked to the session's selection within the browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from bokeh.models import CategoricalColorMapper, HoverTool, MultiLine
from bokeh.plotting import figure

from ..engine.analysis.learning_curve import CurveState
from .linked_rows import LinkedRows
from .state_colors import state_colors
from .trial_source import TrialSource
from .view import tooltip

COLUMNS = ("xs", "ys", "trial", "state", "reason", "score")


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
        self._rows = LinkedRows(trials, COLUMNS)
        self.source = self._rows.source
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
        self._rows.take_clicks(plot, drawn)
        rows = [("", "state"), ("", "reason"), (trials.metric.label, "score")]
        hover = HoverTool(
            renderers=[drawn],
            show_arrow=False,
            limit=1,
            line_policy="nearest",
            tooltips=tooltip(rows, "<b>Trial @trial</b>"),
        )
        plot.add_tools(hover)

    def show(self, rows: Sequence[CurveRow]) -> None:
        """Draw these curves in place of those before, those of selected trials highlighted."""
        self._rows.show({name: [getattr(row, name) for row in rows] for name in COLUMNS})

    def paint(self, is_dark: bool) -> None:
        """Set the colours of the mode."""
        self._mapper.palette = state_colors(is_dark)
