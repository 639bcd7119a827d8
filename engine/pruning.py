"""Optuna's pruners as rules that stop trials early, by what trials have reported so far."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .conversion.optional import load
from .conversion.quiet_optuna import quietly
from .errors import OptimizerError
from .trial import TrialState

Steps = Mapping[int, float]
"""Step -> score reported there; higher is better."""


@dataclass(frozen=True, slots=True)
class Curve:
    """What one trial has reported: its number, its scores by step, and where it stands."""

    number: int
    steps: Steps
    state: TrialState = TrialState.COMPLETED


def should_stop(pruner: Any, number: int, steps: Steps, others: Sequence[Curve] = ()) -> bool:
    """Ask a pruner of Optuna whether a trial should stop after what it has reported.

    A pure function: the pruner is copied, and the answer depends on the arguments alone. The
    other trials are given to the pruner in the order of their numbers, each step of theirs as if
    it had been reported before this trial's, for some pruners keep notes of past reports.

    Parameters
    ----------
    pruner : optuna.pruners.BasePruner
        Such as ``optuna.pruners.MedianPruner()``.
    number : int
        The trial's number.
    steps : mapping of int to float
        Its scores so far by step, the last step included. Higher is better.
    others : sequence of Curve
        The other trials of the study; those with the same number are left out.

    Returns
    -------
    bool
        Whether the trial should stop now; False where nothing has been reported.

    Raises
    ------
    OptimizerError
        `pruner` is none of Optuna's, or a step is no whole number of at least 0.
    SpaceError
        Optuna is not installed; the message has the line that installs it.

    Examples
    --------
    >>> from optuna.pruners import MedianPruner
    >>> others = [Curve(n, {1: 0.8, 2: 0.9}) for n in (1, 2, 3, 4, 5)]
    >>> should_stop(MedianPruner(), 6, {1: 0.7}, others)
    True
    """
    optuna = load("optuna", "optuna")
    if not isinstance(pruner, optuna.pruners.BasePruner):
        advice = "Give one such as optuna.pruners.MedianPruner()."
        raise OptimizerError.must("should_stop.pruner", "be a pruner of Optuna", pruner, advice)
    _check_steps(number, steps)
    if not steps:
        return False
    curves = {curve.number: curve for curve in others}
    for curve in curves.values():
        _check_steps(curve.number, curve.steps)
    with quietly():
        study, asked = _Study(optuna, copy.deepcopy(pruner)), None
        # Numbers that nobody knows are filled in: Hyperband deals out its brackets by number.
        for place in range(1, max([number, *curves]) + 1):
            if place == number:
                asked = study.ask()
            else:
                study.replay(curves.get(place, Curve(place, {}, TrialState.FAILED)))
        return study.answer(asked, steps)


def _check_steps(number: int, steps: Steps) -> None:
    for step in steps:
        if not isinstance(step, int) or isinstance(step, bool) or step < 0:
            rule = "be reported at whole steps of at least 0"
            raise OptimizerError.must(f"Trial {number}", rule, step, "Count steps from 0 or 1.")


class _Study:
    """A study of Optuna in memory, to which a pruner's questions are put."""

    def __init__(self, optuna: Any, pruner: Any) -> None:
        self._states = optuna.trial.TrialState
        # Hyperband deals them out by the name of the study as well.
        self._study = optuna.create_study(
            study_name="tuneboard", direction="maximize", pruner=pruner
        )

    def ask(self) -> Any:
        """Add a trial that has reported nothing yet."""
        return self._study.ask()

    def replay(self, curve: Curve) -> None:
        """Add another trial, its reports made one after the other."""
        trial = self._study.ask()
        self.answer(trial, curve.steps)
        last = curve.steps[max(curve.steps)] if curve.steps else math.nan
        if curve.state is TrialState.COMPLETED and math.isfinite(last):
            self._study.tell(trial, last)
        elif curve.state is TrialState.STOPPED and curve.steps:
            self._study.tell(trial, state=self._states.PRUNED)
        elif curve.state.is_finished:
            self._study.tell(trial, state=self._states.FAIL)

    def answer(self, trial: Any, steps: Steps) -> bool:
        """Report the steps of a trial; return whether it should stop after the last of them."""
        stop = False
        for step in sorted(steps):
            trial.report(steps[step], step)
            stop = bool(trial.should_prune())
        return stop
