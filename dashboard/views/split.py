"""The split view: one plot per hyper-parameter, value against score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import panel as pn
from bokeh.models import BoxAnnotation, Column, HoverTool, LayoutDOM, Range1d, Span
from bokeh.plotting import figure

from ...engine.hyper_parameter import HyperParameter, SpaceVersion
from ..axis import ABSENT, Axis, titles
from ..theme import (
    LEGEND,
    fit_points,
    order_high,
    paint,
    stylesheet,
)
from ..trial_source import TrialSource, text_column, x_column
from ..view import (
    FigureKit,
    View,
    add_axis,
    add_grid,
    add_trials,
    score_remark,
    set_ticks,
    show_labels,
    together,
    trial_tooltip,
    why_no_scores,
)

HEIGHT = 210
SHADE = "#808a96"
"""Outside of today's range; grey in both modes."""


class SplitView(View):
    """One plot per searched hyper-parameter, all with one score axis.

    A box drawn in any plot selects trials in all views of the session, a tap one trial; with
    shift both add to what is selected; escape clears.
    """

    # Within the first plot: in the middle of the view it would lie across two of them.
    notice_place: ClassVar[dict[str, str]] = {
        "inset": "84px auto auto 52px",
        "margin": "0",
        "max-width": "190px",
    }

    _plots: dict[str, _ValuePlot]
    _config: dict[str, Any]
    _grid: Column

    @property
    def figures(self) -> list[figure]:
        """One figure per searched hyper-parameter, in the order of the space."""
        return [plot.figure for plot in self._plots.values()]

    def follow(self) -> None:
        """Take in the trials that were appended: move the ranges along with them."""
        super().follow()
        low, high = self.trials.score_range()
        self._score_range.update(start=low, end=high)
        self._kit.mapper.high = order_high(self.trials.n_trials)
        for name, plot in self._plots.items():
            plot.follow(self.trials.axes[name])
            show_labels(plot.score_axis, self.trials.n_completed > 0)
            fit_points(plot.figure, self.trials.n_trials)
        self._say(self._remark, score_remark(self.trials, low, high))

    def mark(self, config: Mapping[str, Any]) -> None:
        """Show where the values of `config` lie: a thin line across each plot."""
        self._config = dict(config)
        for name, plot in self._plots.items():
            plot.mark(self.trials.axes[name], self._config.get(name, ABSENT))

    def move_to(self, space: SpaceVersion) -> None:
        """Add and remove plots as hyper-parameters are switched on and off; the rest stays."""
        shown = titles(space.searched)
        if list(shown) != list(self._plots):
            with together(self._grid.document):
                plots = {name: self._plots.get(name) or self._new_plot(name) for name in shown}
                self._plots = plots
                self._grid.children = self.figures
        for name, plot in self._plots.items():
            plot.call(shown[name], _called(space[name]))
        self.follow()
        self.mark(self._config)

    def _head(self) -> list[pn.viewable.Viewable]:
        return [pn.pane.HTML(LEGEND, stylesheets=[stylesheet("legend")])]

    def _why_empty(self) -> str:
        if not self._plots:
            return "No hyper-parameter is searched. Switch one on."
        return why_no_scores(self.trials)

    def _build(self) -> LayoutDOM:
        self._score_range = Range1d(0, 1)
        self._kit = FigureKit()
        self._plots = {}
        self._config = {}
        self._grid = Column(
            stylesheets=[stylesheet("grid")], sizing_mode="stretch_width", min_height=HEIGHT
        )
        self.move_to(self.trials.space)
        return self._grid

    def _new_plot(self, name: str) -> _ValuePlot:
        plot = _ValuePlot(name, self.trials, self._score_range, self._kit)
        paint(plot.figure, self.is_dark)
        return plot


class _ValuePlot:
    """The plot of one hyper-parameter."""

    def __init__(self, name: str, trials: TrialSource, scores: Range1d, kit: FigureKit) -> None:
        self.figure = kit.new_figure(name, HEIGHT, Range1d(0, 1), scores)
        self._x_axis = add_axis(self.figure, "below", kit, ticks=trials.axes[name].ticks)
        self.score_axis = add_axis(self.figure, "left", kit, trials.metric.axis_label)
        add_grid(self.figure, self.score_axis)
        self._text_column = text_column(name)
        self._score_row = (trials.metric.label, "score_text")
        rows = self._rows(_called(trials.space[name]))
        add_trials(self.figure, trials, x_column(name), kit, rows)
        self._marker = Span(dimension="height", visible=False, line_dash="dashed", line_width=1)
        self.figure.add_layout(self._marker)
        self._shades: list[BoxAnnotation] = []

    def call(self, title: str, label: str) -> None:
        """Set the title, and how the hover calls the value."""
        self.figure.title.text = title
        template = trial_tooltip(self._rows(label))
        hover = self.figure.select_one(HoverTool)
        if hover.tooltips != template:
            hover.tooltips = template

    def _rows(self, label: str) -> list[tuple[str, str]]:
        return [(label, self._text_column), self._score_row]

    def follow(self, axis: Axis) -> None:
        start, end = axis.range
        self.figure.x_range.update(start=start, end=end)
        set_ticks(self._x_axis, axis.ticks)
        self._shade(axis)

    def mark(self, axis: Axis, value: Any) -> None:
        place = float(axis.coordinates([value])[0])
        is_shown = place == place
        self._marker.update(location=place if is_shown else 0.0, visible=is_shown)

    def _shade(self, axis: Axis) -> None:
        """Shade what lies outside today's range, where trials of earlier ranges are."""
        if not axis.exceeds_bounds and not self._shades:
            return
        if not self._shades:
            look = {"fill_color": SHADE, "fill_alpha": 0.12, "line_color": None}
            self._shades = [BoxAnnotation(right=0, **look), BoxAnnotation(left=0, **look)]
            with together(self.figure.document):
                for shade in self._shades:
                    self.figure.add_layout(shade)
        low, high = axis.bounds
        self._shades[0].update(right=low, visible=axis.exceeds_bounds)
        self._shades[1].update(left=high, visible=axis.exceeds_bounds)


def _called(one: HyperParameter) -> str:
    """Return what the hover calls the value, in full."""
    return (one.label or one.name) + (f" ({one.unit})" if one.unit else "")
