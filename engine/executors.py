"""Where trials run: in this process, or in local worker processes."""

from __future__ import annotations

import os
import queue
import signal
import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any
from weakref import WeakSet

from .errors import ObjectiveError
from .objective import run_objective
from .settings import check_count
from .trial import Config, Result

Outcome = tuple[int, Result]
"""The number of a trial and what its run gave back."""

WORKER_DIED = (
    "The worker process died while it ran this trial. It may have run out of memory or "
    "crashed in compiled code. The search goes on with a new worker."
)


class Executor(ABC):
    """Runs trials in slots, one trial in each; used by one thread, woken by any.

    The order of calls is `open`, then any number of `submit` (while `n_free` > 0), `collect`
    and `cancel`, then `close`.
    """

    @abstractmethod
    def open(self, objective: Any) -> None:
        """Get ready to run `objective`."""

    @property
    @abstractmethod
    def n_free(self) -> int:
        """Number of slots without a trial."""

    @abstractmethod
    def submit(self, number: int, config: Config) -> None:
        """Run trial `number` in a free slot."""

    @abstractmethod
    def collect(self, timeout_s: float) -> list[Outcome]:
        """Wait for outcomes, at most `timeout_s` or until `wake`; [] if none came."""

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
    """Runs one trial at a time in the calling thread, for debugging and for tests."""

    def __init__(self) -> None:
        self._objective: Any = None
        self._job: tuple[int, Config] | None = None
        self._wakes = threading.Event()

    def open(self, objective: Any) -> None:
        self._objective = objective

    @property
    def n_free(self) -> int:
        return int(self._job is None)

    def submit(self, number: int, config: Config) -> None:
        self._job = (number, config)

    def collect(self, timeout_s: float) -> list[Outcome]:
        if self._job is None:
            self._wakes.wait(timeout_s)
            self._wakes.clear()
            return []
        number, config = self._job
        result = run_objective(self._objective, config)
        self._job = None
        return [(number, result)]

    def cancel(self) -> list[int]:
        numbers = [self._job[0]] if self._job else []
        self._job = None
        return numbers

    def resize(self, n_workers: int) -> None:
        """One slot is all there is."""

    def wake(self) -> None:
        self._wakes.set()

    def close(self) -> None:
        self._job = None


class LocalWorkers(Executor):
    """Runs trials in worker processes of this machine, one process per slot.

    Each slot has a process pool of its own: a worker that crashes takes no other trial with
    it, and one running trial can be stopped by ending its process. The objective, data
    included, is sent to each worker once.

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
        self._payload = b""
        self._free: list[_Slot] = []
        self._busy: dict[int, _Slot] = {}
        self._done: queue.SimpleQueue[tuple[_Slot | None, int, Any]] = queue.SimpleQueue()
        self._is_closed = threading.Event()
        self._is_closed.set()

    def open(self, objective: Any) -> None:
        import cloudpickle

        self._is_closed.clear()
        try:
            self._payload = cloudpickle.dumps(objective)
        except Exception as error:
            raise ObjectiveError(
                f"Study.model must be something that can be sent to a worker process. {error}. "
                "Make what cannot be sent inside the function.",
                name="Study.model",
                value=objective,
            ) from error

    @property
    def n_free(self) -> int:
        return max(0, self._n_workers - len(self._busy))

    def submit(self, number: int, config: Config) -> None:
        while True:
            slot = self._free.pop() if self._free else _Slot(self._payload)
            if slot.run(config, partial(self._finish, slot, number)):
                self._busy[number] = slot
                _OPEN.add(self)
                return
            slot.kill()

    def collect(self, timeout_s: float) -> list[Outcome]:
        outcomes: list[Outcome] = []
        try:
            outcomes += self._outcome(*self._done.get(timeout=timeout_s))
            while True:
                outcomes += self._outcome(*self._done.get_nowait())
        except queue.Empty:
            self._trim()
        if _IS_ENDING.is_set():
            raise KeyboardInterrupt  # as Ctrl-C would: the run is over, and can be resumed
        return outcomes

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
        self._is_closed.set()

    def wait_closed(self, timeout_s: float) -> None:
        """Wait until `close` has been called."""
        self._is_closed.wait(timeout_s)

    def _outcome(self, slot: _Slot | None, number: int, future: Any) -> list[Outcome]:
        """Take one finished future in; one that was cancelled meanwhile gives nothing."""
        if slot is None or self._busy.get(number) is not slot:
            return []
        del self._busy[number]
        if future.cancelled() or future.exception() is not None:
            slot.kill()
            return [(number, Result(None, error=_why(future), duration_s=slot.busy_s))]
        self._free.append(slot)
        return [(number, future.result())]

    def _trim(self) -> None:
        while self._free and len(self._free) + len(self._busy) > self._n_workers:
            self._free.pop().kill()

    def _finish(self, slot: _Slot, number: int, future: Future[Result]) -> None:
        self._done.put((slot, number, future))


class _Slot:
    """A process pool of one worker, which is started by its first trial."""

    def __init__(self, payload: bytes) -> None:
        # Loky (not concurrent.futures): it needs no `if __name__ == "__main__"` in the user's
        # script, and pickles functions that were defined in a notebook.
        from loky.process_executor import ProcessPoolExecutor

        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        self._pool = ProcessPoolExecutor(
            max_workers=1, initializer=_prepare, initargs=(payload, os.getpid()), env=threads
        )
        self._began = 0.0
        self._is_watched = False

    @property
    def busy_s(self) -> float:
        return time.monotonic() - self._began

    def run(self, config: Config, on_done: Callable[[Future[Result]], None]) -> bool:
        """Start a trial; False if the process has died while it was idle."""
        from loky.process_executor import BrokenProcessPool

        self._began = time.monotonic()
        try:
            future: Future[Result] = self._pool.submit(_run, config)
        except BrokenProcessPool:
            return False
        future.add_done_callback(on_done)
        if not self._is_watched:
            # Each pool registers a hook that waits for its trial when the interpreter ends. The
            # last hook registered runs first, and only threading's own run before that wait.
            threading._register_atexit(_end_all)  # type: ignore[attr-defined]
            self._is_watched = True
        return True

    def kill(self) -> None:
        self._pool.shutdown(wait=False, kill_workers=True)


def _why(future: Any) -> str:
    error = None if future.cancelled() else future.exception()
    if error is None or type(error).__name__ in ("TerminatedWorkerError", "BrokenProcessPool"):
        return WORKER_DIED
    return f"The run ended without a result: {type(error).__name__}: {error}"


_OPEN: WeakSet[LocalWorkers] = WeakSet()
_IS_ENDING = threading.Event()


def _end_all() -> None:
    """Let no running trial hold up the end of the interpreter."""
    _IS_ENDING.set()
    for workers in list(_OPEN):
        workers.wake()
    for workers in list(_OPEN):
        workers.wait_closed(3.0)


_payload: bytes = b""
_objective: Any = None


def _prepare(payload: bytes, parent: int) -> None:
    """Set a worker up: keep the objective for its first trial, and end with the parent."""
    global _payload, _objective
    _payload, _objective = payload, None
    # Ctrl-C goes to the whole process group; the parent decides what becomes of the trial.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def _end_with(parent: int) -> None:
    """End this process soon after its parent, which may have been killed, is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


def _run(config: Config) -> Result:
    """Run one trial in a worker."""
    global _objective
    if _objective is None:
        import cloudpickle

        try:
            # Not from a store or an upload: these bytes come from the parent process itself.
            _objective = cloudpickle.loads(_payload)
        except Exception as error:  # noqa: BLE001 (whatever the user's modules raise)
            why = f"{type(error).__name__}: {error}"
            return Result(None, error=f"The model could not be loaded in the worker process. {why}")
    return run_objective(_objective, config)
