"""The real command against a real store, and a study that another process runs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tuneboard.engine import History, Study
from tuneboard.engine.executors import InProcess

SCRIPT = """
import sys, time
from tuneboard.engine import Study

def objective(config):
    time.sleep(0.2)
    return -config["x"] ** 2

if __name__ == "__main__":
    Study(objective, space={"x": (-1.0, 1.0)}, history=sys.argv[1], n_trials=500,
          n_workers=1, optimizer="random", name="elsewhere").run(show_progress=False)
"""

Done = subprocess.CompletedProcess[str]
Command = Callable[..., Done]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def command(place: Path) -> Command:
    def command(*words: object) -> Done:
        line = [sys.executable, "-m", "tuneboard", *map(str, words), "--history", str(place)]
        return subprocess.run(line, capture_output=True, text=True, check=False, timeout=100)

    return command


@pytest.fixture
def finished(place: Path) -> Study:
    def bowl(config: dict[str, float]) -> float:
        return -(config["x"] ** 2)

    given = {"n_trials": 3, "optimizer": "random", "name": "bowl", "history": place}
    return Study(bowl, space={"x": (-1.0, 1.0)}, **given).run(InProcess())


def eventually(is_so: Callable[[], object], within_s: float = 60) -> None:
    give_up_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < give_up_at, "it has not happened"
        time.sleep(0.1)


@pytest.fixture
def script(tmp_path: Path) -> Path:
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    return tmp_path / "script.py"


@pytest.fixture
def elsewhere(place: Path, script: Path) -> Iterator[History]:
    driver = subprocess.Popen([sys.executable, script, place])
    try:
        history = History(place)
        eventually(lambda: any(one.n_finished for one in history.studies()))
        yield history
    finally:
        driver.kill()
        driver.wait()


def test_a_finished_study_is_listed_shown_and_exported(
    command: Command, finished: Study, tmp_path: Path
) -> None:
    assert f"{finished.id[:8]}  finished" in command("list").stdout
    assert "3 of 3 trials done" in command("status", "bowl").stdout
    assert len(command("show", finished.id[:8]).stdout.splitlines()) == 3
    assert "why: " in command("show", "bowl", 2).stdout
    told = json.loads(command("export", "bowl", "--format", "json").stdout)
    assert [row["x"] for row in told] == [trial.config["x"] for trial in finished.trials]
    done = command("export", "bowl", "--to", tmp_path / "out.csv")
    assert done.stdout.startswith("3 trials written to ")
    assert (tmp_path / "out.csv").read_text().startswith("trial,state,score,")


def test_what_is_to_come_is_told_and_a_stop_rule_ends_it(
    command: Command, finished: Study, script: Path
) -> None:
    assert "to come" not in command("status", "bowl").stdout
    changed = command("change", "bowl", "--trials", 40, "--patience", 1, "--seconds", 60)
    assert changed.stdout.startswith("Changed n_trials to 40, max_seconds to 60.0, patience to 1")
    assert "to come: 40 configurations, 3 already known" in command("status", "bowl").stdout
    done = command("run", "bowl", "--objective", f"{script}:objective")
    assert "Ended by patience: no improvement in the last" in done.stdout


def test_trials_run_at_the_address_of_a_dask_scheduler(
    command: Command, finished: Study, script: Path
) -> None:
    distributed = pytest.importorskip("distributed")
    command("change", "bowl", "--trials", 6)
    words = ("run", "bowl", "--objective", f"{script}:objective", "--dask")
    assert command(*words, "tcp://127.0.0.1:9").stderr.startswith("Error: The Dask scheduler at")
    with distributed.LocalCluster(n_workers=1, threads_per_worker=2, dashboard_address=None) as one:
        done = command(*words, one.scheduler_address)
    assert done.returncode == 0, done.stderr
    assert "6 of 6 trials done" in command("status", "bowl").stdout


@pytest.mark.parametrize(
    ("format", "begin"),
    [
        ("html", b"<!DOCTYPE html>"),
        ("parquet", b"PAR1"),
        ("optuna", b"SQLite format 3"),
        ("script", b'"""Study bowl."""'),
        ("notebook", b"{"),
    ],
)
def test_a_study_is_written_to_a_file_of_any_kind(
    format: str, begin: bytes, command: Command, finished: Study, tmp_path: Path
) -> None:
    to = tmp_path / "bowl.out"
    done = command("export", finished.id[:8], "--format", format, "--to", to)

    assert done.stdout == f"bowl written to {to}.\n", done.stderr
    assert to.read_bytes().startswith(begin)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["status", "nothing"], "Error: STUDY must be in the history, not 'nothing'."),
        (["pause", "bowl"], "Error: Study 'bowl' is not being run by any process."),
        (["change", "bowl"], "Error: change must be told what to change, not None."),
        (["change", "bowl", "--workers", "0"], "Error: Study.n_workers must be a whole number"),
        (["show", "bowl", "9"], "Error: show must be given a trial of the study, not 9."),
        (["run", "bowl", "--objective", "no.py:f"], "Error: --objective must be script.py:"),
        (["enqueue", "bowl", "none.csv"], "Error: 'none.csv' cannot be read: No such file"),
        (["export", "bowl", "--to", "/no/where.csv"], "Error: '/no/where.csv' cannot be written"),
        (["export", "bowl", "--format", "html"], "Error: --to must name the file of the html"),
    ],
)
def test_what_cannot_be_done_is_said_in_words(
    words: list[str], message: str, command: Command, finished: Study
) -> None:
    done = command(*words)

    assert done.returncode == 1
    assert done.stderr.startswith(message)
    assert "Traceback" not in done.stderr


def test_a_store_that_is_not_there_is_refused_and_not_made(command: Command, place: Path) -> None:
    done = command("list")

    assert done.returncode == 1
    assert done.stderr.startswith("Error: --history must name a store that exists, not ")
    assert not place.exists()


def test_a_running_study_is_paused_resumed_changed_fed_and_stopped(
    command: Command, elsewhere: History, tmp_path: Path, script: Path
) -> None:
    (tmp_path / "mine.csv").write_text("x\n0.125\n", encoding="utf-8")
    (record,) = elsewhere.studies()

    def configs() -> list[float]:
        return [trial.config["x"] for trial in elsewhere.trials(record.id)[0]]

    assert command("pause", "elsewhere").stdout == "Paused. Running trials finish.\n"
    assert "elsewhere" in command("status", "elsewhere").stdout
    assert elsewhere.study(record.id).state == "paused"
    done = command("enqueue", "elsewhere", tmp_path / "mine.csv")
    assert done.stdout == "1 configurations are in line.\n"
    assert command("resume", "elsewhere").returncode == 0
    eventually(lambda: 0.125 in configs())
    assert command("stop", "elsewhere").stdout == "Stopping.\n"
    eventually(lambda: elsewhere.study(record.id).state == "stopped")

    n_more = len(configs()) + 2
    assert command("change", "elsewhere", "--trials", n_more).stdout.startswith("Changed n_trials")
    done = command("run", "elsewhere", "--objective", f"{script}:objective")
    assert done.returncode == 0, done.stderr
    assert len(configs()) == n_more
    assert elsewhere.study(record.id).state == "finished"
