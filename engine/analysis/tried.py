"""What of the space was tried: how often each part of each range, and of each pair of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np

from ..encoding import Encoding
from ..hyper_parameter import SpaceVersion
from ..trial import Trial
from .axis import axis_of, positions_of
from .coverage import Gap, crowded, gaps

N_PARTS, N_PAIR_PARTS = 12, 5
_MAX_PAIRED = 30


@dataclass(frozen=True)
class TriedRange:
    """How often each part of one range was tried.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    lows, highs : tuple, length k
        Both ends of each part, in the user's own units.
    counts : tuple of int, length k
        Trials in each.
    expected : tuple of float, length k
        As many as random trials would be there on average.
    n_inactive : int
        Trials in which it had no value.
    """

    name: str
    lows: tuple[Any, ...]
    highs: tuple[Any, ...]
    counts: tuple[int, ...]
    expected: tuple[float, ...]
    n_inactive: int


@dataclass(frozen=True)
class Tried:
    """What was tried.

    Parameters
    ----------
    n_trials : int
        Trials that lie in the space.
    n_distinct : int
        Different configurations among them.
    ranges : tuple of TriedRange
        In the order of the space.
    pairs : float or None
        Share of the cells that were tried, over all pairs of hyper-parameters, each range cut
        into at most five parts; None for fewer than two hyper-parameters.
    random_pairs : float or None
        The share that as many random trials would have tried on average.
    gaps : tuple of Gap
        Parts that were never tried; see `coverage.gaps`.
    crowded : tuple of str
        Those whose values lie close together; see `coverage.crowded`.
    """

    n_trials: int = 0
    n_distinct: int = 0
    ranges: tuple[TriedRange, ...] = ()
    pairs: float | None = None
    random_pairs: float | None = None
    gaps: tuple[Gap, ...] = ()
    crowded: tuple[str, ...] = ()


def tried(space: SpaceVersion, trials: Iterable[Trial]) -> Tried:
    """Count what was tried, whatever came of it.

    Parameters
    ----------
    space : SpaceVersion
        The space as it is now; trials outside it are left out.
    trials : iterable of Trial
        In any order, failed and running ones too; the latest of equal numbers counts. Several
        tries of one configuration, as on the rungs of a fidelity, count once.
    """
    latest = {one.number: one for one in trials if space.contains(one.config)}
    distinct = {repr(sorted(one.config.items())): one for one in latest.values()}
    known = list(distinct.values())
    if not known or not space.searched:
        return Tried(len(latest), len(known))
    encoding = Encoding(space)
    points = encoding.encode([one.config for one in known])
    shares = _pair_shares(space, known)
    return Tried(
        len(latest),
        len(known),
        tuple(_range(space, one.name, known) for one in space.searched),
        *shares,
        gaps=gaps(encoding, points),
        crowded=crowded(encoding, points),
    )


def _range(space: SpaceVersion, name: str, trials: list[Trial]) -> TriedRange:
    axis = axis_of(space[name], N_PARTS)
    places = axis.places(positions_of(space[name], trials))
    counts = np.bincount(places[places >= 0], minlength=axis.n)
    expected = np.diff(axis.edges) * counts.sum()
    return TriedRange(
        name,
        axis.lows,
        axis.highs,
        tuple(counts.tolist()),
        tuple(expected.tolist()),
        int((places < 0).sum()),
    )


def _pair_shares(space: SpaceVersion, trials: list[Trial]) -> tuple[float | None, float | None]:
    """Return the share of all cells of pairs that were tried, and that of random trials."""
    chosen = space.searched[:_MAX_PAIRED]
    if len(chosen) < 2:
        return None, None
    axes = [axis_of(one, N_PAIR_PARTS) for one in chosen]
    places = [
        axis.places(positions_of(one, trials)) for one, axis in zip(chosen, axes, strict=True)
    ]
    n_tried = n_cells = 0
    by_chance = 0.0
    for one, other in combinations(range(len(chosen)), 2):
        is_active = (places[one] >= 0) & (places[other] >= 0)
        cells = places[one][is_active] * axes[other].n + places[other][is_active]
        areas = np.outer(np.diff(axes[one].edges), np.diff(axes[other].edges))
        n_tried += len(np.unique(cells))
        n_cells += areas.size
        by_chance += float((1 - (1 - areas) ** int(is_active.sum())).sum())
    return n_tried / n_cells, by_chance / n_cells
