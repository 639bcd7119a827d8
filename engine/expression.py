"""Conditions and constraints: a small language about hyper-parameters, parsed, never evaluated."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from itertools import pairwise
from typing import Any

from .errors import SpaceError

MAX_CHARACTERS = 1000
MAX_DEPTH = 40

# Priorities: `True` and `min(` would be names as well.
_GRAMMAR = r"""
?start: either
?either: both | both ("or" both)+ -> or_
?both: negation | negation ("and" negation)+ -> and_
?negation: comparison | "not" negation -> not_
?comparison: sum
    | sum (COMPARED sum)+ -> compared
    | sum "in" options -> in_
    | sum "not" "in" options -> not_in
options: "{" _option ("," _option)* ","? "}"
_option: word | literal | signed | tuple
tuple: "(" _item "," [_item ("," _item)* ","?] ")"
_item: literal | signed
signed: "-" NUMBER
?sum: product | sum ADDED product -> infix
?product: sign | product TIMES sign -> infix
?sign: power | "-" sign -> minus
?power: atom | atom POWER sign -> infix
?atom: name | literal | call | "(" either ")"
call: FUNCTION "(" either ("," either)* ")"
name: NAME | QUOTED
word: NAME | QUOTED
?literal: NUMBER -> number | TEXT -> text | CONSTANT -> constant
COMPARED: "==" | "!=" | "<=" | ">=" | "<" | ">"
POWER.2: "**"
ADDED: "+" | "-"
TIMES: "*" | "/" | "%"
CONSTANT.2: /(True|False|None)(?!\w)/
FUNCTION.2: /(abs|min|max|log|log2|log10|exp|sqrt|floor)(?=\s*\()/
NUMBER: /(\d[\d_]*\.?\d*|\.\d+)([eE][+-]?\d+)?/
TEXT: /"(\\.|[^"\\])*"|'(\\.|[^'\\])*'/
NAME: /[^\W\d]\w*/
QUOTED: /`[^`]+`/
%ignore /\s+/
"""

_ADVICE = "Write it like kernel in {rbf, poly}, or num_leaves < 2 ** max_depth."


class _Unknown:
    """What comes of a hyper-parameter that has no value; no other value equals it."""

    def __repr__(self) -> str:
        return "unknown"


UNKNOWN: Any = _Unknown()

Scope = Mapping[str, Any]
"""The values of a configuration; a name that is missing is unknown."""

Node = Callable[[Scope], Any]


@dataclass(frozen=True)
class Expression:
    """A parsed condition or constraint.

    Parameters
    ----------
    text : str
        As written.
    places : tuple of (str, int, int)
        Each name with its start and end in the text.
    numeric_names : frozenset of str
        The names that arithmetic or an order is applied to.

    Examples
    --------
    >>> leaves = parse("num_leaves < 2 ** max_depth")
    >>> leaves.names
    ('num_leaves', 'max_depth')
    >>> leaves.holds({"num_leaves": 31, "max_depth": 4})
    False
    >>> leaves.renamed({"max_depth": "model__max_depth"})
    'num_leaves < 2 ** model__max_depth'
    """

    text: str
    places: tuple[tuple[str, int, int], ...]
    numeric_names: frozenset[str]
    _node: Node

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The hyper-parameters that it speaks of, each once."""
        return tuple(dict.fromkeys(name for name, _, _ in self.places))

    def holds(self, config: Scope) -> bool | None:
        """Whether it is true of a configuration; None where a missing value decides.

        Arithmetic is that of floats: what is no number, or too large, compares as NaN or
        infinity do.
        """
        truth = self._node(config)
        return None if truth is UNKNOWN else bool(truth)

    def renamed(self, names: Mapping[str, str]) -> str:
        """Return the text with other names, the rest of it as written."""
        text = self.text
        for name, start, end in reversed(self.places):
            if name in names:
                text = text[:start] + quoted(names[name]) + text[end:]
        return text


def quoted(name: str) -> str:
    """Return a name as it stands in an expression: in backticks where it is no plain word."""
    is_plain = _PLAIN_NAME.fullmatch(name) and name not in _RESERVED_WORDS
    return name if is_plain else f"`{name}`"


_PLAIN_NAME = re.compile(r"[^\W\d]\w*")  # NAME of the grammar
_RESERVED_WORDS = frozenset(["and", "or", "not", "in", "True", "False", "None"])


def parse(text: str, owner: str = "Expression") -> Expression:
    """Parse a condition or a constraint.

    The language has names (in backticks where they are no identifiers), numbers, quoted text,
    True, False, None; ``== != < <= > >=`` (which may be chained), ``in {...}`` and ``not in``
    (single words need no quotes there), ``and or not``, ``+ - * / % **``, parentheses, and
    ``abs min max log log2 log10 exp sqrt floor``.

    Parameters
    ----------
    text : str
        At most 1,000 characters.
    owner : str
        What the text belongs to, for messages.

    Raises
    ------
    SpaceError
        The text is not in the language; the message shows where.
    """
    if not isinstance(text, str) or len(text) > MAX_CHARACTERS:
        rule = f"be text of at most {MAX_CHARACTERS:,} characters"
        raise SpaceError.must(owner, rule, text, _ADVICE)
    return _parsed(text, owner)


@lru_cache(1024)
def _parsed(text: str, owner: str) -> Expression:
    from lark.exceptions import UnexpectedInput

    try:
        return _Builder(text).expression(syntax_tree(text))
    except UnexpectedInput as error:
        is_cut = getattr(getattr(error, "token", None), "type", "") == "$END"
        position = len(text) if is_cut else error.pos_in_stream
        raise _unreadable(owner, text, position) from None
    except (_DepthError, SyntaxError, ValueError):
        raise _unreadable(owner, text, None) from None


class _DepthError(Exception):
    """The expression is nested too deeply."""


def syntax_tree(text: str) -> Any:
    """Return the parse tree of an expression that `parse` has accepted."""
    return _parser().parse(text)


@cache
def _parser() -> Any:
    """Return the parser; making it takes some milliseconds."""
    from lark import Lark

    return Lark(_GRAMMAR, parser="lalr", propagate_positions=True)


def _unreadable(owner: str, text: str, position: int | None) -> SpaceError:
    where = ""
    if position is not None:
        is_cut = not 0 <= position < len(text.rstrip())
        where = (
            "It ends too early. " if is_cut else f"Unreadable from {text[position:][:20]!r} on. "
        )
    return SpaceError.must(owner, "be a condition", text, where + _ADVICE)


class _Builder:
    """Turns a parse tree into nested functions of a configuration."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places: list[tuple[str, int, int]] = []
        self.numeric: set[str] = set()

    def expression(self, tree: Any) -> Expression:
        node = self._node(tree, 0)
        if tree.data not in _TRUTHS:
            raise ValueError(tree.data)
        places = tuple(sorted(self.places, key=lambda place: place[1]))
        return Expression(self.text, places, frozenset(self.numeric), node)

    def _node(self, tree: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise _DepthError
        build: Callable[[Any, int], Node] = getattr(self, f"_{tree.data}")
        return build(tree.children, depth + 1)

    def _name(self, children: Any, _depth: int) -> Node:
        token = children[0]
        name = str(token).strip("`")
        self.places.append((name, token.start_pos, token.end_pos))
        return lambda scope: scope.get(name, UNKNOWN)

    def _number(self, children: Any, _depth: int) -> Node:
        return _constant_node(_number(children[0]))

    def _text(self, children: Any, _depth: int) -> Node:
        return _constant_node(ast.literal_eval(str(children[0])))

    def _constant(self, children: Any, _depth: int) -> Node:
        return _constant_node(_CONSTANTS[children[0]])

    def _or_(self, children: Any, depth: int) -> Node:
        # By De Morgan, so that the unknown is handled in one place.
        return _negated(_all([_negated(truth) for truth in self._truths(children, depth)]))

    def _and_(self, children: Any, depth: int) -> Node:
        return _all(self._truths(children, depth))

    def _not_(self, children: Any, depth: int) -> Node:
        (truth,) = self._truths(children, depth)
        return _negated(truth)

    def _truths(self, children: Any, depth: int) -> list[Node]:
        for child in children:
            if child.data not in _TRUTHS:
                raise ValueError(child.data)
        return [self._node(child, depth) for child in children]

    def _compared(self, children: Any, depth: int) -> Node:
        signs, sides = children[1::2], children[::2]
        nodes = [
            self._number_node(side, depth) if _is_ordered(signs, place) else self._node(side, depth)
            for place, side in enumerate(sides)
        ]
        links = [
            _compared(str(sign), *two) for sign, two in zip(signs, pairwise(nodes), strict=True)
        ]
        return links[0] if len(links) == 1 else _all(links)

    def _in_(self, children: Any, depth: int) -> Node:
        side, options = children
        return _among(self._node(side, depth), [_option(one) for one in options.children])

    def _not_in(self, children: Any, depth: int) -> Node:
        return _negated(self._in_(children, depth))

    def _infix(self, children: Any, depth: int) -> Node:
        left, sign, right = children
        sides = self._number_node(left, depth), self._number_node(right, depth)
        return _computed(_OPERATIONS[str(sign)], sides)

    def _minus(self, children: Any, depth: int) -> Node:
        return _computed(lambda number: -number, [self._number_node(children[0], depth)])

    def _call(self, children: Any, depth: int) -> Node:
        function, counts = _FUNCTIONS[str(children[0])]
        arguments = [self._number_node(child, depth) for child in children[1:]]
        if len(arguments) not in counts:
            raise ValueError(children[0])
        return _computed(function, arguments)

    def _number_node(self, tree: Any, depth: int) -> Node:
        """Build a side that must be a number, and note the name that it is."""
        if tree.data in _TRUTHS - {"name"} or tree.data in ("text", "constant"):
            raise ValueError(tree.data)
        if tree.data == "name":
            self.numeric.add(str(tree.children[0]).strip("`"))
        return self._node(tree, depth)


# A name alone is true where its value is True.
_TRUTHS = frozenset(["or_", "and_", "not_", "compared", "in_", "not_in", "name"])
_CONSTANTS = {"True": True, "False": False, "None": None}


def _constant_node(value: Any) -> Node:
    return lambda _scope: value


def _number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        return float(text)


def _option(tree: Any) -> Any:
    """Return the value of one option within braces."""
    kind, children = str(tree.data), tree.children
    if kind == "word":
        return str(children[0]).strip("`")
    if kind == "tuple":
        return tuple(_option(child) for child in children if child is not None)
    if kind == "signed":
        return -_number(children[0])
    if kind == "number":
        return _number(children[0])
    if kind == "constant":
        return _CONSTANTS[children[0]]
    return ast.literal_eval(str(children[0]))


def _is_ordered(signs: list[Any], place: int) -> bool:
    """Whether the side at `place` stands beside a sign of order."""
    return any(str(sign)[0] in "<>" for sign in signs[max(place - 1, 0) : place + 1])


def is_same(one: Any, other: Any) -> bool:
    """Equal as a user means it: 3 is 3.0, but True is not 1 and None only None."""
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    return type(one) is type(other) and bool(one == other)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _compared(sign: str, left: Node, right: Node) -> Node:
    compare = _COMPARISONS[sign]

    def truth(scope: Scope) -> Any:
        one, other = left(scope), right(scope)
        return UNKNOWN if one is UNKNOWN or other is UNKNOWN else compare(one, other)

    return truth


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda one, other: _is_number(one) and _is_number(other) and compare(one, other)


_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": is_same,
    "!=": lambda one, other: not is_same(one, other),
    "<": _ordered(lambda one, other: one < other),
    "<=": _ordered(lambda one, other: one <= other),
    ">": _ordered(lambda one, other: one > other),
    ">=": _ordered(lambda one, other: one >= other),
}


def _among(side: Node, options: list[Any]) -> Node:
    def truth(scope: Scope) -> Any:
        value = side(scope)
        return UNKNOWN if value is UNKNOWN else any(is_same(value, one) for one in options)

    return truth


def _all(nodes: Sequence[Node]) -> Node:
    def truth(scope: Scope) -> Any:
        is_unknown = False
        for node in nodes:
            value = _as_truth(node(scope))
            if value is False:
                return False
            is_unknown = is_unknown or value is UNKNOWN
        return UNKNOWN if is_unknown else True

    return truth


def _negated(node: Node) -> Node:
    def truth(scope: Scope) -> Any:
        value = _as_truth(node(scope))
        return value if value is UNKNOWN else not value

    return truth


def _as_truth(value: Any) -> Any:
    return value if value is UNKNOWN else value is True


def _computed(function: Callable[..., float], sides: Any) -> Node:
    """Compute in floats; whatever has no result is NaN, which no comparison holds for."""

    def number(scope: Scope) -> Any:
        values = [side(scope) for side in sides]
        if any(value is UNKNOWN for value in values):
            return UNKNOWN
        if not all(map(_is_number, values)):
            return math.nan
        try:
            result = function(*map(float, values))
        except OverflowError:
            return math.inf
        except (ArithmeticError, ValueError):
            return math.nan
        return result if isinstance(result, float) else math.nan

    return number


# By math.pow, as Python's own power of whole numbers may take for ever.
_OPERATIONS: dict[str, Callable[[float, float], float]] = {
    "+": lambda one, other: one + other,
    "-": lambda one, other: one - other,
    "*": lambda one, other: one * other,
    "/": lambda one, other: one / other,
    "%": lambda one, other: one % other,
    "**": math.pow,
}
_ONE, _SEVERAL = range(1, 2), range(2, MAX_CHARACTERS)
_FUNCTIONS: dict[str, tuple[Callable[..., float], range]] = {
    "abs": (abs, _ONE),
    "min": (min, _SEVERAL),
    "max": (max, _SEVERAL),
    "log": (math.log, _ONE),
    "log2": (math.log2, _ONE),
    "log10": (math.log10, _ONE),
    "exp": (math.exp, _ONE),
    "sqrt": (math.sqrt, _ONE),
    "floor": (lambda number: float(math.floor(number)), _ONE),
}
