"""The rungs of a multi-fidelity search: who ran on each, who went on, what each can foretell."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..optimizers.rungs import PROMOTION
from ..trial import Trial, TrialState

MIN_PAIRS = 6
"""With fewer configurations on both rungs no correlation is told."""


@dataclass(frozen=True)
class RungFacts:
    """What happened on one rung.

    Parameters
    ----------
    fidelity : float
        The amount of the resource.
    n_trials, n_failed, n_stopped, n_promoted : int
        Trials that have finished there, and of these the failed, those stopped early, and those
        that were started again at a higher fidelity.
    best : float or None
        The highest score there.
    seconds : float
        What the trials there took in all.
    n_pairs : int
        Configurations that were tried both here and on the highest rung.
    correlation : float or None
        Spearman's rank correlation of their scores here and there; None for fewer than 6. Those
        promoted are the best of their rung, which makes it lower than that of all would be.
    """

    fidelity: float
    n_trials: int
    n_failed: int
    n_stopped: int
    n_promoted: int
    best: float | None
    seconds: float
    n_pairs: int = 0
    correlation: float | None = None


@dataclass(frozen=True)
class Ladder:
    """The rungs from the lowest to the highest, and every promotion (from, to) by number."""

    rungs: tuple[RungFacts, ...] = ()
    promotions: tuple[tuple[int, int], ...] = ()


def ladder(trials: Iterable[Trial]) -> Ladder:
    """Tell what happened on each rung.

    Parameters
    ----------
    trials : iterable of Trial
        In any order; the latest of equal numbers counts. Those without a fidelity are left out.

    Returns
    -------
    Ladder
        Without rungs where no trial has a fidelity.
    """
    latest = {one.number: one for one in trials if one.fidelity is not None}
    finished = [latest[number] for number in sorted(latest) if latest[number].state.is_finished]
    promotions = tuple(
        (one.provenance.parents[0], one.number)
        for one in (latest[number] for number in sorted(latest))
        if one.provenance.operator == PROMOTION and one.provenance.parents[:1]
        if one.provenance.parents[0] in latest
    )
    went_on = {parent for parent, _ in promotions}
    by_fidelity: dict[float, list[Trial]] = {}
    for one in finished:
        by_fidelity.setdefault(one.fidelity or 0.0, []).append(one)
    scores = {one: _scores(group) for one, group in by_fidelity.items()}
    top = max(by_fidelity, default=0.0)
    rungs = tuple(
        _facts(one, by_fidelity[one], went_on, *_agreement(scores[one], scores[top], one == top))
        for one in sorted(by_fidelity)
    )
    return Ladder(rungs, promotions)


def _facts(
    fidelity: float, trials: list[Trial], went_on: set[int], n_pairs: int, rho: float | None
) -> RungFacts:
    known = [one.score for one in trials if _is_completed(one) and one.score is not None]
    return RungFacts(
        fidelity,
        len(trials),
        sum(one.state.is_failed for one in trials),
        sum(one.state is TrialState.STOPPED for one in trials),
        sum(one.number in went_on for one in trials),
        max(known, default=None),
        sum(one.duration_s for one in trials),
        n_pairs,
        rho,
    )


def _is_completed(trial: Trial) -> bool:
    return trial.state is TrialState.COMPLETED


def _scores(trials: list[Trial]) -> dict[str, float]:
    """Return scores by configuration."""
    return {
        repr(sorted(one.config.items())): one.score
        for one in trials
        if _is_completed(one) and one.score is not None
    }


def _agreement(
    here: dict[str, float], there: dict[str, float], is_top: bool
) -> tuple[int, float | None]:
    if is_top:
        return 0, None
    both = [one for one in here if one in there]
    if len(both) < MIN_PAIRS:
        return len(both), None
    from scipy.stats import spearmanr

    pairs = np.array([[here[one], there[one]] for one in both])
    if (np.ptp(pairs, axis=0) == 0).any():
        return len(both), None
    return len(both), float(spearmanr(pairs[:, 0], pairs[:, 1]).statistic)
