"""Lines from parents to children over the trials, and from a trial to itself at more fidelity."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from bokeh.models import ColumnDataSource, Segment
from bokeh.plotting import figure

from ..engine.analysis.incumbents import incumbents
from ..engine.analysis.lineage import Lineage
from ..engine.metric import Metric
from ..engine.trial import Trial

MOST = 800
"""With more lines, only those to the ancestors of new bests are drawn."""

Line = tuple[int, int, bool]
"""Rows of parent and child, and whether it is one configuration at a higher fidelity."""


@dataclass(frozen=True)
class Family:
    """The lines of a study: which are drawn, and the family tree."""

    lines: Sequence[Line]
    lineage: Lineage


def family_of(trials: Sequence[Trial]) -> Family:
    """Return the family tree of trials in the order in which they are drawn."""
    lineage = Lineage(trials)
    rows = {trial.number: row for row, trial in enumerate(trials)}
    lines = _lines(lineage, trials, rows, rows)
    if len(lines) > MOST:
        kept: set[int] = set()
        for best in incumbents(trials):
            kept |= {best.number, *lineage.ancestors(best.number)}
        lines = _lines(lineage, trials, rows, kept)[-MOST:]
    return Family(lines, lineage)


def _lines(
    lineage: Lineage, trials: Sequence[Trial], rows: dict[int, int], kept: Collection[int]
) -> list[Line]:
    return [
        (rows[parent], rows[number], _is_promotion(trials[rows[parent]], trials[rows[number]]))
        for number, parents in lineage.parents.items()
        if number in kept
        for parent in parents
        if parent in kept
    ]


def _is_promotion(parent: Trial, child: Trial) -> bool:
    return parent.config == child.config and parent.fidelity != child.fidelity


class FamilyLines:
    """Draws the lines into a figure of scores over the order; thin, and those lit up strong."""

    def __init__(self, plot: figure, metric: Metric) -> None:
        self._metric = metric
        looks: dict[str, dict[str, Any]] = {
            "lineage": {"line_width": 0.8, "line_alpha": 0.35},
            "promotions": {"line_width": 1.2, "line_alpha": 0.7, "line_dash": "dashed"},
            "kin lines": {"line_width": 2.0, "line_alpha": 0.9},
        }
        self.sources = {name: ColumnDataSource(_columns([])) for name in looks}
        for name, look in looks.items():
            line = Segment(x0="x0", y0="y0", x1="x1", y1="y1", **look)
            level = "glyph" if name == "kin lines" else "underlay"
            plot.add_glyph(self.sources[name], line, name=name, level=level)

    def show(self, family: Family, trials: Sequence[Trial]) -> None:
        """Draw the lines of a family tree."""
        for name, is_promotion in (("lineage", False), ("promotions", True)):
            lines = [one for one in family.lines if one[2] is is_promotion]
            self._fill(name, lines, trials)

    def light(self, family: Family, numbers: Collection[int], trials: Sequence[Trial]) -> None:
        """Draw the lines between these trials strong."""
        rows = {trial.number: row for row, trial in enumerate(trials)}
        known = {number for number in numbers if number in rows}
        lines = [
            (rows[parent], rows[number], False)
            for number in sorted(known)
            for parent in family.lineage.parents.get(number, ())
            if parent in known
        ]
        self._fill("kin lines", lines[:MOST], trials)

    def _fill(self, name: str, lines: Sequence[Line], trials: Sequence[Trial]) -> None:
        ends = []
        for parent, child, _ in lines:
            scores = [trials[row].score for row in (parent, child)]
            if scores[0] is not None and scores[1] is not None:
                y0, y1 = (self._metric.shown(score) for score in (scores[0], scores[1]))
                ends.append((parent + 1.0, y0, child + 1.0, y1))
        columns = _columns(ends)
        if columns != self.sources[name].data:
            self.sources[name].data = columns


def _columns(ends: Sequence[tuple[float, float, float, float]]) -> dict[str, list[float]]:
    names = ("x0", "y0", "x1", "y1")
    return {name: [one[place] for one in ends] for place, name in enumerate(names)}
