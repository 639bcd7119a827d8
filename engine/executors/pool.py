"""Any executor of concurrent.futures as the place where trials run."""

from __future__ import annotations

import queue
import time
from concurrent import futures
from contextlib import suppress
from functools import partial
from typing import Any

from ..errors import ExecutorLostError
from ..job import Job
from ..objective import run_objective
from ..settings import check_count
from ..trial import Result
from .base import NO_LIMITS, Executor, Limits, Outcome, killed, timed_out
from .parcel import Parcel
from .worker import run_job

_LOOK_S = 0.1
_NOT_STOPPED = " What runs it cannot be stopped: it stays taken until the trial ends by itself."


class PoolWorkers(Executor):
    """Runs trials on a `concurrent.futures.Executor` of the user's, which stays open.

    Its workers must see this machine's temporary folder, where the objective is packed once;
    threads share the objective itself. A running trial cannot be stopped there: one that is
    killed or has timed out is told so at once, but its worker is free again only when the
    trial ends by itself. A limit of memory does not hold.

    Parameters
    ----------
    pool : concurrent.futures.Executor
        Where the trials run.
    n_workers : int
        How many trials to run at once.
    """

    def __init__(self, pool: futures.Executor, n_workers: int) -> None:
        check_count("Study.n_workers", n_workers)
        self._pool: Any = pool
        self._n_workers = n_workers
        self._limits = NO_LIMITS
        self._objective: Any = None
        self._parcel: Parcel | None = None
        self._busy: dict[int, tuple[Any, float]] = {}
        self._given_up: set[Any] = set()
        self._to_kill: set[int] = set()
        self._done: queue.SimpleQueue[tuple[int, Any]] = queue.SimpleQueue()

    def open(self, objective: Any, limits: Limits = NO_LIMITS) -> None:
        self._objective, self._limits = objective, limits
        if not isinstance(self._pool, futures.ThreadPoolExecutor):
            self._parcel = Parcel(objective)

    @property
    def n_free(self) -> int:
        self._given_up = {one for one in self._given_up if not one.done()}
        return max(0, self._n_workers - len(self._busy) - len(self._given_up))

    def submit(self, job: Job) -> None:
        try:
            future = self._start(job)
        except RuntimeError as error:  # broken, or shut down
            raise self._lost(error) from error
        self._busy[job.number] = (future, time.monotonic())
        self._watch(job.number, future)

    def collect(self, timeout_s: float) -> list[Outcome]:
        give_up_at = time.monotonic() + timeout_s
        while True:
            left = max(0.0, give_up_at - time.monotonic())
            done, is_woken = self._take(left if self._limits == NO_LIMITS else min(left, _LOOK_S))
            outcomes = self._outcomes(done) + self._enforce()
            if outcomes or is_woken or time.monotonic() >= give_up_at:
                return outcomes

    def kill(self, number: int) -> None:
        self._to_kill.add(number)
        self.wake()

    def cancel(self) -> list[int]:
        numbers = sorted(self._busy)
        for number in numbers:
            self._give_up(number)
        return numbers

    def resize(self, n_workers: int) -> None:
        check_count("Study.n_workers", n_workers)
        self._n_workers = n_workers
        self.wake()

    def wake(self) -> None:
        self._done.put((0, None))

    def close(self) -> None:
        self.cancel()
        if self._parcel is not None:
            self._parcel.discard()
            self._parcel = None

    def _start(self, job: Job) -> Any:
        if self._parcel is None:
            return self._pool.submit(run_objective, self._objective, job)
        return self._pool.submit(run_job, self._parcel.folder, job)

    def _take(self, timeout_s: float) -> tuple[dict[int, Any], bool]:
        """Return the finished futures by number, and whether somebody has called `wake`."""
        done: dict[int, Any] = {}
        is_woken = False
        with suppress(queue.Empty):
            number, future = self._done.get(timeout=timeout_s)
            while True:
                is_woken = is_woken or future is None
                if self._busy.get(number, (None, 0.0))[0] is future and future is not None:
                    done[number] = future
                number, future = self._done.get_nowait()
        return done, is_woken

    def _outcomes(self, done: dict[int, Any]) -> list[Outcome]:
        """Turn finished futures into outcomes."""
        outcomes: list[Outcome] = []
        for number, future in done.items():
            _, began = self._busy.pop(number)
            error = None if future.cancelled() else future.exception()
            if future.cancelled() or isinstance(error, futures.BrokenExecutor):
                self._busy[number] = (future, began)
                raise self._lost(error)
            outcomes.append((number, _result(future, error)))
        return outcomes

    def _enforce(self) -> list[Outcome]:
        outcomes: list[Outcome] = []
        to_kill, self._to_kill = self._to_kill, set()
        timeout_s, now = self._limits.timeout_s, time.monotonic()
        for number, (_, began) in list(self._busy.items()):
            if number in to_kill:
                outcomes.append((number, killed(now - began)))
            elif timeout_s is not None and now - began > timeout_s:
                outcomes.append((number, timed_out(timeout_s, now - began, why=_NOT_STOPPED)))
            else:
                continue
            self._give_up(number)
        return outcomes

    def _give_up(self, number: int) -> None:
        future, _ = self._busy.pop(number)
        if not future.cancel():
            self._given_up.add(future)

    def _watch(self, number: int, future: Any) -> None:
        """Have the future put into the queue when it is done."""
        future.add_done_callback(partial(self._finish, number))

    def _finish(self, number: int, future: Any) -> None:
        self._done.put((number, future))

    def _lost(self, error: BaseException | None) -> ExecutorLostError:
        kind = type(self._pool).__name__
        message = f"The workers are gone: {kind} says {error or 'that it was cancelled'}."
        return ExecutorLostError(message, name="Executor")


def _result(future: Any, error: BaseException | None) -> Result:
    if error is not None:
        why = f"The run ended without a result: {type(error).__name__}: {error}"
        return Result(None, error=why)
    result: Result = future.result()
    return result
