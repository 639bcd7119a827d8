"""One space that holds all versions of a space, for tools that know one only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce

from ..hyper_parameter import HyperParameter, SpaceVersion


def merged(versions: Sequence[SpaceVersion]) -> SpaceVersion:
    """Return the smallest space without conditions that holds what every version holds.

    Ranges reach from the lowest low to the highest high, choices are all that there were, and
    what was searched in any version is searched. Steps and log scales stay where all agree.
    """
    found: dict[str, list[HyperParameter]] = {}
    for version in versions:
        for one in version.hyper_parameters:
            found.setdefault(one.name, []).append(replace(one, active_when=""))
    return SpaceVersion(1, tuple(reduce(_joined, same) for same in found.values()))


def _joined(one: HyperParameter, other: HyperParameter) -> HyperParameter:
    if one.kind != other.kind or "choice" in (one.kind, other.kind):
        return _joined_choices(one, other)
    low, high = min(one.low, other.low), max(one.high, other.high)
    return replace(
        other,
        low=low,
        high=high,
        log=one.log and other.log,
        step=one.step if one.step == other.step and one.low == other.low else None,
        is_searched=one.is_searched or other.is_searched,
    )


def _joined_choices(one: HyperParameter, other: HyperParameter) -> HyperParameter:
    options = {(type(each), each): each for each in (*_options(one), *_options(other))}
    return HyperParameter(
        other.name,
        "choice",
        other.value,
        choices=tuple(options.values()),
        is_searched=one.is_searched or other.is_searched or len(options) > 1,
        source=other.source,
    )


def _options(one: HyperParameter) -> tuple[object, ...]:
    return one.choices or (one.value,)
