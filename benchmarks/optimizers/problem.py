"""What an engine is run on: a space, a value for every configuration of it, and its yardsticks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from dimension import Dimension, space_of
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import SpaceVersion

Config = dict[str, Any]
Value = tuple[float, float]

N_DRAWS = 4000


@dataclass(frozen=True)
class Problem:
    """One problem; losses are lower-is-better.

    Parameters
    ----------
    name : str
        Its name.
    family : {"real", "synthetic", "fidelity", "extra"}
        Where it stems from; the halves are counted within each.
    half : {"design", "report", ""}
        Whether defaults may be set on it, or are only reported on it. Extra ones have none.
    dimensions : tuple of Dimension
        What is tuned.
    evaluate : callable
        Takes a configuration and a `numpy.random.Generator`; returns the loss that the engine is
        told and the loss without noise.
    best : float
        The lowest loss there is: the table's, or the known optimum.
    """

    name: str
    family: str
    half: str
    dimensions: tuple[Dimension, ...]
    evaluate: Callable[[Config, np.random.Generator], Value]
    best: float

    @cached_property
    def space(self) -> SpaceVersion:
        """The space that all engines search."""
        return space_of(self.dimensions)

    @cached_property
    def draws(self) -> np.ndarray:
        """Losses without noise of random configurations, shape (4,000,), always the same ones."""
        encoding = Encoding(self.space)
        rng = np.random.default_rng(0)
        configs = encoding.decode(rng.random((N_DRAWS, encoding.n_dims)))
        return np.array([self.evaluate(config, rng)[1] for config in configs])

    @cached_property
    def median(self) -> float:
        """The median loss of a random draw."""
        return float(np.median(self.draws))

    def regret(self, loss: float) -> float:
        """Return 0 for the best there is, 1 for the median random draw and all that is worse.

        What is worse than a random draw counts as one, so that no single problem decides a mean.
        """
        scaled = (loss - self.best) / (self.median - self.best)
        return float(np.clip(scaled, 0.0, 1.0))


def half_of(place: int) -> str:
    """Return the half of the problem at that place of its family, counted from 0."""
    return "report" if place % 2 else "design"
