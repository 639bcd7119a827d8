"""Ensemble search: what promises most under models of all fidelities, each weighed."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..encoding import Encoding, FloatArray
from ..hyper_parameter import SpaceVersion
from ..trial import Config, Provenance, Trial
from .acquisition import log_expected_improvement
from .base import Proposal
from .fidelity_models import FidelityEnsemble, FidelityModels
from .model_search import around, on_one_core
from .quasi_random import QuasiRandomStart
from .rungs import Rung

_RANDOM_SHARE = 0.2
_N_DRAWN = 400
_N_NEAR = 30
_N_CENTRES = 5
_N_ROUNDS = 4
_WIDTH = 0.2


class EnsembleSearch(QuasiRandomStart):
    """Learns from cheap and from full trials at once, with one model per fidelity.

    The first configurations are quasi-random: twice as many as there are hyper-parameters,
    between 6 and 12. Later one in five is random, so that no misleading fidelity leads astray
    for good. The others have the largest expected improvement, found among random
    configurations, the surroundings of the best trials and of the best so found, over what the
    models expect of the trials known (Li, Y., et al. 2022, "Hyper-Tune", section 4.3). The
    models and their weights are those of `FidelityModels`; where no scheduler gives trials a
    fidelity there is but one.

    Parameters
    ----------
    space, seed, n_trials
        As for every optimizer.

    Attributes
    ----------
    models : FidelityModels
        The models of the rungs.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    >>> EnsembleSearch(space).ask(1).provenance.reason
    'quasi-random start: 0 of 6 completed'
    """

    name: ClassVar[str] = "ensemble"
    label: ClassVar[str] = "Ensemble over fidelities"
    summary: ClassVar[str] = (
        "Models cheap and full trials together, and trusts each as far as it has proved right."
    )
    learns_fidelities: ClassVar[bool] = True

    def __init__(self, space: SpaceVersion, *, seed: int = 0, n_trials: int | None = None) -> None:
        self._rungs: dict[int, Rung] = {}
        super().__init__(space, seed=seed, n_trials=n_trials)

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self.n_start = min(max(2 * encoding.n_dims, 6), 12)
        self.models = FidelityModels(encoding)

    def _learn(self, trial: Trial) -> None:
        super()._learn(trial)
        rung = 0 if self.fidelity is None else self.fidelity.rung_of(trial.fidelity)
        self._rungs.setdefault(rung, Rung()).take(trial)

    def _forget(self) -> None:
        super()._forget()
        self._rungs.clear()

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        n_completed = sum(len(rung.ranking) for rung in self._rungs.values())
        if n_completed < self.n_start:
            return self._first(number, n_completed, rng)
        if rng.random() < _RANDOM_SHARE:
            return self._drawn(number, rng, "drawn at random, as one in five is")
        with on_one_core():
            return self._modelled(number, rng)

    def _drawn(self, number: int, rng: np.random.Generator, reason: str) -> Proposal:
        return Proposal(self._draw(number, rng), Provenance(self.name, reason))

    def _modelled(self, number: int, rng: np.random.Generator) -> Proposal:
        rungs = [self._rungs.get(rung, Rung()) for rung in range(self._n_rungs)]
        pending = [self._configs[one] for one in sorted(self._pending)]
        ensemble = self.models.ensemble(rungs, self.encoding.encode(pending))
        if ensemble is None:
            return self._drawn(number, rng, "drawn at random: no fidelity has 6 results yet")
        best = self._best(rungs)
        incumbent = float(ensemble.predict(best)[0].max())
        for point in self._promising(ensemble, best, incumbent, rng):
            config = self.encoding.decode_point(np.nan_to_num(point, nan=0.5).tolist())
            if self._is_new(config):
                weights = self.models.weights(rungs)
                return Proposal(config, self._provenance(ensemble, config, incumbent, weights))
        reason = "drawn at random: what promises most had been tried before"
        return self._drawn(number, rng, reason)

    @property
    def _n_rungs(self) -> int:
        return 1 if self.fidelity is None else len(self.fidelity.rungs)

    def _best(self, rungs: list[Rung]) -> FloatArray:
        """Return the points of the best trials of each rung, those of the highest first."""
        configs = [trial.config for rung in reversed(rungs) for trial in _leaders(rung)]
        return self.encoding.encode(configs)

    def _promising(
        self,
        ensemble: FidelityEnsemble,
        best: FloatArray,
        incumbent: float,
        rng: np.random.Generator,
    ) -> FloatArray:
        """Return points with a large expected improvement, the largest first."""
        options = self.models.n_options
        drawn = rng.random((_N_DRAWN, self.encoding.n_dims))
        near = around(np.repeat(best[:_N_CENTRES], _N_NEAR, axis=0), _WIDTH, options, rng)
        points = self.encoding.snapped(np.concatenate([drawn, near]))
        values = _improvements(ensemble, points, incumbent)
        for turn in range(1, _N_ROUNDS):
            order = np.argsort(-values, kind="stable")[:_N_DRAWN]
            points, values = points[order], values[order]
            centres = np.repeat(points[:_N_CENTRES], _N_NEAR, axis=0)
            near = self.encoding.snapped(around(centres, _WIDTH * 0.5**turn, options, rng))
            points = np.concatenate([points, near])
            values = np.concatenate([values, _improvements(ensemble, near, incumbent)])
        return points[np.argsort(-values, kind="stable")]

    def _provenance(
        self,
        ensemble: FidelityEnsemble,
        config: Config,
        incumbent: float,
        weights: tuple[float, ...] | None,
    ) -> Provenance:
        mean, deviation = ensemble.predict(self.encoding.encode([config]))
        sigmas = (float(mean[0]) - incumbent) / max(float(deviation[0]), 1e-9)
        where = "above" if sigmas >= 0 else "below"
        reason = (
            f"largest expected improvement: the models expect {abs(sigmas):.1f} standard "
            f"deviations {where} what they expect of the best trial"
        )
        facts: dict[str, Any] = {"mean": float(mean[0]), "deviation": float(deviation[0])}
        if weights is not None and self.fidelity is not None:
            facts["weights"] = list(weights)
            shares = ", ".join(
                f"{self.fidelity.words(rung)} {weight:.0%}"
                for rung, weight in enumerate(weights)
                if weight > 0
            )
            reason += f" (weights of the models: {shares})"
        return Provenance(self.name, reason, facts=facts)


def _leaders(rung: Rung) -> list[Trial]:
    return rung.completed()[:_N_CENTRES]


def _improvements(ensemble: FidelityEnsemble, points: FloatArray, incumbent: float) -> FloatArray:
    if not len(points):
        return np.empty(0)
    return log_expected_improvement(*ensemble.predict(points), incumbent)
