"""Several dicts of entries, of which one holds at a time, as one space with conditions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import SpaceError
from ..expression import is_same
from ..hyper_parameter import HyperParameter
from ..space import SearchSpace
from .condition_text import is_among
from .ranges import check_entries, choice

Read = Callable[[str, Any], HyperParameter]
Records = dict[str, HyperParameter]


def combine(dicts: Sequence[Mapping[str, Any]], read: Read, owner: str) -> SearchSpace:
    """Make one space of alternatives that one choice tells apart.

    ``[{"kernel": ["linear"], "C": [1, 10]}, {"kernel": ["rbf"], "gamma": [0.1, 1]}]`` has
    `gamma` active when the kernel is rbf. Lists of one name that differ become one list, and
    constraints keep to each alternative its own.

    Parameters
    ----------
    dicts : sequence of Mapping
        The alternatives, at least one.
    read : callable
        Turns a name and its entry into a hyper-parameter.
    owner : str
        What the alternatives belong to, for messages.

    Raises
    ------
    SpaceError
        No choice tells them apart, or one name has different ranges in them.
    """
    if not dicts:
        raise SpaceError.must(owner, "have an entry", list(dicts), "Give at least one dict.")
    tables = [
        {name: read(name, entry) for name, entry in check_entries(one, owner).items()}
        for one in dicts
    ]
    if len(tables) == 1:
        return SearchSpace.of(tables[0].values())
    teller = _teller(tables, owner)
    names = dict.fromkeys(name for table in tables for name in table)
    records = [_merged(name, teller, tables) for name in names]
    rules = [rule for one in records for rule in _own_choices(one, teller, tables)]
    return SearchSpace.of(records, rules)


def _teller(tables: Sequence[Records], owner: str) -> str:
    """Find the choice whose values tell the alternatives apart."""
    for name in tables[0]:
        everywhere = [table[name] for table in tables if name in table]
        is_choice = all(one.kind == "choice" for one in everywhere)
        if len(everywhere) == len(tables) and is_choice and _are_apart(everywhere):
            return name
    rule = f"have one choice that tells its {len(tables)} alternatives apart"
    advice = (
        "Give each a value of its own, as in [{'kernel': ['linear'], ...}, "
        "{'kernel': ['rbf'], ...}], or search them one after the other."
    )
    raise SpaceError.must(owner, rule, [list(table) for table in tables], advice)


def _are_apart(records: Sequence[HyperParameter]) -> bool:
    """Whether no two share a value, as conditions compare them: 3 is 3.0."""
    values = [value for one in records for value in one.choices]
    return all(not is_same(one, two) for at, one in enumerate(values) for two in values[:at])


def _merged(name: str, teller: str, tables: Sequence[Records]) -> HyperParameter:
    """Make one hyper-parameter of those that have one name."""
    having = [table for table in tables if name in table]
    first = having[0][name]
    if any(repr(table[name]) != repr(first) for table in having):
        first = _united([table[name] for table in having])
    if len(having) == len(tables):
        return first
    values = [value for table in having for value in table[teller].choices]
    return replace(first, active_when=is_among(teller, values, f"{first.owner}.active_when"))


def _united(records: Sequence[HyperParameter]) -> HyperParameter:
    first = records[0]
    if any(one.kind != "choice" for one in records):
        other = next(one for one in records if repr(one) != repr(first))
        rule = "have one range, the same in every alternative"
        advice = "Write lists, or the same range."
        raise SpaceError.must(first.owner, rule, (_brief(first), _brief(other)), advice)
    # With the types, for True equals 1.
    seen = {(type(value), value): value for one in records for value in one.choices}
    return choice(first.name, tuple(seen.values()), source=first.source)


def _brief(one: HyperParameter) -> Any:
    return list(one.choices) if one.kind == "choice" else (one.low, one.high)


def _own_choices(merged: HyperParameter, teller: str, tables: Sequence[Records]) -> Iterable[str]:
    """Write the constraints that keep each alternative to its own choices of a united one."""
    for table in tables:
        one = table.get(merged.name)
        if merged.name == teller or one is None or len(one.choices) == len(merged.choices):
            continue
        owner = f"{merged.owner}.choices"
        elsewhere = is_among(teller, table[teller].choices, owner)
        yield f"not ({elsewhere}) or {is_among(merged.name, one.choices, owner)}"
