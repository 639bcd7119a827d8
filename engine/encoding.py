"""Configurations as points of the unit cube, and back."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from fractions import Fraction
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .conditions import INACTIVE
from .errors import SpaceError
from .hyper_parameter import HyperParameter, SpaceVersion
from .trial import Config

FloatArray = NDArray[np.float64]

_HAIR = Fraction(1, 10**9)


class Encoding:
    """The unit cube of one version of a search space.

    Each searched hyper-parameter is one column. Real numbers fill it, on a log scale by
    equal ratios. Whole numbers, stepped numbers and choices cut it into bins, one per
    value: equal bins on a linear scale and for choices; on a log scale a bin reaches
    half a step to either side of its value.

    Parameters
    ----------
    space : SpaceVersion
        The space; its fixed values are part of every configuration decoded.

    Attributes
    ----------
    names : tuple of str, length d
        The hyper-parameters searched, in the order of the columns.
    n_dims : int
        Their number d.
    n_levels : tuple of (int or None), length d
        Number of different values of each; None for a real number without a step.
    n_configs : int or None
        Number of different configurations; None when there is no end of them. Conditions and
        constraints make them fewer, and are not counted.

    Raises
    ------
    SpaceError
        The range of a hyper-parameter is too wide for a float, or the step of whole
        numbers is not whole.

    Examples
    --------
    >>> lr = HyperParameter("lr", "real", 0.1, 0.01, 1.0, log=True)
    >>> kernel = HyperParameter("kernel", "choice", "rbf", choices=("rbf", "linear"))
    >>> encoding = Encoding(SpaceVersion(1, (lr, kernel)))
    >>> encoding.encode([{"lr": 0.1, "kernel": "linear"}])
    array([[0.5 , 0.75]])
    >>> encoding.decode([[0.5, 0.75]])
    [{'lr': 0.1, 'kernel': 'linear'}]
    """

    def __init__(self, space: SpaceVersion) -> None:
        self.space = space
        self._columns = tuple(_column(one) for one in space.searched)
        self.names = tuple(column.name for column in self._columns)
        self.n_dims = len(self.names)
        self.n_levels = tuple(column.n_levels for column in self._columns)
        counts = [n for n in self.n_levels if n is not None]
        self.n_configs = math.prod(counts) if len(counts) == self.n_dims else None
        self._decoders = tuple((column.name, column.decode) for column in self._columns)
        self._conditions = space.conditions if space.is_conditional else None
        # Its copies are filled in, so that a configuration keeps the order of the space.
        self._template: Config = {
            one.name: one.value
            for one in space.hyper_parameters
            if one.is_searched or one.name in space.fixed
        }

    def encode(self, configs: Sequence[Mapping[str, Any]]) -> FloatArray:
        """Turn configurations into points of the unit cube.

        Parameters
        ----------
        configs : sequence of mappings, length n
            They may stem from another version of the space.

        Returns
        -------
        float array, shape (n, d), each value in [0, 1] or NaN
            A number outside the range is moved to the nearer bound. A value that is
            missing, inactive, no number or no longer among the choices becomes NaN.
        """
        values = self._values(configs)
        points = np.empty((len(configs), self.n_dims))
        for index, column in enumerate(self._columns):
            points[:, index] = column.encode(values[column.name])
        return points

    def decode(self, points: ArrayLike) -> list[Config]:
        """Turn points of the unit cube into configurations.

        Parameters
        ----------
        points : float array, shape (n, d), each value in [0, 1]
            One row per configuration, columns in the order of `self.names`.

        Returns
        -------
        list of dict, length n
            Values in the user's own units and the fixed values, in the order of the space;
            inactive hyper-parameters are absent. Constraints are not looked at.

        Raises
        ------
        SpaceError
            `points` is not (n, d), or a value is NaN or outside [0, 1].
        """
        return [self.decode_point(row) for row in self._checked(points).tolist()]

    def decode_point(self, point: Sequence[float]) -> Config:
        """Turn one point, d floats in [0, 1] that are not checked, into a configuration."""
        config = self._template.copy()
        for (name, decode), position in zip(self._decoders, point, strict=True):
            config[name] = decode(position)
        return config if self._conditions is None else self._conditions.active(config)

    def snapped(self, points: FloatArray) -> FloatArray:
        """Return where the configurations of points really lie, those that are feasible.

        Parameters
        ----------
        points : float array, shape (n, d), each value in [0, 1]
            Not checked.

        Returns
        -------
        float array, shape (m, d), m at most n
            Whole numbers, steps and choices are at the middle of their bin, what is inactive
            is NaN, and rows that break a constraint are left out.
        """
        if self._conditions is None:
            snapped = np.empty_like(points)
            for index, column in enumerate(self._columns):
                snapped[:, index] = column.snapped(points[:, index])
            return snapped
        configs = [self.decode_point(row) for row in points.tolist()]
        return self.encode([config for config in configs if self.is_feasible(config)])

    def is_feasible(self, config: Mapping[str, Any]) -> bool:
        """Whether a configuration meets all constraints."""
        return self._conditions is None or not self._conditions.broken(config)

    def config_at(self, index: int) -> Config:
        """Return one of the `n_configs` configurations of a finite space, by its index."""
        point: list[float] = []
        for column in self._columns:
            if isinstance(column, _Levels):
                index, level = divmod(index, column.n_levels)
                point.append(column.position_of(level))
        return self.decode_point(point)

    def spread(self, name: str, n: int) -> list[float]:
        """Return positions of n different values of one hyper-parameter, spread evenly.

        The first is the low end and the last the high end; a single one is the middle.
        There are fewer than n where there are fewer values.
        """
        column = self._columns[self.names.index(name)]
        ideal = [index / (n - 1) for index in range(n)] if n > 1 else [0.5]
        if isinstance(column, _Levels):
            return [column.position_of(level) for level in column.spread(ideal)]
        return ideal

    def positions_of(self, name: str, values: Sequence[Any]) -> list[float]:
        """Return the positions of values of one hyper-parameter; NaN where one has none.

        A number outside the range has that of the nearer bound.
        """
        positions: list[float] = self._columns[self.names.index(name)].encode(list(values)).tolist()
        return positions

    def key(self, config: Mapping[str, Any]) -> str:
        """Return a text that equal configurations share; True is not 1, and 1 not 1.0."""
        return repr([config.get(name, INACTIVE) for name in self.space.names])

    def _values(self, configs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
        """Return the values by name, INACTIVE where a configuration has none or none that holds."""
        names = dict.fromkeys(self.names)
        if self._conditions is not None:
            for condition in self._conditions.by_name.values():
                names.update(dict.fromkeys(condition.names))
        values = {name: [config.get(name, INACTIVE) for config in configs] for name in names}
        if self._conditions is not None:
            self._conditions.mask(values, len(configs))
        return values

    def _checked(self, points: ArrayLike) -> FloatArray:
        try:
            array = np.asarray(points, dtype=float)
        except (TypeError, ValueError) as error:
            raise SpaceError.must(
                "Encoding.points", "be an array of numbers", points, "Give one row per point."
            ) from error
        if array.ndim != 2 or array.shape[1] != self.n_dims:
            raise SpaceError.must(
                "Encoding.points",
                f"have the shape (n, {self.n_dims})",
                array.shape,
                "Give one row per configuration and one column per searched hyper-parameter.",
            )
        bad = np.argwhere(~((array >= 0.0) & (array <= 1.0)))
        if len(bad):
            row, index = bad[0].tolist()
            raise SpaceError.must(
                f"Encoding.points[{row}, {self.names[index]!r}]",
                "be in [0, 1]",
                float(array[row, index]),
                "Scale the points to the unit cube.",
            )
        return array


class _Real:
    """A column without bins: a real number that has no step."""

    n_levels = None

    def __init__(self, one: HyperParameter) -> None:
        self.name = one.name
        self.log = one.log
        self.low, self.high = float(one.low), float(one.high)
        # Powers of ten, so that decades come out as round numbers.
        self.start = math.log10(self.low) if one.log else self.low
        self.span = (math.log10(self.high) if one.log else self.high) - self.start
        _check_span(one, self.span)

    def encode(self, values: list[Any]) -> FloatArray:
        clipped = np.clip(_as_floats(values), self.low, self.high)
        scaled = np.log10(clipped) if self.log else clipped
        return np.clip((scaled - self.start) / self.span, 0.0, 1.0)

    def snapped(self, positions: FloatArray) -> FloatArray:
        return positions

    def decode(self, position: float) -> float:
        if 0.0 < position < 1.0:
            scaled = self.start + position * self.span
            value: float = 10.0**scaled if self.log else scaled
            if self.low <= value <= self.high:
                return value
        return self.low if position < 0.5 else self.high


class _Levels(ABC):
    """A column cut into `n_levels` bins, one per value."""

    name: str
    n_levels: int

    @abstractmethod
    def value(self, level: int) -> Any:
        """Return the value of a bin."""

    @abstractmethod
    def levels_of(self, values: list[Any]) -> FloatArray:
        """Return the bins of values, NaN where there is none."""

    def level(self, position: float) -> int:
        """Return the bin that a position falls in."""
        level = int(position * self.n_levels)
        return level if level < self.n_levels else self.n_levels - 1

    def levels_at(self, positions: FloatArray) -> FloatArray:
        """Return the bins that positions fall in."""
        levels: FloatArray = np.floor(positions * self.n_levels)
        return np.minimum(levels, self.n_levels - 1)

    def positions(self, levels: FloatArray) -> FloatArray:
        """Return the middles of bins."""
        return (levels + 0.5) / self.n_levels

    def snapped(self, positions: FloatArray) -> FloatArray:
        return self.positions(self.levels_at(positions))

    def encode(self, values: list[Any]) -> FloatArray:
        return self.positions(self.levels_of(values))

    def decode(self, position: float) -> Any:
        return self.value(self.level(position))

    def position_of(self, level: int) -> float:
        """Return the middle of one bin."""
        return float(self.positions(np.array([level], dtype=float))[0])

    def spread(self, positions: Sequence[float]) -> Sequence[int]:
        """Return the bins of ascending positions, or bins beside them to have no two equal."""
        if len(positions) >= self.n_levels:
            return range(self.n_levels)
        levels: list[int] = []
        for position in positions:
            # The low values of a log scale have wide bins, which catch several positions.
            free = levels[-1] + 1 if levels else 0
            levels.append(max(free, self.level(position)))
        return levels


class _Choices(_Levels):
    """A column of one bin per choice."""

    def __init__(self, one: HyperParameter) -> None:
        self.name = one.name
        self.choices = one.choices
        self.n_levels = len(one.choices)

    def value(self, level: int) -> Any:
        return self.choices[level]

    def levels_of(self, values: list[Any]) -> FloatArray:
        try:
            # The type is part of the key because True equals 1, and 1 equals 1.0.
            known = {(type(choice), choice): level for level, choice in enumerate(self.choices)}
            levels = list(map(known.get, zip(map(type, values), values, strict=True)))
        except TypeError:  # A choice or a value, such as a list, cannot be a key.
            levels = [self._level_of(value) for value in values]
        return np.array(levels, dtype=float)

    def _level_of(self, value: Any) -> int | None:
        for level, choice in enumerate(self.choices):
            if type(value) is type(choice) and bool(value == choice):
                return level
        return None


class _Steps(_Levels):
    """A column of one bin per allowed number: whole numbers, or a step counted from low."""

    def __init__(self, one: HyperParameter) -> None:
        self.name = one.name
        self.is_int = one.kind == "int"
        step = one.step if one.step is not None else 1
        if self.is_int and step != int(step):
            raise SpaceError.must(
                f"{one.owner}.step", "be a whole number", step, "Give a whole number."
            )
        self.high = one.high
        _check_span(one, float(one.high) - float(one.low))
        self._count(*(Fraction(str(number)) for number in (one.low, one.high, step)))
        self.low, self.step = self.value(0), float(step)

    def value(self, level: int) -> float:
        tick = self.first + level * self.pace
        return tick if self.is_int else min(tick / self.scale, self.high)

    def levels_of(self, values: list[Any]) -> FloatArray:
        levels = np.rint((_as_floats(values) - self.low) / self.step)
        return np.clip(levels, 0, self.n_levels - 1)

    def _count(self, low: Fraction, high: Fraction, step: Fraction) -> None:
        """Count in whole ticks, for 0.1 + 2 * 0.1 is not 0.3 in floats."""
        self.scale = math.lcm(low.denominator, step.denominator)
        self.first, self.pace = int(low * self.scale), int(step * self.scale)
        # A hair is given, for a high end computed as 1.6 + 3 * 0.1 may miss the last step.
        self.n_levels = math.floor((high - low) / step + _HAIR) + 1


class _LogSteps(_Steps):
    """Stepped numbers on a log scale: the bins reach half a step to either side."""

    def __init__(self, one: HyperParameter) -> None:
        super().__init__(one)
        # The outer bins reach as far, in ratio, to either side of their value:
        # half a step below the lowest value might be no positive number.
        low, high, half = self.low, self.value(self.n_levels - 1), self.step / 2
        self.start = math.log10(low) - math.log10(1 + half / low)
        self.span = math.log10(high) - math.log10(1 - half / high) - self.start

    def level(self, position: float) -> int:
        number = 10.0 ** (self.start + position * self.span)
        level = int((number - self.low) / self.step + 0.5)
        # A step may be finer than what the logarithm can tell apart.
        return min(max(level, 0), self.n_levels - 1)

    def levels_at(self, positions: FloatArray) -> FloatArray:
        numbers = 10.0 ** (self.start + positions * self.span)
        levels: FloatArray = np.floor((numbers - self.low) / self.step + 0.5)
        return np.clip(levels, 0, self.n_levels - 1)

    def positions(self, levels: FloatArray) -> FloatArray:
        positions: FloatArray = np.log10(self.low + levels * self.step) - self.start
        return positions / self.span


def _column(one: HyperParameter) -> _Real | _Levels:
    if one.kind == "choice":
        return _Choices(one)
    if one.kind == "real" and one.step is None:
        return _Real(one)
    return _LogSteps(one) if one.log else _Steps(one)


def _check_span(one: HyperParameter, span: float) -> None:
    if not math.isfinite(span):
        raise SpaceError.must(
            one.owner,
            "have a finite distance from low to high",
            (one.low, one.high),
            "Narrow the range.",
        )


def _as_floats(values: list[Any]) -> FloatArray:
    """Turn values into floats; what is no number becomes NaN."""
    try:
        return np.fromiter(values, dtype=float, count=len(values))
    except (TypeError, ValueError):
        # Types first: to ask for a Real, which numpy's numbers are too, takes much longer.
        numbers = (float, int)
        return np.array(
            [
                one
                if type(one) in numbers or (one is not INACTIVE and isinstance(one, Real))
                else None
                for one in values
            ],
            float,
        )
