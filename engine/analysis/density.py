"""How many trials lie where: counts on a grid of one hyper-parameter and the score."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np

from ..encoding import FloatArray
from ..hyper_parameter import SpaceVersion
from ..trial import Trial
from .trend import values_and_targets

_OUTLIERS = 0.01


def _empty() -> FloatArray:
    return np.empty((0, 0))


@dataclass(frozen=True, eq=False)
class Density:
    """Counts on a grid whose size does not grow with the trials.

    Parameters
    ----------
    name, target : str
        The hyper-parameter and the column.
    counts : int array, shape (k of y, k of x)
        Trials in each cell; together `n_trials`.
    x_edges : tuple of float, length k of x + 1
        Ends of the columns, as plotted: decimal logarithms on a log scale, and -0.5, 0.5, ...
        about the places of choices.
    y_edges : tuple of float, length k of y + 1
        Ends of the rows. The lowest row also has what lies lower, the hundredth part of the
        trials at most.
    n_trials : int
        Trials that it is of.
    """

    name: str
    target: str
    counts: FloatArray = field(default_factory=_empty)
    x_edges: tuple[float, ...] = ()
    y_edges: tuple[float, ...] = ()
    n_trials: int = 0


def density(
    space: SpaceVersion,
    trials: Iterable[Trial],
    name: str,
    *,
    target: str = "score",
    only: Collection[int] | None = None,
    n_columns: int = 60,
    n_rows: int = 40,
) -> Density:
    """Count the completed trials on a grid; arguments as those of `trend`.

    The grid spans the range of the space and of all values tried. A few scores far below the
    others do not squeeze it: of those below the first percentile, what is more than half the
    rest's range away is counted in the lowest row.
    """
    one = space[name]
    x, y = values_and_targets(one, trials, target=target, only=only)
    if not len(x):
        return Density(name, target)
    if one.kind == "choice":
        x_edges = np.arange(len(one.choices) + 1) - 0.5
    else:
        ends = np.array([one.low, one.high], dtype=float)
        ends = np.log10(ends) if one.log else ends
        x_edges = np.linspace(min(x.min(), ends[0]), max(x.max(), ends[1]), n_columns + 1)
    y_edges = _rows(y, n_rows)
    clipped = np.clip(y, y_edges[0], y_edges[-1])
    counts, _, _ = np.histogram2d(clipped, x, bins=(y_edges, x_edges))
    return Density(
        name,
        target,
        counts.astype(np.int64),
        tuple(x_edges.tolist()),
        tuple(y_edges.tolist()),
        len(x),
    )


def _rows(y: FloatArray, n_rows: int) -> FloatArray:
    high, floor = float(y.max()), float(np.quantile(y, _OUTLIERS))
    low = max(float(y.min()), floor - (high - floor) / 2)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return np.linspace(low, high, n_rows + 1)
