"""What differs between two versions of a space, as plain data and in words."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from .hyper_parameter import HyperParameter, SpaceVersion

_WORDS = {"is_searched": "searched", "active_when": "condition"}


def space_changes(before: SpaceVersion, after: SpaceVersion) -> list[dict[str, Any]]:
    """Return each change as ``{"name", "what", "before", "after"}``.

    A hyper-parameter that is new or gone has `what` "added" or "dropped"; the constraints have
    the name "".

    Examples
    --------
    >>> one = HyperParameter("lr", "real", 0.1, 0.0, 1.0)
    >>> two = HyperParameter("lr", "real", 0.1, 0.0, 0.5)
    >>> space_changes(SpaceVersion(1, (one,)), SpaceVersion(2, (two,)))
    [{'name': 'lr', 'what': 'high', 'before': 1.0, 'after': 0.5}]
    """
    changes: list[dict[str, Any]] = []
    for name in dict.fromkeys((*before.names, *after.names)):
        if name not in after:
            changes.append(_change(name, "dropped", before[name].value, None))
        elif name not in before:
            changes.append(_change(name, "added", None, after[name].value))
        else:
            changes += _slots(before[name], after[name])
    if before.constraints != after.constraints:
        rules = list(before.constraints), list(after.constraints)
        changes.append(_change("", "constraints", *rules))
    return changes


def _slots(one: HyperParameter, other: HyperParameter) -> list[dict[str, Any]]:
    was, now = asdict(one), asdict(other)
    # By their words: True equals 1, and means something else to a model.
    differing = [slot for slot in now if repr(was[slot]) != repr(now[slot]) and slot != "source"]
    return [_change(one.name, slot, was[slot], now[slot]) for slot in differing]


def _change(name: str, what: str, before: Any, after: Any) -> dict[str, Any]:
    return {"name": name, "what": what, "before": before, "after": after}


def in_words(change: dict[str, Any]) -> str:
    """Say a change in a few words."""
    what, name = change["what"], change["name"]
    if what in ("added", "dropped"):
        return f"{name} {what}"
    if what == "constraints":
        return f"constraints: {change['before']} → {change['after']}"
    if what == "is_searched":
        return f"{name} {'searched' if change['after'] else 'held'}"
    return f"{name} {_WORDS.get(what, what)}: {change['before']!r} → {change['after']!r}"
