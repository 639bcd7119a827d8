"""What the page lists and what the code says, brought together from what both last agreed on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from ..errors import SpaceError
from ..hyper_parameter import HyperParameter

Records = tuple[HyperParameter, ...]


@dataclass(frozen=True)
class Merge:
    """What comes of two sides that were both edited.

    Parameters
    ----------
    records : tuple of HyperParameter
        What the page is to list.
    base : tuple of HyperParameter
        What both sides agree on from now on; of a conflict, what they agreed on before.
    unwritten : dict of str to object
        Values of the page that the code does not have.
    conflicts : dict of str to HyperParameter
        What both sides have changed in different ways, as the code has it. The page keeps its own.
    added, removed : tuple of str
        What the code has got or lost since both agreed.
    """

    records: Records
    base: Records
    unwritten: dict[str, Any] = field(default_factory=dict)
    conflicts: dict[str, HyperParameter] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def merge(base: Iterable[HyperParameter], page: Records, code: Records) -> Merge:
    """Bring the page and the code together; an edit of one side is never lost to the other.

    A value, and what a hyper-parameter may be, are two things: the one may be edited in the
    page and the other in the code.

    Examples
    --------
    >>> k = HyperParameter("k", "int", 3, 1, 9)
    >>> merge([k], (k.edited(high=5),), (k.edited(value=4),)).records[0].value
    4
    >>> merge([k], (k.edited(value=5),), (k.edited(value=4),)).conflicts["k"].value
    4
    """
    before = {one.name: one for one in base}
    now = {one.name: one for one in code}
    added = tuple(name for name in now if name not in before)
    removed = tuple(name for name in before if name not in now)
    kept = [one for one in page if one.name not in removed and one.name in now]
    others = [one for one in page if one.name not in removed and one.name not in now]
    merged, agreed, conflicts = {}, dict(now), {}
    for one in kept:
        is_known = one.name in before and before[one.name].kind == one.kind == now[one.name].kind
        if not is_known:
            merged[one.name] = now[one.name]
            continue
        both = _merged(before[one.name], one, now[one.name])
        merged[one.name] = one if both is None else both
        if both is None:
            conflicts[one.name] = now[one.name]
            agreed[one.name] = before[one.name]
    new = {name: now[name] for name in added if name not in merged}
    records = (*merged.values(), *new.values(), *others)
    unwritten = {
        name: one.value
        for name, one in merged.items()
        if name not in conflicts and repr(one.value) != repr(now[name].value)
    }
    return Merge(records, tuple(agreed.values()), unwritten, conflicts, added, removed)


def _merged(
    base: HyperParameter, page: HyperParameter, code: HyperParameter
) -> HyperParameter | None:
    """Return one record of both; None where they contradict each other."""
    rules = [_rules(one) for one in (base, page, code)]
    values = [repr(one.value) for one in (base, page, code)]
    if _contradict(*rules) or _contradict(*values):
        return None
    ruled = page if rules[2] == rules[0] else code
    valued = page if values[2] == values[0] else code
    if ruled is valued:
        return ruled
    try:
        return replace(ruled, value=valued.value)
    except SpaceError:  # the value of one side lies outside of the range of the other
        return None


def _contradict(base: str, page: str, code: str) -> bool:
    return page != base and code not in (base, page)


def _rules(record: HyperParameter) -> str:
    """Return what a hyper-parameter may be: all but its value, as text, for 1 equals True."""
    return repr({**asdict(record), "value": None, "source": ""})
