"""The editable list of hyper-parameters: one row each, tied to the live search space."""

from __future__ import annotations

import math
import textwrap
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import param
from panel.custom import JSComponent

from ..engine.errors import SpaceError
from ..engine.hyper_parameter import HyperParameter, as_number
from ..engine.space import SearchSpace

_STATIC = Path(__file__).parent / "static"
# What an input of the sidebar has room for.
_MAX_CHARACTERS = 9
_NUMBERS = ("value", "low", "high")
_FIELDS = (*_NUMBERS, "log", "choices", "is_searched")


@dataclass(frozen=True, slots=True)
class Edit:
    """One edit made in the page.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    field : str
        What was edited: "value", "low", "high", "log", "choices" or "is_searched".
    value : object
        What it was set to; the text as typed where it is no number.
    error : str
        Why the space refused it; empty when it was taken.
    """

    name: str
    field: str
    value: Any
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Refusal:
    """An edit that broke a rule: it stays in its input, marked, until mended or given up."""

    attempt: Any
    sentence: str
    changes: dict[str, Any]


@dataclass(slots=True)
class _Row:
    """What the page knows of one hyper-parameter beyond its record."""

    record: HyperParameter
    first: HyperParameter
    choices: list[Any] = field(default_factory=list)
    refusals: dict[str, _Refusal] = field(default_factory=dict)

    def follow(self, record: HyperParameter) -> None:
        """Take over the record; a refused attempt goes when its own field was changed."""
        for name in list(self.refusals):
            if getattr(record, name) != getattr(self.record, name):
                self.refusals.pop(name, None)
        self.record = record
        for choice in record.choices:
            if _index(self.choices, choice) is None:
                self.choices.append(choice)

    def read(self, name: str, attempt: Any) -> Any:
        """Turn what the page sent for one field into what the space takes.

        Raises
        ------
        SpaceError
            A number was asked for and the text is none.
        """
        if name == "choices":
            return tuple(self.choices[index] for index in attempt)
        if name not in _NUMBERS:
            return bool(attempt)
        if name == "value" and attempt in ("", None) and not self.record.is_searched:
            return None
        if self.record.kind == "choice":
            return self.choices[attempt]
        return as_number(self.record.kind, read_number(str(attempt), f"{self.record.owner}.{name}"))

    def shown(self) -> dict[str, Any]:
        """Return the row as plain data for the browser."""
        one = self.record
        texts = choice_texts(self.choices)
        shown = {
            "name": one.name,
            "kind": one.kind,
            "is_searched": one.is_searched,
            "can_be_unset": not one.is_searched and (one.is_unset or not one.contains(None)),
            "source": one.source,
            "log": one.log,
            "low": number_text(one.low),
            "high": number_text(one.high),
            "step": number_text(one.step),
            "value": number_text(one.value),
            "at": {name: _float(getattr(one, name)) for name in (*_NUMBERS, "step")},
            "widest": [_float(self.first.low), _float(self.first.high)],
            "choices": texts,
            "kept": [_index(self.choices, choice) for choice in one.choices],
            "errors": {
                name: {"attempt": refusal.attempt, "sentence": refusal.sentence}
                for name, refusal in list(self.refusals.items())
            },
        }
        if one.kind == "choice":
            shown["value"] = None if one.is_unset else _index(self.choices, one.value)
        return shown


class SpaceTable(JSComponent):
    """The list of hyper-parameters in the page, for looking and editing.

    Each edit goes to the space as it is made. One that breaks a rule leaves the space as it
    was; the row then shows the rule under it, and the input keeps what was typed. It is
    tried again together with the next edit of the row, so that low and high can be moved
    past each other in two steps. Changes of the space made in Python are shown at once.

    Parameters
    ----------
    space : SearchSpace
        Shown and edited in place.
    **params
        Layout of the component, `is_dark` and `is_disabled`.

    Examples
    --------
    >>> space = SearchSpace.of([HyperParameter("lr", "real", 0.01, 1e-5, 1.0, log=True)])
    >>> table = SpaceTable(space)
    >>> space.edit("lr", high=0.1)
    >>> table.rows[0]["low"], table.rows[0]["high"]
    ('1e-5', '0.1')
    """

    rows = param.List(default=[], doc="One dict per hyper-parameter, in the order of the space.")
    is_dark = param.Boolean(default=False, allow_refs=True, doc="Whether the page is dark.")
    is_disabled = param.Boolean(
        default=False, allow_refs=True, doc="Whether nothing can be edited for now."
    )

    _esm: ClassVar[Path] = _STATIC / "space_table.js"
    # The text, not the path: a path is sent as a link that a notebook without a server
    # cannot follow.
    _stylesheets: ClassVar[list[str]] = [(_STATIC / "space_table.css").read_text(encoding="utf-8")]

    def __init__(self, space: SearchSpace, **params: Any) -> None:
        super().__init__(**{"sizing_mode": "stretch_width", **params})
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[Edit], None]] = []
        self._ready_callbacks: list[Callable[[], None]] = []
        self._latest: dict[tuple[str, str, str], int] = {}
        self._answers: dict[str, int] = {}
        self._is_editing = False
        self._stop_listening: Callable[[], None] | None = None
        self.move_to(space)

    def move_to(self, space: SearchSpace) -> None:
        """Show another space, such as that of another model."""
        self.close()
        with self._lock:
            self._space = space
            self._rows = {one.name: _Row(one, one) for one in space.version.hyper_parameters}
            self._stop_listening = space.on_change(self._space_changed)
            self._refresh()

    def close(self) -> None:
        """Stop following the space; to be called when the page is gone."""
        stop, self._stop_listening = self._stop_listening, None
        if stop is not None:
            stop()

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
            The hyper-parameter, and "value", "low", "high", "log", "choices" or "is_searched".
        value : str, bool, int or list of int
            Text for a number, True or False for a switch; options of a choice are given by
            their place in ``rows[...]["choices"]``.

        Returns
        -------
        Edit
            With its `error` set when the space refused it.

        Raises
        ------
        SpaceError
            There is no such hyper-parameter or field.
        """
        if field not in _FIELDS:
            raise SpaceError.must("SpaceTable.edit", f"get one of {_FIELDS}", field, "Name one.")
        row = self._rows[self._space[name].name]
        # The change that this edit makes is shown once, when it is done.
        self._is_editing = True
        try:
            error = self._try(row, field, value)
        finally:
            self._is_editing = False
            self._refresh()
        edit = Edit(name, field, value, error)
        for callback in list(self._callbacks):
            callback(edit)
        return edit

    def give_up(self, name: str, field: str) -> None:
        """Drop a refused attempt; the input shows what the space holds again."""
        self._rows[name].refusals.pop(field, None)
        self._refresh()

    def _try(self, row: _Row, field: str, attempt: Any) -> str:
        row.refusals.pop(field, None)
        changes: dict[str, Any] = {}
        try:
            changes[field] = row.read(field, attempt)
            self._change(row, changes)
        except SpaceError as error:
            sentence = _sentence(error, row.record)
            row.refusals[field] = _Refusal(attempt, sentence, changes)
            return sentence
        return ""

    def _change(self, row: _Row, changes: dict[str, Any]) -> None:
        """Change the space, with what was refused before where that fits now."""
        name = row.record.name
        waiting = {key: item for key, item in list(row.refusals.items()) if item.changes}
        refused = {key: item.changes[key] for key, item in waiting.items()}
        if waiting:
            try:
                self._space.edit(name, **refused, **changes)
            except SpaceError:
                pass  # Still refused; this edit is then judged by itself.
            else:
                for key in waiting:
                    row.refusals.pop(key, None)
                return
        self._space.edit(name, **changes)

    def _space_changed(self) -> None:
        if not self._is_editing:
            self._refresh()

    def _refresh(self) -> None:
        with self._lock:
            for record in self._space.version.hyper_parameters:
                self._rows[record.name].follow(record)
            # With the rows, so that a row and the news that it is an answer arrive as one.
            answers = dict(self._answers)
            self.rows = [{**row.shown(), "answers": answers} for row in self._rows.values()]

    def _handle_msg(self, data: Any) -> None:
        """Take one message of the page: {is_ready}, or {name, field, value, client, number}."""
        if data.get("is_ready"):
            for callback in list(self._ready_callbacks):
                callback()
            return
        name, field = data["name"], data["field"]
        client, number = data["client"], data["number"]
        # The page may be one space behind, and messages may overtake each other.
        is_stale = number <= self._latest.get((client, name, field), 0)
        if name not in self._rows or field not in _FIELDS or is_stale:
            return
        self._latest[client, name, field] = number
        self._answers[client] = max(number, self._answers.get(client, 0))
        if data.get("is_given_up"):
            self.give_up(name, field)
        else:
            self.edit(name, field, data["value"])

    def _update_model(self, events: Any, msg: dict[str, Any], *place: Any) -> None:
        # An update from another thread reaches the page later than one made meanwhile in the
        # page's own: what is sent is what holds by then.
        if "rows" in msg:
            msg["rows"] = self.rows
        super()._update_model(events, msg, *place)


def read_number(text: str, owner: str) -> int | float:
    """Read a finite number as people write it: "12", "0.1", "1e-3", "1_000".

    Raises
    ------
    SpaceError
        The text is no number; the message names `owner`.
    """
    text = text.strip()
    try:
        number = float(text)
    except ValueError:
        advice = "Use a point for decimals." if "," in text else "Write it like 0.001 or 1e-3."
        raise SpaceError.must(owner, "be a number", text, advice) from None
    if not math.isfinite(number):
        raise SpaceError.must(owner, "be a finite number", text, "Give a number.")
    try:
        return int(text)
    except ValueError:
        return number


def number_text(number: Any) -> str:
    """Return a number as shown in an input: in full where it is short, else by four digits."""
    if not isinstance(number, float):
        return "" if number is None else str(number)
    text = _plain(repr(number))
    return text if len(text) <= _MAX_CHARACTERS else _plain(f"{number:.4g}")


def _plain(text: str) -> str:
    """Write 1.0 as 1, and 1e-05 as 1e-5."""
    mantissa, _, exponent = text.partition("e")
    mantissa = mantissa.removesuffix(".0")
    return f"{mantissa}e{int(exponent)}" if exponent else mantissa


def choice_texts(choices: list[Any]) -> list[str]:
    """Return one short text per choice; those that would read the same are told apart by type."""
    texts = [_choice_text(choice) for choice in choices]
    return [
        text if texts.count(text) == 1 else repr(choice)
        for text, choice in zip(texts, choices, strict=True)
    ]


def _choice_text(choice: Any) -> str:
    return textwrap.shorten(str(choice), 80, placeholder="…") or repr(choice)


def _sentence(error: SpaceError, one: HyperParameter) -> str:
    """Word the error for its place under the row, where the hyper-parameter needs no naming."""
    text = str(error).removeprefix(one.owner).lstrip(". ")
    return text[:1].upper() + text[1:]


def _index(choices: list[Any], choice: Any) -> int | None:
    """Return the place of a choice; True is not 1."""
    for index, other in enumerate(choices):
        if type(other) is type(choice) and bool(other == choice):
            return index
    return None


def _float(number: Any) -> float | None:
    is_number = isinstance(number, (int, float)) and not isinstance(number, bool)
    return float(number) if is_number else None
