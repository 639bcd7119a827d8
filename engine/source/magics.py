"""IPython's magics, taken out of a notebook cell so that all else stays in its place."""

from __future__ import annotations

import re
from collections.abc import Iterator

_PYTHON_CELLS = frozenset(["%%time", "%%timeit", "%%capture", "%%prun"])
# A string's start, a comment, a bracket, a continued line or the end of a line: all that says
# where a logical line starts.
_TOKEN = re.compile(r"'''|\"\"\"|'|\"|#[^\r\n]*|[([{]|[)\]}]|\\(?:\r\n?|\n)|\r\n?|\n")
_MAGIC_START = re.compile(r"[ \t]*[%!?]")
_MAGIC = re.compile(r"[ \t]*(?:[%!?]|[\w ,.]+=\s*[!%]|[^#'\"]*\?\s*(?:#.*)?$)")


def without_magics(text: str) -> str:
    r"""Blank the lines that only IPython knows; lines and columns stay as they are.

    Parameters
    ----------
    text : str
        A cell that is no Python as it stands. Lines within strings and brackets are no magics.

    Examples
    --------
    >>> without_magics("!ls -l\nx = 1")
    '0     \nx = 1'
    """
    first = text.lstrip().split(maxsplit=1)[:1]
    if first and first[0].startswith("%%") and first[0] not in _PYTHON_CELLS:
        return re.sub(r"[^\r\n]", " ", text)
    pieces = []
    for line in _logical_lines(text):
        pieces.append(_blank(line) if _MAGIC.match(line.rstrip("\r\n")) else line)
    return "".join(pieces)


def _blank(line: str) -> str:
    """Put a statement without effect in place of a line: a block may have no other."""
    blank = re.sub(r"[^\s]", " ", line)
    start = len(line) - len(line.lstrip())
    return f"{blank[:start]}0{blank[start + 1 :]}"


def _logical_lines(text: str) -> Iterator[str]:
    """Split a text into logical lines: brackets, strings and backslashes go on over lines."""
    start = position = depth = 0
    while match := _TOKEN.search(text, position):
        sign, position = match[0], match.end()
        if sign in ("'", '"', "'''", '"""'):
            position = _string_end(text, sign, position)
        elif sign in "([{":
            depth += 1
        elif sign in ")]}":
            depth = max(depth - 1, 0)
        elif sign in ("\n", "\r", "\r\n") and (depth == 0 or _is_magic_start(text, start)):
            yield text[start:position]
            start, depth = position, 0
    yield text[start:]


def _is_magic_start(text: str, start: int) -> bool:
    """Whether a line that opened brackets is a magic, whose brackets mean nothing."""
    return _MAGIC_START.match(text, start) is not None


def _string_end(text: str, quote: str, start: int) -> int:
    """Return where the string ends; one of a single line at the end of that line at the latest."""
    ends = re.escape(quote) if len(quote) == 3 else rf"{quote}|(?=[\r\n])"
    match = re.compile(rf"(?:\\(?:\r\n|.)|(?!{ends}).)*(?:{ends}|\Z)", re.DOTALL).match(text, start)
    return match.end() if match else len(text)
