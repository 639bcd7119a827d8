"""The effective ranges: the score to expect by interval, and where to search on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import panel as pn
from bokeh.models import BoxAnnotation, ColumnDataSource, HoverTool, Quad, Range1d, Segment
from bokeh.plotting import figure

from ...engine.analysis.effective_range import EffectiveRange, effective_ranges
from ...engine.hyper_parameter import SpaceVersion
from ..axis import Axis, titles, value_text
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..stylesheets import BOX, BUTTON
from ..text_panes import PlainText
from ..theme import paint, stylesheet
from ..trial_source import TrialSource
from ..view import FigureKit, add_axis, add_grid, set_ticks, together, tooltip, why_no_scores

HEIGHT = 180
COLUMNS = ("left", "right", "low", "high", "mean", "values", "score", "interval", "n")
NOTHING = "The whole range is worth searching."

Act = Callable[[str, Mapping[str, Any]], None]


class RangesView(ComputedView):
    """One plot per searched hyper-parameter, with the button that narrows the space.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    on_search : callable
        Told the hyper-parameter, and the edit that makes its best range the one searched.
    """

    # Within the first plot: in the middle of the view it would lie between two rows of them.
    notice_place: ClassVar[dict[str, str]] = {
        "inset": "50px auto auto 60px",
        "margin": "0",
        "max-width": "190px",
    }

    def __init__(self, trials: TrialSource, on_search: Act) -> None:
        self._on_search = on_search
        self._plots: dict[str, _RangePlot] = {}
        super().__init__(trials)

    @property
    def figures(self) -> list[figure]:
        """One figure per hyper-parameter."""
        return [plot.figure for plot in self._plots.values()]

    def work(self, moment: Moment) -> Job:
        """Return the ranges of all that is searched."""
        return lambda: effective_ranges(moment.space, moment.trials)

    def show(self, outcome: Sequence[EffectiveRange]) -> None:  # type: ignore[override]
        """Show the ranges, in place of those before."""
        for found in outcome:
            if found.name in self._plots:
                self._plots[found.name].show(found, self.trials.axes[found.name])
        self.follow()

    def move_to(self, space: SpaceVersion) -> None:
        """Give each hyper-parameter that is searched a plot."""
        names = [one.name for one in space.searched]
        if names != list(self._plots):
            with together(self._grid_document()):
                self._plots = {
                    name: self._plots.get(name) or self._new_plot(name) for name in names
                }
                self._grid[:] = [plot.panel for plot in self._plots.values()]
        shown = titles(space.searched)
        for name, plot in self._plots.items():
            plot.figure.title.text = shown[name]
            plot.follow(self.trials.axes[name])

    def _grid_document(self) -> Any:
        return next((one.document for one in self.figures), None)

    def _why_empty(self) -> str:
        if not self._plots:
            return "No hyper-parameter is searched. Switch one on."
        return why_no_scores(self.trials)

    def _body(self) -> pn.viewable.Viewable:
        self._grid = pn.Column(stylesheets=[stylesheet("grid")], **_WIDE)
        self._kit = FigureKit()
        self.move_to(self.trials.space)
        return self._grid

    def _new_plot(self, name: str) -> _RangePlot:
        plot = _RangePlot(name, self.trials, self._kit, self._on_search)
        paint(plot.figure, self.is_dark)
        return plot


class _RangePlot:
    """The plot of one hyper-parameter, the words below it and the button."""

    def __init__(self, name: str, trials: TrialSource, kit: FigureKit, on_search: Act) -> None:
        self._name, self._metric = name, trials.metric
        self._changes: Mapping[str, Any] = {}
        self.figure = kit.new_figure(name, HEIGHT, Range1d(0, 1), Range1d(0, 1))
        self._x_axis = add_axis(self.figure, "below", kit, ticks=trials.axes[name].ticks)
        label = f"expected {trials.metric.label}"
        add_grid(self.figure, add_axis(self.figure, "left", kit, label))
        self._source = ColumnDataSource({column: [] for column in COLUMNS})
        band = Quad(left="left", right="right", bottom="low", top="high", fill_alpha=0.22)
        band.line_color = None
        mean = Segment(x0="left", x1="right", y0="mean", y1="mean", line_width=2.5)
        drawn = self.figure.add_glyph(self._source, band, name="trend band")
        self.figure.add_glyph(self._source, mean, name="trend mean")
        rows = [("", "values"), (label, "score"), ("90 %", "interval"), ("trials", "n")]
        self.figure.add_tools(
            HoverTool(renderers=[drawn], show_arrow=False, tooltips=tooltip(rows))
        )
        self._best = BoxAnnotation(visible=False, fill_alpha=0.1, line_color=None, name="best")
        self.figure.add_layout(self._best)
        self._words = PlainText("", css_classes=["tb-note"], **BOX)
        self._button = pn.widgets.Button(label="Search here", disabled=True, **BUTTON)
        self._button.on_click(lambda _event: on_search(self._name, self._changes))
        row = pn.Row(self._words, self._button, css_classes=["tb-between"], **BOX)
        row.margin = (6, 0, 10, 0)
        self.panel = pn.Column(pn.pane.Bokeh(self.figure, **_WIDE), row, **_WIDE)
        self.follow(trials.axes[name])

    def follow(self, axis: Axis) -> None:
        """Take over the range of the axis."""
        start, end = axis.range
        self.figure.x_range.update(start=start, end=end)
        set_ticks(self._x_axis, axis.ticks)

    def show(self, found: EffectiveRange, axis: Axis) -> None:
        """Show an estimate, or why there is none."""
        self.follow(axis)
        self._source.data = _columns(found, axis, self._metric)
        low, high = self._source.data["low"], self._source.data["high"]
        if low:
            room = 0.08 * (max(high) - min(low)) or 0.5
            self.figure.y_range.update(start=min(low) - room, end=max(high) + room)
        self._changes = found.changes
        self._button.disabled = not found.changes
        self._words.object = _words(found)
        self._shade(found, axis)

    def _shade(self, found: EffectiveRange, axis: Axis) -> None:
        is_run = bool(found.changes) and not axis.has_lanes
        if is_run:
            left, right = axis.coordinates(found.best)
            self._best.update(left=float(left), right=float(right))
        self._best.visible = is_run


def _words(found: EffectiveRange) -> str:
    if found.verdict or found.caution:
        return found.verdict or found.caution
    if not found.changes:
        return NOTHING
    sure = f"{found.confidence:.0%} of the votes"
    if "choices" in found.changes:
        return f"Best: {', '.join(map(value_text, found.best))} ({sure})"
    low, high = map(value_text, found.best)
    return f"Best from {low} to {high} ({sure})"


def _columns(found: EffectiveRange, axis: Axis, metric: Any) -> dict[str, list[Any]]:
    if found.axis is None:
        return {column: [] for column in COLUMNS}
    lefts, rights = (side.tolist() for side in axis.cells(found.axis.lows, found.axis.highs))
    sides = zip(found.means, found.lows, found.highs, strict=True)
    scores = [sorted(map(metric.shown, (mean, low, high))) for mean, low, high in sides]
    means = [metric.shown(mean) for mean in found.means]
    return {
        "left": lefts,
        "right": rights,
        "low": [one[0] for one in scores],
        "high": [one[-1] for one in scores],
        "mean": means,
        "values": [
            value_text(low) if low == high else f"{value_text(low)} to {value_text(high)}"
            for low, high in zip(found.axis.lows, found.axis.highs, strict=True)
        ],
        "score": [value_text(mean) for mean in means],
        "interval": [f"{value_text(one[0])} to {value_text(one[-1])}" for one in scores],
        "n": [str(count) for count in found.counts],
    }


_WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": 0}
