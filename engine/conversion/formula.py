"""Conditions as and, or and comparisons, for tools that have no language of their own."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal, TypeAlias

from ..errors import SpaceError
from ..expression import Expression, parse, syntax_tree
from ..given import as_number
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..trial import Config

MAX_CASES = 10_000

_OPPOSITE = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


@dataclass(frozen=True)
class Among:
    """A hyper-parameter has one of some values."""

    name: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Comparison:
    """A number compares with another (not by ``==``) that is within its range."""

    name: str
    sign: str
    number: float


@dataclass(frozen=True)
class Relation:
    """Two hyper-parameters compare."""

    left: str
    sign: str
    right: str


@dataclass(frozen=True)
class Joint:
    """All of several hold, or any."""

    word: Literal["and", "or"]
    parts: tuple[Part, ...]


Part: TypeAlias = Among | Comparison | Relation | Joint
Formula: TypeAlias = Part | bool


def formula(text: str, version: SpaceVersion, owner: str, *, is_negated: bool = False) -> Formula:
    """Take a condition or a constraint apart.

    Negations are carried out (De Morgan), and what is computed out of few values is spelt out
    case by case. All that a formula speaks of is active where the formula is true.

    Parameters
    ----------
    text : str
        A condition that was checked against `version`.
    version : SpaceVersion
        The space that the text is about.
    owner : str
        What the text belongs to, for messages.
    is_negated : bool
        Whether to return what is true where the condition is false.

    Returns
    -------
    Formula
        True or False where it does not depend on anything.

    Raises
    ------
    SpaceError
        It computes with more than 10,000 cases, or names what has no value.

    Examples
    --------
    >>> k = HyperParameter("k", "choice", "a", choices=("a", "b", "c"))
    >>> formula("not k == 'a'", SpaceVersion(1, (k,)), "SearchSpace")
    Among(name='k', values=('b', 'c'))
    """
    return _Reader(text, version, owner).read(syntax_tree(text), is_negated)


def _joint(word: Literal["and", "or"], parts: Sequence[Formula]) -> Formula:
    decided = word == "or"
    if any(part is decided for part in parts):
        return decided
    open_parts = tuple(part for part in parts if not isinstance(part, bool))
    if len(open_parts) > 1:
        return Joint(word, open_parts)
    return open_parts[0] if open_parts else not decided


class _Reader:
    """Reads the parse tree of one condition."""

    def __init__(self, text: str, version: SpaceVersion, owner: str) -> None:
        self.text, self.version, self.owner = text, version, owner

    def read(self, tree: Any, is_negated: bool) -> Formula:
        kind, children = str(tree.data), tree.children
        if kind == "not_":
            return self.read(children[0], not is_negated)
        if kind in ("and_", "or_"):
            parts = [self.read(child, is_negated) for child in children]
            return _joint("and" if (kind == "and_") != is_negated else "or", parts)
        if kind == "compared":
            links = zip(children[1::2], pairwise(children[::2]), strict=True)
            parts = [self._link(*two, str(sign), is_negated) for sign, two in links]
            return _joint("or" if is_negated else "and", parts)
        return self._cases(self._part(tree, tree), is_negated)

    def _link(self, left: Any, right: Any, sign: str, is_negated: bool) -> Formula:
        """Read one comparison."""
        part = self._part(left, right)
        if is_negated:
            sign = _OPPOSITE[sign]
        if _number(left) is not None:
            left, right, sign = right, left, _MIRRORED[sign]
        if left.data != "name" or self._one(left).kind == "choice" or self._is_held(left):
            return self._cases(part, is_negated)
        number = _number(right)
        if number is not None:
            return self._comparison(self._one(left), sign, number)
        if right.data == "name" and self._one(right).kind != "choice" and not self._is_held(right):
            return Relation(self._one(left).name, sign, self._one(right).name)
        return self._cases(part, is_negated)

    def _one(self, tree: Any) -> HyperParameter:
        return self.version[str(tree.children[0]).strip("`")]

    def _is_held(self, tree: Any) -> bool:
        return not self._one(tree).is_searched

    def _part(self, left: Any, right: Any) -> Expression:
        """Parse the text from one tree to the other by itself."""
        first, last = left.meta, right.meta
        start = getattr(first, "container_start_pos", first.start_pos)
        return parse(self.text[start : getattr(last, "container_end_pos", last.end_pos)])

    def _comparison(self, one: HyperParameter, sign: str, number: float) -> Formula:
        if sign in ("==", "!="):
            number = as_number(one.kind, number)
            if not one.contains(number):
                return sign == "!=" and self._always(one)
            is_equal = sign == "=="
            return Among(one.name, (number,)) if is_equal else Comparison(one.name, sign, number)
        ends = [_ORDERS[sign](end, number) for end in (one.low, one.high)]
        if all(ends):
            return self._always(one)
        if not any(ends):
            return False
        if one.kind == "int":
            number = math.ceil(number) if sign in ("<", ">=") else math.floor(number)
        return Comparison(one.name, sign, number)

    def _always(self, one: HyperParameter) -> Formula:
        """Return what is true of any value; only one that is always there needs no question."""
        return Comparison(one.name, ">=", one.low) if one.active_when else True

    def _cases(self, part: Expression, is_negated: bool) -> Formula:
        """Spell out for which values a part is true."""
        if not part.names:
            return part.holds({}) is not is_negated
        ones = [self.version[name] for name in part.names]
        if math.prod(len(self._values(one, part.text)) for one in ones) > MAX_CASES:
            raise self._unsaid(part.text)
        return self._split(ones, {}, lambda config: part.holds(config) is not is_negated)

    def _split(
        self, ones: Sequence[HyperParameter], config: Config, holds: Callable[[Config], bool]
    ) -> Formula:
        """Spell out by the values of the first, those together that ask the same of the rest."""
        first, *rest = ones
        groups: dict[str, tuple[Formula, list[Any]]] = {}
        for value in self._values(first, self.text):
            known = {**config, first.name: value}
            asked = self._split(rest, known, holds) if rest else holds(known)
            groups.setdefault(repr(asked), (asked, []))[1].append(value)
        return _joint(
            "or",
            [
                _joint("and", [self._among(first, tuple(values)), asked])
                for asked, values in groups.values()
            ],
        )

    def _among(self, one: HyperParameter, values: tuple[Any, ...]) -> Formula:
        if len(values) == len(self._values(one, self.text)) and not one.active_when:
            return True
        is_span = one.kind == "int" and values[-1] - values[0] + 1 == len(values)
        if not is_span or len(values) < 3:
            return Among(one.name, values)
        ends = ((">=", values[0], one.low), ("<=", values[-1], one.high))
        sides = [Comparison(one.name, sign, end) for sign, end, limit in ends if end != limit]
        return _joint("and", sides) if sides else self._always(one)

    def _values(self, one: HyperParameter, part: str) -> Sequence[Any]:
        """Return all values that a hyper-parameter may have."""
        if one.is_unset:
            advice = "Give it a value, or drop the condition."
            rule = f"depend on what has a value, which {one.name!r} has not"
            raise SpaceError.must(self.owner, rule, part, advice)
        if not one.is_searched:
            return (one.value,)
        if one.kind == "choice":
            return one.choices
        if one.kind == "int" and one.high - one.low < MAX_CASES:
            return range(one.low, one.high + 1)
        raise self._unsaid(part)

    def _unsaid(self, part: str) -> SpaceError:
        rule = "compare hyper-parameters with values or with one another, to be converted"
        advice = "Simplify it, or make choices of the ranges that it computes with."
        return SpaceError.must(self.owner, rule, part, advice)


def _number(tree: Any) -> Any:
    """Return the number that a tree is, with its sign; None if it is none."""
    kind = str(tree.data)
    if kind == "minus":
        number = _number(tree.children[0])
        return None if number is None else -number
    if kind != "number":
        return None
    text = str(tree.children[0])
    try:
        return int(text)
    except ValueError:
        return float(text)
