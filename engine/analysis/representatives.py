"""Which trials to draw when there are too many: the same ones tomorrow as today."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from ..trial import Trial
from .incumbents import incumbents
from .observations import IntArray

N_MAX = 3_000
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_MIX = np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True)
class Representatives:
    """The trials to draw.

    Parameters
    ----------
    numbers : tuple of int
        Their numbers, ascending: the sample, all incumbents, and what must be there.
    n_trials : int
        How many trials they stand for.
    level : int
        The sample is one in 2 to this power; 0 is all of them.
    """

    numbers: tuple[int, ...] = ()
    n_trials: int = 0
    level: int = 0


def representatives(
    trials: Iterable[Trial], *, keep: Collection[int] = (), n_max: int = N_MAX
) -> Representatives:
    """Choose the trials to draw: a sample, all that were once the best, and those in `keep`.

    Whether a trial is in the sample of a level depends on its number alone, and the sample of
    each level is part of that of the level before. So it never reshuffles: as trials come in,
    it grows to `n_max`, is then halved once, and grows again.

    Parameters
    ----------
    trials : iterable of Trial
        In any order; the latest of equal numbers counts.
    keep : collection of int
        Numbers to be there in any case, such as the selected; those of no trial are ignored.
    n_max : int
        Size of the sample at most.
    """
    latest = {trial.number: trial for trial in trials}
    numbers = np.array(sorted(latest), dtype=np.int64)
    levels = levels_of(numbers)
    level = 0
    while (levels >= level).sum() > n_max:
        level += 1
    chosen = set(numbers[levels >= level].tolist())
    chosen |= {trial.number for trial in incumbents(latest.values())}
    chosen |= {number for number in keep if number in latest}
    return Representatives(tuple(sorted(chosen)), len(latest), level)


def levels_of(numbers: IntArray) -> IntArray:
    """Return the highest level whose sample has each trial: as many have it as coins fall."""
    # A hash whose every bit depends on every bit of the number (Steele et al. 2014).
    mixed = numbers.astype(np.uint64) * _MULTIPLIER
    mixed = (mixed ^ (mixed >> np.uint64(30))) * _MIX
    mixed ^= mixed >> np.uint64(31)
    # The lowest bit that is set, as a power of two, tells how many zeros end the number.
    lowest = mixed & (~mixed + np.uint64(1))
    return np.where(lowest > 0, np.log2(np.maximum(lowest, 1).astype(float)), 64).astype(np.int64)
