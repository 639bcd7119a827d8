"""What the nearest trials let expect of configurations that have not been tried."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..encoding import Encoding, FloatArray
from ..trial import Config, Trial, TrialState

N_NEAREST = 5

_HALF_APART = 0.125
"""Added for each of two choices that differ: together they are half as far apart as two ends."""
_TINY = 1e-4
_FAR = 1e9
_NONE = np.empty(0, dtype=bool)


class Forecast(NamedTuple):
    """For each candidate: where it is expected to stand, and how far from all trials it lies.

    `expected` is in [0, 1], 0 for the best trial so far. `distance` is a root mean square over
    the hyper-parameters, in units of their ranges.
    """

    expected: FloatArray
    distance: FloatArray


class Neighbours:
    """Knows where finished trials lie in one encoding, and how they stand.

    Two points are as far apart in a number as their positions, in a choice by 1/2 where they
    differ; what is inactive counts as lying in the middle.
    """

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        searched = encoding.space.searched
        self._choices = [
            (index, len(one.choices))
            for index, one in enumerate(searched)
            if one.kind == "choice" and not one.ordered
        ]
        is_choice = {index for index, _ in self._choices}
        self._numbers = [index for index in range(len(searched)) if index not in is_choice]
        self._new: list[Trial] = []
        self._table = np.empty((0, 3))
        self._points = np.empty((0, encoding.n_dims))
        self._places = self.places(self._points)
        self._excluded: Collection[int] = frozenset()
        self._is_out = _NONE
        self._completed = self._stopped = np.empty(0)

    def add(self, trial: Trial) -> None:
        """Take in a finished trial, failed or not."""
        self._new.append(trial)

    def points(self, trials: Sequence[Trial]) -> FloatArray:
        """Return the points in the unit cube of trials taken in, NaN where inactive."""
        self._settle(self._excluded)
        numbers = [trial.number for trial in trials]
        points: FloatArray = self._points[np.searchsorted(self._table[:, 0], numbers)]
        return points

    def places(self, points: FloatArray) -> FloatArray:
        """Return coordinates whose distances are Euclid's, of points in the unit cube."""
        numbers = points[:, self._numbers]
        parts = [np.where(np.isnan(numbers), 0.5, numbers)]
        for index, n_choices in self._choices:
            levels = np.floor(points[:, index] * n_choices)
            parts.append(_HALF_APART**0.5 * (levels[:, None] == np.arange(n_choices)))
        return np.hstack(parts)

    def forecast(
        self, configs: Sequence[Config], pending: Sequence[Config], excluded: Collection[int]
    ) -> Forecast:
        """Look at the five nearest trials of each configuration.

        Parameters
        ----------
        configs : sequence of dict, length m
            The candidates.
        pending : sequence of dict
            What runs: it says nothing yet, but counts for the distance.
        excluded : collection of int
            Numbers of trials that count for the distance only.

        Returns
        -------
        Forecast
            Of arrays of shape (m,). The standing expected is the mean of those of the five
            nearest, weighted by the inverse square of the distance (Shepard 1968, "A
            two-dimensional interpolation function for irregularly-spaced data").
        """
        self._settle(excluded)
        places = self.places(self._encoding.encode(configs))
        squares = squared_distances(places, self._places)
        weighed = np.where(self._is_out, np.inf, squares) if excluded else squares
        n_nearest = min(N_NEAREST, squares.shape[1])
        nearest = np.argpartition(weighed, n_nearest - 1, axis=1)[:, :n_nearest]
        weights = 1.0 / (np.take_along_axis(weighed, nearest, 1) + _TINY)
        expected = (weights * self._standings(nearest)).sum(axis=1)
        # Where all are excluded there is nothing to expect.
        expected /= np.maximum(weights.sum(axis=1), 1.0 / _FAR)
        lowest = squares.min(axis=1)
        if pending:
            others = self.places(self._encoding.encode(pending))
            lowest = np.minimum(lowest, squared_distances(places, others).min(axis=1))
        return Forecast(expected, np.sqrt(lowest / self._encoding.n_dims))

    def _take_in(self) -> None:
        """Add the new trials, and bring all into the order of their numbers."""
        points = self._encoding.encode([trial.config for trial in self._new])
        self._table = np.concatenate([self._table, [_row(trial) for trial in self._new]])
        self._points = np.concatenate([self._points, points])
        self._places = np.concatenate([self._places, self.places(points)])
        self._new = []
        numbers = self._table[:, 0]
        if (numbers[1:] < numbers[:-1]).any():
            order = np.argsort(numbers)
            self._table, self._points = self._table[order], self._points[order]
            self._places = self._places[order]

    def _settle(self, excluded: Collection[int]) -> None:
        """Bring everything up to date."""
        if not self._new and excluded == self._excluded:
            return
        if self._new:
            self._take_in()
        self._excluded = excluded
        self._is_out = np.isin(self._table[:, 0], list(excluded)) if excluded else _NONE
        known = self._table[~self._is_out] if excluded else self._table
        _, scores, is_stopped = known[~np.isnan(known[:, 1])].T
        self._completed = np.sort(scores[is_stopped == 0.0])
        self._stopped = np.sort(scores[is_stopped == 1.0])

    def _standings(self, rows: NDArray[np.int_]) -> FloatArray:
        """Return where trials stand, from 0 for the best to 1.

        Those stopped early are ranked among themselves, in the lower half; failed ones are last.
        """
        scores, is_stopped = self._table[rows, 1], self._table[rows, 2]
        late = 0.5 + 0.5 * _share_above(self._stopped, scores)
        standings = np.where(is_stopped, late, _share_above(self._completed, scores))
        return np.where(np.isnan(scores), 1.0, standings)


def _row(trial: Trial) -> tuple[float, float, float]:
    """Return the number, the score (NaN for a failed trial), and 1 for one stopped early."""
    is_scored = trial.score is not None and not trial.state.is_failed
    score = float(trial.score) if trial.score is not None and is_scored else math.nan
    return trial.number, score, float(trial.state is TrialState.STOPPED)


def squared_distances(places: FloatArray, others: FloatArray) -> FloatArray:
    """Return the squared distances between two sets of places, shape (m, n)."""
    products = places @ others.T
    lengths = (places**2).sum(axis=1)[:, None] + (others**2).sum(axis=1)
    return np.asarray(np.maximum(lengths - 2 * products, 0.0))


def _share_above(ascending: FloatArray, scores: FloatArray) -> FloatArray:
    """Return the share of the sorted scores that are better, equal ones counting half."""
    n_below = np.searchsorted(ascending, scores, "left")
    n_not_above = np.searchsorted(ascending, scores, "right")
    return np.asarray(1.0 - (n_below + n_not_above) / (2.0 * max(len(ascending), 1)))
