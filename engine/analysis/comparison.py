"""Studies and optimizers side by side: the best so far, by trial or by time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from ..encoding import FloatArray
from ..trial import Trial
from .incumbents import ended_at, finished_in_order, incumbents

_N_POINTS = 200


@dataclass(frozen=True)
class Band:
    """The best so far of the runs of one optimizer, or of one study.

    Parameters
    ----------
    label : str
        Whose runs these are.
    x : tuple of float, length k
        Number of finished trials, or seconds since a run began; the same for all bands.
    middles, lows, highs : tuple of float, length k
        Median, 25th and 75th percentile of the best score so far, over the runs that have one;
        NaN before the first.
    n_runs : tuple of int, length k
        Runs that have one. A run that has ended keeps its best.
    n_going : tuple of int, length k
        Runs that have got so far.
    """

    label: str
    x: tuple[float, ...] = ()
    middles: tuple[float, ...] = ()
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    n_runs: tuple[int, ...] = ()
    n_going: tuple[int, ...] = ()


def compare(
    runs: Mapping[str, Sequence[Sequence[Trial]]],
    *,
    by: Literal["trial", "time"] = "trial",
    n_points: int = _N_POINTS,
) -> tuple[Band, ...]:
    """Put runs on shared axes, one band per label.

    Parameters
    ----------
    runs : mapping of str to sequences of trials
        Each label with the trials of its runs; a single study is one run.
    by : {"trial", "time"}
        Against how many trials have finished, or how many seconds the run has taken.
    n_points : int
        Points of each band at most.
    """
    steps = {label: [_steps(trials, by) for trials in of_label] for label, of_label in runs.items()}
    ends = [end for of_label in steps.values() for _, _, end in of_label]
    longest = max(ends, default=0.0)
    x = _shared_axis(longest, by, n_points)
    return tuple(_band(label, of_label, x) for label, of_label in steps.items())


def _shared_axis(longest: float, by: str, n_points: int) -> FloatArray:
    if longest <= 0:
        return np.empty(0)
    if by == "time":
        return np.linspace(0.0, longest, n_points)
    return np.unique(np.rint(np.linspace(1, longest, min(n_points, int(longest)))))


def _steps(trials: Sequence[Trial], by: str) -> tuple[FloatArray, FloatArray, float]:
    """Return where the best rose, to what, and where the run ended."""
    finished = finished_in_order(trials)
    if not finished:
        return np.empty(0), np.empty(0), 0.0
    began = min(trial.started_at for trial in finished)
    if by == "time":
        place = {trial.number: ended_at(trial) - began for trial in finished}
    else:
        place = {trial.number: float(rank) for rank, trial in enumerate(finished, 1)}
    rises = incumbents(finished)
    x = np.array([place[trial.number] for trial in rises])
    y = np.array([trial.score for trial in rises], dtype=float)
    return x, y, max(place.values())


def _band(label: str, runs: Sequence[tuple[FloatArray, FloatArray, float]], x: FloatArray) -> Band:
    if not len(x) or not runs:
        return Band(label)
    bests = np.full((len(runs), len(x)), np.nan)
    for row, (rises, scores, _) in enumerate(runs):
        at = np.searchsorted(rises, x + 1e-9, side="right") - 1
        bests[row, at >= 0] = scores[at[at >= 0]]
    n_runs = (~np.isnan(bests)).sum(axis=0)
    ranked = np.full((3, len(x)), np.nan)
    some = n_runs > 0
    ranked[:, some] = np.nanpercentile(bests[:, some], [25, 50, 75], axis=0)
    n_going = sum((end >= x - 1e-9).astype(int) for _, _, end in runs)
    lows, middles, highs = (tuple(row.tolist()) for row in ranked)
    return Band(
        label,
        tuple(x.tolist()),
        middles,
        lows,
        highs,
        tuple(n_runs.tolist()),
        tuple(np.asarray(n_going).tolist()),
    )
