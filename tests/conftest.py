"""How the whole suite runs: the order of the tests and the property tests' effort."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from tuneboard.engine.history import History
from tuneboard.engine.study import Study

# A busy machine says nothing about the code: no deadlines.
_CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("default", **_CALM)
settings.register_profile("ci", **_CALM, derandomize=True)
settings.register_profile("nightly", **_CALM, max_examples=2_000)
_PROFILE = "ci" if "CI" in os.environ else "default"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", _PROFILE))

_LAST = ("notebook", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the slow tests last; Playwright also keeps an event loop that nbclient cannot share."""

    def place(item: pytest.Item) -> int:
        marks = [number for number, name in enumerate(_LAST, 1) if item.get_closest_marker(name)]
        return max(marks, default=0)

    items.sort(key=place)


@pytest.fixture
def server() -> Iterator[PostgreSQL]:
    """Start a PostgreSQL of the test's own; where there is none, the test fails in CI only."""
    programs = _postgresql()
    if programs is None:
        (pytest.fail if "CI" in os.environ else pytest.skip)("PostgreSQL is not on this machine")
    server = PostgreSQL(programs)
    server.start()
    yield server
    server.stop()


def _postgresql() -> Path | None:
    """Return the folder of PostgreSQL's programs: of Debian's newest version, or on the path."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    program = found[-1] if found else shutil.which("pg_ctl")
    return None if program is None else Path(program).parent


class PostgreSQL:
    """A server of the test's own, which is stopped and started as the test wants."""

    def __init__(self, programs: Path) -> None:
        self.programs = programs
        # Not below pytest's folder, which only its owner may enter: the server is never root.
        self.data = Path("/tmp") / f"tuneboard-pg-{os.getpid()}-{time.time_ns()}"  # noqa: S108
        self.data.mkdir()
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.url = f"postgresql+psycopg://tuneboard@127.0.0.1:{self.port}/postgres"
        if os.getuid() == 0:
            shutil.chown(self.data, "postgres")
        self._run("initdb", "-U", "tuneboard", "-A", "trust", "-D", str(self.data))

    def start(self) -> None:
        options = f"-p {self.port} -k {self.data} -c listen_addresses=127.0.0.1 -c fsync=off"
        log = str(self.data / "log")
        self._run("pg_ctl", "-D", str(self.data), "-w", "-l", log, "-o", options, "start")

    def pause(self) -> None:
        self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "stop")

    def stop(self) -> None:
        self.pause()
        shutil.rmtree(self.data, ignore_errors=True)

    def _run(self, program: str, *arguments: str) -> None:
        as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        subprocess.run(
            [*as_user, str(self.programs / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=60,
            cwd="/",
        )


@pytest.fixture(scope="session")
def until() -> Callable[[Callable[[], object]], None]:
    """Return a function that waits until a condition holds, for a long time on a busy machine."""

    def wait(condition: Callable[[], object], timeout_s: float = 30) -> None:
        give_up_at = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < give_up_at, "waited in vain"
            time.sleep(0.01)

    return wait


DRIVER = """
import sys, time
from tuneboard.engine import Study

def objective(config):
    time.sleep(0.2)
    return -config["x"] ** 2

Study(objective, space={"x": (-1.0, 1.0)}, history=sys.argv[1], n_trials=500, n_workers=1,
      optimizer="random", name="elsewhere").run(show_progress=False)
"""


@pytest.fixture
def elsewhere(tmp_path: Path, until: Callable[..., None]) -> Iterator[Study]:
    """Yield a study that another process runs."""
    place = tmp_path / "history.db"
    driver = subprocess.Popen([sys.executable, "-c", DRIVER, str(place)])
    try:
        history = History(place)
        until(lambda: any(one.n_finished for one in history.studies()), 60)
        yield Study.open(history.studies()[0].id, history)
    finally:
        driver.kill()
        driver.wait()
