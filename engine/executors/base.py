"""The contract of every executor, and the simplest one, which runs in this process."""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from dataclasses import dataclass
from numbers import Real
from typing import Any

from ..errors import StudyError
from ..job import Job
from ..objective import run_objective
from ..trial import Result, TrialState

Outcome = tuple[int, Result]
"""The number of a trial and what its run gave back."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one trial may use at most; None for no limit.

    Parameters
    ----------
    timeout_s : float or None
        Seconds of running time.
    memory_mb : float or None
        Megabytes of the worker process and what it has started (resident set, 10^6 bytes).

    Raises
    ------
    StudyError
        A limit is no positive number.
    """

    timeout_s: float | None = None
    memory_mb: float | None = None

    def __post_init__(self) -> None:
        for name in ("timeout_s", "memory_mb"):
            limit = getattr(self, name)
            is_number = isinstance(limit, Real) and not isinstance(limit, bool)
            if limit is not None and not (is_number and limit > 0):
                advice = "Give None for no limit."
                raise StudyError.must(f"Study.{name}", "be a positive number", limit, advice)


NO_LIMITS = Limits()


class Executor(ABC):
    """Runs trials in slots, one trial in each; used by one thread, woken by any.

    The order of calls is `open`, then any number of `submit` (while `n_free` > 0), `collect`
    and `cancel`, then `close`.
    """

    @abstractmethod
    def open(self, objective: Any, limits: Limits = NO_LIMITS) -> None:
        """Get ready to run `objective`, each trial within the limits."""

    @property
    @abstractmethod
    def n_free(self) -> int:
        """Number of slots without a trial."""

    @abstractmethod
    def submit(self, job: Job) -> None:
        """Run a trial in a free slot."""

    @abstractmethod
    def collect(self, timeout_s: float) -> list[Outcome]:
        """Wait for outcomes, at most `timeout_s` or until `wake`; [] if none came.

        Raises
        ------
        ExecutorLostError
            What runs the trials is gone, and so are those that ran.
        """

    @abstractmethod
    def kill(self, number: int) -> None:
        """End one running trial, which `collect` gives back as KILLED; from any thread."""

    @abstractmethod
    def cancel(self) -> list[int]:
        """Stop all running trials at once; returns their numbers."""

    @abstractmethod
    def resize(self, n_workers: int) -> None:
        """Change the number of slots; surplus ones end when their trial does."""

    @abstractmethod
    def wake(self) -> None:
        """Make a waiting `collect` return; may be called from any thread."""

    @abstractmethod
    def close(self) -> None:
        """End all workers."""


class InProcess(Executor):
    """Runs one trial at a time in the calling thread, for debugging and for tests.

    Nothing can end a trial here but the trial itself: limits do not hold.
    """

    def __init__(self) -> None:
        self._objective: Any = None
        self._job: Job | None = None
        self._wakes = threading.Event()

    def open(self, objective: Any, limits: Limits = NO_LIMITS) -> None:
        self._objective = objective

    @property
    def n_free(self) -> int:
        return int(self._job is None)

    def submit(self, job: Job) -> None:
        self._job = job

    def collect(self, timeout_s: float) -> list[Outcome]:
        if self._job is None:
            self._wakes.wait(timeout_s)
            self._wakes.clear()
            return []
        job = self._job
        result = run_objective(self._objective, job)
        self._job = None
        return [(job.number, result)]

    def kill(self, number: int) -> None:
        """Do nothing: see the class."""

    def cancel(self) -> list[int]:
        numbers = [self._job.number] if self._job else []
        self._job = None
        return numbers

    def resize(self, n_workers: int) -> None:
        """One slot is all there is."""

    def wake(self) -> None:
        self._wakes.set()

    def close(self) -> None:
        self._job = None


def killed(seconds: float, log: str = "") -> Result:
    """Return the result of a trial that the user has ended."""
    return ended(TrialState.KILLED, "Killed by the user.", seconds, log)


def timed_out(timeout_s: float | None, seconds: float, log: str = "", why: str = "") -> Result:
    """Return the result of a trial that has run for too long."""
    limit = 0.0 if timeout_s is None else timeout_s
    error = f"Ended after {limit:g} s, the time that a trial may take.{why}"
    return ended(TrialState.TIMED_OUT, error, seconds, log)


def ended(state: TrialState, error: str, seconds: float, log: str = "") -> Result:
    """Return the result of a trial that was ended from outside."""
    from ..details import Details

    return Result(None, error=error, duration_s=seconds, ending=state, details=Details(log=log))
