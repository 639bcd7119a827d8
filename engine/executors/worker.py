"""What runs in a local worker process: its set-up, its watch on the parent, its trials."""

from __future__ import annotations

import faulthandler
import os
import shutil
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ..job import Job
from ..objective import run_objective
from ..trial import Result
from .parcel import unpack

N_LOG_LINES = 40
N_LOG_CHARACTERS = 8_000

_folder = ""
_log = Path()


def prepare(folder: str, log: str, parent: int) -> None:
    """Set a worker up: its output goes into a file, Ctrl-C passes by, it ends with the parent."""
    global _folder, _log
    _folder, _log = folder, Path(log)
    # Ctrl-C goes to the whole process group; the parent decides what becomes of the trial.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    except FileNotFoundError:  # the run was over before this process had started
        os._exit(1)
    for standard in (1, 2):
        os.dup2(descriptor, standard)
    os.close(descriptor)
    # Where compiled code crashes, the log says in which line of Python.
    faulthandler.enable(file=2)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()


def run(job: Job) -> Result:
    """Run one trial; one that fails takes along the last lines that it printed."""
    # The stamp tells the parent that the trial, not the start of the process, takes time.
    stamp_of(_log).write_bytes(b"")
    os.ftruncate(1, 0)
    result = run_job(_folder, job)
    if result.score is None and not result.details.log:
        for stream in (sys.stdout, sys.stderr):
            with suppress(ValueError, OSError):  # the trial may have closed it
                stream.flush()
        result = replace(result, details=replace(result.details, log=tail(_log)))
    return result


def run_job(folder: str, job: Job) -> Result:
    """Run one trial of the objective that lies in a parcel's folder."""
    try:
        objective = unpack(folder)
    except Exception as error:  # noqa: BLE001 (whatever the user's modules raise)
        why = f"{type(error).__name__}: {error}"
        return Result(None, error=f"The model could not be loaded in the worker process. {why}")
    return run_objective(objective, job)


def stamp_of(log: Path) -> Path:
    """Return the file whose time says when the worker began its trial."""
    return log.with_suffix(".began")


def tail(log: Path) -> str:
    """Return the last lines of a file; nothing where there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - N_LOG_CHARACTERS))
            text = file.read().decode(errors="replace")
    except OSError:
        return ""
    return "\n".join(text.splitlines()[-N_LOG_LINES:])


def _end_with(parent: int) -> None:
    """End this process soon after its parent, which may have been killed, is gone."""
    while os.getppid() == parent:
        time.sleep(0.5)
    shutil.rmtree(_folder, ignore_errors=True)
    _end_children()
    os._exit(1)


def _end_children() -> None:
    """End what the trial has started: nobody else is left to do it."""
    import psutil

    for child in psutil.Process().children(recursive=True):
        with suppress(psutil.Error):
            child.kill()
