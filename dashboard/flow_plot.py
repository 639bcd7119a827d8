"""The flow between generations: who went from which part of a range to which."""

from __future__ import annotations

import math
from typing import Any

from bokeh.models import ColumnDataSource, HoverTool, Quad, Range1d, Segment

from ..engine.analysis.axis import Axis
from ..engine.analysis.family import Population
from ..engine.analysis.lineage import ValueFlow
from .axis import INACTIVE, Ticks, value_text
from .view import FigureKit, add_axis, set_ticks, tooltip

HEIGHT = 250
N_GENERATIONS = 40
WIDEST = 14.0
NODES = ("left", "right", "bottom", "top", "what")
FLOWS = ("x0", "x1", "y0", "y1", "width", "what")


class FlowPlot:
    """A box per generation and part of the range, lines between them as wide as many children.

    Parameters
    ----------
    kit : FigureKit
        What the view's figures share.
    """

    def __init__(self, kit: FigureKit) -> None:
        plot = kit.new_figure("Flow between generations", HEIGHT, Range1d(0, 1), Range1d(0, 1))
        self.figure = plot
        add_axis(plot, "below", kit, "generation")
        self._parts = add_axis(plot, "left", kit, ticks=Ticks((), ()))
        self._flows = ColumnDataSource({name: [] for name in FLOWS})
        self._nodes = ColumnDataSource({name: [] for name in NODES})
        flow = Segment(x0="x0", x1="x1", y0="y0", y1="y1", line_width="width", line_alpha=0.35)
        flows = plot.add_glyph(self._flows, flow, name="flows")
        node = Quad(left="left", right="right", bottom="bottom", top="top", line_color=None)
        nodes = plot.add_glyph(self._nodes, node, name="workers")
        template = tooltip([("", "what")])
        for drawn in (nodes, flows):
            plot.add_tools(
                HoverTool(renderers=[drawn], show_arrow=False, limit=1, tooltips=template)
            )

    def show(self, found: Population) -> None:
        """Show a population in place of the one before; of very many generations the latest."""
        if found.axis is None:
            return
        last = max((one.generation for one in found.cohorts), default=0)
        first = max(0, last - N_GENERATIONS + 1)
        self._label(found, found.axis)
        self._nodes.data = _nodes(found, found.axis, first)
        flows = [one for one in found.flows if one.source >= first]
        self._flows.data = _flows(flows, found.axis)
        self.figure.x_range.update(start=first - 0.5, end=max(last, first + 1) + 0.5)

    def _label(self, found: Population, axis: Axis) -> None:
        has_inactive = any(one.part < 0 for one in found.cohorts)
        labels = [_part_text(axis, part) for part in range(axis.n)]
        places = [float(part) for part in range(axis.n)]
        if has_inactive:
            labels, places = [INACTIVE, *labels], [-1.0, *places]
        set_ticks(self._parts, Ticks(tuple(places), tuple(labels)))
        self.figure.y_range.update(start=places[0] - 0.6, end=axis.n - 0.4)


def _part_text(axis: Axis, part: int) -> str:
    if part < 0:
        return INACTIVE
    low, high = axis.lows[part], axis.highs[part]
    return value_text(low, 2) if low == high else f"{value_text(low, 2)} – {value_text(high, 2)}"


def _nodes(found: Population, axis: Axis, first: int) -> dict[str, list[Any]]:
    shown = [one for one in found.cohorts if one.generation >= first]
    most = max((one.n for one in shown), default=1)
    sides = [0.08 + 0.34 * math.sqrt(one.n / most) for one in shown]
    pairs = list(zip(shown, sides, strict=True))
    return {
        "left": [one.generation - 0.12 for one in shown],
        "right": [one.generation + 0.12 for one in shown],
        "bottom": [one.part - side for one, side in pairs],
        "top": [one.part + side for one, side in pairs],
        "what": [
            f"generation {one.generation}, {_part_text(axis, one.part)}: {one.n} trials"
            for one in shown
        ],
    }


def _flows(flows: list[ValueFlow], axis: Axis) -> dict[str, list[Any]]:
    most = max((one.n for one in flows), default=1)
    return {
        "x0": [one.source + 0.12 for one in flows],
        "x1": [one.target - 0.12 for one in flows],
        "y0": [float(one.source_part) for one in flows],
        "y1": [float(one.target_part) for one in flows],
        "width": [max(1.0, WIDEST * one.n / most) for one in flows],
        "what": [
            f"{one.n} children of generation {one.source} from {_part_text(axis, one.source_part)}"
            f" to {_part_text(axis, one.target_part)}"
            for one in flows
        ],
    }
