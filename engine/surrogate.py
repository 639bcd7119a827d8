"""A Gaussian process of the score over the unit cube of a space, conditional columns included."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_SQRT5 = 5.0**0.5
_JITTER = 1e-8
# Log-normal priors, as mean and standard deviation of the logarithm.
_NOISE_PRIOR = (-5.0, 1.5)
_SCALE_PRIOR = (0.0, 1.0)
_LENGTH_SPREAD = 1.0
_BOUNDS = {"length": (-4.0, 4.0), "scale": (-3.0, 3.0), "noise": (-12.0, 0.5)}
_MAX_STEPS = 40


class GaussianProcess:
    """A Gaussian process with a Matérn 5/2 kernel and one length scale per column.

    Two points are as far apart in a number as their positions, and in a choice by 1 where they
    differ. A column that is inactive (NaN) in both counts nothing; in one of them it counts as
    a place beside the middle of the range, so far off that the distance to both its ends is 1.
    The prior of the length scales grows with the square root of the number of columns
    (Hvarfner, Hellsten and Nardi 2024, "Vanilla Bayesian optimization performs great in high
    dimensions").

    Parameters
    ----------
    points : float array, shape (n, d), each value in [0, 1] or NaN
        Where the scores were found.
    scores : float array, shape (n,)
        Of zero mean and unit variance.
    is_choice : bool array, shape (d,)
        Which columns are choices without an order.
    theta : float array, shape (d + 2,), optional
        Logarithms of the length scales, of the scale and of the noise's variance, as `theta`
        of another model; without it those of the highest posterior density are looked for, by
        L-BFGS from one fixed start, so that the same data give the same model.

    Examples
    --------
    >>> points = np.linspace(0, 1, 12)[:, None]
    >>> model = GaussianProcess(points, np.sin(6 * points[:, 0]), np.array([False]))
    >>> mean, deviation = model.predict(np.array([[0.5]]))
    >>> round(float(mean[0]), 1), bool(deviation[0] < 0.1)
    (0.1, True)
    """

    def __init__(
        self,
        points: FloatArray,
        scores: FloatArray,
        is_choice: NDArray[np.bool_],
        theta: FloatArray | None = None,
    ) -> None:
        self._points, self._scores, self._is_choice = points, scores, is_choice
        self._squares = squared_distances(points, points, is_choice)
        n_dims = points.shape[1]
        self._length_mean = 0.5 * np.log(n_dims) - 0.3
        start = np.r_[np.full(n_dims, self._length_mean), 0.0, -4.0]
        self.theta = self._fitted(start) if theta is None else theta
        self._condition()

    @property
    def length_scales(self) -> FloatArray:
        """Length scale of each column, in units of the cube."""
        return np.asarray(np.exp(self.theta[:-2]))

    @property
    def noise(self) -> float:
        """Standard deviation of a score that is measured again."""
        return float(np.exp(0.5 * self.theta[-1]))

    def predict(self, points: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of the noiseless score, each of shape (m,)."""
        from scipy.linalg import solve_triangular

        squares = squared_distances(points, self._points, self._is_choice)
        cross = self._kernel(squares)
        mean = cross @ self._weights
        half = solve_triangular(self._factor, cross.T, lower=True, check_finite=False)
        variance = np.exp(self.theta[-2]) - np.einsum("ij,ij->j", half, half)
        return mean, np.sqrt(np.maximum(variance, 1e-12))

    def believe(self, points: FloatArray) -> None:
        """Add points as if they had scored their own mean, in place (the Kriging believer)."""
        mean, _ = self.predict(points)
        self._points = np.concatenate([self._points, points])
        self._scores = np.concatenate([self._scores, mean])
        self._squares = squared_distances(self._points, self._points, self._is_choice)
        self._condition()

    def _condition(self) -> None:
        from scipy.linalg import cho_solve

        covariance = self._kernel(self._squares)
        covariance[np.diag_indices_from(covariance)] += np.exp(self.theta[-1]) + _JITTER
        self._factor = _factor(covariance)
        self._weights = cho_solve((self._factor, True), self._scores, check_finite=False)

    def _kernel(self, squares: FloatArray) -> FloatArray:
        distance = np.sqrt(squares @ np.exp(-2 * self.theta[:-2]))
        return np.asarray(np.exp(self.theta[-2]) * _matern(distance))

    def _fitted(self, start: FloatArray) -> FloatArray:
        from scipy.optimize import minimize

        n_dims = len(start) - 2
        bounds = [_BOUNDS["length"]] * n_dims + [_BOUNDS["scale"], _BOUNDS["noise"]]
        found = minimize(
            self._loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": _MAX_STEPS},
        )
        theta: FloatArray = found.x if np.isfinite(found.fun) else start
        return theta

    def _loss(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Return the negative log posterior density and its gradient."""
        from scipy.linalg import LinAlgError, cho_solve, cholesky

        weights, scale, noise = np.exp(-2 * theta[:-2]), np.exp(theta[-2]), np.exp(theta[-1])
        distance = np.sqrt(self._squares @ weights)
        signal = scale * _matern(distance)
        covariance = signal + (noise + _JITTER) * np.eye(len(signal))
        try:
            factor = cholesky(covariance, lower=True, check_finite=False)
        except LinAlgError:
            return 1e12, np.zeros_like(theta)
        inverse = cho_solve((factor, True), np.eye(len(signal)), check_finite=False)
        alpha = inverse @ self._scores
        value = 0.5 * self._scores @ alpha + np.log(np.diag(factor)).sum()
        # Half the trace of (K^-1 - alpha alpha^T) dK (Rasmussen and Williams 2006, eq. 5.9).
        slope = 0.5 * (inverse - np.outer(alpha, alpha))
        by_square = -scale * 5 / 6 * (1 + _SQRT5 * distance) * np.exp(-_SQRT5 * distance)
        by_length = -2 * weights * np.einsum("ij,ijk->k", slope * by_square, self._squares)
        by_scale = float((slope * signal).sum())
        by_noise = float(np.trace(slope)) * noise
        prior, by_prior = self._prior(theta)
        return float(value) + prior, np.r_[by_length, by_scale, by_noise] + by_prior

    def _prior(self, theta: FloatArray) -> tuple[float, FloatArray]:
        n_dims = len(theta) - 2
        means = np.r_[np.full(n_dims, self._length_mean), _SCALE_PRIOR[0], _NOISE_PRIOR[0]]
        spreads = np.r_[np.full(n_dims, _LENGTH_SPREAD), _SCALE_PRIOR[1], _NOISE_PRIOR[1]]
        away = (theta - means) / spreads
        return float(0.5 * away @ away), away / spreads


def squared_distances(
    one: FloatArray, other: FloatArray, is_choice: NDArray[np.bool_]
) -> FloatArray:
    """Return the squared distances per column, shape (n, m, d)."""
    apart = one[:, None, :] - other[None, :, :]
    squares: FloatArray = apart * apart
    squares[:, :, is_choice] = squares[:, :, is_choice] > 0
    if not (np.isnan(one).any() or np.isnan(other).any()):
        return squares
    # As if the inactive were at height sqrt(3/4) over the middle of [0, 1], which keeps the
    # distances Euclidean, and with them the kernel positive definite.
    aside, there = np.isnan(one)[:, None, :], np.isnan(other)[None, :, :]
    places = np.where(aside, other[None, :, :], one[:, None, :]) - 0.5
    beside = np.where(is_choice, 1.0, places * places + 0.75)
    return np.where(aside & there, 0.0, np.where(aside | there, beside, squares))


def _factor(covariance: FloatArray) -> FloatArray:
    """Return the Cholesky factor, of a little more than the matrix where that is singular."""
    from scipy.linalg import LinAlgError, cholesky

    jitter = 0.0
    while True:
        try:
            shifted = covariance + jitter * np.eye(len(covariance))
            factor: FloatArray = cholesky(shifted, lower=True, check_finite=False)
        except LinAlgError:
            jitter = max(10 * jitter, 1e-7)
        else:
            return factor


def _matern(distance: Any) -> Any:
    return (1 + _SQRT5 * distance + 5 / 3 * distance**2) * np.exp(-_SQRT5 * distance)
