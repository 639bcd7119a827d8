"""Undo and redo of the edits of one search space, whoever made them."""

from __future__ import annotations

import threading
from typing import Any

from ..engine.hyper_parameter import HyperParameter, SpaceVersion
from ..engine.space import SearchSpace
from .field_text import choice_texts, number_text

N_STEPS = 100
_MAX_TEXT = 40

State = tuple[tuple[HyperParameter, ...], tuple[str, ...]]
"""The hyper-parameters and the constraints of a space."""

# The value last: it mostly moves because a range left it behind.
_ORDER = ("is_searched", "low", "high", "log", "step", "choices", "ordered", "active_when")
_FIELDS = (*_ORDER, "label", "unit", "value")
_WORDS = {"log": "scale", "active_when": "condition", "ordered": "order"}


class SpaceUndo:
    """The steps that can be undone in a space, and those that were undone.

    A step is one change of the space, made in the page or in Python; one that changes many
    hyper-parameters at once, such as `SearchSpace.apply`, is one step. Going back makes a new
    version of the space, as every edit does.

    Parameters
    ----------
    space : SearchSpace
        Followed, and edited in place by `undo` and `redo`.
    n_steps : int
        How many steps are kept.

    Examples
    --------
    >>> space = SearchSpace.of([HyperParameter("k", "int", 3, 1, 9)])
    >>> steps = SpaceUndo(space)
    >>> space.edit("k", high=5)
    >>> steps.undo_words
    'high of k 9 → 5'
    >>> steps.undo()
    >>> space["k"].high, steps.redo_words
    (9, 'high of k 9 → 5')
    """

    def __init__(self, space: SearchSpace, n_steps: int = N_STEPS) -> None:
        self._space = space
        self._n_steps = n_steps
        self._now = _state(space.version)
        # Tuples, put in place whole: they are read in one thread while another edits.
        self._past: tuple[State, ...] = ()
        self._future: tuple[State, ...] = ()
        self._lock = threading.Lock()
        self.close = space.on_change(self._changed)

    @property
    def undo_words(self) -> str:
        """What `undo` would take back; empty when there is nothing."""
        past = self._past
        return change_words(past[-1], self._now) if past else ""

    @property
    def redo_words(self) -> str:
        """What `redo` would make again; empty when there is nothing."""
        future = self._future
        return change_words(self._now, future[-1]) if future else ""

    def undo(self) -> None:
        """Take the last step back, if there is one."""
        with self._lock:
            if not self._past:
                return
            *past, target = self._past
            self._past, self._future = tuple(past), (*self._future, self._now)
            self._now = target
        self._move_to(target)

    def redo(self) -> None:
        """Make the step again that was undone last, if there is one."""
        with self._lock:
            if not self._future:
                return
            *future, target = self._future
            self._past, self._future = (*self._past, self._now), tuple(future)
            self._now = target
        self._move_to(target)

    def _move_to(self, target: State) -> None:
        # Without the lock: those who hear of the change may wait for another one.
        self._space.move_to(SpaceVersion(self._space.version.number + 1, *target))

    def _changed(self) -> None:
        with self._lock:
            before, self._now = self._now, _state(self._space.version)
            # By their words: True equals 1, and is another choice.
            if repr(before) != repr(self._now):
                self._past = (*self._past, before)[-self._n_steps :]
                self._future = ()


def change_words(before: State, after: State) -> str:
    """Say what differs between two states, the first change in full: "high of C 1000 → 100"."""
    changes = [
        words
        for old, new in zip(before[0], after[0], strict=True)
        if repr(old) != repr(new)
        for words in _record_words(old, new)
    ]
    if before[1] != after[1]:
        changes.append(_constraint_words(before[1], after[1]))
    if not changes:
        return ""
    return changes[0] + (f" and {len(changes) - 1} more" if len(changes) > 1 else "")


def _record_words(old: HyperParameter, new: HyperParameter) -> list[str]:
    changed = [one for one in _FIELDS if repr(getattr(old, one)) != repr(getattr(new, one))]
    if len(changed) > 1 and changed[-1] == "value":
        changed.pop()
    return [_field_words(field, old, new) for field in changed]


def _field_words(field: str, old: HyperParameter, new: HyperParameter) -> str:
    who = new.label or new.name
    if field == "is_searched":
        return f"{who} switched {'on' if new.is_searched else 'off'}"
    if field == "choices":
        return f"choices of {who}: {_choices_words(old.choices, new.choices)}"
    texts = [_text(field, getattr(one, field)) for one in (old, new)]
    return f"{_WORDS.get(field, field)} of {who} {texts[0]} → {texts[1]}"


def _text(field: str, value: Any) -> str:
    if field == "log":
        return "log" if value else "linear"
    if value in ("", None):
        return "none"
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return number_text(value) if is_number else _cut(choice_texts([value])[0])


def _choices_words(old: tuple[Any, ...], new: tuple[Any, ...]) -> str:
    dropped = [one for one in old if repr(one) not in set(map(repr, new))]
    added = [one for one in new if repr(one) not in set(map(repr, old))]
    words = [(dropped, "dropped"), (added, "added")]
    said = [f"{', '.join(choice_texts(some))} {what}" for some, what in words if some]
    return _cut(", ".join(said)) if said else "put in another order"


def _constraint_words(old: tuple[str, ...], new: tuple[str, ...]) -> str:
    gone = next((one for one in old if one not in new), "")
    come = next((one for one in new if one not in old), "")
    if gone and come:
        return f"constraint {_cut(gone)} → {_cut(come)}"
    return f"constraint {_cut(come)} added" if come else f"constraint {_cut(gone)} removed"


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TEXT else f"{text[: _MAX_TEXT - 1]}…"


def _state(version: SpaceVersion) -> State:
    return version.hyper_parameters, version.constraints
