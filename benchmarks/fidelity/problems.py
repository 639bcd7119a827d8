"""Problems whose trials can be had at less than their full cost, for a simulated clock."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from tuneboard.engine.fidelity import Fidelity
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion

LADDER = Fidelity("units", 1, 27)
"""R = 27, eta = 3."""

# Hartmann's function of 6 variables (Hartman 1973; minimum -3.32237).
_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])
_A = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def _unit_cube(n_dims: int) -> SpaceVersion:
    names = (f"x{index}" for index in range(n_dims))
    return SpaceVersion(1, tuple(HyperParameter(name, "real", 0.5, 0.0, 1.0) for name in names))


class Problem(ABC):
    """A space, what a configuration scores at a fidelity, and what that costs.

    Attributes
    ----------
    full_s : float
        CPU seconds of a trial with all of the resource; less of it costs in proportion.
    resumes : bool
        Whether a promoted trial pays the difference only.
    """

    name: str
    space: SpaceVersion
    full_s: float
    resumes: bool

    @abstractmethod
    def truth(self, config: dict[str, Any]) -> float:
        """Return the score that a search is judged by: free of noise, with all the resource."""

    @abstractmethod
    def observed(self, config: dict[str, Any], amount: float, rng: np.random.Generator) -> float:
        """Return the score of one trial."""

    def score(self, config: dict[str, Any], amount: float, seed: int) -> float:
        """Return the score of one trial, the same each time."""
        text = zlib.crc32(repr(sorted(config.items())).encode())
        return self.observed(config, amount, np.random.default_rng([seed, text, round(amount)]))

    def cost_s(self, amount: float, done: float) -> float:
        """Return the CPU seconds of a trial whose configuration has run to `done` before."""
        return self.full_s * (amount - (done if self.resumes else 0.0)) / LADDER.high


class NoisyHartmann(Problem):
    """Hartmann 6 with noise of sd = (1/r - 1/R) 0.38 alpha, which the full trial is free of."""

    full_s, resumes = 27.0, True

    def __init__(self, alpha: float) -> None:
        self.name = f"noisy Hartmann, alpha = {alpha:,}"
        self.alpha = alpha
        self.space = _unit_cube(6)

    def truth(self, config: dict[str, Any]) -> float:
        """Return the negative of Hartmann's function."""
        point = np.array(list(config.values()))
        return float(_ALPHA @ np.exp(-(_A * (point - _P) ** 2).sum(axis=1)))

    def observed(self, config: dict[str, Any], amount: float, rng: np.random.Generator) -> float:
        """Add noise that the full amount is free of."""
        spread = (1 / amount - 1 / LADDER.high) * 0.38 * self.alpha
        return self.truth(config) + spread * rng.standard_normal()


class CountingOnes(Problem):
    """The share of ones among 32 choices and 32 coins, each coin tossed 27 times per unit.

    Falkner, Klein and Hutter 2018, "BOHB", section 5.1: there too a full trial has 729 tosses.
    """

    name, full_s, resumes = "Counting-Ones, 32 + 32", 270.0, False
    n_each = 32

    def __init__(self) -> None:
        choices = (
            HyperParameter(f"c{index}", "choice", 0, choices=(0, 1)) for index in range(self.n_each)
        )
        self.space = SpaceVersion(1, (*choices, *_unit_cube(self.n_each).hyper_parameters))

    def truth(self, config: dict[str, Any]) -> float:
        """Return the share of ones that is to be expected."""
        return float(sum(config.values())) / (2 * self.n_each)

    def observed(self, config: dict[str, Any], amount: float, rng: np.random.Generator) -> float:
        """Toss the coins."""
        values = np.array(list(config.values()), dtype=float)
        n_tosses = round(27 * amount)
        heads = rng.binomial(n_tosses, values[self.n_each :]) / n_tosses
        return float(values[: self.n_each].sum() + heads.sum()) / (2 * self.n_each)


class LearningCurves(Problem):
    """Curves that rise with the resource and cross: what is better in the end learns slower.

    The score at amount r is truth - gap exp(-5 (r / R)^0.5 / slowness), the slowness between 0.5
    and 2 a smooth function of two of the variables, plus noise of sd 0.01.
    """

    name, full_s, resumes = "learning curves", 27.0, True

    def __init__(self) -> None:
        self.space = _unit_cube(6)

    def truth(self, config: dict[str, Any]) -> float:
        """Return the end of the curve."""
        return NoisyHartmann(0).truth(config) / 3.32237

    def observed(self, config: dict[str, Any], amount: float, rng: np.random.Generator) -> float:
        """Return a point of the curve."""
        slowness = 0.5 + 0.75 * (config["x0"] + config["x1"])
        left = np.exp(-5 * (amount / LADDER.high) ** 0.5 / slowness)
        return self.truth(config) - 0.6 * float(left) + 0.01 * rng.standard_normal()


PROBLEMS: tuple[Problem, ...] = (
    NoisyHartmann(0),
    NoisyHartmann(100),
    NoisyHartmann(10_000),
    CountingOnes(),
    LearningCurves(),
)
