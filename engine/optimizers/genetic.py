"""Genetic algorithm in generations: the next one is bred when the last is complete."""

from __future__ import annotations

from collections.abc import Collection
from typing import ClassVar

import numpy as np

from ..hyper_parameter import SpaceVersion
from ..trial import Trial
from .base import Proposal
from .evolutionary import EvolutionarySearch
from .generations import Generations, size_of, usual_size


class GeneticSearch(EvolutionarySearch):
    """Breeds as `EvolutionarySearch` does, but generation by generation (mu + lambda).

    A child draws on the closed generations only: its parents are the best mu of all their
    trials, which is what mu + lambda selection keeps. A generation is closed once lambda of its
    trials have finished. No worker waits for that: what is asked while a generation is open is
    bred from the closed ones, and belongs to the open one. Of the trials of the open one
    only the configurations are known, so that nothing is tried twice or close by.

    Parameters
    ----------
    space, seed, n_trials
        As for every optimizer.
    population : int or None
        Trials of a generation (lambda), the quasi-random first one included; otherwise an
        eighth of the trials planned, between 6 and 24.

    Raises
    ------
    OptimizerError
        The population is below 4 or larger than the number of trials planned.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 9),))
    >>> GeneticSearch(space, population=4).n_start
    4
    """

    name: ClassVar[str] = "genetic"
    label: ClassVar[str] = "Genetic algorithm"
    summary: ClassVar[str] = "Breeds as evolutionary search does, but generation by generation."

    def __init__(
        self,
        space: SpaceVersion,
        *,
        seed: int = 0,
        n_trials: int | None = None,
        population: int | None = None,
    ) -> None:
        super().__init__(space, seed=seed, n_trials=n_trials)
        usual = usual_size(n_trials)
        self.n_start = size_of(type(self).__name__, population, n_trials, usual)
        self._generations = Generations(self.name, self.n_start)

    def _learn(self, trial: Trial) -> None:
        for known in self._generations.add(trial):
            super()._learn(known)

    def _forget(self) -> None:
        self._generations = Generations(self.name, self.n_start)
        super()._forget()

    def _unknown(self) -> Collection[int]:
        return self._configs.keys() - self._finished.keys()

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        return self._generations.labelled(super()._propose(number, rng))
