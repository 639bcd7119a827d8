"""The loop that runs a study: ask, submit, collect, commit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from .executors import Executor, Outcome
from .job import Job
from .trial import Trial

_IDLE_S = 0.5


class Work(Protocol):
    """What the loop needs of a study; called from the loop's thread only."""

    def next_trial(self) -> Trial | None:
        """Propose the next trial; None when there is none (now)."""

    @property
    def trouble(self) -> str:
        """Why it makes no sense to go on for now; empty if it does."""

    def job(self, trial: Trial) -> Job:
        """Return what an executor needs to run a trial that is committed."""

    def outcome(self, outcome: Outcome) -> Trial:
        """Turn the outcome of a run into the finished trial, and learn from it."""

    def interrupted(self, number: int) -> Trial:
        """Return the trial as interrupted."""

    def commit(self, trials: list[Trial]) -> None:
        """Make the new states of these trials durable, then visible."""


class Runner:
    """Keeps the slots of an executor busy until there is no work left, or it is stopped.

    Learning from finished trials and proposing the next ones happens before one common
    commit; nothing is submitted or shown before it, so one transaction per round is enough.

    Parameters
    ----------
    work : Work
        What to run.
    executor : Executor
        Where; it must be open.
    on_trouble : function, optional
        Called with the reason when the work is in trouble; it may pause, wind up or stop.
    """

    def __init__(
        self, work: Work, executor: Executor, *, on_trouble: Callable[[str], None] | None = None
    ) -> None:
        self._work = work
        self._executor = executor
        self._on_trouble = on_trouble
        self._n_running = 0
        self._is_winding_up = threading.Event()
        self._is_paused = threading.Event()
        self._is_stopping = threading.Event()

    def run(self) -> None:
        """Run until done or stopped; the executor must be open."""
        finished: list[Trial] = []
        while True:
            if self._is_stopping.is_set():
                self._stop(finished)
                return
            try:
                started = self._propose()
            except Exception:
                if finished:  # it is kept, whatever comes next
                    self._work.commit(finished)
                raise
            if finished or started:
                self._work.commit([*finished, *started])
            for trial in started:
                self._executor.submit(self._work.job(trial))
            self._n_running += len(started)
            if not self._n_running and not self._is_waiting:
                return
            finished = self._collect()

    def pause(self) -> None:
        """Start no more trials; running ones finish."""
        self._is_paused.set()

    def resume(self) -> None:
        """Start trials again."""
        self._is_paused.clear()
        self._executor.wake()

    def stop(self) -> None:
        """Cancel what is running and end the loop."""
        self._is_stopping.set()
        self._executor.wake()

    def wind_up(self) -> None:
        """Start no more trials, and end the loop when the running ones have finished."""
        self._is_winding_up.set()
        self._executor.wake()

    def kill(self, number: int) -> None:
        """End one running trial."""
        self._executor.kill(number)

    @property
    def is_winding_up(self) -> bool:
        """Whether `wind_up` was called."""
        return self._is_winding_up.is_set()

    @property
    def is_stopping(self) -> bool:
        """Whether `stop` was called."""
        return self._is_stopping.is_set()

    def _propose(self) -> list[Trial]:
        started: list[Trial] = []
        if self._is_paused.is_set() or self._is_winding_up.is_set():
            return started
        while len(started) < self._executor.n_free:
            trial = self._work.next_trial()
            if trial is None:
                break
            started.append(trial)
        return started

    def _collect(self) -> list[Trial]:
        outcomes = self._executor.collect(_IDLE_S)
        self._n_running -= len(outcomes)
        finished = [self._work.outcome(one) for one in outcomes]
        if finished and self._work.trouble and self._on_trouble is not None:
            self._on_trouble(self._work.trouble)
        return finished

    @property
    def _is_waiting(self) -> bool:
        """Whether a loop without any running trial has something to wait for."""
        return self._is_paused.is_set() and not self._is_winding_up.is_set()

    def _stop(self, finished: list[Trial]) -> None:
        cancelled = [self._work.interrupted(number) for number in self._executor.cancel()]
        if finished or cancelled:
            self._work.commit([*finished, *cancelled])
