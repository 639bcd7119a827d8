"""Functional ANOVA: the variance that each hyper-parameter, and each pair, explains alone."""

from __future__ import annotations

import numpy as np

from ..encoding import FloatArray
from .box_forest import Boxes, grow, share_percentiles
from .effects import Effects, effects, no_effects
from .observations import Observations


def fanova(seen: Observations, *, seed: int, n_trees: int, with_pairs: bool) -> Effects:
    """Compute shares of the variance on a random forest.

    The forest learns the target over the unit cube of the space. Each tree is constant on
    boxes; its mean over all hyper-parameters but one, the marginal of that one, is computed
    from these boxes exactly. The share is the variance of the marginal divided by that of
    the tree, and the value its mean over the trees (Hutter, Hoos and Leyton-Brown 2014, "An
    efficient approach for assessing hyperparameter importance", algorithm 2). Each tree is
    grown on its own bootstrap sample: the intervals are percentiles over the trees.

    Parameters
    ----------
    seen : Observations
        Of a target that varies.
    seed : int
        Drives the forest.
    n_trees : int
        Trees in the forest.
    with_pairs : bool
        Whether pairwise interactions are computed too.
    """
    scale = float(np.abs(seen.targets).max())  # So that no square overflows.
    forest = grow(seen.filled, seen.targets / scale, seed=seed, n_trees=n_trees)
    by_tree = list(zip(*forest.trees, strict=True))
    totals = np.array([sum(one.variance for one in trees) for trees in by_tree])
    kept = [trees for trees, total in zip(by_tree, totals, strict=True) if total > 0]
    if not kept:
        return no_effects()
    totals = totals[totals > 0]
    mains = np.array([_summed(trees, "main_variances") for trees in kept]) / totals[:, None]
    of_pairs = None
    if with_pairs and mains.shape[1] > 1:
        shares = np.array([_summed(trees, "pair_variances") for trees in kept]) / totals[:, None]
        of_pairs = (shares.mean(axis=0), *share_percentiles(shares))
    return effects(
        mains.mean(axis=0),
        *share_percentiles(mains),
        of_pairs=of_pairs,
        total=float(totals.mean()) * scale * scale,
        fit=forest.fit,
    )


def _summed(trees: tuple[Boxes, ...], what: str) -> FloatArray:
    return np.asarray(np.sum([getattr(tree, what)() for tree in trees], axis=0))
