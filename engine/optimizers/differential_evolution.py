"""Differential evolution: steps along the differences between good trials."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Sequence
from typing import ClassVar, NamedTuple

import numpy as np

from ..encoding import Encoding, FloatArray
from ..hyper_parameter import SpaceVersion
from ..trial import Provenance, Trial
from .archive import Archive, standing_of
from .base import Proposal
from .breeding import Child
from .generations import FEWEST, size_of, usual_size
from .quasi_random import QuasiRandomStart

_N_DRAWS = 8
_LEADER_SHARE = 0.15
_SPREAD = 0.1
_MEMORY = 20
_PRIOR = 0.5
_PRIOR_WEIGHT = 10


class _Success(NamedTuple):
    """A child that was better than its target, and the two factors that made it."""

    number: int
    scale: float
    rate: float


class DifferentialEvolutionSearch(QuasiRandomStart):
    """Moves each member of a population along differences between others.

    The trials are dealt to the places of the population by their numbers; the best trial of a
    place holds it. A new one for that place starts from the holder x (its target) and goes
    towards one of the leaders and along the difference of two others,
    v = x + F (x_leader - x) + F (x_1 - x_2); each gene of v is taken with the probability CR
    (current-to-pbest/1/bin of JADE; Zhang and Sanderson 2009, "JADE: adaptive differential
    evolution with optional external archive", eq. 6). A choice is taken from one of the three
    others. F and CR are drawn around what has made better children lately (eq. 10 to 13, with
    the last 20 successes in place of a decaying mean), and written in the child's provenance.

    As each place goes on by itself no worker waits for a generation; two trials for one place
    may be pending. The first trial of a place is quasi-random. Trials that the user has starred
    hold their places and lead; excluded ones never do.

    Parameters
    ----------
    space, seed, n_trials
        As for every optimizer.
    population : int or None
        Places of the population; otherwise an eighth of the trials planned, between 6 and 24.

    Raises
    ------
    OptimizerError
        The population is below 4 or larger than the number of trials planned.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    >>> DifferentialEvolutionSearch(space, population=5).n_start
    5
    """

    name: ClassVar[str] = "differential_evolution"
    label: ClassVar[str] = "Differential evolution"
    summary: ClassVar[str] = "Moves good trials along the differences between others."

    def __init__(
        self,
        space: SpaceVersion,
        *,
        seed: int = 0,
        n_trials: int | None = None,
        population: int | None = None,
    ) -> None:
        self._successes: list[_Success] = []
        super().__init__(space, seed=seed, n_trials=n_trials)
        usual = usual_size(n_trials)
        self.n_start = size_of(type(self).__name__, population, n_trials, usual)
        self._places = self._no_places()

    def _no_places(self) -> list[Archive]:
        return [Archive() for _ in range(self.n_start)]

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        searched = encoding.space.searched
        self._is_choice = np.array([one.kind == "choice" and not one.ordered for one in searched])

    def _learn(self, trial: Trial) -> None:
        super()._learn(trial)
        self._place_of(trial.number).add(trial)
        success = self._success(trial)
        if success is not None:
            insort(self._successes, success)

    def _forget(self) -> None:
        self._places = self._no_places()
        self._successes.clear()
        super()._forget()

    def _place_of(self, number: int) -> Archive:
        return self._places[(number - 1) % len(self._places)]

    def _success(self, trial: Trial) -> _Success | None:
        """Return the factors of a child that is better than its target."""
        made = trial.provenance
        target = self._finished.get(made.parents[0]) if made.parents else None
        scale, rate = made.facts.get("scale"), made.facts.get("rate")
        is_own = made.optimizer == self.name
        if not is_own or not isinstance(scale, float) or not isinstance(rate, float):
            return None
        if target is None or trial.score is None or target.score is None:
            return None
        is_better = standing_of(trial)[:2] < standing_of(target)[:2]
        return _Success(trial.number, scale, rate) if is_better else None

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        holders = [holder for place in self._places for holder in self._holder(place)]
        target = self._holder(self._place_of(number))
        if not target or len(holders) < FEWEST:
            return self._first(number, len(holders), rng)
        for _ in range(_N_DRAWS):
            child = self._child(target[0], holders, rng)
            config = self.encoding.decode_point(child.genes)
            if self.encoding.is_feasible(config) and self._is_new(config):
                return Proposal(config, child.provenance(self.name, config))
        reason = f"drawn at random: {_N_DRAWS} children had been tried before"
        return Proposal(self._draw(number, rng), Provenance(self.name, reason))

    def _holder(self, place: Archive) -> list[Trial]:
        return place.best(1, self.starred, self.excluded)

    def _child(self, target: Trial, holders: Sequence[Trial], rng: np.random.Generator) -> Child:
        scale, rate = self._factors(rng)
        others = [trial for trial in holders if trial is not target]
        one, other = (others[index] for index in rng.choice(len(others), 2, replace=False))
        trials = (target, self._leader(holders, rng), one, other)
        points = self.encoding.encode([trial.config for trial in trials])
        points = np.where(np.isnan(points), rng.random(points.shape), points)
        genes = self._moved(points, scale, rate, rng).tolist()
        order = rng.permutation(len(genes)).tolist()
        genes = self.sampler.mend(genes, points[0].tolist(), order)
        return Child(genes, trials, "a differential step", {"scale": scale, "rate": rate})

    def _leader(self, holders: Sequence[Trial], rng: np.random.Generator) -> Trial:
        """Draw one of the best holders, those starred before all others."""
        ranked = sorted(
            holders, key=lambda trial: (trial.number not in self.starred, standing_of(trial))
        )
        n_leaders = max(math.ceil(_LEADER_SHARE * len(ranked)), 2)
        return ranked[int(rng.integers(n_leaders))]

    def _moved(
        self, points: FloatArray, scale: float, rate: float, rng: np.random.Generator
    ) -> FloatArray:
        """Return the genes of the child, inside the cube."""
        target, leader, one, other = points
        donor = target + scale * (leader - target) + scale * (one - other)
        # A step over an end goes half the way to it (JADE, section III D).
        donor = np.where(donor < 0.0, target / 2, donor)
        donor = np.where(donor > 1.0, (1.0 + target) / 2, donor)
        chosen = rng.integers(3, size=len(target))
        donor = np.where(self._is_choice, np.choose(chosen, [leader, one, other]), donor)
        is_taken = rng.random(len(target)) < rate
        is_taken[rng.integers(len(target))] = True
        return np.asarray(np.where(is_taken, donor, target))

    def _factors(self, rng: np.random.Generator) -> tuple[float, float]:
        """Draw F and CR around those of the last successes."""
        lately = self._successes[-_MEMORY:]
        scales = np.array([one.scale for one in lately] + [_PRIOR] * _PRIOR_WEIGHT)
        rates = np.array([one.rate for one in lately] + [_PRIOR] * _PRIOR_WEIGHT)
        rate = float(np.clip(rates.mean() + _SPREAD * rng.standard_normal(), 0.0, 1.0))
        centre = float((scales**2).sum() / scales.sum())  # the Lehmer mean, eq. 12
        scale = 0.0
        while scale <= 0.0:
            scale = centre + _SPREAD * float(rng.standard_cauchy())
        return min(scale, 1.0), rate
