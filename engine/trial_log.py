"""The trials of one study in memory: what every session of the process reads."""

from __future__ import annotations

import math
from collections.abc import Iterable

from .progress import Progress, seconds_left, seconds_left_range
from .trial import Trial, TrialState


class TrialLog:
    """Takes committed trials in, in order; written by one thread, read by any.

    Attributes
    ----------
    changes : list of Trial
        Every new state of a trial, in the order committed; it only grows, so a reader keeps
        the length that it has seen.
    finished : list of Trial
        Completed and failed trials, in the order they finished.
    best : Trial or None
        The completed trial with the highest score at the highest fidelity, the earliest of
        equals.
    """

    def __init__(self) -> None:
        self.changes: list[Trial] = []
        self.finished: list[Trial] = []
        self.best: Trial | None = None
        self._by_number: dict[int, Trial] = {}
        self._n_failed = self._n_stopped = self._n_running = 0

    def __getitem__(self, number: int) -> Trial:
        return self._by_number[number]

    def all(self) -> list[Trial]:
        """Return the latest state of all trials, by number."""
        trials = self._by_number.copy()
        return [trials[number] for number in sorted(trials)]

    @property
    def last_number(self) -> int:
        """The highest number so far; 0 without trials."""
        return max(self._by_number, default=0)

    def take_in(self, trials: Iterable[Trial]) -> None:
        """Add new states of trials."""
        for trial in trials:
            before = self._by_number.get(trial.number)
            self._n_running += trial.state is TrialState.RUNNING
            self._n_running -= before is not None and before.state is TrialState.RUNNING
            self._by_number[trial.number] = trial
            if trial.state.is_finished:
                self.finished.append(trial)
                self._n_failed += trial.state.is_failed
                self._n_stopped += trial.state is TrialState.STOPPED
            if is_better(trial, self.best):
                self.best = trial
            self.changes.append(trial)

    def progress(self, n_trials: int, n_workers: int) -> Progress:
        """Return how far a study of `n_trials` is."""
        n_left = max(0, n_trials - len(self.finished))
        recent = self.finished[-N_RECENT:]
        return Progress(
            n_finished=len(self.finished),
            n_trials=n_trials,
            n_failed=self._n_failed,
            best=self.best,
            seconds_left=seconds_left(recent, n_left, n_workers),
            n_running=self._n_running,
            n_stopped=self._n_stopped,
            seconds_left_range=seconds_left_range(
                [trial.duration_s for trial in recent], n_left, n_workers
            ),
        )


N_RECENT = 20
"""From how many of the latest trials the time left is estimated."""


def is_better(trial: Trial, best: Trial | None) -> bool:
    """Whether a trial takes the place of the best one: it is completed, at no less a fidelity.

    What has run longer tells more: the best at the highest fidelity leads, whatever is scored
    below it.
    """
    if trial.state is not TrialState.COMPLETED or trial.score is None:
        return False
    return best is None or _rank(trial) > _rank(best)


def _rank(trial: Trial) -> tuple[float, float]:
    fidelity = math.inf if trial.fidelity is None else trial.fidelity
    return fidelity, -math.inf if trial.score is None else trial.score
