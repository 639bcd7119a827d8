"""The split view: one plot per hyper-parameter, value against score."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any, ClassVar

import panel as pn
from bokeh.models import BoxAnnotation, Column, HoverTool, LayoutDOM, Range1d, Span
from bokeh.plotting import figure

from ...engine.analysis.trend import Trend, trend
from ...engine.hyper_parameter import HyperParameter, SpaceVersion
from ..axis import ABSENT, Axis, titles
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..plain_text import PlainText
from ..stylesheets import BOX, BUTTON
from ..theme import (
    LEGEND,
    fit_points,
    order_high,
    paint,
    stylesheet,
)
from ..trend_layer import TrendLayer
from ..trial_source import TrialSource, text_column, x_column
from ..view import (
    FigureKit,
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
PAGE = 12
"""So many plots are shown at once; what is above is paged."""
SHADE = "#808a96"
"""Outside of today's range; grey in both modes."""


class SplitView(ComputedView):
    """One plot per searched hyper-parameter, all with one score axis; more than 12 are paged.

    The trend in each is of the score's mean, with a 90 % band. A box drawn in any plot selects
    trials in all views of the session, a tap one trial; with shift both add to what is
    selected; escape clears.
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
    _sorter: pn.widgets.Button
    _page: int

    @property
    def figures(self) -> list[figure]:
        """One figure per searched hyper-parameter on the page, in their order."""
        return [plot.figure for plot in self._plots.values()]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the hyper-parameters on the page."""
        return tuple(self._plots)

    @property
    def choices(self) -> Hashable:
        """The hyper-parameters on the page."""
        return self.names

    def work(self, moment: Moment) -> Job:
        """Return the trends of the plots on the page."""
        names = [name for name in self.names if name in moment.space]
        return lambda: {name: trend(moment.space, moment.trials, name) for name in names}

    def show(self, outcome: Mapping[str, Trend]) -> None:  # type: ignore[override]
        """Show the trends, in place of those before."""
        for name, found in outcome.items():
            if name in self._plots:
                layer, axis = self._plots[name].trend, self.trials.axes[name]
                layer.show(found, axis, self.trials.metric)

    def sort(self, ranked: Sequence[str]) -> None:
        """Put the hyper-parameters into this order, the most important first.

        Plots do not move by themselves under the user's hand: what fits on one page stays in
        the order of the space until the user asks.
        """
        self._ranked = list(ranked)
        self._sorter.disabled = not ranked
        if not self._is_sorted and len(self._wanted()) > PAGE and ranked:
            self._sort()

    def turn(self, by: int) -> None:
        """Go so many pages on."""
        n_pages = math.ceil(len(self._wanted()) / PAGE)
        self._page = max(0, min(n_pages - 1, self._page + by))
        self.move_to(self.trials.space)

    def _sort(self) -> None:
        self._is_sorted = True
        self._sorter.label = "In the order of the space"
        self._page = 0
        self.move_to(self.trials.space)

    def _toggle_order(self) -> None:
        if not self._is_sorted:
            self._sort()
            return
        self._is_sorted = False
        self._sorter.label = "Most important first"
        self.move_to(self.trials.space)

    def _wanted(self) -> list[str]:
        """Return what is searched, in the order in which it is shown."""
        names = [one.name for one in self.trials.space.searched]
        if not self._is_sorted:
            return names
        known = [name for name in self._ranked if name in names]
        return [*known, *(name for name in names if name not in known)]

    def follow(self) -> None:
        """Take in the trials that were appended: move the ranges along with them."""
        super().follow()
        self._follow_plots()

    def _follow_plots(self) -> None:
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
        shown, wanted = titles(space.searched), self._wanted()
        self._page = min(self._page, max(0, math.ceil(len(wanted) / PAGE) - 1))
        first = self._page * PAGE
        names = wanted[first : first + PAGE]
        self._say_page(first, len(names), len(wanted))
        if names != list(self._plots):
            with together(self._grid.document):
                self._kept.update(self._plots)
                self._plots = {name: self._kept.get(name) or self._new_plot(name) for name in names}
                # Before the page has them: each change of a plot that is shown draws it anew.
                self._fit(shown, space)
                self._grid.children = self.figures
        self._fit(shown, space)
        super().follow()

    def _fit(self, shown: Mapping[str, str], space: SpaceVersion) -> None:
        for name, plot in self._plots.items():
            plot.call(shown[name], _called(space[name]))
        self._follow_plots()
        self.mark(self._config)

    def _say_page(self, first: int, n_shown: int, n_all: int) -> None:
        self._pager.visible = n_all > PAGE
        self._where.object = f"{first + 1} to {first + n_shown} of {n_all} hyper-parameters"
        self._back.disabled = first == 0
        self._on.disabled = first + n_shown >= n_all

    def _head(self) -> list[pn.viewable.Viewable]:
        self._page, self._is_sorted, self._ranked = 0, False, []
        self._where = PlainText("", css_classes=["tb-note"], **BOX)
        self._back, self._on = (_button(text) for text in ("← Before", "Next →"))
        self._sorter = _button("Most important first", is_disabled=True)
        self._back.on_click(lambda _event: _later(lambda: self.turn(-1)))
        self._on.on_click(lambda _event: _later(lambda: self.turn(1)))
        self._sorter.on_click(lambda _event: _later(self._toggle_order))
        self._pager = pn.Row(self._back, self._on, self._where, visible=False, **BOX)
        legend = pn.pane.HTML(LEGEND, stylesheets=[stylesheet("legend")])
        return [pn.Row(legend, self._sorter, css_classes=["tb-between"], **BOX), self._pager]

    def _why_empty(self) -> str:
        if not self._plots:
            return "No hyper-parameter is searched. Switch one on."
        return why_no_scores(self.trials)

    def _build(self) -> LayoutDOM:
        self._score_range = Range1d(0, 1)
        self._kit = FigureKit()
        self._plots = {}
        self._kept: dict[str, _ValuePlot] = {}
        self._config = {}
        self._grid = Column(
            stylesheets=[stylesheet("grid")], sizing_mode="stretch_width", min_height=HEIGHT
        )
        self.move_to(self.trials.space)
        return self._grid

    def paint(self, is_dark: bool) -> None:
        """Set the colours of the mode, also of the plots on other pages."""
        if is_dark != self.is_dark:
            for plot in self._kept.values():
                paint(plot.figure, is_dark)
        super().paint(is_dark)

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
        self.trend = TrendLayer(self.figure, kit, has_lanes=trials.axes[name].has_lanes)
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
            look = {"name": "shade", "fill_color": SHADE, "fill_alpha": 0.12, "line_color": None}
            self._shades = [BoxAnnotation(right=0, **look), BoxAnnotation(left=0, **look)]
            with together(self.figure.document):
                for shade in self._shades:
                    self.figure.add_layout(shade)
        low, high = axis.bounds
        self._shades[0].update(right=low, visible=axis.exceeds_bounds)
        self._shades[1].update(left=high, visible=axis.exceeds_bounds)


def _button(text: str, *, is_disabled: bool = False) -> pn.widgets.Button:
    return pn.widgets.Button(label=text, disabled=is_disabled, **BUTTON)


def _later(act: Callable[[], None]) -> None:
    # A click may come without the document's lock, which the plots' source needs.
    pn.state.execute(act, schedule=True)


def _called(one: HyperParameter) -> str:
    """Return what the hover calls the value, in full."""
    return (one.label or one.name) + (f" ({one.unit})" if one.unit else "")
