"""The timeline: the score of every trial in the order they finished, and below it each value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import panel as pn
from bokeh.models import Column as BokehColumn
from bokeh.models import ColumnDataSource, LayoutDOM, Range1d, VStrip
from bokeh.plotting import figure
from holoviews import Curve

from ...engine.analysis.change_points import (
    ChangeEffect,
    ChangeKind,
    ChangePoint,
    change_effects,
    change_points,
)
from ...engine.analysis.stretches import Stretch, stretches
from ...engine.hyper_parameter import SpaceVersion
from ..axis import titles
from ..background import Job
from ..change_marks import LEGEND, ChangeMarks, most_telling
from ..computed_view import ComputedView, Moment
from ..effects_table import effects_table
from ..family_lines import Family, FamilyLines, family_of
from ..order_axis import FIRST_END, order_end
from ..strips import FILL, Strips
from ..text_panes import Markup
from ..theme import draw, fit_points, paint, stylesheet
from ..trial_source import TrialSource
from ..view import (
    FigureKit,
    add_axis,
    add_grid,
    add_trials,
    score_remark,
    show_labels,
    why_no_scores,
)

HEIGHT = 220
MOST_STRIPS = 12
LEFT = 112
"""Room for the names of the strips; the score's axis stands above them."""


@dataclass(frozen=True)
class Story:
    """What there is to show beside the trials themselves, as of one moment."""

    points: Sequence[ChangePoint]
    effects: Sequence[ChangeEffect]
    n_points: int
    stretches: Sequence[Stretch]
    family: Family


class TimelineView(ComputedView):
    """Score and values against the order of finishing, with the best so far and what changed.

    The order, not the number, is the axis: with several workers trial 7 may finish before
    trial 5, and the line of the best would run backwards.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    on_tap : callable, optional
        Told the change point that was clicked.
    """

    # Within the scores: in the middle of the view it would lie on the strips.
    notice_place: ClassVar[dict[str, str]] = {"inset": "72px 12px auto 130px", "max-width": "none"}

    def __init__(
        self, trials: TrialSource, on_tap: Callable[[ChangePoint], None] | None = None
    ) -> None:
        self._on_tap = on_tap
        self._story: Story | None = None
        self._kin: Collection[int] = ()
        self._names: Sequence[str] | None = None
        self._marked_at: object = None
        super().__init__(trials)

    @property
    def figures(self) -> list[figure]:
        """The scores, and the strips below them."""
        return [self._figure, self._strips.figure]

    def work(self, moment: Moment) -> Job:
        """Return what changed and when, who came from whom, and what belongs together."""

        def story() -> Story:
            points = change_points(moment.space, moment.trials, moment.actions)
            return Story(
                most_telling(points),
                change_effects(moment.space, moment.trials),
                len(points),
                stretches(moment.trials),
                family_of(moment.trials),
            )

        return story

    def show(self, outcome: Story) -> None:  # type: ignore[override]
        """Show it, in place of what was shown before."""
        self._story = outcome
        every_other = outcome.stretches[1::2]
        columns = {
            "x0": [one.first - 0.5 for one in every_other],
            "x1": [one.last + 0.5 for one in every_other],
        }
        if columns != self._bands.data:
            self._bands.data = columns
        shown = self.trials.shown
        self._lines.show(outcome.family, shown)
        self._lines.light(outcome.family, self._kin, shown)
        self._table.object = effects_table(outcome.effects, titles(self.trials.space.searched))
        self.follow()

    @property
    def effects_html(self) -> str:
        """Which hyper-parameter triggers more, as a sentence and a table."""
        return str(self._table.object)

    def show_names(self, names: Sequence[str]) -> None:
        """Give these hyper-parameters a strip each, 12 at most."""
        self._names = tuple(names)[:MOST_STRIPS]
        self._show_strips()

    def light(self, numbers: Collection[int]) -> None:
        """Draw the lines between these trials strong."""
        self._kin = numbers
        if self._story is not None:
            self._lines.light(self._story.family, numbers, self.trials.shown)

    def follow(self) -> None:
        """Take in the trials that were appended: move the ranges along with them."""
        super().follow()
        n_trials = self.trials.n_trials
        low, high = self.trials.score_range()
        self._figure.y_range.update(start=low, end=high)
        end = order_end(n_trials)
        self._figure.x_range.update(start=self.trials.past.spread(end), end=end)
        show_labels(self._figure.left[0], self.trials.n_completed > 0)
        fit_points(self._figure, n_trials)
        self._strips.follow()
        self._extend_best(n_trials)
        self._mark(low, high)
        self._say(self._remark, f"{score_remark(self.trials, low, high)} {self._left_out()}")

    def move_to(self, space: SpaceVersion) -> None:
        """Give what is searched now a strip each."""
        self._show_strips()
        self.follow()

    def _show_strips(self) -> None:
        searched = [one.name for one in self.trials.space.searched]
        wanted = searched if self._names is None else self._names
        names = [name for name in wanted if name in searched][:MOST_STRIPS]
        self._strips.show(names, self.is_dark)
        self._marked_at = None

    def _left_out(self) -> str:
        story = self._story
        if story is None or story.n_points <= len(story.points):
            return ""
        return f"The {len(story.points)} most telling of {story.n_points} changes are marked."

    def _mark(self, low: float, high: float) -> None:
        # Only where something has moved: there may be many trials and points.
        state = (id(self._story), low, high)
        if self._story is None or state == self._marked_at:
            return
        self._marked_at = state
        data = self.trials.source.data
        orders = dict(zip(data["trial"], data["order"], strict=True))

        def above(point: ChangePoint) -> tuple[float, float] | None:
            is_step = point.kind not in (ChangeKind.VALUE, ChangeKind.NEW_BEST)
            if not is_step:
                return None
            # What the user did last lies behind the last trial.
            x = orders.get(point.trial, self.trials.n_trials + 1)
            return float(x), low + 0.95 * (high - low)

        def below(point: ChangePoint) -> tuple[float, float] | None:
            is_value = (
                point.kind is ChangeKind.VALUE and point.hyper_parameter in self._strips.lanes
            )
            if not is_value or point.trial not in orders:
                return None
            return float(orders[point.trial]), self._strips.floor(
                point.hyper_parameter
            ) + FILL + 0.1

        for marks, place in zip(self._marks, (above, below), strict=True):
            marks.fill(self._story.points, place)

    def _why_empty(self) -> str:
        return super()._why_empty() or why_no_scores(self.trials, with_reason=True)

    def _body(self) -> pn.viewable.Viewable:
        self._table = Markup("", stylesheets=[stylesheet("facts")])
        legend = Markup(LEGEND, stylesheets=[stylesheet("legend")])
        parts = [super()._body(), legend, self._table]
        return pn.Column(*parts, sizing_mode="stretch_width", margin=0)

    def _build(self) -> LayoutDOM:
        self._kit = kit = FigureKit()
        orders = Range1d(0, FIRST_END)
        self._figure = plot = kit.new_figure("Score over time", HEIGHT, orders, Range1d(0, 1))
        score_axis = add_axis(plot, "left", kit, self.trials.metric.axis_label)
        add_axis(plot, "below", kit)
        add_grid(plot, score_axis)
        self._bands = ColumnDataSource({"x0": [], "x1": []})
        strip = VStrip(x0="x0", x1="x1", fill_alpha=0.08, line_color=None)
        plot.add_glyph(self._bands, strip, name="stretches", level="underlay")
        self._lines = FamilyLines(plot, self.trials.metric)
        self._best = ColumnDataSource({"x": [], "y": []})
        draw(Curve([], "x", "y", group="Best"), plot, self._best).name = "best"
        rows = [(self.trials.metric.label, "score_text"), ("", "reason")]
        add_trials(plot, self.trials, "order", kit, rows)
        self._strips = Strips(self.trials, orders, kit)
        self._strips.figure.add_glyph(self._bands, strip, name="stretches", level="underlay")
        both = (plot, self._strips.figure)
        self._marks = [ChangeMarks(one, self.trials.metric, self._tapped) for one in both]
        self._show_strips()
        for one in both:
            one.min_border_left = LEFT
            paint(one, self.is_dark)
        return BokehColumn(*both, sizing_mode="stretch_width")

    def _tapped(self, point: ChangePoint) -> None:
        if self._on_tap is not None:
            self._on_tap(point)

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
