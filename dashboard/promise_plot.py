"""The plot of a model along one hyper-parameter: expected score with its band, and the promise."""

from __future__ import annotations

import numpy as np
from bokeh.models import ColumnDataSource, Line, Quad, Range1d, Segment, VArea

from ..engine.analysis.surrogate_fit import Slice
from ..engine.metric import Metric
from .axis import Axis, Ticks
from .view import FigureKit, add_axis, add_grid, set_ticks

COLUMNS = ("x", "mean", "low", "high", "promise")
PROMISE = "promise"


class PromisePlot:
    """Mean and 90 % band of a model, and below them the expected improvement.

    Of choices there are intervals and bars instead.

    Parameters
    ----------
    kit : FigureKit
        What the view's figures share.
    height : int
        In pixels.
    metric : Metric
        For the axis.
    """

    def __init__(self, kit: FigureKit, height: int, metric: Metric) -> None:
        plot = kit.new_figure("Promise (orange)", height, Range1d(0, 1), Range1d(0, 1))
        self.figure = plot
        self._x_axis = add_axis(plot, "below", kit, ticks=Ticks((), ()))
        add_grid(plot, add_axis(plot, "left", kit, f"expected {metric.label}"))
        # The promise takes the lower fifth of the plot, on a scale of its own.
        plot.extra_y_ranges[PROMISE] = Range1d(0, 5)
        self._curves = ColumnDataSource({name: [] for name in COLUMNS})
        self._lanes = ColumnDataSource({name: [] for name in (*COLUMNS, "left", "right")})
        band = VArea(x="x", y1="low", y2="high", fill_alpha=0.2)
        plot.add_glyph(self._curves, band, name="trend band")
        plot.add_glyph(self._curves, Line(x="x", y="mean", line_width=2), name="trend mean")
        area = VArea(x="x", y1=0, y2="promise", fill_alpha=0.55)
        plot.add_glyph(self._curves, area, name="promise", y_range_name=PROMISE)
        interval = Segment(x0="x", x1="x", y0="low", y1="high", line_width=2)
        plot.add_glyph(self._lanes, interval, name="trend interval")
        mean = Segment(x0="left", x1="right", y0="mean", y1="mean", line_width=3)
        plot.add_glyph(self._lanes, mean, name="trend mean")
        bar = Quad(left="left", right="right", bottom=0, top="promise", fill_alpha=0.55)
        bar.line_color = None
        plot.add_glyph(self._lanes, bar, name="promise", y_range_name=PROMISE)

    def show(self, found: Slice, axis: Axis, metric: Metric, title: str) -> None:
        """Show a slice in place of the one before; an empty one where there is no model."""
        self._x_axis.axis_label = title
        columns = _columns(found, axis, metric)
        x = columns["x"]
        lanes = {**columns, "left": [at - 0.3 for at in x], "right": [at + 0.3 for at in x]}
        nothing: dict[str, list[float]] = {name: [] for name in lanes}
        self._lanes.data = lanes if axis.has_lanes else nothing
        self._curves.data = (
            {name: [] for name in COLUMNS} if axis.has_lanes else {n: columns[n] for n in COLUMNS}
        )
        start, end = axis.range
        self.figure.x_range.update(start=start, end=end)
        set_ticks(self._x_axis, axis.ticks)
        if x:
            low, high = min(columns["low"]), max(columns["high"])
            room = 0.06 * (high - low) or 0.5
            # Room below, where the promise stands.
            self.figure.y_range.update(start=low - 0.25 * (high - low) - room, end=high + room)


def _columns(found: Slice, axis: Axis, metric: Metric) -> dict[str, list[float]]:
    x = axis.coordinates(found.values)
    sides = np.array([found.means, found.lows, found.highs], dtype=float).reshape(3, -1)
    sides = -sides[[0, 2, 1]] if metric.is_minimized else sides
    rows = (x, *sides, np.array(found.improvements, dtype=float))
    return {name: row.tolist() for name, row in zip(COLUMNS, rows, strict=True)}
