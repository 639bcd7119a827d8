"""Sequential search: each configuration is the most promising one under a Gaussian process."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from ..bent_scores import bent, unbent
from ..encoding import Encoding, FloatArray
from ..surrogate import GaussianProcess
from ..trial import Provenance, Trial
from .acquisition import ENSEMBLE, Acquisition
from .base import Proposal
from .model_search import around, fitted_at, n_options, on_one_core
from .quasi_random import QuasiRandomStart

MAX_KNOWN = 250
"""The model's cost grows with the cube of the trials it knows."""
MAX_FITTED = 150
"""Its parameters are fitted to fewer, as that takes many steps."""

_N_BEST = 3
_N_CANDIDATES = 1000
_N_NEAR_BEST = 60
_N_CLIMBERS = 8
_N_ROUNDS = 10
_N_NEIGHBOURS = 25
_N_RANKED = 50
_SAME = 0.998
_PENALTY = 100.0


class SequentialSearch(QuasiRandomStart):
    """Fits a Gaussian process to the scores and proposes where it promises most.

    The first trials are quasi-random: twice as many as there are hyper-parameters, between 6
    and 12. From then on the proposal is the configuration of the largest acquisition value over
    random candidates, the surroundings of the best trials, and a local search from the best of
    these: expected improvement (Jones, Schonlau and Welch 1998), taken in logarithms (Ament et
    al. 2023). What the model takes for all but the same as an earlier trial comes last: it would
    tell nothing new.

    Pending trials count as having scored what the model expects, and beside them an upper
    confidence bound and the probability of improvement take turns with expected improvement (an
    ensemble as in Cowen-Rivers et al. 2022, "HEBO"), so that workers are sent to different
    places. Scores are bent towards a normal distribution first (Yeo and Johnson 2000). A failed
    trial counts as the worst score seen. Of more than 250 trials the model knows the best hundred
    and a fixed sample of the others.

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

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self.n_start = min(max(2 * encoding.n_dims, 6), 12)
        self._fitted: tuple[tuple[int, ...], FloatArray] | None = None
        self._n_options = n_options(encoding)

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        known = self._known()
        n_completed = sum(not trial.state.is_failed for trial in known)
        if n_completed < self.n_start:
            return self._first(number, n_completed, rng)
        with on_one_core():
            return self._modelled(known, number, rng)

    def _modelled(self, known: Sequence[Trial], number: int, rng: np.random.Generator) -> Proposal:
        points = self.encoding.encode([trial.config for trial in known])
        raw = _raw_scores(known)
        scores = bent(raw)
        model = GaussianProcess(points, scores, self._n_options, self._theta())
        if self._pending:
            pending = [self._configs[one] for one in sorted(self._pending)]
            model.believe(self.encoding.encode(pending))
        hunt = _Hunt(model, ENSEMBLE[len(self._pending) % len(ENSEMBLE)], float(scores.max()))
        best = points[np.argsort(-scores, kind="stable")[:_N_BEST]]
        for point in self._most_promising(hunt, best, rng):
            config = self.encoding.decode_point(np.nan_to_num(point, nan=0.5).tolist())
            if self._is_new(config):
                return Proposal(config, self._provenance(hunt, point, raw, scores))
        reason = "drawn at random: what promises most had been tried before"
        return Proposal(self._draw(number, rng), Provenance(self.name, reason))

    def _theta(self) -> FloatArray:
        """Return the model's parameters, fitted at certain numbers of trials only.

        They depend on the first so many trials, hence not on when they were asked for.
        """
        numbers = self._first_scored()
        key = (self.space.number, *numbers)
        if self._fitted is None or self._fitted[0] != key:
            known = _chosen([self._finished[number] for number in numbers], MAX_FITTED)
            points = self.encoding.encode([trial.config for trial in known])
            model = GaussianProcess(points, bent(_raw_scores(known)), self._n_options)
            self._fitted = key, model.theta
        return self._fitted[1]

    def _first_scored(self) -> list[int]:
        """Return the trials to fit to: up to a certain number of scored ones, failures between."""
        scored = [number for number, trial in self._finished.items() if not trial.state.is_failed]
        last = sorted(scored)[fitted_at(len(scored)) - 1]
        return sorted(number for number in self._finished if number <= last)

    def _known(self) -> list[Trial]:
        """Return the finished trials that the model is to know, by number."""
        trials = sorted(self._finished.values(), key=lambda trial: trial.number)
        return _chosen(trials, MAX_KNOWN)

    def _most_promising(
        self, hunt: _Hunt, best: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        """Return points by what they promise, the most promising first.

        From the best of many candidates the search walks uphill in ever smaller steps.
        """
        drawn = rng.random((_N_CANDIDATES, best.shape[1]))
        near = around(np.repeat(best, _N_NEAR_BEST, axis=0), 0.1, self._n_options, rng)
        points = self.encoding.snapped(np.concatenate([drawn, near]))
        values = hunt.values(points)
        for turn in range(_N_ROUNDS):
            order = np.argsort(-values, kind="stable")[:_N_RANKED]
            points, values = points[order], values[order]
            centres = np.repeat(points[:_N_CLIMBERS], _N_NEIGHBOURS, axis=0)
            near = around(centres, 0.2 * 0.7**turn, self._n_options, rng)
            near = self.encoding.snapped(near)
            points = np.concatenate([points, near])
            values = np.concatenate([values, hunt.values(near)])
        return points[np.argsort(-values, kind="stable")[:_N_RANKED]]

    def _provenance(
        self, hunt: _Hunt, point: FloatArray, raw: FloatArray, scores: FloatArray
    ) -> Provenance:
        mean, deviation = (float(one[0]) for one in hunt.model.predict(point[None, :]))
        sigmas = (mean - hunt.incumbent) / max(deviation, 1e-9)
        where = "above" if sigmas >= 0 else "below"
        reason = (
            f"{hunt.acquisition.words}: the model expects {abs(sigmas):.1f} standard "
            f"deviations {where} the best"
        )
        ends = np.array([mean, mean - deviation, mean + deviation, hunt.incumbent])
        expected, low, high, best = unbent(ends, raw, scores).tolist()
        facts = {
            "acquisition": hunt.acquisition.name,
            "expected": expected,
            "expected_low": low,
            "expected_high": high,
            "incumbent": best,
            "n_known": len(raw),
        }
        return Provenance(self.name, reason, facts=facts)


class _Hunt(NamedTuple):
    """A model, what is looked for under it, and what is to be beaten."""

    model: GaussianProcess
    acquisition: Acquisition
    incumbent: float

    def values(self, points: FloatArray) -> FloatArray:
        """Return what points promise; those that the model knows already come last."""
        if not len(points):
            return np.empty(0)
        mean, deviation, correlation = self.model.appraise(points)
        values = self.acquisition.value(mean, deviation, self.incumbent)
        return np.where(correlation > _SAME, values - _PENALTY, values)


def _chosen(trials: list[Trial], most: int) -> list[Trial]:
    """Return at most so many trials, by number: the best, and a fixed sample of the others."""
    if len(trials) <= most:
        return trials
    ranked = sorted(trials, key=lambda trial: (-_score(trial), trial.number))
    n_best = 2 * most // 5
    # A hash of the number keeps the sample as it was when trials are added.
    others = sorted(ranked[n_best:], key=lambda trial: (trial.number * 2654435761) % 2**32)
    chosen = ranked[:n_best] + others[: most - n_best]
    return sorted(chosen, key=lambda trial: trial.number)


def _raw_scores(trials: Sequence[Trial]) -> FloatArray:
    scores = np.array([_score(trial) for trial in trials])
    worst = scores[np.isfinite(scores)].min()
    return np.where(np.isfinite(scores), scores, worst)


def _score(trial: Trial) -> float:
    return -math.inf if trial.score is None else float(trial.score)
