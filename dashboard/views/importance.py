"""The importance ranking: how much each hyper-parameter has to do with the score."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from html import escape
from typing import TYPE_CHECKING, ClassVar

import panel as pn
from bokeh.models import (
    BasicTicker,
    ColumnDataSource,
    HoverTool,
    LayoutDOM,
    NumeralTickFormatter,
    Range1d,
)
from bokeh.plotting import figure
from holoviews import Rectangles, Segments

from ...engine.analysis.curves import learning_curves
from ...engine.analysis.importance import Importance
from ...engine.analysis.learning_curve import CurveState, curve_states
from ..axis import Ticks, titles
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..stylesheets import WIDGETS
from ..text_panes import Markup
from ..theme import draw, paint, stylesheet
from ..view import FigureKit, add_axis, add_grid, set_ticks, tooltip

if TYPE_CHECKING:
    from ...engine.analysis.importance import Method
    from ...engine.hyper_parameter import SpaceVersion
    from ...engine.trial import Trial

ROW_HEIGHT, MARGIN_HEIGHT, MIN_ROWS, MAX_ROWS, MAX_PAIRS = 28, 84, 5, 12, 3
BAR = 0.32
COLUMNS = ("left", "right", "bottom", "top", "x0", "x1", "y0", "y1", "name", "share", "interval")
STATES = "states"
TARGETS = {
    "the score": "score",
    "where the learning curve was heading": STATES,
    "the time that a trial takes": "duration_s",
    "the spread over folds": "fold_spread",
}
NO_STATES = "No trial has reported a learning curve of five steps or more."
STATES_CODE = """\
from tuneboard.engine.analysis.curves import learning_curves
from tuneboard.engine.analysis.importance import importance
from tuneboard.engine.analysis.learning_curve import curve_states

states = curve_states(learning_curves(study.trials))
states = {number: one for number, one in states.items() if one != "too short to say"}
"""
METHODS: dict[str, Method] = {
    "share of the variance (fANOVA)": "fanova",
    "what sets the best tenth apart (PED-ANOVA)": "ped_anova",
    "loss without it (permutation)": "permutation",
}


@dataclass(frozen=True)
class Ranking:
    """A ranking, how far another method agrees with it, and of which trials it is.

    `n_selected` is 0 where it is of all trials.
    """

    importance: Importance
    agreement: str = ""
    n_selected: int = 0


class ImportanceView(ComputedView):
    """Bars with intervals, the most important hyper-parameter on top, then the largest pairs.

    It has a small source of its own: its rows are hyper-parameters, not trials. While trials
    are selected the ranking is of these: what matters among the good ones?
    """

    follows_selection: ClassVar[bool] = True
    _ranking: Ranking | None

    @property
    def figures(self) -> list[figure]:
        """The one figure of the ranking."""
        return [self._figure]

    @property
    def choices(self) -> Hashable:
        """The method."""
        return (self._method.value, self._target.value)

    @property
    def ranked(self) -> tuple[str, ...]:
        """Names of the hyper-parameters, the most important first; empty before a ranking."""
        return () if self._ranking is None else self._ranking.importance.names

    def work(self, moment: Moment) -> Job:
        """Return the ranking by the chosen method, with what another one says."""
        method, target = self._method.value, self._target.value
        return lambda: _rank(moment, method, target)

    def show(self, outcome: Ranking | None) -> None:  # type: ignore[override]
        """Show a ranking in place of the one before; None where there is none yet."""
        self._ranking = outcome
        importance = None if outcome is None else outcome.importance
        self._source.data = _columns(importance)
        n_rows = len(self._source.data["name"])
        places = (float(n_rows - 1 - row) for row in range(n_rows))
        set_ticks(self._names, Ticks(tuple(places), tuple(self._titles())))
        # The lowest lanes stay empty where there are few: bars keep their thickness.
        self._figure.y_range.update(start=min(0, n_rows - MIN_ROWS) - 0.5, end=n_rows - 0.5)
        self._figure.x_range.end = 1.05 * max([0.1, *self._source.data["x1"]])
        self._figure.height = MARGIN_HEIGHT + ROW_HEIGHT * max(n_rows, MIN_ROWS)
        if importance is not None and importance.meaning:
            self._figure.below[0].axis_label = importance.meaning
        self._code.object = _code(importance)
        self.follow()

    def move_to(self, space: SpaceVersion) -> None:
        """Call the hyper-parameters as the edited space does."""
        if self._titles() != list(self._names.major_label_overrides.values()):
            self.show(self._ranking)

    def _titles(self) -> list[str]:
        names, space = self._source.data["name"], self.trials.space
        known = titles(space.hyper_parameters, 24)
        # The ranking may be of an earlier space.
        # Two names on two lines: the bars need the room.
        return [" ×\n".join(known.get(one, one) for one in name.split(" × ")) for name in names]

    def follow(self) -> None:
        """Say what the ranking stands on, or why there is none."""
        super().follow()
        self._say(self._remark, _caption(self._ranking))

    def _why_empty(self) -> str:
        if self._ranking is None:
            return "The ranking appears after some more trials."
        importance = self._ranking.importance
        if importance.names:
            return ""
        return f"{_of_which(self._ranking)}{importance.verdict}"

    def _head(self) -> list[pn.viewable.Viewable]:
        self._method = pn.widgets.Select(
            label="Importance: method", options=METHODS, value="fanova", **WIDGETS
        )
        self._target = pn.widgets.Select(
            label="Importance for", options=TARGETS, value="score", **WIDGETS
        )
        return [self._method, self._target]

    def _body(self) -> pn.viewable.Viewable:
        self._code = Markup("", stylesheets=[stylesheet("facts")])
        return pn.Column(super()._body(), self._code, sizing_mode="stretch_width", margin=0)

    def _build(self) -> LayoutDOM:
        self._ranking = None
        self._source = ColumnDataSource(_columns(None))
        height = MARGIN_HEIGHT + ROW_HEIGHT * MIN_ROWS
        kit = FigureKit()
        self._figure = kit.new_figure(
            "Importance", height, Range1d(0, 1), Range1d(-0.5, MIN_ROWS - 0.5)
        )
        shares = add_axis(self._figure, "below", kit, "share of the score's variance")
        shares.formatter = NumeralTickFormatter(format="0%")
        shares.ticker = BasicTicker(desired_num_ticks=3, num_minor_ticks=0)
        add_grid(self._figure, shares)
        self._names = add_axis(self._figure, "left", kit, ticks=Ticks((), ()))
        bars = draw(Rectangles([], group="Importance"), self._figure, self._source)
        whiskers = draw(Segments([], group="Importance"), self._figure, self._source)
        bars.name, whiskers.name = "bars", "whiskers"
        rows = [("", "name"), ("share", "share"), ("interval", "interval")]
        self._figure.add_tools(
            HoverTool(renderers=[bars], show_arrow=False, tooltips=tooltip(rows))
        )
        paint(self._figure, self.is_dark)
        return self._figure


def _rank(moment: Moment, method: Method, target: str) -> Ranking:
    from ...engine.analysis.agreement import agreement
    from ...engine.analysis.importance import importance

    only = moment.selection or None
    space, trials = moment.space, moment.trials
    what = _states(trials) if target == STATES else target
    if target == STATES and not what:
        return Ranking(Importance(method, verdict=NO_STATES))
    found = importance(
        space, trials, method=method, target=what, only=only, with_pairs=method == "fanova"
    )
    said = ""
    if found.names:
        other_method: Method = "fanova" if method == "ped_anova" else "ped_anova"
        other = importance(space, trials, method=other_method, target=what, only=only)
        if other.names:
            said = agreement(found, other).sentence
    if target != "score":
        found = replace(
            found, meaning=found.meaning.replace("the score's variance", "its variance")
        )
    if target == STATES:
        found = replace(found, code=STATES_CODE + _without_values(found.code, what))
    return Ranking(found, said, len(moment.selection))


def _states(trials: Sequence[Trial]) -> dict[int, str]:
    """Return where each learning curve was heading, by trial number; too short ones left out."""
    found = curve_states(learning_curves(trials))
    return {one: state.value for one, state in found.items() if state is not CurveState.UNKNOWN}


def _without_values(code: str, states: object) -> str:
    """Name the states in the code of a ranking: written out they would fill the page."""
    return code.replace(f"target={states!r}", "target=states").partition("\n\n")[2]


def _columns(importance: Importance | None) -> dict[str, list[float] | list[str]]:
    """Return one row per hyper-parameter, the most important first, on the lane n - 1."""
    if importance is None:
        return {name: [] for name in COLUMNS}
    ranked = _rows(importance)
    lanes = [float(len(ranked) - 1 - row) for row in range(len(ranked))]
    return {
        "left": [0.0 for _ in ranked],
        "right": [float(value) for _, value, _, _ in ranked],
        "bottom": [lane - BAR for lane in lanes],
        "top": [lane + BAR for lane in lanes],
        "x0": [float(low) for _, _, low, _ in ranked],
        "x1": [float(high) for _, _, _, high in ranked],
        "y0": lanes,
        "y1": lanes,
        "name": [name for name, _, _, _ in ranked],
        "share": [
            f"{value:.0%}{' (cannot be told from chance)' if name in importance.unclear else ''}"
            for name, value, _, _ in ranked
        ],
        "interval": [f"{low:.0%} to {high:.0%}" for _, _, low, high in ranked],
    }


def _rows(importance: Importance) -> list[tuple[str, float, float, float]]:
    """Return the largest effects, and below them the largest interactions of two."""
    found = zip(importance.names, importance.values, importance.lows, importance.highs, strict=True)
    ranked = sorted(found, key=lambda row: -row[1])[:MAX_ROWS]
    pairs = zip(
        (f"{one} × {other}" for one, other in importance.pairs),
        importance.pair_values,
        importance.pair_lows,
        importance.pair_highs,
        strict=True,
    )
    # An interaction that explains less than a hundredth is not worth a row.
    return ranked + [row for row in pairs if row[1] >= 0.01][:MAX_PAIRS]


def _of_which(ranking: Ranking) -> str:
    n_selected = ranking.n_selected
    return f"Of the {n_selected} selected trials. " if n_selected else ""


def _caption(ranking: Ranking | None) -> str:
    if ranking is None or not ranking.importance.names:
        return ""
    importance = ranking.importance
    n_names = len(importance.names)
    rest = f" The {MAX_ROWS} largest of {n_names}." if n_names > MAX_ROWS else ""
    n_used, n_trials = importance.n_sampled, importance.n_trials
    sampled = f", {n_used} of them sampled" if 0 < n_used < n_trials else ""
    said = f"{_of_which(ranking)}{importance.method}, on {n_trials} trials{sampled}.{rest}"
    return " ".join(one for one in (said, importance.caution, ranking.agreement) if one)


def _code(importance: Importance | None) -> str:
    """Return the code that computes the ranking again, folded up."""
    if importance is None or not importance.code:
        return ""
    code = escape(importance.code)
    return f"<details><summary>The code of this ranking</summary><pre>{code}</pre></details>"
