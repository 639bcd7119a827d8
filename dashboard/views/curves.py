"""The learning curves: how each trial went on, and where it was heading when it ended."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import panel as pn
from bokeh.models import LayoutDOM, Range1d
from bokeh.plotting import figure

from ...engine.analysis.curves import Over, learning_curves
from ...engine.analysis.learning_curve import Curve, CurveReport, CurveState, curve_report
from ...engine.analysis.representatives import representatives
from ...engine.trial import Trial
from ..axis import Ticks, round_values, tick_text, value_text
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..curve_layer import CurveLayer, CurveRow
from ..state_keys import StateKeys
from ..stylesheets import BOX, BUTTON
from ..theme import paint
from ..trial_source import TrialSource
from ..view import FigureKit, add_axis, add_grid, set_ticks

HEIGHT = 360
N_CURVES, N_POINTS = 200, 60
"""So many curves are drawn beside those of selected trials, with so many points each."""
OVERS: dict[str, Over] = {"what trials reported": "steps", "scores by fidelity": "fidelity"}
NO_CURVES = (
    "No trial has reported a learning curve. An objective reports one by trial.report(step, "
    "value); CrossValidation(..., with_curve=True) measures one of models that grow."
)
NO_RUNGS = "No configuration has been tried at more than one fidelity."


@dataclass(frozen=True)
class Curves:
    """What there is to draw, as of one moment."""

    over: Over = "steps"
    rows: tuple[CurveRow, ...] = ()
    by_state: Mapping[CurveState, Sequence[int]] = field(default_factory=dict)

    @property
    def n_all(self) -> int:
        """How many curves there are, drawn or not."""
        return sum(map(len, self.by_state.values()))


class CurvesView(ComputedView):
    """A line per trial, coloured by its convergence state; a click selects the trial.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    resource : str
        What the study's fidelity is an amount of; empty in a study without.
    on_choose : callable
        Told the numbers of the trials in the state that was clicked.
    """

    follows_selection: ClassVar[bool] = True

    def __init__(
        self, trials: TrialSource, resource: str, on_choose: Callable[[tuple[int, ...]], None]
    ) -> None:
        self._resource = resource
        self._keys = StateKeys(on_choose)
        self._curves = Curves()
        self._reports: dict[tuple[Over, int], CurveReport] = {}
        super().__init__(trials)

    @property
    def figures(self) -> list[figure]:
        """The one figure."""
        return [self._figure]

    @property
    def choices(self) -> Hashable:
        """What the curves run over."""
        over: Over = self._over.value
        return over

    def work(self, moment: Moment) -> Job:
        """Return the curves with their states."""
        over: Over = self._over.value
        return lambda: _computed(moment, over, self._reports)

    def show(self, outcome: Curves) -> None:  # type: ignore[override]
        """Show curves in place of those before."""
        self._curves = outcome
        self._layer.show(outcome.rows)
        self._keys.show_trials(outcome.by_state)
        self._scale(outcome)
        self.follow()

    def follow(self) -> None:
        """Say what is left out."""
        super().follow()
        n_drawn, n_all = len(self._curves.rows), self._curves.n_all
        said = f"{n_drawn} of {n_all} curves are drawn: a sample, every new best, the selected."
        self._say(self._remark, said if n_drawn < n_all else "")

    def paint(self, is_dark: bool) -> None:
        """Set the colours of the mode."""
        super().paint(is_dark)
        self._layer.paint(is_dark)
        self._keys.paint(is_dark)

    def _why_empty(self) -> str:
        if self.trials.n_trials == 0:
            return "No trials yet. Press Start."
        if self._curves.rows:
            return ""
        return NO_CURVES if self._over.value == "steps" else NO_RUNGS

    def _head(self) -> list[pn.viewable.Viewable]:
        self._over = pn.widgets.Select(
            label="Curves of", options=OVERS, value="steps", width=220, **BUTTON
        )
        self._over.visible = bool(self._resource)
        return [pn.Row(self._over, **BOX), pn.Row(self._keys, **BOX)]

    def _build(self) -> LayoutDOM:
        kit = FigureKit()
        plot = kit.new_figure("", HEIGHT, Range1d(0, 1), Range1d(0, 1))
        plot.title.visible = False
        self._figure = plot
        self._kit = kit
        add_axis(plot, "below", kit, "step", ticks=Ticks((), ()))
        add_grid(plot, add_axis(plot, "left", kit, self.trials.metric.axis_label))
        self._layer = CurveLayer(plot, self.trials)
        paint(plot, self.is_dark)
        return plot

    def _scale(self, outcome: Curves) -> None:
        """Let the axes span what is drawn, a few far worse scores apart."""
        is_over_steps = outcome.over == "steps"
        self._figure.below[0].axis_label = "step" if is_over_steps else self._resource or "fidelity"
        if not outcome.rows:
            return
        xs = np.unique(np.concatenate([row.xs for row in outcome.rows]))
        room = 0.02 * float(np.ptp(xs)) or 0.5
        self._figure.x_range.update(start=float(xs[0]) - room, end=float(xs[-1]) + room)
        if not is_over_steps:
            labels = tuple(tick_text(math.exp(place)) for place in xs)
            set_ticks(self._figure.below[0], Ticks(tuple(xs.tolist()), labels))
        else:
            set_ticks(self._figure.below[0], _step_ticks(float(xs[0]), float(xs[-1])))
        low, high = _span(
            np.concatenate([row.ys for row in outcome.rows]), self.trials.metric.is_minimized
        )
        self._figure.y_range.update(start=low, end=high)


def _computed(moment: Moment, over: Over, known: dict[tuple[Over, int], CurveReport]) -> Curves:
    curves = learning_curves(moment.trials, over=over)
    for number, curve in curves.items():
        # The curve of a trial that has finished stays as it is.
        if (over, number) not in known:
            known[over, number] = curve_report(curve)
    reports = {number: known[over, number] for number in curves}
    by_number = {trial.number: trial for trial in moment.trials if trial.number in curves}
    chosen = representatives(by_number.values(), keep=moment.selection, n_max=N_CURVES)
    shown = moment.metric.shown
    rows = []
    for number in chosen.numbers:
        steps, values = _thinned(curves[number])
        xs = [math.log(step) if over == "fidelity" else step for step in steps]
        report = reports[number]
        score = _score_text(by_number[number], moment)
        ys = [shown(value) for value in values]
        rows.append(CurveRow(xs, ys, number, report.state.value, report.reason, score))
    by_state = {
        state: tuple(number for number, report in reports.items() if report.state is state)
        for state in CurveState
    }
    return Curves(over, tuple(rows), by_state)


def _thinned(curve: Curve) -> tuple[list[float], list[float]]:
    n = len(curve.steps)
    places = np.unique(np.linspace(0, n - 1, min(n, N_POINTS)).round().astype(int))
    return [float(curve.steps[at]) for at in places], [float(curve.values[at]) for at in places]


def _score_text(trial: Trial, moment: Moment) -> str:
    return "–" if trial.score is None else value_text(moment.metric.shown(trial.score), 5)


def _step_ticks(start: float, end: float) -> Ticks:
    is_whole = end - start >= 5
    places = round_values(start, end, is_whole=is_whole, n_wanted=6) if end > start else [start]
    return Ticks(tuple(places), tuple(map(tick_text, places)))


def _span(values: np.ndarray, is_minimized: bool) -> tuple[float, float]:
    """Return what the axis of scores spans: all but a tenth that may be far worse."""
    finite = values[np.isfinite(values)]
    scores = -finite if is_minimized else finite
    best = float(scores.max())
    fence = best - 3 * (best - float(np.quantile(scores, 0.1)))
    worst = float(scores[scores >= fence].min())
    low, high = sorted((-worst, -best) if is_minimized else (worst, best))
    room = 0.05 * (high - low) or 0.05 * abs(high) or 0.5
    return low - room, high + room
