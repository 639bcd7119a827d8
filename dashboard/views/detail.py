"""The detail view: one hyper-parameter and the score over the trials, with what changed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from html import escape

import panel as pn
from bokeh.models import Button, Column, CustomJS, LayoutDOM, Range1d
from bokeh.plotting import figure

from ...engine.analysis.change_points import (
    ChangeEffect,
    ChangeKind,
    ChangePoint,
    change_effects,
    change_points,
)
from ...engine.hyper_parameter import SpaceVersion
from ..axis import ABSENT, titles, value_text
from ..background import Job
from ..change_marks import LEGEND, ChangeMarks, most_telling
from ..computed_view import ComputedView, Moment
from ..text_panes import Markup
from ..theme import fit_points, paint, stylesheet
from ..trial_source import TrialSource, text_column, x_column
from ..value_plot import called
from ..view import (
    FigureKit,
    add_axis,
    add_grid,
    add_points,
    add_trials,
    set_ticks,
    together,
    why_no_scores,
)

SCORE_HEIGHT, VALUE_HEIGHT = 190, 230

# Before the page's own Escape, which clears the selection: the first one only leads back.
ESCAPE = """
export default ({back}, _event, _data, {index}) => {
  const button = () => index.find_one(back)?.shadow_el?.querySelector("button");
  const is_open = () => back.visible && button()?.offsetParent != null;
  setTimeout(() => { if (is_open()) button().focus() }, 50);
  if (back.tb_listens) return;
  back.tb_listens = true;
  document.addEventListener("keydown", (event) => {
    const at = event.composedPath()[0];
    if (event.key != "Escape" || !is_open() || /^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName)) return;
    event.stopImmediatePropagation();
    button().click();
  }, true);
}
"""


class DetailView(ComputedView):
    """Score and value of one hyper-parameter over the trials in the order they finished.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    on_back : callable
        Called when the user goes back, by the button or by Escape.
    on_tap : callable
        Told the change point that was clicked.
    """

    _figures: list[figure]
    _marks: list[ChangeMarks]
    _column: Column
    _back: Button

    def __init__(
        self,
        trials: TrialSource,
        on_back: Callable[[], None],
        on_tap: Callable[[ChangePoint], None],
    ) -> None:
        self._on_back, self._on_tap = on_back, on_tap
        self.name_shown = ""
        self._points: Sequence[ChangePoint] = ()
        super().__init__(trials)
        self.is_shown = False

    @property
    def figures(self) -> list[figure]:
        """The score above, the value below."""
        return self._figures

    @property
    def is_open(self) -> bool:
        """Whether a hyper-parameter is shown."""
        return bool(self.name_shown)

    @property
    def choices(self) -> Hashable:
        """The hyper-parameter that is shown."""
        return self.name_shown

    def open(self, name: str) -> None:
        """Show a hyper-parameter."""
        self.name_shown, self._points = name, ()
        with together(self._column.document):
            self._figures = self._new_figures(name)
            self._column.children = [self._back, *self._figures]
            self._back.visible = True
        self._words.object = ""
        self.is_shown = True
        self.follow()

    def close(self) -> None:
        """Show nothing."""
        self.name_shown = ""
        self._back.visible = False
        self.is_shown = False

    def work(self, moment: Moment) -> Job:
        """Return the change points that concern the hyper-parameter, and what changes did."""
        name = self.name_shown

        def found() -> tuple[str, Sequence[ChangePoint], ChangeEffect | None]:
            if name not in moment.space:
                return name, (), None
            points = change_points(moment.space, moment.trials, moment.actions)
            mine = [one for one in points if one.hyper_parameter in ("", name)]
            effects = change_effects(moment.space, moment.trials)
            return (
                name,
                most_telling(mine),
                next((one for one in effects if one.name == name), None),
            )

        return found

    def show(self, outcome: tuple[str, Sequence[ChangePoint], ChangeEffect | None]) -> None:  # type: ignore[override]
        """Mark the change points, and say what changes did."""
        name, points, effect = outcome
        if name != self.name_shown or not name:
            return
        self._points = points
        self._words.object = "" if effect is None else f"<p>{escape(_in_words(effect))}</p>"
        self.follow()

    def follow(self) -> None:
        """Take in the trials that were appended: move the ranges along with them."""
        super().follow()
        if not self.is_open:
            return
        n_trials, axis = self.trials.n_trials, self.trials.axes[self.name_shown]
        low, high = self.trials.score_range()
        self._figures[0].y_range.update(start=low, end=high)
        self._orders.update(start=-0.01 * n_trials, end=max(20, 1.02 * n_trials))
        start, end = axis.range
        self._figures[1].y_range.update(start=start, end=end)
        set_ticks(self._figures[1].left[0], axis.ticks)
        for one in self._figures:
            fit_points(one, n_trials)
        self._fill(low, high)

    def move_to(self, space: SpaceVersion) -> None:
        """Go back if the hyper-parameter is searched no more."""
        if self.is_open and self.name_shown not in space:
            self._on_back()

    def _fill(self, low: float, high: float) -> None:
        trials, axis = self.trials, self.trials.axes[self.name_shown]
        orders = dict(zip(trials.source.data["trial"], trials.source.data["order"], strict=True))

        def above(point: ChangePoint) -> tuple[float, float] | None:
            if point.kind is ChangeKind.VALUE or point.trial not in orders:
                return None
            is_best = point.kind is ChangeKind.NEW_BEST
            y = trials.metric.shown(point.after) if is_best else low + 0.94 * (high - low)
            return float(orders[point.trial]), y

        def below(point: ChangePoint) -> tuple[float, float] | None:
            is_here = point.kind is ChangeKind.VALUE and point.trial in orders
            trial = None if point.trial is None else trials.trial(point.trial)
            if not is_here or trial is None:
                return None
            value = trial.config.get(axis.hyper_parameter.name, ABSENT)
            y = float(axis.coordinates([value])[0])
            return (float(orders[trial.number]), y) if y == y else None

        for marks, place in zip(self._marks, (above, below), strict=True):
            marks.fill(self._points, place)

    def _why_empty(self) -> str:
        return why_no_scores(self.trials)

    def _head(self) -> list[pn.viewable.Viewable]:
        return []

    def _body(self) -> pn.viewable.Viewable:
        self._words = Markup("", stylesheets=[stylesheet("facts")])
        legend = Markup(LEGEND, stylesheets=[stylesheet("legend")])
        parts = [super()._body(), legend, self._words]
        return pn.Column(*parts, sizing_mode="stretch_width", margin=0)

    def _build(self) -> LayoutDOM:
        self._kit = FigureKit()
        self._figures, self._marks = [], []
        self._orders = Range1d(0, 20)
        self._back = Button(
            label="← All hyper-parameters (Esc)", visible=False, stylesheets=[stylesheet("link")]
        )
        self._back.on_event("button_click", lambda _event: self._on_back())
        self._back.js_on_change("visible", CustomJS(args={"back": self._back}, code=ESCAPE))
        self._column = Column(self._back, sizing_mode="stretch_width")
        return self._column

    def _new_figures(self, name: str) -> list[figure]:
        trials, kit = self.trials, self._kit
        one = trials.space[name]
        title = titles(trials.space.hyper_parameters)[name]
        value_row = (called(one), text_column(name))
        score_row = (trials.metric.label, "score_text")
        scores = kit.new_figure(f"{title}: score", SCORE_HEIGHT, self._orders, Range1d(0, 1))
        add_axis(scores, "below", kit)
        add_grid(scores, add_axis(scores, "left", kit, trials.metric.axis_label))
        add_trials(scores, trials, "order", kit, [value_row, score_row])
        values = kit.new_figure(f"{title}: value", VALUE_HEIGHT, self._orders, Range1d(0, 1))
        add_axis(values, "below", kit, "trials in the order they finished")
        add_grid(values, add_axis(values, "left", kit, title, ticks=trials.axes[name].ticks))
        add_points(values, trials, "order", x_column(name), kit, [value_row, score_row])
        self._marks = [ChangeMarks(plot, trials.metric, self._on_tap) for plot in (scores, values)]
        for plot in (scores, values):
            plot.min_border_left = 90
            paint(plot, self.is_dark)
        return [scores, values]


def _in_words(effect: ChangeEffect) -> str:
    if not effect.n_changes:
        return "It has not changed from trial to trial."
    words = f"Changed {effect.n_changes} times, {effect.n_alone} of them alone."
    if effect.median_alone is not None:
        words += f" Alone, the score changed by {value_text(effect.median_alone, 3)} in the median"
        words += f", by {value_text(effect.size_alone, 3)} whatever the sign."
    if effect.median_with_others is not None:
        words += f" With others: {value_text(effect.median_with_others, 3)}."
    return words
