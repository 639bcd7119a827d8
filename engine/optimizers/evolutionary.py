"""Evolutionary search: children of the best trials so far, bred with DEAP."""

from __future__ import annotations

import math
import random
import threading
from bisect import insort
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..conditions import INACTIVE
from ..encoding import Encoding
from ..hyper_parameter import SpaceVersion
from ..sampling import Sampler
from ..trial import Config, Provenance, Trial, TrialState
from .base import Optimizer, Proposal

_N_TRIALS = 100
_N_COMPETITORS = 3
_CROSSOVER_RATE = 0.8
_N_MUTATIONS = 1.5
_N_BROODS = 8
_RANDOM_LOCK = threading.Lock()


class _Parent(NamedTuple):
    """A completed trial with its genes: the coordinates of its point in the unit cube."""

    trial: Trial
    score: float
    genes: list[float]


class _Child(NamedTuple):
    """A configuration, the trials it was made from, and how."""

    config: Config
    parents: tuple[Trial, ...]
    operator: str


class EvolutionarySearch(Optimizer):
    """Breeds configurations from the best trials so far.

    There are no generations: each child draws on all results known by then, so that no
    worker waits for another (steady state). A fifth of the trials planned, between 4 and
    40, must be completed at random before the first child. As many as the square root of
    the trials planned, between 4 and 40, may become parents: with few trials to come the
    search must narrow fast, with many it can afford variety. Failed trials never do.

    Two parents each win a tournament of three. Four children in five mix their genes by
    uniform crossover, the others start as the first parent. Then 1.5 genes mutate on
    average: numbers by bounded polynomial steps, broad in some children and fine in
    others, choices by drawing another one (ordered ones as numbers). A child that breaks a
    constraint takes back genes of its first parent until it is feasible. One tried before is
    bred again, up to eight times; then the configuration is drawn at random.

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
    n_parents : int
        How many of the best trials may become parents.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 9),))
    >>> search = EvolutionarySearch(space, n_trials=64)
    >>> search.n_start, search.n_parents
    (12, 8)
    """

    name: ClassVar[str] = "evolutionary"
    label: ClassVar[str] = "Evolutionary search"
    summary: ClassVar[str] = "Starts at random, then crosses and mutates the best trials so far."

    def __init__(self, space: SpaceVersion, *, seed: int = 0, n_trials: int | None = None) -> None:
        self._ranking: list[tuple[float, int, Trial]] = []
        super().__init__(space, seed=seed, n_trials=n_trials)
        planned = n_trials or _N_TRIALS
        self.n_start = min(max(planned // 5, 4), 40)
        self.n_parents = min(max(round(math.sqrt(planned)), 4), 40)

    def _learn(self, trial: Trial) -> None:
        if trial.state is TrialState.COMPLETED and trial.score is not None:
            # Best first; by number among equals, so that the order of results has no say.
            insort(self._ranking, (-trial.score, trial.number, trial))

    def _forget(self) -> None:
        super()._forget()
        self._ranking.clear()

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        n_completed = len(self._ranking)
        if n_completed < self.n_start:
            reason = f"random start: {n_completed} of {self.n_start} completed"
            return self._drawn(number, rng, reason)
        parents = self._parents(rng)
        for _ in range(_N_BROODS):
            child = _breed(parents, self.encoding, self.sampler, seed=int(rng.integers(2**63)))
            if self.encoding.is_feasible(child.config) and self._is_new(child.config):
                return Proposal(child.config, self._provenance(child))
        reason = f"drawn at random: {_N_BROODS} children had been tried before"
        return self._drawn(number, rng, reason)

    def _drawn(self, number: int, rng: np.random.Generator, reason: str) -> Proposal:
        return Proposal(self._draw(number, rng), Provenance(self.name, reason))

    def _parents(self, rng: np.random.Generator) -> list[_Parent]:
        """Return the best trials with their genes.

        Where a gene is inactive, or missing as the trial is from before an edit of the space,
        it is drawn at random.
        """
        best = self._ranking[: self.n_parents]
        points = self.encoding.encode([trial.config for _, _, trial in best])
        points = np.where(np.isnan(points), rng.random(points.shape), points)
        return [
            _Parent(trial, -cost, genes)
            for (cost, _, trial), genes in zip(best, points.tolist(), strict=True)
        ]

    def _provenance(self, child: _Child) -> Provenance:
        numbers = tuple(parent.number for parent in child.parents)
        first = child.parents[0]
        changed = [
            name
            for name in self.encoding.names
            if first.config.get(name, INACTIVE) != child.config.get(name, INACTIVE)
        ]
        trials = f"trial{'s' * (len(numbers) > 1)} {' and '.join(map(str, numbers))}"
        reason = f"{child.operator} of {trials}: {_listed(changed)} unlike trial {first.number}"
        return Provenance(self.name, reason, numbers, child.operator)


def _breed(
    parents: Sequence[_Parent], encoding: Encoding, sampler: Sampler, *, seed: int
) -> _Child:
    """Make one child; all that DEAP draws comes from `seed`."""
    toolbox = _toolbox()
    with _seeded_random(seed):
        mother, father = toolbox.select(parents)
        crossed = list(mother.genes)
        if random.random() < _CROSSOVER_RATE:
            toolbox.mate(crossed, list(father.genes))
        mutated = _mutated(crossed, encoding)
        order = random.sample(range(encoding.n_dims), encoding.n_dims)
    mutated = sampler.mend(mutated, mother.genes, order)
    start, between, end = map(encoding.decode_point, (mother.genes, crossed, mutated))
    is_crossed, is_mutated = start != between, between != end
    operators = ["crossover"] * is_crossed + ["mutation"] * is_mutated
    return _Child(
        end,
        (mother.trial, father.trial) if is_crossed else (mother.trial,),
        # A copy is new only where the parent lies outside the space, which was edited since.
        " and ".join(operators) or "copy",
    )


def _mutated(genes: Sequence[float], encoding: Encoding) -> list[float]:
    """Return the genes with mutations, each kind of hyper-parameter in its own way."""
    searched = encoding.space.searched
    rate = min(_N_MUTATIONS / len(searched), 1.0)
    # No one size of step suits all problems: eta 3 is broad, eta 30 fine.
    eta = 3.0 * 10.0 ** random.random()
    (mutated,) = _toolbox().mutate(list(genes), eta=eta, indpb=rate)
    for index, one in enumerate(searched):
        if one.kind == "choice" and not one.ordered:
            is_hit = random.random() < rate
            mutated[index] = _another(genes[index], len(one.choices)) if is_hit else genes[index]
    return list(mutated)


def _another(gene: float, n_choices: int) -> float:
    """Draw the gene of another choice; where there is but one, of that."""
    level = int(gene * n_choices)
    shift = random.randint(1, n_choices - 1) if n_choices > 1 else 0
    return ((level + shift) % n_choices + 0.5) / n_choices


@cache
def _toolbox() -> Any:
    """Return DEAP's operators; DEAP takes a third of a second to import."""
    from deap import base, tools

    toolbox = base.Toolbox()
    toolbox.register("select", tools.selTournament, k=2, tournsize=_N_COMPETITORS, fit_attr="score")
    toolbox.register("mate", tools.cxUniform, indpb=0.5)
    toolbox.register("mutate", tools.mutPolynomialBounded, low=0.0, up=1.0)
    return toolbox


@contextmanager
def _seeded_random(seed: int) -> Iterator[None]:
    """Seed Python's global generator, which DEAP draws from, and restore it afterwards.

    Searches side by side would otherwise disturb each other, and no run could be repeated.
    """
    with _RANDOM_LOCK:
        state = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)


def _listed(names: Sequence[str]) -> str:
    """Name up to three and count the rest; none at all means that fixed values changed."""
    if not names:
        return "fixed values"
    if len(names) <= 3:
        return ", ".join(names)
    return f"{', '.join(names[:3])} and {len(names) - 3} more"
