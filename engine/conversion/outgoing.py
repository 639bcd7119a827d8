"""What of a space goes out to another tool, and what that tool has no room for."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import Any

from ..errors import SpaceError
from ..expression import Expression
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..space import SearchSpace
from ..trial import Config

MAX_CASES = 1_000


def as_version(space: SearchSpace | SpaceVersion) -> SpaceVersion:
    """Return a space as it stands now."""
    version = space.version if isinstance(space, SearchSpace) else space
    if not isinstance(version, SpaceVersion):
        advice = "Make one by as_space(...)."
        raise SpaceError.must("space", "be a SearchSpace or a SpaceVersion", space, advice)
    return version


def settled(version: SpaceVersion) -> SpaceVersion:
    """Return a version without the conditions and constraints that its held values decide.

    `gamma` under ``kernel == 'rbf'`` is always there while the kernel is held at rbf, and is
    left out of the result while it is held at linear.
    """
    if not version.is_conditional:
        return version
    known, answers = _known(version)
    records = tuple(
        replace(one, active_when="" if answers.get(one.name, True) else one.active_when)
        for one in version.hyper_parameters
        if answers.get(one.name, True) is not False
    )
    names = {one.name for one in records}
    constraints = tuple(
        one.text
        for one in version.conditions.constraints
        # One that speaks of what is never there says nothing.
        if one.holds(known) is not True and names.issuperset(one.names)
    )
    return SpaceVersion(version.number, records, constraints)


def _known(version: SpaceVersion) -> tuple[Config, dict[str, bool | None]]:
    """Return the values that every configuration has, and which conditions these decide."""
    known = {name: value for name, value in version.fixed.items() if not version[name].active_when}
    answers: dict[str, bool | None] = {}
    for name, condition in version.conditions.by_name.items():
        answers[name] = _answer(version, condition, known, answers)
        if answers[name] and name in version.fixed:
            known[name] = version.fixed[name]
    return known, answers


def _answer(
    version: SpaceVersion,
    condition: Expression,
    known: Config,
    answers: dict[str, bool | None],
) -> bool | None:
    """Return whether a condition holds for good; None where that depends."""
    truth = condition.holds(known)
    missing = [name for name in condition.names if name not in known]
    if truth is not None or not missing:
        return truth
    if any(answers.get(name, True) is False for name in missing):
        return False
    is_open = any(version[name].is_searched or answers.get(name, True) is None for name in missing)
    return None if is_open else version.conditions.is_active(condition, known)


def unconditional(
    space: SearchSpace | SpaceVersion, tool: str, with_held: bool
) -> list[HyperParameter]:
    """List what goes out to a tool that knows neither conditions nor constraints.

    Parameters
    ----------
    space : SearchSpace or SpaceVersion
        The space.
    tool : str
        Its name, for messages.
    with_held : bool
        Whether the held ones go out too; those unset, which have no value, never do.

    Raises
    ------
    SpaceError
        The space has a constraint, or one of what goes out a condition, that its held values
        do not decide.
    """
    records = _unconstrained(settled(as_version(space)), tool, with_held)
    for one in records:
        if one.active_when:
            raise _unsaid(one, tool)
    return records


def alternatives(
    space: SearchSpace | SpaceVersion, tool: str, with_held: bool
) -> list[list[HyperParameter]]:
    """List what goes out to a tool that knows alternatives, of which one holds at a time.

    Parameters
    ----------
    space, tool, with_held
        As for `unconditional`.

    Returns
    -------
    list of list of HyperParameter
        What is active together, each choice that decides with the values for which it is. One
        list where there are no conditions.

    Raises
    ------
    SpaceError
        The space has a constraint, or a condition about something else than choices.
    """
    version = settled(as_version(space))
    records = _unconstrained(version, tool, with_held)
    conditions = version.conditions
    deciders = _deciders(version, records, tool)
    found: dict[tuple[str, ...], list[Config]] = {}
    for values in product(*(one.choices for one in deciders)):
        chosen = dict(zip((one.name for one in deciders), values, strict=True))
        # Any value of the rest will do, as no condition asks for it.
        config = {one.name: one.value for one in records} | version.fixed | chosen
        active = conditions.active(config)
        names = tuple(one.name for one in records if one.name in active)
        told = {name: value for name, value in chosen.items() if name in active}
        if repr(told) not in map(repr, found.setdefault(names, [])):
            found[names].append(told)
    return [
        [_narrowed(version[name], values) for name in names]
        for names, several in found.items()
        for values in _products(several)
    ]


def _unconstrained(version: SpaceVersion, tool: str, with_held: bool) -> list[HyperParameter]:
    if version.constraints:
        rule = f"be empty for {tool}, which cannot say them"
        advice = "Drop them by space.constrain(), and check each configuration yourself."
        raise SpaceError.must("SearchSpace.constraints", rule, version.constraints[0], advice)
    return [one for one in version.hyper_parameters if goes_out(one, with_held)]


def _deciders(
    version: SpaceVersion, records: Sequence[HyperParameter], tool: str
) -> list[HyperParameter]:
    """Return the searched choices that conditions ask for, those of deciders among them."""
    names: dict[str, None] = {}
    waiting = [one for one in records if one.active_when]
    while waiting:
        child = waiting.pop()
        for name in version.conditions.by_name[child.name].names:
            parent = version[name]
            if parent.is_searched and parent.kind != "choice":
                raise _unsaid(child, tool)
            if name not in names:
                names[name] = None
                waiting += [parent] if parent.active_when else []
    deciders = [one for one in version.searched if one.name in names]
    if math.prod(len(one.choices) for one in deciders) > MAX_CASES:
        raise _unsaid(next(one for one in records if one.active_when), tool)
    return deciders


def _products(several: list[Config]) -> Iterator[dict[str, list[Any]]]:
    """Yield values by name whose combinations are these: all at once, or each by itself."""
    values: dict[str, list[Any]] = {}
    for told in several:
        for name, value in told.items():
            seen = values.setdefault(name, [])
            if repr(value) not in map(repr, seen):
                seen.append(value)
    if math.prod(map(len, values.values())) == len(several):
        yield values
        return
    for told in several:
        yield {name: [value] for name, value in told.items()}


def _narrowed(one: HyperParameter, values: dict[str, list[Any]]) -> HyperParameter:
    if one.name not in values:
        return replace(one, active_when="")
    return replace(one.edited(choices=values[one.name]), active_when="")


def _unsaid(one: HyperParameter, tool: str) -> SpaceError:
    rule = f"be empty for {tool}, which cannot say it"
    advice = "Drop the condition, or convert one space for each case."
    return SpaceError.must(f"{one.owner}.active_when", rule, one.active_when, advice)


def goes_out(one: HyperParameter, with_held: bool) -> bool:
    """Whether a hyper-parameter goes out: searched, or held at a value where these are wanted."""
    return one.is_searched or (with_held and not one.is_unset)
