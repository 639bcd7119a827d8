"""What people and other libraries give, as the plain types that a search space holds."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .errors import SpaceError


def is_number(value: Any) -> bool:
    """Whether `value` is a Python number (True and False are not)."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def as_number(kind: str, value: Any) -> Any:
    """Clean a number for `kind`: numpy's to Python's, 3.0 to 3 for "int", 3 to 3.0 for "real".

    What is no number, or does not fit the kind, comes back as it is, to be checked.
    """
    value = as_python(value)
    if kind == "choice" or not is_number(value):
        return value
    if kind == "real":
        try:
            return float(value)
        except OverflowError:  # beyond all floats; to be refused as infinite
            return math.inf if value > 0 else -math.inf
    return int(value) if isinstance(value, float) and value.is_integer() else value


def as_python(value: Any) -> Any:
    """Turn a number or text of numpy's into Python's own."""
    if hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0:
        return value.item()
    return value


def as_bounds(bounds: Any, owner: str) -> tuple[Any, Any]:
    """Return the low and the high end of a range; a SpaceError where these are not two."""
    if isinstance(bounds, str) or not isinstance(bounds, Sequence) or len(bounds) != 2:
        raise SpaceError.must(owner, "be (low, high)", bounds, "Give two numbers.")
    return bounds[0], bounds[1]


def as_choices(choices: Any, owner: str) -> tuple[Any, ...]:
    """Return choices as a tuple; of a dict, as param has them, what the labels stand for.

    Raises
    ------
    SpaceError
        They are no collection, or one text, whose letters nobody means.
    """
    if isinstance(choices, str) or not isinstance(choices, Iterable):
        raise SpaceError.must(owner, "be a list of choices", choices, "Give a list.")
    return tuple(choices.values() if isinstance(choices, Mapping) else choices)


def as_texts(constraints: Any) -> tuple[str, ...]:
    """Return constraints as a tuple; a SpaceError where they are no list of them."""
    if isinstance(constraints, str) or not isinstance(constraints, Iterable):
        advice = "Put brackets around it."
        raise SpaceError.must("SearchSpace.constraints", "be a list of texts", constraints, advice)
    return tuple(constraints)
