"""Points of the unit cube as places between which a kernel may measure plain distances."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_HEIGHT = 0.75**0.5
_PART = 0.5**0.5


class Embedding:
    """Lays the columns of the unit cube out as coordinates.

    A number is one coordinate. A choice is one coordinate per option, so that two options are at
    a distance of 1. What is inactive (NaN) is a place of its own: for a choice one more option,
    for a number the point at a height of sqrt(3/4) over the middle of its range, at a distance
    of 1 from both its ends. All distances are Euclidean, which keeps kernels of them positive
    definite.

    Parameters
    ----------
    n_options : int array, shape (d,)
        Number of options of a choice without an order; 0 for a number.

    Attributes
    ----------
    owner : int array, shape (c,)
        The column that each coordinate belongs to.
    """

    def __init__(self, n_options: IntArray) -> None:
        self._n_options = n_options
        # A number has its coordinate and a height; a choice its options and one for inactive.
        widths = np.where(n_options > 0, n_options + 1, 2)
        self._first = np.concatenate([[0], np.cumsum(widths)[:-1]]).astype(np.intp)
        self.owner: IntArray = np.repeat(np.arange(len(widths)), widths)
        self._numbers = np.flatnonzero(n_options == 0)

    def place(self, points: FloatArray) -> FloatArray:
        """Return the coordinates of points.

        Parameters
        ----------
        points : float array, shape (n, d), each value in [0, 1] or NaN
            As `Encoding.snapped` gives them.

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
        numbers, at = points[:, self._numbers], self._first[self._numbers]
        is_active = ~np.isnan(numbers)
        placed[:, at] = np.where(is_active, numbers, 0.5)
        placed[:, at + 1] = np.where(is_active, 0.0, _HEIGHT)
        return placed
