"""A Parzen estimator: the density of points of the unit cube, conditional columns included."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .encoding import Encoding, FloatArray

_MAX_LEVELS = 64
_SQRT_2PI = math.sqrt(2 * math.pi)


@dataclass(frozen=True)
class Column:
    """What a kernel needs to know of one hyper-parameter.

    `middles` are the positions of its values and `edges` where their bins meet, 0 and 1
    included; both are empty where there is no end of values, or so many that they may count as
    real numbers.
    """

    is_choice: bool
    middles: FloatArray
    edges: FloatArray

    @property
    def n_levels(self) -> int:
        """Number of values, 0 where they count as real numbers."""
        return len(self.middles)


def columns_of(encoding: Encoding) -> tuple[Column, ...]:
    """Describe the columns of a space."""
    return tuple(
        _column(encoding, name, n_levels, is_choice=one.kind == "choice" and not one.ordered)
        for one, name, n_levels in zip(
            encoding.space.searched, encoding.names, encoding.n_levels, strict=True
        )
    )


def _column(encoding: Encoding, name: str, n_levels: int | None, *, is_choice: bool) -> Column:
    if n_levels is None or (n_levels > _MAX_LEVELS and not is_choice):
        return Column(is_choice, np.empty(0), np.empty(0))
    middles = np.array(encoding.spread(name, n_levels))
    return Column(is_choice, middles, np.r_[0.0, (middles[1:] + middles[:-1]) / 2, 1.0])


def kernel_width(n_points: int, n_dims: int) -> float:
    """Return the width of kernels in units of the cube, narrower the more points there are.

    It falls as Scott's rule has it, from a fifth of the range on, and has a floor that falls with
    the number of points too, down to a hundredth: in few dimensions few points would else leave
    holes between them (Watanabe 2023, section 3.3.3, "magic clipping").
    """
    scott = 0.2 * float(max(n_points, 1)) ** (-1 / (n_dims + 4))
    return float(max(scott, 1 / (n_points + 2), 0.01))


class ParzenEstimator:
    """The density of points, as a mixture of one kernel around each and of the uniform one.

    A kernel is the product over the columns (multivariate): a normal distribution cut off at
    the ends of the range for real numbers, its share of each bin for whole numbers, steps and
    ordered choices, and the kernel of Aitchison and Aitken (1976) for choices: the share b of
    other values is (C - 1) / (n + C) of C choices and n points. A column that is inactive (NaN)
    in the kernel's own point is uniform in it, as nothing is known there; one that is inactive
    where the density is asked for counts nothing, for what switches it off has counted already.
    So densities at points with different columns active can be compared: the unit cube is
    measured the same everywhere (Bergstra et al. 2011, section 4; Watanabe 2023, "Tree-structured
    Parzen estimator", section 3).

    Parameters
    ----------
    columns : sequence of Column, length d
        The columns of the space.
    points : float array, shape (n, d), each value in [0, 1] or NaN
        Where the kernels are; numbers with bins at the middle of one.
    weights : float array, shape (n,)
        How much each counts; the uniform kernel counts `prior`.
    widths : float array, shape (d,)
        Standard deviation of the kernels, in units of the cube; not looked at for choices.
    prior : float
        Weight of the uniform kernel.

    Examples
    --------
    >>> real = Column(False, np.empty(0), np.empty(0))
    >>> one = np.ones(1)
    >>> density = ParzenEstimator([real], np.array([[0.5]]), one, 0.1 * one, prior=0.0)
    >>> np.exp(density.log_density(np.array([[0.5], [0.6]]))).round(2)
    array([3.99, 2.42])
    """

    def __init__(
        self,
        columns: Sequence[Column],
        points: FloatArray,
        weights: FloatArray,
        widths: FloatArray,
        *,
        prior: float = 1.0,
    ) -> None:
        self._columns, self._points = columns, points
        self._widths = widths
        total = weights.sum() + prior
        self._weights = np.r_[weights, prior] / total
        # Bins x bins: the density in bin b of a kernel in bin a, for the columns that have bins.
        self._tables = [
            _table(column, width, len(points)) if column.n_levels else None
            for column, width in zip(columns, widths, strict=True)
        ]
        self._factors = self._kernel_factors()

    def log_density(self, points: FloatArray) -> FloatArray:
        """Return the logarithm of the density at points of shape (m, d), of shape (m,)."""
        # The logarithm of a kernel is a sum of products of what is known of the point and what
        # is known of the kernel: one matrix product for all of them.
        exponents = self._features(points) @ self._factors
        with np.errstate(divide="ignore"):  # the uniform kernel may weigh nothing
            exponents += np.log(self._weights)
        top = exponents.max(axis=1)
        return np.asarray(np.log(np.exp(exponents - top[:, None]).sum(axis=1)) + top)

    def draw(self, n: int, rng: np.random.Generator) -> FloatArray:
        """Draw n points, shape (n, d), inactive columns filled in."""
        kernels = rng.choice(len(self._weights), size=n, p=self._weights)
        drawn = rng.random((n, len(self._columns)))
        centres = np.full_like(drawn, np.nan)
        is_known = kernels < len(self._points)
        centres[is_known] = self._points[kernels[is_known]]
        for index, table in enumerate(self._tables):
            known = ~np.isnan(centres[:, index])
            column, width = self._columns[index], float(self._widths[index])
            around = centres[known, index]
            if table is None:
                drawn[known, index] = _truncated(around, width, drawn[known, index])
            else:
                drawn[known, index] = _drawn_level(column, table, around, drawn[known, index])
        return drawn

    def _kernel_factors(self) -> FloatArray:
        """Return what a kernel is multiplied by, shape (n_features, n + 1); 0 for the uniform."""
        blocks = []
        for index, table in enumerate(self._tables):
            centres = self._points[:, index]
            if table is None:
                blocks.append(_normal_factors(centres, float(self._widths[index])))
            else:
                levels, is_active = _levels(self._columns[index], centres)
                blocks.append(np.where(is_active, np.log(table[levels]).T, 0.0))
        factors = np.concatenate(blocks)
        return np.concatenate([factors, np.zeros((len(factors), 1))], axis=1)

    def _features(self, points: FloatArray) -> FloatArray:
        blocks = []
        for index, table in enumerate(self._tables):
            places = points[:, index]
            if table is None:
                is_active = ~np.isnan(places)
                known = np.where(is_active, places, 0.0)
                blocks.append(np.stack([is_active, known, known * known], axis=1))
            else:
                levels, is_active = _levels(self._columns[index], places)
                blocks.append(np.eye(len(table))[levels] * is_active[:, None])
        return np.concatenate(blocks, axis=1)


def _table(column: Column, width: float, n_points: int) -> FloatArray:
    """Return the densities of the bins (columns) for kernels at each of them (rows)."""
    n = column.n_levels
    if column.is_choice:
        other = 1 / (n_points + n)
        return np.where(np.eye(n) > 0, 1 - (n - 1) * other, other) * n
    from scipy.special import ndtr

    shares = np.diff(ndtr((column.edges - column.middles[:, None]) / width), axis=1)
    shares = np.maximum(shares, 1e-12)
    table: FloatArray = shares / shares.sum(axis=1, keepdims=True) / np.diff(column.edges)
    return table


def _normal_factors(centres: FloatArray, width: float) -> FloatArray:
    """Return the three factors of a normal distribution that is cut off at 0 and 1."""
    from scipy.special import ndtr

    is_active = ~np.isnan(centres)
    middle = np.where(is_active, centres, 0.5)
    mass = ndtr((1 - middle) / width) - ndtr(-middle / width)
    constant = -0.5 * (middle / width) ** 2 - np.log(width * _SQRT_2PI * mass)
    factors = np.stack([constant, middle / width**2, np.full_like(middle, -0.5 / width**2)])
    return np.where(is_active, factors, 0.0)


def _levels(column: Column, places: FloatArray) -> tuple[np.ndarray, np.ndarray]:
    """Return the bins of places, 0 for the inactive ones, and which are active."""
    is_active = ~np.isnan(places)
    levels = np.searchsorted(column.edges[1:-1], np.where(is_active, places, 0.0), side="right")
    return levels, is_active


def _truncated(centres: FloatArray, width: float, shares: FloatArray) -> FloatArray:
    """Return normal numbers of [0, 1] at the given shares of the distribution."""
    from scipy.special import ndtr, ndtri

    low, high = ndtr(-centres / width), ndtr((1 - centres) / width)
    drawn: FloatArray = centres + width * ndtri(low + shares * (high - low))
    return np.clip(drawn, 0.0, 1.0)


def _drawn_level(
    column: Column, table: FloatArray, centres: FloatArray, shares: FloatArray
) -> FloatArray:
    levels, _ = _levels(column, centres)
    heights = np.cumsum(table * np.diff(column.edges), axis=1)
    drawn = (shares[:, None] * heights[levels, -1:] > heights[levels]).sum(axis=1)
    places: FloatArray = column.middles[np.minimum(drawn, column.n_levels - 1)]
    return places
