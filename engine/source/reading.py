"""A search space out of source code: what may vary, and exactly where each value stands."""

from __future__ import annotations

import reprlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from ..errors import SpaceError
from ..expression import parse
from ..hyper_parameter import HyperParameter, SpaceVersion
from .annotation import Annotation, parse_annotation
from .code_settings import CodeSettings
from .estimator_calls import EstimatorCalls
from .parsed_code import Found, Group, ParsedCode, Place, Skipped, too_deep
from .space_class import SpaceClasses, at_line


@dataclass(frozen=True)
class SourceReading:
    """What was read from a source text.

    Parameters
    ----------
    hyper_parameters : tuple of HyperParameter
        All of them.
    places : dict of str to Place
        By name, where the value stands; a declaration without a value has none.
    skipped : tuple of Skipped
        What was left alone, in the order of the text.
    constraints : tuple of str
        What every configuration must meet.
    """

    hyper_parameters: tuple[HyperParameter, ...] = ()
    places: dict[str, Place] = field(default_factory=dict)
    skipped: tuple[Skipped, ...] = ()
    constraints: tuple[str, ...] = ()


def read_source(text: str, name_of: Callable[[str], str] = str) -> SourceReading:
    """Read the hyper-parameters of a notebook cell or a file, without running any of it.

    Found are estimators with the values written in them, constants, config dicts, defaults of
    dataclasses and of argparse, and search spaces declared as classes. A tune comment behind a
    value says what it may be (see `parse_annotation`) and has it searched; without one, the
    presets say so of estimators, and all else is offered, but not searched.

    Names are those of scikit-learn: ``clf__C``. Where two places would have one name, those
    that belong to something take its name in front: ``config__lr``.

    Parameters
    ----------
    text : str
        Python, with IPython's magics or without.
    name_of : function
        As for `SpaceClasses`.

    Raises
    ------
    SpaceError
        The text is no Python, or a tune comment or a declaration is not valid; the message has
        the line.

    Examples
    --------
    >>> reading = read_source("lr = 1e-3  # tune: 1e-5..1e-1 log")
    >>> reading.hyper_parameters[0].high, reading.places["lr"].text
    (0.1, '1e-3')
    """
    try:
        return Reader(ParsedCode(text), name_of).reading()
    except RecursionError:
        raise too_deep() from None


@dataclass
class _Read:
    """A found value with what it may be, before all names are known."""

    found: Found
    record: HyperParameter
    name: str = ""


class Reader:
    """Brings together what was found, the tune comments, and names that are each used once.

    Parameters
    ----------
    code : ParsedCode
        The text.
    name_of : function
        As for `SpaceClasses`.

    Raises
    ------
    SpaceError
        As for `read_source`.
    """

    def __init__(self, code: ParsedCode, name_of: Callable[[str], str] = str) -> None:
        self.code = code
        self.calls = EstimatorCalls(code)
        parts = SpaceClasses(code, name_of), self.calls, CodeSettings(code)
        groups: list[Group] = [group for part in parts for group in part.groups]
        self.skipped = [one for part in parts for one in part.skipped]
        self.annotations = self._annotations(groups)
        self.read = [(group, self._read_group(group)) for group in groups]
        self._name()

    def nodes(self) -> dict[str, Any]:
        """Return where each value is written, by name."""
        found = {one.name: one.found.node for _, several in self.read for one in several}
        return {name: node for name, node in found.items() if node is not None}

    def reading(self) -> SourceReading:
        """Return all of it, checked as one space."""
        reads = [one for _, several in self.read for one in several]
        records = tuple(
            replace(one.record, name=one.name, active_when=self._condition(one, several))
            for _, several in self.read
            for one in several
        )
        constraints = tuple(
            _renamed(text, partial(_final, several, ""))
            for group, several in self.read
            for text in group.constraints
        )
        places = {
            one.name: self.code.place(one.found.node, one.found.context)
            for one in reads
            if one.found.node is not None
        }
        _check(records, constraints, places)
        skipped = sorted(set(self.skipped), key=lambda one: (one.line, one.column))
        return SourceReading(records, places, tuple(skipped), constraints)

    def _annotations(self, groups: list[Group]) -> dict[int, Annotation]:
        """Return the tune comments by the identity of the found value that each is beside."""
        beside: dict[int, list[Found]] = {line: [] for line in self.code.tune_comments}
        for found in (one for group in groups for one in group.found):
            line = 0 if found.node is None else self.code.position(found.node)[2]
            if line in beside and not found.is_declared:
                beside[line].append(found)
        annotations = {}
        for line, several in beside.items():
            meant = [one for one in several if one.is_tunable] or several
            if not meant:
                self._skip_comment(line)
                continue
            text = self.code.tune_comments[line]
            _check_single(line, text, meant)
            owner = f"line {line}: the tune comment of {meant[0].name}"
            annotations[id(meant[0])] = parse_annotation(text, owner)
        return annotations

    def _skip_comment(self, line: int) -> None:
        reason = (
            "No value that can be read ends on its line: a number, text, True, False, None or a "
            "tuple, written out, with a name that is assigned once."
        )
        column = self.code.tune_columns[line]
        self.skipped.append(Skipped(line, column, "tune comment", reason))

    def _read_group(self, group: Group) -> list[_Read]:
        reads: dict[str, _Read] = {}
        for found in group.found:
            if (record := self._record(found)) is None:
                continue
            if (earlier := reads.pop(found.name, None)) is not None:
                self._skip(earlier.found, "It is written again further down, which counts.")
            reads[found.name] = _Read(found, record)
        return [self._unguessed(one, reads) for one in reads.values()]

    def _unguessed(self, one: _Read, reads: dict[str, _Read]) -> _Read:
        """Drop a preset's condition that names what a tune comment has switched off."""
        offered = one.found.offered
        text = one.record.active_when
        if one.found.is_declared or offered is None or not text or text != offered.active_when:
            return one
        is_whole = all(name in reads for name in parse(text).names)
        return one if is_whole else _Read(one.found, replace(one.record, active_when=""))

    def _record(self, found: Found) -> HyperParameter | None:
        """Say what a found value may be; None where it is left alone."""
        annotation = self.annotations.get(id(found))
        if annotation is None:
            if found.is_tunable and found.offered is None and (reason := _reason(found.value)):
                self._skip(found, reason)
            return found.offered if found.is_tunable else None
        try:
            return annotation.hyper_parameter(found.name, found.value, found.offered)
        except SpaceError as error:
            line = 0 if found.node is None else self.code.position(found.node)[2]
            raise at_line(line, error) from None

    def _skip(self, found: Found, reason: str) -> None:
        if found.node is not None:
            what = found.name if found.context == "constant" else found.context
            self.skipped.append(self.code.skipped(found.node, what, reason))

    def _name(self) -> None:
        """Give each its final name; a group that shares one puts its prefix before all."""
        counts = Counter(one.found.name for _, several in self.read for one in several)
        prefixes = _numbered(
            [
                group.prefix if any(counts[one.found.name] > 1 for one in several) else ""
                for group, several in self.read
            ]
        )
        taken: set[str] = set()
        for (_, several), prefix in zip(self.read, prefixes, strict=True):
            for one in several:
                one.name = _free(prefix + one.found.name, taken)
                taken.add(one.name)

    def _condition(self, one: _Read, several: list[_Read]) -> str:
        text = one.record.active_when
        return text and _renamed(text, partial(_final, several, one.found.steps))


def _check_single(line: int, text: str, found: list[Found]) -> None:
    if len(found) > 1:
        names = ", ".join(one.name for one in found)
        raise SpaceError.must(
            f"line {line}: the tune comment",
            f"stand beside one value, and here are {len(found)} ({names})",
            text,
            "Put each value on a line of its own.",
        )


def _reason(value: Any) -> str:
    """Say why nothing is offered; empty for text that is plainly a path, a title or such."""
    if isinstance(value, str):
        return (
            f"A text needs its options. Add a comment such as # tune: {{{value}, other}}."
            if value.isidentifier()
            else ""
        )
    if isinstance(value, tuple):
        return "A tuple needs its options. Add a comment such as # tune: {(50,), (50, 50)}."
    return (
        f"No range can be guessed from {reprlib.repr(value)}. Add a comment such as # tune: 1..10."
    )


def _numbered(prefixes: list[str]) -> list[str]:
    """Return the prefixes with their joint; those that come twice with numbers."""
    counts, seen = Counter(prefixes), Counter[str]()
    numbered = []
    for prefix in prefixes:
        seen[prefix] += 1
        number = f"_{seen[prefix]}" if counts[prefix] > 1 else ""
        numbered.append(f"{prefix}{number}__" if prefix else "")
    return numbered


def _free(name: str, taken: set[str]) -> str:
    number, free = 1, name
    while free in taken:
        number += 1
        free = f"{name}_{number}"
    return free


def _final(several: list[_Read], steps: str, name: str) -> str:
    """Return the final name of what a condition calls `name`: a sibling, or one of its group."""
    finals = {one.found.name: one.name for one in several}
    return finals.get(steps + name, finals.get(name, name))


def _renamed(text: str, final: Callable[[str], str]) -> str:
    expression = parse(text)
    names = {name: final(name) for name in expression.names if final(name) != name}
    return expression.renamed(names) if names else text


def _check(
    records: tuple[HyperParameter, ...], constraints: tuple[str, ...], places: dict[str, Place]
) -> None:
    """Check the conditions and constraints together, and say the line where one has it."""
    try:
        SpaceVersion(1, records, constraints)
    except SpaceError as error:
        for line in _lines_of(error, places):
            raise at_line(line, error) from None
        raise


def _lines_of(error: SpaceError, places: dict[str, Place]) -> Iterator[int]:
    for name, place in places.items():
        if error.name == f"SearchSpace.{name}.active_when":
            yield place.line
