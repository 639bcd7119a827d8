"""The change points of a figure: what changed and when, marked, told and clickable."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from bokeh.models import ColumnDataSource, GlyphRenderer, HoverTool, Scatter, TapTool
from bokeh.plotting import figure

from ..engine.analysis.change_points import ChangeKind, ChangePoint
from ..engine.metric import Metric
from .axis import value_text
from .select_tools import tools_of
from .view import tooltip

N_POINTS_MAX = 1_500
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
<span>A click on a mark tells all of it.</span>
"""

Place = Callable[[ChangePoint], tuple[float, float] | None]
"""Where a change point lies in the figure; None where it has no place there."""


class ChangeMarks:
    """Marks of change points in one figure, on sources of their own.

    Parameters
    ----------
    plot : figure
        Where they are drawn.
    metric : Metric
        What the scores mean.
    on_tap : callable
        Told the change point that was clicked.
    """

    def __init__(self, plot: figure, metric: Metric, on_tap: Callable[[ChangePoint], None]) -> None:
        self._plot, self._metric, self._on_tap = plot, metric, on_tap
        self._shown: dict[str, list[ChangePoint]] = {}
        self.sources = {group: ColumnDataSource(_empty()) for group in MARKERS}
        drawn = [self._draw(group) for group in MARKERS]
        template = tooltip([("", "what"), ("", "did")], "<b>@trial</b>")
        hover = HoverTool(renderers=drawn, show_arrow=False, limit=3, tooltips=template)
        plot.add_tools(hover)
        self._listen_to_taps(drawn)

    def fill(self, points: Sequence[ChangePoint], place: Place) -> None:
        """Mark these points, in place of those before; the larger the effect, the larger."""
        biggest = max((abs(one.gain) for one in points if one.gain is not None), default=0.0)
        columns = {group: _empty() for group in MARKERS}
        self._shown = {group: [] for group in MARKERS}
        for point in points:
            at = place(point)
            if at is not None:
                group = _group(point)
                self._shown[group].append(point)
                for name, value in self._row(point, at, biggest).items():
                    columns[group][name].append(value)
        for group, source in self.sources.items():
            if source.data != columns[group]:
                source.data = columns[group]

    def _listen_to_taps(self, drawn: list[GlyphRenderer]) -> None:
        """Let taps reach the marks: of several tools for taps the browser uses only one."""
        tap = next(tools_of(self._plot, TapTool), None)
        if tap is None:
            # Without its renderers a tap would clear the selection of the trials.
            self._plot.add_tools(TapTool(renderers=drawn))
        else:
            tap.renderers = [*tap.renderers, *drawn]

    def _row(self, point: ChangePoint, at: tuple[float, float], biggest: float) -> dict[str, Any]:
        share = abs(point.gain or 0.0) / biggest if biggest else 0.0
        return {
            "x": at[0],
            "y": at[1],
            "size": 3.5 + 6 * share if point.kind is ChangeKind.VALUE else 11.0,
            "trial": "" if point.trial is None else f"Trial {point.trial}",
            "what": what_of(point, self._metric),
            "did": did_of(point),
        }

    def _draw(self, group: str) -> GlyphRenderer:
        source = self.sources[group]
        glyph = Scatter(x="x", y="y", size="size", marker=MARKERS[group], line_width=1)
        source.selected.on_change("indices", lambda _n, _o, rows: self._tapped(group, rows))
        return self._plot.add_glyph(
            source, glyph, selection_glyph=glyph, nonselection_glyph=glyph, name=f"change {group}"
        )

    def _tapped(self, group: str, rows: Sequence[int]) -> None:
        """Tell of the mark that was clicked; of several that overlap, the latest."""
        if rows:
            point = self._shown[group][max(rows)]
            self.sources[group].selected.indices = []
            self._on_tap(point)


def _empty() -> dict[str, list[Any]]:
    return {name: [] for name in ("x", "y", "size", "trial", "what", "did")}


def _group(point: ChangePoint) -> str:
    if point.kind is ChangeKind.NEW_BEST:
        return "best"
    if point.kind is not ChangeKind.VALUE:
        return "step"
    if not point.gain:
        return "other"
    return "up" if point.gain > 0 else "down"


def most_telling(points: Iterable[ChangePoint]) -> tuple[ChangePoint, ...]:
    """Return all new bests and steps of the user, and the value changes of the largest effect."""
    points = tuple(points)
    values = [point for point in points if point.kind is ChangeKind.VALUE]
    n_room = max(0, N_POINTS_MAX - (len(points) - len(values)))
    if len(values) <= n_room:
        return points
    telling = sorted(values, key=lambda point: -abs(point.gain or 0.0))[:n_room]
    kept = set(map(id, telling))
    return tuple(one for one in points if one.kind is not ChangeKind.VALUE or id(one) in kept)


def what_of(point: ChangePoint, metric: Metric) -> str:
    """Return what changed, in one line."""
    if point.kind is ChangeKind.VALUE:
        before, after = point.before, point.after
        return f"{point.hyper_parameter}: {value_text(before)} → {value_text(after)}{_by(point)}"
    if point.kind is ChangeKind.NEW_BEST:
        return f"new best, {metric.label} {value_text(metric.shown(point.after), 5)}"
    if point.kind is ChangeKind.ACTION:
        return point.text
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


def did_of(point: ChangePoint) -> str:
    """Return what the score did, in one line."""
    if point.gain is None or point.against is None:
        return ""
    others = f", with {point.n_changed - 1} others changed" if point.n_changed > 1 else ""
    word = "better" if point.gain > 0 else "worse" if point.gain < 0 else "the same"
    size = f"{abs(point.gain):.3g} " if point.gain else ""
    return f"score {size}{word} than trial {point.against}{others}"
