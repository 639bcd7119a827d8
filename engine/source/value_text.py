"""A new value in the style that the old one was written in: notation, quotes, grouping."""

from __future__ import annotations

import ast
import math
import re
from contextlib import suppress
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from .literal_text import literal_text
from .parsed_code import ParsedCode

if TYPE_CHECKING:
    import libcst as cst

Replacement = tuple[int, int, str]
"""Start and end in the text, and what stands there then."""

_SCIENTIFIC = re.compile(r"[eE]([+-]?)(0?)\d")
_BASES = {"0x": "x", "0o": "o", "0b": "b"}
_PREFIX = re.compile(r"([uUrR]*)('''|\"\"\"|'|\")")
_LONGEST = 20
"""A number of more characters than this is easier to read in scientific notation."""


def restyled(old: str, value: Any, quote: str = '"') -> str:
    """Write a plain value as the one before was written.

    Parameters
    ----------
    old : str
        The literal that stands in the code; one of another kind gives no style.
    value : object
        The new value, a plain one.
    quote : str
        The quotes for text, where there were none before.

    Returns
    -------
    str
        It reads back as exactly `value`.

    Examples
    --------
    >>> restyled("1e-3", 0.02), restyled("1_000", 25000), restyled("'rbf'", "poly")
    ('2e-2', '25_000', "'poly'")
    """
    written = _styled(old, value, quote)
    with suppress(ValueError, SyntaxError):
        back = ast.literal_eval(written)
        if back == value and type(back) is type(value):
            return written
    return literal_text(value)


def replacements(code: ParsedCode, node: cst.CSTNode, value: Any, quote: str) -> list[Replacement]:
    """Return what to replace so that a literal has another value, and as little as possible.

    Of tuples of one length only the items that differ are touched; parentheses stay.
    """
    import libcst as cst

    if _is_same(code.literal(node), value):
        return []
    if isinstance(node, cst.Tuple) and isinstance(value, tuple):
        items = [one.value for one in node.elements]
        if len(items) == len(value):
            pairs = zip(items, value, strict=True)
            return [part for item, one in pairs for part in replacements(code, item, one, quote)]
        first = code.place(items[0], "").text if items else ""
        return [(*code.span(node), _tuple_text(first, value, quote))]
    start, end = _inner_span(code, node)
    return [(start, end, restyled(code.text[start:end], value, quote))]


def usual_quote(code: ParsedCode) -> str:
    """Return the quotes that most texts of the code have."""
    import libcst as cst

    texts = [one.quote for one in code.of(cst.SimpleString) if len(one.quote) == 1]
    return "'" if texts.count("'") > texts.count('"') else '"'


def _is_same(old: Any, new: Any) -> bool:
    """Whether nothing is to be written: also where 1 stands for 1.0."""
    if isinstance(old, tuple) and isinstance(new, tuple):
        return len(old) == len(new) and all(map(_is_same, old, new))
    return bool(old == new) and isinstance(old, bool) == isinstance(new, bool)


def _inner_span(code: ParsedCode, node: Any) -> tuple[int, int]:
    """Return where a literal stands within its parentheses."""
    import libcst as cst

    start, end = code.span(node)
    if isinstance(node, cst.Tuple):  # they are its own
        return start, end
    render = code.tree.code_for_node
    start += sum(len(render(one)) for one in node.lpar)
    return start, end - sum(len(render(one)) for one in node.rpar)


def _tuple_text(first: str, values: tuple[Any, ...], quote: str) -> str:
    texts = [restyled(first, one, quote) for one in values]
    return f"({texts[0]},)" if len(texts) == 1 else f"({', '.join(texts)})"


def _styled(old: str, value: Any, quote: str) -> str:
    if isinstance(value, bool) or value is None:
        return repr(value)
    if isinstance(value, tuple):
        return _tuple_text("", value, quote)
    if isinstance(value, str):
        return _text(old, value, quote)
    sign = "-" if math.copysign(1, value) < 0 else "+" if old.startswith("+") else ""
    old = old.lstrip("+- ")
    return sign + (_whole(old, abs(value)) if isinstance(value, int) else _real(old, abs(value)))


def _text(old: str, value: str, quote: str) -> str:
    prefix, marks = match.groups() if (match := _PREFIX.match(old)) else ("", quote)
    written = repr(value)[1:-1]
    if marks in value or (len(marks) == 3 and value.endswith(marks[0])):
        return repr(value)
    if "r" in prefix.lower():
        return f"{prefix}{marks}{value}{marks}"
    # repr escapes a single quote only in text with both kinds of quotes.
    written = written.replace("\\'", "'")
    return f"{prefix}{marks}{written}{marks}"


def _whole(old: str, value: int) -> str:
    digits = old.replace("_", "")
    if base := _BASES.get(digits[:2].lower()):
        is_upper = digits[2:].upper() == digits[2:] != digits[2:].lower()
        body = format(value, base.upper() if is_upper and base == "x" else base)
        width = len(digits) - 2 if digits[2:].startswith("0") else 0
        return digits[:2] + body.zfill(width)
    return format(value, "_" if "_" in old else "")


def _real(old: str, value: float) -> str:
    if math.isinf(value):
        return literal_text(value)
    if (match := _SCIENTIFIC.search(old)) and not old[:2].lower().startswith("0x") and value:
        return _scientific(old, value, match)
    plain = format(Decimal(repr(value)), "f")
    if len(plain) > _LONGEST:
        return repr(value)
    whole, _, fraction = plain.partition(".")
    if "_" in old:
        whole = format(int(whole), "_")
    is_short = old.endswith(".") and fraction in ("", "0")
    fraction = "" if is_short else fraction or "0"
    return ("" if old.startswith(".") and whole == "0" else whole) + "." + fraction


def _scientific(old: str, value: float, match: re.Match[str]) -> str:
    number = Decimal(repr(value)).normalize()
    digits = "".join(map(str, number.as_tuple().digits))
    exponent = number.adjusted()
    mantissa = digits[0] + (f".{digits[1:]}" if digits[1:] else "")
    if "." in old[: match.start()] and "." not in mantissa:
        mantissa += "." if old[match.start() - 1] == "." else ".0"
    sign = "-" if exponent < 0 else match[1].replace("-", "")
    width = 2 if match[2] else 1
    return f"{mantissa}{old[match.start()]}{sign}{str(abs(exponent)).zfill(width)}"
