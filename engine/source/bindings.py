"""Where a value is written that the code reads by a name, a key or an attribute."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from .assigned import assigned_keys, assigned_values, identifier
from .parsed_code import ParsedCode, last_name

if TYPE_CHECKING:
    import libcst as cst

_CHANGES = frozenset(["update", "setdefault", "pop", "popitem", "clear"])


@dataclass(frozen=True)
class Written:
    """Where a value is written, or why that cannot be said.

    Parameters
    ----------
    node : libcst node or None
        The literal.
    through : str
        The variable that hands it on; empty where the value stands in its place itself.
    reason : str
        In words for the user; empty where there is a node.
    """

    node: cst.CSTNode | None
    through: str = ""
    reason: str = ""


class Bindings:
    """What the names of a source text stand for.

    Parameters
    ----------
    code : ParsedCode
        The text.

    Examples
    --------
    >>> code = ParsedCode("c = 3.0; f(c)")
    >>> Bindings(code).written(code.tree.body[0].body[1].value.args[0].value).through
    'c'
    """

    def __init__(self, code: ParsedCode) -> None:
        self.code = code

    def written(self, node: cst.CSTNode) -> Written:
        """Follow an expression to the literal that it reads."""
        return self._written(node, frozenset())

    def entries(self, node: cst.CSTNode) -> cst.Dict | cst.Call | None:
        """Follow an expression to the dict that it reads, where that is written out and final."""
        import libcst as cst

        if isinstance(node, cst.Name):
            value = self._value(node)
            if isinstance(value, str | cst.Name) or self._is_changed(node):
                return None
            return self.entries(value)
        is_call = isinstance(node, cst.Call) and isinstance(node.func, cst.Name)
        if isinstance(node, cst.Dict) or (is_call and last_name(node.func) == "dict"):  # type: ignore[attr-defined]
            return node  # type: ignore[return-value]
        return None

    def _written(self, node: cst.CSTNode, seen: frozenset[str]) -> Written:
        import libcst as cst

        if self.code.is_literal(node):
            return Written(node)
        if isinstance(node, cst.FormattedString):
            return Written(None, reason="It is an f-string. Write the text out to have it edited.")
        if isinstance(node, cst.Name) and identifier(node) not in seen:
            return self._named(node, seen)
        if isinstance(node, cst.Subscript) and isinstance(node.value, cst.Name):
            return self._of_key(node, node.value)
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
            return self._of_attribute(node, node.value)
        return Written(None, reason=_computed(self.code.tree.code_for_node(node)))

    def _named(self, name: cst.Name, seen: frozenset[str]) -> Written:
        plain, value = identifier(name), self._value(name)
        if isinstance(value, str):
            return Written(None, reason=value)
        found = self._written(value, seen | {plain})
        return Written(found.node, found.through or plain, found.reason)

    def _of_key(self, node: cst.Subscript, name: cst.Name) -> Written:
        import libcst as cst

        what, index = self.code.tree.code_for_node(node), node.slice[0].slice
        found = self.entries(name)
        if found is None or len(node.slice) > 1 or not isinstance(index, cst.Index):
            return Written(None, reason=_computed(what))
        if self.code.is_literal(index.value):
            value = self.entry(found, self.code.literal(index.value))
            if value is not None and self.code.is_literal(value):
                return Written(value, what)
        return Written(None, reason=_computed(what))

    def entry(self, entries: cst.Dict | cst.Call, key: Any) -> cst.BaseExpression | None:
        """Return the value of a key, the last one where it comes twice; None without any."""
        import libcst as cst

        values = [
            one.value
            for one in (entries.elements if isinstance(entries, cst.Dict) else entries.args)
            if self._key(one) == key
        ]
        return values[-1] if values else None

    def is_whole(self, entries: cst.Dict | cst.Call) -> bool:
        """Whether all keys of a dict are written out."""
        import libcst as cst

        items = entries.elements if isinstance(entries, cst.Dict) else entries.args
        return all(self._key(one) is not None for one in items)

    def _key(self, item: Any) -> Any:
        import libcst as cst

        if isinstance(item, cst.Arg):
            return identifier(item.keyword) if item.keyword is not None else None
        is_written = isinstance(item, cst.DictElement) and self.code.is_literal(item.key)
        return self.code.literal(item.key) if is_written else None

    def _of_attribute(self, node: cst.Attribute, name: cst.Name) -> Written:
        import libcst as cst

        what, bound = f"{name.value}.{node.attr.value}", self._assignments(name)
        of_class = bound[0] if len(bound) == 1 else None
        if isinstance(of_class, cst.ClassDef) and not self._sets_attribute(what):
            values = self._fields(of_class).get(node.attr.value, [])
            if len(values) == 1 and self.code.is_literal(values[0]):
                return Written(values[0], what)
        return Written(None, reason=_computed(what))

    def _fields(self, node: cst.ClassDef) -> dict[str, list[cst.BaseExpression]]:
        import libcst as cst

        fields: dict[str, list[cst.BaseExpression]] = {}
        for line in node.body.body:
            for small in line.body if isinstance(line, cst.SimpleStatementLine) else [line]:
                for name, value in assigned_values(small):
                    fields.setdefault(identifier(name), []).append(value)
        return fields

    def _sets_attribute(self, what: str) -> bool:
        import libcst as cst

        targets = [one.target for one in self.code.of(cst.AssignTarget, cst.AugAssign)]
        return any(
            isinstance(one, cst.Attribute)
            and isinstance(one.value, cst.Name)
            and f"{one.value.value}.{one.attr.value}" == what
            for one in targets
        )

    def _value(self, name: cst.Name) -> cst.BaseExpression | str:
        """Return what a name is assigned, or in words why no one expression is its value."""
        import libcst as cst

        plain, bound = identifier(name), self._assignments(name)
        if not bound:
            return f"{plain} is not assigned in the code that was read."
        if len(bound) > 1:
            return f"{plain} is assigned more than once, so that no one place is its value."
        if isinstance(bound[0], cst.Param):
            return f"{plain} is an argument of a function: whoever calls it decides."
        value = self._values.get(bound[0])
        return f"{plain} is not set by a plain assignment." if value is None else value

    def n_readers(self, node: cst.CSTNode) -> int:
        """Count where the variable that an expression starts with is read."""
        import libcst as cst

        while isinstance(node, cst.Subscript | cst.Attribute):
            node = node.value
        bound = self._scope_assignments(node) if isinstance(node, cst.Name) else []
        return sum(len(one.references) for one in bound)

    def _assignments(self, name: cst.Name) -> list[Any]:
        return [getattr(one, "node", None) for one in self._scope_assignments(name)]

    def _scope_assignments(self, name: cst.Name) -> list[Any]:
        scope = self._scopes.get(name)
        found = [] if scope is None else list(scope[name.value])
        # Python's own names are assignments without a node.
        return [one for one in found if hasattr(one, "node")]

    def _is_changed(self, name: cst.Name) -> bool:
        """Whether a dict is changed after it has been written out."""
        import libcst as cst

        plain = identifier(name)
        if any(owner == plain for owner, _ in self._set_keys):
            return True
        return any(
            isinstance(one.value, cst.Name)
            and identifier(one.value) == plain
            and one.attr.value in _CHANGES
            for one in self.code.of(cst.Attribute)
        )

    @cached_property
    def _set_keys(self) -> set[tuple[str, str]]:
        return assigned_keys(self.code)

    @cached_property
    def _values(self) -> dict[Any, cst.BaseExpression]:
        import libcst as cst

        nodes = self.code.of(cst.Assign, cst.AnnAssign, cst.NamedExpr)
        return {name: value for node in nodes for name, value in assigned_values(node)}

    @cached_property
    def _scopes(self) -> Any:
        from libcst.metadata import MetadataWrapper, ScopeProvider

        return MetadataWrapper(self.code.tree, unsafe_skip_copy=True).resolve(ScopeProvider)


def _computed(what: str) -> str:
    short = " ".join(what.split())
    short = short if len(short) <= 40 else f"{short[:37]}..."
    return f"It is computed: {short}. Write the value out to have it edited."
