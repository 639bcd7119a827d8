"""What there is to say about a search, in words, each with the rule that found it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from ..hyper_parameter import SpaceVersion
from ..metric import SCORE, Metric
from ..trial import Trial
from .data_findings import find_coverage, find_curves, find_failed, find_fold_spread
from .finding import Finding
from .learning_curve import Curve
from .observations import observe
from .search_findings import find_collapse, find_edge, find_no_gain, find_stagnation


def diagnose(
    space: SpaceVersion,
    trials: Iterable[Trial],
    *,
    metric: Metric = SCORE,
    curves: Mapping[int, Curve] | None = None,
) -> tuple[Finding, ...]:
    """Look for all that the diagnosis knows; each rule is told where it is written.

    Scores are compared among completed trials of one fidelity that lie inside the space;
    failures and coverage are those of all finished trials.

    Parameters
    ----------
    space : SpaceVersion
        The space as it is now; older trials that lie outside it are left out.
    trials : iterable of Trial
        In any order; the latest of equal numbers counts.
    metric : Metric
        The study's, for scores in words.
    curves : mapping of int to Curve, optional
        Learning curves by trial number.

    Returns
    -------
    tuple of Finding
        Empty where nothing was found. Over 200 random studies of 60 trials and 6
        hyper-parameters `tests/engine/analysis/test_diagnosis.py` measures how often a rule
        fires where it should not.
    """
    latest = {trial.number: trial for trial in trials}
    comparable = [latest[int(one)] for one in observe(space, latest.values()).numbers]
    finished = [latest[one] for one in sorted(latest) if latest[one].state.is_finished]
    found = find_collapse(space, comparable, metric)
    found += find_edge(space, comparable)
    found += find_no_gain(comparable)
    found += find_stagnation(comparable, metric)
    found += find_fold_spread(comparable)
    found += find_failed(space, finished)
    found += find_coverage(space, finished)
    found += find_curves(curves or {})
    return tuple(found)
