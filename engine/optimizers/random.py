"""Random search: every configuration is drawn anew."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..trial import Provenance
from .base import Optimizer, Proposal


class RandomSearch(Optimizer):
    """Draws each configuration uniformly from the unit cube.

    A log scale is drawn from by equal ratios, each choice and each whole number equally
    often. No configuration of a finite space comes twice. A fair yardstick, and as only a
    few hyper-parameters matter as a rule, hard to beat by a grid (Bergstra and Bengio 2012).

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 9),))
    >>> sorted(RandomSearch(space, seed=1).ask(1).config)
    ['k']
    """

    name: ClassVar[str] = "random"
    label: ClassVar[str] = "Random search"
    summary: ClassVar[str] = "Draws every configuration at random, without learning from scores."

    _PROVENANCE = Provenance("random", "drawn at random")

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        return Proposal(self._draw(number, rng), self._PROVENANCE)
