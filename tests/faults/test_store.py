"""A store that is locked, full or away: no finished trial is lost, none counts twice."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tuneboard.engine import Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.ledger import Ledger
from tuneboard.engine.study import Study, StudyState


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))


def bowl(config: Any) -> float:
    return float(-(config["x"] ** 2))


def assert_whole(study: Study, n_trials: int) -> None:
    assert study.state is StudyState.FINISHED, study.message
    assert [one.number for one in study.trials] == list(range(1, n_trials + 1))
    assert {one.state.value for one in study.trials} == {"completed"}


def test_a_locked_database_is_waited_for(tmp_path: Path) -> None:
    place = tmp_path / "history.db"
    locks: list[threading.Thread] = []

    def lock() -> None:
        connection = sqlite3.connect(place, isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(1)
        connection.rollback()
        connection.close()

    def objective(config: Any) -> float:
        if len(study.trials) == 4:
            locks.append(threading.Thread(target=lock))
            locks[-1].start()
            time.sleep(0.2)
        return bowl(config)

    study = Study(objective, space=Space(), n_trials=8, history=place)
    study.run(InProcess())
    locks[0].join()

    assert_whole(study, 8)
    assert_whole(Study.open(study.id, place), 8)


FULL = """
import resource, sys
from tuneboard.engine import Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.ledger import Ledger
from tuneboard.engine.study import Study

class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))

def objective(config):
    if len(study.trials) >= 20:  # from here on no file can grow
        resource.setrlimit(resource.RLIMIT_FSIZE, (70_000, 70_000))
    return -config["x"] ** 2

Ledger.patience_s = 1.0
study = Study(objective, space=Space(), n_trials=2000, history=sys.argv[1])
study.start(InProcess())
study.wait(60)
print(study.id)
print(study.message)
print(*(one.number for one in study.trials if one.state.is_finished))
"""


def test_a_full_disk_ends_the_study_in_words_and_it_goes_on_when_there_is_room(
    tmp_path: Path,
) -> None:
    place = tmp_path / "history.db"
    done = subprocess.run(
        [sys.executable, "-c", FULL, str(place)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    study_id, message, numbers = done.stdout.splitlines()
    told = {int(number) for number in numbers.split()}
    assert message.startswith(f"The study ended: History {place} "), message
    assert "disk" in message

    study = Study.open(study_id, place, model=bowl)
    kept = {one.number: one for one in study.trials if one.state.is_finished}
    assert set(kept) >= told
    assert len(told) >= 19
    study.change(n_trials=len(study.trials) + 10)
    study.run(InProcess())
    assert_whole(study, len(study.trials))
    assert {n: one for n, one in enumerate(study.trials, 1) if n in kept} == kept


def test_a_write_that_was_stored_before_the_connection_broke_is_not_stored_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuneboard.engine.errors import HistoryAwayError

    write = History.write
    broken: list[int] = []

    def write_and_break(self: History, *args: Any, **kwargs: Any) -> None:
        write(self, *args, **kwargs)
        if len(broken) < 3:
            broken.append(1)
            message = "History failed: the connection was closed."
            raise HistoryAwayError(message)

    monkeypatch.setattr(History, "write", write_and_break)
    study = Study(bowl, space=Space(), n_trials=6, history=tmp_path / "history.db")
    study.run(InProcess())

    assert len(broken) == 3
    assert_whole(study, 6)


def test_patience_ends_and_the_study_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tuneboard.engine.errors import HistoryAwayError, StudyError

    def away(self: History, *args: Any, **kwargs: Any) -> None:
        message = "History failed: nobody answers."
        raise HistoryAwayError(message)

    monkeypatch.setattr(History, "write", away)
    monkeypatch.setattr(Ledger, "patience_s", 0.3)
    study = Study(bowl, space=Space(), n_trials=6, history=tmp_path / "history.db")
    with pytest.raises(StudyError, match=r"The study ended: History failed: nobody answers"):
        study.run(InProcess())


def test_a_server_that_is_away_for_a_moment_costs_no_trial(server: Any) -> None:
    restarts: list[threading.Thread] = []

    def restart() -> None:
        server.pause()
        time.sleep(1)
        server.start()

    def objective(config: Any) -> float:
        if len(study.trials) in (5, 15) and not any(one.is_alive() for one in restarts):
            restarts.append(threading.Thread(target=restart))
            restarts[-1].start()
            time.sleep(0.3)
        return bowl(config)

    study = Study(objective, space=Space(), n_trials=30, history=server.url)
    study.run(InProcess())
    for thread in restarts:
        thread.join()

    assert restarts
    assert_whole(study, 30)
    trials, _ = History(server.url).trials(study.id)
    assert sorted(one.number for one in trials) == list(range(1, 31))
