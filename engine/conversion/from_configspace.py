"""Search spaces out of ConfigSpace, its conditions and forbidden clauses among them."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..errors import SpaceError
from ..hyper_parameter import HyperParameter
from ..space import SearchSpace
from .condition_text import compares, is_among, joined, name_in
from .optional import load
from .ranges import as_python, choice

_NEVER = "0 == 1"
_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_CLAUSES = {
    "ForbiddenLessThanClause": "<",
    "ForbiddenLessThanEqualsClause": "<=",
    "ForbiddenGreaterThanClause": ">",
    "ForbiddenGreaterThanEqualsClause": ">=",
}
_RELATIONS = {
    "ForbiddenEqualsRelation": "==",
    "ForbiddenLessThanRelation": "<",
    "ForbiddenLessThanEqualsRelation": "<=",
    "ForbiddenGreaterThanRelation": ">",
    "ForbiddenGreaterThanEqualsRelation": ">=",
}


def from_configspace(space: Any) -> SearchSpace:
    """Read a ConfigurationSpace.

    Conditions become `active_when`, forbidden clauses constraints, ordinals ordered choices,
    constants are held, and defaults become the current values. Of normal and beta
    distributions the bounds are taken over, of categoricals not their weights; the `source`
    then says so.

    Parameters
    ----------
    space : ConfigSpace.ConfigurationSpace
        Read only.

    Raises
    ------
    SpaceError
        ConfigSpace is not installed, or something in the space has no equivalent.

    Examples
    --------
    >>> from ConfigSpace import ConfigurationSpace
    >>> from_configspace(ConfigurationSpace({"lr": (0.1, 1.0), "k": ["a", "b"]})).names
    ('k', 'lr')
    """
    found = load("ConfigSpace", "configspace")
    if not isinstance(space, found.ConfigurationSpace):
        advice = "Make one by ConfigSpace.ConfigurationSpace(...)."
        raise SpaceError.must("from_configspace", "be given a ConfigurationSpace", space, advice)
    conditions: dict[str, list[str]] = {}
    for one in space.conditions:
        owner = f"SearchSpace.{one.child.name}.active_when"
        conditions.setdefault(one.child.name, []).append(_text(one, owner))
    records = [
        replace(_record(one, found), active_when=joined("and", conditions.get(name, [""])))
        for name, one in space.items()
    ]
    owner = "SearchSpace.constraints"
    clauses = [one for clause in space.forbidden_clauses for one in _cases(clause)]
    return SearchSpace.of(records, [f"not ({_text(one, owner)})" for one in clauses])


def _cases(clause: Any) -> list[Any]:
    """Take apart what forbids one thing or another: a constraint has a limited length."""
    if type(clause).__name__ != "ForbiddenOrConjunction":
        return [clause]
    return [case for one in clause.components for case in _cases(one)]


def _record(one: Any, found: Any) -> HyperParameter:
    if isinstance(one, found.Constant):
        return choice(one.name, [one.value], source="from ConfigSpace")
    if isinstance(one, found.OrdinalHyperparameter):
        return _choice(one, one.sequence, "from ConfigSpace", is_ordered=True)
    if isinstance(one, found.CategoricalHyperparameter):
        is_even = one.weights is None or len(set(one.weights)) == 1
        source = "from ConfigSpace" + ("" if is_even else ", without the weights")
        return _choice(one, one.choices, source, is_ordered=False)
    return _range(one, found)


def _choice(one: Any, values: Sequence[Any], source: str, *, is_ordered: bool) -> HyperParameter:
    record = choice(one.name, values, source=source, is_ordered=is_ordered)
    return replace(record, value=one.default_value)


def _range(one: Any, found: Any) -> HyperParameter:
    if not all(hasattr(one, name) for name in ("lower", "upper", "log")):
        advice = "Use a float, an integer, a categorical, an ordinal or a constant."
        rule = "be of a kind that ConfigSpace itself brings"
        raise SpaceError.must(f"SearchSpace.{one.name}", rule, one, advice)
    uniform = found.UniformFloatHyperparameter, found.UniformIntegerHyperparameter
    is_whole = type(one).__name__.endswith("IntegerHyperparameter")
    family = type(one).__name__.removesuffix("Hyperparameter")
    is_uniform = isinstance(one, uniform)
    return HyperParameter(
        one.name,
        "int" if is_whole else "real",
        one.default_value,
        one.lower,
        one.upper,
        log=bool(one.log),
        source="from ConfigSpace" if is_uniform else f"the bounds of ConfigSpace's {family}",
    )


def _text(part: Any, owner: str) -> str:
    """Write a condition or a forbidden clause."""
    kind = type(part).__name__
    if kind.endswith("AndConjunction"):
        return joined("and", [_text(one, owner) for one in part.components])
    if kind.endswith("OrConjunction"):
        return joined("or", [_text(one, owner) for one in part.components])
    if kind in _RELATIONS:
        left, right = name_in(part.left.name, owner), name_in(part.right.name, owner)
        return f"{left} {_RELATIONS[kind]} {right}"
    return _comparison(part, kind, owner)


def _comparison(part: Any, kind: str, owner: str) -> str:
    """Write what is said of one hyper-parameter."""
    one = part.hyperparameter if hasattr(part, "hyperparameter") else part.parent
    if kind in ("InCondition", "ForbiddenInClause"):
        return _among(one, part.values, owner)
    if kind in ("EqualsCondition", "ForbiddenEqualsClause"):
        return _among(one, [part.value], owner)
    if kind == "NotEqualsCondition":
        return f"not ({_among(one, [part.value], owner)})"
    signs = {**_CLAUSES, "LessThanCondition": "<", "GreaterThanCondition": ">"}
    if kind in signs:
        return _ordered(one, signs[kind], part.value, owner)
    advice = "Use those that ConfigSpace itself brings."
    raise SpaceError.must(owner, "be a condition or clause that is known here", part, advice)


def _ordered(one: Any, sign: str, value: Any, owner: str) -> str:
    """Compare numbers as such, ordinals by their place in the sequence."""
    if not hasattr(one, "sequence"):
        return compares(one.name, sign, as_python(value), owner)
    limit = one.sequence.index(value)
    fitting = [v for place, v in enumerate(one.sequence) if _ORDERS[sign](place, limit)]
    return _among(one, fitting, owner)


def _among(one: Any, values: Sequence[Any], owner: str) -> str:
    plain = [as_python(value) for value in values]
    return is_among(one.name, plain, owner) if plain else _NEVER
