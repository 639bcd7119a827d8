"""Permutation importance: how much worse a surrogate foretells when one column is shuffled."""

from __future__ import annotations

import numpy as np

from ..encoding import FloatArray
from .effects import Effects, effects, no_effects, shifted_interval
from .observations import Observations

_N_FOLDS = 3
_N_SHUFFLES = 5


def permutation(seen: Observations, *, seed: int, n_trees: int, n_resamples: int) -> Effects:
    """Shuffle each hyper-parameter among trials that a forest has not seen.

    The trials are dealt into three parts; a random forest grown on two foretells the third,
    once as it is and five times with one column shuffled. The effect is the mean rise of the
    squared error, over the variance of the target (Breiman 2001, "Random forests", section
    10; Fisher, Rudin and Dominici 2019, eq. 2). Intervals are from a bootstrap over the trials.

    Parameters
    ----------
    seen : Observations
        Of a target that varies.
    seed : int
        Drives the parts, the forests, the shuffles and the bootstrap.
    n_trees : int
        Trees in each forest.
    n_resamples : int
        Bootstrap samples; 0 for no intervals.
    """
    scale = float(np.abs(seen.targets).max())
    targets = seen.targets / scale
    total = float(targets.var(axis=0).sum())
    rng = np.random.default_rng(seed)
    rises, errors = _rises(seen.filled, targets, rng, n_trees=n_trees, seed=seed)
    found = np.maximum(rises.mean(axis=0), 0.0) / total
    if not found.any():
        return no_effects()
    replicates = np.empty((n_resamples, len(found)))
    for row in range(n_resamples):
        drawn = rng.integers(len(rises), size=len(rises))
        replicates[row] = rises[drawn].mean(axis=0) / total
    low, high = shifted_interval(found, replicates)
    deviation = rises.std(axis=0) / np.sqrt(len(rises)) / total
    is_unclear = found <= 1.645 * deviation  # 5 % of chance, one-sided
    return effects(found, low, high, is_unclear, fit=1 - float(errors.mean()) / total)


def _rises(
    points: FloatArray, targets: FloatArray, rng: np.random.Generator, *, n_trees: int, seed: int
) -> tuple[FloatArray, FloatArray]:
    """Return the rise of each trial's squared error, shape (n, d), and that error, (n,)."""
    from sklearn.ensemble import RandomForestRegressor

    n, n_dims = points.shape
    rises, errors = np.zeros((n, n_dims)), np.zeros(n)
    parts = rng.permutation(n) % _N_FOLDS
    for part in range(_N_FOLDS):
        held, rest = np.flatnonzero(parts == part), parts != part
        forest = RandomForestRegressor(n_trees, min_samples_leaf=3, random_state=seed)
        forest.fit(points[rest], targets[rest] if targets.shape[1] > 1 else targets[rest, 0])
        shuffled = _shuffled(points[held], rng)
        told = forest.predict(np.concatenate([points[held], shuffled]))
        missed = told.reshape(-1, len(held), targets.shape[1]) - targets[held]
        squares = (missed**2).sum(axis=2)
        errors[held] = squares[0]
        by_column = squares[1:].reshape(n_dims, _N_SHUFFLES, len(held)).mean(axis=1)
        rises[held] = (by_column - squares[0]).T
    return rises, errors


def _shuffled(points: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Return the points again and again, each time with one column shuffled."""
    copies = []
    for index in range(points.shape[1]):
        for _ in range(_N_SHUFFLES):
            copy = points.copy()
            copy[:, index] = rng.permutation(copy[:, index])
            copies.append(copy)
    return np.concatenate(copies)
