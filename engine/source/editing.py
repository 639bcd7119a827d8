"""New values written into the code: exactly the literals, and nothing else."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import SpaceError
from ..plain import is_plain
from .cells import Cells, joined
from .insertion import insertion
from .parsed_code import ParsedCode, too_deep
from .targets import Target, Targets
from .value_text import Replacement, replacements, restyled, usual_quote

_UNSAFE = "It could not be written so that the code reads back as asked. Write it by hand."


@dataclass(frozen=True)
class Change:
    """One value that was written.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    cell : str
        The cell it stands in.
    line : int
        Its line there before the edit, from 1.
    before, after : str
        The text of the value; `before` is empty where it was added.
    note : str
        What else the user should know, such as that a variable is read elsewhere too.
    """

    name: str
    cell: str
    line: int
    before: str
    after: str
    note: str = ""


@dataclass(frozen=True)
class SourceEdit:
    """What an edit makes of some cells, or of one file; nothing is written yet.

    Parameters
    ----------
    before, after : dict of str to str
        The texts by cell.
    changes : tuple of Change
        What was written.
    refused : dict of str to str
        The hyper-parameters that could not be written, with the reason in words.
    """

    before: dict[str, str]
    after: dict[str, str]
    changes: tuple[Change, ...] = ()
    refused: dict[str, str] = field(default_factory=dict)

    @property
    def changed(self) -> tuple[str, ...]:
        """The cells that get another text."""
        return tuple(cell for cell, text in self.before.items() if self.after[cell] != text)

    def diff(self, n_context: int = 2) -> str:
        """Return the edit as a unified diff; empty where nothing changes."""
        return "".join(
            _diff(one, self.before[one], self.after[one], n_context) for one in self.changed
        )

    def applied_to(self, cell: str, current: str) -> str:
        """Return the new text of a cell, if it still has the text that was read.

        Raises
        ------
        SpaceError
            The cell has been edited meanwhile.
        """
        if current != self.before[cell]:
            raise SpaceError(
                f"{cell or 'the code'} has changed since it was read. Read it again, then write.",
                name=cell,
                value=current,
            )
        return self.after[cell]


def edit_source(text: str, config: Mapping[str, Any], model: str = "") -> SourceEdit:
    r"""Write new values into one text; see `edit_cells`.

    Examples
    --------
    >>> edit = edit_source("model = SVC(C=1e-3)  # mine", {"C": 0.02, "gamma": 0.5})
    >>> edit.after[""]
    'model = SVC(C=2e-2, gamma=0.5)  # mine'
    """
    return edit_cells({"": text}, config, model)


def edit_cells(texts: Mapping[str, str], config: Mapping[str, Any], model: str = "") -> SourceEdit:
    """Write new values into the code that sets them, in the style in which it is written.

    A value that a variable, an entry of a dict or an attribute of a class hands on is written
    there. One that an estimator leaves at its default is added as a keyword, unless it is the
    default. What is computed, or not understood, stays as it is, byte for byte.

    Parameters
    ----------
    texts : mapping of str to str
        The cells of a notebook by name, in their order, or one file.
    config : mapping of str to object
        The plain values by hyper-parameter.
    model : str
        As for `Targets`.

    Raises
    ------
    SpaceError
        The only text is no Python, a tune comment is not valid, or a value is not plain.
    """
    for name, value in config.items():
        if not is_plain(value):
            raise SpaceError.must(
                f"the new value of {name}",
                "be text, a number, True, False, None or a tuple",
                value,
                "Pass a plain value.",
            )
    try:
        return _Editor(joined(texts), model).edit(config)
    except RecursionError:
        raise too_deep() from None


class _Editor:
    """Writes values one kind after the other: first those that are there, then new items."""

    def __init__(self, cells: Cells, model: str) -> None:
        self._before = self._cells = cells
        self._model = model
        self._changes: list[Change] = []
        self._refused: dict[str, str] = {}
        self._read()

    def _read(self) -> None:
        self._code = ParsedCode(self._cells.python)
        self._targets = Targets(self._code, self._model)
        self._quote = usual_quote(self._code)

    def edit(self, config: Mapping[str, Any]) -> SourceEdit:
        """Write all values that can be written."""
        added = self._replace(config)
        for name in added:
            self._add(name, config[name])
        if self._changes and (reason := self._misread(config)):
            refused = {one.name: reason for one in self._changes}
            texts = self._before.texts()
            return SourceEdit(texts, texts, (), {**self._refused, **refused})
        after = self._cells.texts()
        return SourceEdit(self._before.texts(), after, tuple(self._changes), self._refused)

    def _replace(self, config: Mapping[str, Any]) -> list[str]:
        """Replace what is written; return the names of what is not."""
        added: list[str] = []
        parts: dict[int, Replacement] = {}
        values: dict[Any, Any] = {}
        for name, value in config.items():
            target = self._targets.find(name)
            if target.node is None:
                if target.parent is not None and target.default != value:
                    added.append(name)
                elif target.parent is None:
                    self._refused[name] = target.reason
                continue
            if target.node in values and values[target.node] != value:
                self._refused[name] = (
                    f"It is written as {target.through}, which has another new value."
                )
                continue
            values[target.node] = value
            for part in replacements(self._code, target.node, value, self._quote):
                parts[part[0]] = part
                self._log(name, part, _note(target))
        self._cells = self._cells.replaced(list(parts.values()))
        return added

    def _add(self, name: str, value: Any) -> None:
        self._read()
        target = self._targets.find(name)
        if target.parent is None:
            self._refused[name] = target.reason or _UNSAFE
            return
        written = restyled("", value, self._quote)
        parts = insertion(self._code, target.parent, target.key, written, self._quote)
        self._log(name, (parts[-1][0], parts[-1][0], written), "added; the code had its default")
        self._cells = self._cells.replaced(parts)

    def _log(self, name: str, part: Replacement, note: str) -> None:
        start, end, text = part
        cell, line = self._cells.cell_at(start)
        self._changes.append(Change(name, cell, line, self._code.text[start:end], text, note))

    def _misread(self, config: Mapping[str, Any]) -> str:
        """Say why the new text does not have the new values, as a second reading finds them."""
        try:
            self._read()
        except SpaceError as error:
            return str(error)
        for name in {one.name for one in self._changes}:
            node = self._targets.find(name).node
            if node is None or replacements(self._code, node, config[name], self._quote):
                return _UNSAFE
        return ""


def _note(target: Target) -> str:
    if not target.through:
        return ""
    also = "; it is read in other places too" if target.n_readers > 1 else ""
    return f"written as {target.through}{also}"


def _diff(name: str, before: str, after: str, n_context: int) -> str:
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    name = name or "code"
    parts = difflib.unified_diff(old, new, f"{name} (now)", f"{name} (then)", n=n_context)
    # difflib does not say where the last line has no end.
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts)
