"""The synthetic problems: losses that are 0 at one known place, away from centres and corners.

A problem's half is its place in its list: the first, third ... are for design, the others for
report. Append, never insert.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from dimension import Dimension, choice, real, whole
from fidelity import TOP, FidelityProblem, counting_ones, noisy_hartmann
from problem import Config, Problem, Value, half_of

Shape = Callable[[np.ndarray], float]


class Landscape:
    """A loss that grows with the distance from one best configuration.

    Each choice but the best costs a fixed amount, and moves the best place of the numbers a
    little. The branches of a condition that are not the best are flatter, and so look better
    at first.

    Parameters
    ----------
    dimensions : sequence of Dimension
        What is tuned.
    shape : callable
        Turns the weighted distances of the active numbers, shape (k,), each in about [-1, 1],
        into a loss that is 0 at 0.
    seed : int
        Where all draws start: best values, weights, costs.
    """

    def __init__(self, dimensions: Sequence[Dimension], shape: Shape, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._shape = shape
        self._numbers = [one for one in dimensions if one.kind != "choice"]
        self._choices = [one for one in dimensions if one.kind == "choice"]
        self.best: Config = {one.name: _best_value(one, rng) for one in dimensions}
        self._weights = {one.name: self._weight(one, rng) for one in self._numbers}
        self._costs = {one.name: rng.uniform(0.05, 0.3, len(one.choices)) for one in self._choices}
        self._moves = {one.name: rng.uniform(-0.15, 0.15) for one in self._numbers}

    def loss(self, config: Config) -> float:
        """Return the loss of a configuration, 0 at the best."""
        wrong = [one for one in self._choices if self._is_wrong(one, config)]
        cost = sum(self._costs[one.name][one.choices.index(config[one.name])] for one in wrong)
        distances = [
            self._weights[one.name] * self._distance(one, config, len(wrong))
            for one in self._numbers
            if one.name in config
        ]
        return float(cost) + self._shape(np.array(distances))

    def _is_wrong(self, one: Dimension, config: Config) -> bool:
        return one.name in config and config[one.name] != self.best[one.name]

    def _distance(self, one: Dimension, config: Config, n_wrong: int) -> float:
        place = one.unit(self.best[one.name]) + self._moves[one.name] * min(n_wrong, 1)
        return one.unit(config[one.name]) - place

    def _weight(self, one: Dimension, rng: np.random.Generator) -> float:
        weight = float(np.exp(rng.uniform(np.log(0.5), np.log(2.0))))
        is_flat = one.when and self.best[one.when[0]] not in one.when[1:]
        return weight / 3 if is_flat else weight


def _best_value(one: Dimension, rng: np.random.Generator) -> Any:
    """Draw the best value: never the first choice, the middle or an end."""
    if one.kind == "choice":
        return one.choices[int(rng.integers(1, len(one.choices)))]
    place = rng.choice([rng.uniform(0.12, 0.4), rng.uniform(0.6, 0.88)])
    value = (
        one.low * (one.high / one.low) ** place
        if one.log
        else one.low + place * (one.high - one.low)
    )
    return round(value) if one.kind == "int" else float(value)


def bowl(distances: np.ndarray) -> float:
    """Return the mean square, with a little interaction of neighbours."""
    pairs = distances[:-1] * distances[1:]
    return float((distances**2).mean() + 0.5 * pairs.sum() / len(distances)) ** 0.5


def ripples(distances: np.ndarray) -> float:
    """Return a bowl with many local minima."""
    waves = 0.08 * (1 - np.cos(6 * np.pi * distances))
    return float((distances**2 + waves).mean()) ** 0.5


def valley(distances: np.ndarray) -> float:
    """Return a curved valley as Rosenbrock's, in roots."""
    across = distances[1:] - distances[:-1] - 1.5 * distances[:-1] ** 2
    return float(3 * (across**2).mean() + 0.3 * (distances**2).mean()) ** 0.5


def few(distances: np.ndarray) -> float:
    """Return a valley of the first, sixth ... number; the others hardly count."""
    return valley(distances[::5]) + 0.02 * bowl(distances)


MIXED_8 = (
    real("rate", 1e-5, 1e-1, log=True),
    real("share", 0.0, 1.0),
    real("decay", 1e-6, 1.0, log=True),
    whole("depth", 1, 16),
    whole("width", 8, 512, log=True),
    choice("method", "a", "b", "c", "d"),
    choice("order", "x", "y", "z"),
    choice("is_fast", False, True),
)
MIXED_12 = (
    *(real(f"real{place}", 0.0, 1.0) for place in range(3)),
    *(real(f"log{place}", 1e-4, 10.0, log=True) for place in range(2)),
    *(whole(f"whole{place}", 1, 9 + 20 * place) for place in range(3)),
    *(choice(f"choice{place}", *"abcde"[: place + 2]) for place in range(4)),
)
CONDITIONAL_10 = (
    choice("method", "a", "b", "c"),
    *(
        one
        for method in "abc"
        for one in (
            real(f"{method}_rate", 1e-4, 1.0, log=True, when=("method", method)),
            real(f"{method}_share", 0.0, 1.0, when=("method", method)),
            whole(f"{method}_depth", 1, 20, when=("method", method)),
        )
    ),
)
CONDITIONAL_14 = (
    real("rate", 1e-4, 1.0, log=True),
    real("share", 0.0, 1.0),
    choice("method", "a", "b"),
    choice("a_kind", "p", "q", "r", when=("method", "a")),
    real("p_real", -1.0, 1.0, when=("a_kind", "p", "q")),
    real("q_log", 1e-3, 1e3, log=True, when=("a_kind", "q")),
    whole("r_whole", 2, 64, log=True, when=("a_kind", "r")),
    choice("b_kind", "s", "t", when=("method", "b")),
    real("s_real", 0.0, 5.0, when=("b_kind", "s")),
    whole("s_whole", 1, 30, when=("b_kind", "s")),
    real("t_real", 0.0, 1.0, when=("b_kind", "t")),
    real("t_log", 1e-5, 1e-1, log=True, when=("b_kind", "t")),
    whole("b_whole", 1, 12, when=("method", "b")),
    choice("a_is_wide", False, True, when=("method", "a")),
)
CONDITIONAL_30 = (
    choice("method", "a", "b", "c", "d"),
    *(real(f"shared{place}", 0.0, 1.0) for place in range(5)),
    *(
        one
        for method in "abcd"
        for one in (
            choice(f"{method}_kind", "p", "q", "r", when=("method", method)),
            real(f"{method}_rate", 1e-5, 1.0, log=True, when=("method", method)),
            whole(f"{method}_depth", 1, 30, when=("method", method)),
            real(f"{method}_p", 0.0, 1.0, when=(f"{method}_kind", "p")),
            real(f"{method}_q", 1e-3, 10.0, log=True, when=(f"{method}_kind", "q")),
            whole(f"{method}_r", 2, 200, log=True, when=(f"{method}_kind", "r")),
        )
    ),
)
NOISY_6 = (
    real("rate", 1e-5, 1.0, log=True),
    real("share", 0.0, 1.0),
    real("decay", -2.0, 2.0),
    whole("depth", 1, 12),
    whole("width", 4, 256, log=True),
    choice("method", "a", "b", "c"),
)


def synthetic(
    name: str, place: int, dimensions: Sequence[Any], shape: Shape, **more: Any
) -> Problem:
    """Build a problem from a landscape; ``noise=`` is the standard deviation of what is told."""
    noise = more.pop("noise", 0.0)
    family = more.pop("family", "synthetic")
    landscape = Landscape(dimensions, shape, seed=1000 + place)

    def evaluate(config: Config, rng: np.random.Generator) -> Value:
        loss = landscape.loss(config)
        return loss + noise * float(rng.standard_normal()), loss

    half = half_of(place) if family == "synthetic" else ""
    return Problem(name, family, half, tuple(dimensions), evaluate, 0.0)


def at_full_fidelity(one: FidelityProblem, half: str, family: str = "fidelity") -> Problem:
    """Turn a problem with fidelities into one without."""

    def evaluate(config: Config, rng: np.random.Generator) -> Value:
        return one.noisy(config, TOP, rng), one.truth(config)

    return Problem(one.name, family, half, one.dimensions, evaluate, one.best)


def synthetic_problems() -> list[Problem]:
    """Build all of them."""
    reals_4 = [real(f"x{place}", 1e-4, 10.0, log=place % 2 == 0) for place in range(4)]
    reals_20 = [real(f"x{place}", 0.0, 1.0) for place in range(20)]
    return [
        synthetic(
            "ripples_2", 0, [real("x0", -5.0, 5.0), real("x1", 1e-3, 1e3, log=True)], ripples
        ),
        synthetic("valley_4", 1, reals_4, valley),
        synthetic("mixed_8", 2, MIXED_8, bowl),
        synthetic("mixed_12", 3, MIXED_12, ripples),
        synthetic("conditional_10", 4, CONDITIONAL_10, ripples),
        synthetic("conditional_14", 5, CONDITIONAL_14, bowl),
        synthetic("noisy_6", 6, NOISY_6, bowl, noise=0.08),
        synthetic("few_of_20", 7, reals_20, few),
        at_full_fidelity(counting_ones(8, 8), "design"),
        at_full_fidelity(noisy_hartmann(), "report"),
        synthetic("conditional_30", 8, CONDITIONAL_30, bowl, family="extra"),
        at_full_fidelity(counting_ones(), "", family="extra"),
    ]
