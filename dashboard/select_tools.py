"""Boxes and lassos in all plots of a session, and the rule that each selection was made by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from bokeh.events import SelectionGeometry
from bokeh.models import BoxSelectTool, GlyphRenderer, LassoSelectTool
from bokeh.plotting import figure

from .selection_rule import Box, Lasso, Rule

_DRAGGED = (BoxSelectTool, LassoSelectTool)


class SelectTools:
    """The plots whose marks can be selected by dragging.

    The lasso is added to them when it is first wanted.
    """

    def __init__(self) -> None:
        self._plots: list[tuple[figure, Sequence[GlyphRenderer]]] = []
        self._callbacks: list[Callable[[Rule], None]] = []
        self._boxes: dict[str, BoxSelectTool] = {}
        self._is_lasso = False

    def add(self, plot: figure, renderers: Sequence[GlyphRenderer]) -> None:
        """Let marks in a plot be selected by dragging, too."""
        self._plots.append((plot, renderers))
        plot.on_event(SelectionGeometry, lambda event: self._drawn(renderers[0], event))
        if self._is_lasso:
            self._set(plot, renderers)

    def on_draw(self, callback: Callable[[Rule], None]) -> None:
        """Call `callback` with the rule of every box and lasso that is drawn."""
        self._callbacks.append(callback)

    def use_lasso(self, is_lasso: bool) -> None:
        """Let dragging draw a lasso in all plots, or a box again."""
        self._is_lasso = is_lasso
        for plot, renderers in self._plots:
            self._set(plot, renderers)

    def _set(self, plot: figure, renderers: Sequence[GlyphRenderer]) -> None:
        tool: BoxSelectTool | LassoSelectTool
        box = plot.select_one(BoxSelectTool)
        if box is not None:
            self._boxes[plot.id] = box
        if self._is_lasso:
            tool = plot.select_one(LassoSelectTool)
            if tool is None:
                tool = LassoSelectTool(renderers=list(renderers), continuous=False)
        else:
            tool = self._boxes[plot.id]
        # The browser drags with the one that is there.
        others = [one for one in plot.toolbar.tools if not isinstance(one, _DRAGGED)]
        plot.toolbar.tools = [tool, *others]

    def _drawn(self, points: GlyphRenderer, event: Any) -> None:
        rule = _rule_of(points, event.geometry) if event.final else None
        if rule is not None:
            for callback in self._callbacks:
                callback(rule)


def _rule_of(points: GlyphRenderer, geometry: dict[str, Any]) -> Rule | None:
    columns = [getattr(points.glyph, axis) for axis in ("x", "y")]
    x, y = (one.get("field") if isinstance(one, dict) else one for one in columns)
    if not isinstance(x, str) or not isinstance(y, str):
        return None
    if geometry["type"] == "rect":
        return Box(x, geometry["x0"], geometry["x1"], y, geometry["y0"], geometry["y1"])
    if geometry["type"] == "poly":
        return Lasso(x, tuple(geometry["x"]), y, tuple(geometry["y"]))
    return None
