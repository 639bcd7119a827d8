"""The coverage: how often each part of each range was tried, against evenly spread trials."""

from __future__ import annotations

from html import escape
from typing import Any

import panel as pn
from bokeh.models import (
    ColumnDataSource,
    HoverTool,
    LayoutDOM,
    LinearColorMapper,
    Quad,
    Range1d,
)
from bokeh.plotting import figure

from ...engine.analysis.coverage import Gap
from ...engine.analysis.tried import Tried, TriedRange, tried
from ...engine.dataset import counted
from ..axis import Ticks, titles, value_text
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..text_panes import Markup
from ..theme import paint, ramp, stylesheet
from ..view import FigureKit, add_axis, set_ticks, tooltip

LANE_HEIGHT, MARGIN_HEIGHT, MIN_LANES = 30, 56, 3
COLUMNS = ("left", "right", "bottom", "top", "share", "empty", "name", "values", "what")
LEGEND = """
<span>One cell per part of a range, the more trials the stronger; an outline: never tried.</span>
"""


class CoverageView(ComputedView):
    """A strip of cells per searched hyper-parameter, and in words what was left out."""

    @property
    def figures(self) -> list[figure]:
        """The one figure."""
        return [self._figure]

    def work(self, moment: Moment) -> Job:
        """Return what was tried."""
        return lambda: tried(moment.space, moment.trials)

    def show(self, outcome: Tried) -> None:  # type: ignore[override]
        """Show what was tried in place of what was shown before."""
        self._tried = outcome
        n = len(outcome.ranges)
        columns: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        for row, one in enumerate(outcome.ranges):
            _add_cells(columns, one, n - 1 - row)
        self._source.data = columns
        self._mapper.high = max([1.0, *columns["share"]])
        self._figure.y_range.update(start=min(0, n - MIN_LANES) - 0.5, end=n - 0.5)
        self._figure.height = MARGIN_HEIGHT + LANE_HEIGHT * max(n, MIN_LANES)
        shown = titles(self.trials.space.hyper_parameters, 24)
        labels = tuple(shown.get(one.name, one.name) for one in outcome.ranges)
        set_ticks(
            self._figure.left[0], Ticks(tuple(float(n - 1 - row) for row in range(n)), labels)
        )
        self._words.object = _words(outcome)
        self.follow()

    def _why_empty(self) -> str:
        if not self.trials.space.searched:
            return "No hyper-parameter is searched. Switch one on."
        return "" if self.trials.n_trials else "No trials yet. Press Start."

    def _head(self) -> list[pn.viewable.Viewable]:
        return [Markup(LEGEND, stylesheets=[stylesheet("legend")])]

    def _body(self) -> pn.viewable.Viewable:
        self._words = Markup("", stylesheets=[stylesheet("facts")])
        return pn.Column(super()._body(), self._words, sizing_mode="stretch_width", margin=0)

    def _build(self) -> LayoutDOM:
        self._tried = Tried()
        kit = FigureKit()
        height = MARGIN_HEIGHT + LANE_HEIGHT * MIN_LANES
        plot = kit.new_figure("", height, Range1d(0, 1), Range1d(-0.5, MIN_LANES - 0.5))
        plot.title.visible = False
        self._figure = plot
        ends = Ticks((0.0, 0.5, 1.0), ("low end", "of the range", "high end"))
        add_axis(plot, "below", kit, ticks=ends)
        add_axis(plot, "left", kit, ticks=Ticks((), ()))
        self._source = ColumnDataSource({name: [] for name in COLUMNS})
        self._mapper = LinearColorMapper(palette=ramp(False), low=0, high=1)
        cell = Quad(left="left", right="right", bottom="bottom", top="top", line_width=1.2)
        cell.update(
            fill_color={"field": "share", "transform": self._mapper},
            fill_alpha="empty",
        )
        drawn = plot.add_glyph(self._source, cell, name="cells")
        template = tooltip([("", "values"), ("", "what")], "<b>@name</b>")
        plot.add_tools(HoverTool(renderers=[drawn], show_arrow=False, tooltips=template))
        paint(plot, self.is_dark)
        return plot


def _add_cells(columns: dict[str, list[Any]], one: TriedRange, lane: int) -> None:
    k = len(one.counts)
    for part, (count, expected) in enumerate(zip(one.counts, one.expected, strict=True)):
        low, high = one.lows[part], one.highs[part]
        row = {
            "left": (part + 0.04) / k,
            "right": (part + 0.96) / k,
            "bottom": lane - 0.34,
            "top": lane + 0.34,
            "share": count / expected if expected else 0.0,
            "empty": 0.95 if count else 0.0,
            "name": one.name,
            "values": _span(low, high),
            "what": f"{counted(count, 'trial')}, {expected:.1f} if spread evenly",
        }
        for name, value in row.items():
            columns[name].append(value)


def _span(low: Any, high: Any) -> str:
    return value_text(low) if low == high else f"{value_text(low)} to {value_text(high)}"


def _words(found: Tried) -> str:
    """Return what was covered, in sentences."""
    if not found.n_trials:
        return ""
    said = [
        f"{counted(found.n_distinct, 'different configuration')} in "
        f"{counted(found.n_trials, 'trial')}."
    ]
    if found.pairs is not None and found.random_pairs is not None:
        said.append(
            f"Of all pairs of hyper-parameters, {found.pairs:.0%} of the cells were tried; as many "
            f"random trials would try {found.random_pairs:.0%}."
        )
    said += [_gap_words(gap) for gap in found.gaps]
    if found.crowded:
        said.append(f"Most trials lie close together in {', '.join(found.crowded)}.")
    return "".join(f"<p>{escape(one)}</p>" for one in said)


def _gap_words(gap: Gap) -> str:
    if gap.missing:
        return f"Never tried: {gap.name} = {' or '.join(map(value_text, gap.missing))}."
    ends = f"from {value_text(gap.low)} to {value_text(gap.high)}"
    return f"Never tried: {gap.name} {ends}, {gap.share:.0%} of its range."
