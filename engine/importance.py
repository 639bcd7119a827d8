"""What matters: how much of the score's variance each hyper-parameter explains."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .encoding import Encoding, FloatArray
from .hyper_parameter import SpaceVersion
from .trial import Trial, TrialState

MIN_TRIALS = 16
MAX_TRIALS = 2_000
_MIN_TRIALS_PER_LEAF = 3
_NO_CHILD = -1
_CROWDED = 0.5


@dataclass(frozen=True)
class Importance:
    """The main effects, the largest first.

    Parameters
    ----------
    method : str
        How they were computed, in words, with the seed.
    names : tuple of str, length d
        The hyper-parameters; empty when nothing can be said.
    values : tuple of float, length d
        Share of the score's variance that each explains alone. Together they are at most
        1; what lacks is explained by several hyper-parameters jointly.
    lows, highs : tuple of float, length d
        5th and 95th percentile of the share over the trees.
    n_trials : int
        Trials that could be used: completed, and inside the space.
    n_sampled : int
        Trials that the forest was grown on.
    total_variance : float
        Variance of the score over the space, as the forest predicts it.
    verdict : str
        Why nothing can be said; empty when it can.
    caution : str
        Why the values may mislead; empty when there is no sign of it.
    """

    method: str
    names: tuple[str, ...] = ()
    values: tuple[float, ...] = ()
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    n_trials: int = 0
    n_sampled: int = 0
    total_variance: float = 0.0
    verdict: str = ""
    caution: str = ""


def importance(
    space: SpaceVersion, trials: Iterable[Trial], *, seed: int = 0, n_trees: int = 64
) -> Importance:
    """Compute the main effects of a functional ANOVA on a random forest.

    The forest learns the score over the unit cube of the space. Each tree is constant on
    boxes; its mean over all hyper-parameters but one, the marginal of that one, is computed
    from these boxes exactly. The share is the variance of the marginal divided by that of
    the tree, and the value its mean over the trees (Hutter, Hoos and Leyton-Brown 2014, "An
    efficient approach for assessing hyperparameter importance", algorithm 2).

    Parameters
    ----------
    space : SpaceVersion
        The space to judge.
    trials : iterable of Trial
        In any order. Left out are those not completed, and those from before an edit that
        lack a hyper-parameter of this space or lie outside it.
    seed : int
        Drives the forest, and the sample that is drawn from more than 2,000 trials.
    n_trees : int
        Trees in the forest, each grown on its own bootstrap sample.

    Returns
    -------
    Importance
        With a verdict in place of values when there are fewer than 16 trials, when their
        scores are all equal, or when no tree finds a difference.
    """
    usable = [trial for trial in trials if _is_usable(trial, space)]
    usable.sort(key=lambda trial: trial.number)
    sample = _sampled(usable, np.random.default_rng(seed))
    found = Importance(
        f"fANOVA main effects on a random forest of {n_trees} trees, seed {seed}",
        n_trials=len(usable),
        n_sampled=len(sample),
    )
    scores = np.array([trial.score for trial in sample], dtype=float)
    verdict = _verdict(space, scores)
    if verdict:
        return replace(found, verdict=verdict)
    encoding = Encoding(space)
    points = encoding.encode([trial.config for trial in sample])
    # The forest needs a place for what is inactive: the middle favours neither end.
    points = np.where(np.isnan(points), 0.5, points)
    scale = float(np.abs(scores).max())  # So that no square overflows.
    shares, variances = _main_effects(points, scores / scale, seed=seed, n_trees=n_trees)
    if not len(shares):
        return replace(found, verdict="No hyper-parameter explains the scores.")
    return replace(
        found,
        **_ranked(encoding.names, shares),
        total_variance=float(variances.mean()) * scale * scale,
        caution=_caution(encoding, points),
    )


def _is_usable(trial: Trial, space: SpaceVersion) -> bool:
    return trial.state is TrialState.COMPLETED and space.contains(trial.config)


def _sampled(trials: Sequence[Trial], rng: np.random.Generator) -> Sequence[Trial]:
    if len(trials) <= MAX_TRIALS:
        return trials
    chosen = rng.choice(len(trials), MAX_TRIALS, replace=False)
    return [trials[index] for index in chosen]


def _verdict(space: SpaceVersion, scores: FloatArray) -> str:
    if not space.searched:
        return "No hyper-parameter is searched."
    if len(scores) < MIN_TRIALS:
        return f"Too few trials to say: {len(scores)} of at least {MIN_TRIALS}."
    return "All scores are equal." if np.ptp(scores) == 0 else ""


def _main_effects(
    points: FloatArray, scores: FloatArray, *, seed: int, n_trees: int
) -> tuple[FloatArray, FloatArray]:
    """Return the shares (n trees, d) and the variance of each tree that has any."""
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(
        n_trees, min_samples_leaf=_MIN_TRIALS_PER_LEAF, bootstrap=True, random_state=seed
    )
    forest.fit(points, scores)
    effects = np.array([_variances(one.tree_, points.shape[1]) for one in forest.estimators_])
    effects = effects[effects[:, -1] > 0]
    return effects[:, :-1] / effects[:, -1:], effects[:, -1]


def _variances(tree: Any, n_dims: int) -> FloatArray:
    """Return the variance of each marginal of a tree, and last that of the tree itself."""
    lows, highs, values = _leaf_boxes(tree, n_dims)
    sides = highs - lows
    volumes = sides.prod(axis=1)
    values = values - values @ volumes
    marginals = [
        _marginal_variance(low, high, values * volumes / side)
        for low, high, side in zip(lows.T, highs.T, sides.T, strict=True)
    ]
    return np.array([*marginals, values**2 @ volumes])


def _marginal_variance(lows: FloatArray, highs: FloatArray, heights: FloatArray) -> float:
    """Return the variance of a sum of steps whose mean is 0.

    Each leaf adds its height between its low and its high: up at one edge, down at the
    other, and the running sum over all edges is the marginal.
    """
    edges, places = np.unique(np.concatenate([lows, highs]), return_inverse=True)
    rises = np.bincount(places, weights=np.concatenate([heights, -heights]))
    marginal = np.cumsum(rises)[:-1]
    return float(marginal**2 @ np.diff(edges))


def _leaf_boxes(tree: Any, n_dims: int) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return the boxes of the leaves, (n leaves, d) lows and highs, and their values.

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
    return lows[is_leaf], highs[is_leaf], tree.value[is_leaf, 0, 0]


def _ranked(names: Sequence[str], shares: FloatArray) -> dict[str, Any]:
    """Return names, values and intervals, the largest value first."""
    values = shares.mean(axis=0)
    order = np.argsort(-values, kind="stable")
    lows, highs = np.percentile(shares, [5, 95], axis=0)
    return {
        "names": tuple(names[index] for index in order),
        "values": tuple(values[order].tolist()),
        "lows": tuple(lows[order].tolist()),
        "highs": tuple(highs[order].tolist()),
    }


def _caution(encoding: Encoding, points: FloatArray) -> str:
    """Say where the trials crowd, as those of a search that has converged do.

    The forest knows little of the rest of the space, but the shares are of all of it.
    """
    n_levels = np.array([n or np.inf for n in encoding.n_levels])
    even = np.sqrt((1 - 1 / n_levels**2) / 12)
    crowded = points.std(axis=0) < _CROWDED * even
    names = [name for name, is_so in zip(encoding.names, crowded, strict=True) if is_so]
    if not names:
        return ""
    return f"Read with care: most trials lie close together in {', '.join(names)}."
