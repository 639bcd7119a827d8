"""Evolutionary search: children of the best trials so far, chosen by their neighbours."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from ..encoding import Encoding
from ..hyper_parameter import SpaceVersion
from ..trial import Config, Provenance, Trial
from .archive import Archive
from .base import Proposal
from .breeding import Breeder, Child, Parent
from .generations import N_TRIALS, usual_size
from .neighbours import N_NEAREST, Neighbours, squared_distances
from .quasi_random import QuasiRandomStart

_N_PARENTS = 8
_N_CONSIDERED = 24
_N_CHILDREN = 8
_N_NEWCOMERS = 8
_CURIOSITY = (4.5, 0.67)
"""What distance weighs against standing, at the first trial and at the last one planned."""
_CLEARING = 0.05
"""Parents must lie farther apart than this share of the ranges, as a root mean square."""


class EvolutionarySearch(QuasiRandomStart):
    """Breeds configurations from the best trials so far, and runs the most promising of them.

    There are no generations: each child draws on all results known by then, so that no
    worker waits for another (steady state). An eighth of the trials planned, between 6 and
    24, start quasi-random. Then the eight best trials are the parents, those that the user
    has starred before all others, and never those that the user has excluded; of two that lie
    close together only the better one (clearing, Pétrowski 1996), so that the search does not
    collapse onto one place. `Breeder` says how children are made.

    Eight children and eight newcomers, drawn at random (Grefenstette 1992), are candidates,
    and one of them runs (pre-selection, Jin 2011, "Surrogate-assisted evolutionary
    computation"): that with the best standing to be expected after its five nearest trials,
    less a bonus for its distance from all trials, pending ones too. The bonus falls with the
    trials planned, so that the search is broad at first and narrow at the end. Nothing is
    tried twice.

    Parameters
    ----------
    space, seed
        As for every optimizer.
    n_trials : int or None
        Trials planned in all; 100 are assumed where that is open.

    Attributes
    ----------
    n_start : int
        Trials to complete before the first child.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 9),))
    >>> EvolutionarySearch(space, n_trials=64).n_start
    8
    """

    name: ClassVar[str] = "evolutionary"
    label: ClassVar[str] = "Evolutionary search"
    summary: ClassVar[str] = (
        "Crosses and mutates the best trials so far, and tries the most promising child."
    )

    def __init__(self, space: SpaceVersion, *, seed: int = 0, n_trials: int | None = None) -> None:
        self._archive = Archive()
        super().__init__(space, seed=seed, n_trials=n_trials)
        self.n_start = usual_size(n_trials)

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self._breeder = Breeder(encoding, self.sampler)
        self._neighbours = Neighbours(encoding)
        for trial in self._finished.values():
            self._neighbours.add(trial)

    def _learn(self, trial: Trial) -> None:
        super()._learn(trial)
        self._archive.add(trial)
        self._neighbours.add(trial)

    def _forget(self) -> None:
        self._archive = Archive()
        # First, for it enters the space anew.
        self._finished.clear()
        super()._forget()

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        if len(self._archive) < self.n_start:
            return self._first(number, len(self._archive), rng)
        candidates = self._candidates(rng)
        if not candidates:
            reason = "drawn at random: all children had been tried before"
            return Proposal(self._draw(number, rng), Provenance(self.name, reason))
        return self._chosen(candidates)

    def _candidates(self, rng: np.random.Generator) -> list[tuple[Child, Config]]:
        """Return children and newcomers that are feasible and new, no two alike."""
        parents = self._parents(rng)
        children = self._breeder.brood(parents, _N_CHILDREN, rng) if parents else []
        drawn = rng.random((_N_NEWCOMERS, self.encoding.n_dims)).tolist()
        candidates: dict[str, tuple[Child, Config]] = {}
        tried = self._tried()
        for child in [*children, *map(Child, drawn)]:
            config = self.encoding.decode_point(child.genes)
            key = self.encoding.key(config)
            if key not in tried and key not in candidates and self.encoding.is_feasible(config):
                candidates[key] = child, config
        return list(candidates.values())

    def _parents(self, rng: np.random.Generator) -> list[Parent]:
        """Return the best trials, none of which lies close to a better one."""
        best = self._archive.best(_N_CONSIDERED, self.starred, self.excluded)
        points = self._neighbours.points(best)
        places = self._neighbours.places(points)
        is_close = squared_distances(places, places) < self.encoding.n_dims * _CLEARING**2
        kept: list[int] = []
        for index, closeness in enumerate(is_close.tolist()):
            is_starred = best[index].number in self.starred
            if is_starred or not any(closeness[better] for better in kept):
                kept.append(index)
        kept = kept[:_N_PARENTS]
        return self._breeder.parents([best[index] for index in kept], points[kept], rng)

    def _chosen(self, candidates: list[tuple[Child, Config]]) -> Proposal:
        """Return the most promising candidate."""
        pending = [self._configs[one] for one in sorted(self._unknown())]
        configs = [config for _, config in candidates]
        forecast = self._neighbours.forecast(configs, pending, self.excluded)
        value = forecast.expected - self._curiosity() * forecast.distance
        index = int(np.argmin(value))
        child, config = candidates[index]
        facts = {
            "expected": float(forecast.expected[index]),
            "distance": float(forecast.distance[index]),
            "n_candidates": len(candidates),
        }
        return Proposal(config, self._provenance(child, config, facts))

    def _unknown(self) -> Collection[int]:
        """Return the numbers of the trials of which only the configuration is known."""
        return self._pending

    def _curiosity(self) -> float:
        share = min(len(self._finished) / (self.n_trials or N_TRIALS), 1.0)
        first, last = _CURIOSITY
        return float(first ** (1 - share) * last**share)

    def _provenance(self, child: Child, config: Config, facts: dict[str, Any]) -> Provenance:
        n_near = min(N_NEAREST, len(self._finished))
        chosen = (
            f"chosen of {facts['n_candidates']}: its {n_near} nearest trials let expect the best "
            f"{max(facts['expected'], 0.01):.0%}, and it lies {facts['distance']:.2f} from any"
        )
        if not child.parents:
            return Provenance(self.name, f"newcomer drawn at random, {chosen}", facts=facts)
        made = child.provenance(self.name, config)
        return replace(made, reason=f"{made.reason}; {chosen}", facts={**made.facts, **facts})
