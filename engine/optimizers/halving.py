"""Successive halving and Hyperband: brackets whose rungs are each compared as a whole."""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np

from ..fidelity import Fidelity
from ..hyper_parameter import SpaceVersion
from ..trial import Trial
from .base import Optimizer
from .rungs import Rung
from .scheduler import Entry, Promotion, Scheduler


class Bracket(NamedTuple):
    """A rung at which configurations enter, and how many there are from it upwards."""

    entry: int
    sizes: tuple[int, ...]


def hyperband_brackets(n_rungs: int, eta: int) -> tuple[Bracket, ...]:
    """Return Hyperband's brackets, the one that enters lowest first.

    With s + 1 rungs of n_rungs there are ceil(n_rungs eta^s / (s + 1)) configurations at the
    first of them, and at the j-th above it the eta^j-th part, rounded down (Li et al. 2018,
    "Hyperband", algorithm 1).

    Examples
    --------
    >>> [bracket.sizes for bracket in hyperband_brackets(4, 3)]
    [(27, 9, 3, 1), (12, 4, 1), (6, 2), (4,)]
    """
    return tuple(
        Bracket(
            n_rungs - 1 - s,
            tuple(-(-n_rungs * eta**s // (s + 1)) // eta**j for j in range(s + 1)),
        )
        for s in reversed(range(n_rungs))
    )


class SuccessiveHalving(Scheduler):
    """Compares a rung when all of it has ended, and promotes its best eta-th part.

    A bracket starts eta^k configurations at the lowest rung, k the number of rungs above it, so
    that one reaches the top (Karnin, Koren and Somekh 2013; Jamieson and Talwalkar 2016). One
    bracket follows the other. No worker waits: while the rungs of the open brackets are not
    full, the next bracket is begun.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> from tuneboard.engine.optimizers.random import RandomSearch
    >>> space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    >>> search = SuccessiveHalving(
    ...     space, proposer=RandomSearch, fidelity=Fidelity("epochs", 1, 27)
    ... )
    >>> search.brackets[0].sizes, search.ask(1).fidelity
    ((27, 9, 3, 1), 1)
    """

    name: ClassVar[str] = "successive_halving"
    label: ClassVar[str] = "Successive halving"
    summary: ClassVar[str] = "Starts many trials small and goes on with the best of each round."

    def __init__(
        self,
        space: SpaceVersion,
        *,
        seed: int = 0,
        n_trials: int | None = None,
        proposer: type[Optimizer],
        fidelity: Fidelity,
    ) -> None:
        self._members: dict[int, dict[int, Rung]] = {}
        super().__init__(space, seed=seed, n_trials=n_trials, proposer=proposer, fidelity=fidelity)

    @property
    def brackets(self) -> tuple[Bracket, ...]:
        """The kinds of brackets, in the order in which they take turns."""
        n_above, eta = len(self.rungs) - 1 - self.lowest, self.fidelity.eta
        sizes = tuple(eta**rung for rung in reversed(range(n_above + 1)))
        return (Bracket(self.lowest, sizes),)

    def _entry(self, rng: np.random.Generator) -> Entry:
        number = self._open_bracket()
        return Entry(self._kind(number).entry, {"bracket": number})

    def _promotion(self, *, is_last: bool) -> Promotion | None:
        for number in sorted(self._members):
            promotion = self._promotion_in(number, is_last=is_last)
            if promotion is not None:
                return promotion
        return None

    def _promotion_in(self, number: int, *, is_last: bool) -> Promotion | None:
        """Return the next promotion of one bracket, from the lowest rung that has one to give."""
        levels = self._members[number]
        n_expected = 1 if is_last else self._size_of(number)
        for rung in range(min(levels), len(self.rungs) - 1):
            level = levels.get(rung, Rung())
            n_here = len(level.trials)
            if n_here < n_expected or level.n_finished < n_here:
                return None
            share = n_here // self.fidelity.eta
            for rank, trial in enumerate(level.completed()[:share], 1):
                if self._may_climb(trial):
                    return Promotion(trial, rank, n_here, {"bracket": number})
            n_expected = 1  # the next rung has got all that it will get
        return None

    def _open_bracket(self) -> int:
        """Return the number of the first bracket, from 0, that lacks configurations."""
        number = 0
        while number in self._members:
            levels = self._members[number]
            if len(levels[min(levels)].trials) < self._size_of(number):
                break
            number += 1
        return number

    def _size_of(self, number: int) -> int:
        """Return how many configurations enter a bracket; of one begun under other rungs, 1."""
        kind, levels = self._kind(number), self._members.get(number, {})
        return kind.sizes[0] if min(levels, default=kind.entry) == kind.entry else 1

    def _kind(self, number: int) -> Bracket:
        return self.brackets[number % len(self.brackets)]

    def _take(self, trial: Trial) -> None:
        super()._take(trial)
        number = self._bracket_of(trial)
        if number is not None:
            levels = self._members.setdefault(number, {})
            levels.setdefault(self.rungs.of(trial), Rung()).take(trial)

    def _forget(self) -> None:
        super()._forget()
        self._members.clear()

    def _bracket_of(self, trial: Trial) -> int | None:
        """Return the bracket that this scheduler put a trial in; None for another's trial."""
        facts: Any = trial.provenance.facts
        return facts["bracket"] if facts.get("scheduler") == self.name else None


class Hyperband(SuccessiveHalving):
    """Takes turns between brackets that start low with many and high with few.

    So it loses little where a small amount of the resource misleads (Li et al. 2018,
    "Hyperband: a novel bandit-based approach to hyperparameter optimization", JMLR 18).
    Everything else is as in successive halving.
    """

    name: ClassVar[str] = "hyperband"
    label: ClassVar[str] = "Hyperband"
    summary: ClassVar[str] = "Halves by turns from many small trials and from few large ones."

    @property
    def brackets(self) -> tuple[Bracket, ...]:
        """The kinds of brackets, in the order in which they take turns."""
        kinds = hyperband_brackets(len(self.rungs) - self.lowest, self.fidelity.eta)
        return tuple(Bracket(entry + self.lowest, sizes) for entry, sizes in kinds)
