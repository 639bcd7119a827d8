"""Plain values as Python source text, which reads back as exactly what it was."""

from __future__ import annotations

from typing import Any


def literal_text(value: Any) -> str:
    """Write a plain value as a literal, text in double quotes where that needs no escapes.

    Parameters
    ----------
    value : object
        Text, a number, True, False, None, or a tuple of these.

    Examples
    --------
    >>> literal_text(("a", -1, float("inf")))
    '("a", -1, 1e999)'
    """
    if isinstance(value, tuple):
        texts = [literal_text(one) for one in value]
        return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, float):
        # A number beyond all floats reads as infinity, which has no literal of its own.
        return repr(value).replace("inf", "1e999")
    return repr(value)


def _quoted(text: str) -> str:
    written = repr(text)
    has_quotes = "'" in text or '"' in text
    return written if has_quotes else f'"{written[1:-1]}"'
