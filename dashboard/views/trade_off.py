"""The trade-off: score against what it costs, with the trials that no other beats in both."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, LayoutDOM, Range1d, Step
from bokeh.plotting import figure

from ...engine.analysis.pareto import ParetoFront, pareto_front
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..stylesheets import BOX, BUTTON
from ..theme import fit_points, paint
from ..view import FigureKit, add_axis, add_grid, add_trials, score_remark, why_no_scores

HEIGHT = 360
COSTS = {"time to fit (s)": "duration_s", "spread over folds": "spread"}
ENGINE_COLUMNS = {"duration_s": "-duration_s", "spread": "-fold_spread"}


@dataclass(frozen=True)
class TradeOff:
    """The front, and the column that the score is set against."""

    cost: str
    front: ParetoFront


class TradeOffView(ComputedView):
    """All trials by score and cost, and the line of the best score at each cost."""

    _front: ColumnDataSource
    _n_front: int

    @property
    def figures(self) -> list[figure]:
        """The one figure."""
        return [self._figure]

    @property
    def choices(self) -> Hashable:
        """What the score is set against."""
        cost: str = self._cost.value
        return cost

    def work(self, moment: Moment) -> Job:
        """Return the Pareto front."""
        cost = self._cost.value
        columns = ("score", ENGINE_COLUMNS[cost])
        return lambda: TradeOff(cost, pareto_front(moment.trials, columns))

    def show(self, outcome: TradeOff) -> None:  # type: ignore[override]
        """Show a front in place of the one before."""
        front = outcome.front
        chosen = [front.numbers.index(number) for number in front.on_front]
        points = sorted((-front.values[row, 1], front.values[row, 0]) for row in chosen)
        shown = self.trials.metric.shown
        self._front.data = {
            "x": [float(cost) for cost, _ in points],
            "y": [shown(float(score)) for _, score in points],
        }
        self._n_front = len(points)
        self.follow()

    def follow(self) -> None:
        """Take in the trials that were appended: move the ranges along with them."""
        super().follow()
        low, high = self.trials.score_range()
        self._figure.y_range.update(start=low, end=high)
        costs = np.asarray(self.trials.source.data[self._cost.value], dtype=float)
        costs = costs[np.isfinite(costs)]
        most = min(float(costs.max()), 3 * float(np.quantile(costs, 0.9))) if costs.size else 1.0
        end = 1.1 * most or 1.0
        self._figure.x_range.update(start=-0.02 * end, end=end)
        fit_points(self._figure, self.trials.n_trials)
        said = [f"{self._n_front} trials are beaten by no other in both."] if self._n_front else []
        n_beyond = int(np.count_nonzero(costs > end))
        said += [f"{n_beyond} cost far more than the rest, beyond this axis."] if n_beyond else []
        self._say(self._remark, " ".join([*said, score_remark(self.trials, low, high)]).strip())

    def _choose(self, *_events: object) -> None:
        for renderer in self._figure.renderers:
            if renderer.name != "front":
                for glyph in (
                    renderer.glyph,
                    renderer.selection_glyph,
                    renderer.nonselection_glyph,
                ):
                    glyph.x = self._cost.value
        labels = {column: label for label, column in COSTS.items()}
        self._figure.below[0].axis_label = labels[self._cost.value]
        self._front.data = {"x": [], "y": []}
        self._n_front = 0
        self.follow()

    def _why_empty(self) -> str:
        return why_no_scores(self.trials)

    def _head(self) -> list[pn.viewable.Viewable]:
        self._cost = pn.widgets.Select(
            label="Score against", options=COSTS, value="duration_s", width=220, **BUTTON
        )
        return [pn.Row(self._cost, **BOX)]

    def _build(self) -> LayoutDOM:
        self._kit = FigureKit()
        self._n_front = 0
        plot = self._kit.new_figure("", HEIGHT, Range1d(0, 1), Range1d(0, 1))
        plot.title.visible = False
        self._figure = plot
        add_axis(plot, "below", self._kit, next(iter(COSTS)))
        add_grid(plot, add_axis(plot, "left", self._kit, self.trials.metric.axis_label))
        self._front = ColumnDataSource({"x": [], "y": []})
        plot.add_glyph(self._front, Step(x="x", y="y", mode="after", line_width=2), name="front")
        rows = [(self.trials.metric.label, "score_text"), ("seconds", "duration_s")]
        add_trials(plot, self.trials, "duration_s", self._kit, rows)
        paint(plot, self.is_dark)
        self._cost.param.watch(self._choose, "value")
        return plot
