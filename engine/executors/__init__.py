"""Where trials run: in this process, in local workers, in any pool, or on a Dask cluster."""

from __future__ import annotations

from concurrent import futures
from typing import Any

from ..errors import StudyError
from .base import NO_LIMITS, Executor, InProcess, Limits, Outcome
from .local import WORKER_DIED, LocalWorkers

__all__ = [
    "NO_LIMITS",
    "WORKER_DIED",
    "Executor",
    "InProcess",
    "Limits",
    "LocalWorkers",
    "Outcome",
    "as_executor",
]


def as_executor(executor: Any, n_workers: int) -> Executor:
    """Return what runs the trials.

    Parameters
    ----------
    executor : Executor, concurrent.futures.Executor, distributed.Client, str or None
        None for local worker processes; a text is the address of a Dask scheduler. What comes
        from the user stays open.
    n_workers : int
        Trials at once; on a Dask cluster its threads are counted instead.

    Raises
    ------
    StudyError
        It is none of these, or there is no such scheduler.
    """
    if executor is None:
        return LocalWorkers(n_workers)
    if isinstance(executor, Executor):
        return executor
    if isinstance(executor, str):
        from .dask_cluster import DaskWorkers

        return DaskWorkers.at(executor)
    if isinstance(executor, futures.Executor):
        from .pool import PoolWorkers

        return PoolWorkers(executor, n_workers)
    # By its methods: a client can only be there where distributed is installed.
    if all(hasattr(executor, name) for name in ("scatter", "scheduler_info", "submit")):
        from .dask_cluster import DaskWorkers

        return DaskWorkers(executor)
    rule = "be an executor, a concurrent.futures.Executor, a Dask client or its address"
    raise StudyError.must("Study.executor", rule, executor, "Leave it out for local workers.")
