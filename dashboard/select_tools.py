"""Boxes and lassos in all plots of a session, and the rule that each selection was made by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from bokeh.events import SelectionGeometry
from bokeh.models import BoxSelectTool, GlyphRenderer, LassoSelectTool, LinearInterpolator
from bokeh.plotting import figure

from .selection_rule import AnyOf, Box, Lasso, Rule

_DRAGGED = (BoxSelectTool, LassoSelectTool)


class SelectTools:
    """The plots whose marks can be selected by dragging.

    The lasso is added to them when it is first wanted.
    """

    def __init__(self) -> None:
        self._plots: dict[str, tuple[figure, tuple[GlyphRenderer, ...]]] = {}
        self._callbacks: list[Callable[[Rule], None]] = []
        self._boxes: dict[str, BoxSelectTool] = {}
        self._is_lasso = False

    def add(self, plot: figure, renderers: Sequence[GlyphRenderer]) -> None:
        """Let marks in a plot that has a box be selected by dragging, in place of those before."""
        if plot.id not in self._plots:
            plot.on_event(SelectionGeometry, lambda event: self._drawn(plot, event))
            self._boxes[plot.id] = next(tools_of(plot, BoxSelectTool))
        self._plots[plot.id] = plot, tuple(renderers)
        self._boxes[plot.id].renderers = list(renderers)
        for lasso in tools_of(plot, LassoSelectTool):
            lasso.renderers = list(renderers)
        if self._is_lasso:
            self._set(plot)

    def on_draw(self, callback: Callable[[Rule], None]) -> None:
        """Call `callback` with the rule of every box and lasso that is drawn."""
        self._callbacks.append(callback)

    def use_lasso(self, is_lasso: bool) -> None:
        """Let dragging draw a lasso in all plots, or a box again."""
        self._is_lasso = is_lasso
        for plot, _renderers in self._plots.values():
            self._set(plot)

    def _set(self, plot: figure) -> None:
        box = self._boxes[plot.id]
        tool = self._lasso(plot) if self._is_lasso else box
        # The browser drags with the one that is there.
        others = [one for one in plot.toolbar.tools if not isinstance(one, _DRAGGED)]
        if plot.toolbar.tools != [tool, *others]:
            plot.toolbar.tools = [tool, *others]

    def _lasso(self, plot: figure) -> LassoSelectTool:
        for known in tools_of(plot, LassoSelectTool):
            return known
        box = self._boxes[plot.id]
        lasso = LassoSelectTool(renderers=list(box.renderers), continuous=False)
        look = ("fill_color", "fill_alpha", "line_color", "line_width")
        lasso.overlay.update(**{name: getattr(box.overlay, name) for name in look})
        return lasso

    def _drawn(self, plot: figure, event: Any) -> None:
        if not event.final:
            return
        renderers = [one for one in self._plots[plot.id][1] if one.visible]
        rules = [_rule_of(plot, one, event.geometry) for one in renderers]
        known = tuple(rule for rule in rules if rule is not None)
        if known:
            for callback in self._callbacks:
                callback(known[0] if len(known) == 1 else AnyOf(known))


def tools_of(plot: figure, kind: type[Any]) -> Iterator[Any]:
    """Return the tools of a kind, faster than `select_one`, which looks through all models."""
    return (one for one in plot.toolbar.tools if isinstance(one, kind))


def _rule_of(plot: figure, marks: GlyphRenderer, geometry: dict[str, Any]) -> Rule | None:
    """Return the rule of what a box or lasso selects of the marks, in units of their columns."""
    x, y = (_column_or_place(getattr(marks.glyph, axis)) for axis in ("x", "y"))
    height = _height_of(plot, marks)
    if x is None or not isinstance(y, str) or height is None:
        return None
    if geometry["type"] == "rect":
        bottom, top = sorted((height(geometry["y0"]), height(geometry["y1"])))
        return Box(x, geometry["x0"], geometry["x1"], y, bottom, top)
    if geometry["type"] == "poly":
        return Lasso(x, tuple(geometry["x"]), y, tuple(map(height, geometry["y"])))
    return None


def _column_or_place(spec: Any) -> str | float | None:
    """Return the column that a mark is drawn at, or the coordinate that all of them have."""
    found = getattr(spec, "field", getattr(spec, "value", spec))
    return found if isinstance(found, str | int | float) else None


def _height_of(plot: figure, marks: GlyphRenderer) -> Callable[[float], float] | None:
    """Return what turns a height in a plot into units of the column of the marks."""
    transform = getattr(marks.glyph.y, "transform", None)
    lane = plot.extra_y_ranges.get(marks.y_range_name)
    if isinstance(transform, LinearInterpolator):
        return _line(transform.y, transform.x)
    if lane is not None:
        return _line((plot.y_range.start, plot.y_range.end), (lane.start, lane.end))
    return lambda height: height


def _line(heights: Sequence[float], values: Sequence[float]) -> Callable[[float], float] | None:
    """Return the straight line through two points; None where all lie at one height."""
    (low, high), (first, last) = heights, values
    if high == low:
        return None
    return lambda height: first + (height - low) / (high - low) * (last - first)
