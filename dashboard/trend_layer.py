"""The trend of one plot: a line with its band, or a mean per choice with its interval."""

from __future__ import annotations

import numpy as np
from bokeh.models import CDSView, ColumnDataSource, Line, Scatter, Segment, VArea
from bokeh.plotting import figure

from ..engine.analysis.trend import Trend
from .axis import Axis
from .view import FigureKit

COLUMNS = ("x", "mean", "low", "high")


class TrendLayer:
    """Draws a trend into a figure, lines below the trials; without one it draws nothing.

    Its marks are there from the start: the browser builds a plot anew when marks are added.
    """

    def __init__(self, plot: figure, kit: FigureKit, *, has_lanes: bool) -> None:
        self._source = ColumnDataSource({name: [] for name in COLUMNS})
        if has_lanes:
            interval = Segment(x0="x", x1="x", y0="low", y1="high", line_width=2)
            mean = Scatter(x="x", y="mean", size=26, marker="dash", line_width=2.5)
            names = ("trend interval", "trend mean")
        else:
            interval = VArea(x="x", y1="low", y2="high", fill_alpha=0.2)
            mean = Line(x="x", y="mean", line_width=2)
            names = ("trend band", "trend mean")
        for glyph, name in zip((interval, mean), names, strict=True):
            view = CDSView(filter=kit.all_rows)
            level = "overlay" if has_lanes else "glyph"
            plot.add_glyph(self._source, glyph, name=name, view=view, level=level)

    def show(self, trend: Trend, axis: Axis, *, is_turned: bool) -> None:
        """Show a trend in place of the one before; one without points empties the layer.

        `is_turned` tells whether it is of what the engine turned round so that higher is better.
        """
        self._source.data = _columns(trend, axis, is_turned=is_turned)


def _columns(trend: Trend, axis: Axis, *, is_turned: bool) -> dict[str, list[float]]:
    x = axis.coordinates(trend.x)
    sides = np.array([trend.means, trend.lows, trend.highs], dtype=float).reshape(3, -1)
    sides = -sides[[0, 2, 1]] if is_turned else sides
    is_known = np.isfinite(x) & np.isfinite(sides[0])
    # A mean of one or two trials has no interval, but is one.
    sides[1:] = np.where(np.isfinite(sides[1:]), sides[1:], sides[0])
    found = (x, *sides)
    return {name: column[is_known].tolist() for name, column in zip(COLUMNS, found, strict=True)}
