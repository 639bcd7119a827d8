"""Plain values as JSON text and back; tuples stay tuples, nothing is ever unpickled."""

from __future__ import annotations

import math
from typing import Any

import orjson

_TUPLE = "__tuple__"
_NUMBER = "__number__"
_JSON_INTS = range(-(2**63), 2**64)


def is_plain(value: Any) -> bool:
    """Whether `value` is text, a number, True, False, None, or a tuple of these.

    NaN is no number: it does not even equal itself.
    """
    if isinstance(value, tuple):
        return all(is_plain(one) for one in value)
    if isinstance(value, float):
        return not math.isnan(value)
    return value is None or isinstance(value, (str, bool, int))


def dumps(value: Any) -> str:
    """Turn dicts, lists, tuples and plain values into JSON text."""
    return orjson.dumps(_tagged(value)).decode()


def loads(text: str | bytes) -> Any:
    """Turn the text made by `dumps` back into what it was.

    Raises
    ------
    ValueError
        The text is no JSON.
    """
    value = orjson.loads(text)
    words = text if isinstance(text, str) else text.decode()
    return _untagged(value) if _TUPLE in words or _NUMBER in words else value


def _tagged(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _tagged(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_tagged(one) for one in value]
    if isinstance(value, tuple):
        return {_TUPLE: [_tagged(one) for one in value]}
    return {_NUMBER: repr(value)} if _is_beyond_json(value) else value


def _is_beyond_json(value: Any) -> bool:
    """Whether JSON has no such number: infinity, NaN, whole numbers of more than 64 bits."""
    if isinstance(value, float):
        return not math.isfinite(value)
    return type(value) is int and value not in _JSON_INTS


def _untagged(value: Any) -> Any:
    if isinstance(value, dict):
        if _TUPLE in value:
            return tuple(_untagged(one) for one in value[_TUPLE])
        if _NUMBER in value:
            number = value[_NUMBER]
            return float(number) if number[-1].isalpha() else int(number)
        return {key: _untagged(one) for key, one in value.items()}
    return [_untagged(one) for one in value] if isinstance(value, list) else value
