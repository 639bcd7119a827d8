"""One plot of the split view: a hyper-parameter's value against the score, and a second metric."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from bokeh.models import BoxAnnotation, Button, CDSView, Column, HoverTool, Range1d, Segment, Span
from bokeh.plotting import figure

from ..engine.analysis.trend import Trend
from ..engine.hyper_parameter import HyperParameter
from .axis import Axis
from .select_tools import tools_of
from .theme import paint_mark, stylesheet
from .trend_layer import TrendLayer
from .trial_source import TrialSource, text_column, x_column
from .view import (
    DIGITS,
    FigureKit,
    Row,
    add_axis,
    add_grid,
    add_points,
    add_trials,
    set_ticks,
    tell,
    together,
)

HEIGHT, SECOND_HEIGHT = 190, 130
SHADE = "#808a96"
"""Outside of today's range; grey in both modes."""


@dataclass(frozen=True)
class SecondRow:
    """What a second row of plots shows.

    Parameters
    ----------
    name : str
        What the axis is called.
    column : str
        Where the source has the values.
    target : str
        Where the engine has them; see `trend`.
    is_minimized : bool
        Whether the engine has them turned round.
    range : Range1d
        The axis that the plots share.
    """

    name: str
    column: str
    target: str
    is_minimized: bool
    range: Range1d


class ValuePlot:
    """The plot of one hyper-parameter under its title, a button that opens its detail view.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    trials : TrialSource
        The session's source.
    scores : Range1d
        The score axis that all plots share.
    kit : FigureKit
        The models that all plots share.
    on_open : callable
        Told the name when the title is clicked.
    """

    def __init__(
        self,
        name: str,
        trials: TrialSource,
        scores: Range1d,
        kit: FigureKit,
        on_open: Callable[[str], None],
    ) -> None:
        self._name, self._trials, self._kit = name, trials, kit
        self.second: figure | None = None
        self._row: SecondRow | None = None
        self._second_trend: TrendLayer | None = None
        self._spread: Any = None
        self.button = Button(label=name, stylesheets=[stylesheet("plot_title")])
        self.button.on_event("button_click", lambda _event: on_open(name))
        self.figure = kit.new_figure(name, HEIGHT, Range1d(0, 1), scores)
        self.figure.title.visible = False
        add_axis(self.figure, "below", kit, ticks=trials.axes[name].ticks)
        self.score_axis = add_axis(self.figure, "left", kit, trials.metric.axis_label)
        add_grid(self.figure, self.score_axis)
        self.trend = TrendLayer(self.figure, kit, has_lanes=trials.axes[name].has_lanes)
        self._text_column = text_column(name)
        self._score_row = (trials.metric.label, "score_text")
        rows = self._rows(called(trials.space[name]))
        add_trials(self.figure, trials, x_column(name), kit, rows)
        self._hover = next(tools_of(self.figure, HoverTool))
        self._marker = Span(dimension="height", visible=False, line_dash="dashed", line_width=1)
        self.figure.add_layout(self._marker)
        self._shades: list[BoxAnnotation] = []
        self.cell = Column(self.button, self.figure, sizing_mode="stretch_width")

    @property
    def figures(self) -> list[figure]:
        """The plot, and that of the second row below it if there is one."""
        return [self.figure] if self.second is None else [self.figure, self.second]

    def show_second(self, row: SecondRow | None) -> None:
        """Show a second row, or none; one that is shown already stays."""
        if row is self._row:
            return
        self._row = row
        self.second = None if row is None else self._new_second(row)
        self.cell.children = [self.button, *self.figures]

    def show_second_trend(self, trend: Trend, axis: Axis, row: SecondRow) -> None:
        """Show a trend in the second row, if it is still this one."""
        if self._second_trend is not None and row is self._row:
            self._second_trend.show(trend, axis, is_turned=row.is_minimized)

    def show_spread(self, is_shown: bool, ends: Mapping[str, Any], is_dark: bool) -> None:
        """Draw how far the folds of each trial lie apart, or not.

        Parameters
        ----------
        is_shown : bool
            Whether it is drawn.
        ends : mapping of str to expression
            ``y0`` and ``y1`` of the lines.
        is_dark : bool
            The mode.
        """
        if is_shown and self._spread is None:
            x = x_column(self._name)
            view = CDSView(filter=self._trials.drawn.filter)
            bar = Segment(x0=x, x1=x, **ends, line_width=1.2, line_alpha=0.5)
            faded = Segment(x0=x, x1=x, **ends, line_alpha=0.06)
            self._spread = self.figure.add_glyph(
                self._trials.source,
                bar,
                selection_glyph=bar,
                nonselection_glyph=faded,
                view=view,
                name="spread",
                level="underlay",
            )
            paint_mark(self._spread, is_dark)
        if self._spread is not None:
            self._spread.visible = is_shown

    def _new_second(self, row: SecondRow) -> figure:
        kit, axis = self._kit, self._trials.axes[self._name]
        plot = kit.new_figure(
            f"{self._name}: {row.name}", SECOND_HEIGHT, self.figure.x_range, row.range
        )
        plot.title.visible = False
        add_axis(plot, "below", kit, ticks=axis.ticks)
        add_grid(plot, add_axis(plot, "left", kit, row.name))
        self._second_trend = TrendLayer(plot, kit, has_lanes=axis.has_lanes)
        rows: list[Row] = [(self._name, self._text_column), (row.name, row.column, DIGITS)]
        add_points(plot, self._trials, x_column(self._name), row.column, kit, rows)
        return plot

    def call(self, title: str, label: str) -> None:
        """Set the title, and how the hover calls the value."""
        self.figure.title.text = self.button.label = title
        tell(self._hover, self._rows(label))

    def _rows(self, label: str) -> list[Row]:
        return [(label, self._text_column), self._score_row]

    def follow(self, axis: Axis) -> None:
        """Move the range and the ticks along with the values."""
        start, end = axis.range
        self.figure.x_range.update(start=start, end=end)
        for plot in self.figures:
            set_ticks(plot.below[0], axis.ticks)
        self._shade(axis)

    def mark(self, axis: Axis, value: Any) -> None:
        """Draw a line at a value."""
        place = float(axis.coordinates([value])[0])
        is_shown = place == place
        self._marker.update(location=place if is_shown else 0.0, visible=is_shown)

    def _shade(self, axis: Axis) -> None:
        """Shade what lies outside today's range, where trials of earlier ranges are."""
        if not axis.exceeds_bounds and not self._shades:
            return
        if not self._shades:
            look = {"name": "shade", "fill_color": SHADE, "fill_alpha": 0.12, "line_color": None}
            self._shades = [BoxAnnotation(right=0, **look), BoxAnnotation(left=0, **look)]
            with together(self.figure.document):
                for shade in self._shades:
                    self.figure.add_layout(shade)
        low, high = axis.bounds
        self._shades[0].update(right=low, visible=axis.exceeds_bounds)
        self._shades[1].update(left=high, visible=axis.exceeds_bounds)


def called(one: HyperParameter) -> str:
    """Return what the hover calls the value, in full."""
    return (one.label or one.name) + (f" ({one.unit})" if one.unit else "")
