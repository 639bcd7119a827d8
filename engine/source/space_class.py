"""Search spaces that the code declares as classes, read without running them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from ..errors import SpaceError
from ..hyper_parameter import HyperParameter, Kind
from .parsed_code import Found, Group, NotLiteralError, ParsedCode, Skipped, last_name

if TYPE_CHECKING:
    import libcst as cst

_KINDS: dict[str, Kind] = {
    "Real": "real",
    "Int": "int",
    "Choice": "choice",
    "Number": "real",
    "Integer": "int",
    "Boolean": "choice",
    "Selector": "choice",
}
_SHARED = ("is_searched", "source", "active_when", "label", "unit")
_SLOTS = {"choice": ("ordered", *_SHARED), "real": ("log", "step", *_SHARED)}
_SLOTS["int"] = _SLOTS["real"]
_PARAM_DEFAULTS: dict[str, Any] = {"Number": 0.0, "Integer": 0, "Boolean": False}


class SpaceClasses:
    """The search spaces that a source text declares.

    Parameters
    ----------
    code : ParsedCode
        The text.
    name_of : function
        The hyper-parameter that an attribute declares; ``name_`` stands for ``name``, say.

    Raises
    ------
    SpaceError
        A declaration breaks a rule; the message has the line.

    Examples
    --------
    >>> text = "class Space(SearchSpace): k = Int(3, bounds=(1, 9))"
    >>> SpaceClasses(ParsedCode(text)).groups[0].found[0].offered.high
    9
    """

    def __init__(self, code: ParsedCode, name_of: Callable[[str], str] = str) -> None:
        self.code = code
        self.skipped: list[Skipped] = []
        self._name_of = name_of
        self._known = {"SearchSpace"}
        bodies = list(self._bodies())
        # A name used in two spaces needs the class in front; that of an only one is its own.
        prefixes = [name if len(bodies) > 1 else "" for name, _ in bodies]
        self.groups = [
            self._group(prefix, name, body)
            for prefix, (name, body) in zip(prefixes, bodies, strict=True)
        ]

    def _bodies(self) -> Iterator[tuple[str, list[tuple[str, cst.BaseExpression]]]]:
        """Yield each space's name, and its attributes with what they are set to."""
        import libcst as cst

        for node in self.code.of(cst.ClassDef, cst.Call):
            if isinstance(node, cst.ClassDef) and self._is_space(node.bases):
                self._known.add(node.name.value)
                yield node.name.value, list(_attributes(node))
            elif isinstance(node, cst.Call) and last_name(node.func) == "type":
                yield from self._made(node)

    def _is_space(self, bases: Any) -> bool:
        return any(last_name(base.value) in self._known for base in bases)

    def _made(self, call: cst.Call) -> Iterator[tuple[str, list[tuple[str, cst.BaseExpression]]]]:
        """Read ``type("Space", (SearchSpace,), {...})``."""
        import libcst as cst

        if len(call.args) != 3:
            return
        name, bases, body = (one.value for one in call.args)
        if not isinstance(bases, cst.Tuple) or not isinstance(body, cst.Dict):
            return
        if self._is_space(bases.elements) and self.code.is_literal(name):
            yield str(self.code.literal(name)), list(self._entries(body))

    def _entries(self, body: cst.Dict) -> Iterator[tuple[str, cst.BaseExpression]]:
        import libcst as cst

        for one in body.elements:
            if isinstance(one, cst.DictElement) and self.code.is_literal(one.key):
                yield str(self.code.literal(one.key)), one.value

    def _group(self, prefix: str, name: str, body: list[tuple[str, cst.BaseExpression]]) -> Group:
        import libcst as cst

        group = Group(prefix)
        for attribute, value in body:
            what = f"{name}.{attribute}"
            try:
                if attribute == "constraints":
                    group.constraints = tuple(map(str, self.code.literals(value)))
                elif isinstance(value, cst.Call) and last_name(value.func) in _KINDS:
                    group.found.append(self._found(attribute, value, what))
            except NotLiteralError:
                reason = "What it may be is computed. Write the numbers and choices out."
                self.skipped.append(self.code.skipped(value, what, reason))
        return group

    def _found(self, attribute: str, call: cst.Call, what: str) -> Found:
        named = {one.keyword.value: one.value for one in call.args if one.keyword is not None}
        given = [one.value for one in call.args if one.keyword is None]
        if any(one.star for one in call.args):
            raise NotLiteralError
        default = given[0] if given else named.get("default")
        record = self._record(self._name_of(attribute), call, default, named)
        context = f"{what} = {last_name(call.func)}(...)"
        return Found(record.name, record.value, default, context, record, is_declared=True)

    def _record(
        self,
        name: str,
        call: cst.Call,
        default: cst.BaseExpression | None,
        named: dict[str, cst.BaseExpression],
    ) -> HyperParameter:
        """Read one declaration as `space` reads the parameter that it makes."""
        declared = last_name(call.func)
        kind = _KINDS[declared]
        slots = {one: self.code.literal(named[one]) for one in _SLOTS[kind] if one in named}
        slots["label"] = slots.get("label") or ""
        if kind == "choice":
            slots["choices"] = self._choices(declared, named)
            first = slots["choices"][0] if slots["choices"] else None
        else:
            slots["low"], slots["high"] = self._bounds(named)
            first = slots["low"]
        value = _PARAM_DEFAULTS.get(declared, first)
        value = value if default is None else self.code.literal(default)
        try:
            return HyperParameter(name, kind, value, **slots)
        except SpaceError as error:
            raise at_line(self.code.position(call)[0], error) from None

    def _choices(self, declared: str, named: dict[str, cst.BaseExpression]) -> tuple[Any, ...]:
        if declared == "Boolean":
            return (False, True)
        node = named.get("choices", named.get("objects"))
        return () if node is None else self.code.literals(node)

    def _bounds(self, named: dict[str, cst.BaseExpression]) -> tuple[Any, Any]:
        if "bounds" not in named:
            return None, None
        bounds = self.code.literals(named["bounds"])
        return (bounds[0], bounds[1]) if len(bounds) == 2 else (None, None)


def at_line(line: int, error: SpaceError) -> SpaceError:
    """Put the line in front of an error's message."""
    return SpaceError(f"line {line}: {error}", name=error.name, value=error.value)


def _attributes(node: cst.ClassDef) -> Iterator[tuple[str, cst.BaseExpression]]:
    import libcst as cst

    lines = [one for one in node.body.body if isinstance(one, cst.SimpleStatementLine)]
    small = [one for line in lines for one in line.body]
    if isinstance(node.body, cst.SimpleStatementSuite):  # class Space(SearchSpace): k = Int(3)
        small = list(node.body.body)
    for one in small:
        if isinstance(one, cst.Assign) and len(one.targets) == 1:
            yield last_name(one.targets[0].target), one.value
        elif isinstance(one, cst.AnnAssign) and one.value is not None:
            yield last_name(one.target), one.value
