"""The changes: one strip per hyper-parameter over the trials, with what changed and when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import panel as pn
from bokeh.models import (
    BoxSelectTool,
    CDSView,
    ColumnDataSource,
    GlyphRenderer,
    HoverTool,
    LayoutDOM,
    LinearInterpolator,
    Range1d,
    Scatter,
    TapTool,
)
from bokeh.plotting import figure

from ...engine.analysis.change_points import (
    ChangeEffect,
    ChangeKind,
    ChangePoint,
    change_effects,
    change_points,
)
from ...engine.hyper_parameter import SpaceVersion
from ..axis import Ticks, titles, value_text
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..order_axis import order_end
from ..theme import order_high, paint, stylesheet
from ..trial_source import TrialSource, text_column, x_column
from ..view import (
    FigureKit,
    add_axis,
    add_grid,
    set_ticks,
    together,
    tooltip,
    why_no_scores,
)

LANE_HEIGHT, MARGIN_HEIGHT, SCORE_LANES = 34, 56, 2.4
FILL = 0.72
"""How much of its lane a strip takes."""

N_POINTS_MAX = 1_500
COLUMNS = ("x", "y", "size", "kind", "trial", "what", "did")
GROUPS = ("up", "down", "other", "best", "step")
MARKERS = {
    "up": "triangle",
    "down": "inverted_triangle",
    "other": "dash",
    "best": "star",
    "step": "diamond",
}
LEGEND = """
<span>▲ ▼ a value changed and the score rose, fell</span>
<span>★ new best</span> <span>◆ space edited, algorithm switched, note</span>
<span>A click on a mark opens its trial.</span>
"""


@dataclass(frozen=True)
class Changes:
    """What there is to show, as of one moment."""

    points: Sequence[ChangePoint]
    effects: Sequence[ChangeEffect]
    n_all: int


class ChangesView(ComputedView):
    """Score and values over the trials in the order they finished, with the change points.

    Parameters
    ----------
    trials : TrialSource
        The session's source, on which the strips are drawn; change points have their own.
    on_open : callable
        Told the number of the trial whose mark was clicked.
    """

    def __init__(self, trials: TrialSource, on_open: Callable[[int], None]) -> None:
        self._on_open = on_open
        self._changes = Changes((), (), 0)
        super().__init__(trials)

    @property
    def figures(self) -> list[figure]:
        """The one figure with all strips."""
        return [self._figure]

    @property
    def effects_html(self) -> str:
        """The table of what each hyper-parameter's changes did, escaped; may be empty."""
        return str(self._table.object)

    def work(self, moment: Moment) -> Job:
        """Return the change points of all trials, the most telling of many."""

        def changes() -> Changes:
            found = change_points(moment.space, moment.trials, moment.actions)
            effects = change_effects(moment.space, moment.trials)
            return Changes(_most_telling(found), effects, len(found))

        return changes

    def show(self, outcome: Changes) -> None:  # type: ignore[override]
        """Show the change points, in place of those before."""
        self._changes = outcome
        self._fill()
        self._table.object = _effects_table(outcome.effects, titles(self.trials.space.searched))
        self.follow()

    def follow(self) -> None:
        """Take in the trials that were appended: move the ranges along with them."""
        super().follow()
        n_trials = self.trials.n_trials
        end = order_end(n_trials)
        self._figure.x_range.update(start=-0.01 * end, end=end)
        self._kit.mapper.high = order_high(n_trials)
        low, high = self.trials.score_range()
        self._stretch("", low, high)
        for name in self._lanes:
            self._stretch(name, *self.trials.axes[name].range)
        n_left_out = self._changes.n_all - len(self._changes.points)
        said = f"The {len(self._changes.points)} most telling of {self._changes.n_all} changes."
        self._say(self._remark, said if n_left_out > 0 else "")

    def move_to(self, space: SpaceVersion) -> None:
        """Give each hyper-parameter that is searched a strip."""
        names = [one.name for one in space.searched]
        if names != self._lanes:
            with together(self._figure.document):
                self._lay_out(names)
        shown = titles(space.searched, 22)
        heads = [self.trials.metric.label, *(shown[name] for name in names)]
        places = [self._floor(name) + FILL / 2 for name in names]
        score_place = self._floor("") + SCORE_LANES / 2
        set_ticks(self._figure.left[0], Ticks((score_place, *places), tuple(heads)))
        self._fill()
        self.follow()

    def _why_empty(self) -> str:
        return why_no_scores(self.trials)

    def _head(self) -> list[pn.viewable.Viewable]:
        return [pn.pane.HTML(LEGEND, stylesheets=[stylesheet("legend")])]

    def _body(self) -> pn.viewable.Viewable:
        self._table = pn.pane.HTML("", stylesheets=[stylesheet("facts")])
        return pn.Column(super()._body(), self._table, sizing_mode="stretch_width", margin=0)

    def _build(self) -> LayoutDOM:
        self._kit = FigureKit()
        self._lanes: list[str] = []
        self._floors: dict[str, float] = {"": 0.0}
        self._mappers = {"": LinearInterpolator(x=[0, 1], y=[0, 1])}
        self._marks = {group: ColumnDataSource(_empty()) for group in GROUPS}
        plot = self._kit.new_figure("", MARGIN_HEIGHT, Range1d(0, 20), Range1d(0, 1))
        plot.title.visible = False
        self._figure = plot
        add_axis(plot, "below", self._kit, "trials in the order they finished")
        add_grid(plot, add_axis(plot, "left", self._kit, ticks=Ticks((), ())))
        self._box = BoxSelectTool(renderers=[])
        self._box.overlay.update(fill_alpha=0.1, line_width=1, handles=self._kit.handles)
        plot.add_tools(self._box)
        self.trials.drawn.select_by_rule(plot)
        self._add_strip("", "score")
        drawn = [self._draw_marks(group) for group in GROUPS]
        rows = [("", "what"), ("", "did")]
        # Without its renderers a tap would clear the selection of the trials.
        hover = HoverTool(
            renderers=drawn, show_arrow=False, limit=3, tooltips=tooltip(rows, "<b>@trial</b>")
        )
        plot.add_tools(TapTool(renderers=drawn), hover)
        self.move_to(self.trials.space)
        paint(plot, self.is_dark)
        return plot

    def _lay_out(self, names: list[str]) -> None:
        self._lanes = names
        n = len(names)
        self._floors = {name: float(n - 1 - row) for row, name in enumerate(names)}
        self._floors[""] = float(n)
        for name in names:
            if name not in self._mappers:
                self._mappers[name] = LinearInterpolator(x=[0, 1], y=[0, 1])
                self._add_strip(name, x_column(name))
        for renderer in self._box.renderers:
            renderer.visible = renderer.tags[0] in ("", *names)
        self._figure.y_range.update(start=-0.3, end=n + SCORE_LANES + 0.4)
        self._figure.height = round(MARGIN_HEIGHT + LANE_HEIGHT * (n + SCORE_LANES))

    def _floor(self, name: str) -> float:
        return self._floors[name]

    def _stretch(self, name: str, low: float, high: float) -> None:
        """Map a strip's own units onto its lane."""
        floor = self._floor(name)
        top = floor + (SCORE_LANES if name == "" else FILL)
        mapper = self._mappers[name]
        if (mapper.x, mapper.y) != ([low, high], [floor, top]):
            mapper.update(x=[low, high], y=[floor, top])

    def _add_strip(self, name: str, column: str) -> None:
        at: dict[str, Any] = {
            "x": "order",
            "y": {"field": column, "transform": self._mappers[name]},
            "size": 4.5 if name == "" else 4,
        }
        fill = {"field": "order", "transform": self._kit.mapper}
        glyph = Scatter(**at, fill_color=fill, line_color=None, fill_alpha=0.9)
        renderer = self._figure.add_glyph(
            self.trials.source,
            glyph,
            selection_glyph=Scatter(**{**at, "size": 6}, fill_color=fill, line_width=0.8),
            nonselection_glyph=Scatter(**at, fill_color=fill, line_color=None, fill_alpha=0.15),
            view=CDSView(filter=self.trials.drawn.filter),
            name="strip",
            tags=[name],
        )
        self._box.renderers = [*self._box.renderers, renderer]
        if name:
            label = [("", text_column(name)), (self.trials.metric.label, "score_text")]
            template = tooltip(label, f"<b>Trial @trial</b> {escape(name)}")
            self._figure.add_tools(
                HoverTool(renderers=[renderer], limit=1, show_arrow=False, tooltips=template)
            )
        paint(self._figure, self.is_dark)

    def _draw_marks(self, group: str) -> GlyphRenderer:
        source = self._marks[group]
        glyph = Scatter(x="x", y="y", size="size", marker=MARKERS[group], line_width=1)
        source.selected.on_change("indices", lambda _n, _o, rows: self._tapped(source, rows))
        return self._figure.add_glyph(
            source, glyph, selection_glyph=glyph, nonselection_glyph=glyph, name=f"change {group}"
        )

    def _tapped(self, source: ColumnDataSource, rows: Sequence[int]) -> None:
        """Open the trial of the mark that was clicked; of several that overlap, the latest."""
        if rows:
            number = source.data["number"][max(rows)]
            source.selected.indices = []
            self._on_open(int(number))

    def _fill(self) -> None:
        orders = dict(
            zip(self.trials.source.data["trial"], self.trials.source.data["order"], strict=True)
        )
        columns = {group: _empty() for group in GROUPS}
        biggest = max((abs(p.gain) for p in self._changes.points if p.gain is not None), default=0)
        for point in self._changes.points:
            is_shown = not point.hyper_parameter or point.hyper_parameter in self._lanes
            if point.trial in orders and is_shown:
                self._add_mark(columns, point, float(orders[point.trial]), biggest)
        for group, source in self._marks.items():
            source.data = columns[group]

    def _add_mark(
        self, columns: dict[str, dict[str, list[Any]]], point: ChangePoint, x: float, biggest: float
    ) -> None:
        group = _group(point)
        is_value = point.kind is ChangeKind.VALUE
        floor = self._floor(point.hyper_parameter if is_value else "")
        into = columns[group]
        share = abs(point.gain or 0.0) / biggest if biggest else 0.0
        row = {
            "x": x,
            "y": floor + (FILL + 0.1 if is_value else SCORE_LANES + 0.1),
            "size": 3.5 + 6 * share if is_value else 11.0,
            "number": point.trial,
            "trial": f"Trial {point.trial}",
            "what": _what(point, self.trials.metric),
            "did": _did(point),
        }
        for name, value in row.items():
            into[name].append(value)


def _empty() -> dict[str, list[Any]]:
    return {name: [] for name in ("x", "y", "size", "number", "trial", "what", "did")}


def _group(point: ChangePoint) -> str:
    if point.kind is ChangeKind.NEW_BEST:
        return "best"
    if point.kind is not ChangeKind.VALUE:
        return "step"
    if not point.gain:
        return "other"
    return "up" if point.gain > 0 else "down"


def _most_telling(points: Iterable[ChangePoint]) -> tuple[ChangePoint, ...]:
    """Return all new bests and steps of the user, and the value changes of the largest effect."""
    points = tuple(points)
    values = [point for point in points if point.kind is ChangeKind.VALUE]
    n_room = max(0, N_POINTS_MAX - (len(points) - len(values)))
    if len(values) <= n_room:
        return points
    telling = sorted(values, key=lambda point: -abs(point.gain or 0.0))[:n_room]
    kept = set(map(id, telling))
    return tuple(one for one in points if one.kind is not ChangeKind.VALUE or id(one) in kept)


def _what(point: ChangePoint, metric: Any) -> str:
    """Return what changed, in one line."""
    if point.kind is ChangeKind.VALUE:
        before, after = point.before, point.after
        return f"{point.hyper_parameter}: {value_text(before)} → {value_text(after)}{_by(point)}"
    if point.kind is ChangeKind.NEW_BEST:
        return f"new best, {metric.label} {value_text(metric.shown(point.after), 5)}"
    words = {ChangeKind.EDIT: "search space edited", ChangeKind.SWITCH: "algorithm"}
    said = words.get(point.kind, str(point.kind))
    if point.kind is ChangeKind.SWITCH and point.after:
        said += f" → {point.after}"
    return f"{said}: {point.text}" if point.text else said


def _by(point: ChangePoint) -> str:
    """Return by how much a number changed."""
    values = (point.before, point.after)
    if any(isinstance(one, bool) or not isinstance(one, int | float) for one in values):
        return ""
    before, after = values
    if before > 0 and after > 0 and max(before, after) / min(before, after) >= 1.5:
        factor = after / before
        return f" (×{factor:.3g})" if factor > 1 else f" (÷{1 / factor:.3g})"
    return f" ({after - before:+.3g})"


def _did(point: ChangePoint) -> str:
    """Return what the score did, in one line."""
    if point.gain is None or point.against is None:
        return ""
    others = f", with {point.n_changed - 1} others changed" if point.n_changed > 1 else ""
    word = "better" if point.gain > 0 else "worse" if point.gain < 0 else "the same"
    size = f"{abs(point.gain):.3g} " if point.gain else ""
    return f"score {size}{word} than trial {point.against}{others}"


def _effects_table(effects: Sequence[ChangeEffect], shown: dict[str, str]) -> str:
    """Return which one triggers more, as a table; the largest effect alone first."""
    told = [one for one in effects if one.n_changes]
    if not told:
        return ""
    told.sort(key=lambda one: (-(one.size_alone or 0.0), -one.n_changes))
    rows = "".join(
        f"<tr><td>{escape(shown.get(one.name, one.name))}</td><td>{one.n_changes}</td>"
        f"<td>{one.n_alone}</td><td>{_signed(one.size_alone, sign='')}</td>"
        f"<td>{_signed(one.median_alone)}</td><td>{_signed(one.median_with_others)}</td></tr>"
        for one in told
    )
    heads = (
        "<th>changed</th><th>times</th><th>alone</th><th>size of the effect alone</th>"
        "<th>change of the score alone</th><th>with others</th>"
    )
    return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def _signed(value: float | None, sign: str = "+") -> str:
    return "–" if value is None else f"{value:{sign}.3g}"
