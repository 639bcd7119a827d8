"""A Dask cluster as the place where trials run."""

from __future__ import annotations

import asyncio
import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

from ..errors import ExecutorLostError, StudyError
from ..job import Job
from ..objective import run_objective
from ..settings import check_count
from ..trial import Result, TrialState
from .base import NO_LIMITS, Limits, Outcome, ended
from .parcel import packed
from .pool import PoolWorkers

ONE_AHEAD_IN = 20
"""Of so many threads one has its next trial waiting, which is there when any of them is free."""
_LOOK_S = 2.0
_CONNECT_S = 5
_N_RESTARTS = 2


@dataclass(frozen=True)
class Payload:
    """The pickled objective as it lies in the memory of the cluster's workers."""

    token: str
    data: bytes


class DaskWorkers(PoolWorkers):
    """Runs trials on a Dask cluster, one in each thread of its workers.

    On a cluster of 20 threads or more, one trial in 20 is sent ahead, so that no thread waits
    while its last result is stored; not where trials have a limit of time.

    The objective, data included, is scattered to the workers once. Workers may come and go: a
    trial whose worker is lost is run again by another one, and one that takes a worker along
    again and again fails. A running trial cannot be stopped by Dask: one that is killed or has
    timed out is told so at once, but its thread is free again only when the trial ends by
    itself. A limit of memory is Dask's own (``memory_limit`` of the workers), and what a trial
    prints stays in the log of its worker.

    Parameters
    ----------
    client : distributed.Client
        Connected to the cluster; stays open. Not an asynchronous one.
    n_workers : int, optional
        How many trials to run at once; as many as the workers have threads by default.

    Raises
    ------
    StudyError
        The client is asynchronous, or closed.
    """

    def __init__(self, client: Any, n_workers: int | None = None) -> None:
        super().__init__(client, 1)
        if client.asynchronous or client.status != "running":
            is_open = client.status == "running"
            found = "an asynchronous one" if is_open else f"one that is {client.status}"
            advice = "Make it by Client(address)."
            raise StudyError.must("Study.executor", "be a connected Dask client", found, advice)
        self._most = n_workers
        self._owns_client = False
        self._looked_at = 0.0
        self._payload: Any = None
        self._restarts: dict[int, int] = {}
        self._jobs: dict[int, Job] = {}
        self._results: dict[Any, Result] = {}

    @classmethod
    def at(cls, address: str, n_workers: int | None = None) -> Self:
        """Connect to the scheduler at an address, until `close`.

        Parameters
        ----------
        address : str
            Such as ``"tcp://192.168.0.5:8786"``; ``tcp://`` may be left out.
        n_workers : int, optional
            As above.

        Raises
        ------
        StudyError
                Dask is not installed, or no scheduler answers within 5 s.
        """
        workers = cls(_connected(address), n_workers)
        workers._owns_client = True
        return workers

    @property
    def n_threads(self) -> int:
        """How many trials the cluster can run at once, as it stands now."""
        return sum(self._asked(self._pool.nthreads).values())

    def open(self, objective: Any, limits: Limits = NO_LIMITS) -> None:
        self._limits = limits
        self._objective = Payload(uuid.uuid4().hex, packed(objective))
        self._scatter()

    @property
    def n_free(self) -> int:
        if time.monotonic() - self._looked_at > _LOOK_S:
            self._looked_at = time.monotonic()
            self._n_workers = self._n_slots(self.n_threads)
        return max(0, self._n_workers - len(self._busy))

    def _n_slots(self, n_threads: int) -> int:
        """Return how many trials may be with the cluster at once."""
        if self._most is not None and self._most < n_threads:
            return self._most
        # Time runs from the submission on: nothing may wait where time is limited.
        n_ahead = 0 if self._limits.timeout_s else n_threads // ONE_AHEAD_IN
        # A trial waits at the scheduler while there is no worker.
        return max(1, n_threads + n_ahead)

    def collect(self, timeout_s: float) -> list[Outcome]:
        if self._busy and self._pool.status != "running":
            raise self._lost(None)
        return super().collect(timeout_s)

    def resize(self, n_workers: int) -> None:
        check_count("Study.n_workers", n_workers)
        self._most, self._looked_at = n_workers, 0.0
        self.wake()

    def cancel(self) -> list[int]:
        numbers = sorted(self._busy)
        running = [future for future, _ in self._busy.values()]
        self._busy.clear()
        if running and self._pool.status == "running":
            self._asked(lambda: self._pool.cancel(running, force=True))
        return numbers

    def close(self) -> None:
        try:
            super().close()
        finally:
            self._payload = None
            self._results.clear()
            if self._owns_client:
                self._pool.close()

    def _scatter(self) -> None:
        # To all workers at once: the data outlive the loss of any of them.
        self._payload = self._asked(
            lambda: self._pool.scatter(self._objective, broadcast=True, hash=False)
        )

    def _start(self, job: Job) -> Any:
        self._jobs[job.number] = job
        return self._pool.submit(
            run_on_worker, self._payload, job, pure=False, key=f"trial-{uuid.uuid4().hex}"
        )

    def _watch(self, number: int, future: Any) -> None:
        # On the client's own loop: while results are fetched, the next trials are submitted.
        self._pool.loop.add_callback(self._fetch, number, future)

    async def _fetch(self, number: int, future: Any) -> None:
        """Wait for a future and fetch its result, before it counts as done."""
        try:
            results = await self._pool.gather([future], errors="skip", asynchronous=True)
            for result in results:
                self._results[future] = result
        finally:
            self._finish(number, future)

    def _outcomes(self, done: dict[int, Any]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for number, future in done.items():
            result = self._results.pop(future, None)
            if result is None:
                outcomes += self._failed(number, future)
            else:
                del self._busy[number]
                outcomes.append((number, result))
        for number, _ in outcomes:
            self._jobs.pop(number, None)
        return outcomes

    def _failed(self, number: int, future: Any) -> list[Outcome]:
        _, began = self._busy.pop(number)
        if future.status == "error":
            return [(number, _failure(future.exception(), time.monotonic() - began))]
        # Cancelled by nobody here: the scheduler is gone, or the last worker with the data.
        if self._pool.status != "running":
            self._busy[number] = (future, began)
            raise self._lost(None)
        n_restarts = self._restarts[number] = self._restarts.get(number, 0) + 1
        if n_restarts > _N_RESTARTS:
            return [(number, _crashed(time.monotonic() - began))]
        self._scatter()
        self.submit(self._jobs[number])
        return []

    def _give_up(self, number: int) -> None:
        future, _ = self._busy.pop(number)
        self._asked(lambda: self._pool.cancel([future], force=True))

    def _asked(self, question: Any) -> Any:
        """Ask the cluster something; ExecutorLostError where nobody answers."""
        from concurrent.futures import CancelledError

        try:
            return question()
        except (OSError, RuntimeError, ValueError, TimeoutError, CancelledError) as error:
            raise self._lost(error) from error

    def _lost(self, error: BaseException | None) -> ExecutorLostError:
        why = f" ({error})" if error is not None and str(error) else ""
        message = f"The connection to the Dask scheduler is lost{why}. Connect again and resume."
        return ExecutorLostError(message, name="Executor")


_objective: tuple[str, Any] = ("", None)
_loading = threading.Lock()


def _connected(address: str) -> Any:
    """Return a client of the scheduler at an address."""
    try:
        from distributed import Client
    except ImportError as error:
        message = "Dask is not installed. Install it by: pip install 'tuneboard[dask]'."
        raise StudyError(message, name="Study.executor") from error
    try:
        # In a thread of its own: a notebook's thread has a loop already.
        with ThreadPoolExecutor(1) as thread:
            thread.submit(asyncio.run, _greet(address.strip())).result()
        return Client(address.strip(), timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        why = str(error).partition("\n")[0] or "no scheduler answers there"
        message = (
            f"The Dask scheduler at {address!r} cannot be reached ({why}). Check the address, such "
            "as tcp://192.168.0.5:8786, and that the scheduler runs."
        )
        raise StudyError(message, name="Study.executor", value=address) from error


async def _greet(address: str) -> None:
    """Raise what is wrong where no scheduler answers: a client would try on in the background."""
    from distributed.comm.addressing import normalize_address, parse_address, parse_host_port
    from distributed.comm.core import connect

    host, port = parse_host_port(parse_address(address)[1])
    if not 0 < port < 2**16:
        message = f"{port} is no port"
        raise ValueError(message)
    # At once where nobody listens; `connect` would try again and again.
    _, writer = await asyncio.wait_for(asyncio.open_connection(host, port), _CONNECT_S)
    writer.close()
    comm = await asyncio.wait_for(connect(normalize_address(address)), _CONNECT_S)
    await comm.close()


def run_on_worker(payload: Payload, job: Job) -> Result:
    """Run one trial on a worker of the cluster."""
    try:
        return run_objective(_loaded(payload), job)
    except SystemExit as error:  # it would end the worker, with all that runs there
        return Result(None, error=f"The run ended without a result: SystemExit: {error}")


def _loaded(payload: Payload) -> Any:
    """Return the objective, unpickled once per worker process."""
    global _objective
    import cloudpickle

    with _loading:
        if _objective[0] != payload.token:
            # Not from a store or an upload: the client that the user has connected sent it.
            _objective = (payload.token, cloudpickle.loads(payload.data))
        return _objective[1]


def _failure(error: Any, seconds: float) -> Result:
    if type(error).__name__ == "KilledWorker":
        return _crashed(seconds)
    why = f"The run ended without a result: {type(error).__name__}: {error}"
    return ended(TrialState.FAILED, why, seconds)


def _crashed(seconds: float) -> Result:
    why = "Each Dask worker that ran this trial died: it may take too much memory, or crash."
    return ended(TrialState.CRASHED, why, seconds)
