"""One hyper-parameter of a benchmark: its range, when it is active, and the levels of a table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion


@dataclass(frozen=True)
class Dimension:
    """One hyper-parameter.

    Parameters
    ----------
    name : str
        Its name.
    kind : {"real", "int", "choice"}
        What its values are.
    low, high : float or None
        The range of numbers.
    log : bool
        Whether equal ratios count alike.
    n_levels : int
        How many values of the range a table knows; 0 where there is no table.
    choices : tuple
        The values of a choice.
    when : tuple
        The name of a choice that stands before this one, and those of its values that make this
        one active; empty where it always is.
    """

    name: str
    kind: Literal["real", "int", "choice"]
    low: Any = None
    high: Any = None
    log: bool = False
    n_levels: int = 0
    choices: tuple[Any, ...] = ()
    when: tuple[Any, ...] = ()

    @cached_property
    def levels(self) -> tuple[Any, ...]:
        """The values that a table knows, ends included."""
        if self.kind == "choice":
            return self.choices
        spaced = np.geomspace if self.log else np.linspace
        values = spaced(self.low, self.high, self.n_levels)
        if self.kind == "int":
            return tuple(sorted({round(float(value)) for value in values}))
        return tuple(float(f"{value:.6g}") for value in values)

    def nearest(self, value: Any) -> int:
        """Return the place of the level nearest to a value, on the scale of the range."""
        if self.kind == "choice":
            return self.choices.index(value)
        return int(np.abs(self._positions - self._position(value)).argmin())

    def unit(self, value: Any) -> float:
        """Return where a number lies between the ends of the range, 0 to 1, on its scale."""
        low, high = self._position(self.low), self._position(self.high)
        return (self._position(value) - low) / (high - low)

    @cached_property
    def _positions(self) -> np.ndarray:
        return np.array([self._position(level) for level in self.levels])

    def _position(self, value: float) -> float:
        return math.log(value) if self.log else float(value)

    def is_active(self, config: dict[str, Any]) -> bool:
        """Whether a configuration that holds the dimensions before this one has it too."""
        return not self.when or config.get(self.when[0]) in self.when[1:]

    @property
    def hyper_parameter(self) -> HyperParameter:
        """The same as tuneboard's record; the current value is the middle, or the first choice."""
        parent, *values = self.when or ("",)
        active_when = f"{parent} in {{{', '.join(map(repr, values))}}}" if parent else ""
        if self.kind == "choice":
            first = self.choices[0]
            return HyperParameter(
                self.name, "choice", first, choices=self.choices, active_when=active_when
            )
        middle = math.sqrt(self.low * self.high) if self.log else (self.low + self.high) / 2
        value = round(middle) if self.kind == "int" else middle
        return HyperParameter(
            self.name, self.kind, value, self.low, self.high, self.log, active_when=active_when
        )

    @property
    def described(self) -> dict[str, Any]:
        """What a peer in another process is told of it."""
        numbers = {"low": self.low, "high": self.high, "log": self.log}
        known = {"n_choices": len(self.choices)} if self.kind == "choice" else numbers
        return {"name": self.name, "kind": self.kind, "when": list(self.when), **known}


def real(name: str, low: float, high: float, n_levels: int = 0, **more: Any) -> Dimension:
    """Declare real numbers; ``log=True`` and ``when=`` as in `Dimension`."""
    return Dimension(name, "real", low, high, n_levels=n_levels, **more)


def whole(name: str, low: int, high: int, n_levels: int = 0, **more: Any) -> Dimension:
    """Declare whole numbers; a table knows all of them unless told how many."""
    return Dimension(name, "int", low, high, n_levels=n_levels or high - low + 1, **more)


def choice(name: str, *choices: Any, when: tuple[Any, ...] = ()) -> Dimension:
    """Declare a choice."""
    return Dimension(name, "choice", choices=choices, when=when)


def space_of(dimensions: Iterable[Dimension]) -> SpaceVersion:
    """Return the search space that all optimizers search."""
    return SpaceVersion(1, tuple(one.hyper_parameter for one in dimensions))


def grid(dimensions: Sequence[Dimension]) -> list[dict[str, Any]]:
    """List all configurations of levels; what is inactive is absent."""
    configs: list[dict[str, Any]] = [{}]
    for one in dimensions:
        configs = [
            {**config, one.name: level} if one.is_active(config) else config
            for config in configs
            for level in (one.levels if one.is_active(config) else (None,))
        ]
    return configs
