"""Search spaces as ConfigSpace's, with conditions and forbidden clauses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from ..errors import SpaceError
from ..expression import is_same
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..space import SearchSpace
from .formula import Among, Comparison, Joint, Part, Relation, formula
from .optional import load
from .outgoing import as_version, goes_out, settled
from .ranges import as_python

_DECIMALS = 9  # ConfigSpace rounds all bounds of floats to these
_CLAUSES = {
    "<": "ForbiddenLessThanClause",
    ">": "ForbiddenGreaterThanClause",
}
_RELATIONS = {
    "==": "ForbiddenEqualsRelation",
    "<": "ForbiddenLessThanRelation",
    "<=": "ForbiddenLessThanEqualsRelation",
    ">": "ForbiddenGreaterThanRelation",
    ">=": "ForbiddenGreaterThanEqualsRelation",
}


def to_configspace(space: SearchSpace | SpaceVersion, *, seed: int | None = None) -> Any:
    """Write a space as a ConfigurationSpace; `from_configspace` is the way back.

    What is held becomes a constant (an unset hyper-parameter stays out), conditions become
    conditions, constraints forbidden clauses. Ends of real ranges are moved inwards to nine
    decimals, as ConfigSpace knows no more.

    Parameters
    ----------
    space : SearchSpace or SpaceVersion
        The space.
    seed : int or None
        Where ConfigSpace's own sampling starts; None for anywhere.

    Returns
    -------
    ConfigSpace.ConfigurationSpace
        Its defaults are the current values.

    Raises
    ------
    SpaceError
        ConfigSpace is not installed, or cannot say something: a step, ends below its nine
        decimals, choices of mixed types, conditions that compute with wide ranges, or current
        values that break a constraint.

    Examples
    --------
    >>> to_configspace(SpaceVersion(1, (HyperParameter("k", "int", 1, 1, 9),)))["k"].upper
    9
    """
    found = load("ConfigSpace", "configspace")
    version = settled(as_version(space))
    records = [one for one in version.hyper_parameters if goes_out(one, with_held=True)]
    parts = {one.name: _parameter(one, found) for one in records}
    conditions = [
        _condition(part, parts[one.name], parts, found)
        for one in records
        if one.active_when and (part := _active_when(one, version)) is not None
    ]
    clauses = [
        _clause(part, parts, found)
        for place, text in enumerate(version.constraints)
        for part in _broken_when(text, version, place)
    ]
    result = found.ConfigurationSpace(seed=seed)
    try:
        result.add(*parts.values(), *conditions, *clauses)
    except found.ForbiddenValueError as error:
        rule = "be met by the current values, which ConfigSpace starts from"
        advice = "Change the current values."
        config = dict(version.fixed) | {one.name: one.value for one in version.searched}
        raise SpaceError.must("SearchSpace.constraints", rule, config, advice) from error
    return result


def _active_when(one: HyperParameter, version: SpaceVersion) -> Part | None:
    """Return when a hyper-parameter is active; None for always."""
    owner = f"{one.owner}.active_when"
    part = formula(one.active_when, version, owner)
    if part is False:
        advice = "Drop the hyper-parameter or change the condition."
        raise SpaceError.must(owner, "be true for some values", one.active_when, advice)
    return None if part is True else part


def _broken_when(text: str, version: SpaceVersion, place: int) -> Sequence[Part]:
    """Return when a constraint is broken, each case by itself."""
    owner = f"SearchSpace.constraints[{place}]"
    part = formula(text, version, owner, is_negated=True)
    if part is True:
        advice = "Drop the constraint or change it."
        raise SpaceError.must(owner, "be true for some values", text, advice)
    if part is False:
        return ()
    return part.parts if isinstance(part, Joint) and part.word == "or" else (part,)


def _parameter(one: HyperParameter, found: Any) -> Any:
    try:
        if not one.is_searched:
            return found.Constant(one.name, one.value)
        if one.kind == "choice":
            return _choice(one, found)
        return _range(one, found)
    except (ArithmeticError, TypeError, ValueError) as error:
        if isinstance(error, SpaceError):
            raise
        rule = f"be what ConfigSpace takes ({error})"
        raise SpaceError.must(one.owner, rule, one.value, "Change it, or hold it.") from error


def _choice(one: HyperParameter, found: Any) -> Any:
    make = found.OrdinalHyperparameter if one.ordered else found.CategoricalHyperparameter
    made = make(one.name, one.choices, default_value=one.value)
    for value in one.choices:
        # ConfigSpace keeps choices in an array, which makes 1.0 of a 1 that stands beside 2.5.
        back = as_python(made.to_value(made.to_vector(value)))
        if type(back) is not type(value) or not is_same(back, value):
            rule = f"have choices that ConfigSpace keeps as they are, which makes {back!r} of one"
            advice = "Write numbers of one type, or text."
            raise SpaceError.must(one.owner, rule, value, advice)
    return made


def _range(one: HyperParameter, found: Any) -> Any:
    if one.step is not None:
        advice = "Drop the step, or make an ordered choice of the values."
        raise SpaceError.must(one.owner, "have no step for ConfigSpace", one.step, advice)
    if one.kind == "int":
        make = found.UniformIntegerHyperparameter
        return make(one.name, one.low, one.high, default_value=one.value, log=one.log)
    low, high = _end(one, one.low, 1), _end(one, one.high, -1)
    value = min(max(one.value, low), high)
    make = found.UniformFloatHyperparameter
    return make(one.name, low, high, default_value=value, log=one.log)


def _end(one: HyperParameter, end: float, inwards: int) -> float:
    """Round one end to what ConfigSpace keeps of it, into the range."""
    rounded = round(end, _DECIMALS)
    if (rounded - end) * inwards < 0:
        rounded = round(rounded + inwards * 10**-_DECIMALS, _DECIMALS)
    if abs(rounded - end) > 1e-6 * abs(end):
        rule = f"have ends of {_DECIMALS} decimals, which is all that ConfigSpace keeps"
        raise SpaceError.must(one.owner, rule, end, "Move the end, or tune its logarithm.")
    return rounded


def _condition(part: Part, child: Any, parts: dict[str, Any], found: Any) -> Any:
    """Make a condition on `child`."""
    if isinstance(part, Joint):
        join = found.AndConjunction if part.word == "and" else found.OrConjunction
        return join(*(_condition(one, child, parts, found) for one in part.parts))
    if isinstance(part, Among):
        return _one_of(part, child, parts, found)
    if isinstance(part, Comparison):
        return _compared(part, child, parts[part.name], found)
    rule = "compare with values, as ConfigSpace compares no two in a condition"
    text = f"{part.left} {part.sign} {part.right}"
    advice = "Drop the condition, or make choices of both."
    raise SpaceError.must(f"SearchSpace.{child.name}.active_when", rule, text, advice)


def _one_of(part: Among, child: Any, parts: dict[str, Any], found: Any) -> Any:
    if len(part.values) == 1:
        return found.EqualsCondition(child, parts[part.name], part.values[0])
    return found.InCondition(child, parts[part.name], list(part.values))


def _compared(part: Comparison, child: Any, parent: Any, found: Any) -> Any:
    if part.sign == "!=":
        return found.NotEqualsCondition(child, parent, part.number)
    strict = found.LessThanCondition if part.sign[0] == "<" else found.GreaterThanCondition
    order = strict(child, parent, part.number)
    if len(part.sign) == 1:
        return order
    return found.OrConjunction(order, found.EqualsCondition(child, parent, part.number))


def _clause(part: Part, parts: dict[str, Any], found: Any) -> Any:
    """Make a forbidden clause."""
    if isinstance(part, Joint):
        is_all = part.word == "and"
        join = found.ForbiddenAndConjunction if is_all else found.ForbiddenOrConjunction
        return join(*(_clause(one, parts, found) for one in part.parts))
    if isinstance(part, Among):
        if len(part.values) == 1:
            return found.ForbiddenEqualsClause(parts[part.name], part.values[0])
        return found.ForbiddenInClause(parts[part.name], part.values)
    if part.sign == "!=":
        below, above = (_clause(replace(part, sign=sign), parts, found) for sign in "<>")
        return found.ForbiddenOrConjunction(below, above)
    if isinstance(part, Relation):
        return getattr(found, _RELATIONS[part.sign])(parts[part.left], parts[part.right])
    return _bound(part, parts[part.name], found)


def _bound(part: Comparison, one: Any, found: Any) -> Any:
    strict = getattr(found, _CLAUSES[part.sign[0]])(one, part.number)
    if len(part.sign) == 1:
        return strict
    # Not by its own clauses for <= and >=: as of ConfigSpace 1.2.2 sampling takes the first for
    # the second, and the second prints all that it looks at.
    return found.ForbiddenOrConjunction(strict, found.ForbiddenEqualsClause(one, part.number))
