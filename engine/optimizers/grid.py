"""Grid search: every combination of evenly spread values, coarse first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..encoding import Encoding
from ..errors import OptimizerError, SpaceError
from ..given import as_number
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..trial import Config, Provenance
from .base import Optimizer, Proposal, check_count

MAX_POINTS = 100_000
_DEFAULT_LEVELS = 5
_N_LOOKS_PER_TRIAL = 20
"""So many points are looked at per trial planned, to find enough that conditions leave."""


class GridSearch(Optimizer):
    """Tries all combinations of a few values per hyper-parameter.

    A choice has all its values in the grid. The levels of the numbers are raised in turn
    as long as the grid has no more points than trials are planned, or are 5 where that is
    open; a number never has more levels than values. Only where the choices alone make
    more points than trials is the grid the larger of the two. Points that differ only in what
    is inactive are one point, and points that break a constraint are none.

    The order is coarse to fine: the middle of every number comes first, then the ends, then
    the middles of what lies between; within one fineness it is shuffled by the seed. So a
    search that is stopped early has seen the whole space.

    Parameters
    ----------
    space, seed, n_trials
        As for every optimizer.
    levels : mapping of str to int or sequence of numbers, or None
        For single numbers by name: how many levels, or which, instead of those found.

    Raises
    ------
    OptimizerError
        The grid has more than 100,000 points, or `levels` names no number of the space.
    SpaceError
        No point of the grid meets the constraints.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 9),))
    >>> grid = GridSearch(space, n_trials=3)
    >>> [grid.ask(number).config["k"] for number in (1, 2, 3)]
    [5, 9, 1]
    """

    name: ClassVar[str] = "grid"
    label: ClassVar[str] = "Grid search"
    summary: ClassVar[str] = "Tries every combination of evenly spread values, coarse first."

    def __init__(
        self,
        space: SpaceVersion,
        *,
        seed: int = 0,
        n_trials: int | None = None,
        levels: Mapping[str, int | Sequence[float]] | None = None,
    ) -> None:
        self.levels = dict(levels or {})
        self._check_levels(space)
        super().__init__(space, seed=seed, n_trials=n_trials)

    @property
    def n_points(self) -> int:
        """Number of points of the grid."""
        if self._points is None:
            return math.prod(map(len, self._positions))
        return len(self._points)

    def _enter(self, encoding: Encoding) -> None:
        counts = self._count_levels(encoding)
        n_points = math.prod(counts.values())
        if n_points > MAX_POINTS:
            raise OptimizerError.must(
                "GridSearch.n_points",
                f"be at most {MAX_POINTS:,}",
                n_points,
                "Give fewer levels, or a number of trials.",
            )
        positions = [self._spread(encoding, name, n) for name, n in counts.items()]
        points = _feasible_points(encoding, positions) if encoding.space.is_conditional else None
        if points == []:
            raise _infeasible(encoding.space)
        self._positions, self._points = positions, points
        self._order: NDArray[np.intp] | None = None
        self._n_passed = 0
        super()._enter(encoding)

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        if self._order is None:
            self._order = self._coarse_to_fine()
        while self._n_passed < self.n_points:
            config = _config_at(self.encoding, self._positions, int(self._order[self._n_passed]))
            self._n_passed += 1
            if self._is_new(config):
                reason = f"grid point {self._n_passed:,} of {self.n_points:,}"
                return Proposal(config, Provenance(self.name, reason))
        raise self._exhaustion(number, f"all {self.n_points:,} grid points have been tried")

    def _count_levels(self, encoding: Encoding) -> dict[str, int]:
        """Return the number of levels of each hyper-parameter."""
        start = _DEFAULT_LEVELS if self.n_trials is None else 1
        counts, open_to = {}, {}
        for name, n_values in zip(encoding.names, encoding.n_levels, strict=True):
            most = MAX_POINTS if n_values is None else n_values
            if encoding.space[name].kind == "choice":
                counts[name] = most
            elif name in self.levels:
                given = self.levels[name]
                counts[name] = min(given, most) if isinstance(given, int) else len(given)
            else:
                counts[name] = min(start, most)
                open_to[name] = most
        if self.n_trials is not None:
            _raise_in_turn(counts, open_to, min(self.n_trials, MAX_POINTS))
            if encoding.space.is_conditional:
                self._raise_further(encoding, counts, open_to)
        return counts

    def _raise_further(
        self, encoding: Encoding, counts: dict[str, int], open_to: Mapping[str, int]
    ) -> None:
        """Raise the counts, in place, where conditions leave fewer points than trials."""
        n_trials = min(self.n_trials or 1, MAX_POINTS)
        budget = min(n_trials * _N_LOOKS_PER_TRIAL, MAX_POINTS)
        while True:
            raised = dict(counts)
            _raise_by_one(raised, open_to)
            if raised == counts or math.prod(raised.values()) > budget:
                return
            positions = [self._spread(encoding, name, n) for name, n in raised.items()]
            if len(_feasible_points(encoding, positions)) > n_trials:
                return
            counts.update(raised)

    def _coarse_to_fine(self) -> NDArray[np.intp]:
        """Return the indices of all points, ordered by their finest and their total depth."""
        coarsest = finest = np.zeros(1, dtype=int)
        for name, positions in zip(self.encoding.names, self._positions, strict=True):
            is_choice = self.space[name].kind == "choice"
            depths = np.zeros(len(positions), int) if is_choice else _depths(len(positions))
            # The first hyper-parameter counts fastest, as in `_config_at`.
            coarsest = np.add.outer(depths, coarsest).ravel()
            finest = np.maximum.outer(depths, finest).ravel()
        shuffled = np.random.default_rng(self.seed).permutation(len(finest))
        order = np.lexsort((shuffled, coarsest, finest))
        return order if self._points is None else order[np.isin(order, self._points)]

    def _spread(self, encoding: Encoding, name: str, n: int) -> list[float]:
        """Return the positions of the levels of one hyper-parameter."""
        given = self.levels.get(name, n)
        listed = not isinstance(given, int) and encoding.space[name].kind != "choice"
        return encoding.positions_of(name, given) if listed else encoding.spread(name, n)  # type: ignore[arg-type]

    def _check_levels(self, space: SpaceVersion) -> None:
        numbers = [one.name for one in space.searched if one.kind != "choice"]
        for name, n_levels in self.levels.items():
            if name not in numbers:
                raise OptimizerError.must(
                    "GridSearch.levels",
                    f"name a number that is searched ({', '.join(numbers)})",
                    name,
                    "A choice has all its values in the grid.",
                )
            owner = f"GridSearch.levels[{name!r}]"
            if not isinstance(n_levels, (list, tuple)):
                check_count(owner, n_levels, at_least=1)
                continue
            _check_listed(owner, space[name], n_levels)


def _check_listed(owner: str, one: HyperParameter, listed: Sequence[Any]) -> None:
    if not listed:
        raise OptimizerError.must(owner, "have a value", listed, "List one, or leave it out.")
    for value in listed:
        if not one.contains(as_number(one.kind, value)):
            rule = f"have values in [{one.low}, {one.high}]"
            raise OptimizerError.must(owner, rule, value, "Remove it, or widen the range.")
    if len(set(listed)) < len(listed):
        raise OptimizerError.must(owner, "have each value once", listed, "Remove the second one.")


def _config_at(encoding: Encoding, positions: Sequence[Sequence[float]], index: int) -> Config:
    """Return the configuration of a point; the first hyper-parameter counts fastest."""
    point = []
    for column in positions:
        index, level = divmod(index, len(column))
        point.append(column[level])
    return encoding.decode_point(point)


def _feasible_points(encoding: Encoding, positions: Sequence[Sequence[float]]) -> list[int]:
    """Return the indices of points that meet the constraints, each configuration once."""
    seen: set[str] = set()
    points = []
    for index in range(math.prod(map(len, positions))):
        config = _config_at(encoding, positions, index)
        key = encoding.key(config)
        if key not in seen and encoding.is_feasible(config):
            seen.add(key)
            points.append(index)
    return points


def _infeasible(space: SpaceVersion) -> SpaceError:
    listed = " and ".join(map(repr, space.constraints))
    message = (
        f"SearchSpace.constraints must leave something to try: no point of the grid meets {listed}."
        " Loosen the constraint, give more levels or search at random."
    )
    return SpaceError(message, name="SearchSpace.constraints", value=space.constraints)


def _raise_by_one(counts: dict[str, int], most: Mapping[str, int]) -> None:
    """Raise the lowest of the counts named in `most` that may be raised, in place."""
    lowest = [name for name, limit in most.items() if counts[name] < limit]
    if lowest:
        counts[min(lowest, key=lambda name: counts[name])] += 1


def _raise_in_turn(counts: dict[str, int], most: Mapping[str, int], n_trials: int) -> None:
    """Raise the counts named in `most`, in place, one level at a time and in turn."""
    n_points = math.prod(counts.values())
    was_raised = True
    while was_raised:
        was_raised = False
        for name, limit in most.items():
            more = n_points // counts[name] * (counts[name] + 1)
            if counts[name] < limit and more <= n_trials:
                counts[name], n_points, was_raised = counts[name] + 1, more, True


def _depths(n_levels: int) -> NDArray[np.intp]:
    """Return how fine each level is: 0 the middle, 1 the ends, then one more per halving."""
    last, middle = n_levels - 1, (n_levels - 1) // 2
    depths = np.ones(n_levels, dtype=int)
    depths[middle] = 0
    gaps, depth = [(0, middle), (middle, last)], 2
    while gaps:
        gaps = [(low, high) for low, high in gaps if high - low > 1]
        for low, high in gaps:
            depths[(low + high) // 2] = depth
        gaps = [half for low, high in gaps for half in _halves(low, high)]
        depth += 1
    return depths


def _halves(low: int, high: int) -> tuple[tuple[int, int], tuple[int, int]]:
    middle = (low + high) // 2
    return (low, middle), (middle, high)
