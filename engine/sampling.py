"""Random configurations of a space, those that meet all of its constraints."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .encoding import Encoding, FloatArray
from .errors import SpaceError
from .trial import Config

_N_LOOKS = 2_000
_N_DRAWS = 200
_N_STEPS_PER_DIM = 10
_N_SHRINKS = 30


class Sampler:
    """Draws configurations uniformly from the unit cube, as far as the constraints allow.

    A configuration that breaks a constraint is drawn again. Where 200 draws have all broken
    one, a random walk is taken from a configuration that is known to be feasible: hit-and-run
    (Smith 1984, "Efficient Monte Carlo procedures for generating points uniformly distributed
    over bounded regions"), each chord shrunk as by slice sampling (Neal 2003, "Slice
    sampling", figure 5). It tends to the uniform with its length.

    Parameters
    ----------
    encoding : Encoding
        The unit cube of the space.

    Raises
    ------
    SpaceError
        No configuration was found that meets the constraints; those in the way are named.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._start = self._feasible_point() if encoding.space.constraints else None

    def draw(self, rng: np.random.Generator) -> Config:
        """Draw a configuration, all randomness from `rng`."""
        if self._start is None:
            return self._encoding.decode_point(rng.random(self._encoding.n_dims).tolist())
        for _ in range(_N_DRAWS):
            config = self._encoding.decode_point(rng.random(self._encoding.n_dims).tolist())
            if self._encoding.is_feasible(config):
                return config
        return self._encoding.decode_point(self._walk(self._start, rng))

    def mend(
        self, point: Sequence[float], towards: Sequence[float], order: Sequence[int]
    ) -> list[float]:
        """Return the point, moved towards a feasible one until it is feasible itself.

        Parameters
        ----------
        point, towards : sequence of float, length d
            Points of the unit cube.
        order : sequence of int
            The columns, in the order in which they may be moved.
        """
        mended = list(point)
        for column in order if self._start is not None else ():
            if self._is_feasible(mended):
                break
            mended[column] = towards[column]
        return mended

    def _walk(self, start: list[float], rng: np.random.Generator) -> list[float]:
        point, n_dims = np.array(start), self._encoding.n_dims
        for step in range(_N_STEPS_PER_DIM * n_dims):
            direction = rng.standard_normal(n_dims)
            if step % 2:  # along one axis, as some constraints leave no other way
                direction[np.arange(n_dims) != rng.integers(n_dims)] = 0.0
            point = self._stepped(point, direction, rng)
        return list(point.tolist())

    def _stepped(
        self, point: FloatArray, direction: FloatArray, rng: np.random.Generator
    ) -> FloatArray:
        """Return a random feasible point on the line through a feasible one."""
        with np.errstate(divide="ignore", invalid="ignore"):
            ends = np.sort([-point / direction, (1.0 - point) / direction], axis=0)
        low, high = np.nanmax(ends[0]), np.nanmin(ends[1])
        for _ in range(_N_SHRINKS):
            length = rng.uniform(low, high)
            step: FloatArray = np.clip(point + length * direction, 0.0, 1.0)
            if self._is_feasible(step.tolist()):
                return step
            low, high = (length, high) if length < 0 else (low, length)
        return point

    def _feasible_point(self) -> list[float]:
        """Look for a feasible point: at random, then at the current values."""
        rng = np.random.default_rng(0)
        space = self._encoding.space
        in_the_way = set(space.constraints)
        for _ in range(_N_LOOKS):
            point = rng.random(self._encoding.n_dims).tolist()
            broken = space.conditions.broken(self._encoding.decode_point(point))
            if not broken:
                return list(point)
            in_the_way &= set(broken)
        values = {one.name: one.value for one in space.hyper_parameters}
        (row,) = self._encoding.encode([values])
        point = np.where(np.isnan(row), 0.5, row).tolist()
        if self._is_feasible(point):
            return list(point)
        raise _infeasible(sorted(in_the_way) or list(space.constraints))

    def _is_feasible(self, point: Sequence[float]) -> bool:
        return self._encoding.is_feasible(self._encoding.decode_point(point))


def _infeasible(constraints: list[str]) -> SpaceError:
    listed = " and ".join(repr(one) for one in constraints)
    message = (
        f"SearchSpace.constraints must leave something to try: none of {_N_LOOKS:,} "
        f"configurations drawn, nor the current values, meet {listed}. Loosen the constraint, "
        "widen the ranges, or set the current values to a configuration that meets it."
    )
    return SpaceError(message, name="SearchSpace.constraints", value=tuple(constraints))
