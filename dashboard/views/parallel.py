"""Parallel coordinates: one line per trial through all hyper-parameters, to its score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import (
    BoxSelectTool,
    CDSView,
    ColumnDataSource,
    GlyphRenderer,
    LayoutDOM,
    LinearColorMapper,
    LinearInterpolator,
    Range1d,
    Scatter,
    Segment,
    Text,
)
from bokeh.plotting import figure

from ...engine.hyper_parameter import SpaceVersion
from ..axis import Ticks, round_values, tick_text, titles
from ..stylesheets import BOX, BUTTON
from ..text_panes import Markup
from ..theme import paint, stylesheet
from ..trial_source import x_column
from ..view import FigureKit, View, add_axis, set_ticks, why_no_scores

HEIGHT = 380
SCORE = "score"
LEGEND = """
<span>One line per trial, the better the stronger.</span>
<span>Drag along an axis to select, with Shift to add, with Ctrl to narrow down.</span>
"""


class ParallelView(View):
    """A line per trial across all searched hyper-parameters, coloured by the score.

    There is a segment per pair of neighbouring axes, all on the session's source, so that a
    new trial costs no more than in any other plot. Invisible points on the axes take the brush.
    """

    @property
    def figures(self) -> list[figure]:
        """The one figure."""
        return [self._figure]

    @property
    def order(self) -> tuple[str, ...]:
        """Names of the hyper-parameters from left to right; the score is the last axis."""
        return tuple(self._order)

    def follow(self) -> None:
        """Take in the trials that were appended: move the ranges along with them."""
        super().follow()
        low, high = self.trials.score_range()
        mapper = self._mappers[SCORE]
        mapper.x = [low, high]
        self._colors.update(**self._color_range())
        for name in self._order:
            self._mappers[name].x = list(self.trials.axes[name].range)
        self._label()

    def move_to(self, space: SpaceVersion) -> None:
        """Give each hyper-parameter that is searched an axis; those that stay keep their place."""
        names = [one.name for one in space.searched]
        kept = [name for name in self._order if name in names]
        wanted = [*kept, *(name for name in names if name not in kept)]
        if wanted != self._order:
            self._lay_out(wanted)
        chosen = self._chooser.value
        options = {text: name for name, text in titles(space.searched).items()}
        value = chosen if chosen in wanted else next(iter(wanted), None)
        self._chooser.param.update(options=options, value=value)
        self.follow()

    def move_axis(self, name: str, by: int) -> None:
        """Move an axis to the left (negative) or right."""
        if name not in self._order:
            return
        order = [one for one in self._order if one != name]
        place = self._order.index(name) + by
        order.insert(max(0, min(len(order), place)), name)
        self._lay_out(order)
        self.follow()

    def _why_empty(self) -> str:
        if not self._order:
            return "No hyper-parameter is searched. Switch one on."
        return why_no_scores(self.trials)

    def _head(self) -> list[pn.viewable.Viewable]:
        self._chooser = pn.widgets.Select(label="Axis", options={}, width=220, **BUTTON)
        left, right = (self._mover(text, by) for text, by in (("← Move", -1), ("Move →", 1)))
        legend = Markup(LEGEND, stylesheets=[stylesheet("legend")])
        row = pn.Row(self._chooser, left, right, **BOX)
        return [legend, row]

    def _mover(self, text: str, by: int) -> pn.widgets.Button:
        button = pn.widgets.Button(label=text, **{**BUTTON, "margin": (19, 8, 0, 8)})
        button.on_click(
            lambda _event: pn.state.execute(
                lambda: self.move_axis(self._chooser.value, by), schedule=True
            )
        )
        return button

    def _build(self) -> LayoutDOM:
        self._kit = FigureKit()
        self._order: list[str] = []
        self._mappers = {SCORE: LinearInterpolator(x=[0, 1], y=[0, 1])}
        self._colors = LinearColorMapper(palette=["#808080"], low=0, high=1)
        self._segments: list[GlyphRenderer] = []
        self._handles: list[GlyphRenderer] = []
        plot = self._kit.new_figure("", HEIGHT, Range1d(-0.4, 1.4), Range1d(-0.06, 1.09))
        plot.title.visible = False
        self._figure = plot
        self._names = add_axis(plot, "below", self._kit, ticks=Ticks((), ()))
        self._names.update(major_label_text_font_size="12px", axis_line_color=None)
        self._ticks = ColumnDataSource({"x": [], "y": [], "text": []})
        self._rails = ColumnDataSource({"x0": [], "x1": [], "y0": [], "y1": []})
        rail = Segment(x0="x0", x1="x1", y0="y0", y1="y1", line_width=1.2)
        box = BoxSelectTool(renderers=[])
        box.overlay.update(fill_alpha=0.1, line_width=1, handles=self._kit.handles)
        plot.add_tools(box)
        self.trials.drawn.select_by_rule(plot)
        plot.add_glyph(self._rails, rail, name="rails", level="annotation")
        label = Text(x="x", y="y", text="text", x_offset=5, text_font_size="10.5px")
        label.update(text_baseline="middle", background_fill_alpha=0.75, padding=1)
        plot.add_glyph(self._ticks, label, name="labels", level="annotation")
        self.move_to(self.trials.space)
        paint(plot, self.is_dark)
        return plot

    def _lay_out(self, names: list[str]) -> None:
        """Put the axes into this order: the glyphs stay, and read other columns."""
        self._order = names
        for name in names:
            self._mappers.setdefault(name, LinearInterpolator(x=[0, 1], y=[0, 1]))
        axes = [*names, SCORE]
        while len(self._handles) < len(axes):
            self._handles.append(self._new_handle())
            if len(self._handles) > 1:
                self._segments.append(self._new_segment())
        self.trials.tools.add(self._figure, self._handles[: len(axes)])
        for place, handle in enumerate(self._handles):
            handle.visible = place < len(axes)
            if handle.visible:
                for glyph in _looks(handle):
                    glyph.update(x=place, y=self._height(axes[place]))
        for place, segment in enumerate(self._segments):
            segment.visible = place + 1 < len(axes)
            if segment.visible:
                ends = (self._height(axes[place]), self._height(axes[place + 1]))
                for glyph in _looks(segment):
                    glyph.update(x0=place, x1=place + 1, y0=ends[0], y1=ends[1])
        n = len(axes)
        # The numbers of the last axis stand to the right of it.
        self._figure.x_range.update(start=-0.15, end=n - 1 + max(0.5, 0.07 * n))
        self._rails.data = {
            "x0": list(range(n)),
            "x1": list(range(n)),
            "y0": [0.0] * n,
            "y1": [1.0] * n,
        }
        paint(self._figure, self.is_dark)

    def _color_range(self) -> dict[str, float]:
        """Return the ends of the colours: a few bad scores leave the others apart."""
        scores = self.trials.scores
        if not scores.size:
            return {"low": 0.0, "high": 1.0}
        if self.trials.metric.is_minimized:
            return {"low": float(np.quantile(scores, 0.9)), "high": float(scores.min())}
        return {"low": float(np.quantile(scores, 0.1)), "high": float(scores.max())}

    def _height(self, name: str) -> dict[str, Any]:
        column = SCORE if name == SCORE else x_column(name)
        return {"field": column, "transform": self._mappers[name]}

    def _new_segment(self) -> GlyphRenderer:
        color = {"field": "score", "transform": self._colors}
        looks = [
            Segment(line_color=color, line_alpha=alpha, line_width=width)
            for alpha, width in ((0.55, 1.0), (0.95, 1.4), (0.07, 1.0))
        ]
        return self._add(looks, "lines")

    def _new_handle(self) -> GlyphRenderer:
        # No hit test finds what is not drawn at all.
        looks = [Scatter(size=3, fill_alpha=0.0, line_alpha=0.0) for _ in range(3)]
        return self._add(looks, "handles")

    def _add(self, looks: Sequence[Any], name: str) -> GlyphRenderer:
        normal, selected, other = looks
        return self._figure.add_glyph(
            self.trials.source,
            normal,
            selection_glyph=selected,
            nonselection_glyph=other,
            view=CDSView(filter=self.trials.drawn.filter),
            name=name,
        )

    def _label(self) -> None:
        shown = titles(self.trials.space.searched, 16)
        heads = [*(shown[name] for name in self._order), self.trials.metric.label]
        is_many = len(heads) > 10
        places = tuple(float(place) for place in range(len(heads)))
        set_ticks(self._names, Ticks(places, tuple(heads), is_slanted=is_many))
        # Slanted, the first names begin to the left of the first axis.
        self._figure.update(
            height=HEIGHT + (60 if is_many else 0), min_border_left=90 if is_many else None
        )
        rows = [row for place, name in enumerate(self._order) for row in self._rows(place, name)]
        if len(heads) > 16:
            rows = []
        low, high = self.trials.score_range()
        if self.trials.n_completed:
            last = float(len(self._order))
            ticks = round_values(low, high, is_whole=False)
            rows += [(last, (one - low) / (high - low), tick_text(one)) for one in ticks]
        columns = {"x": 0, "y": 1, "text": 2}
        data = {name: [row[index] for row in rows] for name, index in columns.items()}
        if data != self._ticks.data:
            self._ticks.data = data

    def _rows(self, place: int, name: str) -> list[tuple[float, float, str]]:
        axis = self.trials.axes[name]
        start, end = axis.range
        marks = zip(axis.ticks.positions, axis.ticks.labels, strict=True)
        return [(float(place), (at - start) / (end - start), text.strip()) for at, text in marks]


def _looks(renderer: GlyphRenderer) -> list[Any]:
    return [renderer.glyph, renderer.selection_glyph, renderer.nonselection_glyph]
