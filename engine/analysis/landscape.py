"""The landscape of the score over two hyper-parameters, all others averaged out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import numpy as np

from ..encoding import FloatArray
from ..errors import AnalysisError
from ..hyper_parameter import SpaceVersion
from ..trial import Trial
from .axis import Axis, axis_of
from .box_forest import grow
from .importance import MAX_TRIALS, importance
from .observations import MIN_TRIALS, observe


def _empty() -> FloatArray:
    return np.empty((0, 0))


@dataclass(frozen=True, eq=False)
class Landscape:
    """The expected score on each cell of two hyper-parameters.

    Parameters
    ----------
    x, y : Axis or None
        The intervals of both; None with a verdict.
    means : float array, shape (k of y, k of x)
        Expected score, over the whole range of all other hyper-parameters.
    deviations : float array, of the same shape
        Standard deviation of it over the trees of the forest.
    counts : int array, of the same shape
        Trials in each cell.
    n_trials, n_sampled : int
        Trials that could be used, and those that the forest was grown on.
    verdict : str
        Why there is none; empty when there is.
    """

    x: Axis | None = None
    y: Axis | None = None
    means: FloatArray = field(default_factory=_empty)
    deviations: FloatArray = field(default_factory=_empty)
    counts: FloatArray = field(default_factory=_empty)
    n_trials: int = 0
    n_sampled: int = 0
    verdict: str = ""


def suggested_pairs(
    space: SpaceVersion, trials: Iterable[Trial], *, seed: int = 0, n_pairs: int = 10
) -> tuple[tuple[str, str], ...]:
    """Return pairs worth a look, that with the largest interaction first.

    By fANOVA; pairs whose interaction is the same go by their main effects. Before there is a
    ranking, the pairs of the first hyper-parameters in their own order.
    """
    found = importance(space, trials, method="fanova", with_pairs=True, seed=seed)
    if found.pairs:
        return found.pairs[:n_pairs]
    names = [one.name for one in space.searched]
    pairs = [(one, other) for i, one in enumerate(names) for other in names[i + 1 :]]
    return tuple(pairs[:n_pairs])


def landscape(
    space: SpaceVersion,
    trials: Iterable[Trial],
    x: str,
    y: str,
    *,
    only: Collection[int] | None = None,
    n_intervals: int = 25,
    seed: int = 0,
    n_trees: int = 64,
) -> Landscape:
    """Estimate the landscape of the score over `x` and `y`.

    It is the marginal of a random forest, averaged exactly over each cell and over the whole
    range of all other hyper-parameters. Where one of the two is conditional, the forest knows
    the trials only in which both are active.

    Parameters
    ----------
    space : SpaceVersion
        The space to judge.
    trials : iterable of Trial
        In any order; `observe` says which are left out, and more than 2,000 are sampled.
    x, y : str
        Two different hyper-parameters that are searched.
    only : collection of int, optional
        Numbers of the trials to look at.
    n_intervals : int
        Intervals of a number at most.
    seed, n_trees : int
        Of the forest.

    Raises
    ------
    AnalysisError
        A name is not among those searched, or both are the same.
    """
    names = [one.name for one in space.searched]
    for name in (x, y):
        if name not in names:
            rule = f"be one of {names}"
            raise AnalysisError.must("landscape", rule, name, "Choose one that is searched.")
    if x == y:
        raise AnalysisError.must("landscape", "have two axes", (x, y), "Choose another one.")
    columns = [names.index(x), names.index(y)]
    everything = observe(space, trials, only=only).active(*columns)
    seen = everything.sampled(MAX_TRIALS, seed)
    if seen.n < MIN_TRIALS or not seen.is_varied:
        few = f"Too few trials to say: {seen.n} of at least {MIN_TRIALS}."
        verdict = few if seen.n < MIN_TRIALS else "All scores are equal."
        return Landscape(n_trials=everything.n, n_sampled=seen.n, verdict=verdict)
    of_x, of_y = (axis_of(space.searched[index], n_intervals) for index in columns)
    forest = grow(seen.filled, seen.targets, seed=seed, n_trees=n_trees)
    first, second = columns
    by_tree = np.array(
        [tree.joint(first, second, of_x.edges, of_y.edges) for tree in forest.all_trees]
    )
    return Landscape(
        of_x,
        of_y,
        by_tree.mean(axis=0),
        by_tree.std(axis=0),
        _counts(everything.points[:, columns], of_x, of_y),
        everything.n,
        seen.n,
    )


def _counts(points: FloatArray, x: Axis, y: Axis) -> FloatArray:
    cells = y.places(points[:, 1]) * x.n + x.places(points[:, 0])
    return np.asarray(np.bincount(cells, minlength=x.n * y.n).reshape(y.n, x.n))
