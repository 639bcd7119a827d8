"""A Gaussian process of the score over the unit cube of a space, conditional columns included."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from .embedding import Embedding, FloatArray, IntArray

_SQRT5 = 5.0**0.5
_JITTER = 1e-8
_MAX_STEPS = 50


class _Prior(NamedTuple):
    """A normal prior of a logarithm, and the bounds within which it is looked for."""

    mean: float
    spread: float
    low: float
    high: float


_LENGTH = _Prior(-0.3, 1.0, -4.0, 4.0)
_SCALE = _Prior(0.0, 1.0, -3.0, 3.0)
_NOISE = _Prior(-5.0, 1.5, -12.0, 0.5)


class GaussianProcess:
    """A Gaussian process with a Matérn 5/2 kernel and one length scale per column.

    The distance is that of `Embedding`: of numbers, options and what is inactive. The prior of
    the length scales grows with the square root of the number of columns (Hvarfner,
    Hellsten and Nardi 2024, "Vanilla Bayesian optimization performs great in high dimensions"),
    of which those that are active in a point on average are counted.

    Parameters
    ----------
    points : float array, shape (n, d), each value in [0, 1] or NaN
        Where the scores were found.
    scores : float array, shape (n,)
        Of zero mean and unit variance.
    n_options : int array, shape (d,)
        Number of options of a choice without an order; 0 for a number.
    theta : float array, shape (d + 2,), optional
        Logarithms of the length scales, of the scale and of the noise's variance, as `theta`
        of another model; without it those of the highest posterior density are looked for, by
        L-BFGS from one fixed start, so that the same data give the same model.

    Examples
    --------
    >>> points = np.linspace(0, 1, 12)[:, None]
    >>> model = GaussianProcess(points, np.sin(6 * points[:, 0]), np.array([0]))
    >>> mean, deviation = model.predict(np.array([[0.5]]))
    >>> round(float(mean[0]), 1), bool(deviation[0] < 0.1)
    (0.1, True)
    """

    def __init__(
        self,
        points: FloatArray,
        scores: FloatArray,
        n_options: IntArray,
        theta: FloatArray | None = None,
    ) -> None:
        self._points, self._scores = points, scores
        self._embedding = Embedding(n_options)
        self._n_dims = len(n_options)
        self._mean, self._spread, self._bounds = self._priors()
        self._placed = self._embedding.place(points)
        self.theta = self._fitted() if theta is None else theta
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
        mean, deviation, _ = self.appraise(points)
        return mean, deviation

    def appraise(self, points: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Return what `predict` does, and the highest correlation with any known point."""
        from scipy.linalg import solve_triangular

        correlation = _matern(_distances(self._scaled(points), self._places))
        scale = np.exp(self.theta[-2])
        half = solve_triangular(
            self._factor, scale * correlation.T, lower=True, check_finite=False, overwrite_b=True
        )
        variance = scale - np.einsum("ij,ij->j", half, half)
        mean = scale * (correlation @ self._weights)
        return mean, np.sqrt(np.maximum(variance, 1e-12)), correlation.max(axis=1)

    def leave_one_out(self) -> tuple[FloatArray, FloatArray]:
        """Return mean and standard deviation of each score by all others, each of shape (n,).

        Of the score as it was measured, noise included, with the length scales fitted to all of
        them (Rasmussen and Williams 2006, eq. 5.12).
        """
        from scipy.linalg import cho_solve

        whole = np.eye(len(self._scores))
        precision = np.diag(cho_solve((self._factor, True), whole, check_finite=False))
        return self._scores - self._weights / precision, np.sqrt(1 / precision)

    def believe(self, points: FloatArray) -> None:
        """Add points as if they had scored their own mean, in place (the Kriging believer)."""
        mean, _ = self.predict(points)
        self._points = np.concatenate([self._points, points])
        self._scores = np.concatenate([self._scores, mean])
        self._condition()

    def _condition(self) -> None:
        from scipy.linalg import cho_solve

        self._places = self._scaled(self._points)
        scale, noise = np.exp(self.theta[-2:])
        covariance = scale * _matern(_distances(self._places, self._places))
        covariance[np.diag_indices_from(covariance)] += noise + _JITTER
        self._factor = _factor(covariance)
        self._weights = cho_solve((self._factor, True), self._scores, check_finite=False)

    def _scaled(self, points: FloatArray) -> FloatArray:
        """Return the coordinates of points in units of the length scales."""
        placed = self._embedding.place(points)
        return placed / self.length_scales[self._embedding.owner]

    def _priors(self) -> tuple[FloatArray, FloatArray, list[tuple[float, float]]]:
        """Return means, spreads and bounds of theta."""
        priors = [_LENGTH] * self._n_dims + [_SCALE, _NOISE]
        mean = np.array([prior.mean for prior in priors])
        n_active = (~np.isnan(self._points)).sum(axis=1).mean()
        mean[: self._n_dims] += 0.5 * np.log(n_active)
        spread = np.array([prior.spread for prior in priors])
        return mean, spread, [(prior.low, prior.high) for prior in priors]

    def _fitted(self) -> FloatArray:
        from scipy.optimize import minimize

        start = self._mean.copy()
        start[-1] = -4.0
        found = minimize(
            self._loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=self._bounds,
            options={"maxiter": _MAX_STEPS},
        )
        theta: FloatArray = found.x if np.isfinite(found.fun) else start
        return theta

    def _loss(self, theta: FloatArray) -> tuple[float, FloatArray]:
        """Return the negative log posterior density and its gradient."""
        from scipy.linalg import LinAlgError, cho_solve, cholesky

        away = (theta - self._mean) / self._spread
        weights = np.exp(-2 * theta[:-2])[self._embedding.owner]
        scaled = self._placed * np.sqrt(weights)
        distance = _distances(scaled, scaled)
        scale, noise = np.exp(theta[-2:])
        signal = scale * _matern(distance)
        identity = np.eye(len(signal))
        try:
            covariance = signal + (noise + _JITTER) * identity
            factor = cholesky(covariance, lower=True, check_finite=False)
        except LinAlgError:
            return 1e12, np.zeros_like(theta)
        inverse = cho_solve((factor, True), identity, check_finite=False)
        alpha = inverse @ self._scores
        value = 0.5 * self._scores @ alpha + np.log(np.diag(factor)).sum() + 0.5 * away @ away
        # Half the trace of (K^-1 - alpha alpha^T) dK (Rasmussen and Williams 2006, eq. 5.9).
        slope = 0.5 * (inverse - np.outer(alpha, alpha))
        by_square = slope * (-5 / 6 * scale * (1 + _SQRT5 * distance) * np.exp(-_SQRT5 * distance))
        gradient = np.concatenate(
            [
                self._by_length(by_square, weights),
                [(slope * signal).sum(), np.trace(slope) * noise],
            ]
        )
        return float(value), gradient + away / self._spread

    def _by_length(self, by_square: FloatArray, weights: FloatArray) -> FloatArray:
        """Return the slopes by the length scales, given those by the squared distances."""
        placed, rows = self._placed, by_square.sum(axis=1)
        squares = 2 * (rows @ placed**2 - np.einsum("ij,ij->j", placed, by_square @ placed))
        slopes = np.bincount(self._embedding.owner, -2 * weights * squares, self._n_dims)
        return np.asarray(slopes, dtype=float)


def _distances(one: FloatArray, other: FloatArray) -> FloatArray:
    squares = np.einsum("ij,ij->i", one, one)[:, None] + np.einsum("ij,ij->i", other, other)
    return np.asarray(np.sqrt(np.maximum(squares - 2 * (one @ other.T), 0.0)))


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
