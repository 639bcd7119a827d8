"""Strips: the values of several hyper-parameters over the trials, one lane below the other."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

from bokeh.models import (
    BoxSelectTool,
    CDSView,
    GlyphRenderer,
    HoverTool,
    LinearInterpolator,
    Range1d,
    Scatter,
)

from .axis import Ticks, titles
from .theme import paint
from .trial_source import TrialSource, text_column, x_column
from .view import FigureKit, add_axis, add_grid, set_ticks, together, tooltip, trial_color

LANE_HEIGHT, MARGIN_HEIGHT = 34, 52
FILL = 0.72
"""How much of its lane a strip takes."""


class Strips:
    """One figure with a lane per hyper-parameter, on the session's source.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    orders : Range1d
        The axis of the trials, shared with the plot above.
    kit : FigureKit
        The models that the figures of the view share.
    """

    def __init__(self, trials: TrialSource, orders: Range1d, kit: FigureKit) -> None:
        self._trials, self._kit = trials, kit
        self.lanes: list[str] = []
        self._mappers: dict[str, LinearInterpolator] = {}
        self.figure = plot = kit.new_figure("", MARGIN_HEIGHT, orders, Range1d(0, 1))
        plot.title.visible = False
        add_axis(plot, "below", kit, "trials in the order they finished")
        add_grid(plot, add_axis(plot, "left", kit, ticks=Ticks((), ())))
        self._marks: list[GlyphRenderer] = []
        box = BoxSelectTool(renderers=[])
        box.overlay.update(fill_alpha=0.1, line_width=1, handles=kit.handles)
        plot.add_tools(box)
        trials.drawn.select_by_rule(plot)

    def show(self, names: Sequence[str], is_dark: bool) -> None:
        """Give each of these hyper-parameters a lane, and no others."""
        if list(names) != self.lanes:
            with together(self.figure.document):
                self._lay_out(list(names))
            paint(self.figure, is_dark)
        shown = titles((self._trials.space[name] for name in names), 18)
        places = tuple(self.floor(name) + FILL / 2 for name in names)
        set_ticks(self.figure.left[0], Ticks(places, tuple(shown[name] for name in names)))
        self.follow()

    def follow(self) -> None:
        """Map each hyper-parameter's own units onto its lane."""
        for name in self.lanes:
            low, high = self._trials.axes[name].range
            floor, mapper = self.floor(name), self._mappers[name]
            if (mapper.x, mapper.y) != ([low, high], [floor, floor + FILL]):
                mapper.update(x=[low, high], y=[floor, floor + FILL])

    def floor(self, name: str) -> float:
        """Return where the lane of a hyper-parameter begins."""
        return float(len(self.lanes) - 1 - self.lanes.index(name))

    def _lay_out(self, names: list[str]) -> None:
        self.lanes = names
        for name in names:
            if name not in self._mappers:
                self._mappers[name] = LinearInterpolator(x=[0, 1], y=[0, 1])
                self._add(name)
        self._trials.tools.add(self.figure, self._marks)
        for renderer in self._marks:
            renderer.visible = renderer.tags[0] in names
        self.figure.y_range.update(start=-0.3, end=len(names) + 0.1)
        self.figure.height = MARGIN_HEIGHT + LANE_HEIGHT * len(names)

    def _add(self, name: str) -> None:
        y = {"field": x_column(name), "transform": self._mappers[name]}
        at: dict[str, Any] = {"x": "order", "y": y, "size": 4}
        fill = trial_color(self._trials)
        renderer = self.figure.add_glyph(
            self._trials.source,
            Scatter(**at, fill_color=fill, line_color=None, fill_alpha=0.9),
            selection_glyph=Scatter(**{**at, "size": 6}, fill_color=fill, line_width=0.8),
            nonselection_glyph=Scatter(**at, fill_color=fill, line_color=None, fill_alpha=0.15),
            view=CDSView(filter=self._trials.drawn.filter),
            name="strip",
            tags=[name],
        )
        self._marks.append(renderer)
        rows = [("", text_column(name)), (self._trials.metric.label, "score_text")]
        template = tooltip(rows, f"<b>Trial @trial</b> {escape(name)}")
        hover = HoverTool(renderers=[renderer], limit=1, show_arrow=False, tooltips=template)
        self.figure.add_tools(hover)
