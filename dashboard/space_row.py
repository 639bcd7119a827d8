"""One row of the list of hyper-parameters: its record, what was refused, and what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..engine.errors import SpaceError
from ..engine.given import as_number
from ..engine.hyper_parameter import HyperParameter
from .condition_words import condition_words
from .field_text import choice_texts, number_text, read_choice, read_number
from .range_presets import as_preset, preset_changes

NUMBERS = ("value", "low", "high")
FIELDS = (*NUMBERS, "log", "choices", "is_searched", "active_when", "new_choice", "preset")
"""What can be edited in a row; "new_choice" and "preset" are ways of changing other fields."""

_SLOTS = {"new_choice": ("choices",), "preset": ("choices", "low", "high")}


@dataclass(frozen=True, slots=True)
class Refusal:
    """An edit that broke a rule: it stays in its input, marked, until mended or given up.

    Parameters
    ----------
    attempt : object
        What the page sent.
    sentence : str
        The rule that it broke.
    changes : dict
        What it would have changed; empty where it could not even be read.
    """

    attempt: Any
    sentence: str
    changes: dict[str, Any]


@dataclass(slots=True)
class Row:
    """What the page knows of one hyper-parameter beyond its record.

    Parameters
    ----------
    record, first : HyperParameter
        As it is now, and as it was at first: the presets and the track start from that.
    choices : list
        All that were ever choices here, each at the place by which the page knows it.
    refusals : dict of str to Refusal
        By field.
    """

    record: HyperParameter
    first: HyperParameter
    choices: list[Any] = field(default_factory=list)
    refusals: dict[str, Refusal] = field(default_factory=dict)

    def follow(self, record: HyperParameter) -> None:
        """Take over the record; a refused attempt goes when its own field was changed."""
        for name in list(self.refusals):
            slots = _SLOTS.get(name, (name,))
            if any(getattr(record, slot) != getattr(self.record, slot) for slot in slots):
                self.refusals.pop(name, None)
        self.record = record
        for choice in record.choices:
            if _index(self.choices, choice) is None:
                self.choices.append(choice)

    def changes(self, name: str, attempt: Any) -> dict[str, Any]:
        """Turn what the page sent for one field into changes of the record.

        Raises
        ------
        SpaceError
            A number was asked for and the text is none, or there is no such choice.
        """
        if name == "preset":
            return preset_changes(self.record, self.first, as_preset(attempt))
        if name == "new_choice":
            new = read_choice(str(attempt), f"{self.record.owner}.new choice")
            if _index(list(self.record.choices), new) is not None:
                advice = "It is there already."
                raise SpaceError.must(self.record.owner, "have each choice once", new, advice)
            return {"choices": (*self.record.choices, new)}
        return {name: self._read(name, attempt)}

    def _read(self, name: str, attempt: Any) -> Any:
        if name == "choices":
            return tuple(self.choices[index] for index in attempt)
        if name == "active_when":
            return str(attempt).strip()
        if name not in NUMBERS:
            return bool(attempt)
        if name == "value" and attempt in ("", None) and not self.record.is_searched:
            return None
        if self.record.kind == "choice":
            return self.choices[attempt]
        return as_number(self.record.kind, read_number(str(attempt), f"{self.record.owner}.{name}"))

    def shown(self, titles: Mapping[str, str], is_active: bool) -> dict[str, Any]:
        """Return the row as plain data for the browser.

        Parameters
        ----------
        titles : Mapping of str to str
            What to call each hyper-parameter of the space.
        is_active : bool
            Whether its condition holds for the current values.
        """
        one = self.record
        return {
            **{name: getattr(one, name) for name in _AS_IT_IS},
            "is_active": is_active,
            "condition": condition_words(one.active_when, titles) if one.active_when else "",
            "can_be_unset": not one.is_searched and (one.is_unset or not one.contains(None)),
            **{name: number_text(getattr(one, name)) for name in ("low", "high", "step")},
            "value": self._shown_value(),
            "at": {name: _float(getattr(one, name)) for name in (*NUMBERS, "step")},
            "widest": [_float(self.first.low), _float(self.first.high)],
            "choices": choice_texts(self.choices),
            "kept": [_index(self.choices, choice) for choice in one.choices],
            "errors": {
                name: {"attempt": refusal.attempt, "sentence": refusal.sentence}
                for name, refusal in list(self.refusals.items())
            },
        }

    def _shown_value(self) -> Any:
        if self.record.kind != "choice":
            return number_text(self.record.value)
        return None if self.record.is_unset else _index(self.choices, self.record.value)


_AS_IT_IS = ("name", "kind", "is_searched", "source", "label", "unit", "log", "active_when")


def _index(choices: list[Any], choice: Any) -> int | None:
    """Return the place of a choice; True is not 1."""
    for index, other in enumerate(choices):
        if type(other) is type(choice) and bool(other == choice):
            return index
    return None


def _float(number: Any) -> float | None:
    is_number = isinstance(number, (int, float)) and not isinstance(number, bool)
    return float(number) if is_number else None
