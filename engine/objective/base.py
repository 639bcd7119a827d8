"""The contract of an objective, and how one is run so that nothing it does can hurt."""

from __future__ import annotations

import os
import socket
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from ..details import Details
from ..errors import ObjectiveError
from ..finite import as_finite
from ..job import Job
from ..metric import Metric
from ..trial import Config, Result, TrialState
from ..trial_run import TrialRun

_HERE = {str(Path(__file__).with_name(name)) for name in ("base.py", "function.py")}


class Objective(Protocol):
    """What a study can optimize; it is pickled once and sent to each worker."""

    @property
    def metric(self) -> Metric:
        """What the score means."""

    def __call__(self, config: Config) -> Result:
        """Run one configuration, which is a `TrialRun`; may raise anything."""


def run_objective(objective: Callable[[Config], Any], job: Job | Config) -> Result:
    """Run one configuration; whatever goes wrong becomes the result's `error`.

    Parameters
    ----------
    objective : callable
        An objective, or any function from a configuration to a `Result` or a number.
    job : Job or dict
        What to run; not changed.

    Returns
    -------
    Result
        With the worker's name. Failed runs have a score of None.
    """
    began = time.perf_counter()
    run = TrialRun(job if isinstance(job, Job) else Job(0, job))
    try:
        result = _checked(objective(run))
    except (KeyboardInterrupt, SystemExit):
        raise
    except ObjectiveError as failure:
        result = Result(None, error=str(failure))
    except MemoryError as failure:
        result = Result(None, error=_traceback(failure), ending=TrialState.OUT_OF_MEMORY)
    except BaseException as failure:  # noqa: BLE001 (a trial may fail in any way)
        result = Result(None, error=_traceback(failure))
    if run.curve and not result.details.curve:
        details: Details = replace(
            result.details, curve=tuple(run.curve), train_curve=tuple(run.train_curve)
        )
        result = replace(result, details=details)
    seconds = time.perf_counter() - began
    return replace(result, duration_s=seconds, worker=_worker_name())


def as_score(value: Any) -> float:
    """Return what an objective returned as a finite number, or raise ObjectiveError."""
    return as_finite("Objective", value, "return a finite number")


def stopped(result: Result, run: TrialRun) -> Result:
    """Return the result of a run that has followed a wish to stop early."""
    details: Details = replace(result.details, note=run.stop_reason)
    return replace(result, ending=TrialState.STOPPED, details=details)


def _checked(returned: Any) -> Result:
    if not isinstance(returned, Result):
        return Result(as_score(returned))
    if returned.score is None:
        return returned
    return replace(returned, score=as_score(returned.score))


def _traceback(failure: BaseException) -> str:
    """Format the traceback from the first frame that is not in the objectives' own files."""
    tb = failure.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename in _HERE:
        tb = tb.tb_next
    return "".join(traceback.format_exception(type(failure), failure, tb)).strip()


@cache
def _host() -> str:
    return socket.gethostname().split(".")[0]


def _worker_name() -> str:
    return f"{_host()}:{os.getpid()}"
