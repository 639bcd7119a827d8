"""Points of the unit cube as places between which a kernel may measure plain distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_EDGE = 1e-4
_HEIGHT = 0.75**0.5
_PART = 0.5**0.5


class Embedding:
    """Lays the columns of the unit cube out as coordinates.

    A number is one coordinate. A choice is one coordinate per option, so that two options are at
    a distance of 1. What is inactive (NaN) is a place of its own: for a choice one more option,
    for a number the point at a height of sqrt(3/4) over the middle of its range, at a distance
    of 1 from both its ends. All distances are Euclidean, which keeps kernels of them positive
    definite.

    Numbers may be warped first, by the distribution function of Kumaraswamy (1980),
    ``1 - (1 - x**a)**b``: a model can then resolve one part of a range more finely than another
    (Snoek et al. 2014, "Input warping for Bayesian optimization of non-stationary functions").

    Parameters
    ----------
    n_options : int array, shape (d,)
        Number of options of a choice without an order; 0 for a number.

    Attributes
    ----------
    owner : int array, shape (c,)
        The column that each coordinate belongs to.
    numbers : int array, shape (k,)
        The columns of numbers, which can be warped.
    number_coordinates : int array, shape (k,)
        Their coordinates.
    """

    def __init__(self, n_options: IntArray) -> None:
        self._n_options = n_options
        # A number has its coordinate and a height; a choice its options and one for inactive.
        widths = np.where(n_options > 0, n_options + 1, 2)
        self._first = np.concatenate([[0], np.cumsum(widths)[:-1]]).astype(np.intp)
        self.owner: IntArray = np.repeat(np.arange(len(widths)), widths)
        self.numbers: IntArray = np.flatnonzero(n_options == 0)
        self.number_coordinates: IntArray = self._first[self.numbers]

    def place(self, points: FloatArray, warp: FloatArray) -> FloatArray:
        """Return the coordinates of points.

        Parameters
        ----------
        points : float array, shape (n, d), each value in [0, 1] or NaN
            As `Encoding.snapped` gives them.
        warp : float array, shape (2, k)
            The logarithms of a and b for each number; zeros leave it as it is.

        Returns
        -------
        float array, shape (n, c)
        """
        placed = np.zeros((len(points), len(self.owner)))
        rows = np.arange(len(points))
        for column in np.flatnonzero(self._n_options):
            n_options = self._n_options[column]
            option = np.floor(np.nan_to_num(points[:, column], nan=1.0) * n_options)
            is_active = ~np.isnan(points[:, column])
            option = np.where(is_active, np.minimum(option, n_options - 1), n_options)
            placed[rows, self._first[column] + option.astype(np.intp)] = _PART
        numbers = points[:, self.numbers]
        is_active = ~np.isnan(numbers)
        placed[:, self.number_coordinates] = np.where(is_active, _warped(numbers, warp), 0.5)
        placed[:, self.number_coordinates + 1] = np.where(is_active, 0.0, _HEIGHT)
        return placed

    def slopes(self, points: FloatArray, warp: FloatArray) -> FloatArray:
        """Return the slopes of the numbers' coordinates by the logarithms of a and b.

        The shape is (2, n, k); what is inactive does not move.
        """
        x, a, b = _inner(points[:, self.numbers]), np.exp(warp[0]), np.exp(warp[1])
        power = x**a
        rest = 1 - power
        by_a = a * b * rest ** (b - 1) * power * np.log(x)
        by_b = -b * rest**b * np.log(rest)
        return np.nan_to_num(np.stack([by_a, by_b]))


def _warped(numbers: FloatArray, warp: FloatArray) -> FloatArray:
    if not warp.any():
        return numbers
    warped: FloatArray = 1 - (1 - _inner(numbers) ** np.exp(warp[0])) ** np.exp(warp[1])
    return warped


def _inner(numbers: FloatArray) -> FloatArray:
    """Keep numbers off the ends, where the warp may be infinitely steep."""
    return np.clip(numbers, _EDGE, 1 - _EDGE)
