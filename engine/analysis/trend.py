"""How the score goes with one hyper-parameter: a local regression with a band."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..encoding import FloatArray
from ..given import is_number
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..trial import Trial, TrialState
from .observations import IntArray, column

_N_BINS = 128
_N_POINTS = 40
_N_RESAMPLES = 100
_MIN_TRIALS = 5
_MIN_WEIGHT = 3.0
_BANDWIDTHS = (0.08, 0.15, 0.3, 0.6, 1.2)


@dataclass(frozen=True)
class Trend:
    """The mean of a column against one hyper-parameter; its size does not grow with the trials.

    Parameters
    ----------
    name, target : str
        The hyper-parameter and the column.
    x : tuple, length k
        Values in the user's own units, ascending, or the choices.
    means, lows, highs : tuple of float, length k
        Mean, and 90 % interval of it; NaN where fewer than three trials are near.
    counts : tuple of int, length k
        Of choices, the trials with each; empty for numbers.
    n_trials : int
        Trials that it is of.
    bandwidth : float
        Half the width of the window, over the range of the values tried; 0 for choices.
    """

    name: str
    target: str
    x: tuple[Any, ...] = ()
    means: tuple[float, ...] = ()
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    n_trials: int = 0
    bandwidth: float = 0.0


def trend(
    space: SpaceVersion,
    trials: Iterable[Trial],
    name: str,
    *,
    target: str = "score",
    only: Collection[int] | None = None,
    seed: int = 0,
) -> Trend:
    """Fit the mean of a column against one hyper-parameter, on all completed trials.

    Numbers, on their own scale, get a local linear regression with tricube weights (Cleveland
    1979) whose window is the best of five by leave-one-out; choices their means. The band is
    from 100 bootstrap samples of the trials with that window kept. The trials are binned first
    (128 bins, each at the mean of what is in it), so that the work on many is little.

    Parameters
    ----------
    space : SpaceVersion
        Says kind and scale of the hyper-parameter; trials from outside its range count too.
    trials : iterable of Trial
        Completed ones are looked at, in which the hyper-parameter is active; the latest of
        equal numbers counts.
    name : str
        The hyper-parameter.
    target : str
        A column of `observations.column`.
    only : collection of int, optional
        Numbers of the trials to look at.
    seed : int
        Drives the bootstrap.

    Returns
    -------
    Trend
        Without points for fewer than five trials.
    """
    one = space[name]
    x, y = values_and_targets(one, trials, target=target, only=only)
    if len(x) < _MIN_TRIALS:
        return Trend(name, target, n_trials=len(x))
    rng = np.random.default_rng(seed)
    if one.kind == "choice":
        return _of_choices(one, x, y, target, rng)
    return _of_numbers(one, x, y, target, rng)


def values_and_targets(
    one: HyperParameter,
    trials: Iterable[Trial],
    *,
    target: str,
    only: Collection[int] | None = None,
) -> tuple[FloatArray, FloatArray]:
    """Return where completed trials lie and what came of them, each of shape (n,).

    Numbers on a log scale are given as their decimal logarithm, choices as their place among
    the choices; what has no place there is left out.
    """
    chosen = None if only is None else frozenset(only)
    latest = {trial.number: trial for trial in trials}
    known = [
        trial
        for number, trial in sorted(latest.items())
        if trial.state is TrialState.COMPLETED and (chosen is None or number in chosen)
    ]
    places = [_place(one, trial.config.get(one.name)) for trial in known]
    x = np.array(places, dtype=float)
    y = np.array(column(known, target), dtype=float)
    is_known = np.isfinite(x) & np.isfinite(y)
    return x[is_known], y[is_known]


def _place(one: HyperParameter, value: Any) -> float:
    if one.kind == "choice":
        same = (i for i, c in enumerate(one.choices) if type(c) is type(value) and c == value)
        return float(next(same, math.nan))
    if not is_number(value) or (one.log and value <= 0):
        return math.nan
    return math.log10(value) if one.log else float(value)


def _of_choices(
    one: HyperParameter, x: FloatArray, y: FloatArray, target: str, rng: np.random.Generator
) -> Trend:
    n = len(one.choices)
    places = x.astype(int)
    counts = np.bincount(places, minlength=n)
    drawn = rng.integers(len(x), size=(_N_RESAMPLES, len(x)))
    tallies = [_tally(places[row], y[row], n) for row in drawn]
    with np.errstate(invalid="ignore", divide="ignore"):
        means = _tally(places, y, n)[1] / counts
        replicates = np.array([sums / several for several, sums in tallies])
    low, high = _band(np.where(counts < _MIN_WEIGHT, np.nan, replicates))
    return Trend(
        one.name,
        target,
        one.choices,
        tuple(means.tolist()),
        tuple(low.tolist()),
        tuple(high.tolist()),
        tuple(counts.tolist()),
        len(x),
    )


def _tally(places: IntArray, y: FloatArray, n: int) -> tuple[FloatArray, FloatArray]:
    counts = np.bincount(places, minlength=n).astype(float)
    return counts, np.bincount(places, weights=y, minlength=n).astype(float)


def _of_numbers(
    one: HyperParameter, x: FloatArray, y: FloatArray, target: str, rng: np.random.Generator
) -> Trend:
    low, span = float(x.min()), float(np.ptp(x)) or 1.0
    u = (x - low) / span
    bins = np.minimum((u * _N_BINS).astype(int), _N_BINS - 1)
    scale, middle = float(np.ptp(y)) or 1.0, float(np.mean(y))
    v = (y - middle) / scale
    sums = _sums(bins, u, v)
    bandwidth = _best_bandwidth(sums, _sums(bins, u, v * v)[3])
    values = np.unique(u)
    points = values if len(values) <= _N_POINTS else np.linspace(0.0, 1.0, _N_POINTS)
    # A single value, and the trials with it, are all that there is near it.
    means = _local(sums[None], points, bandwidth)[0]
    drawn = rng.integers(len(u), size=(_N_RESAMPLES, len(u)))
    resampled = np.array([_sums(bins[row], u[row], v[row]) for row in drawn])
    lows, highs = _band(_local(resampled, points, bandwidth))
    places = low + points * span
    shown = 10.0**places if one.log else places
    whole = one.kind == "int" and len(values) <= _N_POINTS
    known = ~(np.isnan(means) | np.isnan(lows))
    lines = (np.where(known, line * scale + middle, np.nan) for line in (means, lows, highs))
    drawn_means, drawn_lows, drawn_highs = (tuple(line.tolist()) for line in lines)
    return Trend(
        one.name,
        target,
        tuple(round(value) if whole else value for value in shown.tolist()),
        drawn_means,
        drawn_lows,
        drawn_highs,
        n_trials=len(x),
        bandwidth=bandwidth,
    )


def _sums(bins: IntArray, u: FloatArray, v: FloatArray) -> FloatArray:
    """Return per bin the number, and the sums of u, u², v and uv, shape (5, bins)."""
    weights = (None, u, u * u, v, u * v)
    return np.array([np.bincount(bins, weights=w, minlength=_N_BINS) for w in weights])


def _local(sums: FloatArray, points: FloatArray, bandwidth: float) -> FloatArray:
    """Return local linear fits at points for R sets of sums (R, 5, bins), shape (R, points)."""
    kernel = _kernel(points, bandwidth)
    s0, su, suu, t0, tu = (sums[:, row] @ kernel.T for row in range(5))
    # About the point itself, so that the intercept is the fit.
    s1, s2 = su - points * s0, suu - 2 * points * su + points**2 * s0
    t1 = tu - points * t0
    determinant = s0 * s2 - s1**2
    is_line = determinant > 1e-9 * np.maximum(s0, 1e-300) ** 2
    with np.errstate(invalid="ignore", divide="ignore"):
        fit = np.where(is_line, (s2 * t0 - s1 * t1) / determinant, t0 / s0)
    return np.where(s0 >= _MIN_WEIGHT, fit, np.nan)


def _kernel(points: FloatArray, bandwidth: float) -> FloatArray:
    middles = (np.arange(_N_BINS) + 0.5) / _N_BINS
    away = np.abs(points[:, None] - middles) / bandwidth
    return np.asarray(np.clip(1 - away**3, 0.0, None) ** 3)


def _best_bandwidth(sums: FloatArray, squares: FloatArray) -> float:
    """Return the bandwidth with the least error when each trial is left out in turn."""
    filled = sums[0] > 0
    middles = (np.arange(_N_BINS) + 0.5)[filled] / _N_BINS
    n, v = sums[0, filled], sums[3, filled]
    errors = []
    for bandwidth in _BANDWIDTHS:
        fit = _local(sums[None], middles, bandwidth)[0]
        kernel = _kernel(middles, bandwidth)
        s0, su, suu = (kernel @ sums[row] for row in range(3))
        s1, s2 = su - middles * s0, suu - 2 * middles * su + middles**2 * s0
        determinant = np.maximum(s0 * s2 - s1**2, 1e-12)
        own = np.minimum(np.maximum(s2 / determinant, 1 / s0), 0.9)
        missed = (squares[filled] - 2 * fit * v + n * fit**2) / (1 - own) ** 2
        # A window that leaves trials without a fit cannot be the best.
        errors.append(float(missed.sum()) if not np.isnan(missed).any() else math.inf)
    best = int(np.argmin(errors))
    return _BANDWIDTHS[best] if math.isfinite(errors[best]) else _BANDWIDTHS[-1]


def _band(replicates: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the 5th and 95th percentile; NaN where a tenth of the samples has no value."""
    known = (~np.isnan(replicates)).mean(axis=0) > 0.9
    band = np.full((2, replicates.shape[1]), np.nan)
    if known.any():
        band[:, known] = np.nanpercentile(replicates[:, known], [5, 95], axis=0)
    return band[0], band[1]
