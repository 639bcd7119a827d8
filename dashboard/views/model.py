"""The model of a sequential search: how far it foretells scores, and where it would go on."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

import numpy as np
import panel as pn
from bokeh.models import HoverTool, LayoutDOM, Range1d, Row, Scatter, Segment, Slope
from bokeh.plotting import figure

from ...engine.analysis.surrogate_fit import (
    Foretold,
    Slice,
    acquisition_slice,
    as_proposed,
    left_out,
)
from ...engine.hyper_parameter import SpaceVersion
from ..axis import titles, value_text
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..linked_rows import LinkedRows
from ..promise_plot import PromisePlot
from ..stylesheets import BOX, BUTTON
from ..theme import paint
from ..view import FigureKit, add_axis, add_grid, tooltip, why_no_scores

HEIGHT = 320
WAYS = {"by all other trials (leave-one-out)": "left out", "when they were proposed": "proposed"}
COLUMNS = ("found", "mean", "low", "high", "score", "expected")


@dataclass(frozen=True)
class Model:
    """How well the model foretells, and what it expects along one hyper-parameter."""

    foretold: Foretold
    along: Slice | None


class ModelView(ComputedView):
    """Scores against what a Gaussian process had foretold, and its promise along one axis."""

    _along: pn.widgets.Select

    @property
    def figures(self) -> list[figure]:
        """Foretold against found, and the promise."""
        return [self._figure, self._promise.figure]

    @property
    def choices(self) -> Hashable:
        """How scores are foretold, and along which hyper-parameter to look."""
        return (self._way.value, self._along.value)

    def work(self, moment: Moment) -> Job:
        """Return the model's fit and one slice through it."""
        way, along = self._way.value, self._along.value

        def model() -> Model:
            space, trials = moment.space, moment.trials
            is_proposed = way == "proposed"
            foretold = as_proposed(trials) if is_proposed else left_out(space, trials)
            names = [one.name for one in space.searched]
            name = along if along in names else next(iter(names), None)
            along_it = None if name is None else acquisition_slice(space, trials, name)
            return Model(foretold, along_it)

        return model

    def show(self, outcome: Model) -> None:  # type: ignore[override]
        """Show a model in place of the one before."""
        self._model = outcome
        self._fill(outcome.foretold)
        known = outcome.along is not None and outcome.along.name in self.trials.axes
        if known and outcome.along is not None:
            title = titles(self.trials.space.hyper_parameters).get(outcome.along.name, "")
            axis = self.trials.axes[outcome.along.name]
            self._promise.show(outcome.along, axis, self.trials.metric, title)
        self.follow()

    def move_to(self, space: SpaceVersion) -> None:
        """Offer what is searched."""
        shown = titles(space.searched)
        options = {shown[one.name]: one.name for one in space.searched}
        chosen = self._along.value if self._along.value in shown else next(iter(shown), None)
        self._along.param.update(options=options, value=chosen)

    def follow(self) -> None:
        """Say how far the model can be trusted."""
        super().follow()
        is_drawn = bool(self._model.foretold.numbers)
        self._say(self._remark, self._model.foretold.verdict if is_drawn else "")

    def _why_empty(self) -> str:
        if not self.trials.space.searched:
            return "No hyper-parameter is searched. Switch one on."
        if self._model.foretold.numbers:
            return ""
        return why_no_scores(self.trials) or self._model.foretold.verdict

    def _head(self) -> list[pn.viewable.Viewable]:
        self._way = pn.widgets.Select(
            label="Scores foretold", options=WAYS, value="left out", width=260, **BUTTON
        )
        self._along = pn.widgets.Select(label="Promise along", options={}, width=220, **BUTTON)
        return [pn.Row(self._way, self._along, **BOX)]

    def _build(self) -> LayoutDOM:
        self._model = Model(Foretold(verdict="The model appears after some more trials."), None)
        kit = FigureKit()
        metric = self.trials.metric
        plot = kit.new_figure("Foretold and found", HEIGHT, Range1d(0, 1), Range1d(0, 1))
        self._figure = plot
        add_axis(plot, "below", kit, f"foretold {metric.label}, 90 % interval")
        add_grid(plot, add_axis(plot, "left", kit, metric.axis_label))
        plot.add_layout(Slope(gradient=1, y_intercept=0, line_dash="dashed", line_width=1))
        self._rows = LinkedRows(self.trials, COLUMNS)
        self._draw(plot)
        self._promise = PromisePlot(kit, HEIGHT, metric)
        for one in self.figures:
            paint(one, self.is_dark)
        self.move_to(self.trials.space)
        return Row(plot, self._promise.figure, sizing_mode="stretch_width")

    def _draw(self, plot: figure) -> None:
        interval = Segment(x0="low", x1="high", y0="found", y1="found", line_alpha=0.3)
        plot.add_glyph(self._rows.source, interval, name="trend interval")
        looks = [
            Scatter(x="mean", y="found", size=size, fill_alpha=alpha, line_alpha=alpha)
            for size, alpha in ((6, 0.9), (8, 1.0), (6, 0.15))
        ]
        drawn = plot.add_glyph(
            self._rows.source,
            looks[0],
            selection_glyph=looks[1],
            nonselection_glyph=looks[2],
            name="foretold",
        )
        self._rows.take_clicks(plot, drawn)
        rows = [("found", "score"), ("foretold", "expected")]
        template = tooltip(rows, "<b>Trial @trial</b>")
        plot.add_tools(HoverTool(renderers=[drawn], show_arrow=False, limit=1, tooltips=template))

    def _fill(self, foretold: Foretold) -> None:
        shown = self.trials.metric.shown
        found = [shown(one) for one in foretold.found]
        means = [shown(one) for one in foretold.means]
        ends = zip(foretold.lows, foretold.highs, strict=True)
        sides = [sorted((shown(low), shown(high))) for low, high in ends]
        self._rows.show(
            {
                "trial": list(foretold.numbers),
                "found": found,
                "mean": means,
                "low": [low for low, _ in sides],
                "high": [high for _, high in sides],
                "score": [value_text(one, 5) for one in found],
                "expected": [value_text(one) for one in means],
            }
        )
        if not found:
            return
        for range_, values in (
            (self._figure.y_range, found),
            (self._figure.x_range, [*means, *(one for side in sides for one in side)]),
        ):
            # A few bad scores, or wide intervals there, would squeeze all others.
            low, high = np.quantile(values, [0.02, 0.98])
            low, high = min(low, min(means)), max(high, max(means))
            room = 0.06 * (high - low) or 0.5
            range_.update(start=float(low - room), end=float(high + room))
