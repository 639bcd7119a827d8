"""Hyper-parameters that the code sets: constants, config dicts, dataclasses and argparse."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..discovery import FROM_CODE, offer, preset_table
from ..errors import SpaceError
from ..given import as_number
from ..hyper_parameter import HyperParameter
from .assigned import (
    assigned_keys,
    assigned_values,
    identifier,
    n_assignments,
    outside_of_functions,
    values_of_scope,
)
from .parsed_code import Found, Group, NotLiteralError, ParsedCode, Skipped, last_name

if TYPE_CHECKING:
    import libcst as cst

_NOT_TUNABLE = frozenset(["seed", "random_seed"])
_RECORDS = frozenset(["dataclass", "define", "frozen", "attrs"])
_RECORD_BASES = frozenset(["NamedTuple", "BaseModel", "BaseSettings"])
_LIST = "A list cannot be searched. Write a tuple, and its options: # tune: {(50,), (50, 50)}."
_TWICE = "It is assigned more than once, so that no one place is its value."


class CodeSettings:
    """The values that a source text sets by name, outside of estimators.

    Parameters
    ----------
    code : ParsedCode
        The text.

    Examples
    --------
    >>> settings = CodeSettings(ParsedCode("LR = 1e-3; config = {'opt': {'momentum': 0.9}}"))
    >>> [found.name for group in settings.groups for found in group.found]
    ['LR', 'opt__momentum']
    """

    def __init__(self, code: ParsedCode) -> None:
        self.code = code
        self.skipped: list[Skipped] = []
        self._counts, self._keys = n_assignments(code), assigned_keys(code)
        constants = Group("")
        self.groups = [constants, *self._classes(), *self._parsers(), *self._scopes()]
        for name, value in self._module_values():
            self._read_assigned(constants, name, value)

    def _module_values(self) -> Iterator[tuple[cst.Name, cst.BaseExpression]]:
        """Yield what is assigned as ``name = value``, also within ``if``, ``with`` and such."""
        import libcst as cst

        for node in outside_of_functions(self.code.tree):
            yield from assigned_values(node)
            if isinstance(node, cst.Assign) and len(node.targets) > 1:
                self._skip_several(node)

    def _skip_several(self, node: cst.Assign) -> None:
        if self.code.is_literal(node.value):
            names = " and ".join(filter(None, (last_name(t.target) for t in node.targets)))
            reason = "One value is given to several names. Assign each on a line of its own."
            self.skipped.append(self.code.skipped(node, names, reason))

    def _read_assigned(self, constants: Group, name: cst.Name, node: cst.CSTNode) -> None:
        import libcst as cst

        plain, is_again = identifier(name), self._counts[identifier(name)] > 1
        is_dict = _is_dict(node)
        if plain.startswith("__") or (is_dict and not any(_entries(self.code, node))):
            return
        if is_again and (is_dict or (is_tunable(plain) and self.code.is_literal(node))):
            self.skipped.append(self.code.skipped(name, plain, _TWICE))
        elif is_dict:
            self.groups.append(Group(plain, list(self._read_dict(plain, plain, node, ""))))
        elif self.code.is_literal(node):
            self._read_constant(constants, plain, node)
        elif isinstance(node, cst.BinaryOperation) and self._is_of_numbers(node):
            reason = "It is computed. Write the result, to make it a hyper-parameter."
            self.skipped.append(self.code.skipped(node, plain, reason))

    def _skip_list(self, node: cst.CSTNode, what: str) -> None:
        if self.code.is_list_of_numbers(node):
            self.skipped.append(self.code.skipped(node, what, _LIST))

    def _is_of_numbers(self, node: cst.BinaryOperation) -> bool:
        return self.code.is_literal(node.left) and self.code.is_literal(node.right)

    def _read_constant(self, constants: Group, name: str, node: cst.CSTNode) -> None:
        constants.found.append(self._found(name, node, "constant"))

    def _found(self, name: str, node: cst.CSTNode, context: str, steps: str = "") -> Found:
        value = self.code.literal(node)
        own = name.removeprefix(steps)
        return Found(name, value, node, context, offer(name, value), steps, is_tunable(own))

    def _read_dict(self, name: str, path: str, node: cst.CSTNode, steps: str) -> Iterator[Found]:
        """Read the entries of a dict, those of dicts inside it as ``outer__inner``."""
        for key, value in _entries(self.code, node):
            context = f"{path}[{key!r}]"
            if not steps and (name, key) in self._keys:
                self.skipped.append(self.code.skipped(value, context, _TWICE))
            elif _is_dict(value):
                yield from self._read_dict(name, context, value, f"{steps}{key}__")
            elif self.code.is_literal(value):
                yield self._found(f"{steps}{key}", value, context, steps)

    def _classes(self) -> Iterator[Group]:
        """Return one group for each dataclass and its like, and each class of values alone."""
        import libcst as cst

        for node in self.code.of(cst.ClassDef):
            is_record = _is_record(node)
            if is_record or _has_values_alone(node):
                word = "dataclass" if is_record else "class"
                yield Group(node.name.value, list(self._fields(node, word)))

    def _fields(self, node: cst.ClassDef, word: str) -> Iterator[Found]:
        import libcst as cst

        for field in _small_statements(node):
            # Of a dataclass, what has no type is a variable of the class.
            if word == "class" or isinstance(field, cst.AnnAssign):
                for name, value in assigned_values(field):
                    yield from self._field(node, word, name, _default_of_field(field, value))

    def _field(
        self, node: cst.ClassDef, word: str, name: cst.Name, value: cst.BaseExpression | None
    ) -> Iterator[Found]:
        context = f"{word} {node.name.value}.{identifier(name)}"
        if value is not None and self.code.is_literal(value):
            yield self._found(identifier(name), value, context)
        elif value is not None:
            self._skip_list(value, context)

    def _scopes(self) -> Iterator[Group]:
        """Return one group for each function or class, of the values with a tune comment."""
        import libcst as cst

        for scope in self.code.of(cst.FunctionDef, cst.ClassDef):
            is_read = isinstance(scope, cst.ClassDef) and (
                _is_record(scope) or _has_values_alone(scope)
            )
            values = [] if is_read else values_of_scope(scope)
            mark = "()" if isinstance(scope, cst.FunctionDef) else ""
            found = [
                self._found(identifier(name), value, f"{name.value} in {scope.name.value}{mark}")
                for name, value in values
                if self.code.position(value)[2] in self.code.tune_comments
                and self.code.is_literal(value)
            ]
            if found:
                yield Group(scope.name.value, found)

    def _parsers(self) -> list[Group]:
        """Return one group for each variable that arguments are added to."""
        import libcst as cst

        groups: dict[str, Group] = {}
        for node in self.code.of(cst.Call):
            is_method = isinstance(node.func, cst.Attribute)
            if is_method and node.func.attr.value == "add_argument":
                parser = last_name(node.func.value) or "parser"
                groups.setdefault(parser, Group(parser)).found += self._argument(node)
        return list(groups.values())

    def _argument(self, call: cst.Call) -> Iterator[Found]:
        named = {one.keyword.value: one.value for one in call.args if one.keyword is not None}
        flags = [one.value for one in call.args if one.keyword is None and not one.star]
        try:
            names = [str(self.code.literal(flag)) for flag in flags]
            dest = str(self.code.literal(named["dest"])) if "dest" in named else _dest(names)
            default = self.code.literal(named["default"])
        except KeyError:
            return
        except NotLiteralError:
            self._skip_list(named.get("default", call), "argparse default")
            return
        default = _converted(default, last_name(named.get("type", call)))
        longs = [name for name in names if name.startswith("--")]
        context = f"argparse {(longs or names or [dest])[0]}"
        offered = self._offered_argument(dest, default, named.get("choices"))
        yield Found(dest, default, named["default"], context, offered, "", is_tunable(dest))

    def _offered_argument(
        self, name: str, default: Any, choices: cst.CSTNode | None
    ) -> HyperParameter | None:
        try:
            options = () if choices is None else self.code.literals(choices)
        except NotLiteralError:
            options = ()
        if not options:
            return offer(name, default)
        try:
            return HyperParameter(
                name, "choice", default, choices=options, is_searched=False, source=FROM_CODE
            )
        except SpaceError:  # a default outside the choices, which argparse lets pass
            return None


def is_tunable(name: str) -> bool:
    """Whether a constant of that name may be a hyper-parameter."""
    plain = name.lower().lstrip("_")
    return plain not in _NOT_TUNABLE and preset_table().is_tunable(plain)


def _is_dict(node: cst.CSTNode) -> bool:
    import libcst as cst

    is_call = isinstance(node, cst.Call) and isinstance(node.func, cst.Name)
    return isinstance(node, cst.Dict) or (is_call and last_name(node.func) == "dict")  # type: ignore[attr-defined]


def _entries(code: ParsedCode, node: Any) -> Iterator[tuple[str, cst.BaseExpression]]:
    """Yield the entries of a dict whose keys are text."""
    import libcst as cst

    if isinstance(node, cst.Call):
        named = [one for one in node.args if one.keyword is not None]
        yield from ((identifier(one.keyword), one.value) for one in named if one.keyword)
        return
    for one in node.elements:
        is_text = isinstance(one, cst.DictElement) and code.is_literal(one.key)
        if is_text and isinstance(key := code.literal(one.key), str):
            yield key, one.value


def _is_record(node: cst.ClassDef) -> bool:
    """Whether it is a dataclass or works like one: of attrs, pydantic or a NamedTuple."""
    import libcst as cst

    made = [one.decorator for one in node.decorators]
    calls = [one.func if isinstance(one, cst.Call) else one for one in made]
    bases = {last_name(one.value) for one in node.bases}
    return bool(_RECORDS & set(map(last_name, calls)) or _RECORD_BASES & bases)


def _has_values_alone(node: cst.ClassDef) -> bool:
    """Whether a class stands for a collection of constants."""
    import libcst as cst

    body = node.body.body
    small = list(_small_statements(node))
    kinds = cst.Assign | cst.AnnAssign | cst.Expr | cst.Pass
    is_plain = all(
        isinstance(one, cst.SimpleStatementLine | cst.BaseSmallStatement) for one in body
    )
    return not node.bases and is_plain and all(isinstance(one, kinds) for one in small)


def _small_statements(node: cst.ClassDef) -> Iterator[cst.CSTNode]:
    import libcst as cst

    for line in node.body.body:
        yield from line.body if isinstance(line, cst.SimpleStatementLine) else [line]


def _default_of_field(field: Any, value: cst.BaseExpression) -> cst.BaseExpression | None:
    """Return the default of a field; None for a variable of the class."""
    import libcst as cst

    kind: Any = field.annotation.annotation if isinstance(field, cst.AnnAssign) else None
    kind = kind.value if isinstance(kind, cst.Subscript) else kind
    if kind is not None and last_name(kind) == "ClassVar":
        return None
    if isinstance(value, cst.Call) and last_name(value.func) in ("field", "Field"):
        named = {one.keyword.value: one.value for one in value.args if one.keyword is not None}
        given = [one.value for one in value.args if one.keyword is None and not one.star]
        return named.get("default", given[0] if given else None)
    return value


def _converted(default: Any, kind: str) -> Any:
    """Return a default as argparse hands it on, by the name of its type."""
    if isinstance(default, str) and kind in ("int", "float"):
        try:
            return int(default) if kind == "int" else float(default)
        except ValueError:
            return default
    return as_number("real", default) if kind == "float" else default


def _dest(names: list[str]) -> str:
    """Name an argument as argparse does: by its first long flag."""
    longs = [name for name in names if name.startswith("--")]
    return (longs or names or [""])[0].lstrip("-").replace("-", "_")
