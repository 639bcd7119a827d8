"""Whether two rankings of the hyper-parameters say the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .importance import Importance

_AGREE, _PARTLY = 0.7, 0.3
_MIN_NAMES = 3


@dataclass(frozen=True)
class Agreement:
    """How far two rankings agree.

    Parameters
    ----------
    tau : float or None
        Kendall's rank correlation (tau-b) of the values, 1 for the same order and -1 for the
        reverse; None with fewer than three hyper-parameters in common.
    same_first : bool
        Whether both name the same hyper-parameter as the most important.
    sentence : str
        The same in words.
    """

    tau: float | None
    same_first: bool
    sentence: str


def agreement(one: Importance, other: Importance) -> Agreement:
    """Compare two rankings, such as those of two methods.

    They agree from a Kendall's tau-b of 0.7 on, which is 17 of 20 pairs in the same order, and
    agree in part from 0.3 on. Hyper-parameters that are unclear in both count as tied, for
    their order is chance.
    """
    first, second = (dict(zip(x.names, x.values, strict=True)) for x in (one, other))
    names = [name for name in first if name in second]
    if not names:
        return Agreement(None, False, "Nothing to compare: one of the rankings is empty.")
    noise = set(one.unclear) & set(other.unclear)
    values = np.array([[0.0 if n in noise else x[n] for n in names] for x in (first, second)])
    tops = [max(names, key=found.__getitem__) for found in (first, second)]
    same_first = tops[0] == tops[1]
    both = f"both name {tops[0]} first" if same_first else f"{tops[0]} or {tops[1]} first"
    if len(names) < _MIN_NAMES or (np.ptp(values, axis=1) == 0).any():
        word = "The methods agree" if same_first else "The methods disagree"
        return Agreement(None, same_first, f"{word}: {both}.")
    tau = _tau(values)
    word = "agree" if tau >= _AGREE else "agree in part" if tau >= _PARTLY else "disagree"
    return Agreement(tau, same_first, f"The methods {word} (rank correlation {tau:.2f}): {both}.")


def _tau(values: np.ndarray) -> float:
    from scipy.stats import kendalltau

    return float(kendalltau(values[0], values[1]).statistic)
