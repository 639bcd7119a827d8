"""The distribution of CMA-ES over the unit cube: normal in the numbers, free in the choices."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..encoding import Encoding, FloatArray

_STEP = 0.3
_MAX_LEVELS = 64
_COLLAPSED = 1e-6


class MixedNormal:
    """A distribution over the points of one encoding that learns from ranked generations.

    It is CatCMA with margin of the cmaes library (Hamano et al. 2025): real numbers, and whole
    and stepped ones of more than 64 values, are normal; other numbers are normal with a margin
    of probability for their neighbours; choices, and what has two values, have a probability
    for each value.

    Parameters
    ----------
    encoding : Encoding
        The unit cube.
    centre : float array, shape (d,), or None
        Where the mean begins; None for the middle.
    population : int
        Members of a generation.

    Attributes
    ----------
    n_moving : int
        Columns that have more than one value; without any it can neither draw nor learn.
    """

    def __init__(self, encoding: Encoding, centre: FloatArray | None, population: int) -> None:
        self._n_dims = encoding.n_dims
        self._reals: list[int] = []
        self._steps: list[int] = []
        self._choices: list[int] = []
        by_kind = {"real": self._reals, "steps": self._steps, "choice": self._choices}
        levels = [n_levels or 0 for n_levels in encoding.n_levels]
        for index, (one, n_levels) in enumerate(zip(encoding.space.searched, levels, strict=True)):
            is_choice = one.kind == "choice" and not one.ordered
            if n_levels != 1:
                by_kind[_kind(is_choice, n_levels)].append(index)
        self._numbers = self._reals + self._steps
        self._counts = [levels[one] for one in self._choices]
        self.n_moving = len(self._numbers) + len(self._choices)
        steps = [encoding.spread(encoding.names[one], levels[one]) for one in self._steps]
        if self.n_moving:
            self._model = self._made(centre, population, steps)

    def draw(self, seed: int) -> FloatArray:
        """Draw a point, shape (d,), in [0, 1]; the same seed gives the same point."""
        self._model.reseed_rng(seed)
        solution = self._model.ask()
        point = np.full(self._n_dims, 0.5)
        if self._reals:
            point[self._reals] = solution.x
        if self._steps:
            point[self._steps] = solution.z
        for row, (index, count) in enumerate(zip(self._choices, self._counts, strict=True)):
            point[index] = (int(np.argmax(solution.c[row])) + 0.5) / count
        return point

    def learn(self, points: FloatArray, is_drawn: NDArray[np.bool_]) -> bool:
        """Learn from one generation.

        Parameters
        ----------
        points : float array, shape (population, d)
            Its members, best first.
        is_drawn : bool array, shape (population,)
            Which of them were drawn from here. The others, which may lie anywhere, are moved to
            the surroundings of these first, as one of them could throw the distribution off
            (Hansen 2011, "Injecting external solutions into CMA-ES", clips them too).

        Returns
        -------
        bool
            False, with nothing learnt, where it has come to its end: the members that were
            drawn differ by less than a millionth of each range.
        """
        numbers = points[:, self._numbers]
        if self._numbers:
            if not is_drawn.any():
                return False
            low, high = numbers[is_drawn].min(axis=0), numbers[is_drawn].max(axis=0)
            if (high - low).max() < _COLLAPSED:
                return False
            numbers = np.clip(numbers, low - (high - low), high + (high - low))
        solutions = map(self._solution, numbers, points)
        # Ranks, not scores: failed trials have none, and all equal ones say nothing.
        self._model.tell([(one, float(rank)) for rank, one in enumerate(solutions)])
        return True

    def _solution(self, numbers: FloatArray, point: FloatArray) -> Any:
        """Return the solution of the library that a point stands for."""
        from cmaes import CatCMAwM

        chosen = np.zeros((len(self._choices), max(self._counts, default=0)), dtype=bool)
        for row, (index, count) in enumerate(zip(self._choices, self._counts, strict=True)):
            chosen[row, min(int(point[index] * count), count - 1)] = True
        # The library learns from the raw numbers, which its own solutions carry there.
        return CatCMAwM.Solution(c=chosen, _v_raw=numbers)

    def _made(self, centre: FloatArray | None, population: int, steps: list[Any]) -> Any:
        from cmaes import CatCMAwM

        point = np.full(self._n_dims, 0.5) if centre is None else centre
        n_numbers = len(self._numbers)
        return CatCMAwM(
            x_space=[[0.0, 1.0]] * len(self._reals) or None,
            z_space=steps or None,
            c_space=self._counts or None,
            population_size=population,
            mean=point[self._numbers] if n_numbers else None,
            sigma=_STEP,
            cov=np.eye(n_numbers) if n_numbers else None,
        )


def _kind(is_choice: bool, n_levels: int) -> str:
    """Return how the library is to see a column of so many values, 0 for no end of them."""
    if is_choice or n_levels == 2:
        return "choice"
    return "steps" if 0 < n_levels <= _MAX_LEVELS else "real"
