"""A study survives what happens to processes: each driver here is a real one, killed for real."""

from __future__ import annotations

import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from tuneboard.engine import Int, Real, SearchSpace
from tuneboard.engine.errors import StudyBusyError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.study import Study, StudyState
from tuneboard.engine.trial import TrialState

# A script as users write them: no `if __name__ == "__main__"`, and a function of its own.
DRIVER = """
import json, signal, sys, time
from tuneboard.engine import Int, Real, SearchSpace
from tuneboard.engine.study import Study

class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))
    depth = Int(3, bounds=(1, 9))

place, settings = sys.argv[1], json.loads(sys.argv[2])
seconds, study_id, ending = [settings.pop(key) for key in ("seconds", "study_id", "ending")]

def objective(config):
    time.sleep(seconds)
    return -config["x"] ** 2 - config["depth"]

if study_id:
    study = Study.open(study_id, place, model=objective)
else:
    study = Study(objective, space=Space(), history=place, **settings)
if ending == "blocking":
    # Where the tests run in the background of a shell, their children ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    print("study", "without an id yet", flush=True)
    study.run()
else:
    study.start()
    print("study", study.id, flush=True)

n_told = 0
while study.is_running_here or n_told < len(study.changes):
    if ending == "early" and n_told == 2:
        break
    time.sleep(0.005)
    for trial in study.changes[n_told:]:
        print(trial.state, trial.number, flush=True)
        n_told += 1
print("end", study.state, study.message, flush=True)
"""


# Long enough not to be over before it is killed, however busy the machine is.
DEFAULTS = {"seconds": 0.05, "n_trials": 300, "n_workers": 2, "study_id": None, "ending": "normal"}


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))
    depth = Int(3, bounds=(1, 9))


def bowl(config: dict[str, Any]) -> float:
    return float(-(config["x"] ** 2) - config["depth"])


class Driver:
    """A process that runs a study and tells each trial once it has been committed."""

    def __init__(self, place: Path, **settings: Any) -> None:
        file = place.with_name("driver.py")
        file.write_text(DRIVER, encoding="utf-8")
        given = {**DEFAULTS, **settings}
        self.process = subprocess.Popen(
            [sys.executable, str(file), str(place), json.dumps(given)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.told: list[str] = []
        self.study_id = self.line().split()[1]

    def line(self) -> str:
        """Return the next line that it tells; empty at its end."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline().strip()
        if not self.told and not line.startswith("study "):
            pytest.fail(f"the driver did not start: {self.process.communicate()[1]}")
        self.told.append(line)
        return line

    def until(self, pattern: str, n_times: int = 1) -> None:
        """Read until so many lines match."""
        for _ in range(n_times):
            while not re.fullmatch(pattern, line := self.line()):
                assert line, f"the driver ended before it told {pattern!r}: {self.told}"

    def workers(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children(recursive=True)
        return [one for one in children if any("LokyProcess" in word for word in one.cmdline())]

    def kill(self) -> None:
        """Kill it, and read what it had told by then."""
        self.process.kill()
        self.told += self.rest()

    def rest(self) -> list[str]:
        """Wait for its end and return what is still to be read."""
        out, errors = self.process.communicate(timeout=60)
        assert "Traceback" not in errors, errors
        return out.split("\n")[:-1]

    @property
    def completed(self) -> set[int]:
        """Numbers of the trials that it has told as completed."""
        pairs = [line.split()[:2] for line in self.told]
        return {int(pair[1]) for pair in pairs if pair and pair[0] == "completed"}


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def drive(place: Path) -> Iterator[Callable[..., Driver]]:
    """Yield what starts a driver; in the end, what is left of it and its workers is killed."""
    drivers: list[Driver] = []

    def drive(**settings: Any) -> Driver:
        drivers.append(Driver(place, **settings))
        return drivers[-1]

    yield drive
    for driver in drivers:
        if driver.process.poll() is None:
            os.killpg(driver.process.pid, signal.SIGKILL)
        with driver.process:  # waits, and closes the pipes
            pass


def stored(place: Path, study_id: str) -> dict[int, tuple[str, int]]:
    """Return state and attempt by number; each number may stand there once only."""
    connection = sqlite3.connect(place)
    query = "SELECT number, state, attempt FROM trials WHERE study_id = ?"
    rows = connection.execute(query, (study_id,)).fetchall()
    connection.close()
    assert max(Counter(row[0] for row in rows).values(), default=1) == 1
    return {number: (state, attempt) for number, state, attempt in rows}


# Killed


def test_a_killed_driver_loses_no_trial_that_it_had_told_and_its_workers_go(
    drive: Callable[..., Driver], place: Path
) -> None:
    driver = drive()
    driver.until(r"completed \d+", 8)
    workers = driver.workers()
    assert len(workers) == 2

    driver.kill()
    _, alive = psutil.wait_procs(workers, timeout=3)

    assert alive == []
    kept = stored(place, driver.study_id)
    assert len(driver.completed) >= 8
    assert {number for number, row in kept.items() if row[0] == "completed"} >= driver.completed
    assert set(kept) == set(range(1, len(kept) + 1))


def test_a_worker_in_a_long_trial_goes_when_its_driver_is_killed(
    drive: Callable[..., Driver],
) -> None:
    driver = drive(seconds=60)
    driver.until(r"running \d+", 2)
    while len(driver.workers()) < 2:
        time.sleep(0.01)
    workers = driver.workers()

    driver.kill()
    _, alive = psutil.wait_procs(workers, timeout=3)

    assert alive == []


def test_a_killed_study_is_offered_as_interrupted_and_finished_by_another_process(
    drive: Callable[..., Driver], place: Path
) -> None:
    driver = drive()
    driver.until(r"completed \d+", 8)
    driver.kill()
    before = stored(place, driver.study_id)

    (record,) = History(place).studies()
    assert (record.state, record.is_owned, record.n_finished < 300) == ("running", False, True)
    study = Study.open(driver.study_id, place, model=bowl)
    assert study.state is StudyState.INTERRUPTED
    assert study.message == "Interrupted: its process ended. Resume to go on."
    study.run(InProcess())

    assert study.state is StudyState.FINISHED
    after = stored(place, driver.study_id)
    assert after == {
        number: ("completed", 1 + (number in before and before[number][0] == "running"))
        for number in range(1, 301)
    }
    assert Counter(row[1] for row in after.values())[2] in (1, 2)


def test_a_run_killed_again_and_again_gives_the_configurations_of_an_unbroken_one(
    drive: Callable[..., Driver], place: Path
) -> None:
    # The optimizer whose proposals depend on all scores so far.
    settings: dict[str, Any] = {
        "n_workers": 1,
        "seed": 5,
        "optimizer": "evolutionary",
        "n_trials": 60,
    }
    driver = drive(**settings)
    driver.until(r"completed \d+", 7)
    driver.kill()
    driver = drive(study_id=driver.study_id)
    driver.until(r"completed \d+", 14)
    driver.kill()

    study = Study.open(driver.study_id, place, model=bowl).run(InProcess())
    unbroken = Study(bowl, space=Space(), history=False, **settings).run(InProcess())

    assert [one.config for one in study.trials] == [one.config for one in unbroken.trials]
    assert [one.score for one in study.trials] == [one.score for one in unbroken.trials]


# Two owners


def test_a_second_process_sees_a_running_study_and_may_not_run_it(
    drive: Callable[..., Driver], place: Path
) -> None:
    driver = drive(seconds=0.2)
    driver.until(r"completed \d+", 2)
    study = Study.open(driver.study_id, place, model=bowl)
    n_seen = len(study.changes)
    by = f"process {driver.process.pid} on "
    assert study.state is StudyState.RUNNING
    assert study.message.startswith(f"Being run by {by}")

    with pytest.raises(StudyBusyError, match=rf"Study 'objective' is being run by {by}.*Stop it"):
        study.run(InProcess())
    with pytest.raises(StudyBusyError, match=rf"Study 'objective' is being run by {by}.*Change it"):
        study.change(n_trials=5)
    driver.until(r"completed \d+", 2)
    study.refresh()

    assert len(study.changes) > n_seen
    finished = {trial.number for trial in study.trials if trial.state.is_finished}
    assert finished >= driver.completed
    assert study.state is StudyState.RUNNING
    driver.kill()
    study.refresh()
    assert study.state is StudyState.INTERRUPTED
    assert study.run(InProcess()).state is StudyState.FINISHED


def test_a_finished_study_of_another_process_is_seen_as_finished(
    drive: Callable[..., Driver], place: Path
) -> None:
    driver = drive(n_trials=6)
    study = Study.open(driver.study_id, place)
    driver.until("end finished.*")

    study.refresh()

    assert (study.state, study.message) == (StudyState.FINISHED, "")
    assert [trial.state for trial in study.trials] == [TrialState.COMPLETED] * 6


def test_a_driver_that_slept_through_its_lease_commits_no_more(
    drive: Callable[..., Driver], place: Path
) -> None:
    driver = drive()
    driver.until(r"completed \d+", 4)
    os.kill(driver.process.pid, signal.SIGSTOP)
    # As if the lease had run out meanwhile.
    connection = sqlite3.connect(place)
    with connection:
        connection.execute("UPDATE studies SET heartbeat_at = 0")
    connection.close()

    study = Study.open(driver.study_id, place, model=bowl).run(InProcess())
    taken_over = stored(place, driver.study_id)
    os.kill(driver.process.pid, signal.SIGCONT)
    driver.until(r"end failed The study ended: This study was taken over by another process.*")

    assert set(taken_over) == set(range(1, 301))
    assert stored(place, driver.study_id) == taken_over
    assert History(place).study(driver.study_id).state == "finished"
    assert study.state is StudyState.FINISHED


# Ended from outside or too early


def test_ctrl_c_stops_a_script_and_fails_no_trial(
    drive: Callable[..., Driver], place: Path
) -> None:
    driver = drive(ending="blocking", seconds=0.3)
    history = History(place)
    while not (records := history.studies()) or records[0].n_finished < 2:
        time.sleep(0.01)
    (record,) = records
    began = time.monotonic()

    os.killpg(driver.process.pid, signal.SIGINT)
    driver.until(r"end interrupted Interrupted. Resume to go on: Study.open\('\w+', '.*'\)")

    assert time.monotonic() - began < 10
    states = Counter(state for state, _ in stored(place, record.id).values())
    assert set(states) == {"completed", "interrupted"}
    assert states["interrupted"] in (1, 2)
    assert not history.study(record.id).is_owned


def test_a_script_that_ends_while_its_study_runs_is_not_held_up(
    drive: Callable[..., Driver], place: Path
) -> None:
    driver = drive(ending="early", seconds=60)
    driver.until("end running")
    began = time.monotonic()

    driver.rest()

    assert time.monotonic() - began < 10
    assert driver.process.returncode == 0
    kept = stored(place, driver.study_id)
    assert set(kept) == {1, 2}
    assert set(kept.values()) <= {("running", 1), ("interrupted", 1)}
    study = Study.open(driver.study_id, place, model=bowl)
    assert study.state is StudyState.INTERRUPTED
    assert study.run(InProcess()).state is StudyState.FINISHED


# Scripts


def test_a_script_needs_no_main_guard_and_may_use_lambdas(tmp_path: Path) -> None:
    file = tmp_path / "script.py"
    file.write_text(
        """
import math
from tuneboard.engine import Real, SearchSpace
from tuneboard.engine.study import Study

SCALE = 2.0

def helper(x):
    return SCALE * math.cos(x)

class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))

print("once")
for objective in (lambda config: helper(config["x"]), lambda config: SCALE):
    study = Study(objective, space=Space(), n_trials=4, n_workers=2, history=False).run()
    print([trial.state.value for trial in study.trials], study.best_trial.score <= SCALE)
""",
        encoding="utf-8",
    )

    done = subprocess.run(
        [sys.executable, "-W", "error", str(file)],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert done.stdout.splitlines() == ["once"] + [f"{['completed'] * 4} True"] * 2
    assert (done.returncode, done.stderr) == (0, "")
