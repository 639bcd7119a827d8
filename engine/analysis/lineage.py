"""Who came from whom: ancestors, descendants, the origin of every gene, flows of generations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ..conditions import INACTIVE
from ..errors import AnalysisError
from ..hyper_parameter import SpaceVersion
from ..trial import Trial
from .axis import axis_of, positions_of


@dataclass(frozen=True)
class Gene:
    """One hyper-parameter of a trial, and the parents that have the very same value.

    `parents` is empty where the value is new, by mutation or by chance. `value` is None where
    the hyper-parameter is inactive, with `is_active` False.
    """

    name: str
    value: Any
    is_active: bool
    parents: tuple[int, ...]

    @property
    def is_new(self) -> bool:
        """Whether no parent has this value."""
        return not self.parents


@dataclass(frozen=True)
class Flow:
    """How many children came from one generation to another, by one operator."""

    source: int
    target: int
    operator: str
    n: int


@dataclass(frozen=True)
class ValueFlow:
    """How many children took one part of a hyper-parameter's range to another.

    `source_part` and `target_part` count the intervals of the axis from 0; -1 is inactive.
    """

    source: int
    source_part: int
    target: int
    target_part: int
    n: int


class Lineage:
    """The family tree of the trials of one study, by `provenance.parents`.

    Parents that are not among the trials (a study forked from another one, or a part of the
    trials only) are left out.

    Parameters
    ----------
    trials : iterable of Trial
        In any order; the latest of equal numbers counts.

    Attributes
    ----------
    parents, children : dict of int to tuple of int
        Numbers of the parents and of the children of each trial.
    generations : dict of int to int
        0 without parents, else one more than the youngest parent's.

    Examples
    --------
    >>> from tuneboard.engine.trial import Provenance, TrialState
    >>> one = Trial(1, {"k": 1}, TrialState.COMPLETED, Provenance("random", ""))
    >>> two = Trial(2, {"k": 2}, TrialState.COMPLETED, Provenance("evolutionary", "", (1,)))
    >>> Lineage([one, two]).ancestors(2)
    frozenset({1})
    """

    def __init__(self, trials: Iterable[Trial]) -> None:
        self._trials = {trial.number: trial for trial in trials}
        self.parents: dict[int, tuple[int, ...]] = {}
        self.generations: dict[int, int] = {}
        children: dict[int, list[int]] = {number: [] for number in self._trials}
        for number in sorted(self._trials):
            # A parent has a lower number: damaged data cannot make a circle.
            known = dict.fromkeys(self._trials[number].provenance.parents)
            mine = tuple(one for one in known if one in self._trials and one < number)
            self.parents[number] = mine
            self.generations[number] = max((self.generations[one] + 1 for one in mine), default=0)
            for one in mine:
                children[one].append(number)
        self.children = {number: tuple(ones) for number, ones in children.items()}

    def ancestors(self, number: int) -> frozenset[int]:
        """Return all that a trial came from, not itself."""
        return self._reached(number, self.parents)

    def descendants(self, number: int) -> frozenset[int]:
        """Return all that came from a trial, not itself."""
        return self._reached(number, self.children)

    def genes(self, number: int, space: SpaceVersion) -> tuple[Gene, ...]:
        """Return where each searched hyper-parameter of a trial is from, in the space's order."""
        self._check(number)
        config = self._trials[number].config
        found = []
        for one in space.searched:
            value = config.get(one.name, INACTIVE)
            same = tuple(
                parent
                for parent in self.parents[number]
                if _is_same(self._trials[parent].config.get(one.name, INACTIVE), value)
            )
            is_active = value is not INACTIVE
            found.append(Gene(one.name, value if is_active else None, is_active, same))
        return tuple(found)

    def flows(self) -> tuple[Flow, ...]:
        """Return how many children came from where, by generation and operator."""
        counts = Counter(
            (
                self.generations[parent],
                self.generations[number],
                self._trials[number].provenance.operator,
            )
            for number, mine in self.parents.items()
            for parent in mine
        )
        return tuple(Flow(*key, n) for key, n in sorted(counts.items()))

    def value_flows(
        self, space: SpaceVersion, name: str, *, n_parts: int = 6
    ) -> tuple[ValueFlow, ...]:
        """Return how the values of one hyper-parameter moved from parents to children.

        Parameters
        ----------
        space : SpaceVersion
            The space that the range is from.
        name : str
            The hyper-parameter.
        n_parts : int
            Into how many parts a number's range is cut at most; see `axis_of`.
        """
        numbers = sorted(self._trials)
        positions = positions_of(space[name], [self._trials[number] for number in numbers])
        places = axis_of(space[name], n_parts).places(positions).tolist()
        part = dict(zip(numbers, places, strict=True))
        counts = Counter(
            (self.generations[parent], part[parent], self.generations[number], part[number])
            for number, mine in self.parents.items()
            for parent in mine
        )
        return tuple(ValueFlow(*key, n) for key, n in sorted(counts.items()))

    def _reached(self, number: int, steps: Mapping[int, tuple[int, ...]]) -> frozenset[int]:
        self._check(number)
        found: set[int] = set()
        ahead = list(steps[number])
        while ahead:
            one = ahead.pop()
            if one not in found:
                found.add(one)
                ahead += steps[one]
        return frozenset(found)

    def _check(self, number: int) -> None:
        if number not in self._trials:
            raise AnalysisError.must(
                "Lineage.number", "be that of a trial", number, "Choose one of the study's."
            )


def _is_same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)
