"""Values as the text of one cell, and back: nothing is evaluated, and nothing changes its type."""

from __future__ import annotations

import json
import re
from typing import Any

_WORDS: dict[str, Any] = {
    "True": True,
    "true": True,
    "False": False,
    "false": False,
    "None": None,
    "null": None,
}
_INT = re.compile(r"[+-]?\d+")
_FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?inf|nan", re.IGNORECASE)
_BRACKETS = {"(": ")", "[": "]"}


def cell_of(value: Any) -> str:
    """Write a plain value; text that would be read as something else stands in quotes.

    Examples
    --------
    >>> [cell_of(one) for one in ("rbf", "1", 1, None, (1, "a"))]
    ['rbf', '"1"', '1', 'None', '[1, "a"]']
    """
    if isinstance(value, str):
        is_safe = value and value == value.strip() and value[0] not in "\"'[("
        return value if is_safe and value_of(value) == value else json.dumps(value)
    if isinstance(value, tuple):
        return json.dumps(value)
    return repr(value)


def value_of(cell: str) -> Any:
    """Read what `cell_of` has written, or another tool: numbers, truth values, lists, text.

    Examples
    --------
    >>> [value_of(one) for one in ("rbf", '"1"', "1", "1e-3", "None", "(100, 50)")]
    ['rbf', '1', 1, 0.001, None, (100, 50)]
    """
    text = cell.strip()
    if text in _WORDS:
        return _WORDS[text]
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text)
    if text[:1] == '"' or _BRACKETS.get(text[:1]) == text[-1:] != "":
        return _quoted(text)
    return text


def _quoted(text: str) -> Any:
    """Read JSON, or Python's way to write a tuple; as it stands where it is neither."""
    for candidate in (text, f"[{text[1:-1].rstrip(', ')}]" if text[0] in _BRACKETS else text):
        try:
            return _as_tuples(json.loads(candidate))
        except ValueError:
            continue
    inner = text[1:-1].split(",") if text[0] in _BRACKETS and "[" not in text[1:] else None
    if inner is None or "(" in text[1:]:
        return text
    return tuple(value_of(one.strip().strip("'")) for one in inner if one.strip())


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value
