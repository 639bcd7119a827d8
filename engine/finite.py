"""Numbers that users return and report: finite, of any numeric type."""

from __future__ import annotations

import math
from numbers import Real
from typing import Any

from .errors import ObjectiveError


def as_finite(name: str, value: Any, rule: str = "be a finite number") -> float:
    """Return `value` as a float.

    Raises
    ------
    ObjectiveError
        It is no number, or NaN or infinite.
    """
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        advice = "Return one int or float; raise an exception where there is no score."
        raise ObjectiveError.must(name, rule, value, advice)
    return float(value)
