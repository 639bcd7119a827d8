"""The moments that count: where a value changed, a new best came, or the user stepped in."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np

from ..hyper_parameter import SpaceVersion
from ..space_changes import in_words
from ..trial import Trial, TrialState, mutations
from .incumbents import ended_at, incumbents

_UNTOLD = frozenset({"look", "answer", "request"})
_STEER, _EDITS, _TOGETHER_S = "steer", ("space", "apply", "enqueue", "mark"), 5.0
_MOST_CHANGES = 4


class ChangeKind(StrEnum):
    """What happened."""

    VALUE = "value"
    NEW_BEST = "new best"
    EDIT = "edit"
    SWITCH = "switch"
    NOTE = "note"
    ACTION = "action"


@dataclass(frozen=True)
class ChangePoint:
    """One moment on the time axis of the trials.

    Parameters
    ----------
    kind : ChangeKind
        What happened.
    trial : int or None
        The trial that has the change, or the first one started after the user stepped in; None
        where there is none yet.
    at : float
        When, in seconds since the epoch.
    hyper_parameter : str
        Which one changed; empty where it is not a value.
    before, after : object
        The value, score, optimizer or version of the space before and after; None where there
        is none.
    against : int or None
        The trial that it is compared with.
    gain : float or None
        Score less that of `against`, where both have completed at one fidelity.
    n_changed : int
        How many hyper-parameters changed at once.
    text : str
        What the user wrote or did.
    """

    kind: ChangeKind
    trial: int | None
    at: float
    hyper_parameter: str = ""
    before: Any = None
    after: Any = None
    against: int | None = None
    gain: float | None = None
    n_changed: int = 0
    text: str = ""


@dataclass(frozen=True)
class ChangeEffect:
    """What changes of one hyper-parameter did to the score.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    n_changes, n_alone : int
        How often it changed, and how often no other changed with it.
    median_alone, median_with_others : float or None
        Median change of the score then; None where no such pair of trials has completed.
    size_alone : float or None
        Median size of the change of the score, whatever its sign, when it alone changed.
    """

    name: str
    n_changes: int = 0
    n_alone: int = 0
    median_alone: float | None = None
    median_with_others: float | None = None
    size_alone: float | None = None


def change_points(
    space: SpaceVersion, trials: Iterable[Trial], actions: Sequence[Mapping[str, Any]] = ()
) -> tuple[ChangePoint, ...]:
    """List what changed, in the order of the trials.

    A trial is compared with its first parent, and one without parents with the trial before
    it. Edits of the space and switches of the optimizer are seen from the trials themselves,
    unless the actions tell of them.

    Parameters
    ----------
    space : SpaceVersion
        Its hyper-parameters are looked at, whether searched or not.
    trials : iterable of Trial
        In any order; the latest of equal numbers counts.
    actions : sequence of mapping
        What the user did, as `History.actions` gives it: ``"at"``, ``"kind"`` and more.
    """
    known = {trial.number: trial for trial in trials}
    ordered = [known[number] for number in sorted(known)]
    found = [point for pair in _compared(ordered) for point in _value_changes(space, *pair)]
    found += _new_bests(ordered)
    by_start = sorted(ordered, key=lambda trial: trial.started_at)
    acted = [_action_point(action, by_start) for action in _told_once(actions)]
    kinds = {point.kind for point in acted}
    found += acted
    found += [point for point in _seen_steps(ordered) if point.kind not in kinds]
    return tuple(sorted(found, key=lambda point: (_place(point), point.at)))


def change_effects(space: SpaceVersion, trials: Iterable[Trial]) -> tuple[ChangeEffect, ...]:
    """Count the changes of each hyper-parameter, with what the score did.

    Parameters
    ----------
    space : SpaceVersion
        The space; one effect per hyper-parameter searched, in its order.
    trials : iterable of Trial
        As for `change_points`.
    """
    known = {trial.number: trial for trial in trials}
    ordered = [known[number] for number in sorted(known)]
    points = [point for pair in _compared(ordered) for point in _value_changes(space, *pair)]
    by_name: dict[str, list[ChangePoint]] = {one.name: [] for one in space.searched}
    for point in points:
        if point.hyper_parameter in by_name:
            by_name[point.hyper_parameter].append(point)
    return tuple(_effect(name, mine) for name, mine in by_name.items())


def _effect(name: str, points: Sequence[ChangePoint]) -> ChangeEffect:
    alone = [point for point in points if point.n_changed == 1]
    gains = [point.gain for point in alone if point.gain is not None]
    others = [p.gain for p in points if p.n_changed > 1 and p.gain is not None]
    return ChangeEffect(
        name, len(points), len(alone), _median(gains), _median(others), _median(map(abs, gains))
    )


def _median(values: Iterable[float]) -> float | None:
    known = list(values)
    return float(np.median(known)) if known else None


def _compared(ordered: Sequence[Trial]) -> Iterable[tuple[Trial, Trial]]:
    """Yield each trial behind the one that it is compared with."""
    by_number = {trial.number: trial for trial in ordered}
    previous: Trial | None = None
    for trial in ordered:
        parents = (by_number.get(number) for number in trial.provenance.parents)
        against = next((one for one in parents if one is not None and one is not trial), previous)
        if against is not None:
            yield against, trial
        previous = trial


def _value_changes(space: SpaceVersion, against: Trial, trial: Trial) -> list[ChangePoint]:
    changed = [one for one in mutations(against.config, trial.config) if one.name in space]
    gain = _gain(against, trial)
    return [
        ChangePoint(
            ChangeKind.VALUE,
            trial.number,
            trial.started_at,
            one.name,
            one.before,
            one.after,
            against.number,
            gain,
            len(changed),
        )
        for one in changed
    ]


def _gain(against: Trial, trial: Trial) -> float | None:
    both = (against, trial)
    if any(one.state is not TrialState.COMPLETED or one.score is None for one in both):
        return None
    if against.fidelity != trial.fidelity:
        return None
    return float(trial.score or 0.0) - float(against.score or 0.0)


def _new_bests(ordered: Sequence[Trial]) -> list[ChangePoint]:
    found, before = [], None
    for trial in incumbents(ordered):
        found.append(
            ChangePoint(
                ChangeKind.NEW_BEST,
                trial.number,
                ended_at(trial),
                before=None if before is None else before.score,
                after=trial.score,
                against=None if before is None else before.number,
                gain=None if before is None else _gain(before, trial),
            )
        )
        before = trial
    return found


def _seen_steps(ordered: Sequence[Trial]) -> list[ChangePoint]:
    """Return the edits and switches that the trials themselves tell of."""
    # Promotions, and what the user has enqueued, are no word of the algorithm's.
    proposed = [
        one
        for one in ordered
        if one.provenance.operator != "promotion" and one.provenance.optimizer != "user"
    ]
    edits = [
        _step(ChangeKind.EDIT, after, before.space_version, after.space_version)
        for before, after in pairwise(ordered)
    ]
    switches = [
        _step(ChangeKind.SWITCH, after, before.provenance.optimizer, after.provenance.optimizer)
        for before, after in pairwise(proposed)
    ]
    return [one for one in edits + switches if one.before != one.after]


def _step(kind: ChangeKind, trial: Trial, before: Any, after: Any) -> ChangePoint:
    return ChangePoint(kind, trial.number, trial.started_at, before=before, after=after)


def _told_once(actions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Leave out what concerns only the page, and edits that the next action tells in words.

    'Search here' is stored as the edits of the space that it makes, and then as one step of
    the user's with its words: that one stands for all of them.
    """
    kept: list[Mapping[str, Any]] = []
    for action in sorted(actions, key=_at):
        kind = action.get("kind")
        if kind in _UNTOLD:
            continue
        if kind == _STEER:
            has_edited = False
            while kept and _is_part(kept[-1], action):
                has_edited |= kept.pop().get("kind") in ("space", "apply")
            kept.append({**action, "kind": "edit"} if has_edited else action)
            continue
        kept.append(action)
    return kept


def _is_part(action: Mapping[str, Any], step: Mapping[str, Any]) -> bool:
    return action.get("kind") in _EDITS and _at(step) - _at(action) < _TOGETHER_S


def _at(action: Mapping[str, Any]) -> float:
    return float(action.get("at", 0.0))


def _action_point(action: Mapping[str, Any], by_start: Sequence[Trial]) -> ChangePoint:
    at = _at(action)
    place = bisect_right(by_start, at, key=lambda trial: trial.started_at)
    number = by_start[place].number if place < len(by_start) else None
    kind, after = _meaning(action)
    return ChangePoint(kind, number, at, after=after, text=_text(action))


def _text(action: Mapping[str, Any]) -> str:
    if "text" in action:
        return str(action["text"])
    changes = action.get("changes")
    if isinstance(changes, list) and all(isinstance(one, dict) for one in changes):
        return "; ".join(map(in_words, changes[:_MOST_CHANGES]))
    detail = {name: value for name, value in action.items() if name not in ("at", "kind")}
    return ", ".join(f"{name}: {value}" for name, value in detail.items())


def _meaning(action: Mapping[str, Any]) -> tuple[ChangeKind, Any]:
    kind = str(action.get("kind", ""))
    if kind == "settings" and "optimizer" in action:
        return ChangeKind.SWITCH, action["optimizer"]
    known = {"note": ChangeKind.NOTE, "edit": ChangeKind.EDIT, "space": ChangeKind.EDIT}
    return known.get(kind, ChangeKind.ACTION), None


def _place(point: ChangePoint) -> float:
    return float("inf") if point.trial is None else point.trial
