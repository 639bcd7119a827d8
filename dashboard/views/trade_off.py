"""The trade-off: score against what it costs, with the trials that no other beats in both."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool, LayoutDOM, Range1d, Step
from bokeh.plotting import figure

from ...engine.analysis.observations import column, train_gap
from ...engine.analysis.pareto import ParetoFront, pareto_front
from ...engine.dataset import counted
from ...engine.encoding import FloatArray
from ...engine.metric import Metric
from ...engine.trial import Trial
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..select_tools import tools_of
from ..stylesheets import BOX, BUTTON
from ..theme import fit_points, paint
from ..trial_source import TrialSource
from ..view import (
    DIGITS,
    FigureKit,
    Row,
    add_axis,
    add_grid,
    add_trials,
    score_remark,
    tell,
    why_no_scores,
)

HEIGHT = 360
GAP = "train_gap"
NO_GAP = (
    "No trial was scored on its training rows: CrossValidation(..., with_train_scores=True) does."
)


@dataclass(frozen=True)
class Against:
    """What the score is set against.

    `column` is that of the source, `engine_column` what is to be high; see `pareto_front`.
    """

    label: str
    column: str
    engine_column: str
    metric: Metric | None = None

    @property
    def is_cost(self) -> bool:
        """Whether less is better, as it is of seconds."""
        return self.metric is None or self.metric.is_minimized

    def shown(self, value: float) -> float:
        """Turn a value of the front, where higher is better, into what the axis has."""
        return -value if self.metric is None else self.metric.shown(value)


COSTS = (
    Against("time to fit (s)", "duration_s", "-duration_s"),
    Against("spread over folds", "spread", "-fold_spread"),
    Against("gap between training and validation", GAP, f"-{GAP}"),
)


@dataclass(frozen=True)
class TradeOff:
    """The front, and what the score is set against."""

    against: Against
    front: ParetoFront


class TradeOffView(ComputedView):
    """All trials by score and cost, and the line of the best score at each cost.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    metrics : sequence of Metric
        The study's metrics beside the score, in the order of `Trial.scores` from the second on.
    """

    _front: ColumnDataSource
    _n_front: int

    def __init__(self, trials: TrialSource, metrics: Sequence[Metric] = ()) -> None:
        others = [
            Against(one.axis_label, f"scores[{place}]", f"scores[{place}]", one)
            for place, one in enumerate(metrics, 1)
        ]
        self._options = {one.label: one for one in (*others, *COSTS)}
        trials.measure(GAP, train_gap)
        for one in others:
            trials.measure(one.column, partial(_other_score, one))
        super().__init__(trials)

    @property
    def figures(self) -> list[figure]:
        """The one figure."""
        return [self._figure]

    @property
    def choices(self) -> Hashable:
        """What the score is set against."""
        against: Against = self._cost.value
        return against.column

    def work(self, moment: Moment) -> Job:
        """Return the Pareto front."""
        against: Against = self._cost.value
        columns = ("score", against.engine_column)
        return lambda: TradeOff(against, pareto_front(moment.trials, columns))

    def show(self, outcome: TradeOff) -> None:  # type: ignore[override]
        """Show a front in place of the one before."""
        front = outcome.front
        chosen = [front.numbers.index(number) for number in front.on_front]
        other, shown = outcome.against.shown, self.trials.metric.shown
        points = sorted((other(front.values[row, 1]), front.values[row, 0]) for row in chosen)
        for glyph in (self._step.glyph, self._step.nonselection_glyph):
            glyph.mode = "after" if outcome.against.is_cost else "before"
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
        values = np.asarray(self.trials.source.data[self._cost.value.column], dtype=float)
        values = values[np.isfinite(values)]
        start, end = _span(values, is_cost=self._cost.value.is_cost)
        self._figure.x_range.update(start=start, end=end)
        fit_points(self._figure, self.trials.n_trials)
        verb = "is" if self._n_front == 1 else "are"
        who = f"{counted(self._n_front, 'trial')} {verb} beaten by no other in both."
        said = [who] if self._n_front else []
        n_beyond = int(np.count_nonzero((values < start) | (values > end)))
        verb = "lies" if n_beyond == 1 else "lie"
        said += [f"{n_beyond} {verb} far from the rest, beyond this axis."] if n_beyond else []
        self._say(self._remark, " ".join([*said, score_remark(self.trials, low, high)]).strip())

    def _choose(self, *_events: object) -> None:
        for renderer in self._figure.renderers:
            if renderer.name != "front":
                for glyph in (
                    renderer.glyph,
                    renderer.selection_glyph,
                    renderer.nonselection_glyph,
                ):
                    glyph.x = self._cost.value.column
        self._figure.below[0].axis_label = self._cost.value.label
        tell(next(tools_of(self._figure, HoverTool)), self._rows())
        self._front.data = {"x": [], "y": []}
        self._n_front = 0
        self.follow()

    def _why_empty(self) -> str:
        why = why_no_scores(self.trials)
        column = np.asarray(self.trials.source.data[self._cost.value.column], dtype=float)
        if why or np.isfinite(column).any():
            return why
        return NO_GAP if self._cost.value.column == GAP else "No trial has such a value."

    def _head(self) -> list[pn.viewable.Viewable]:
        self._cost = pn.widgets.Select(
            label="Score against",
            options=self._options,
            value=next(iter(self._options.values())),
            width=280,
            **BUTTON,
        )
        return [pn.Row(self._cost, **BOX)]

    def _build(self) -> LayoutDOM:
        self._kit = FigureKit()
        self._n_front = 0
        plot = self._kit.new_figure("", HEIGHT, Range1d(0, 1), Range1d(0, 1))
        plot.title.visible = False
        self._figure = plot
        add_axis(plot, "below", self._kit, self._cost.value.label)
        add_grid(plot, add_axis(plot, "left", self._kit, self.trials.metric.axis_label))
        self._front = ColumnDataSource({"x": [], "y": []})
        step = Step(x="x", y="y", mode="after", line_width=2)
        self._step = plot.add_glyph(self._front, step, nonselection_glyph=step, name="front")
        add_trials(plot, self.trials, self._cost.value.column, self._kit, self._rows())
        paint(plot, self.is_dark)
        self._cost.param.watch(self._choose, "value")
        return plot

    def _rows(self) -> list[Row]:
        cost: Against = self._cost.value
        return [(self.trials.metric.label, "score_text"), (cost.label, cost.column, DIGITS)]


def _other_score(against: Against, trial: Trial) -> float | None:
    (value,) = column([trial], against.engine_column)
    return None if value is None else against.shown(value)


def _span(values: FloatArray, *, is_cost: bool) -> tuple[float, float]:
    """Return what the axis spans: all but a few values that lie far from the better end."""
    if not values.size:
        return 0.0, 1.0
    goods = -values if is_cost else values
    best = float(goods.max())
    fence = best - 3 * (best - float(np.quantile(goods, 0.1)))
    worst = float(goods[goods >= fence].min())
    low, high = sorted((-worst, -best) if is_cost else (worst, best))
    room = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
    return low - room, high + room
