"""Where in the space the trials lie, and where none do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..encoding import Encoding, FloatArray
from .axis import value_at

_CROWDED = 0.5
_CHANCE = 0.01
_WIDE = 0.2


@dataclass(frozen=True)
class Gap:
    """A part of one hyper-parameter's range in which nothing was tried.

    `low` and `high` are the values tried to either side, or the end of the range; of choices
    `missing` names those never tried. `share` is that of the range.
    """

    name: str
    share: float
    low: object = None
    high: object = None
    missing: tuple[object, ...] = ()


def crowded(encoding: Encoding, points: FloatArray) -> tuple[str, ...]:
    """Name the hyper-parameters whose values lie close together.

    They do where their standard deviation over the trials is below half of that of evenly
    spread ones, as it is after a search that has converged.

    Parameters
    ----------
    encoding : Encoding
        The unit cube of the space.
    points : float array, shape (n, d)
        Where the trials lie, NaN where inactive.
    """
    n_levels = np.array([n or np.inf for n in encoding.n_levels])
    even = np.sqrt((1 - 1 / n_levels**2) / 12)
    with np.errstate(invalid="ignore"):
        is_so = _deviations(points) < _CROWDED * even
    return tuple(name for name, one in zip(encoding.names, is_so, strict=True) if one)


def _deviations(points: FloatArray) -> FloatArray:
    """Return the standard deviation of what is active in each column; NaN below two values."""
    active = [column[~np.isnan(column)] for column in points.T]
    return np.array([one.std() if len(one) > 1 else np.nan for one in active])


def gaps(encoding: Encoding, points: FloatArray) -> tuple[Gap, ...]:
    """Find what was never tried, where that is no accident of random trials.

    Of n values spread at random, some stretch of more than g of the range stays empty with a
    probability of at most (n + 1) (1 - g)^n, and one of k choices with at most k (1 - 1/k)^n.
    What has a probability of less than 0.01 / d is a gap, if it is also more than a fifth of
    the range.

    Parameters
    ----------
    encoding : Encoding
        The unit cube of the space.
    points : float array, shape (n, d)
        Where all trials lie, failed ones too, NaN where inactive.
    """
    found = []
    for index, one in enumerate(encoding.space.searched):
        column = points[:, index]
        column = column[~np.isnan(column)]
        gap = (
            _untried(encoding, index, column)
            if one.kind == "choice"
            else _empty_stretch(encoding, index, column)
        )
        if gap is not None:
            found.append(gap)
    return tuple(found)


def _untried(encoding: Encoding, index: int, column: FloatArray) -> Gap | None:
    one = encoding.space.searched[index]
    k = len(one.choices)
    tried = set(np.floor(column * k).astype(int).tolist())
    missing = tuple(choice for level, choice in enumerate(one.choices) if level not in tried)
    chance = k * (1 - 1 / k) ** len(column)
    if not missing or not len(column) or chance >= _CHANCE / encoding.n_dims:
        return None
    return Gap(one.name, len(missing) / k, missing=missing)


def _empty_stretch(encoding: Encoding, index: int, column: FloatArray) -> Gap | None:
    one, n = encoding.space.searched[index], len(column)
    half_level = 0.5 / (encoding.n_levels[index] or np.inf)
    ends = np.r_[0.0, np.sort(column), 1.0]
    widths = np.diff(ends)
    widest = int(widths.argmax())
    # The values of a bin are all at its middle: so much of a stretch holds no other value.
    share = float(widths[widest] - 2 * half_level)
    chance = (n + 1) * (1 - max(share, 0.0)) ** n
    if not n or share <= _WIDE or chance >= _CHANCE / encoding.n_dims:
        return None
    low, high = (value_at(one, float(ends[place])) for place in (widest, widest + 1))
    return Gap(one.name, share, low, high)
