"""The axis of one hyper-parameter: where a value lies, how it reads, which ticks it needs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..engine.hyper_parameter import HyperParameter

MISSING = "–"
INACTIVE = "inactive"
ABSENT: Any = object()
"""Stands for a value that a configuration does not have (None may be a choice)."""

PADDING = 0.05
# How far below the range the lane of inactive values lies, and its half width, as shares of it.
INACTIVE_AWAY, INACTIVE_JITTER = 0.16, 0.035
# Few whole numbers are spread out like lanes, or hundreds of trials would lie on one line.
LANE_JITTER, INT_JITTER, MAX_INT_LEVELS = 0.28, 0.2, 12
# What fits under a plot of the smallest width (250 px), in characters of a tick label.
WIDTH_CHARS, MAX_LABEL_CHARS, MAX_TEXT_CHARS = 32, 12, 120


@dataclass(frozen=True, slots=True)
class Ticks:
    """Tick positions (coordinates), their labels, and whether these must be slanted to fit."""

    positions: tuple[float, ...]
    labels: tuple[str, ...]
    is_slanted: bool = False


class Axis:
    """Where the values of one hyper-parameter lie on its plot.

    A number lies at its value (at its log10 when the scale is logarithmic), a choice on a
    lane: 0, 1, 2 in the order of the choices. What is conditional has a lane below all others
    for trials in which it was inactive. Values that an earlier version of the space
    allowed stay in the picture: the range covers them, old choices get lanes of their own.

    Parameters
    ----------
    hyper_parameter : HyperParameter
        As it stands in the current version of the space.

    Examples
    --------
    >>> axis = Axis(HyperParameter("C", "real", 1.0, 0.01, 100.0, log=True))
    >>> axis.coordinates([0.1, ABSENT]).tolist()
    [-1.0, nan]
    >>> axis.ticks.labels
    ('0.01', '0.1', '1', '10', '100')
    """

    def __init__(self, hyper_parameter: HyperParameter) -> None:
        self.hyper_parameter = hyper_parameter
        self._lanes: dict[str, int] = {}
        self._lane_values: list[Any] = []
        self._seen_low = math.inf
        self._seen_high = -math.inf
        if self.has_lanes:
            self._add_lanes(hyper_parameter.choices)
        self.inactive_place = math.nan
        if hyper_parameter.active_when:
            self.inactive_place = self._inactive_place()

    @property
    def has_lanes(self) -> bool:
        """Whether values lie on lanes, one per choice."""
        return self.hyper_parameter.kind == "choice"

    def measures_like(self, other: Axis) -> bool:
        """Whether both axes give the same coordinates to the same values."""
        if not np.array_equal(self.inactive_place, other.inactive_place, equal_nan=True):
            return False
        if self.has_lanes or other.has_lanes:
            return self.has_lanes and other.has_lanes and self._lanes == other._lanes
        is_log = self.hyper_parameter.log == other.hyper_parameter.log
        return is_log and self.jitter == other.jitter

    @property
    def jitter(self) -> float:
        """How far (in coordinates) trials may be moved sideways so that they do not overlap."""
        one = self.hyper_parameter
        if self.has_lanes:
            return LANE_JITTER
        is_coarse = one.kind == "int" and not one.log and one.high - one.low < MAX_INT_LEVELS
        return INT_JITTER if is_coarse else 0.0

    def jitters(self, coordinates: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return how far trials at these coordinates may be moved sideways."""
        low, high = self.bounds
        narrow = LANE_JITTER if self.has_lanes else INACTIVE_JITTER * (high - low)
        return np.where(coordinates == self.inactive_place, narrow, self.jitter)

    def include(self, values: Iterable[Any]) -> NDArray[np.float64]:
        """Make room for `values`, in place, and return their coordinates."""
        values = list(values)
        if self.has_lanes:
            self._add_lanes(value for value in values if value is not ABSENT)
        coordinates = self.coordinates(values)
        finite = coordinates[np.isfinite(coordinates) & (coordinates != self.inactive_place)]
        if finite.size:
            self._seen_low = min(self._seen_low, float(finite.min()))
            self._seen_high = max(self._seen_high, float(finite.max()))
        return coordinates

    def coordinates(self, values: Iterable[Any]) -> NDArray[np.float64]:
        """Return where `values` lie; NaN for what has no place on this axis.

        ABSENT lies at `inactive_place`, which is NaN where nothing is conditional.
        """
        values = list(values)
        if self.has_lanes:
            lanes = (self._lanes.get(_lane_key(value), math.nan) for value in values)
            places = np.fromiter(lanes, dtype=np.float64)
        else:
            places = _as_numbers(values)
            if self.hyper_parameter.log:
                places = np.log10(np.where(places > 0, places, math.nan))
        if self.inactive_place == self.inactive_place:
            places[[value is ABSENT for value in values]] = self.inactive_place
        return places

    @property
    def bounds(self) -> tuple[float, float]:
        """Both ends of today's range of the hyper-parameter, as coordinates."""
        if self.has_lanes:
            return -0.5, len(self.hyper_parameter.choices) - 0.5
        low, high = self.coordinates([self.hyper_parameter.low, self.hyper_parameter.high])
        return float(low), float(high)

    @property
    def exceeds_bounds(self) -> bool:
        """Whether there are values outside today's range."""
        if self.has_lanes:
            return len(self._lanes) > len(self.hyper_parameter.choices)
        low, high = self.bounds
        return self._seen_low < low or self._seen_high > high

    @property
    def range(self) -> tuple[float, float]:
        """Start and end of the axis: today's range and all values seen, with room around."""
        start, end = self._value_range
        if self.inactive_place != self.inactive_place:
            return start, end
        if self.has_lanes:
            return self.inactive_place - 0.5, end
        low, high = self.bounds
        return min(start, self.inactive_place - 0.5 * INACTIVE_AWAY * (high - low)), end

    @property
    def _value_range(self) -> tuple[float, float]:
        if self.has_lanes:
            return -0.5, len(self._lanes) - 0.5
        low, high = self.bounds
        low, high = min(low, self._seen_low), max(high, self._seen_high)
        room = max(PADDING * (high - low), 2 * self.jitter)
        return low - room, high + room

    def _inactive_place(self) -> float:
        low, high = self.bounds
        return -1.0 if self.has_lanes else low - INACTIVE_AWAY * (high - low)

    @property
    def ticks(self) -> Ticks:
        """Return at most five ticks for numbers, one per lane for choices."""
        is_conditional = self.inactive_place == self.inactive_place
        if self.has_lanes:
            texts = [self.text(value) for value in self._lane_values]
            ticks = _lane_ticks([INACTIVE, *texts] if is_conditional else texts)
            first = -1.0 if is_conditional else 0.0
            return replace(ticks, positions=tuple(place + first for place in ticks.positions))
        start, end = self._value_range
        positions = self._log_positions(start, end) if self.hyper_parameter.log else []
        if len(positions) < 2:
            positions = self._linear_positions(start, end)
        values = [10**place for place in positions] if self.hyper_parameter.log else positions
        labels = [tick_text(value) for value in values]
        if is_conditional:
            # Ticks close to the lane would stand on its label.
            clear = self.inactive_place + 1.5 * INACTIVE_AWAY * (self.bounds[1] - self.bounds[0])
            far = [
                (place, label)
                for place, label in zip(positions, labels, strict=True)
                if place > clear
            ]
            positions = [self.inactive_place, *(place for place, _ in far)]
            labels = [INACTIVE, *(label for _, label in far)]
        return Ticks(tuple(positions), tuple(labels))

    def cells(
        self, lows: Iterable[Any], highs: Iterable[Any]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return both ends of neighbouring intervals as coordinates, without gaps between them.

        Whole numbers reach half way to the next interval, a choice over its lane.
        """
        lefts, rights = self.coordinates(lows), self.coordinates(highs)
        if self.has_lanes:
            return lefts - 0.5, rights + 0.5
        middles = (rights[:-1] + lefts[1:]) / 2
        lefts[1:], rights[:-1] = middles, middles
        return lefts, rights

    def text(self, value: Any) -> str:
        """Return the value for hover and table: numbers with four significant digits."""
        return value_text(value)

    def _add_lanes(self, values: Iterable[Any]) -> None:
        for value in values:
            key = _lane_key(value)
            if key not in self._lanes:
                self._lanes[key] = len(self._lanes)
                self._lane_values.append(value)

    def _log_positions(self, start: float, end: float) -> list[float]:
        """Whole decades, every second, third ... where there are many; 1-2-5 within few."""
        decades = range(math.ceil(start), math.floor(end) + 1)
        if end - start >= 2:
            stride = math.ceil(len(decades) / 5)
            return [float(decade) for decade in decades if (decade - decades[0]) % stride == 0]
        mantissas = (1, 2, 5) if end - start < 1.4 else (1, 3)
        tens = range(math.floor(start), math.floor(end) + 1)
        places = (ten + math.log10(mantissa) for ten in tens for mantissa in mantissas)
        return [place for place in places if start <= place <= end]

    def _linear_positions(self, start: float, end: float) -> list[float]:
        """Round values inside [start, end], as coordinates."""
        if not self.hyper_parameter.log:
            return round_values(start, end, is_whole=self.hyper_parameter.kind == "int")
        # A log range within less than a decade is short enough for equal differences.
        values = round_values(10**start, 10**end, is_whole=False)
        return [math.log10(value) for value in values if value > 0]


def x_column(name: str) -> str:
    """Return the column with the coordinates of a hyper-parameter."""
    return f"x:{_in_braces(name)}"


def text_column(name: str) -> str:
    """Return the column with the values of a hyper-parameter, as text."""
    return f"v:{_in_braces(name)}"


def _in_braces(name: str) -> str:
    """Make a name fit Bokeh's templates, where a column stands in braces."""
    return name.replace("{", "(").replace("}", ")")


def value_text(value: Any, digits: int = 4) -> str:
    """Return a value in few words: a number with `digits` significant digits, else its name."""
    value = value.item() if isinstance(value, np.generic) else value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _shorten(_object_text(value), MAX_TEXT_CHARS)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**9 else _trim(f"{float(value):.{digits - 1}e}")
    if not math.isfinite(value):
        return MISSING if math.isnan(value) else str(value)
    if value == 0 or 1e-4 <= abs(value) < 10**digits:
        return f"{value:.{digits}g}"
    return f"{value:.0f}" if 1 < abs(value) < 1e7 else _trim(f"{value:.{digits - 1}e}")


def tick_text(value: float) -> str:
    """Return a tick label: 0.001 and 2500 in full, 1e-4 and 1e5 short."""
    if value == 0 or 0.00099 <= abs(value) < 9999.5:
        return f"{value:.4g}"
    return _trim(f"{value:.3e}")


def titles(hyper_parameters: Iterable[HyperParameter], limit: int = 30) -> dict[str, str]:
    """Return what plots call hyper-parameters: label and unit where given, else a short name.

    A label that two of them share tells nothing; they go by their names.
    """
    records = list(hyper_parameters)
    labels = [one.label for one in records]
    found = short_names([one.name for one in records], limit)
    for one in records:
        unit = f" ({_shorten(one.unit, MAX_LABEL_CHARS)})" if one.unit else ""
        is_telling = one.label and labels.count(one.label) == 1
        title = one.label if is_telling else found[one.name]
        found[one.name] = _shorten(title, limit - len(unit)) + unit
    return found


def short_names(names: Sequence[str], limit: int = 30) -> dict[str, str]:
    """Shorten long names to their telling end.

    Leading steps of a nested name (``columntransformer__num__imputer__strategy``) go first, as
    long as no other name ends in the same way; what is still too long loses its middle.
    """
    return {name: _shorten(_tail(name, names, limit), limit) for name in names}


def _tail(name: str, names: Sequence[str], limit: int) -> str:
    steps = name.split("__")
    for first in range(len(steps)):
        tail = "__".join(steps[first:])
        rest = "__".join(steps[first + 1 :])
        is_unique = all(other == name or not other.endswith(rest) for other in names)
        if len(tail) <= limit or not rest or not is_unique:
            return tail
    return name


def _as_numbers(values: list[Any]) -> NDArray[np.float64]:
    if all(type(value) is float for value in values):  # a tenth of the time of one by one
        places = np.array(values, dtype=np.float64)
        return np.where(np.isfinite(places), places, math.nan)
    return np.fromiter((_as_number(value) for value in values), dtype=np.float64)


def _as_number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        return math.nan
    try:
        number = float(value)
    except OverflowError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _lane_key(value: Any) -> str:
    """Tell True from 1 and "1" from 1; values need not be hashable."""
    value = value.item() if isinstance(value, np.generic) else value
    return f"{type(value).__name__}:{value!r}"


def _object_text(value: Any) -> str:
    if isinstance(value, (type, type(len), type(_trim))):
        return value.__name__
    return " ".join(str(value).split()) or '""'


def _shorten(text: str, limit: int) -> str:
    """Cut out the middle: both ends of names such as squared_error tell them apart."""
    if len(text) <= limit:
        return text
    tail = limit // 2
    return f"{text[: limit - tail - 1]}…{text[-tail:]}"


def _trim(text: str) -> str:
    """Turn 1.200e-05 into 1.2e-5."""
    mantissa, exponent = text.split("e")
    mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
    return f"{mantissa}e{int(exponent)}"


def round_values(start: float, end: float, *, is_whole: bool, n_wanted: int = 5) -> list[float]:
    """Return about `n_wanted` multiples of 1, 2 or 5 times a power of ten in [start, end]."""
    rough = (end - start) / n_wanted
    power = 10 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.8)
    step = max(step, 1.0) if is_whole else step
    first, last = math.ceil(start / step - 1e-9), math.floor(end / step + 1e-9)
    # Rounded to the digits of the step, or a tick would read 0.30000000000000004.
    return [float(f"{index * step:.12g}") for index in range(first, last + 1)]


def _lane_ticks(texts: Sequence[str]) -> Ticks:
    """Fit the lanes' labels: on one row, on two rows by turns, or slanted."""
    n_lanes = len(texts)
    room = WIDTH_CHARS / n_lanes
    longest = max(map(len, texts))
    positions = tuple(float(lane) for lane in range(n_lanes))
    if longest <= room - 1 or n_lanes == 1:
        return Ticks(positions, tuple(_shorten(text, WIDTH_CHARS) for text in texts))
    if n_lanes <= 6 and min(longest, MAX_LABEL_CHARS) <= 2 * room - 1:
        shown = (_shorten(text, MAX_LABEL_CHARS) for text in texts)
        return Ticks(positions, tuple("\n" * (i % 2) + text for i, text in enumerate(shown)))
    stride = math.ceil(n_lanes / 12)
    shown = (_shorten(text, MAX_LABEL_CHARS) for text in texts[::stride])
    return Ticks(positions[::stride], tuple(shown), is_slanted=True)
