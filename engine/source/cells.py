"""The cells of a notebook as one text, so that a name of one cell is known in the others."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import SpaceError
from .parsed_code import ParsedCode, Skipped
from .value_text import Replacement

_MARK = "\ufeff"


@dataclass(frozen=True)
class Cells:
    """Several texts, one below the other.

    Parameters
    ----------
    names : tuple of str
        What the cells are called, in their order.
    text : str
        All of them as they stand.
    python : str
        The same with blanks for what is no Python; every character in its place.
    starts : tuple of int
        Where each cell starts in `text`.
    unreadable : tuple of (str, Skipped)
        The cells that were passed over, with the reason.
    """

    names: tuple[str, ...]
    text: str
    python: str
    starts: tuple[int, ...]
    unreadable: tuple[tuple[str, Skipped], ...] = ()

    def replaced(self, parts: list[Replacement]) -> Cells:
        """Return the cells with some characters replaced."""
        text, python, starts = self.text, self.python, list(self.starts)
        for start, end, new in sorted(parts, reverse=True):
            text = text[:start] + new + text[end:]
            python = python[:start] + new + python[end:]
            grown = len(new) - (end - start)
            starts = [one + grown if one > start else one for one in starts]
        return Cells(self.names, text, python, tuple(starts), self.unreadable)

    def texts(self) -> dict[str, str]:
        """Return the text of each cell."""
        ends = [*(start - 1 for start in self.starts[1:]), len(self.text)]
        spans = zip(self.names, self.starts, ends, strict=True)
        return {name: self.text[start:end] for name, start, end in spans}

    def cell_at(self, position: int) -> tuple[str, int]:
        """Return the cell that a character is in, and its line there, from 1."""
        number = bisect_right(self.starts, position) - 1
        before = self.text[self.starts[number] : position]
        return self.names[number], 1 + len(re.findall(r"\r\n?|\n", before))


def joined(texts: Mapping[str, str]) -> Cells:
    r"""Put cells one below the other; what is no Python is passed over.

    Parameters
    ----------
    texts : mapping of str to str
        The cells by name, in their order. One alone must be Python.

    Raises
    ------
    SpaceError
        The only text is no Python.

    Examples
    --------
    >>> joined({"a": "x = 1", "b": "%%bash\nls"}).python
    'x = 1\n      \n  '
    """
    pythons, starts, unreadable, position = [], [], [], 0
    for name, text in texts.items():
        try:
            pythons.append(ParsedCode(text).python)
        except SpaceError as error:
            if len(texts) == 1:
                raise
            unreadable.append((name, Skipped(1, 0, "cell", str(error))))
            pythons.append(re.sub(r"[^\r\n]", " ", text))
        starts.append(position)
        position += len(text) + 1
    python = "\n".join(pythons)
    # Only the first character of all may be a byte order mark; a form feed indents nothing.
    python = python[:1] + python[1:].replace(_MARK, "\f")
    whole = "\n".join(texts.values())
    return Cells(tuple(texts), whole, python, tuple(starts), tuple(unreadable))
