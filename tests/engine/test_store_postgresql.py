from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import sqlalchemy as sa
from tuneboard.engine.errors import HistoryError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import SCHEMA_VERSION, History
from tuneboard.engine.history_search import search_studies
from tuneboard.engine.study import Study
from tuneboard.engine.study_data import StudyData


def ran(place: Any, n_trials: int = 6) -> Study:
    space = {"x": (0.0, 1.0), "kind": ["a", 'b "<b>"']}
    name = 'robert"); DROP TABLE studies;-- 🙂'
    return Study(
        lambda config: config["x"],
        space=space,
        optimizer="random",
        n_trials=n_trials,
        history=place,
        name=name,
    ).run(InProcess())


def test_postgresql_does_all_that_sqlite_does(server: Any, tmp_path: Path) -> None:
    here, there = ran(tmp_path / "history.db"), ran(server.url)
    history = History(server.url)

    assert [one.config for one in there.trials] == [one.config for one in here.trials]
    there.space.edit("x", high=0.5)
    there.mark(2, is_starred=True, tags=["🙂"], note="O'Brien")
    assert [one.number for one in history.versions(there.id)] == [1, 2]
    assert history.marks(there.id)[2].tags == ("🙂",)
    pd.testing.assert_frame_equal(history.frame(there.id), there.to_frame(), check_dtype=False)
    assert [one.id for one in search_studies(history, "robert score>0")] == [there.id]
    fork = Study.open(there.fork(3), history)
    assert len(fork.trials) == 3
    assert history.check() == []
    assert isinstance(history.data(there.id), StudyData)


def test_text_with_nul_is_stored_without_it_as_no_server_could_hold_it(
    server: Any, tmp_path: Path
) -> None:
    def fail(config: dict[str, Any]) -> float:
        raise ValueError(f"a\0b {config['kind']}")

    space = {"x": (0.0, 1.0), "kind": ["c\0d", "e"]}
    given: dict[str, Any] = {"n_trials": 3, "optimizer": "random", "name": "n\0ame"}
    for place in (server.url, tmp_path / "history.db"):
        study = Study(fail, space=space, code="x = '\0'", history=place, **given).run(InProcess())
        study.mark(1, note="odd\0", tags=["t\0ag"])
        again = History(place)
        assert "ValueError: a\N{REPLACEMENT CHARACTER}b" in again.trials(study.id)[0][0].error
        assert again.study(study.id).name == "n\N{REPLACEMENT CHARACTER}ame"
        assert again.study(study.id).about["code"] == "x = '\0'"
        assert again.marks(study.id)[1].note == "odd\N{REPLACEMENT CHARACTER}"
        assert again.marks(study.id)[1].tags == ("t\0ag",)
        assert {one.config["kind"] for one in again.trials(study.id)[0]} <= {"c\0d", "e"}
        assert again.check() == []


def test_a_broken_row_in_postgresql_is_taken_out(server: Any) -> None:
    study = ran(server.url)
    engine = sa.create_engine(server.url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE trials SET config = '{' WHERE number = 3")
    engine.dispose()
    history = History(server.url)

    (fault,) = history.check()

    assert fault.key == 3
    assert history.repair() == []
    assert [one.number for one in history.trials(study.id)[0]] == [1, 2, 4, 5, 6]


OPEN = """
import sys, time
from tuneboard.engine.history import History
time.sleep(max(0.0, float(sys.argv[2]) - time.time()))
print(len(History(sys.argv[1]).studies()))
"""


def open_at_once(place: str, n: int = 4) -> list[str]:
    """Open a store in n processes at the same moment; returns what they say."""
    import time

    at = str(time.time() + 4)
    started = [
        subprocess.Popen(
            [sys.executable, "-c", OPEN, place, at],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(n)
    ]
    answers = [one.communicate(timeout=100) for one in started]
    return [out.strip() or err for out, err in answers]


def downgrade(connection: Any) -> None:
    """Bring the tables back to schema 3."""
    for statement in (
        "DROP TABLE marks",
        "ALTER TABLE studies DROP COLUMN about",
        "UPDATE tuneboard SET value = '3'",
    ):
        connection.exec_driver_sql(statement)


def test_processes_that_make_and_migrate_one_server_at_once_do_not_clash(server: Any) -> None:
    assert open_at_once(server.url) == ["0"] * 4

    engine = sa.create_engine(server.url)
    with engine.begin() as connection:
        downgrade(connection)
    assert open_at_once(server.url) == ["0"] * 4
    with engine.connect() as connection:
        (found,) = connection.exec_driver_sql("SELECT value FROM tuneboard").scalars()
    engine.dispose()
    assert found == str(SCHEMA_VERSION)


def test_processes_that_migrate_one_file_at_once_do_not_clash(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    stored = Path(__file__).parent / "stores" / "schema_3.db"
    path.write_bytes(stored.read_bytes())

    assert open_at_once(str(path)) == ["1"] * 4
    assert History(path).check() == []


def test_a_server_that_is_not_there_is_named() -> None:
    pytest.importorskip("psycopg")

    with pytest.raises(HistoryError, match="History postgresql.*failed: "):
        History("postgresql+psycopg://nobody@127.0.0.1:1/none")
