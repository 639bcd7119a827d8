"""The timeline: the score of every trial in the order they finished, and the best so far."""

from __future__ import annotations

import numpy as np
from bokeh.models import ColumnDataSource, LayoutDOM, Range1d
from bokeh.plotting import figure
from holoviews import Curve

from ..order_axis import FIRST_END, order_end
from ..theme import draw, fit_points, order_high, paint
from ..view import (
    FigureKit,
    View,
    add_axis,
    add_grid,
    add_trials,
    score_remark,
    show_labels,
    why_no_scores,
)

HEIGHT = 248


class TimelineView(View):
    """Score against the order of finishing, with the line of the best score so far.

    The order, not the number, is the axis: with several workers trial 7 may finish before
    trial 5, and the line of the best would run backwards.
    """

    @property
    def figures(self) -> list[figure]:
        """The one figure of the timeline."""
        return [self._figure]

    def follow(self) -> None:
        """Take in the trials that were appended: move the ranges along with them."""
        super().follow()
        n_trials = self.trials.n_trials
        low, high = self.trials.score_range()
        self._figure.y_range.update(start=low, end=high)
        end = order_end(n_trials)
        self._figure.x_range.update(start=self.trials.past.spread(end), end=end)
        show_labels(self._figure.left[0], self.trials.n_completed > 0)
        self._kit.mapper.high = order_high(n_trials)
        fit_points(self._figure, n_trials)
        self._extend_best(n_trials)
        self._say(self._remark, score_remark(self.trials, low, high))

    def _why_empty(self) -> str:
        return super()._why_empty() or why_no_scores(self.trials, with_reason=True)

    def _build(self) -> LayoutDOM:
        self._kit = kit = FigureKit()
        self._figure = kit.new_figure(
            "Score over time", HEIGHT, Range1d(0, FIRST_END), Range1d(0, 1)
        )
        add_axis(self._figure, "below", kit, "trials in the order they finished")
        score_axis = add_axis(self._figure, "left", kit, self.trials.metric.axis_label)
        add_grid(self._figure, score_axis)
        self._best = ColumnDataSource({"x": [], "y": []})
        draw(Curve([], "x", "y", group="Best"), self._figure, self._best).name = "best"
        rows = [(self.trials.metric.label, "score_text"), ("", "reason")]
        add_trials(self._figure, self.trials, "order", kit, rows)
        paint(self._figure, self.is_dark)
        return self._figure

    def _extend_best(self, n_trials: int) -> None:
        """Let the line of the best run up to the last trial.

        It has a source of its own with its corners only: on the trials' source, a selection
        would leave nothing but the pieces between selected neighbours.
        """
        scores = np.asarray(self.trials.source.data["incumbent"])
        rows = np.flatnonzero(np.isfinite(scores))
        if rows.size == 0:
            return
        steps = np.repeat(scores[rows], 2)
        corners = np.append(np.repeat(rows + 1, 2)[1:], n_trials)
        # Whole, not as a patch of its end: a notebook may apply a patch to newer data. It is
        # short, since the number of new bests grows with the logarithm of the trials.
        line = {"x": corners.tolist(), "y": steps.tolist()}
        if line != self._best.data:
            self._best.data = line
