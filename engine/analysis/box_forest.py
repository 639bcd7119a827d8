"""A random forest as boxes of the unit cube, whose marginals are exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import numpy as np

from ..encoding import FloatArray

MIN_TRIALS_PER_LEAF = 3
POOR_FIT = 0.1
"""With less R² on trials not seen, what a forest says may be chance."""
_NO_CHILD = -1


@dataclass(frozen=True)
class Boxes:
    """One tree: constant on boxes that fill the unit cube.

    Parameters
    ----------
    lows, highs : float array, shape (n leaves, d)
        The boxes.
    values : float array, shape (n leaves,)
        What the tree says in each.
    """

    lows: FloatArray
    highs: FloatArray
    values: FloatArray

    @cached_property
    def volumes(self) -> FloatArray:
        """The share of the cube that each box fills."""
        return np.asarray((self.highs - self.lows).prod(axis=1))

    @cached_property
    def mean(self) -> float:
        """The mean over the cube."""
        return float(self.values @ self.volumes)

    @cached_property
    def variance(self) -> float:
        """The variance over the cube."""
        return float((self.values - self.mean) ** 2 @ self.volumes)

    def main_variances(self) -> FloatArray:
        """Return the variance of each hyper-parameter's marginal, shape (d,)."""
        return np.array([self._marginal_variance(i) for i in range(self.lows.shape[1])])

    def pair_variances(self) -> FloatArray:
        """Return the variance of each pair beyond those of its two, in the order of `pairs`."""
        mains = self.main_variances()
        both = [
            self._joint_variance(i, j) - mains[i] - mains[j] for i, j in pairs(self.lows.shape[1])
        ]
        return np.maximum(both, 0.0)

    def marginal(self, index: int, edges: FloatArray) -> FloatArray:
        """Return the mean on each interval of one hyper-parameter, over all the others.

        Parameters
        ----------
        index : int
            Which hyper-parameter.
        edges : float array, shape (k + 1,)
            The ends of the intervals, ascending, from 0 to 1.
        """
        inside = self._inside(index, edges)
        return np.asarray((self.values * self.volumes) @ inside)

    def joint(
        self, index: int, other: int, edges: FloatArray, other_edges: FloatArray
    ) -> FloatArray:
        """Return the mean on each cell of two hyper-parameters, shape (k other, k)."""
        weighed = (self.values * self.volumes)[:, None] * self._inside(other, other_edges)
        return np.asarray(weighed.T @ self._inside(index, edges))

    def _inside(self, index: int, edges: FloatArray) -> FloatArray:
        """Return the density of each box on each interval, as seen along one side."""
        lows, highs = self.lows[:, index, None], self.highs[:, index, None]
        shared = np.minimum(highs, edges[1:]) - np.maximum(lows, edges[:-1])
        return np.asarray(np.maximum(shared, 0.0) / ((highs - lows) * np.diff(edges)))

    def _marginal_variance(self, index: int) -> float:
        """Return the variance of a sum of steps whose mean is 0.

        Each leaf adds its height between its low and its high: up at one edge, down at the
        other, and the running sum over all edges is the marginal.
        """
        lows, highs = self.lows[:, index], self.highs[:, index]
        heights = (self.values - self.mean) * self.volumes / (highs - lows)
        edges, places = np.unique(np.concatenate([lows, highs]), return_inverse=True)
        rises = np.bincount(places, weights=np.concatenate([heights, -heights]))
        marginal = np.cumsum(rises)[:-1]
        return float(marginal**2 @ np.diff(edges))

    def _joint_variance(self, index: int, other: int) -> float:
        """Return the variance of the marginal of two, by steps up and down at four corners."""
        columns = (index, other)
        sides = [self.highs[:, one] - self.lows[:, one] for one in columns]
        heights = (self.values - self.mean) * self.volumes / (sides[0] * sides[1])
        edges, places, n = [], [], len(heights)
        for one in columns:
            both = np.concatenate([self.lows[:, one], self.highs[:, one]])
            found, place = np.unique(both, return_inverse=True)
            edges.append(found)
            places.append((place[:n], place[n:]))
        shape = (len(edges[0]), len(edges[1]))
        corners = [a * shape[1] + b for a in places[0] for b in places[1]]
        signed = np.concatenate([heights, -heights, -heights, heights])
        steps = np.bincount(np.concatenate(corners), weights=signed, minlength=shape[0] * shape[1])
        surface = steps.reshape(shape).cumsum(axis=0).cumsum(axis=1)[:-1, :-1]
        return float(np.diff(edges[0]) @ surface**2 @ np.diff(edges[1]))


@dataclass(frozen=True)
class BoxForest:
    """A forest for each column of the target.

    Parameters
    ----------
    trees : tuple of tuple of Boxes
        The trees of each column, all grown on the same samples.
    fit : float
        Share of the target's variance that the forest foretells for trials that a tree has not
        seen (R², out of the bag); below 0 where it is worse than the mean, NaN where no trial
        was left out.
    """

    trees: tuple[tuple[Boxes, ...], ...]
    fit: float

    @property
    def all_trees(self) -> list[Boxes]:
        """The trees of all columns, one behind the other."""
        return [tree for column in self.trees for tree in column]


def grow(points: FloatArray, targets: FloatArray, *, seed: int, n_trees: int) -> BoxForest:
    """Grow a forest, each tree on its own bootstrap sample, with three trials to a leaf.

    Parameters
    ----------
    points : float array, shape (n, d), each value in [0, 1]
        Where the trials lie.
    targets : float array, shape (n, k)
        What is to be foretold.
    seed : int
        Drives the samples and the choice of splits.
    n_trees : int
        How many.
    """
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(
        n_trees, min_samples_leaf=MIN_TRIALS_PER_LEAF, bootstrap=True, random_state=seed
    )
    forest.fit(points, targets if targets.shape[1] > 1 else targets[:, 0])
    columns = range(targets.shape[1])
    boxes = [_boxes_of(one.tree_, points.shape[1]) for one in forest.estimators_]
    trees = tuple(
        tuple(Boxes(lows, highs, values[:, column]) for lows, highs, values in boxes)
        for column in columns
    )
    return BoxForest(trees, _fit_out_of_bag(forest, points, targets))


def pairs(n_dims: int) -> list[tuple[int, int]]:
    """Return all pairs of columns, in the order in which pair variances come."""
    return list(combinations(range(n_dims), 2))


def _boxes_of(tree: Any, n_dims: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the boxes of the leaves, (n leaves, d) lows and highs, and values (n leaves, k).

    The boxes of a whole level are cut at once.
    """
    lefts, rights = tree.children_left, tree.children_right
    lows, highs = np.zeros((tree.node_count, n_dims)), np.ones((tree.node_count, n_dims))
    level = np.array([0])
    while len(level := level[lefts[level] != _NO_CHILD]):
        left, right, cut = lefts[level], rights[level], tree.feature[level]
        for child in (left, right):
            lows[child], highs[child] = lows[level], highs[level]
        highs[left, cut] = lows[right, cut] = tree.threshold[level]
        level = np.concatenate([left, right])
    is_leaf = lefts == _NO_CHILD
    return lows[is_leaf], highs[is_leaf], tree.value[is_leaf, :, 0]


def _fit_out_of_bag(forest: Any, points: FloatArray, targets: FloatArray) -> float:
    """Return R² on the trials that each tree has not seen.

    Not scikit-learn's own: that warns where a small forest has left no tree to a trial.
    """
    sums, counts = np.zeros_like(targets), np.zeros(len(targets))
    for tree, sample in zip(forest.estimators_, forest.estimators_samples_, strict=True):
        unseen = np.ones(len(targets), dtype=bool)
        unseen[sample] = False
        if unseen.any():
            sums[unseen] += tree.predict(points[unseen]).reshape(-1, targets.shape[1])
            counts[unseen] += 1
    told = counts > 0
    total = ((targets[told] - targets[told].mean(axis=0)) ** 2).sum() if told.any() else 0.0
    if total == 0:
        return float("nan")
    missed = targets[told] - sums[told] / counts[told, None]
    return float(1 - (missed**2).sum() / total)


def share_percentiles(shares: Sequence[FloatArray] | FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the 5th and the 95th percentile of each column."""
    low, high = np.percentile(np.asarray(shares), [5, 95], axis=0)
    return low, high
