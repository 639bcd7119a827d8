"""One `panel serve dashboard`, as the README starts it, with a store of its own."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from tuneboard.engine.history import History, StudyRecord
from tuneboard.engine.trial import Trial

ROOT = Path(__file__).parents[2]
START_S = 60
STOP_S = 10


class Server:
    """A server process that may be stopped, killed and started again on the same store.

    Parameters
    ----------
    folder : Path
        An empty folder for the store and the log.
    code_folders : paths
        Where the page may open files.
    app : Path
        What is served: the dashboard, or a page of a test.
    """

    def __init__(self, folder: Path, *code_folders: Path, app: Path = ROOT / "dashboard") -> None:
        self._app = app
        self._code_folders = code_folders
        self.history_path = folder / "history.sqlite"
        self.log = folder / "server.log"
        self._home = folder
        self._port = free_port()
        self._processes: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """Address of the page."""
        return f"http://127.0.0.1:{self._port}/{self._app.stem}"

    @property
    def history(self) -> History:
        """The store, opened by the process of the test."""
        return History(self.history_path)

    @property
    def environment(self) -> dict[str, str]:
        """Environment of the server; a script that is given it too uses the same store."""
        return {
            **os.environ,
            "TUNEBOARD_HISTORY": str(self.history_path),
            "XDG_DATA_HOME": str(self._home / "data"),
            "PYTHONUNBUFFERED": "1",
        }

    def studies(self) -> list[StudyRecord]:
        """Return what the store knows of all studies, newest first."""
        return self.history.studies()

    def trials(self, study_id: str) -> dict[int, Trial]:
        """Return the trials of a study in the store, by number."""
        trials, _revision = self.history.trials(study_id)
        return {trial.number: trial for trial in trials}

    def start(self) -> None:
        """Start the server and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "panel",
            "serve",
            os.path.relpath(self._app, ROOT),
            "--liveness",
        ]
        command += ["--port", str(self._port), "--address", "127.0.0.1"]
        if self._code_folders:
            command += ["--args", *map(str, self._code_folders)]
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._processes.append(process)
        self._wait_until_it_answers(process)

    def kill(self) -> None:
        """Kill the server as a power cut would: SIGKILL, no farewell; its workers are left."""
        self._processes[-1].kill()
        self._processes[-1].wait(STOP_S)

    def stop(self) -> None:
        """Ask the server to end; it has to within ten seconds."""
        process = self._processes[-1]
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            pytest.fail(f"The server did not end. It printed:\n{self.log_text()[-4000:]}")

    def close(self) -> None:
        """End every process that was ever started here, and its workers."""
        for process in self._processes:
            # The server leads a session of its own: its workers are in its process group.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(STOP_S)

    def log_text(self) -> str:
        """Return what the server has printed so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def tracebacks(self, after: int = 0) -> list[str]:
        """Return each traceback in the log from character `after` on, with what follows it."""
        _, *found = self.log_text()[after:].split("Traceback (most recent call last)")
        return [one[:9000] for one in found]

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline and process.poll() is None:
            with (
                contextlib.suppress(OSError, HTTPException),
                contextlib.closing(self._connect()) as connection,
            ):
                connection.request("GET", "/liveness")
                connection.getresponse()
                return
            time.sleep(0.1)
        pytest.fail(f"The server does not answer. It printed:\n{self.log_text()[-4000:]}")

    def _connect(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self._port, timeout=5)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
