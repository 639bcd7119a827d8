"""Wide, balanced and narrow ranges of a hyper-parameter around its current value."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from ..engine.errors import SpaceError
from ..engine.hyper_parameter import MAX_STEPS, HyperParameter

Preset = Literal["wide", "balanced", "narrow"]
PRESETS: tuple[Preset, ...] = ("wide", "balanced", "narrow")

_FACTORS: dict[Preset, float] = {"wide": 2.0, "balanced": 1.0, "narrow": 0.25}
# A hundredth of the range is what a person can tell apart; the value takes room of its own.
_DIGITS = 2
# Logarithm and back turn 1024 into 1023.9999999999998.
_TINY = 1e-9


def as_preset(word: Any) -> Preset:
    """Return the preset that a word names.

    Raises
    ------
    SpaceError
        There is no such preset.
    """
    for preset in PRESETS:
        if word == preset:
            return preset
    raise SpaceError.must("SpaceTable.preset", f"be one of {PRESETS}", word, "Name one.")


def preset_changes(one: HyperParameter, first: HyperParameter, preset: Preset) -> dict[str, Any]:
    """Return the changes of `SearchSpace.edit` that give a hyper-parameter another range.

    "balanced" is the range that it had at first. "narrow" is a quarter as wide, around the
    current value, and never leaves the balanced one. "wide" is twice as wide around the
    same middle, but leaves an end where it is that is 0 or would reach it, and keeps a share
    within [0, 1]: what a model refuses cannot be seen from its range. Widths are those
    of the scale of today, decades where it is logarithmic; the current value is always inside.

    Of a choice, "narrow" keeps the current one and its neighbours where the choices are ordered,
    "balanced" those that it had at first, and "wide" these and all that were added.

    Parameters
    ----------
    one, first : HyperParameter
        As it is now, and as it was at first.
    preset : {"wide", "balanced", "narrow"}
        What is asked for.

    Returns
    -------
    dict
        `choices`, or `low` and `high`.

    Examples
    --------
    >>> one = HyperParameter("C", "real", 1.0, 0.01, 100.0, log=True)
    >>> preset_changes(one, one, "narrow")
    {'low': 0.316, 'high': 3.16}
    >>> preset_changes(one, one, "wide")
    {'low': 0.0001, 'high': 10000.0}
    """
    if one.kind == "choice":
        return {"choices": _choices(one, first, preset)}
    low, high = _Ranges.of(one, first).range(preset)
    return {"low": low, "high": high}


def _choices(one: HyperParameter, first: HyperParameter, preset: Preset) -> tuple[Any, ...]:
    added = tuple(choice for choice in one.choices if not first.contains(choice))
    if preset == "wide":
        return first.choices + added
    if preset == "balanced":
        is_added = one.contains(one.value) and not first.contains(one.value)
        return first.choices + ((one.value,) if is_added else ())
    if not (one.ordered and one.contains(one.value)):
        return one.choices
    pool = first.choices if first.contains(one.value) else one.choices
    place = next(i for i, choice in enumerate(pool) if repr(choice) == repr(one.value))
    return pool[max(0, place - 1) : place + 2]


@dataclass(frozen=True, slots=True)
class _Ranges:
    """The ranges of a number: `low` and `high` are the balanced one, the value within."""

    one: HyperParameter
    first: HyperParameter
    low: float
    high: float

    @classmethod
    def of(cls, one: HyperParameter, first: HyperParameter) -> _Ranges:
        low, high = first.low, first.high
        if one.log and low <= 0:  # the scale was linear at first
            low, high = one.low, max(one.high, high)
        value = one.value
        return cls(one, first, *((low, high) if value is None else _around(low, high, value)))

    @property
    def step(self) -> float:
        """The distance between values, 0 for any value."""
        return self.one.step or 0

    def range(self, preset: Preset) -> tuple[Any, Any]:
        if preset == "balanced":
            low, high = self.low, self.high
        elif preset == "narrow":
            low, high = self._narrow()
        else:
            low, high = self._wide()
        if self.step and high - low > MAX_STEPS * self.step:
            low, high = self.low, self.high
        if high - low < self.step:  # the step was made larger since
            high = low + self.step
        return (int(low), int(high)) if self.one.kind == "int" else (float(low), float(high))

    def _narrow(self) -> tuple[float, float]:
        middle = self._measured(self.low) / 2 + self._measured(self.high) / 2
        at = middle if self.one.value is None else self._measured(self.one.value)
        low, high = self._beside(at, _FACTORS["narrow"])
        value = self._number(at) if self.one.value is None else self.one.value
        if self.one.kind == "int":
            low, high = min(_ceil(low), value - 1), max(_floor(high), value + 1)
        low, high = self._snapped(low, high, is_outward=True)
        low, high = max(low, self.low), min(high, self.high)
        if self.one.kind == "int":  # between whole numbers where there is no value
            low, high = math.floor(low), math.ceil(high)
        is_range = low < high and high - low >= self.step
        return (low, high) if is_range else (self.low, self.high)

    def _wide(self) -> tuple[float, float]:
        middle = self._measured(self.low) / 2 + self._measured(self.high) / 2
        ends = self._beside(middle, _FACTORS["wide"])
        low, high = self._snapped(*ends, is_outward=False)
        # Before and after the rounding: either may reach 0.
        if self._stays(self.low, ends[0]) or self._stays(self.low, low):
            low = self.low
        if self._stays(self.high, ends[1]) or self._stays(self.high, high):
            high = self.high
        return min(low, self.low), max(high, self.high)

    def _stays(self, end: float, moved: float) -> bool:
        """Whether an end must not move so far: past 0, out of the shares, or out of all floats."""
        share = self.first.low >= 0 and self.first.high <= 1
        is_full = share and (end == 1 or (not self.one.log and moved >= 1))
        reach = 1 - _TINY if self.one.kind == "int" else 0  # what is rounded to 0 reaches it
        is_past = end == 0 or (end > 0 and moved <= reach) or (end < 0 and moved >= -reach)
        return is_full or is_past or not math.isfinite(moved)

    def _beside(self, at: float, factor: float) -> tuple[float, float]:
        """Return the range of `factor` times the balanced width, with `at` in its middle."""
        half = factor * (self._measured(self.high) / 2 - self._measured(self.low) / 2)
        return self._number(at - half), self._number(at + half)

    def _snapped(self, low: float, high: float, *, is_outward: bool) -> tuple[float, float]:
        """Put both ends on the step, or on a round number near by."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return low, high
        down, up = (_floor, _ceil) if is_outward else (_ceil, _floor)
        if self.step:
            return self._stepped(low, down), self._stepped(high, up)
        if self.one.kind == "int":
            return down(low), up(high)
        ends = _rounded(low, high - low, self.one.log), _rounded(high, high - low, self.one.log)
        return ends if self.one.value is None else _around(*ends, self.one.value)

    def _stepped(self, number: float, rounded: Callable[[float], int]) -> float:
        n_steps = (number - self.first.low) / self.step
        if not math.isfinite(n_steps):
            return number
        return _clean(self.first.low + rounded(n_steps) * self.step)

    def _measured(self, number: float) -> float:
        return math.log(number) if self.one.log else number

    def _number(self, at: float) -> float:
        if not self.one.log:
            return at
        try:
            return math.exp(at)
        except OverflowError:
            return math.inf


def _floor(number: float) -> int:
    return math.floor(number + _TINY * abs(number))


def _ceil(number: float) -> int:
    return math.ceil(number - _TINY * abs(number))


def _around(low: float, high: float, value: float) -> tuple[float, float]:
    return min(low, value), max(high, value)


def _rounded(number: float, width: float, is_log: bool) -> float:
    """Round to three digits of the number on a log scale, else to a hundredth of the range."""
    size = min(abs(number), width) if is_log else width
    if size <= 0 or not math.isfinite(size):
        return number
    digits = math.ceil(_DIGITS - math.log10(size))
    return round(number, digits) if digits < 300 else number


def _clean(number: float) -> float:
    """Drop the digits that adding 0.1 brings in."""
    return number if isinstance(number, int) else float(f"{number:.12g}")
