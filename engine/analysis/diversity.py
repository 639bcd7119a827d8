"""How varied the trials were, as the search went on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from ..encoding import Encoding, FloatArray
from ..hyper_parameter import SpaceVersion
from ..trial import Trial
from .axis import has_order
from .observations import IntArray


def _none() -> IntArray:
    return np.empty(0, dtype=np.int64)


def _empty() -> FloatArray:
    return np.empty((0, 0))


@dataclass(frozen=True, eq=False)
class Diversity:
    """The diversity of the latest trials, after each trial.

    Parameters
    ----------
    names : tuple of str, length d
        The hyper-parameters that are searched.
    numbers : int array, shape (m,)
        The trial that each row was taken after.
    values : float array, shape (m, d)
        0 where the latest trials are all equal, about 1 where they are spread evenly over the
        range; NaN where fewer than two of them have a value.
    window : int
        How many of the latest trials count.
    """

    names: tuple[str, ...] = ()
    numbers: IntArray = field(default_factory=_none)
    values: FloatArray = field(default_factory=_empty)
    window: int = 0

    @property
    def overall(self) -> FloatArray:
        """The mean over the hyper-parameters, shape (m,); NaN where none has a value."""
        known = ~np.isnan(self.values)
        n = known.sum(axis=1)
        total = np.where(known, self.values, 0.0).sum(axis=1)
        return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def diversity(space: SpaceVersion, trials: Iterable[Trial], *, window: int = 20) -> Diversity:
    """Follow the diversity of the latest trials, in the order in which they were proposed.

    Of numbers it is their standard deviation over that of evenly spread ones, of choices
    without an order the entropy of their shares over the largest possible one.

    Parameters
    ----------
    space : SpaceVersion
        What was outside it or did not exist in it counts at its nearer bound, or not at all.
    trials : iterable of Trial
        All of them, whatever came of them.
    window : int
        How many trials to look back.
    """
    known = sorted(trials, key=lambda trial: trial.number)
    encoding = Encoding(space)
    names = encoding.names
    if len(known) < window or not names:
        return Diversity(names, _none(), np.empty((0, len(names))), window)
    points = encoding.encode([trial.config for trial in known])
    columns = [
        _entropies(points[:, index], len(one.choices), window)
        if not has_order(one)
        else _deviations(points[:, index], encoding.n_levels[index], window)
        for index, one in enumerate(space.searched)
    ]
    numbers = np.array([trial.number for trial in known[window - 1 :]], dtype=np.int64)
    return Diversity(names, numbers, np.column_stack(columns), window)


def _running(values: FloatArray, window: int) -> FloatArray:
    """Return sums over each window along the first axis."""
    sums = np.cumsum(np.concatenate([np.zeros((1, *values.shape[1:])), values]), axis=0)
    return np.asarray(sums[window:] - sums[:-window])


def _deviations(column: FloatArray, n_levels: int | None, window: int) -> FloatArray:
    known = ~np.isnan(column)
    filled = np.where(known, column - 0.5, 0.0)
    n = _running(known.astype(float), window)
    mean = _running(filled, window) / np.maximum(n, 1)
    variance = _running(filled**2, window) / np.maximum(n, 1) - mean**2
    even = np.sqrt((1 - (1 / n_levels**2 if n_levels else 0.0)) / 12) or 1.0
    # Running sums leave a rest of about 1e-16 where all are equal.
    return np.where(n > 1, np.sqrt(np.maximum(variance - 1e-13, 0.0)) / even, np.nan)


def _entropies(column: FloatArray, n_choices: int, window: int) -> FloatArray:
    if n_choices < 2:
        return np.zeros(len(column) - window + 1)
    levels = np.floor(np.where(np.isnan(column), -1.0, column) * n_choices)
    hot = (levels[:, None] == np.arange(n_choices)).astype(float)
    counts = np.rint(_running(hot, window))
    n = counts.sum(axis=1, keepdims=True)
    shares = counts / np.maximum(n, 1)
    logs = np.log(np.where(shares > 0, shares, 1.0))
    entropy = -(shares * logs).sum(axis=1) / np.log(n_choices)
    return np.where(n[:, 0] > 1, entropy, np.nan)
