"""The best trial so far, after each trial and at each moment."""

from __future__ import annotations

from collections.abc import Iterable

from ..trial import Trial
from ..trial_log import is_better


def finished_in_order(trials: Iterable[Trial]) -> list[Trial]:
    """Return what has finished, in the order in which it did; of one number the latest record."""
    latest = {trial.number: trial for trial in trials if trial.state.is_finished}
    return sorted(latest.values(), key=lambda one: (ended_at(one), one.number))


def ended_at(trial: Trial) -> float:
    """Return when a trial ended, in seconds since the epoch."""
    return trial.started_at + trial.duration_s


def incumbents(trials: Iterable[Trial]) -> tuple[Trial, ...]:
    """Return each trial that was the best when it finished, the earliest first.

    At a higher fidelity a trial is better whatever its score; see `trial_log.is_better`.
    """
    best: Trial | None = None
    found = []
    for trial in finished_in_order(trials):
        if is_better(trial, best):
            best = trial
            found.append(trial)
    return tuple(found)
