"""The trend of one plot: a line with its band, or a mean per choice with its interval."""

from __future__ import annotations

import numpy as np
from bokeh.models import ColumnDataSource, Line, Scatter, Segment, VArea
from bokeh.plotting import figure

from ..engine.analysis.trend import Trend
from ..engine.metric import Metric
from .axis import Axis
from .theme import paint
from .view import together

COLUMNS = ("x", "mean", "low", "high")


class TrendLayer:
    """Draws a trend into a figure; its few models are made with the first one that there is."""

    def __init__(self, plot: figure) -> None:
        self._plot = plot
        self._source: ColumnDataSource | None = None
        self._is_of_choices = False

    def show(self, trend: Trend, axis: Axis, metric: Metric, *, is_dark: bool) -> None:
        """Show a trend in place of the one before; one without points empties the layer."""
        data = _columns(trend, axis, metric)
        if self._source is None or self._is_of_choices != axis.has_lanes:
            if not len(data["x"]):
                return
            self._draw(has_lanes=axis.has_lanes)
            paint(self._plot, is_dark)
        if self._source is not None:
            self._source.data = data

    def _draw(self, *, has_lanes: bool) -> None:
        """Add the marks, below the trials."""
        if self._source is not None:
            self._source.data = {name: [] for name in COLUMNS}
        self._source = source = ColumnDataSource({name: [] for name in COLUMNS})
        self._is_of_choices = has_lanes
        if has_lanes:
            interval = Segment(x0="x", x1="x", y0="low", y1="high", line_width=2)
            mean = Scatter(x="x", y="mean", size=26, marker="dash", line_width=2.5)
        else:
            interval = VArea(x="x", y1="low", y2="high", fill_alpha=0.2)
            mean = Line(x="x", y="mean", line_width=2)
        with together(self._plot.document):
            level = "overlay" if has_lanes else "glyph"
            names = ("trend interval", "trend mean") if has_lanes else ("trend band", "trend mean")
            for glyph, name in zip((interval, mean), names, strict=True):
                self._plot.add_glyph(source, glyph, name=name, level=level)


def _columns(trend: Trend, axis: Axis, metric: Metric) -> dict[str, list[float]]:
    x = axis.coordinates(trend.x)
    sides = np.array([trend.means, trend.lows, trend.highs], dtype=float).reshape(3, -1)
    sides = -sides[[0, 2, 1]] if metric.is_minimized else sides
    is_known = np.isfinite(x) & np.isfinite(sides[0])
    # A mean of one or two trials has no interval, but is one.
    sides[1:] = np.where(np.isfinite(sides[1:]), sides[1:], sides[0])
    found = (x, *sides)
    return {
        name: column[is_known].tolist() for name, column in zip(COLUMNS, found, strict=True)
    }
