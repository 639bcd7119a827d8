"""Quasi-random search: points of a scrambled Sobol sequence, which fill the space evenly."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..encoding import Encoding, FloatArray
from ..hyper_parameter import SpaceVersion
from ..trial import Config, Provenance, Trial
from .base import Optimizer, Proposal

_FIRST_BLOCK = 6


class QuasiRandomSearch(Optimizer):
    """Takes the points of a scrambled Sobol sequence, one after the other.

    They leave smaller gaps than random points, in every pair of hyper-parameters too (Sobol
    1967; scrambled after Owen 1998, "Scrambling Sobol' and Niederreiter-Xing points"). Trial n
    takes point n, whatever was tried before. A point that breaks a constraint, or that a
    finite space has given already, is replaced by a random draw.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 4),))
    >>> search = QuasiRandomSearch(space, seed=1)
    >>> sorted(search.ask(number).config["k"] for number in (1, 2, 3, 4))
    [1, 2, 3, 4]
    """

    name: ClassVar[str] = "quasi_random"
    label: ClassVar[str] = "Quasi-random search"
    summary: ClassVar[str] = "Spreads the configurations evenly, without learning from scores."

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self._points: FloatArray = np.empty((0, encoding.n_dims))

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        config = self.draw_at(number)
        is_finite = self.encoding.n_configs is not None
        if self.encoding.is_feasible(config) and not (is_finite and not self._is_new(config)):
            return Proposal(config, Provenance(self.name, f"point {number:,} of a Sobol sequence"))
        reason = f"drawn at random: point {number:,} of the Sobol sequence is taken or not allowed"
        return Proposal(self._draw(number, rng), Provenance(self.name, reason))

    def draw_at(self, number: int) -> Config:
        """Return the configuration of point `number`, counted from 1, whatever it is."""
        return self.encoding.decode_point(self._point(number - 1).tolist())

    def _point(self, index: int) -> FloatArray:
        """Return one point; they are made in blocks that double, and kept."""
        while index >= len(self._points):
            n_bits = max(_FIRST_BLOCK, len(self._points).bit_length())
            self._points = _sobol(self.encoding.n_dims, self.seed).random_base2(n_bits)
        point: FloatArray = self._points[index]
        return point


class QuasiRandomStart(Optimizer):
    """Base of optimizers that keep the finished trials, and begin with quasi-random ones.

    Attributes
    ----------
    n_start : int
        Trials to complete before the optimizer's own proposals.
    """

    n_start: int

    def __init__(self, space: SpaceVersion, *, seed: int = 0, n_trials: int | None = None) -> None:
        self._finished: dict[int, Trial] = {}
        super().__init__(space, seed=seed, n_trials=n_trials)

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self._start = QuasiRandomSearch(encoding.space, seed=self.seed)

    def _learn(self, trial: Trial) -> None:
        self._finished[trial.number] = trial

    def _forget(self) -> None:
        super()._forget()
        self._finished.clear()

    def _first(self, number: int, n_scored: int, rng: np.random.Generator) -> Proposal:
        """Propose the point of the sequence, or draw where that is taken or not allowed."""
        config = self._start.draw_at(number)
        if not (self.encoding.is_feasible(config) and self._is_new(config)):
            config = self._draw(number, rng)
        reason = f"quasi-random start: {n_scored} of {self.n_start} completed"
        return Proposal(config, Provenance(self.name, reason))


def _sobol(n_dims: int, seed: int) -> Any:
    from scipy.stats import qmc

    return qmc.Sobol(n_dims, scramble=True, seed=np.random.default_rng(seed))
