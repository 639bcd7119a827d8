"""Findings on what the trials can tell: fold spread, failures, coverage, learning curves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

from ..encoding import Encoding
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..trial import Trial
from .axis import Axis, axis_of, positions_of
from .coverage import Gap, crowded, gaps
from .finding import Finding, FindingKind, numbers_of
from .learning_curve import Curve, CurveState, curve_states
from .observations import MIN_TRIALS

_MANY_EQUAL = 0.25
_MIN_EQUAL = 5
_MANY_FAILED = 0.2
_MIN_FAILED = 5
_CHANCE = 0.01
_MANY_CURVES = 0.3


def find_fold_spread(trials: Sequence[Trial]) -> list[Finding]:
    """Find differences between trials that are smaller than the spread of their folds.

    Each trial is compared with the best one fold by fold, by the t test for overlapping
    training sets (Nadeau and Bengio 2003, "Inference for the generalization error", eq. 9).
    Where a quarter of all, and at least 5, are not worse at 5 %, any of them may be the best.

    Parameters
    ----------
    trials : sequence of Trial
        Completed ones that can be compared; those with other numbers of folds than the best
        are left out.
    """
    from scipy.stats import t

    if not trials:
        return []
    best = max(trials, key=lambda trial: (trial.score or 0.0, -trial.number))
    n_folds = len(best.fold_scores)
    same = [one for one in trials if len(one.fold_scores) == n_folds and one is not best]
    if n_folds < 2 or len(same) < _MIN_EQUAL:
        return []
    ahead = np.array(best.fold_scores) - np.array([one.fold_scores for one in same])
    # A test part is 1 / (k - 1) of its training part.
    doubt = ahead.std(axis=1, ddof=1) * np.sqrt(1 / n_folds + 1 / (n_folds - 1))
    is_worse = ahead.mean(axis=1) > t.ppf(0.95, n_folds - 1) * doubt
    # What is equal in every fold is the same model, not a doubt.
    is_twin = (ahead == 0).all(axis=1)
    equal = [one for one, out in zip(same, is_worse | is_twin, strict=True) if not out]
    if len(equal) < max(_MIN_EQUAL, _MANY_EQUAL * len(same)):
        return []
    spread = float(np.std(best.fold_scores, ddof=1))
    sentence = (
        f"Differences are smaller than the fold spread: {len(equal)} of {len(same)} trials cannot "
        f"be told from the best, trial {best.number}, whose folds spread by {spread:.2g}."
    )
    numbers = {"n_equal": float(len(equal)), "n": float(len(same)), "spread": spread}
    chosen = numbers_of([best, *equal])
    return [Finding(FindingKind.FOLD_SPREAD, sentence, "", chosen, numbers)]


def find_failed(space: SpaceVersion, trials: Sequence[Trial]) -> list[Finding]:
    """Find too many failures, and where they lie.

    A fifth of the finished trials and at least 5 have failed; or at least 5 have, and at least
    half of those in one third of a hyper-parameter's range, or with one choice. The part is
    named where Fisher's exact test gives p < 0.01 over the number of parts looked at.

    Parameters
    ----------
    space : SpaceVersion
        The space.
    trials : sequence of Trial
        Finished ones, failed ones included.
    """
    failed = [trial for trial in trials if trial.state.is_failed]
    if len(failed) < _MIN_FAILED:
        return []
    part = _guilty_part(space, trials)
    share = len(failed) / len(trials)
    numbers = {"n_failed": float(len(failed)), "n_finished": float(len(trials))}
    sentence = f"{len(failed)} of {len(trials)} trials failed ({share:.0%})"
    if part is None:
        found = Finding(FindingKind.FAILED, f"{sentence}.", "", numbers_of(failed), numbers)
        return [found] if share >= _MANY_FAILED else []
    name, words, n_failed, n_there = part
    if share < _MANY_FAILED and n_failed < 0.5 * n_there:
        return []
    numbers |= {"n_failed_there": float(n_failed), "n_there": float(n_there)}
    sentence += f", {n_failed} of them among the {n_there} with {words}."
    return [Finding(FindingKind.FAILED, sentence, name, numbers_of(failed), numbers)]


def _guilty_part(space: SpaceVersion, trials: Sequence[Trial]) -> tuple[str, str, int, int] | None:
    """Return the part with most failures against chance: name, words, failed and all there."""
    from scipy.stats import fisher_exact

    is_failed = np.array([trial.state.is_failed for trial in trials])
    looked = []
    for one in space.searched:
        axis = axis_of(one, 3)
        places = axis.places(positions_of(one, trials))
        for place in range(axis.n):
            there = places == place
            table = [
                [int((is_failed & there).sum()), int((~is_failed & there).sum())],
                [int((is_failed & ~there).sum()), int((~is_failed & ~there).sum())],
            ]
            p = float(fisher_exact(table, alternative="greater").pvalue)
            looked.append((p, one, axis, place, table[0]))
    if not looked:
        return None
    p, one, axis, place, (n_failed, n_fine) = min(looked, key=lambda row: row[0])
    if p >= _CHANCE / len(looked):
        return None
    return one.name, _words(one, axis, place), n_failed, n_failed + n_fine


def _words(one: HyperParameter, axis: Axis, place: int) -> str:
    low, high = axis.lows[place], axis.highs[place]
    if low == high:
        return f"{one.name} = {low!r}"
    return f"{one.name} from {low:.4g} to {high:.4g}"


def find_coverage(space: SpaceVersion, trials: Sequence[Trial]) -> list[Finding]:
    """Find parts of the space in which nothing was tried, and values that crowd.

    See `coverage.gaps` and `coverage.crowded`; both want at least 16 trials.

    Parameters
    ----------
    space : SpaceVersion
        The space.
    trials : sequence of Trial
        Finished ones, failed ones included.
    """
    encoding = Encoding(space)
    if len(trials) < MIN_TRIALS or not encoding.names:
        return []
    points = encoding.encode([trial.config for trial in trials])
    found = [_gap_finding(gap, len(trials)) for gap in gaps(encoding, points)]
    names = crowded(encoding, points)
    if names:
        sentence = (
            f"Most trials lie close together in {', '.join(names)}: little is known of the rest "
            "of the range, and rankings of the whole space mislead."
        )
        found.append(Finding(FindingKind.COVERAGE, sentence, names[0] if len(names) == 1 else ""))
    return found


def _gap_finding(gap: Gap, n_trials: int) -> Finding:
    if gap.missing:
        what = f"{gap.name} = {' or '.join(map(repr, gap.missing))}"
    else:
        what = f"{gap.name} between {gap.low:.4g} and {gap.high:.4g}"
    sentence = f"None of {n_trials} trials has {what}: {gap.share:.0%} of its range is untried."
    return Finding(FindingKind.COVERAGE, sentence, gap.name, (), {"share": gap.share})


def find_curves(curves: Mapping[int, Curve]) -> list[Finding]:
    """Find learning curves that overfit, diverge or oscillate: three in ten, and at least 5.

    Parameters
    ----------
    curves : mapping of int to Curve
        By trial number.
    """
    states = curve_states(curves)
    counts = Counter(states.values())
    found = []
    for state in (CurveState.OVERFITTING, CurveState.DIVERGING, CurveState.OSCILLATING):
        n = counts[state]
        if n < max(_MIN_EQUAL, _MANY_CURVES * len(states)):
            continue
        sentence = f"{n} of {len(states)} learning curves are {state.value}."
        numbers = {"n": float(n), "n_curves": float(len(states))}
        guilty = tuple(sorted(number for number, one in states.items() if one is state))
        found.append(Finding(FindingKind.CURVES, sentence, "", guilty, numbers))
    return found
