"""The split view: one plot per hyper-parameter, value against score."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import panel as pn
from bokeh.models import Column, CustomJSTransform, LayoutDOM, Range1d
from bokeh.plotting import figure

from ...engine.analysis.trend import Trend, trend
from ...engine.hyper_parameter import SpaceVersion
from ..axis import ABSENT, titles
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..legend import legend
from ..look import Look
from ..plot_options import PlotOptions
from ..stylesheets import BOX, BUTTON
from ..text_panes import Markup, PlainText
from ..theme import fit_points, paint, stylesheet
from ..trial_source import TrialSource, metric_column
from ..value_plot import HEIGHT, SecondRow, ValuePlot, called
from ..view import FigureKit, score_remark, show_labels, together, why_no_scores

PAGE = 12
"""So many plots are shown at once; what is above is paged."""
SPREAD = "return xs.map((y, row) => y {sign} source.data.spread[row])"


@dataclass(frozen=True)
class Trends:
    """The trends of each plot, and of the one below it in the second row that there was then."""

    above: Mapping[str, Trend]
    below: Mapping[str, Trend] = field(default_factory=dict)
    second: SecondRow | None = None


class SplitView(ComputedView):
    """One plot per searched hyper-parameter, all with one score axis; more than 12 are paged.

    The trend in each is of the score's mean, with a 90 % band. A box drawn in any plot selects
    trials in all views of the session, a tap one trial; with shift both add to what is
    selected; escape clears.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    on_open : callable, optional
        Told the hyper-parameter whose title was clicked.
    on_look : callable, optional
        Told how the user has arranged the plots, after every change.
    """

    # Within the first plot: in the middle of the view it would lie across two of them.
    notice_place: ClassVar[dict[str, str]] = {
        "inset": "84px auto auto 52px",
        "margin": "0",
        "max-width": "190px",
    }

    _plots: dict[str, ValuePlot]
    _config: dict[str, Any]
    _grid: Column
    _sorter: pn.widgets.Button
    _page: int
    _legend: Markup
    _options: PlotOptions | None
    _drawer: pn.Column
    _second: SecondRow | None

    def __init__(
        self,
        trials: TrialSource,
        on_open: Callable[[str], None] | None = None,
        on_look: Callable[[Look], None] | None = None,
    ) -> None:
        self._on_open, self._on_look = on_open, on_look
        self.look = Look()
        super().__init__(trials)

    @property
    def figures(self) -> list[figure]:
        """The figures of the hyper-parameters on the page, in their order."""
        return [one for plot in self._plots.values() for one in plot.figures]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the hyper-parameters on the page."""
        return tuple(self._plots)

    @property
    def choices(self) -> Hashable:
        """The hyper-parameters on the page, and what the second row shows."""
        return (self.names, self._second)

    def work(self, moment: Moment) -> Job:
        """Return the trends of the plots on the page, and below them those of the second row."""
        space, trials, second = moment.space, moment.trials, self._second
        names = [name for name in self.names if name in space]

        def trends() -> Trends:
            above = {name: trend(space, trials, name) for name in names}
            if second is None:
                return Trends(above)
            below = {name: trend(space, trials, name, target=second.target) for name in names}
            return Trends(above, below, second)

        return trends

    def show(self, outcome: Trends) -> None:  # type: ignore[override]
        """Show the trends, in place of those before."""
        second, is_turned = outcome.second, self.trials.metric.is_minimized
        for name, plot in self._plots.items():
            axis = self.trials.axes[name]
            if name in outcome.above:
                plot.trend.show(outcome.above[name], axis, is_turned=is_turned)
            if name in outcome.below and second is not None:
                plot.show_second_trend(outcome.below[name], axis, second)

    def arrange(self, look: Look) -> None:
        """Show other plots, colours or rows."""
        before, self.look = self.look, look
        if look.colour != self.trials.colours.chosen:
            self.trials.colour_by(look.colour)
        if look.second != before.second or look.hidden != before.hidden:
            self._second = self._second_row()
            with together(self._grid.document):
                for plot in self._plots.values():
                    plot.show_second(self._second)
            self.move_to(self.trials.space)
        self._draw_spread()
        self._paint_plots()
        self._say_legend()
        if self._options is not None:
            self._offer(self._options)

    def _second_row(self) -> SecondRow | None:
        columns = self._second_columns().get(self.look.second)
        return None if columns is None else SecondRow(self.look.second, *columns, Range1d(0, 1))

    def _second_columns(self) -> dict[str, tuple[str, str, bool]]:
        """Return what a second row can show: its column here, in the engine, and if turned."""
        metrics = {
            one.label: (metric_column(place), f"scores[{place}]", one.is_minimized)
            for place, one in enumerate(self.trials.more_metrics, start=1)
        }
        return {
            **metrics,
            "seconds": ("duration_s", "duration_s", False),
            "spread over folds": ("spread", "fold_spread", False),
        }

    def _draw_spread(self) -> None:
        for plot in self._plots.values():
            plot.show_spread(self.look.has_spread, self._ends, self.is_dark)

    def _arranged(self, look: Look) -> None:
        with pn.io.hold():
            self.arrange(look)
        if self._on_look is not None:
            self._on_look(look)

    def _offer(self, options: PlotOptions) -> None:
        names = titles(self.trials.space.searched)
        options.offer(self.look, self.trials.colour_names, tuple(self._second_columns()), names)

    def _toggle_options(self) -> None:
        if self._options is None:
            self._options = PlotOptions(self._arranged)
            self._offer(self._options)
            self._drawer[:] = [self._options]
        else:
            self._drawer.visible = not self._drawer.visible

    def _say_legend(self) -> None:
        states, has_spread = self.trials.states, self.look.has_spread
        html = legend(self.trials.colours, self.is_dark, states, has_spread=has_spread)
        if html != self._legend.object:
            self._legend.object = html

    def sort(self, ranked: Sequence[str]) -> None:
        """Put the hyper-parameters into this order, the most important first.

        Plots do not move by themselves under the user's hand: what fits on one page stays in
        the order of the space until the user asks.
        """
        self._ranked = list(ranked)
        self._sorter.disabled = not ranked
        if not self._is_sorted and len(self._wanted()) > PAGE and ranked:
            self._sort()

    def _opened(self, name: str) -> None:
        if self._on_open is not None:
            self._on_open(name)

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
        names = [one.name for one in self.trials.space.searched if one.name not in self.look.hidden]
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
        for name, plot in self._plots.items():
            plot.follow(self.trials.axes[name])
            show_labels(plot.score_axis, self.trials.n_completed > 0)
            for one in plot.figures:
                fit_points(one, self.trials.n_trials)
        self._follow_second()
        self._say_legend()
        self._say(self._remark, score_remark(self.trials, low, high))

    def _follow_second(self) -> None:
        if self._second is None:
            return
        values = np.asarray(self.trials.source.data[self._second.column], dtype=float)
        values = values[np.isfinite(values)]
        if values.size:
            low, high = float(values.min()), float(values.max())
            room = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
            self._second.range.update(start=low - room, end=high + room)

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
                self._catch_up()
                # Before the page has them: each change of a plot that is shown draws it anew.
                self._fit(shown, space)
                self._grid.children = [plot.cell for plot in self._plots.values()]
        self._fit(shown, space)
        super().follow()

    def _catch_up(self) -> None:
        """Give plots that were not shown meanwhile what the others have."""
        for plot in self._plots.values():
            plot.show_second(self._second)
        self._draw_spread()
        self._paint_plots()

    def _paint_plots(self) -> None:
        for one in self.figures:
            paint(one, self.is_dark)

    def _fit(self, shown: Mapping[str, str], space: SpaceVersion) -> None:
        for name, plot in self._plots.items():
            plot.call(shown[name], called(space[name]))
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
        self._legend = Markup("", stylesheets=[stylesheet("legend")])
        self._options = None
        self._drawer = pn.Column(**BOX)
        opener = _button("Plot options")
        opener.on_click(lambda _event: _later(self._toggle_options))
        head = pn.Row(self._legend, opener, self._sorter, css_classes=["tb-between"], **BOX)
        return [head, self._drawer, self._pager]

    def _why_empty(self) -> str:
        if not self._plots and self.look.hidden:
            return "All plots are hidden. Choose some in the plot options."
        if not self._plots:
            return "No hyper-parameter is searched. Switch one on."
        return why_no_scores(self.trials)

    def _build(self) -> LayoutDOM:
        self._score_range = Range1d(0, 1)
        self._kit = FigureKit()
        self._second = None
        self._ends = {
            name: {"field": "score", "transform": self._shifted(sign)}
            for name, sign in (("y0", "-"), ("y1", "+"))
        }
        self._plots = {}
        self._kept: dict[str, ValuePlot] = {}
        self._config = {}
        self._grid = Column(
            stylesheets=[stylesheet("grid")], sizing_mode="stretch_width", min_height=HEIGHT
        )
        self.move_to(self.trials.space)
        return self._grid

    def _shifted(self, sign: str) -> CustomJSTransform:
        code = SPREAD.format(sign=sign)
        return CustomJSTransform(args={"source": self.trials.source}, v_func=code)

    def paint(self, is_dark: bool) -> None:
        """Set the colours of the mode, also of the plots on other pages."""
        if is_dark != self.is_dark:
            for plot in self._kept.values():
                paint(plot.figure, is_dark)
        super().paint(is_dark)
        self._say_legend()

    def _new_plot(self, name: str) -> ValuePlot:
        plot = ValuePlot(name, self.trials, self._score_range, self._kit, self._opened)
        paint(plot.figure, self.is_dark)
        return plot


def _button(text: str, *, is_disabled: bool = False) -> pn.widgets.Button:
    return pn.widgets.Button(label=text, disabled=is_disabled, **BUTTON)


def _later(act: Callable[[], None]) -> None:
    # A click may come without the document's lock, which the plots' source needs.
    pn.state.execute(act, schedule=True)
