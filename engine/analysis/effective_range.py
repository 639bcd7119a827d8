"""Where each hyper-parameter scores best: the expected score by interval, and where to search."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..encoding import FloatArray
from ..errors import AnalysisError
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..trial import Trial
from .axis import Axis, axis_of, has_order
from .box_forest import POOR_FIT, BoxForest, grow
from .importance import MAX_TRIALS
from .observations import MIN_TRIALS, Observations, observe

CONFIDENCE = 0.8
_TOLERANCE = 0.1
_POOR = "Too few trials to narrow the range: the forest hardly foretells those it has not seen."
_N_VOTES = 16
_TREES_PER_VOTE = 4


@dataclass(frozen=True)
class EffectiveRange:
    """The expected score on each interval of one hyper-parameter, and the best range of it.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    axis : Axis or None
        Its k intervals; None with a verdict.
    means : tuple of float, length k
        Expected score on each, over all other hyper-parameters as the space has them.
    lows, highs : tuple of float, length k
        90 % interval of it, over the trees of the forest.
    counts : tuple of int, length k
        Trials in each.
    best : tuple
        The range to search: (low, high), or the choices to keep.
    confidence : float
        Share of the votes, each of four trees of their own samples, whose best interval lies
        in `best`.
    changes : dict
        `best` as `SearchSpace.edit(name, **changes)` takes it; empty where nothing would be
        narrowed.
    verdict : str
        Why nothing can be said; empty when it can.
    caution : str
        Why nothing is narrowed although there are estimates; empty otherwise.
    """

    name: str
    axis: Axis | None = None
    means: tuple[float, ...] = ()
    lows: tuple[float, ...] = ()
    highs: tuple[float, ...] = ()
    counts: tuple[int, ...] = ()
    best: tuple[Any, ...] = ()
    confidence: float = 0.0
    changes: Mapping[str, Any] = field(default_factory=dict)
    verdict: str = ""
    caution: str = ""


def effective_ranges(
    space: SpaceVersion,
    trials: Iterable[Trial],
    *,
    names: Collection[str] | None = None,
    only: Collection[int] | None = None,
    n_intervals: int = 20,
    seed: int = 0,
) -> tuple[EffectiveRange, ...]:
    """Estimate what score to expect where, for each hyper-parameter.

    The expected score on an interval is the marginal of a random forest there: its mean over
    the interval and over the whole range of all other hyper-parameters, computed exactly. Where
    a hyper-parameter is conditional, the forest knows the trials only in which it is active.

    The range to search is the run of intervals around the best one that are no worse than it by
    more than a tenth of the scores' standard deviation and what cannot be told from that: the
    forest is parted into 16 small ones, and the difference may be larger by its standard
    deviation over these. Each of the 16 also votes for the interval that it deems best, and the
    range is widened until it has 80 % of the votes. Of choices those are kept that meet the same
    rule. A hyper-parameter that does not matter stays as wide as it is, and all of them do where
    the forest hardly foretells trials that it has not seen.

    Parameters
    ----------
    space : SpaceVersion
        The space to judge.
    trials : iterable of Trial
        In any order; `observe` says which are left out, and more than 2,000 are sampled.
    names : collection of str, optional
        Which hyper-parameters; all that are searched by default.
    only : collection of int, optional
        Numbers of the trials to look at.
    n_intervals : int
        Intervals of a number at most.
    seed : int
        Drives the forests and the sample.

    Returns
    -------
    tuple of EffectiveRange
        In the order of the space.

    Raises
    ------
    AnalysisError
        A name is not among those searched.
    """
    searched = [one.name for one in space.searched]
    for name in names or ():
        if name not in searched:
            raise AnalysisError.must(
                "effective_ranges.names",
                f"be among {searched}",
                name,
                "Choose one that is searched.",
            )
    seen = observe(space, trials, only=only)
    forests: dict[bytes, BoxForest] = {}
    return tuple(
        _range_of(seen, index, one, n_intervals=n_intervals, seed=seed, forests=forests)
        for index, one in enumerate(space.searched)
        if names is None or one.name in names
    )


def _range_of(
    seen: Observations,
    index: int,
    one: HyperParameter,
    *,
    n_intervals: int,
    seed: int,
    forests: dict[bytes, BoxForest],
) -> EffectiveRange:
    known = seen.active(index).sampled(MAX_TRIALS, seed)
    if known.n < MIN_TRIALS:
        verdict = f"Too few trials to say: {known.n} of at least {MIN_TRIALS}."
        return EffectiveRange(one.name, verdict=verdict)
    if not known.is_varied:
        return EffectiveRange(one.name, verdict="All scores are equal.")
    key = known.numbers.tobytes()
    if key not in forests:
        n_trees = _N_VOTES * _TREES_PER_VOTE
        forests[key] = grow(known.filled, known.targets, seed=seed, n_trees=n_trees)
    return _estimated(known, index, axis_of(one, n_intervals), forests[key])


def _estimated(known: Observations, index: int, axis: Axis, forest: BoxForest) -> EffectiveRange:
    one = known.encoding.space.searched[index]
    by_tree = np.array([tree.marginal(index, axis.edges) for tree in forest.all_trees])
    lows, highs = np.percentile(by_tree, [5, 95], axis=0)
    groups = by_tree.reshape(_N_VOTES, _TREES_PER_VOTE, -1).mean(axis=1)
    votes = _votes(groups)
    is_poor = not forest.fit >= POOR_FIT
    if is_poor:
        kept = list(range(axis.n))
    else:
        kept = _kept(groups, votes, float(known.targets.std()), is_run=has_order(one))
    best, changes = _as_edit(one, axis, kept)
    places = axis.places(known.points[:, index])
    return EffectiveRange(
        one.name,
        axis,
        tuple(by_tree.mean(axis=0).tolist()),
        tuple(lows.tolist()),
        tuple(highs.tolist()),
        tuple(np.bincount(places, minlength=axis.n).tolist()),
        best,
        float(votes[kept].sum()),
        changes,
        caution=_POOR if is_poor else "",
    )


def _votes(groups: FloatArray) -> FloatArray:
    """Return the share of votes for each interval; intervals that tie share a vote."""
    is_best = groups >= groups.max(axis=1, keepdims=True)
    return np.asarray((is_best / is_best.sum(axis=1, keepdims=True)).mean(axis=0))


def _kept(groups: FloatArray, votes: FloatArray, spread: float, *, is_run: bool) -> list[int]:
    """Return the intervals to search."""
    means = groups.mean(axis=0)
    best = int(means.argmax())
    doubt = (groups[:, [best]] - groups).std(axis=0)
    is_good = means[best] - means <= _TOLERANCE * spread + doubt
    if not is_run:
        kept = set(np.flatnonzero(is_good).tolist())
        others = sorted(set(range(len(means))) - kept, key=lambda place: -means[place])
        while votes[sorted(kept)].sum() < CONFIDENCE - 1e-9:
            kept.add(others.pop(0))
        return sorted(kept)
    first = last = best
    while first > 0 and is_good[first - 1]:
        first -= 1
    while last < len(means) - 1 and is_good[last + 1]:
        last += 1
    while votes[first : last + 1].sum() < CONFIDENCE - 1e-9:
        below = means[first - 1] if first > 0 else -np.inf
        above = means[last + 1] if last < len(means) - 1 else -np.inf
        first, last = (first - 1, last) if below > above else (first, last + 1)
    return list(range(first, last + 1))


def _as_edit(
    one: HyperParameter, axis: Axis, kept: list[int]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the range and the edit that narrows the space to it."""
    if axis.is_choice:
        choices = tuple(one.choices[place] for place in kept)
        return choices, {"choices": choices} if len(choices) < len(one.choices) else {}
    first, last = kept[0], kept[-1]
    low, high = axis.lows[first], axis.highs[last]
    if low == high:  # A range has two ends: take in a neighbour.
        high = axis.highs[min(last + 1, axis.n - 1)]
        low = axis.lows[first - 1] if low == high else low
    low, high = max(low, one.low), min(high, one.high)
    if (low, high) == (axis.lows[0], axis.highs[-1]):
        return (one.low, one.high), {}
    return (low, high), {"low": low, "high": high}
