"""A condition in words: "kernel in {rbf, poly}" as "kernel is rbf or poly"."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping

from ..engine.expression import parse

_TOKEN = re.compile(
    r"""(?P<text>"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')"""
    r"|(?P<name>`[^`]+`)"
    r"|(?P<options>(?:not\s+)?in\s*\{)"
    r"|(?P<word>[^\W\d]\w*)"
    r"|(?P<number>(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<sign>==|!=|<=|>=|\S)"
    r"|(?P<blank>\s+)"
)
_LINKS = ("and", "or", "not")
_SIGNS = {"==": " is ", "!=": " is not ", "<=": " ≤ ", ">=": " ≥ "}


def condition_words(text: str, titles: Mapping[str, str]) -> str:
    """Say a condition as a person would.

    Parameters
    ----------
    text : str
        A condition that can be parsed.
    titles : Mapping of str to str
        What to call hyper-parameters, by name; others go by their names.

    Raises
    ------
    SpaceError
        The text cannot be parsed.

    Examples
    --------
    >>> condition_words("kernel in {rbf, poly} and svc__C != 1", {"svc__C": "Cost"})
    'kernel is one of rbf, poly and Cost is not 1'
    """
    starts = {start: titles.get(name, name) for name, start, _ in parse(text).places}
    return " ".join("".join(_pieces(text, starts)).split())


def _pieces(text: str, starts: Mapping[int, str]) -> Iterator[str]:
    """Yield the words, and between them the blanks as they were written."""
    is_compound = any(token.group() in _LINKS for token in _TOKEN.finditer(text))
    tokens = _TOKEN.finditer(text)
    for token in tokens:
        if token.lastgroup == "options":
            options = list(_options(tokens))
            yield _said(options, token.group().startswith("not"), is_compound)
        elif token.lastgroup == "text":
            yield _unquoted(token.group())
        elif token.start() in starts:
            yield starts[token.start()]
        else:
            yield _SIGNS.get(token.group(), token.group())


def _options(tokens: Iterator[re.Match[str]]) -> Iterator[str]:
    """Yield what stands between the commas, up to the brace that ends it."""
    option, depth = "", 0
    for token in tokens:
        sign = token.group() if token.lastgroup == "sign" else ""
        depth += (sign == "(") - (sign == ")")
        if sign == "}" or (sign == "," and depth == 0):
            yield from [option] if option else []
            option = ""
        else:
            option += ", " if sign == "," else _unquoted(token.group())
        if sign == "}":
            return


def _said(options: list[str], is_negated: bool, is_compound: bool) -> str:
    """Say what a value is among; beside an "and" one more "or" could be read in two ways."""
    if len(options) == 1:
        return f" is not {options[0]}" if is_negated else f" is {options[0]}"
    if is_compound:
        return f" is {'none' if is_negated else 'one'} of {', '.join(options)}"
    first, last = ", ".join(options[:-1]), options[-1]
    return f" is neither {first} nor {last}" if is_negated else f" is {first} or {last}"


def _unquoted(text: str) -> str:
    if text[0] in "'\"":
        return str(ast.literal_eval(text))
    return text.strip("`")
