"""Sequential search: each configuration is the most promising one under a Gaussian process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any, ClassVar

import numpy as np

from ..encoding import Encoding, FloatArray
from ..hyper_parameter import SpaceVersion
from ..surrogate import GaussianProcess
from ..trial import Config, Provenance, Trial
from .base import Optimizer, Proposal
from .quasi_random import QuasiRandomSearch

MAX_KNOWN = 250
"""The model's cost grows with the cube of the trials it knows."""

_N_CANDIDATES = 800
_N_NEAR_BEST = 60
_N_STARTS = 6
_N_ROUNDS = 10
_N_NEIGHBOURS = 20
_N_RANKED = 50


class SequentialSearch(Optimizer):
    """Fits a Gaussian process to the scores and proposes where it expects most.

    The first trials are quasi-random: twice as many as there are hyper-parameters, between 6
    and 12. From then on the proposal is the configuration with the largest expected
    improvement (Jones, Schonlau and Welch 1998), taken in logarithms (Ament et al. 2023), over
    random candidates, the surroundings of the best trials, and a local search from the best of
    these. Scores are bent towards a normal distribution first (Yeo and Johnson 2000). A failed
    trial counts as the worst score seen. Pending trials count as having scored what the model
    expects, so that workers are sent to different places. Of more than 250 trials the model
    knows the best hundred and a fixed sample of the others.

    Parameters
    ----------
    space, seed, n_trials
        As for every optimizer.

    Attributes
    ----------
    n_start : int
        Trials to complete before the model is asked.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    >>> SequentialSearch(space).n_start
    6
    """

    name: ClassVar[str] = "sequential"
    label: ClassVar[str] = "Sequential search"
    summary: ClassVar[str] = (
        "Models the scores with a Gaussian process and tries what promises most."
    )

    def __init__(self, space: SpaceVersion, *, seed: int = 0, n_trials: int | None = None) -> None:
        self._finished: dict[int, Trial] = {}
        super().__init__(space, seed=seed, n_trials=n_trials)

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self.n_start = min(max(2 * encoding.n_dims, 6), 12)
        self._start = QuasiRandomSearch(encoding.space, seed=self.seed)
        self._fitted: tuple[tuple[int, ...], FloatArray] | None = None
        self._is_choice = np.array(
            [one.kind == "choice" and not one.ordered for one in encoding.space.searched]
        )

    def _learn(self, trial: Trial) -> None:
        self._finished[trial.number] = trial

    def _forget(self) -> None:
        super()._forget()
        self._finished.clear()

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        known = self._known()
        n_completed = sum(not trial.state.is_failed for trial in known)
        if n_completed < self.n_start:
            config = self._start.draw_at(number)
            if not (self.encoding.is_feasible(config) and self._is_new(config)):
                config = self._draw(number, rng)
            reason = f"quasi-random start: {n_completed} of {self.n_start} completed"
            return Proposal(config, Provenance(self.name, reason))
        # The workers need the other cores, and small matrices gain nothing from them.
        with _blas().limit(limits=1, user_api="blas"):
            return self._modelled(known, number, rng)

    def _modelled(self, known: Sequence[Trial], number: int, rng: np.random.Generator) -> Proposal:
        points = self.encoding.encode([trial.config for trial in known])
        scores = bent(_raw_scores(known))
        theta = self._theta_of(known, points)
        model = GaussianProcess(points, scores, self._is_choice, theta)
        if self._pending:
            pending = [self._configs[one] for one in sorted(self._pending)]
            model.believe(self.encoding.encode(pending))
        return self._most_promising(model, points, scores, number, rng)

    def _theta_of(self, known: Sequence[Trial], points: FloatArray) -> FloatArray:
        """Return the model's parameters, fitted at certain numbers of trials only.

        They depend on the first so many trials, hence not on when they were asked for.
        """
        n_fitted = _fitted_at(len(known))
        first = known[:n_fitted]
        key = (self.space.number, *(trial.number for trial in first))
        if self._fitted is None or self._fitted[0] != key:
            scores = bent(_raw_scores(first))
            model = GaussianProcess(points[:n_fitted], scores, self._is_choice)
            self._fitted = key, model.theta
        return self._fitted[1]

    def _known(self) -> list[Trial]:
        """Return the finished trials that the model is to know, by number."""
        trials = sorted(self._finished.values(), key=lambda trial: trial.number)
        if len(trials) <= MAX_KNOWN:
            return trials
        ranked = sorted(trials, key=lambda trial: (-_score(trial), trial.number))
        # A hash of the number keeps the sample as it was when trials are added.
        others = sorted(ranked[100:], key=lambda trial: (trial.number * 2654435761) % 2**32)
        chosen = ranked[:100] + others[: MAX_KNOWN - 100]
        return sorted(chosen, key=lambda trial: trial.number)

    def _most_promising(
        self,
        model: GaussianProcess,
        points: FloatArray,
        scores: FloatArray,
        number: int,
        rng: np.random.Generator,
    ) -> Proposal:
        """Return the new configuration with the largest expected improvement found."""
        incumbent = float(scores.max())
        best = points[np.argsort(-scores, kind="stable")[:3]]
        drawn = rng.random((_N_CANDIDATES, points.shape[1]))
        near = self._around(best, _N_NEAR_BEST, 0.1, rng)
        candidates = self.encoding.snapped(np.concatenate([drawn, near]))
        if len(candidates):
            values = self._values(model, candidates, incumbent)
            order = np.argsort(-values, kind="stable")[:_N_RANKED]
            found = self._climbed(model, candidates[order], values[order], incumbent, rng)
            for point in found:
                config = self.encoding.decode_point(np.nan_to_num(point, nan=0.5).tolist())
                if self._is_new(config):
                    return Proposal(config, self._provenance(model, config, incumbent))
        reason = "drawn at random: what promises most had been tried before"
        return Proposal(self._draw(number, rng), Provenance(self.name, reason))

    def _climbed(
        self,
        model: GaussianProcess,
        points: FloatArray,
        values: FloatArray,
        incumbent: float,
        rng: np.random.Generator,
    ) -> FloatArray:
        """Walk uphill from the best of ranked points in ever smaller steps; return all ranked."""
        for turn in range(_N_ROUNDS):
            near = self._around(points[:_N_STARTS], _N_NEIGHBOURS, 0.2 * 0.7**turn, rng)
            near = self.encoding.snapped(near)
            if len(near):
                points = np.concatenate([points, near])
                values = np.concatenate([values, self._values(model, near, incumbent)])
                order = np.argsort(-values, kind="stable")[:_N_RANKED]
                points, values = points[order], values[order]
        return points

    def _around(
        self, points: FloatArray, n_each: int, width: float, rng: np.random.Generator
    ) -> FloatArray:
        """Return points around some: numbers moved a little, now and then another choice."""
        centres = np.repeat(points, n_each, axis=0)
        drawn = rng.random(centres.shape)
        centres = np.where(np.isnan(centres), drawn, centres)
        moved = np.clip(centres + width * rng.standard_normal(centres.shape), 0.0, 1.0)
        moved = np.where(self._is_choice, drawn, moved)
        is_moved = rng.random(centres.shape) < max(2 / centres.shape[1], 0.3)
        return np.where(is_moved, moved, centres)

    def _values(self, model: GaussianProcess, points: FloatArray, incumbent: float) -> FloatArray:
        mean, deviation = model.predict(points)
        return log_expected_improvement(mean, deviation, incumbent)

    def _provenance(self, model: GaussianProcess, config: Config, incumbent: float) -> Provenance:
        mean, deviation = model.predict(self.encoding.encode([config]))
        sigmas = (float(mean[0]) - incumbent) / max(float(deviation[0]), 1e-9)
        where = "above" if sigmas >= 0 else "below"
        reason = (
            f"largest expected improvement: the model expects {abs(sigmas):.1f} standard "
            f"deviations {where} the best"
        )
        return Provenance(self.name, reason)


@cache
def _blas() -> Any:
    """Return the handle on the threads of linear algebra; to find the libraries takes time."""
    from scipy import linalg  # noqa: F401 (loads a library of its own)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _fitted_at(n_known: int) -> int:
    """Return the last number of trials, up to this, at which the model is fitted anew."""
    if n_known <= 20:
        return n_known
    width = 1 << (n_known.bit_length() - 4)
    return n_known // width * width


def bent(raw: FloatArray) -> FloatArray:
    """Return scores bent towards a normal distribution, of zero mean and unit variance.

    Scores that are far worse than the rest are raised first: they would leave no room for the
    differences among the good ones.
    """
    from scipy.stats import yeojohnson

    spread = float(raw.std())
    if spread <= 1e-12 * float(np.abs(raw).max()):
        return np.zeros_like(raw)
    scores = (raw - raw.mean()) / spread
    quarter, middle = np.quantile(scores, [0.25, 0.5])
    fence = min(quarter - 4 * (middle - quarter), float(np.quantile(scores, 0.05)))
    scores = np.maximum(scores, fence)
    with np.errstate(all="ignore"):
        transformed = np.asarray(yeojohnson(scores)[0])
    if np.isfinite(transformed).all() and transformed.std() > 1e-6:
        scores = transformed
    return np.asarray((scores - scores.mean()) / scores.std())


def log_expected_improvement(
    mean: FloatArray, deviation: FloatArray, incumbent: float
) -> FloatArray:
    """Return the logarithm of the expected improvement, accurate where it is tiny too.

    With z the improvement in deviations it is log(phi(z) + z Phi(z)) + log(deviation); far to
    the left by Mills' ratio, and farther still by its series (Ament et al. 2023, eq. 9).
    """
    from scipy.special import erfcx, ndtr

    z = np.maximum((mean - incumbent) / deviation, -1e100)
    log_density = -0.5 * z * z - 0.5 * math.log(2 * math.pi)
    near = np.clip(z, -25.0, 0.0)
    ratio = math.sqrt(math.pi / 2) * erfcx(-near / math.sqrt(2))  # Phi(z) / phi(z)
    left = log_density + np.log1p(near * ratio)
    with np.errstate(all="ignore"):  # of no use on the left, where it may be log(0)
        right = np.log(np.exp(log_density) + z * ndtr(z))
    far = log_density - 2 * np.log(np.maximum(np.abs(z), 1.0))
    value = np.where(z > -1, right, np.where(z > -25, left, far))
    return np.asarray(value + np.log(deviation))


def _raw_scores(trials: Sequence[Trial]) -> FloatArray:
    scores = np.array([_score(trial) for trial in trials])
    worst = scores[np.isfinite(scores)].min()
    return np.where(np.isfinite(scores), scores, worst)


def _score(trial: Trial) -> float:
    return -math.inf if trial.score is None else float(trial.score)
