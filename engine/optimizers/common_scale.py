"""One result per configuration, on one scale, out of results at several fidelities."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from ..encoding import FloatArray
from ..trial import Trial, TrialState
from .rungs import Rungs

MIN_PAIRS = 6
"""From so many configurations on that ran at two rungs a slope is fitted, not only a shift."""

_Line = list[tuple[float, float]]
"""Intercept and slope for each metric."""


def on_common_scale(rungs: Rungs) -> list[Trial]:
    """Return one trial per configuration, its score on the scale of the highest rung reached.

    The trial is the one at the highest rung among those of the configuration that have ended;
    while none has, it is the first, as running. A score of a lower rung is carried to the next
    by the straight line through the configurations that ran at both: fitted by least squares
    from 6 of them on, never falling; with fewer only shifted by their mean difference, and
    with none by the difference of the two medians. So an amount of the resource that makes all
    scores higher favours nobody, and one that only makes noise draws scores together.

    Parameters
    ----------
    rungs : Rungs
        Not changed.

    Returns
    -------
    list of Trial
        By number; several metrics are carried each by its own line.
    """
    deciding = [_deciding(rungs, trials) for trials in rungs.by_configuration.values()]
    lines = _lines(rungs)
    told = [_carried(trial, lines[rungs.of(trial)]) for trial in deciding]
    return sorted(told, key=lambda trial: trial.number)


def _deciding(rungs: Rungs, trials: Sequence[Trial]) -> Trial:
    ended = [trial for trial in trials if trial.state.is_finished]
    if ended:
        return max(ended, key=lambda trial: (rungs.of(trial), -trial.number))
    return min(trials, key=lambda trial: trial.number)


def _carried(trial: Trial, line: _Line) -> Trial:
    if trial.score is None:
        return trial
    scores = tuple(
        above + slope * one for one, (above, slope) in zip(trial.objectives, line, strict=True)
    )
    # Not by `replace`, which takes several times as long, and all trials are told at each ask.
    return Trial(
        trial.number,
        trial.config,
        trial.state,
        trial.provenance,
        trial.space_version,
        scores[0],
        fidelity=trial.fidelity,
        scores=scores if trial.scores else (),
    )


def _lines(rungs: Rungs) -> list[_Line]:
    """Return for each rung the line that leads to the scale of the highest with results."""
    reached = [index for index, rung in enumerate(rungs) if rung.ranking]
    n_metrics = len(rungs[reached[0]].completed()[0].objectives) if reached else 1
    lines: list[_Line] = [[(0.0, 1.0)] * n_metrics for _ in rungs]
    for lower, upper in reversed(list(pairwise(reached))):
        lines[lower] = [
            (above + slope * intercept, slope * steepness)
            for (intercept, steepness), (above, slope) in zip(
                _line(rungs, lower, upper), lines[upper], strict=True
            )
        ]
    return lines


def _line(rungs: Rungs, lower: int, upper: int) -> _Line:
    """Return the line from the scores of one rung to those of the next with results."""
    pairs = [
        (below.objectives, above.objectives)
        for above in rungs[upper].completed()
        for below in rungs.alike(above)
        if below.state is TrialState.COMPLETED and rungs.of(below) == lower
    ]
    if not pairs:
        x, y = (np.median(_objectives(rungs[one].completed()), axis=0) for one in (lower, upper))
        return [(float(shift), 1.0) for shift in y - x]
    x, y = np.array(pairs, dtype=float).transpose(1, 0, 2)
    slopes = _slopes(x, y) if len(pairs) >= MIN_PAIRS else np.ones(x.shape[1])
    intercepts = y.mean(axis=0) - slopes * x.mean(axis=0)
    return list(zip(intercepts.tolist(), slopes.tolist(), strict=True))


def _slopes(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return the least-squares slope of each column, not below 0; 1 where nothing varies."""
    apart = x - x.mean(axis=0)
    spread = (apart**2).sum(axis=0)
    shared = (apart * (y - y.mean(axis=0))).sum(axis=0)
    fitted = np.maximum(shared / np.where(spread > 0, spread, 1.0), 0.0)
    return np.asarray(np.where(spread > 0, fitted, 1.0))


def _objectives(trials: Sequence[Trial]) -> FloatArray:
    return np.array([trial.objectives for trial in trials], dtype=float)
