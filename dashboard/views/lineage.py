"""The lineage: values from parents to children, the flow between generations, the diversity."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np
import panel as pn
from bokeh.models import Column, ColumnDataSource, LayoutDOM, Line, Range1d, Segment
from bokeh.plotting import figure

from ...engine.analysis.diversity import Diversity, diversity
from ...engine.analysis.family import Population, population
from ...engine.analysis.lineage import Lineage
from ...engine.hyper_parameter import SpaceVersion
from ..axis import Ticks, titles
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..flow_plot import FlowPlot
from ..gene_table import gene_table
from ..order_axis import order_end
from ..stylesheets import BOX, BUTTON
from ..text_panes import Markup
from ..theme import paint, stylesheet
from ..trial_source import TrialSource, x_column
from ..view import FigureKit, add_axis, add_grid, add_places, set_ticks, together

STRIP_HEIGHT, DIVERSITY_HEIGHT = 230, 150
N_LINES, WINDOW = 1_500, 12
ENDS = ("x0", "x1", "y0", "y1")
LEGEND = """
<span>A line from each parent to its child; orange: the family of the selected trial.</span>
<span>Below: how many children went from one part of the range to another.</span>
"""
NO_PARENTS = "No trial has a parent: this search makes none from others."


@dataclass(frozen=True)
class Ancestry:
    """What there is to show, as of one moment."""

    name: str
    lineage: Lineage
    population: Population
    diversity: Diversity


class LineageView(ComputedView):
    """Along one hyper-parameter: trials with lines to their parents, and flows of generations.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    on_choose : callable
        Told the numbers of a family, to be selected.
    """

    _name: pn.widgets.Select

    def __init__(self, trials: TrialSource, on_choose: Callable[[tuple[int, ...]], None]) -> None:
        self._on_choose = on_choose
        self._ancestry: Ancestry | None = None
        super().__init__(trials)
        trials.on_select(lambda _numbers: self._show_family())

    @property
    def figures(self) -> list[figure]:
        """The strip, the flow and the diversity."""
        return [self._strip, self._flow.figure, self._diversity]

    @property
    def choices(self) -> Hashable:
        """The hyper-parameter."""
        name: str | None = self._name.value
        return name

    def work(self, moment: Moment) -> Job:
        """Return the lineage, the population along a hyper-parameter, and the diversity."""
        chosen = self._name.value

        def ancestry() -> Ancestry | None:
            names = [one.name for one in moment.space.searched]
            if not names:
                return None
            name = chosen if chosen in names else names[0]
            tree = Lineage(moment.trials)
            people = population(moment.space, moment.trials, name, tree)
            return Ancestry(
                name, tree, people, diversity(moment.space, moment.trials, window=WINDOW)
            )

        return ancestry

    def show(self, outcome: Ancestry) -> None:  # type: ignore[override]
        """Show an ancestry in place of the one before."""
        self._ancestry = outcome
        if outcome.name not in self.trials.axes:
            return
        for glyph in self._looks:
            glyph.update(x="order", y=x_column(outcome.name))
        axis = self.trials.axes[outcome.name]
        set_ticks(self._strip.left[0], axis.ticks)
        start, end = axis.range
        self._strip.y_range.update(start=start, end=end)
        self._lines.data = self._ends(_edges(outcome.lineage)[-N_LINES:])
        self._flow.show(outcome.population)
        self._show_diversity(outcome)
        title = titles(self.trials.space.hyper_parameters).get(outcome.name, outcome.name)
        self._strip.title.text = f"{title}, from parents to children"
        self._show_family()
        self.follow()

    def follow(self) -> None:
        """Take in the trials that were appended: move the range along with them."""
        super().follow()
        # Without parents nothing flows; what it is instead stands in the first plot.
        shown = self.figures[:1] if self.notice else self.figures
        if shown != self._column.children:
            with together(self._column.document):
                self._column.children = shown
        n_trials = self.trials.n_trials
        end = order_end(n_trials)
        for one in (self._strip, self._diversity):
            one.x_range.update(start=-0.01 * end, end=end)

    def move_to(self, space: SpaceVersion) -> None:
        """Offer what is searched."""
        shown = titles(space.searched)
        options = {shown[one.name]: one.name for one in space.searched}
        chosen = self._name.value if self._name.value in shown else next(iter(shown), None)
        self._name.param.update(options=options, value=chosen)

    @property
    def family(self) -> tuple[int, ...]:
        """The selected trial with its ancestors and descendants; empty without a single one."""
        chosen = self.trials.selected
        if self._ancestry is None or len(chosen) != 1:
            return ()
        tree, number = self._ancestry.lineage, chosen[0]
        if number not in tree.parents:
            return ()
        return tuple(sorted({number} | tree.ancestors(number) | tree.descendants(number)))

    def _show_family(self) -> None:
        family = set(self.family)
        self._choose.disabled = len(family) < 2
        if self._ancestry is None:
            return
        edges = [edge for edge in _edges(self._ancestry.lineage) if family.issuperset(edge)]
        self._kin.data = self._ends(edges)
        chosen = self.trials.selected_trials[:1] if family else ()
        best = (self.trials.best,) if self.trials.best is not None else ()
        trial = next(iter(chosen or best), None)
        table = "" if trial is None else gene_table(trial, self._ancestry.lineage, self.trials)
        self._genes.object = table

    def _ends(self, edges: list[tuple[int, int]]) -> dict[str, list[float]]:
        """Return both ends of the line of each (parent, child), in the strip's coordinates."""
        if self._ancestry is None:
            return {name: [] for name in ENDS}
        data = self.trials.source.data
        column = data[x_column(self._ancestry.name)]
        spots = zip(np.asarray(data["order"], dtype=float), column, strict=True)
        place = dict(zip(data["trial"], spots, strict=True))
        lines = [
            (place[parent][0], place[child][0], place[parent][1], place[child][1])
            for parent, child in edges
            if parent in place and child in place
        ]
        known = [line for line in lines if np.isfinite(line).all()]
        return {name: [float(line[at]) for line in known] for at, name in enumerate(ENDS)}

    def _show_diversity(self, outcome: Ancestry) -> None:
        found = outcome.diversity
        orders = dict(
            zip(self.trials.source.data["trial"], self.trials.source.data["order"], strict=True)
        )
        rows = [row for row, number in enumerate(found.numbers) if number in orders]
        column = found.names.index(outcome.name) if outcome.name in found.names else 0
        self._spread.data = {
            "x": [float(orders[found.numbers[row]]) for row in rows],
            "all": [float(found.overall[row]) for row in rows],
            "one": [float(found.values[row, column]) for row in rows],
        }

    def _why_empty(self) -> str:
        if not self.trials.space.searched:
            return "No hyper-parameter is searched. Switch one on."
        if self.trials.n_trials == 0:
            return "No trials yet. Press Start."
        has_parents = self._ancestry is not None and any(self._ancestry.lineage.parents.values())
        return "" if has_parents or self._ancestry is None else NO_PARENTS

    def _head(self) -> list[pn.viewable.Viewable]:
        self._name = pn.widgets.Select(label="Along", options={}, width=220, **BUTTON)
        button = {**BUTTON, "margin": (19, 8, 0, 8)}
        self._choose = pn.widgets.Button(label="Select its family", disabled=True, **button)
        self._choose.on_click(lambda _event: self._on_choose(self.family))
        legend = Markup(LEGEND, stylesheets=[stylesheet("legend")])
        return [legend, pn.Row(self._name, self._choose, **BOX)]

    def _body(self) -> pn.viewable.Viewable:
        self._genes = Markup("", stylesheets=[stylesheet("facts")])
        return pn.Column(super()._body(), self._genes, sizing_mode="stretch_width", margin=0)

    def _build(self) -> LayoutDOM:
        self._kit = FigureKit()
        self._lines, self._kin = (ColumnDataSource({name: [] for name in ENDS}) for _ in range(2))
        self._strip = self._new_strip()
        self._flow = FlowPlot(self._kit)
        self._diversity = self._new_diversity()
        for one in self.figures:
            paint(one, self.is_dark)
        self.move_to(self.trials.space)
        self._column = Column(*self.figures, sizing_mode="stretch_width")
        return self._column

    def _new_strip(self) -> figure:
        plot = self._kit.new_figure("", STRIP_HEIGHT, Range1d(0, 20), Range1d(0, 1))
        add_axis(plot, "below", self._kit, "trials in the order they finished")
        add_axis(plot, "left", self._kit, ticks=Ticks((), ()))
        look: dict[str, Any] = {name: name for name in ENDS}
        line = Segment(**look, line_width=1, line_alpha=0.35)
        plot.add_glyph(self._lines, line, name="promotions")
        rows = [(self.trials.metric.label, "score_text"), ("", "reason")]
        self._looks = add_places(plot, self.trials, self._kit, rows)
        plot.add_glyph(self._kin, Segment(**look, line_width=2), name="front")
        return plot

    def _new_diversity(self) -> figure:
        title = f"Diversity of the latest {WINDOW} trials: all (green), this one (grey)"
        plot = self._kit.new_figure(title, DIVERSITY_HEIGHT, Range1d(0, 20), Range1d(0, 1.25))
        add_axis(plot, "below", self._kit)
        add_grid(plot, add_axis(plot, "left", self._kit, "0 = all equal"))
        self._spread = ColumnDataSource({"x": [], "all": [], "one": []})
        plot.add_glyph(self._spread, Line(x="x", y="one", line_width=1.5), name="promotions")
        plot.add_glyph(self._spread, Line(x="x", y="all", line_width=2), name="trend mean")
        return plot


def _edges(lineage: Lineage) -> list[tuple[int, int]]:
    return [(parent, child) for child, mine in lineage.parents.items() for parent in mine]
