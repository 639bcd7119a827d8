"""What one method of importance found, in the order of the columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..encoding import FloatArray


@dataclass(frozen=True)
class Effects:
    """Effects of d hyper-parameters with 90 % intervals; none where nothing is explained.

    Parameters
    ----------
    values, lows, highs : float array, shape (d,) or (0,)
        The effect of each hyper-parameter, and its 5th and 95th percentile.
    is_unclear : bool array, shape (d,) or (0,)
        Which cannot be told from chance.
    pair_values, pair_lows, pair_highs : float array, shape (d (d - 1) / 2,) or (0,)
        The same of each pair beyond the effects of its two, in the order of `pairs`.
    total : float
        Variance of the target over the space, where the method tells it.
    fit : float
        Share of the target's variance that the surrogate foretells for trials it has not seen;
        NaN without a surrogate.
    """

    values: FloatArray
    lows: FloatArray
    highs: FloatArray
    is_unclear: NDArray[np.bool_]
    pair_values: FloatArray
    pair_lows: FloatArray
    pair_highs: FloatArray
    total: float = 0.0
    fit: float = float("nan")


def effects(
    values: FloatArray,
    lows: FloatArray,
    highs: FloatArray,
    is_unclear: NDArray[np.bool_] | None = None,
    *,
    of_pairs: tuple[FloatArray, FloatArray, FloatArray] | None = None,
    total: float = 0.0,
    fit: float = float("nan"),
) -> Effects:
    """Return effects, without pairs unless there are some."""
    none = np.empty(0)
    pair_values, pair_lows, pair_highs = of_pairs or (none, none, none)
    unclear = np.zeros(len(values), dtype=bool) if is_unclear is None else is_unclear
    return Effects(
        values, lows, highs, unclear, pair_values, pair_lows, pair_highs, total=total, fit=fit
    )


def no_effects() -> Effects:
    """Return what a method found that found nothing."""
    return effects(np.empty(0), np.empty(0), np.empty(0))


def shifted_interval(
    value: FloatArray, replicates: FloatArray, top: float = np.inf
) -> tuple[FloatArray, FloatArray]:
    """Return the 5th and 95th percentile of bootstrap replicates, freed of their bias.

    Resampling repeats trials, which looks like structure and shifts all replicates one way:
    they are moved back so that their mean is the value found.

    Parameters
    ----------
    value : float array, shape (d,)
        What was found on all trials.
    replicates : float array, shape (n replicates, d)
        The same of each resample.
    top : float
        What a value can at most be; 0 is the least.
    """
    if not len(replicates):
        return value, value
    low, high = np.percentile(replicates - replicates.mean(axis=0) + value, [5, 95], axis=0)
    return np.clip(low, 0.0, value), np.clip(high, value, top)
