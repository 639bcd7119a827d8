"""The editable list of hyper-parameters: one row each, tied to the live search space."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import param
from panel.custom import JSComponent

from ..engine.errors import SpaceError
from ..engine.hyper_parameter import HyperParameter, SpaceVersion
from ..engine.space import SearchSpace
from .range_presets import as_preset, preset_changes
from .space_row import FIELDS, Refusal, Row
from .space_undo import SpaceUndo

_STATIC = Path(__file__).parent / "static"
_SCRIPTS = ("space_parts.js", "space_rows.js", "space_table.js")
_LIST = ""
"""Stands in place of a hyper-parameter's name for what concerns the whole list."""


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit made in the page.

    Parameters
    ----------
    name : str
        The hyper-parameter; empty for an edit of the whole list.
    field : str
        What was edited: "value", "low", "high", "log", "choices", "is_searched", "active_when",
        or by way of "new_choice" and "preset"; of the list "constraint" and "preset".
    value : object
        What it was set to; the text as typed where it is no number.
    error : str
        Why the space refused it; empty when it was taken.
    """

    name: str
    field: str
    value: Any
    error: str = ""


class SpaceTable(JSComponent):
    """The list of hyper-parameters in the page, for looking and editing.

    Each edit goes to the space as it is made. One that breaks a rule leaves the space as it
    was; the row then shows the rule under it, and the input keeps what was typed. It is
    tried again together with the next edit of the row, so that low and high can be moved
    past each other in two steps. Changes of the space made in Python are shown at once, and
    are steps that can be undone as well.

    Parameters
    ----------
    space : SearchSpace
        Shown and edited in place.
    first : SpaceVersion, optional
        The ranges that presets and tracks start from; those of the space as it is now if not
        given.
    **params
        Layout of the component, `is_dark` and `is_disabled`.

    Examples
    --------
    >>> space = SearchSpace.of([HyperParameter("lr", "real", 0.01, 1e-5, 1.0, log=True)])
    >>> table = SpaceTable(space)
    >>> space.edit("lr", high=0.1)
    >>> table.rows[0]["low"], table.rows[0]["high"]
    ('1e-5', '0.1')
    >>> table.undo()
    >>> space["lr"].high
    1.0
    """

    rows = param.List(default=[], doc="One dict per hyper-parameter, in the order of the space.")
    frame = param.Dict(
        default={}, doc="What stands around the rows: constraints, errors, what can be undone."
    )
    is_dark = param.Boolean(default=False, allow_refs=True, doc="Whether the page is dark.")
    is_disabled = param.Boolean(
        default=False, allow_refs=True, doc="Whether nothing can be edited for now."
    )

    # As text: one module out of several files, and no path, which is sent as a link that a
    # notebook without a server cannot follow.
    _esm: ClassVar[str] = "\n".join((_STATIC / one).read_text("utf-8") for one in _SCRIPTS)
    _stylesheets: ClassVar[list[str]] = [(_STATIC / "space_table.css").read_text("utf-8")]

    def __init__(
        self, space: SearchSpace, first: SpaceVersion | None = None, **params: Any
    ) -> None:
        super().__init__(**{"sizing_mode": "stretch_width", **params})
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[Edit], None]] = []
        self._ready_callbacks: list[Callable[[], None]] = []
        self._latest: dict[tuple[str, str, str], int] = {}
        self._answers: dict[str, int] = {}
        self._is_editing = False
        self._stop_listening: Callable[[], None] | None = None
        self.move_to(space, first)

    def move_to(self, space: SearchSpace, first: SpaceVersion | None = None) -> None:
        """Show another space, such as that of another model."""
        self.close()
        with self._lock:
            self._space = space
            version = space.version
            starts = version if first is None else first
            self._rows = {
                one.name: Row(one, _start(one, starts)) for one in version.hyper_parameters
            }
            self._refusals: dict[str, Refusal] = {}
            self._preset_error = ""
            # It listens first: by the time that a change is shown, it is a step.
            self._steps = SpaceUndo(space)
            self._stop_listening = space.on_change(self._space_changed)
            self._refresh()

    @property
    def space(self) -> SearchSpace:
        """The search space that is listed."""
        return self._space

    def close(self) -> None:
        """Stop following the space; to be called when the page is gone."""
        stop, self._stop_listening = self._stop_listening, None
        if stop is not None:
            stop()
            self._steps.close()

    def on_edit(self, callback: Callable[[Edit], None]) -> Callable[[], None]:
        """Call `callback(edit)` after each edit in the page; returns a function that stops it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def on_ready(self, callback: Callable[[], None]) -> None:
        """Call `callback()` each time a page has drawn the list: from then on it hears changes."""
        self._ready_callbacks.append(callback)

    def edit(self, name: str, field: str, value: Any) -> Edit:
        """Edit one field as the page does it.

        Parameters
        ----------
        name, field : str
            The hyper-parameter, and one of `FIELDS`.
        value : str, bool, int or list of int
            Text for a number, a condition or a new choice, True or False for a switch, "wide",
            "balanced" or "narrow" for a preset; options of a choice are given by their place in
            ``rows[...]["choices"]``.

        Returns
        -------
        Edit
            With its `error` set when the space refused it.

        Raises
        ------
        SpaceError
            There is no such hyper-parameter or field.
        """
        if field not in FIELDS:
            raise SpaceError.must("SpaceTable.edit", f"get one of {FIELDS}", field, "Name one.")
        row = self._rows[self._space[name].name]
        return self._edited(name, field, value, lambda: self._try(row, field, value))

    def edit_constraint(self, before: str, after: str) -> Edit:
        """Put a constraint in place of another, add one to "" or remove one by "".

        Returns
        -------
        Edit
            With its `error` set when the space refused it, or has no such constraint any more.
        """
        return self._edited(_LIST, "constraint", after, lambda: self._constrain(before, after))

    def preset_all(self, preset: str) -> Edit:
        """Give all that are searched a wide, balanced or narrow range, in one step."""
        return self._edited(_LIST, "preset", preset, lambda: self._preset(preset))

    def undo(self) -> None:
        """Take the last step back, whoever made it."""
        self._quietly(self._steps.undo)

    def redo(self) -> None:
        """Make the step again that was undone last."""
        self._quietly(self._steps.redo)

    def give_up(self, name: str, field: str) -> None:
        """Drop a refused attempt; the input shows what the space holds again.

        Of the list itself (the name is empty) the field is the constraint, as it was before.
        """
        refusals = self._refusals if name == _LIST else self._rows[name].refusals
        refusals.pop(field, None)
        self._refresh()

    def _edited(self, name: str, field: str, value: Any, attempt: Callable[[], str]) -> Edit:
        edit = Edit(name, field, value, self._quietly(attempt))
        for callback in list(self._callbacks):
            callback(edit)
        return edit

    def _quietly(self, action: Callable[[], Any]) -> Any:
        """Do what changes the space, and show the change once, when it is done."""
        self._is_editing = True
        try:
            return action()
        finally:
            self._is_editing = False
            self._refresh()

    def _try(self, row: Row, field: str, attempt: Any) -> str:
        row.refusals.pop(field, None)
        changes: dict[str, Any] = {}
        try:
            changes = row.changes(field, attempt)
            self._change(row, changes)
        except SpaceError as error:
            sentence = _sentence(error, row.record)
            row.refusals[field] = Refusal(attempt, sentence, changes)
            return sentence
        return ""

    def _change(self, row: Row, changes: dict[str, Any]) -> None:
        """Change the space, with what was refused before where that fits now."""
        name = row.record.name
        waiting = {key: item for key, item in list(row.refusals.items()) if item.changes}
        refused: dict[str, Any] = {}
        for item in waiting.values():
            refused |= item.changes
        if waiting:
            try:
                self._space.edit(name, **{**refused, **changes})
            except SpaceError:
                pass  # Still refused; this edit is then judged by itself.
            else:
                for key in waiting:
                    row.refusals.pop(key, None)
                return
        self._space.edit(name, **changes)

    def _constrain(self, before: str, after: str) -> str:
        constraints = list(self._space.constraints)
        self._refusals.pop(before, None)
        try:
            if after and after != before and after in constraints:
                advice = "It is there already."
                owner = "SearchSpace.constraints"
                raise SpaceError.must(owner, "have each constraint once", after, advice)
            if before in constraints:
                place = constraints.index(before)
                constraints[place : place + 1] = [after] if after else []
            elif after and not before:
                constraints.append(after)
            self._space.constrain(*constraints)
        except SpaceError as error:
            sentence = _shortened(error, "SearchSpace.constraints")
            self._refusals[before] = Refusal(after, sentence, {})
            return sentence
        return ""

    def _preset(self, preset: str) -> str:
        version = self._space.version
        self._preset_error = ""
        try:
            width = as_preset(preset)
            records = tuple(
                one.edited(**preset_changes(one, self._rows[one.name].first, width))
                if one.is_searched
                else one
                for one in version.hyper_parameters
            )
            if repr(records) != repr(version.hyper_parameters):
                after = SpaceVersion(version.number + 1, records, version.constraints)
                self._space.move_to(after)
        except SpaceError as error:
            self._preset_error = str(error)
            return self._preset_error
        for one in version.searched:
            for field in ("low", "high", "preset"):
                self._rows[one.name].refusals.pop(field, None)
        return ""

    def _space_changed(self) -> None:
        if not self._is_editing:
            self._refresh()

    def _refresh(self) -> None:
        with self._lock:
            version = self._space.version
            inactive, broken = _standing(version)
            titles = {one.name: one.label or one.name for one in version.hyper_parameters}
            # With the rows, so that a row and the news that it is an answer arrive as one.
            answers = dict(self._answers)
            rows = []
            for record in version.hyper_parameters:
                row = self._rows[record.name]
                row.follow(record)
                shown = row.shown(titles, record.name not in inactive)
                rows.append({**shown, "answers": answers})
            frame = {**self._framed(version.constraints, broken), "answers": answers}
            self.param.update(rows=rows, frame=frame)

    def _framed(self, constraints: tuple[str, ...], broken: list[str]) -> dict[str, Any]:
        for text in [*self._refusals]:
            if text not in (*constraints, ""):
                self._refusals.pop(text, None)
        return {
            "constraints": [{"text": one, "is_broken": one in broken} for one in constraints],
            "errors": {
                text: {"attempt": refusal.attempt, "sentence": refusal.sentence}
                for text, refusal in list(self._refusals.items())
            },
            "preset_error": self._preset_error,
            "undo": self._steps.undo_words,
            "redo": self._steps.redo_words,
        }

    def _handle_msg(self, data: Any) -> None:
        """Take one message of the page: {is_ready}, or {name, field, value, client, number}."""
        if data.get("is_ready"):
            for callback in list(self._ready_callbacks):
                callback()
            return
        name, field = data["name"], data["field"]
        client, number = data["client"], data["number"]
        is_known = field in _COMMANDS if name == _LIST else name in self._rows and field in FIELDS
        # The page may be one space behind, and messages may overtake each other; what is told
        # apart by its value is no older state of one input.
        key = (client, name, field)
        is_stale = number <= self._latest.get(key, 0) and name != _LIST
        if not is_known or is_stale:
            return
        self._latest[key] = number
        self._answers[client] = max(number, self._answers.get(client, 0))
        if name == _LIST:
            _COMMANDS[field](self, data["value"])
        elif data.get("is_given_up"):
            self.give_up(name, field)
        else:
            self.edit(name, field, data["value"])

    def _update_model(self, events: Any, msg: dict[str, Any], *place: Any) -> None:
        # An update from another thread reaches the page later than one made meanwhile in the
        # page's own: what is sent is what holds by then.
        for name in ("rows", "frame"):
            if name in msg:
                msg[name] = getattr(self, name)
        super()._update_model(events, msg, *place)


_COMMANDS: dict[str, Callable[[SpaceTable, Any], Any]] = {
    "undo": lambda table, _value: table.undo(),
    "redo": lambda table, _value: table.redo(),
    "preset": lambda table, value: table.preset_all(value),
    "constraint": lambda table, value: table.edit_constraint(value["before"], value["after"]),
    "give_up": lambda table, value: table.give_up(_LIST, value),
}
"""What the page may ask of the list as a whole."""


def _start(one: HyperParameter, first: SpaceVersion) -> HyperParameter:
    """Return the record that presets start from; one that was of another kind then is no start."""
    is_alike = one.name in first and first[one.name].kind == one.kind
    return first[one.name] if is_alike else one


def _standing(version: SpaceVersion) -> tuple[set[str], list[str]]:
    """Return which names are inactive by the current values, and which constraints are broken."""
    if not version.is_conditional:
        return set(), []
    conditions = version.conditions
    values = {one.name: one.value for one in version.hyper_parameters if not one.is_unset}
    config = conditions.active(values)
    inactive = {
        name
        for name, condition in conditions.by_name.items()
        if not conditions.is_active(condition, config)
    }
    return inactive, conditions.broken(config)


def _sentence(error: SpaceError, one: HyperParameter) -> str:
    """Word the error for its place under the row, where the hyper-parameter needs no naming."""
    sentence = _shortened(error, one.owner)
    # A word of the code; the input that is marked says what it is.
    return sentence.replace("Active_when must", "Must", 1)


def _shortened(error: SpaceError, owner: str) -> str:
    text = str(error).removeprefix(owner).lstrip("[0123456789]. ")
    return text[:1].upper() + text[1:]
