"""Problems with cheap approximations: noisy Hartmann and Counting-Ones, as in Hyper-Tune.

Both are told by Li et al. 2022, "Hyper-Tune" (VLDB), for rungs 1, 3, 9 and 27 of one ladder.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from dimension import Dimension, choice, real

Config = dict[str, Any]

TOP = 27
"""The full fidelity; the lowest is 1."""

_ALPHA = np.array([1.0, 1.2, 3.0, 3.2])
_SHARPNESS = np.array(
    [
        [10, 3, 17, 3.5, 1.7, 8],
        [0.05, 10, 17, 0.1, 8, 14],
        [3, 3.5, 1.7, 10, 17, 8],
        [17, 8, 0.05, 10, 0.1, 14],
    ]
)
_PLACES = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)
_HARTMANN_BEST = -3.3223680114156


@dataclass(frozen=True)
class FidelityProblem:
    """A loss that can be had cheaper and less exactly.

    Parameters
    ----------
    name : str
        Its name.
    dimensions : tuple of Dimension
        What is tuned.
    truth : callable
        The loss of a configuration without noise.
    noisy : callable
        The loss at a fidelity from 1 to 27, with noise from a `numpy.random.Generator`.
    best : float
        The lowest loss without noise.
    seconds_at_top : float
        Simulated cost of one full evaluation; that of fidelity r is r / 27 of it.
    is_resumed : bool
        Whether a trial that is promoted pays for the difference only.
    """

    name: str
    dimensions: tuple[Dimension, ...]
    truth: Callable[[Config], float]
    noisy: Callable[[Config, float, np.random.Generator], float]
    best: float
    seconds_at_top: float
    is_resumed: bool

    def value(self, config: Config, fidelity: float, seed: int) -> float:
        """Return the noisy loss; the same seed gives the same noise."""
        return self.noisy(config, fidelity, np.random.default_rng(seed))

    def cost_s(self, fidelity: float, resumed_from: float = 0.0) -> float:
        """Return the simulated seconds of training up to a fidelity, from another one on."""
        paid = resumed_from if self.is_resumed else 0.0
        return self.seconds_at_top * (fidelity - paid) / TOP


def hartmann(config: Config) -> float:
    """Return Hartmann's function of six numbers in [0, 1], six local minima deep."""
    point = np.array([config[f"x{place}"] for place in range(6)])
    inner = (_SHARPNESS * (point - _PLACES) ** 2).sum(axis=1)
    return -float(_ALPHA @ np.exp(-inner))


def noisy_hartmann(alpha: float = 100.0) -> FidelityProblem:
    """Build Hartmann's function with noise that vanishes at full fidelity.

    The noise's standard deviation at fidelity r is (1/r - 1/27) * 0.38 * alpha.
    """

    def noisy(config: Config, fidelity: float, rng: np.random.Generator) -> float:
        deviation = (1 / fidelity - 1 / TOP) * 0.38 * alpha
        return hartmann(config) + deviation * float(rng.standard_normal())

    dimensions = tuple(real(f"x{place}", 0.0, 1.0) for place in range(6))
    return FidelityProblem(
        "noisy_hartmann_6", dimensions, hartmann, noisy, _HARTMANN_BEST, 27.0, True
    )


def counting_ones(n_choices: int = 32, n_reals: int = 32) -> FidelityProblem:
    """Build Counting-Ones: choices count their ones, numbers are chances of one.

    At fidelity r a chance is known by 27 r throws, so by 729 at the top.
    """
    switches = tuple(choice(f"switch{place}", 0, 1) for place in range(n_choices))
    chances = tuple(real(f"chance{place}", 0.0, 1.0) for place in range(n_reals))

    def ones(config: Config) -> float:
        return float(sum(config[one.name] for one in switches))

    def truth(config: Config) -> float:
        return -ones(config) - float(sum(config[one.name] for one in chances))

    def noisy(config: Config, fidelity: float, rng: np.random.Generator) -> float:
        n_throws = round(TOP * fidelity)
        hits = rng.binomial(n_throws, [config[one.name] for one in chances])
        return -ones(config) - float(hits.sum()) / n_throws

    n_dims = n_choices + n_reals
    return FidelityProblem(
        f"counting_ones_{n_dims}", switches + chances, truth, noisy, -float(n_dims), 270.0, False
    )
