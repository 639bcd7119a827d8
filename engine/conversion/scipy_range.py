"""Hyper-parameters as SciPy's frozen distributions, and back."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..encoding import Encoding
from ..errors import SpaceError
from ..hyper_parameter import HyperParameter, SpaceVersion
from .ranges import as_python, choice, held

_EXACT = 2**53  # SciPy computes the ends of whole numbers in floats
_LOG_UNIFORM = ("loguniform", "reciprocal")


@dataclass(frozen=True)
class FrozenRange:
    """A range that SciPy has no distribution for: with a step, or whole numbers on a log scale.

    It is drawn from like SciPy's frozen distributions, by `rvs`, which is all that
    scikit-learn's searches ask for.

    Parameters
    ----------
    hyper_parameter : HyperParameter
        What is drawn.

    Examples
    --------
    >>> FrozenRange(HyperParameter("depth", "int", 2, 2, 8, step=6)).rvs(3, random_state=1)
    [8, 8, 2]
    """

    hyper_parameter: HyperParameter

    def rvs(self, size: int | None = None, random_state: Any = None) -> Any:
        """Draw one value, or a list of `size` values.

        Parameters
        ----------
        size : int or None
            How many; None for one value by itself.
        random_state : None, int, numpy.random.Generator or numpy.random.RandomState
            Where the randomness comes from; None for a source of its own.
        """
        is_source = hasattr(random_state, "uniform")
        rng = random_state if is_source else np.random.default_rng(random_state)
        configs = self._encoding.decode(rng.uniform(size=(1 if size is None else size, 1)))
        values = [config[self.hyper_parameter.name] for config in configs]
        return values[0] if size is None else values

    @cached_property
    def _encoding(self) -> Encoding:
        one = replace(self.hyper_parameter, is_searched=True, active_when="")
        return Encoding(SpaceVersion(1, (one,)))


def to_distribution(one: HyperParameter) -> Any:
    """Write a range as what scikit-learn's random search draws from."""
    from scipy import stats

    if one.kind == "int" and not one.log and one.step is not None:
        return range(one.low, one.high + 1, one.step)
    is_exact = one.kind == "real" or max(abs(one.low), abs(one.high)) < _EXACT
    if one.step is not None or not is_exact or (one.kind == "int" and one.log):
        return FrozenRange(one)
    if one.kind == "int":
        return stats.randint(one.low, one.high + 1)
    return stats.loguniform(one.low, one.high) if one.log else _uniform(one.low, one.high)


def _uniform(low: float, high: float) -> Any:
    from scipy import stats

    width = high - low
    # SciPy keeps the width: by rounding, low + width may lie beyond high.
    while low + width > high:
        width = math.nextafter(width, 0.0)
    return stats.uniform(low, width)


def is_distribution(entry: Any) -> bool:
    """Whether scikit-learn would draw from it."""
    return hasattr(entry, "rvs")


def from_distribution(name: str, entry: Any) -> HyperParameter:
    """Read a range from one of SciPy's distributions.

    uniform, loguniform (reciprocal) and randint are taken over as they are. Of another the
    ends are taken over where it has two, and every value between becomes as likely; its
    `source` then says so.

    Raises
    ------
    SpaceError
        It has no end, no numbers yet, or is of no kind known here.
    """
    if isinstance(entry, FrozenRange):
        return replace(entry.hyper_parameter, name=name, is_searched=True, active_when="")
    if hasattr(entry, "xk"):  # rv_discrete(values=...) needs no numbers
        entry = entry.freeze()
    _check_frozen(name, entry)
    if hasattr(entry.dist, "xk"):
        return choice(name, entry.dist.xk.tolist(), source="from scipy, without the weights")
    family = getattr(entry.dist, "name", "") or type(entry.dist).__name__
    low, high = map(as_python, entry.support())
    _check_ends(name, entry, family, low, high)
    log = family in _LOG_UNIFORM and _location(entry) == 0
    is_exact = log or family in ("uniform", "randint")
    source = "from scipy" if is_exact else f"the ends of scipy's {family}"
    if low == high:
        return held(name, low, source)
    is_whole = hasattr(entry, "pmf")
    return HyperParameter(
        name,
        "int" if is_whole else "real",
        low,
        low,
        high,
        log=log,
        source=source,
    )


def _location(entry: Any) -> Any:
    """Return how far a loguniform is shifted, its third number; only unshifted is it a log."""
    return entry.kwds.get("loc", entry.args[2] if len(entry.args) > 2 else 0)


def _check_frozen(name: str, entry: Any) -> None:
    if hasattr(entry, "dist") and hasattr(entry, "support"):
        return
    advice = "Write the range itself: (low, high)."
    if hasattr(entry, "freeze"):
        family = getattr(entry, "name", "uniform")
        advice = f"Call it with its numbers: scipy.stats.{family}(...)."
    rule = "be a frozen distribution of scipy.stats with two ends"
    raise SpaceError.must(f"SearchSpace.{name}", rule, entry, advice)


def _check_ends(name: str, entry: Any, family: str, low: float, high: float) -> None:
    if math.isfinite(low) and math.isfinite(high):
        return
    ends = [float(end) for end in entry.ppf([0.01, 0.99])]
    advice = "Check its numbers."
    if all(map(math.isfinite, ends)):
        advice = (
            f"Write a range in its place, such as ({ends[0]:.3g}, {ends[1]:.3g}), "
            "where 98 in 100 of its values lie."
        )
    rule = f"have two ends, which scipy's {family} has not"
    raise SpaceError.must(f"SearchSpace.{name}", rule, (low, high), advice)
