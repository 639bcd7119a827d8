"""Hyper-parameters that the code sets: constants, config dicts, dataclasses and argparse."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ..discovery import FROM_CODE, offer, preset_table
from ..errors import SpaceError
from ..given import as_number
from ..hyper_parameter import HyperParameter
from .parsed_code import Found, Group, NotLiteralError, ParsedCode, Skipped, last_name

if TYPE_CHECKING:
    import libcst as cst

_NOT_TUNABLE = frozenset(["seed", "random_seed"])
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
        self._counts, self._keys = _assignments(code), _assigned_keys(code)
        constants = Group("")
        self.groups = [constants, *self._dataclasses(), *self._parsers()]
        for name, value in self._module_values():
            self._read_assigned(constants, name, value)

    def _module_values(self) -> Iterator[tuple[cst.Name, cst.BaseExpression]]:
        """Yield what stands at the top level as ``name = value``."""
        import libcst as cst

        lines = [one for one in self.code.tree.body if isinstance(one, cst.SimpleStatementLine)]
        for statement in (one for line in lines for one in line.body):
            if isinstance(statement, cst.AnnAssign) and statement.value is not None:
                yield from _pairs(statement.target, statement.value)
            elif isinstance(statement, cst.Assign) and len(statement.targets) == 1:
                yield from _pairs(statement.targets[0].target, statement.value)
            elif isinstance(statement, cst.Assign) and self.code.is_literal(statement.value):
                names = " and ".join(filter(None, (last_name(t.target) for t in statement.targets)))
                reason = "One value is given to several names. Assign each on a line of its own."
                self.skipped.append(self.code.skipped(statement, names, reason))

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

    def _dataclasses(self) -> Iterator[Group]:
        import libcst as cst

        for node in self.code.of(cst.ClassDef):
            if any(map(_is_dataclass, node.decorators)):
                yield Group(node.name.value, list(self._fields(node)))

    def _fields(self, node: cst.ClassDef) -> Iterator[Found]:
        import libcst as cst

        lines = [one for one in node.body.body if isinstance(one, cst.SimpleStatementLine)]
        for field in (one for line in lines for one in line.body):
            if not isinstance(field, cst.AnnAssign) or not isinstance(field.target, cst.Name):
                continue
            name, value = identifier(field.target), _default_of_field(field)
            if value is not None and self.code.is_literal(value):
                yield self._found(name, value, f"dataclass {node.name.value}.{name}")

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
        except (NotLiteralError, KeyError):
            return
        if last_name(named.get("type", call)) == "float":
            default = as_number("real", default)
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


def identifier(name: cst.Name) -> str:
    """Return a name as Python reads it: letters that only look different are one."""
    return unicodedata.normalize("NFKC", name.value)


def _pairs(target: Any, value: Any) -> Iterator[tuple[cst.Name, cst.BaseExpression]]:
    """Yield the names of a target with their values, also of ``a, b = 1, 2``."""
    import libcst as cst

    if isinstance(target, cst.Name):
        yield target, value
    elif isinstance(target, cst.Tuple | cst.List) and isinstance(value, cst.Tuple | cst.List):
        both = target.elements, value.elements
        is_plain = all(isinstance(one, cst.Element) for one in (*both[0], *both[1]))
        if is_plain and len(both[0]) == len(both[1]):
            for one, other in zip(*both, strict=True):
                if isinstance(one.value, cst.Name):
                    yield one.value, other.value


def _assignments(code: ParsedCode) -> Counter[str]:
    """Count what assigns each global name."""
    import libcst as cst

    inner = {cst.FunctionDef, cst.Lambda, cst.ClassDef}
    counts = Counter(identifier(one.name) for node in code.of(cst.Global) for one in node.names)
    stack: list[cst.CSTNode] = [code.tree]
    while stack:
        node = stack.pop()
        counts.update(map(identifier, _assigned_names(node)))
        if type(node) not in inner:
            stack += node.children
    return counts


def _assigned_names(node: Any) -> Iterator[cst.Name]:
    import libcst as cst

    setting = (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For, cst.NamedExpr)
    targets: list[Any] = []
    if type(node) is cst.AsName:
        targets.append(node.name)
    elif type(node) in setting and (type(node) is not cst.AnnAssign or node.value is not None):
        targets.append(node.target)
    while targets:
        target = targets.pop()
        if isinstance(target, cst.Name):
            yield target
        elif isinstance(target, cst.Tuple | cst.List):
            targets += [one.value for one in target.elements]


def _assigned_keys(code: ParsedCode) -> set[tuple[str, str]]:
    """Collect what is set by ``name["key"] = ...``, anywhere."""
    import libcst as cst

    nodes = code.of(cst.AssignTarget, cst.AugAssign)
    return {key for node in nodes for key in _assigned_key(code, node.target)}


def _assigned_key(code: ParsedCode, target: cst.CSTNode) -> set[tuple[str, str]]:
    """Return the name and the key of ``name["key"] = ...``."""
    import libcst as cst

    if not isinstance(target, cst.Subscript) or not isinstance(target.value, cst.Name):
        return set()
    index = target.slice[0].slice
    if isinstance(index, cst.Index) and code.is_literal(index.value):
        return {(identifier(target.value), str(code.literal(index.value)))}
    return set()


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


def _is_dataclass(decorator: cst.Decorator) -> bool:
    import libcst as cst

    node = decorator.decorator
    return last_name(node.func if isinstance(node, cst.Call) else node) == "dataclass"


def _default_of_field(field: cst.AnnAssign) -> cst.BaseExpression | None:
    """Return the default of a dataclass field; None for a variable of the class."""
    import libcst as cst

    kind: Any = field.annotation.annotation
    kind = kind.value if isinstance(kind, cst.Subscript) else kind
    if last_name(kind) == "ClassVar":
        return None
    value = field.value
    if isinstance(value, cst.Call) and last_name(value.func) == "field":
        named = {one.keyword.value: one.value for one in value.args if one.keyword is not None}
        return named.get("default")
    return value


def _dest(names: list[str]) -> str:
    """Name an argument as argparse does: by its first long flag."""
    longs = [name for name in names if name.startswith("--")]
    return (longs or names or [""])[0].lstrip("-").replace("-", "_")
