"""Local worker processes: one per slot, each ended or lost without harm to the others."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any
from weakref import WeakSet

from ..job import Job
from ..settings import check_count
from ..trial import Result, TrialState
from . import worker
from .base import NO_LIMITS, Executor, Limits, Outcome, ended, killed, timed_out
from .parcel import Parcel

WORKER_DIED = (
    "The worker process died while it ran this trial. It may have run out of memory or "
    "crashed in compiled code. The search goes on with a new worker."
)
N_TRIES = 2
"""Runs of a trial whose worker was killed from outside, or died before the trial began."""
_LOOK_S = 0.1
_THREADS = ("OMP", "OPENBLAS", "MKL", "BLIS", "VECLIB_MAXIMUM", "NUMEXPR")


class LocalWorkers(Executor):
    """Runs trials in worker processes of this machine, one process per slot.

    Each slot has a process pool of its own: a worker that crashes takes no other trial with
    it, and one running trial can be stopped by ending its process. The objective is packed
    once, and its large arrays are mapped by all workers. Each worker computes with one thread,
    and what it prints is kept for the trials that fail.

    Parameters
    ----------
    n_workers : int
        Number of worker processes, at least 1.

    Raises
    ------
    StudyError
        `n_workers` is below 1.
    """

    def __init__(self, n_workers: int) -> None:
        check_count("Study.n_workers", n_workers)
        self._n_workers = n_workers
        self._limits = NO_LIMITS
        self._parcel: Parcel | None = None
        self._names = count(1)
        self._free: list[_Slot] = []
        self._busy: dict[int, _Slot] = {}
        self._to_kill: set[int] = set()
        self._done: queue.SimpleQueue[tuple[_Slot | None, int, Any]] = queue.SimpleQueue()
        self._is_closed = threading.Event()
        self._is_closed.set()

    def open(self, objective: Any, limits: Limits = NO_LIMITS) -> None:
        self._is_closed.clear()
        self._parcel, self._limits = Parcel(objective), limits

    @property
    def n_free(self) -> int:
        return max(0, self._n_workers - len(self._busy))

    def submit(self, job: Job) -> None:
        self._start(job, n_tries=1)

    def collect(self, timeout_s: float) -> list[Outcome]:
        give_up_at = time.monotonic() + timeout_s
        is_limited = self._limits != NO_LIMITS
        while True:
            left = max(0.0, give_up_at - time.monotonic())
            outcomes, is_woken = self._take(min(left, _LOOK_S) if is_limited else left)
            outcomes += self._enforce()
            if outcomes or is_woken or time.monotonic() >= give_up_at:
                break
        self._trim()
        if _IS_ENDING.is_set():
            raise KeyboardInterrupt  # as Ctrl-C would: the run is over, and can be resumed
        return outcomes

    def kill(self, number: int) -> None:
        self._to_kill.add(number)
        self.wake()

    def cancel(self) -> list[int]:
        numbers = sorted(self._busy)
        for slot in self._busy.values():
            slot.kill()
        self._busy.clear()
        return numbers

    def resize(self, n_workers: int) -> None:
        check_count("Study.n_workers", n_workers)
        self._n_workers = n_workers
        self.wake()  # the slots belong to the thread that collects

    def wake(self) -> None:
        self._done.put((None, 0, None))

    def close(self) -> None:
        self.cancel()
        while self._free:
            self._free.pop().kill()
        if self._parcel is not None:
            self._parcel.discard()
            self._parcel = None
        self._is_closed.set()

    def wait_closed(self, timeout_s: float) -> None:
        """Wait until `close` has been called."""
        self._is_closed.wait(timeout_s)

    def _start(self, job: Job, n_tries: int) -> None:
        while True:
            slot = self._free.pop() if self._free else self._new_slot()
            if slot.run(job, n_tries, partial(self._finish, slot, job.number)):
                self._busy[job.number] = slot
                _OPEN.add(self)
                return
            slot.kill()

    def _new_slot(self) -> _Slot:
        folder = "" if self._parcel is None else self._parcel.folder
        return _Slot(folder, Path(folder) / f"worker_{next(self._names)}.log")

    def _take(self, timeout_s: float) -> tuple[list[Outcome], bool]:
        """Take in what has finished; also whether somebody has called `wake`."""
        outcomes: list[Outcome] = []
        is_woken = False
        with suppress(queue.Empty):
            slot, number, future = self._done.get(timeout=timeout_s)
            while True:
                is_woken = is_woken or slot is None
                outcomes += self._outcome(slot, number, future)
                slot, number, future = self._done.get_nowait()
        return outcomes, is_woken

    def _outcome(self, slot: _Slot | None, number: int, future: Any) -> list[Outcome]:
        """Take one finished future in; one that was cancelled meanwhile gives nothing."""
        if slot is None or self._busy.get(number) is not slot:
            return []
        del self._busy[number]
        if not future.cancelled() and future.exception() is None:
            self._free.append(slot)
            return [(number, future.result())]
        slot.kill()
        if slot.may_run_again and slot.job is not None:
            self._start(slot.job, slot.n_tries + 1)
            return []
        return [(number, slot.failure(future))]

    def _enforce(self) -> list[Outcome]:
        """End the trials that are to be killed or go beyond a limit."""
        outcomes: list[Outcome] = []
        to_kill, self._to_kill = self._to_kill, set()
        for number, slot in list(self._busy.items()):
            result = killed(slot.busy_s, slot.log()) if number in to_kill else self._excess(slot)
            if result is not None:
                del self._busy[number]
                slot.kill()
                outcomes.append((number, result))
        return outcomes

    def _excess(self, slot: _Slot) -> Result | None:
        """Return the result of a trial that is beyond a limit; None within them."""
        timeout_s, memory_mb = self._limits.timeout_s, self._limits.memory_mb
        if timeout_s is not None and slot.busy_s > timeout_s:
            return timed_out(timeout_s, slot.busy_s, slot.log())
        if memory_mb is not None and (used := slot.memory_mb()) > memory_mb:
            error = f"Ended at {used:,.0f} MB; a trial may use {memory_mb:,.0f} MB of memory."
            return ended(TrialState.OUT_OF_MEMORY, error, slot.busy_s, slot.log())
        return None

    def _trim(self) -> None:
        while self._free and len(self._free) + len(self._busy) > self._n_workers:
            self._free.pop().kill()

    def _finish(self, slot: _Slot, number: int, future: Future[Result]) -> None:
        self._done.put((slot, number, future))


class _Slot:
    """A process pool of one worker, which is started by its first trial."""

    def __init__(self, folder: str, log: Path) -> None:
        # Loky (not concurrent.futures): it needs no `if __name__ == "__main__"` in the user's
        # script, and pickles functions that were defined in a notebook.
        from loky.process_executor import ProcessPoolExecutor

        self._pool = ProcessPoolExecutor(
            max_workers=1,
            initializer=worker.prepare,
            initargs=(folder, str(log), os.getpid()),
            env={f"{name}_NUM_THREADS": "1" for name in _THREADS},
        )
        self.job: Job | None = None
        self.n_tries = 0
        self._log_file = log
        self._submitted_at = 0.0
        self._process: Any = None

    @property
    def has_begun(self) -> bool:
        """Whether the worker has come to the trial; before, it starts and loads libraries."""
        return self._began_at() >= self._submitted_at

    @property
    def busy_s(self) -> float:
        """Seconds since the trial began; 0 before."""
        return max(0.0, time.time() - self._began_at()) if self.has_begun else 0.0

    @property
    def may_run_again(self) -> bool:
        """Whether the end of the worker says nothing about the trial."""
        is_foreign = not self.has_begun or self._exit_code() == -signal.SIGKILL
        return is_foreign and self.n_tries < N_TRIES

    def run(self, job: Job, n_tries: int, on_done: Callable[[Future[Result]], None]) -> bool:
        """Start a trial; False if the process has died while it was idle."""
        from loky.process_executor import BrokenProcessPool

        self.job, self.n_tries = job, n_tries
        # File times tick more coarsely than the clock: an equal one counts as later.
        self._submitted_at = time.time() - 0.01
        with suppress(OSError):
            worker.stamp_of(self._log_file).unlink()
        is_first = self._process is None
        try:
            future: Future[Result] = self._pool.submit(worker.run, job)
        except BrokenProcessPool:
            return False
        # The pool forgets its process when that dies.
        self._process = next(iter(dict(self._pool._processes).values()), self._process)
        future.add_done_callback(on_done)
        if is_first:
            # Each pool registers a hook that waits for its trial when the interpreter ends. The
            # last hook registered runs first, and only threading's own run before that wait.
            threading._register_atexit(_end_all)  # type: ignore[attr-defined]
        return True

    def failure(self, future: Any) -> Result:
        """Return the result of a trial whose worker has given none."""
        error = None if future.cancelled() else future.exception()
        if error is None or type(error).__name__ in ("TerminatedWorkerError", "BrokenProcessPool"):
            why, state = f"{WORKER_DIED}{_named(self._exit_code())}", TrialState.CRASHED
        else:
            why = f"The run ended without a result: {type(error).__name__}: {error}"
            state = TrialState.FAILED
        return ended(state, why, self.busy_s, self.log())

    def log(self) -> str:
        """Return the last lines that the trial has printed."""
        return worker.tail(self._log_file) if self.has_begun else ""

    def memory_mb(self) -> float:
        """Return what the worker and its children hold in memory."""
        import psutil

        used = 0
        with suppress(psutil.Error, AttributeError):  # it has just ended, or not yet begun
            process = psutil.Process(self._process.pid)
            for one in (process, *process.children(recursive=True)):
                with suppress(psutil.Error):
                    used += one.memory_info().rss
        return used / 1e6

    def kill(self) -> None:
        """End the process and all that it has started."""
        self._pool.shutdown(wait=False, kill_workers=True)

    def _began_at(self) -> float:
        try:
            return worker.stamp_of(self._log_file).stat().st_mtime
        except OSError:
            return 0.0

    def _exit_code(self) -> int | None:
        with suppress(AttributeError, ValueError):
            self._process.join(1.0)
            code: int | None = self._process.exitcode
            return code
        return None


def _named(exit_code: int | None) -> str:
    if exit_code is None:
        return ""
    if exit_code >= 0:
        return f" It ended with code {exit_code}."
    with suppress(ValueError):
        return f" It ended by {signal.Signals(-exit_code).name}."
    return f" It ended by signal {-exit_code}."


_OPEN: WeakSet[LocalWorkers] = WeakSet()
_IS_ENDING = threading.Event()


def _end_all() -> None:
    """Let no running trial hold up the end of the interpreter."""
    _IS_ENDING.set()
    for workers in list(_OPEN):
        workers.wake()
    for workers in list(_OPEN):
        workers.wait_closed(3.0)
