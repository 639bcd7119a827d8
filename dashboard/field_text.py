"""Numbers and choices as the list of hyper-parameters writes and reads them."""

from __future__ import annotations

import ast
import math
import textwrap
from typing import Any

from ..engine.errors import SpaceError
from ..engine.plain import is_plain

# What an input of the sidebar has room for.
_MAX_CHARACTERS = 7
_HUGE = 1e300  # beyond, a whole number may be none of the floats


def read_number(text: str, owner: str) -> int | float:
    """Read a finite number as people write it: "12", "0.1", "1e-3", "1_000".

    Raises
    ------
    SpaceError
        The text is no number; the message names `owner`.
    """
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        advice = "Use a point for decimals." if "," in text else "Write it like 0.001 or 1e-3."
        raise SpaceError.must(owner, "be a number", text, advice) from None
    if not math.isfinite(number):
        raise SpaceError.must(owner, "be a finite number", text, "Give a number.")
    try:
        return int(text)
    except ValueError:
        return number


def number_text(number: Any) -> str:
    """Return a number as shown in an input: in full where it is short, else by some digits.

    A whole number is never rounded: 10,000,000 is 1e7, and 12,345,678 stays as it is.
    """
    if number is None:
        return ""
    text = _plain(repr(number))
    if len(text) <= _MAX_CHARACTERS or abs(number) > _HUGE:
        return text
    shorter = [_plain(f"{number:.{digits}g}") for digits in (4, 3, 2)]
    short = next((one for one in shorter if len(one) <= _MAX_CHARACTERS), shorter[-1])
    return short if isinstance(number, float) or int(float(short)) == number else text


def _plain(text: str) -> str:
    """Write 1.0 as 1, and 1e-05 as 1e-5."""
    mantissa, _, exponent = text.partition("e")
    mantissa = mantissa.removesuffix(".0")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def choice_texts(choices: list[Any]) -> list[str]:
    """Return one short text per choice; those that would read the same are told apart by type."""
    texts = [_choice_text(choice) for choice in choices]
    return [
        text if texts.count(text) == 1 else repr(choice)
        for text, choice in zip(texts, choices, strict=True)
    ]


def _choice_text(choice: Any) -> str:
    return textwrap.shorten(str(choice), 80, placeholder="…") or repr(choice)


def read_choice(text: str, owner: str) -> Any:
    """Read a choice as it would stand in code: 3, 0.5, True, None, (1, 2), or else text.

    Text that reads like one of these is written in quotes.

    Raises
    ------
    SpaceError
        There is nothing to read; the message names `owner`.
    """
    text = text.strip()
    if not text:
        raise SpaceError.must(owner, "be text or a number", text, "Type one, or press Escape.")
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return text
    # Not 1e999: nobody means infinity by it.
    is_number = not isinstance(value, float) or math.isfinite(value)
    return value if is_plain(value) and is_number else text
