"""How far a model of the scores can be trusted, and where it would search on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..bent_scores import bent, unbent
from ..encoding import FloatArray
from ..hyper_parameter import SpaceVersion
from ..optimizers.acquisition import log_expected_improvement
from ..optimizers.model_search import n_options, on_one_core
from ..surrogate import GaussianProcess
from ..trial import Trial
from .axis import axis_of
from .observations import MIN_TRIALS, Observations, observe

N_KNOWN = 200
"""Of more trials than these, the model knows a random sample with the best one."""

_SIGMAS = 1.6449
_N_STEPS = 81
_POOR = 0.3
_N_PARTS = 5


@dataclass(frozen=True)
class Foretold:
    """Scores as foretold and as found, higher is better.

    Parameters
    ----------
    numbers : tuple of int, length n
        The trials.
    found, means, lows, highs : tuple of float, length n
        The score, and what was foretold of it: mean and 90 % interval.
    r2 : float or None
        Share of the scores' variance that was foretold; negative where the mean of all would
        have been better.
    correlation : float or None
        Spearman's rank correlation of means and scores.
    inside : float or None
        Share of the scores inside their intervals: 0.9 where the model is honest.
    verdict : str
        In words how far the model can be trusted, or why there is none.
    """

    numbers: tuple[int, ...] = ()
    found: tuple[float, ...] = ()
    means: tuple[float, ...] = ()
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    r2: float | None = None
    correlation: float | None = None
    inside: float | None = None
    verdict: str = ""


@dataclass(frozen=True)
class Slice:
    """The model along one hyper-parameter, all others as in the best trial.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    values : tuple, length k
        Along its range, or all its choices.
    means, lows, highs : tuple of float, length k
        Expected score with 90 % interval.
    improvements : tuple of float, length k
        Expected improvement (Jones, Schonlau and Welch 1998) over that at the most promising
        value: 1 there.
    base : int
        The trial that the others are taken from.
    """

    name: str
    values: tuple[Any, ...] = ()
    means: tuple[float, ...] = ()
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    improvements: tuple[float, ...] = ()
    base: int = 0


def left_out(space: SpaceVersion, trials: Iterable[Trial], *, seed: int = 0) -> Foretold:
    """Foretell each score by a Gaussian process of all others (leave-one-out).

    Its length scales are fitted without the fifth of the trials that the one is in: fitted to
    all of them they would find a pattern in mere noise.

    Parameters
    ----------
    space : SpaceVersion
        The space to judge.
    trials : iterable of Trial
        In any order; `observe` says which are left out.
    seed : int
        Draws the sample of more than 200 trials.
    """
    seen = _sample(observe(space, trials), seed)
    why = _why_none(space, seen)
    if why:
        return Foretold(verdict=why)
    raw = seen.targets[:, 0]
    scores = bent(raw)
    with on_one_core():
        means, deviations = _by_all_others(seen, scores, seed)
    ends = [unbent(means + k * deviations, raw, scores) for k in (0.0, -_SIGMAS, _SIGMAS)]
    return _judged(seen.numbers, raw, *ends)


def as_proposed(trials: Iterable[Trial]) -> Foretold:
    """Return what the search had foretold of its proposals, before they ran.

    Sequential search notes the expected score with one standard deviation on either side.

    Parameters
    ----------
    trials : iterable of Trial
        In any order; those without such notes or without a score are left out.
    """
    latest = {one.number: one for one in trials if one.score is not None}
    rows = []
    for number in sorted(latest):
        facts = latest[number].provenance.facts
        told = [facts.get(name) for name in ("expected", "expected_low", "expected_high")]
        if all(isinstance(one, int | float) for one in told):
            rows.append((number, latest[number].score, *told))
    if len(rows) < MIN_TRIALS:
        said = f"Too few proposals of a model: {len(rows)} of at least {MIN_TRIALS}."
        return Foretold(verdict=said)
    table = np.array(rows, dtype=float)
    numbers, found, means = table[:, 0].astype(np.int64), table[:, 1], table[:, 2]
    lows, highs = (means + _SIGMAS * (table[:, side] - means) for side in (3, 4))
    return _judged(numbers, found, means, lows, highs)


def acquisition_slice(
    space: SpaceVersion, trials: Iterable[Trial], name: str, *, seed: int = 0
) -> Slice:
    """Return what a Gaussian process expects along one hyper-parameter, and what it promises.

    Parameters
    ----------
    space : SpaceVersion
        The space to judge.
    trials : iterable of Trial
        In any order; `observe` says which are left out.
    name : str
        One that is searched.
    seed : int
        Draws the sample of more than 200 trials.
    """
    everything = observe(space, trials)
    column = everything.encoding.names.index(name)
    seen = _sample(everything, seed)
    is_active = ~np.isnan(seen.points[:, column])
    if _why_none(space, seen) or not is_active.any():
        return Slice(name)
    raw = seen.targets[:, 0]
    scores = bent(raw)
    base = int(np.argmax(np.where(is_active, raw, -np.inf)))
    axis = axis_of(space[name], _N_STEPS)
    places = (axis.edges[:-1] + axis.edges[1:]) / 2
    points = np.repeat(seen.points[[base]], len(places), axis=0)
    points[:, column] = places
    with on_one_core():
        means, deviations = _model(seen, scores).predict(points)
    promise = log_expected_improvement(means, deviations, float(scores.max()))
    ends = [unbent(means + k * deviations, raw, scores) for k in (0.0, -_SIGMAS, _SIGMAS)]
    promised = np.exp(promise - promise.max())
    mean, low, high, promises = (tuple(one.tolist()) for one in (*ends, promised))
    return Slice(name, axis.middles, mean, low, high, promises, int(seen.numbers[base]))


def _sample(seen: Observations, seed: int) -> Observations:
    if seen.n <= N_KNOWN:
        return seen
    rows = np.random.default_rng(seed).choice(seen.n, N_KNOWN, replace=False)
    return seen.picked(np.unique(np.r_[rows, seen.targets[:, 0].argmax()]))


def _why_none(space: SpaceVersion, seen: Observations) -> str:
    if not space.searched:
        return "No hyper-parameter is searched."
    if seen.n < MIN_TRIALS:
        return f"Too few trials to say: {seen.n} of at least {MIN_TRIALS}."
    return "" if seen.is_varied else "All scores are equal."


def _model(seen: Observations, scores: FloatArray) -> GaussianProcess:
    return GaussianProcess(seen.points, scores, n_options(seen.encoding))


def _by_all_others(
    seen: Observations, scores: FloatArray, seed: int
) -> tuple[FloatArray, FloatArray]:
    means, deviations = np.empty(seen.n), np.empty(seen.n)
    options = n_options(seen.encoding)
    for part in np.array_split(np.random.default_rng(seed).permutation(seen.n), _N_PARTS):
        rest = np.delete(np.arange(seen.n), part)
        theta = GaussianProcess(seen.points[rest], scores[rest], options).theta
        found = GaussianProcess(seen.points, scores, options, theta).leave_one_out()
        means[part], deviations[part] = (one[part] for one in found)
    return means, deviations


def _judged(
    numbers: Any, found: FloatArray, means: FloatArray, lows: FloatArray, highs: FloatArray
) -> Foretold:
    from scipy.stats import spearmanr

    spread = float(((found - found.mean()) ** 2).sum())
    r2 = 1 - float(((found - means) ** 2).sum()) / spread if spread > 0 else None
    is_flat = spread == 0 or float(np.ptp(means)) == 0
    rho = None if is_flat else float(spearmanr(found, means).statistic)
    inside = float(((lows <= found) & (found <= highs)).mean())
    scores, mean, low, high = (tuple(one.tolist()) for one in (found, means, lows, highs))
    judged = Foretold(tuple(numbers.tolist()), scores, mean, low, high, r2, rho, inside)
    return replace(judged, verdict=_verdict(judged))


def _verdict(judged: Foretold) -> str:
    if judged.correlation is None:
        return "The model expects the same everywhere: it has found nothing to go by."
    told = f"rank correlation {judged.correlation:.2f}, {judged.inside:.0%} inside their intervals"
    # Twice the standard error of a rank correlation where there is none (Kendall 1948).
    if judged.correlation < max(_POOR, 2 / (len(judged.numbers) - 1) ** 0.5):
        return f"The model hardly foretells the scores ({told}): its proposals are guesses."
    is_sure = judged.inside is not None and judged.inside < 0.75
    if is_sure:
        return f"The model orders the trials, but is too sure of itself ({told}; 90 % would do)."
    return f"The model foretells the scores ({told})."
