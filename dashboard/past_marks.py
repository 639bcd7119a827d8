"""Trials of earlier studies that the search has learned from, drawn apart from its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from bokeh.models import BoxSelectTool, ColumnDataSource, HoverTool, Plot, Scatter, TapTool
from numpy.typing import NDArray

from ..engine.metric import Metric
from ..engine.past_trials import PastStudy, as_prior, n_scaled
from ..engine.trial import Trial, TrialState
from .axis import ABSENT, MISSING, Axis, text_column, value_text, x_column

BAND = 0.2
"""How much of the timeline lies left of the first trial, as a share of the rest."""


class PastMarks:
    """The earlier trials as columns of a source of their own: they are never new bests.

    Columns: ``trial``, ``study``, ``own`` (the score there), ``score`` and ``score_text`` (as the
    search sees it), ``order`` (left of the first trial), and coordinates and texts of all
    hyper-parameters, named as those of `TrialSource`.

    Parameters
    ----------
    metric : Metric
        What the scores of the new study mean.
    past : sequence of PastStudy
        The earlier studies.
    """

    def __init__(self, metric: Metric, past: Sequence[PastStudy] = ()) -> None:
        self._metric = metric
        self._past = tuple(one for one in past if one.trials)
        self._n_scaled = -1
        self.source = ColumnDataSource({})

    @property
    def n_trials(self) -> int:
        """How many there are."""
        return sum(len(one.trials) for one in self._past)

    @property
    def scores(self) -> NDArray[np.float64]:
        """The scores as the search sees them, in the metric's own direction."""
        return np.asarray(self.source.data.get("score", ()), dtype=np.float64)

    @property
    def legend(self) -> str:
        """What the diamonds are, in words; empty without any."""
        if not self._past:
            return ""
        told = (
            f"{one.name} ({len(one.trials)} trials, "
            f"{'same data' if one.is_same_data else 'other data: scores fitted to the own scale'})"
            for one in self._past
        )
        return f"◇ trials of earlier studies that this one has learned from: {', '.join(told)}."

    def follow(self, own: Sequence[Trial], axes: Mapping[str, Axis], *, is_new: bool) -> None:
        """Take in the own trials: the scores of other data move with their scale.

        Parameters
        ----------
        own : sequence of Trial
            All that are shown.
        axes : mapping of str to Axis
            Those of the hyper-parameters as they are now.
        is_new : bool
            Whether the axes are other ones than before.
        """
        if not self._past:
            return
        scored = [one for one in own if one.state is TrialState.COMPLETED]
        scaled = n_scaled(len(scored))
        if scaled == self._n_scaled and not is_new:
            return
        self._n_scaled = scaled
        prior = as_prior(self._past, sorted(scored, key=lambda one: one.number))
        self.source.data = self._columns(prior, axes)

    def spread(self, end: float) -> float:
        """Lay the trials out left of a timeline that reaches to `end`; return where it starts."""
        if not self._past or not self.source.data:
            return -0.01 * end
        n_trials = self.n_trials
        places = -BAND * end * (1 - np.arange(n_trials) / n_trials)
        if not np.array_equal(self.source.data["order"], places):
            self.source.data = {**self.source.data, "order": places}
        return -BAND * end * 1.06

    def draw(self, plot: Plot, x: str) -> None:
        """Draw them in a plot as open diamonds, under the tools that it has."""
        if not self._past:
            return
        look: dict[str, Any] = {"x": x, "y": "score", "marker": "diamond", "size": 9}
        glyphs = [
            Scatter(**look, fill_alpha=0.0, line_width=width, line_alpha=alpha)
            for width, alpha in ((1.2, 0.9), (2.4, 1.0), (1.2, 0.25))
        ]
        drawn = plot.add_glyph(
            self.source,
            glyphs[0],
            selection_glyph=glyphs[1],
            nonselection_glyph=glyphs[2],
            name="past",
        )
        for tool in plot.tools:
            if isinstance(tool, BoxSelectTool | HoverTool | TapTool):
                tool.renderers = [*tool.renderers, drawn]

    def _columns(self, prior: Sequence[Trial], axes: Mapping[str, Axis]) -> dict[str, Any]:
        columns: dict[str, Any] = {
            "trial": [int(one.provenance.facts["trial"]) for one in prior],
            "study": [str(one.provenance.facts["study"]) for one in prior],
            "state": [f"of {one.provenance.facts['study']}" for one in prior],
            "reason": ["an earlier trial, which the search has learned from"] * len(prior),
            "error": [""] * len(prior),
            "own": [value_text(self._shown(one.provenance.facts["own score"]), 5) for one in prior],
            "score": np.array([self._shown(one.score) for one in prior]),
            "order": np.zeros(len(prior)),
        }
        columns["score_text"] = [value_text(one, 5) for one in columns["score"]]
        for name, axis in axes.items():
            values = [one.config.get(name, ABSENT) for one in prior]
            columns[x_column(name)] = axis.include(values)
            columns[text_column(name)] = [
                MISSING if one is ABSENT else value_text(one) for one in values
            ]
        return columns

    def _shown(self, score: Any) -> float:
        return float("nan") if score is None else self._metric.shown(float(score))
