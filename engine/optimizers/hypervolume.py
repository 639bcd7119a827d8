"""Hypervolume search: several metrics at once, by a Gaussian process of each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from ..bent_scores import bent
from ..embedding import IntArray
from ..encoding import Encoding, FloatArray
from ..pareto import comparable, front_of, gain_boxes, hypervolume, pareto_ranks, thinned
from ..surrogate import GaussianProcess
from ..trial import Provenance, Trial
from .acquisition import log_expected_improvement
from .base import Proposal
from .model_search import around, fitted_at, n_options, on_one_core
from .quasi_random import QuasiRandomStart

MAX_KNOWN = 200
"""The models' cost grows with the cube of the trials they know."""

_N_BEST = 100
_N_CANDIDATES = 500
_N_NEAR_FRONT = 300
_N_STARTS = 6
_N_ROUNDS = 8
_N_NEIGHBOURS = 20
_N_RANKED = 50
_MARGIN = 0.1


class HypervolumeSearch(QuasiRandomStart):
    """Proposes what is expected to add most to the volume that the best trials dominate.

    For the scores of several metrics there is no best trial but a front of them, none of which
    another one beats in all. Each metric has a Gaussian process of its own, of scores bent
    towards a normal distribution. The proposal has the largest expected gain in hypervolume
    (Emmerich, Giannakoglou and Naujoks 2006), computed exactly over boxes (Yang et al. 2019)
    and in logarithms, among random candidates, the surroundings of the front, and a local search
    from the best of these. A known trial counts as the better of what it scored and what the
    models expect of it, or noise would promise gains next to it for ever; the reference point
    lies a tenth of the range below the front. With one metric the gain is the expected
    improvement.

    The first trials are quasi-random: twice as many as there are hyper-parameters, between 6
    and 12. Failed trials are left out of the models of the metrics: one more model says how
    probable success is, and the gain is multiplied by it. Pending trials count as having scored
    what the models expect. Of more than 200 trials the models know the best hundred, front by
    front, and a fixed sample of the others. A front of more than 40 trials in three metrics, or
    16 in four, is thinned.

    Parameters
    ----------
    space, seed, n_trials
        As for every optimizer.

    Attributes
    ----------
    n_start : int
        Trials to complete before the models are asked.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    >>> HypervolumeSearch(space).n_start
    6
    """

    name: ClassVar[str] = "hypervolume"
    label: ClassVar[str] = "Hypervolume search (several metrics)"
    summary: ClassVar[str] = (
        "Models each metric with a Gaussian process and widens the front of the best trials."
    )

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self.n_start = min(max(2 * encoding.n_dims, 6), 12)
        self._fitted: tuple[tuple[int, ...], list[FloatArray]] | None = None
        self._success_fitted: tuple[tuple[int, ...], FloatArray] | None = None
        self._n_options = n_options(encoding)

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        finished = [self._finished[one] for one in sorted(self._finished)]
        heard = [trial for trial in finished if trial.number not in self.excluded]
        scored = comparable(heard)
        if len(scored) < self.n_start:
            return self._first(number, len(scored), rng)
        with on_one_core():
            gain = self._gain(scored, heard)
            for point in self._climbed(gain, rng):
                config = self.encoding.decode_point(np.nan_to_num(point, nan=0.5).tolist())
                if self._is_new(config):
                    return Proposal(config, self._provenance(gain, point))
        reason = "drawn at random: what promises most had been tried before"
        return Proposal(self._draw(number, rng), Provenance(self.name, reason))

    def _gain(self, scored: Sequence[Trial], heard: Sequence[Trial]) -> _Gain:
        known = _known(scored)
        points = self._points(known)
        scores = _bent_objectives(known)
        models = [
            GaussianProcess(points, column, self._n_options, theta)
            for column, theta in zip(scores.T, self._thetas(scored), strict=True)
        ]
        pending = self.encoding.encode([self._configs[one] for one in sorted(self._pending)])
        nothing = np.full((len(pending), len(models)), -np.inf)
        places, values = np.concatenate([points, pending]), np.concatenate([scores, nothing])
        gain = _Gain(models, places, values, self._success(heard))
        if len(pending):
            for model in models:
                model.believe(pending)
        return gain

    def _success(self, heard: Sequence[Trial]) -> _Success | None:
        """Return the model of success, None where all is one: parameters as in `_thetas`."""
        if len({trial.state.is_failed for trial in heard}) == 1:
            return None
        first = heard[: fitted_at(len(heard))]
        if len({trial.state.is_failed for trial in first}) == 1:
            first = heard
        key = (self.space.number, *(trial.number for trial in first))
        if self._success_fitted is None or self._success_fitted[0] != key:
            model = _Success(*self._outcomes(first), self._n_options)
            self._success_fitted = key, model.theta
        return _Success(*self._outcomes(heard), self._n_options, self._success_fitted[1])

    def _outcomes(self, trials: Sequence[Trial]) -> tuple[FloatArray, FloatArray]:
        """Return places and 1 or 0 of the last failed trials and as many others as may be."""
        failed = [trial for trial in trials if trial.state.is_failed][-MAX_KNOWN // 2 :]
        others = [trial for trial in trials if not trial.state.is_failed]
        others = others[-(MAX_KNOWN - len(failed)) :]
        return self._points(failed + others), np.r_[np.zeros(len(failed)), np.ones(len(others))]

    def _points(self, trials: Sequence[Trial]) -> FloatArray:
        return self.encoding.encode([trial.config for trial in trials])

    def _thetas(self, scored: Sequence[Trial]) -> list[FloatArray]:
        """Return the models' parameters, fitted at certain numbers of trials only.

        They depend on the first so many trials, hence not on when they were asked for.
        """
        first = scored[: fitted_at(len(scored))]
        key = (self.space.number, *(trial.number for trial in first))
        if self._fitted is None or self._fitted[0] != key:
            known = _known(first)
            points = self._points(known)
            models = [
                GaussianProcess(points, column, self._n_options)
                for column in _bent_objectives(known).T
            ]
            self._fitted = key, [model.theta for model in models]
        return self._fitted[1]

    def _climbed(self, gain: _Gain, rng: np.random.Generator) -> FloatArray:
        """Walk uphill from the best of many points in ever smaller steps; return all ranked."""
        centres = _shared_out(gain.front_places, _N_NEAR_FRONT)
        near = around(centres, 0.1, self._n_options, rng)
        points = np.concatenate([rng.random((_N_CANDIDATES, near.shape[1])), near])
        ranked, values = np.empty((0, points.shape[1])), np.empty(0)
        seen: set[bytes] = set()
        for turn in range(_N_ROUNDS + 1):
            tried = _unseen(self.encoding.snapped(points), seen)
            if len(tried):
                ranked = np.concatenate([ranked, tried])
                values = np.concatenate([values, gain.of(tried)])
                order = np.argsort(-values, kind="stable")[:_N_RANKED]
                ranked, values = ranked[order], values[order]
            centres = np.repeat(ranked[:_N_STARTS], _N_NEIGHBOURS, axis=0)
            points = around(centres, 0.2 * 0.7**turn, self._n_options, rng)
        return ranked

    def _provenance(self, gain: _Gain, point: FloatArray) -> Provenance:
        mean, deviation = (one[0] for one in gain.predict(point[None]))
        share = float(np.exp(gain.of(point[None])[0])) / gain.volume
        reached = " and ".join(f"{100 * one:.0f}%" for one in gain.reached(mean))
        noun = "trial" if len(gain.front) == 1 else "trials"
        reason = (
            f"largest expected hypervolume: {100 * share:.2g}% above the front of "
            f"{len(gain.front)} {noun}; expected at {reached} of the metrics' ranges so far"
        )
        facts = {
            "expected_gain": share,
            "n_front": len(gain.front),
            "mean": mean.tolist(),
            "deviation": deviation.tolist(),
        }
        return Provenance(self.name, reason, facts=facts)


class _Gain:
    """What new points are expected to add to the front of known ones.

    `scores` (n, m) are those found at `places`, minus infinity where they are pending.
    """

    def __init__(
        self,
        models: Sequence[GaussianProcess],
        places: FloatArray,
        scores: FloatArray,
        success: _Success | None,
    ) -> None:
        self._models, self._success = models, success
        values = np.maximum(scores, self.predict(places)[0])
        self._worst, self._spread = values.min(axis=0), np.maximum(np.ptp(values, axis=0), 1e-3)
        self.front = front_of(values)
        self.front_places = places[pareto_ranks(values) == 0]
        reference = self.front.min(axis=0) - _MARGIN * self._spread
        self.volume = hypervolume(self.front, reference)
        self._boxes = gain_boxes(thinned(self.front, reference), reference)

    def predict(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return means and standard deviations, each of shape (n, m)."""
        predictions = [model.predict(points) for model in self._models]
        means, deviations = zip(*predictions, strict=True)
        return np.stack(means, axis=1), np.stack(deviations, axis=1)

    def reached(self, mean: FloatArray) -> FloatArray:
        """Return means as shares of the way from the worst to the best of each metric."""
        shares: FloatArray = (mean - self._worst) / self._spread
        return shares

    def of(self, points: FloatArray) -> FloatArray:
        """Return the logarithm of the expected gain of each point."""
        gains = log_expected_gain(*self.predict(points), *self._boxes)
        return gains if self._success is None else gains + self._success.log_probability(points)


class _Success:
    """How probable it is that a trial does not fail: a Gaussian process of ones and zeros."""

    def __init__(
        self,
        points: FloatArray,
        is_scored: FloatArray,
        n_options: IntArray,
        theta: FloatArray | None = None,
    ) -> None:
        share, spread = is_scored.mean(), is_scored.std()
        self._even = (0.5 - share) / spread
        self._model = GaussianProcess(points, (is_scored - share) / spread, n_options, theta)
        self.theta = self._model.theta

    def log_probability(self, points: FloatArray) -> FloatArray:
        """Return its logarithm for each point: that the process lies nearer to one there."""
        from scipy.special import log_ndtr

        mean, deviation = self._model.predict(points)
        return np.asarray(log_ndtr((mean - self._even) / deviation))


def _shared_out(points: FloatArray, n: int) -> FloatArray:
    """Return n rows, each point as often as the next; none where there is none."""
    return points[np.arange(n) % len(points)] if len(points) else points


def _unseen(points: FloatArray, seen: set[bytes]) -> FloatArray:
    """Return the rows that are not among those seen, each once, and add them there."""
    fresh = []
    for place, row in enumerate(points):
        key = row.tobytes()
        if key not in seen:
            seen.add(key)
            fresh.append(place)
    return points[fresh]


def _known(scored: Sequence[Trial]) -> list[Trial]:
    """Return the trials that the models are to know, by number."""
    if len(scored) <= MAX_KNOWN:
        return list(scored)
    ranks = pareto_ranks(np.array([trial.objectives for trial in scored]))
    best = {scored[place].number for place in np.argsort(ranks, kind="stable")[:_N_BEST]}
    others = [trial.number for trial in scored if trial.number not in best]
    # A hash of the number keeps the sample as it was when trials are added.
    others.sort(key=lambda number: (number * 2654435761) % 2**32)
    chosen = best | set(others[: MAX_KNOWN - len(best)])
    return [trial for trial in scored if trial.number in chosen]


def _bent_objectives(trials: Sequence[Trial]) -> FloatArray:
    """Return the bent scores, shape (n, m)."""
    raw = np.array([trial.objectives for trial in trials])
    return np.stack([bent(column) for column in raw.T], axis=1)


def log_expected_gain(
    mean: FloatArray, deviation: FloatArray, lower: FloatArray, upper: FloatArray
) -> FloatArray:
    """Return the logarithm of the expected gain in hypervolume, exactly.

    For objectives that are independent and normal the expected part of a box is a product over
    the objectives of differences of expected improvements (Yang et al. 2019, theorem 1): over
    the lower bound of the box, less that over the upper. In logarithms, so that it does not
    vanish where little is to be gained (Ament et al. 2023). With one objective it is the
    logarithm of the expected improvement.

    Parameters
    ----------
    mean, deviation : float arrays, shape (c, m)
        What is expected of c candidates.
    lower, upper : float arrays, shape (n, m)
        The boxes of `gain_boxes`.

    Returns
    -------
    float array, shape (c,)
    """
    from scipy.special import logsumexp

    parts = sum(
        _log_part(mean[:, j], deviation[:, j], lower[:, j], upper[:, j])
        for j in range(mean.shape[1])
    )
    return np.asarray(logsumexp(parts, axis=1))


def _log_part(
    mean: FloatArray, deviation: FloatArray, lower: FloatArray, upper: FloatArray
) -> FloatArray:
    """Return the logarithms of what is expected between two bounds, shape (c, n)."""
    bounds, places = np.unique(np.concatenate([lower, upper]), return_inverse=True)
    is_finite = np.isfinite(bounds)
    log_over = np.full((len(mean), len(bounds)), -np.inf)
    log_over[:, is_finite] = log_expected_improvement(
        mean[:, None], deviation[:, None], bounds[is_finite]
    )
    low, high = log_over[:, places[: len(lower)]], log_over[:, places[len(lower) :]]
    with np.errstate(divide="ignore"):
        return np.asarray(low + np.log(-np.expm1(np.minimum(high - low, 0.0))))
