"""What code assigns: names with their values, at the top level and in functions and classes."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from .parsed_code import ParsedCode

if TYPE_CHECKING:
    import libcst as cst


def identifier(name: cst.Name) -> str:
    """Return a name as Python reads it: letters that only look different are one."""
    return unicodedata.normalize("NFKC", name.value)


def outside_of_functions(tree: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the nodes of a module, function or class that stand in no other one inside it."""
    import libcst as cst

    inner = {cst.FunctionDef, cst.Lambda, cst.ClassDef}
    stack = [tree]
    while stack:
        node = stack.pop()
        yield node
        if node is tree or type(node) not in inner:
            stack.extend(reversed(node.children))


def values_of_scope(scope: cst.CSTNode) -> Iterator[tuple[cst.Name, cst.BaseExpression]]:
    """Yield what a function or class assigns, and the defaults of a function's parameters."""
    import libcst as cst

    for node in outside_of_functions(scope):
        if isinstance(node, cst.Param) and node.default is not None:
            yield node.name, node.default
        yield from assigned_values(node)


def assigned_values(node: cst.CSTNode) -> Iterator[tuple[cst.Name, cst.BaseExpression]]:
    """Yield each ``name = value`` of a node; those of a single target."""
    import libcst as cst

    if isinstance(node, cst.AnnAssign) and node.value is not None:
        yield from _pairs(node.target, node.value)
    elif isinstance(node, cst.Assign) and len(node.targets) == 1:
        yield from _pairs(node.targets[0].target, node.value)
    elif isinstance(node, cst.NamedExpr):
        yield from _pairs(node.target, node.value)


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


def n_assignments(code: ParsedCode) -> Counter[str]:
    """Count what assigns each global name."""
    import libcst as cst

    counts = Counter(identifier(one.name) for node in code.of(cst.Global) for one in node.names)
    for node in outside_of_functions(code.tree):
        counts.update(map(identifier, _assigned_names(node)))
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


def assigned_keys(code: ParsedCode) -> set[tuple[str, str]]:
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
