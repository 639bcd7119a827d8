"""The fidelity of a trial: how much of a resource, such as epochs, it may use."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from numbers import Real
from typing import Any, Self

from .errors import OptimizerError

_HAIR = 1e-9


@dataclass(frozen=True)
class Fidelity:
    """A resource, and the ladder of amounts at which a configuration is tried.

    The highest rung is `high`; each lower one is the `eta`-th part of that above it, down to
    the last that is no less than `low`.

    Parameters
    ----------
    resource : str
        What is spent: the name of a hyper-parameter such as ``"n_estimators"``, or
        ``"training fraction"``, or any word of a user's own objective, such as ``"epochs"``.
    low, high : float or int
        The least amount that tells anything, and the full amount.
    eta : int
        Of so many trials on one rung one is promoted to the next.

    Raises
    ------
    OptimizerError
        A bound is no positive number, `low` is not below `high`, `eta` is no whole number of at
        least 2, or there is but one rung.

    Examples
    --------
    >>> Fidelity("epochs", 1, 27).rungs
    (1, 3, 9, 27)
    """

    resource: str
    low: float
    high: float
    eta: int = 3

    def __post_init__(self) -> None:
        for end in ("low", "high"):
            bound = getattr(self, end)
            is_number = isinstance(bound, Real) and not isinstance(bound, bool)
            if not is_number or not 0 < bound < math.inf:
                name = f"Fidelity.{end}"
                raise OptimizerError.must(name, "be a positive number", bound, "Give an amount.")
        if not isinstance(self.eta, int) or isinstance(self.eta, bool) or self.eta < 2:
            rule = "be a whole number of at least 2"
            raise OptimizerError.must("Fidelity.eta", rule, self.eta, "Use 3, for example.")
        if self.high < self.eta * self.low * (1 - _HAIR):
            rule = f"be at least eta times low ({self.eta} x {self.low})"
            advice = "Lower low or eta, so that there are two rungs or more."
            raise OptimizerError.must("Fidelity.high", rule, self.high, advice)

    @cached_property
    def rungs(self) -> tuple[float, ...]:
        """The amounts, lowest first; whole ones where both bounds are whole."""
        # Counted by division: the logarithm of 243 to the base 3 is a hair below 5.
        amounts = [float(self.high)]
        while amounts[-1] / self.eta >= self.low * (1 - _HAIR):
            amounts.append(amounts[-1] / self.eta)
        if isinstance(self.low, int) and isinstance(self.high, int):
            return tuple(round(amount) for amount in reversed(amounts))
        return tuple(reversed(amounts))

    def rung_of(self, amount: float | None) -> int:
        """Return the highest rung that an amount reaches, from 0; None is the full amount.

        An amount below the lowest rung is on rung 0.
        """
        if amount is None:
            return len(self.rungs) - 1
        reached = [rung for rung, one in enumerate(self.rungs) if amount >= one * (1 - _HAIR)]
        return reached[-1] if reached else 0

    def words(self, rung: int) -> str:
        """Return the amount of a rung in words, such as ``"9 epochs"``."""
        amount = self.rungs[rung]
        if amount == int(amount) and self.high > 1:
            return f"{int(amount):,} {self.resource}"
        return f"{self.resource} {amount:.3g}"

    def to_dict(self) -> dict[str, Any]:
        """Return the record as plain data; `from_dict` is the way back."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the record that `to_dict` described."""
        return cls(**data)
