"""How children are made from parents: typed crossover and mutation, with DEAP's operators."""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from ..encoding import Encoding, FloatArray
from ..sampling import Sampler
from ..trial import Config, Provenance, Trial, mutations

N_COMPETITORS = 3

_CROSSOVER_RATE = 0.5
_N_MUTATIONS = 1.5
_STEPS = (0.01, 0.3)
_FIRST_STEPS = (0.03, 0.3)
_LEARNING_RATE = 0.3
_ABSENT = "inactive"
_RANDOM_LOCK = threading.Lock()


class Parent(NamedTuple):
    """A trial with its genes (its point in the unit cube), its fitness, and how it mutates."""

    trial: Trial
    fitness: float
    genes: list[float]
    step: float
    rate: float


class Child(NamedTuple):
    """Genes, the trials that they stem from, and how; a newcomer has no parents.

    `factors` are what the operator worked with, for the child's provenance.
    """

    genes: list[float]
    parents: tuple[Trial, ...] = ()
    operator: str = ""
    factors: Mapping[str, float] = MappingProxyType({})

    def provenance(self, optimizer: str, config: Config) -> Provenance:
        """Tell where the child is from, and which values differ from its first parent's."""
        first = self.parents[0].config
        names = [one.name for one in mutations(first, config)]
        changed = {name: [first.get(name), config.get(name)] for name in names}
        shown = [f"{name} {_said(first, name)} -> {_said(config, name)}" for name in names]
        numbers = tuple(dict.fromkeys(parent.number for parent in self.parents))
        reason = f"child of {_trials(numbers)} by {self.operator}: {_listed(shown)}"
        facts = {"changed": changed, **self.factors}
        return Provenance(optimizer, reason, numbers, self.operator, facts)


class Breeder:
    """Makes children in one encoding.

    Two parents each win a tournament of three. Every second child mixes their genes by uniform
    crossover; the others start as the first parent. Then each gene may mutate: numbers by a
    Gaussian step, reflected at the ends and at least as long as one step of their own; choices
    by drawing another one (ordered ones as numbers). A child that breaks a constraint takes back
    genes of its first parent until it is feasible.

    The length of the steps and the rate of mutations adapt themselves (Schwefel 1981): a child
    has those of its first parent times a log-normal factor, so that those last which make
    children that last. They are written in the child's provenance.
    """

    def __init__(self, encoding: Encoding, sampler: Sampler) -> None:
        self._sampler = sampler
        self._is_constrained = bool(encoding.space.constraints)
        searched = encoding.space.searched
        self._is_choice = [one.kind == "choice" and not one.ordered for one in searched]
        self._n_levels = [n_levels or 0 for n_levels in encoding.n_levels]
        self._first_rate = min(_N_MUTATIONS / encoding.n_dims, 0.5)

    def parents(
        self, trials: Sequence[Trial], points: FloatArray, rng: np.random.Generator
    ) -> list[Parent]:
        """Turn trials, the best first, and their points into parents.

        Where a gene is inactive, or missing as the trial is from before an edit of the space,
        it is drawn at random.
        """
        points = np.where(np.isnan(points), rng.random(points.shape), points)
        low, high = map(math.log, _FIRST_STEPS)
        steps = np.exp(rng.uniform(low, high, len(trials))).tolist()
        return [
            Parent(
                trial,
                -float(rank),
                genes,
                _fact(trial, "step", steps[rank]),
                _fact(trial, "rate", self._first_rate),
            )
            for rank, (trial, genes) in enumerate(zip(trials, points.tolist(), strict=True))
        ]

    def brood(self, parents: Sequence[Parent], n: int, rng: np.random.Generator) -> list[Child]:
        """Make n children, all randomness from `rng`."""
        factors = np.exp(_LEARNING_RATE * rng.standard_normal((n, 2))).tolist()
        with _seeded_random(int(rng.integers(2**63))):
            chosen = _toolbox().select(parents, k=2 * n)
            pairs = zip(chosen[::2], chosen[1::2], strict=True)
            return [
                self._child(mother, father, *factor)
                for (mother, father), factor in zip(pairs, factors, strict=True)
            ]

    def _child(self, mother: Parent, father: Parent, longer: float, oftener: float) -> Child:
        step = min(max(mother.step * longer, _STEPS[0]), _STEPS[1])
        rate = min(max(mother.rate * oftener, self._first_rate / 2), 0.5)
        crossed = list(mother.genes)
        if father.trial is not mother.trial and random.random() < _CROSSOVER_RATE:
            _toolbox().mate(crossed, list(father.genes))
        is_crossed = crossed != mother.genes
        mutated = self._mutated(crossed, step, rate, must=not is_crossed)
        mended = mutated
        if self._is_constrained:
            order = random.sample(range(len(mutated)), len(mutated))
            mended = self._sampler.mend(mutated, mother.genes, order)
        operators = ["crossover"] * is_crossed + ["mutation"] * (mutated != crossed)
        trials = (mother.trial, father.trial) if is_crossed else (mother.trial,)
        # A copy is new only where the parent lies outside the space, which was edited since.
        operator = " and ".join(operators) or "copy"
        return Child(mended, trials, operator, {"step": step, "rate": rate})

    def _mutated(self, genes: list[float], step: float, rate: float, *, must: bool) -> list[float]:
        """Return the genes with mutations, each kind of hyper-parameter in its own way."""
        (moved,) = _toolbox().mutate(list(genes), mu=0.0, sigma=step, indpb=rate)
        if must and moved == genes:
            index = random.randrange(len(genes))
            moved[index] += random.gauss(0.0, step)
        return [
            gene if to == gene else self._moved(index, gene, to)
            for index, (gene, to) in enumerate(zip(genes, moved, strict=True))
        ]

    def _moved(self, index: int, gene: float, to: float) -> float:
        n_levels = self._n_levels[index]
        if self._is_choice[index]:
            return _another(gene, n_levels)
        if n_levels:
            step = math.copysign(max(abs(to - gene), 1.0 / n_levels), to - gene)
            to = gene + step if 0.0 <= gene + step <= 1.0 else gene - step
        to = -to if to < 0.0 else 2.0 - to if to > 1.0 else to
        return min(max(to, 0.0), 1.0)


def _fact(trial: Trial, name: str, otherwise: float) -> float:
    """Return a positive number from the trial's provenance, which an import may have written."""
    value = trial.provenance.facts.get(name)
    is_number = isinstance(value, float) and math.isfinite(value) and value > 0
    return float(value) if is_number and value is not None else otherwise


def _another(gene: float, n_choices: int) -> float:
    """Draw the gene of another choice; where there is but one, of that."""
    level = min(int(gene * n_choices), n_choices - 1)
    shift = random.randint(1, n_choices - 1) if n_choices > 1 else 0
    return ((level + shift) % n_choices + 0.5) / n_choices


@cache
def _toolbox() -> Any:
    """Return DEAP's operators; DEAP takes a third of a second to import."""
    from deap import base, tools

    toolbox = base.Toolbox()
    toolbox.register("select", tools.selTournament, tournsize=N_COMPETITORS, fit_attr="fitness")
    toolbox.register("mate", tools.cxUniform, indpb=0.5)
    toolbox.register("mutate", tools.mutGaussian)
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


def _said(config: Config, name: str) -> str:
    if name not in config:
        return _ABSENT
    value = config[name]
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _trials(numbers: Sequence[int]) -> str:
    *before, last = map(str, numbers)
    return f"trials {', '.join(before)} and {last}" if before else f"trial {last}"


def _listed(changes: Sequence[str]) -> str:
    """Name up to three and count the rest; none at all means that fixed values changed."""
    if not changes:
        return "fixed values changed"
    if len(changes) <= 3:
        return ", ".join(changes)
    return f"{', '.join(changes[:3])} and {len(changes) - 3} more"
