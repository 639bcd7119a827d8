"""The learning curves of a study: what its trials reported, or their scores by fidelity."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Literal

from ..optimizers.rungs import PROMOTION
from ..trial import Trial
from .learning_curve import Curve, CurveReport, curve_report

Over = Literal["steps", "fidelity"]
Find = Callable[[int], Trial | None]
"""Gives the trial of a number, or None."""


def learning_curves(trials: Iterable[Trial], *, over: Over = "steps") -> dict[int, Curve]:
    """Return the learning curve of each trial that has one, by trial number.

    A promoted trial goes on where the trial that it was promoted from had ended: what that one
    had reported below its own first step comes before.

    Parameters
    ----------
    trials : iterable of Trial
        In any order, running and failed ones too; the latest of equal numbers counts.
    over : {"steps", "fidelity"}
        What was reported by step; or the score of a configuration by fidelity, as it was
        promoted, with a point for each rung.

    Returns
    -------
    dict of int to Curve
        Scores, higher is better. Curves over steps have at least one point, those over the
        fidelity two.
    """
    latest = {trial.number: trial for trial in trials}
    curve_of = reported_curve if over == "steps" else fidelity_curve
    found = ((number, curve_of(latest[number], latest.get)) for number in sorted(latest))
    return {number: curve for number, curve in found if curve is not None}


def convergence(trial: Trial, find: Find) -> CurveReport | None:
    """Say where the curve of a trial is heading; None where it has reported none.

    Parameters
    ----------
    trial : Trial
        Any.
    find : callable
        Gives earlier trials by number, for promoted ones.
    """
    curve = reported_curve(trial, find)
    return None if curve is None else curve_report(curve)


def reported_curve(trial: Trial, find: Find) -> Curve | None:
    """Return what a trial has reported, with what it went on from; None without a report."""
    points = list(trial.details.curve)
    if not points:
        return None
    train = dict(trial.details.train_curve)
    for earlier in _promoted_from(trial, find):
        points = [one for one in earlier.details.curve if one[0] < points[0][0]] + points
        train = dict(earlier.details.train_curve) | train
    steps = tuple(step for step, _ in points)
    has_train = all(step in train for step in steps)
    return Curve(
        steps,
        tuple(score for _, score in points),
        tuple(train[step] for step in steps) if has_train else None,
    )


def fidelity_curve(trial: Trial, find: Find) -> Curve | None:
    """Return the scores of a configuration by fidelity up to this trial's; None for only one."""
    chain = [trial, *_promoted_from(trial, find)]
    points = {
        one.fidelity: one.score
        for one in reversed(chain)
        if one.fidelity is not None and one.score is not None
    }
    if len(points) < 2:
        return None
    return Curve(tuple(sorted(points)), tuple(points[one] for one in sorted(points)))


def _promoted_from(trial: Trial, find: Find) -> Iterable[Trial]:
    """Yield the trials that this one was promoted from, the latest first."""
    while trial.provenance.operator == PROMOTION and trial.provenance.parents:
        parent = find(trial.provenance.parents[0])
        # A parent has a lower number: damaged data cannot make a circle.
        if parent is None or parent.number >= trial.number:
            return
        yield parent
        trial = parent
