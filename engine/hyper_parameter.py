"""One hyper-parameter, and one version of a search space, as frozen records."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any, Literal

from .conditions import Conditions
from .errors import SpaceError
from .given import as_choices, as_number, as_python, as_texts, is_number
from .plain import is_plain

Kind = Literal["real", "int", "choice"]
KINDS: tuple[Kind, ...] = ("real", "int", "choice")

_HUGE = 1e308
MAX_STEPS = 1e12
"""A range may not have more steps of a real number: floats would not tell them apart."""
_WORDS = {"real": "a real number", "int": "a whole number"}


@dataclass(frozen=True, slots=True)
class HyperParameter:
    """What one hyper-parameter may be.

    Parameters
    ----------
    name : str
        The name that the configuration uses, such as ``"svc__C"``.
    kind : {"real", "int", "choice"}
        A number in [low, high], a whole number in [low, high], or one of `choices`.
    value : object
        The current value. A hyper-parameter that is not searched is held at it; None then
        leaves it as it is in the user's own code.
    low, high : float or int
        The range, both ends included; None for a choice.
    log : bool
        Whether equal ratios (not equal differences) are equal steps.
    step : float, int or None
        Distance between allowed values, counted from `low`; None for any value.
    choices : tuple
        The options of a choice, in the order shown.
    is_searched : bool
        Whether the optimizer varies it.
    source : str
        Where the range came from, for the user ("preset", "declared", "default").
    active_when : str
        The condition under which it has a value at all, such as ``"kernel in {rbf, poly}"``
        (see `Expression`); empty where it always has one.
    ordered : bool
        Whether the choices stand in an order that means something, as sizes do.
    label, unit : str
        What the page calls it in place of the name, and what a number counts.

    Raises
    ------
    SpaceError
        A rule is broken; the message names the hyper-parameter.

    Examples
    --------
    >>> HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True).high
    1.0
    """

    name: str
    kind: Kind
    value: Any
    low: Any = None
    high: Any = None
    log: bool = False
    step: Any = None
    choices: tuple[Any, ...] = ()
    is_searched: bool = True
    source: str = "declared"
    active_when: str = ""
    ordered: bool = False
    label: str = ""
    unit: str = ""

    def __post_init__(self) -> None:
        self._check_words()
        self._clean()
        if self.kind == "choice":
            self._check_choices()
        else:
            self._check_range()
        if not self.contains(self.value) and (self.value is not None or self.is_searched):
            allowed = (
                f"be one of {list(self.choices)}"
                if self.kind == "choice"
                else f"be {_WORDS[self.kind]} in [{self.low}, {self.high}]"
            )
            raise SpaceError.must(
                self.owner, allowed, self.value, "Change the value or widen the range."
            )

    def _check_words(self) -> None:
        if not isinstance(self.name, str) or not self.name:
            advice = "Give it a name in quotes."
            raise SpaceError.must("SearchSpace", "have names that are text", self.name, advice)
        if self.kind not in KINDS:
            rule = f"be one of {', '.join(KINDS)}"
            raise SpaceError.must(f"{self.owner}.kind", rule, self.kind, "Check the spelling.")
        for slot in ("active_when", "label", "unit"):
            if not isinstance(getattr(self, slot), str):
                raise SpaceError.must(
                    f"{self.owner}.{slot}", "be text", getattr(self, slot), "Put it in quotes."
                )

    def _clean(self) -> None:
        for slot in ("log", "is_searched", "ordered"):
            flag = as_python(getattr(self, slot))
            if not isinstance(flag, bool):
                rule = "be True or False"
                raise SpaceError.must(f"{self.owner}.{slot}", rule, flag, "Give one of the two.")
            object.__setattr__(self, slot, flag)
        if self.kind == "choice":
            object.__setattr__(self, "value", as_python(self.value))
            choices = as_choices(self.choices, f"{self.owner}.choices")
            object.__setattr__(self, "choices", tuple(map(as_python, choices)))
            return
        for slot in ("value", "low", "high", "step"):
            object.__setattr__(self, slot, as_number(self.kind, getattr(self, slot)))

    @property
    def owner(self) -> str:
        """The name used in messages."""
        return f"SearchSpace.{self.name}"

    def contains(self, value: Any) -> bool:
        """Whether `value` is allowed (a step is not looked at)."""
        if self.kind == "choice":
            return any(_same(value, choice) for choice in self.choices)
        if self.kind == "int" and not isinstance(value, int):
            return False
        return is_number(value) and bool(self.low <= value <= self.high)

    @property
    def is_unset(self) -> bool:
        """Whether the value is left as it is in the user's own code."""
        return self.value is None and not self.contains(None)

    @property
    def is_numeric(self) -> bool:
        """Whether a condition may compute with it: a number, or choices of numbers and None."""
        return self.kind != "choice" or all(one is None or is_number(one) for one in self.choices)

    def clamp(self, value: Any) -> Any:
        """Return the allowed value nearest to `value`; the lowest or first if it is none."""
        if self.contains(value):
            return value
        if self.kind == "choice":
            return self.choices[0]
        if not is_number(value) or math.isnan(value):
            return self.low
        nearest = min(max(value, self.low), self.high)
        return round(nearest) if self.kind == "int" else nearest

    def edited(self, **changes: Any) -> HyperParameter:
        """Return this hyper-parameter with `changes`, its value clamped into the new range.

        A `value` among the changes is taken as it is, and must fit.
        """
        if "choices" in changes:
            changes["choices"] = as_choices(changes["choices"], f"{self.owner}.choices")
        if "value" in changes:
            return replace(self, **changes)
        unset = replace(self, **{**changes, "value": None, "is_searched": False})
        is_searched = changes.get("is_searched", self.is_searched)
        keeps_none = self.value is None and not is_searched
        value = None if keeps_none else unset.clamp(self.value)
        return replace(unset, value=value, is_searched=is_searched)

    def _check_choices(self) -> None:
        if not self.choices:
            raise SpaceError.must(
                self.owner, "have at least one choice", [], "Add a choice or switch it off."
            )
        for place, choice in enumerate(self.choices):
            if any(_same(choice, earlier) for earlier in self.choices[:place]):
                raise SpaceError.must(
                    self.owner, "have each choice once", choice, "Remove one of the two."
                )
            if not is_plain(choice):
                raise SpaceError.must(
                    self.owner,
                    "have choices that are text, numbers, True, False, None or tuples of these",
                    choice,
                    "Give such a value a name, and look it up by that name in your own code.",
                )

    def _check_range(self) -> None:
        for end, bound in (("low", self.low), ("high", self.high)):
            self._check_bound(end, bound)
        if not self.low < self.high:
            advice = (
                "Swap the two bounds."
                if self.low > self.high
                else "Widen the range, or switch it off to keep one value."
            )
            raise SpaceError.must(self.owner, "have low < high", (self.low, self.high), advice)
        if self.log and self.low <= 0:
            raise SpaceError.must(
                self.owner,
                "have low > 0 on a log scale",
                self.low,
                "Raise low above 0 or use a linear scale.",
            )
        if self.step is None:
            return
        self._check_bound("step", self.step)
        if not 0 < self.step <= self.high - self.low:
            raise SpaceError.must(
                self.owner,
                f"have a step in (0, {self.high - self.low}]",
                self.step,
                "Use a smaller step.",
            )
        if self.kind == "real" and self.high - self.low > MAX_STEPS * self.step:
            raise SpaceError.must(
                self.owner,
                f"have at most {MAX_STEPS:.0e} steps in its range",
                self.step,
                "Use a larger step, or none.",
            )

    def _check_bound(self, end: str, bound: Any) -> None:
        if not is_number(bound) or not -_HUGE <= bound <= _HUGE:
            raise SpaceError.must(
                f"{self.owner}.{end}", "be a finite number", bound, "Give a number."
            )
        if self.kind == "int" and not isinstance(bound, int):
            raise SpaceError.must(
                f"{self.owner}.{end}", "be a whole number", bound, "Give a whole number."
            )


def _same(value: Any, choice: Any) -> bool:
    """Equal and of one type: True is not 1, and None is only None."""
    return type(value) is type(choice) and bool(value == choice)


@dataclass(frozen=True)
class SpaceVersion:
    """A search space as it stood at one moment; trials name it by its number.

    Parameters
    ----------
    number : int
        Counts the versions of one space, from 1.
    hyper_parameters : tuple of HyperParameter
        All of them, in the order shown.
    constraints : tuple of str
        What every configuration must meet, such as ``"num_leaves < 2 ** max_depth"``; the
        language is that of `expression.parse`.

    Raises
    ------
    SpaceError
        A condition or a constraint cannot be read, names what is not there, or the conditions
        depend on each other in a circle.

    Examples
    --------
    >>> space = SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 9),))
    >>> space.names, space["k"].high
    (('k',), 9)
    """

    number: int
    hyper_parameters: tuple[HyperParameter, ...] = field(default=())
    constraints: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.is_conditional:
            _ = self.conditions

    def __reduce__(self) -> tuple[Any, ...]:
        # Without what is worked out from these, which cannot be pickled.
        return SpaceVersion, (self.number, self.hyper_parameters, self.constraints)

    @cached_property
    def is_conditional(self) -> bool:
        """Whether any condition or constraint stands between hyper-parameters."""
        return bool(self.constraints) or any(one.active_when for one in self.hyper_parameters)

    @cached_property
    def conditions(self) -> Conditions:
        """Which hyper-parameters are active when, and what every configuration must meet."""
        return Conditions(
            {one.name: one.active_when for one in self.hyper_parameters},
            self.constraints,
            frozenset(one.name for one in self.hyper_parameters if one.is_numeric),
        )

    @cached_property
    def _by_name(self) -> dict[str, HyperParameter]:
        return {one.name: one for one in self.hyper_parameters}

    def __getitem__(self, name: str) -> HyperParameter:
        if name not in self._by_name:
            raise SpaceError.must(
                "SearchSpace", f"have one of {list(self._by_name)}", name, "Check the spelling."
            )
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of all hyper-parameters, in the order shown."""
        return tuple(self._by_name)

    @cached_property
    def searched(self) -> tuple[HyperParameter, ...]:
        """The hyper-parameters that the optimizer varies."""
        return tuple(one for one in self.hyper_parameters if one.is_searched)

    @cached_property
    def fixed(self) -> dict[str, Any]:
        """The values held for every trial: those not searched, save the unset ones."""
        return {
            one.name: one.value
            for one in self.hyper_parameters
            if not one.is_searched and not one.is_unset
        }

    def contains(self, config: Mapping[str, Any]) -> bool:
        """Whether `config` has an allowed value for each active searched hyper-parameter.

        It must have none for the others, and meet all constraints.
        """
        return (
            not self.conditions.broken(config)
            and self.conditions.active(config) == dict(config)
            and all(self._has(config, one) for one in self.searched)
        )

    def contains_all(self, config: Mapping[str, Any]) -> bool:
        """Whether `config` lies in the space, with values held besides."""
        held = {one.name for one in self.hyper_parameters if not one.is_searched}
        return (
            not self.conditions.broken(config)
            and all(self._has(config, one) for one in self.searched)
            and all(name in self for name in config)
            and all(config[name] == self[name].value for name in held & set(config))
        )

    def _has(self, config: Mapping[str, Any], one: HyperParameter) -> bool:
        if one.name in config:
            return one.contains(config[one.name])
        condition = self.conditions.by_name.get(one.name)
        return condition is not None and not self.conditions.is_active(condition, config)

    def to_dict(self) -> dict[str, Any]:
        """Return the version as plain data; `from_dict` is the way back."""
        return {
            "number": self.number,
            "hyper_parameters": [asdict(one) for one in self.hyper_parameters],
            "constraints": list(self.constraints),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SpaceVersion:
        """Build the version that `to_dict` described.

        Raises
        ------
        SpaceError
            The data does not describe a space; the message names the entry.
        """
        if not isinstance(data, Mapping) or "hyper_parameters" not in data:
            advice = "Give what to_dict() returned."
            raise SpaceError.must(_DATA, "have an entry hyper_parameters", data, advice)
        number = data.get("number", 1)
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            rule = "be a whole number of at least 1"
            raise SpaceError.must(f"{_DATA}.number", rule, number, "Leave it out for the first.")
        constraints = as_texts(data.get("constraints") or ())
        return cls(number, hyper_parameters_from(data["hyper_parameters"]), constraints)


_DATA = "SearchSpace.from_dict"


def hyper_parameters_from(rows: Iterable[Mapping[str, Any]]) -> tuple[HyperParameter, ...]:
    """Build hyper-parameters out of plain data.

    Raises
    ------
    SpaceError
        A row does not describe one, or two have one name.
    """
    owner = f"{_DATA}.hyper_parameters"
    if isinstance(rows, str | Mapping) or not isinstance(rows, Iterable):
        raise SpaceError.must(owner, "be a list of dicts", rows, "Give what to_dict() returned.")
    records = tuple(_hyper_parameter(row, f"{owner}[{at}]") for at, row in enumerate(rows))
    names = [one.name for one in records]
    for place, name in enumerate(names):
        if name in names[:place]:
            rule = "have each name once"
            raise SpaceError.must("SearchSpace", rule, name, "Rename one of the two.")
    return records


def _hyper_parameter(row: Any, owner: str) -> HyperParameter:
    if not isinstance(row, Mapping):
        raise SpaceError.must(owner, "be a dict", row, 'Write {"name": "lr", "kind": "real", ...}.')
    for name in ("name", "kind", "value"):
        if name not in row:
            raise SpaceError.must(owner, f"have an entry {name}", dict(row), "Add it.")
    known = [one.name for one in fields(HyperParameter)]
    for name in row:
        if name not in known:
            rule = f"have no entries but {', '.join(known)}"
            raise SpaceError.must(owner, rule, name, "Check the spelling.")
    return HyperParameter(**{**row, "choices": row.get("choices") or ()})
