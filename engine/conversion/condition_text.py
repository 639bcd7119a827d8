"""Conditions as text: how values and comparisons are written in the language of `expression`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import Any

from ..errors import SpaceError
from ..expression import quoted
from ..given import is_number

_WORDS = {True: "True", False: "False", None: "None"}


def is_among(name: str, values: Sequence[Any], owner: str) -> str:
    """Write that a hyper-parameter has one of some values.

    Parameters
    ----------
    name : str
        The hyper-parameter asked.
    values : sequence, length 1 or more
        Plain values.
    owner : str
        What the condition belongs to, for messages.

    Raises
    ------
    SpaceError
        The language has no words for a value or the name.

    Examples
    --------
    >>> is_among("kernel", ["rbf"], "SearchSpace.gamma")
    "kernel == 'rbf'"
    >>> is_among("svc C", [1, -2.5], "SearchSpace.gamma")
    '`svc C` in {1, -2.5}'
    """
    words = [_literal(value, owner) for value in values]
    if len(words) == 1 and not words[0].startswith(("(", "-")):
        return f"{name_in(name, owner)} == {words[0]}"
    return f"{name_in(name, owner)} in {{{', '.join(words)}}}"


def compares(name: str, sign: str, number: float, owner: str) -> str:
    """Write a comparison of a hyper-parameter with a number."""
    return f"{name_in(name, owner)} {sign} {_literal(number, owner)}"


def name_in(name: str, owner: str) -> str:
    """Write a name; the language has no way to write a backtick inside one."""
    if "`" in name:
        advice = "Rename it: conditions put such names in backticks."
        raise SpaceError.must(owner, "depend on names without a backtick", name, advice)
    # Some of Python's identifiers are no words to the language, whose letters are those of \w.
    return quoted(name) if re.fullmatch(r"\w+", name) else f"`{name}`"


def joined(word: str, texts: Sequence[str]) -> str:
    """Join conditions by "and" or "or"; a single one stays as it is."""
    return texts[0] if len(texts) == 1 else f" {word} ".join(f"({text})" for text in texts)


def _literal(value: Any, owner: str) -> str:
    """Write a plain value."""
    if value is None or isinstance(value, bool):
        return _WORDS[value]
    if is_number(value):
        # The language has no word for infinity; a number too large for a float is read as it.
        return repr(value) if math.isfinite(value) else f"{'-' * (value < 0)}1e999"
    if isinstance(value, str):
        return repr(str(value))
    if value and not any(isinstance(one, tuple) for one in value):
        return f"({''.join(_literal(one, owner) + ', ' for one in value)[:-1]})"
    advice = "Conditions know no empty and no nested tuples: use text in their place."
    raise SpaceError.must(owner, "depend on text, numbers, True, False or None", value, advice)
