"""Findings on how the search goes: collapse, edge, no gain over random search, stagnation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..encoding import FloatArray
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..metric import Metric
from ..trial import Trial
from .axis import has_order, positions_of, value_at
from .diversity import diversity
from .finding import Finding, FindingKind, is_random_draw, numbers_of
from .lineage import Lineage

_COLLAPSED, _DIVERSE = 0.1, 0.3
_MIN_WINDOW, _MAX_WINDOW = 8, 20
_RISE = 0.05
_NEAR_EDGE = 0.05
_CHANCE = 0.01
_NO_SIGN = 0.1
_MIN_RANDOM, _MIN_GUIDED = 8, 20
_RARE = 0.05
_MIN_STALE = 25


def find_collapse(space: SpaceVersion, trials: Sequence[Trial], metric: Metric) -> list[Finding]:
    """Find hyper-parameters that the search stopped varying while the score still improved.

    Over a window of a fifth of the trials (8 to 20), the diversity (see `diversity`) was above
    0.3 once, fell below 0.1, and stayed there for another window to the end, while the best
    score rose further by more than a twentieth of its distance from the median score.

    Parameters
    ----------
    space : SpaceVersion
        The space.
    trials : sequence of Trial
        Completed ones that can be compared, by number.
    metric : Metric
        For the words.
    """
    window = min(max(len(trials) // 5, _MIN_WINDOW), _MAX_WINDOW)
    spread = diversity(space, trials, window=window)
    if len(spread.numbers) <= window:
        return []
    scores = _scores(trials)
    best = np.maximum.accumulate(scores)
    scale = float(best[-1] - np.median(scores))
    generations = Lineage(trials).generations
    found = []
    for index, name in enumerate(spread.names):
        row = _collapsed_at(spread.values[:, index], window)
        if row is None:
            continue
        before, after = float(best[row + window - 1]), float(best[-1])
        if after - before <= _RISE * scale:
            continue
        first = trials[row]
        generation = generations[first.number]
        at = f"trial {first.number}" + (f" (generation {generation})" if generation else "")
        sentence = (
            f"Collapsed on {name} at {at} while the score still improved, from "
            f"{metric.shown(before):.4g} to {metric.shown(after):.4g}: all later trials have "
            "about the same value."
        )
        numbers = {
            "trial": float(first.number),
            "generation": float(generation),
            "diversity": float(np.nanmax(spread.values[row:, index])),
            "best_before": before,
            "best_after": after,
        }
        late = numbers_of(trials[row:])
        found.append(Finding(FindingKind.COLLAPSE, sentence, name, late, numbers))
    return found


def _collapsed_at(values: FloatArray, window: int) -> int | None:
    """Return the row from which on the diversity is low to the end, if it was high before."""
    is_low = values < _COLLAPSED  # NaN, where nothing is active, is not low
    if not is_low[-1]:
        return None
    row = int(len(is_low) - np.argmin(is_low[::-1])) if not is_low.all() else 0
    if len(values) - row <= window or row == 0 or np.isnan(values[:row]).all():
        return None
    return row if np.nanmax(values[:row]) >= _DIVERSE else None


def find_edge(space: SpaceVersion, trials: Sequence[Trial]) -> list[Finding]:
    """Find hyper-parameters whose best values lie on the edge of the range.

    The best trial does, within a twentieth of the range or at the last step, and so many of
    the best (a tenth of the trials, 5 to 20) do that as many fall there by chance with a
    probability below 0.01 / (2 d).

    Parameters
    ----------
    space : SpaceVersion
        The space.
    trials : sequence of Trial
        Completed ones that can be compared, by number.
    """
    n_top = min(max(len(trials) // 10, 5), 20)
    if len(trials) < 2 * n_top or np.ptp(_scores(trials)) == 0:
        return []
    top = sorted(trials, key=lambda trial: (-(trial.score or 0.0), trial.number))[:n_top]
    found = []
    for one in space.searched:
        if has_order(one):
            positions = positions_of(one, trials)
            found += _edges(one, top, positions, len(space.searched))
    return found


def _edges(
    one: HyperParameter, top: Sequence[Trial], positions: FloatArray, n_dims: int
) -> list[Finding]:
    from scipy.stats import binom

    tried = np.unique(positions[~np.isnan(positions)])
    if len(tried) < 2:
        return []
    at_top = positions_of(one, top)
    # Of few values the last is the edge, and is met more often.
    reach = max(_NEAR_EDGE, 1 / len(tried) / 2)
    chance = max(_NEAR_EDGE, 1 / len(tried))
    for end, is_near in (("lower", at_top <= reach), ("upper", at_top >= 1 - reach)):
        n_near = int(is_near.sum())
        probability = float(binom.sf(n_near - 1, len(top), chance))
        if is_near[0] and probability < _CHANCE / (2 * n_dims):
            bound = value_at(one, 0.0 if end == "lower" else 1.0)
            sentence = (
                f"The best value lies on the {end} edge of {one.name} ({bound!r}), as "
                f"{n_near} of the {len(top)} best trials do: better ones may lie beyond."
            )
            numbers = {"n_near": float(n_near), "n_top": float(len(top)), "p": probability}
            near = [trial for trial, is_one in zip(top, is_near, strict=True) if is_one]
            return [Finding(FindingKind.EDGE, sentence, one.name, numbers_of(near), numbers)]
    return []


def find_no_gain(trials: Sequence[Trial]) -> list[Finding]:
    """Find a search whose proposals score no better than its own random ones.

    The random ones are those of the start, and those drawn in between (at least 8), against
    at least 20 that followed from earlier scores. Two signs of a gain must both be missing
    at p > 0.1: higher scores on the whole (Mann and Whitney's test), and more than their share
    of the best tenth of all trials (hypergeometric test).

    Parameters
    ----------
    trials : sequence of Trial
        Completed ones that can be compared, by number.
    """
    from scipy.stats import hypergeom, mannwhitneyu

    is_random = np.array([is_random_draw(trial) for trial in trials], dtype=bool)
    n_random, n_guided = int(is_random.sum()), int((~is_random).sum())
    if n_random < _MIN_RANDOM or n_guided < _MIN_GUIDED:
        return []
    scores = _scores(trials)
    on_the_whole = float(
        mannwhitneyu(scores[~is_random], scores[is_random], alternative="greater").pvalue
    )
    n_top = max(5, len(trials) // 10)
    top = np.argsort(-scores, kind="stable")[:n_top]
    n_guided_top = int((~is_random[top]).sum())
    at_the_top = float(hypergeom.sf(n_guided_top - 1, len(trials), n_guided, n_top))
    if min(on_the_whole, at_the_top) <= _NO_SIGN:
        return []
    guided = [trial for trial, one in zip(trials, is_random, strict=True) if not one]
    names = " and ".join(sorted({trial.provenance.optimizer for trial in guided}))
    sentence = (
        f"No gain over random search so far: the {n_guided} proposals of {names} score no better "
        f"than the {n_random} random ones (p = {on_the_whole:.2f}), and are {n_guided_top} of the "
        f"{n_top} best."
    )
    numbers = {
        "n_random": float(n_random),
        "n_guided": float(n_guided),
        "p_on_the_whole": on_the_whole,
        "p_at_the_top": at_the_top,
    }
    return [Finding(FindingKind.NO_GAIN, sentence, "", numbers_of(guided), numbers)]


def find_stagnation(trials: Sequence[Trial], metric: Metric) -> list[Finding]:
    """Find a search that has had no new best for long.

    Of n random trials the last m are all worse than the best before with a probability of
    1 - m / n: where all are random, that must be below 0.05. Where the search learns from
    scores, a third of its trials without a new best, and at least 25, are long.

    Parameters
    ----------
    trials : sequence of Trial
        Completed ones that can be compared, by number.
    metric : Metric
        For the words.
    """
    if not trials:
        return []
    scores = _scores(trials)
    best = int(scores.argmax())
    stale = trials[best + 1 :]
    n_guided = sum(not is_random_draw(trial) for trial in trials)
    n_stale = len(stale)
    is_long = (
        n_stale >= max(_MIN_STALE, len(trials) / 3)
        if n_guided >= _MIN_GUIDED
        else n_stale >= _MIN_STALE and 1 - n_stale / len(trials) < _RARE
    )
    if not is_long:
        return []
    sentence = (
        f"No new best for the last {n_stale} of {len(trials)} trials: "
        f"{metric.shown(float(scores[best])):.4g} of trial {trials[best].number} still leads."
    )
    numbers = {"n_stale": float(n_stale), "best_trial": float(trials[best].number)}
    return [Finding(FindingKind.STAGNATION, sentence, "", numbers_of(stale), numbers)]


def _scores(trials: Sequence[Trial]) -> FloatArray:
    return np.array([trial.score for trial in trials], dtype=float)
