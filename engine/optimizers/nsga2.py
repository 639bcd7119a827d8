"""NSGA-II: an evolutionary search for the front of several metrics."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from ..encoding import Encoding, FloatArray
from ..hyper_parameter import SpaceVersion
from ..pareto import comparable, pareto_ranks
from ..trial import Provenance, Trial, TrialState
from .base import Proposal
from .breeding import Breeder
from .generations import Generations, size_of, usual_size
from .quasi_random import QuasiRandomStart

_N_CHILDREN = 8


class NSGA2Search(QuasiRandomStart):
    """Breeds from the trials that no other beats in all metrics, the lonely ones first.

    Trials are sorted into fronts: the first are those that no other dominates, the second
    those that only these dominate, and so on. Within a front the lonelier comes first, by the
    crowding distance (Deb et al. 2002, "A fast and elitist multiobjective genetic algorithm:
    NSGA-II"). The best of all closed generations are the parents; `Breeder` says how children
    are made. Trials that the user has starred come before all others, and excluded ones are
    never parents; those stopped early come behind all that were completed. With one metric all
    this is a genetic algorithm that keeps its best.

    No worker waits for the end of a generation; see `Generations`. The first generation is
    quasi-random. Trials without the metrics of the last one, or with one that is no finite
    number, are not known.

    Parameters
    ----------
    space, seed, n_trials
        As for every optimizer.
    population : int or None
        Members of a generation, and parents; otherwise an eighth of the trials planned, between
        6 and 24.

    Raises
    ------
    OptimizerError
        The population is below 4 or larger than the number of trials planned.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 9),))
    >>> NSGA2Search(space, population=4).ask(1).provenance.reason
    'generation 1: quasi-random start: 0 of 4 completed'
    """

    name: ClassVar[str] = "nsga2"
    label: ClassVar[str] = "NSGA-II (several metrics)"
    summary: ClassVar[str] = (
        "Breeds from the trials that no other beats in all metrics, and spreads them."
    )

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
        self._sorted: tuple[object, list[Trial]] = None, []
        self._n_scored = 0

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self._breeder = Breeder(encoding, self.sampler)

    def _learn(self, trial: Trial) -> None:
        for known in self._generations.add(trial):
            super()._learn(known)
            self._n_scored += not known.state.is_failed

    def _forget(self) -> None:
        self._generations = Generations(self.name, self.n_start)
        self._sorted, self._n_scored = (None, []), 0
        super()._forget()

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        survivors = self._survivors()
        if self._n_scored < self.n_start or not survivors:
            return self._generations.labelled(self._first(number, self._n_scored, rng))
        return self._generations.labelled(self._bred(survivors, number, rng))

    def _bred(self, survivors: list[Trial], number: int, rng: np.random.Generator) -> Proposal:
        """Return the first child that is feasible and new."""
        points = self.encoding.encode([trial.config for trial in survivors])
        parents = self._breeder.parents(survivors, points, rng)
        for child in self._breeder.brood(parents, _N_CHILDREN, rng):
            config = self.encoding.decode_point(child.genes)
            if self.encoding.is_feasible(config) and self._is_new(config):
                return Proposal(config, child.provenance(self.name, config))
        reason = "drawn at random: all children had been tried before"
        return Proposal(self._draw(number, rng), Provenance(self.name, reason))

    def _survivors(self) -> list[Trial]:
        """Return the trials that may become parents, best first."""
        key = (len(self._finished), self.starred, self.excluded)
        if self._sorted[0] != key:
            self._sorted = key, self._selected()
        return self._sorted[1]

    def _selected(self) -> list[Trial]:
        known = sorted(self._finished.values(), key=lambda trial: trial.number)
        trials = [
            trial
            for trial in comparable(known)
            if trial.number not in self.excluded and all(map(math.isfinite, trial.objectives))
        ]
        if not trials:
            return []
        ranks, crowding = ranked(np.array([trial.objectives for trial in trials], dtype=float))

        def standing(index: int) -> tuple[bool, bool, int, float, int]:
            trial = trials[index]
            is_stopped = trial.state is TrialState.STOPPED
            is_other = trial.number not in self.starred
            return is_other, is_stopped, ranks[index], -crowding[index], trial.number

        order = sorted(range(len(trials)), key=standing)
        return [trials[index] for index in order[: self.n_start]]


def ranked(objectives: FloatArray) -> tuple[list[int], list[float]]:
    """Return the front and the crowding distance of each point.

    Parameters
    ----------
    objectives : float array, shape (n, m)
        Higher is better.

    Returns
    -------
    ranks : list of int, length n
        0 for the points that none dominates, 1 for those that only these dominate, and so on.
    crowding : list of float, length n
        Among the points of its front, the sum over the objectives of the gap between the two
        neighbours, in units of the front's range; infinite at its ends (Deb et al. 2002,
        section III B).
    """
    ranks = pareto_ranks(objectives)
    crowding = np.zeros(len(objectives))
    for rank in range(int(ranks.max()) + 1):
        (rows,) = np.nonzero(ranks == rank)
        crowding[rows] = _crowding(objectives[rows])
    return ranks.tolist(), crowding.tolist()


def _crowding(front: FloatArray) -> FloatArray:
    crowding = np.zeros(len(front))
    for column in front.T:
        order = np.argsort(column, kind="stable")
        span = column[order[-1]] - column[order[0]]
        crowding[order[[0, -1]]] = np.inf
        if span > 0:
            crowding[order[1:-1]] += (column[order[2:]] - column[order[:-2]]) / span
    return crowding
