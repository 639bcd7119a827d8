"""The landscape: the expected score over two hyper-parameters, with the trials on it."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import (
    BasicTicker,
    ColorBar,
    ColumnDataSource,
    LayoutDOM,
    LinearColorMapper,
    Quad,
    Range1d,
)
from bokeh.plotting import figure

from ...engine.analysis.landscape import Landscape, landscape, suggested_pairs
from ...engine.hyper_parameter import SpaceVersion
from ..axis import Axis, Ticks, titles, value_text
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..stylesheets import BOX, BUTTON
from ..theme import paint, ramp
from ..trial_source import text_column, x_column
from ..view import FigureKit, add_axis, add_places, set_ticks, why_no_scores

HEIGHT = 440
COLUMNS = ("left", "right", "bottom", "top", "mean", "text")
SUGGESTED = "suggested: the largest interaction"


@dataclass(frozen=True)
class Terrain:
    """A landscape, and the pair that it is of."""

    x: str
    y: str
    found: Landscape


class LandscapeView(ComputedView):
    """The surrogate's mean over a pair, that with the largest interaction unless chosen."""

    _terrain: Terrain | None

    @property
    def figures(self) -> list[figure]:
        """The one figure."""
        return [self._figure]

    @property
    def choices(self) -> Hashable:
        """The pair."""
        pair: tuple[str, ...] = self._pair.value
        return pair

    def work(self, moment: Moment) -> Job:
        """Return the landscape of the pair."""
        chosen = self._pair.value

        def terrain() -> Terrain | None:
            space, trials = moment.space, moment.trials
            names = [one.name for one in space.searched]
            pair = chosen if chosen and set(chosen) <= set(names) else None
            pair = pair or next(iter(suggested_pairs(space, trials, n_pairs=1)), None)
            if pair is None:
                return None
            x, y = pair
            return Terrain(x, y, landscape(space, trials, x, y))

        return terrain

    def show(self, outcome: Terrain) -> None:  # type: ignore[override]
        """Show a landscape in place of the one before."""
        self._terrain = outcome
        x, y = (self.trials.axes[name] for name in (outcome.x, outcome.y))
        for glyph in self._looks:
            glyph.update(x=x_column(outcome.x), y=x_column(outcome.y))
        for axis, range_, layer in (
            (x, self._figure.x_range, self._figure.below[0]),
            (y, self._figure.y_range, self._figure.left[0]),
        ):
            start, end = axis.range
            range_.update(start=start, end=end)
            set_ticks(layer, axis.ticks)
        shown = titles(self.trials.space.hyper_parameters)
        self._figure.below[0].axis_label = shown[outcome.x]
        self._figure.left[0].axis_label = shown[outcome.y]
        self._fill(outcome.found, x, y)
        self.follow()

    def move_to(self, space: SpaceVersion) -> None:
        """Offer the pairs of what is searched."""
        shown = titles(space.searched)
        names = list(shown)
        pairs = [(one, other) for i, one in enumerate(names) for other in names[i + 1 :]]
        options = {f"{shown[one]} × {shown[other]}": (one, other) for one, other in pairs}
        value = self._pair.value if self._pair.value in pairs else ()
        self._pair.param.update(options={SUGGESTED: (), **options}, value=value)
        self.follow()

    def _fill(self, found: Landscape, x: Axis, y: Axis) -> None:
        data: dict[str, list[Any]] = {name: [] for name in COLUMNS}
        if found.x is not None and found.y is not None:
            shown = self.trials.metric.shown
            means = np.vectorize(shown)(found.means) if found.means.size else found.means
            low, high = float(means.min()), float(means.max())
            ends = (high, low) if self.trials.metric.is_minimized else (low, high)
            self._colors.update(low=ends[0], high=ends[1])
            lefts, rights = (side.tolist() for side in x.cells(found.x.lows, found.x.highs))
            bottoms, tops = (side.tolist() for side in y.cells(found.y.lows, found.y.highs))
            for row in range(found.y.n):
                for column in range(found.x.n):
                    mean = float(means[row, column])
                    cell = (lefts[column], rights[column], bottoms[row], tops[row], mean)
                    for name, value in zip(COLUMNS, (*cell, value_text(mean)), strict=True):
                        data[name].append(value)
        self._source.data = data

    def _why_empty(self) -> str:
        if len(self.trials.space.searched) < 2:
            return "A landscape needs two hyper-parameters that are searched."
        if self._terrain is not None and self._terrain.found.verdict:
            return self._terrain.found.verdict
        return why_no_scores(self.trials) or ("" if self._terrain else "Being computed.")

    def _head(self) -> list[pn.viewable.Viewable]:
        self._pair = pn.widgets.Select(
            label="Pair", options={SUGGESTED: ()}, value=(), width=320, **BUTTON
        )
        return [pn.Row(self._pair, **BOX)]

    def _build(self) -> LayoutDOM:
        self._terrain = None
        self._kit = FigureKit()
        # Beside the colours there is no room for their title.
        title = f"Expected {self.trials.metric.label}"
        plot = self._kit.new_figure(title, HEIGHT, Range1d(0, 1), Range1d(0, 1))
        self._figure = plot
        for place in ("below", "left"):
            add_axis(plot, place, self._kit, " ", ticks=Ticks((), ()))
        self._source = ColumnDataSource({name: [] for name in COLUMNS})
        self._colors = LinearColorMapper(palette=ramp(False), low=0, high=1)
        cells = Quad(left="left", right="right", bottom="bottom", top="top")
        # Without lines of their colour, thin gaps would show between the cells.
        color = {"field": "mean", "transform": self._colors}
        cells.update(fill_color=color, line_color=color)
        plot.add_glyph(self._source, cells, name="terrain")
        bar = ColorBar(
            color_mapper=self._colors,
            ticker=BasicTicker(desired_num_ticks=5),
            width=12,
            background_fill_color=None,
        )
        plot.add_layout(bar, "right")
        rows = [(name, text_column(name)) for name in list(self.trials.space.names)[:12]]
        rows.append((self.trials.metric.label, "score_text"))
        self._looks = add_places(plot, self.trials, self._kit, rows)
        paint(plot, self.is_dark)
        self.move_to(self.trials.space)
        return plot
