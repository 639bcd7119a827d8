from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tuneboard.engine.errors import HistoryError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.history_search import search_studies
from tuneboard.engine.study import Study


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db")


@pytest.fixture
def study_id(history: History) -> str:
    space = {"x": (0.0, 1.0), "kind": ["a", "b"], "score": (1, 3)}
    study = Study(
        lambda config: config["x"], space=space, optimizer="random", n_trials=6, history=history
    ).run(InProcess())
    study.space.edit("x", high=0.5)
    study.mark(2, note="odd")
    return study.id


def spoil(history: History, statement: str, *values: Any) -> None:
    connection = sqlite3.connect(history.place)
    with connection:
        connection.execute(statement, values)
    connection.close()


def test_a_sound_store_has_no_faults(history: History, study_id: str) -> None:
    assert history.check() == []
    assert history.repair() == []
    assert not Path(f"{history.place}.before-repair").exists()


@pytest.mark.parametrize(
    ("statement", "told"),
    [
        ("UPDATE trials SET config = '{' WHERE number = 3", "trial 3 of study .*cannot be read"),
        ("UPDATE trials SET state = 'odd' WHERE number = 3", "'odd' is not a valid TrialState"),
        ("UPDATE trials SET space_version = 9 WHERE number = 3", "names version 9 of the space"),
        ("UPDATE actions SET detail = 'x' WHERE id = 1", "action 1 of study .*cannot be read"),
        ("UPDATE marks SET tags = '3'", "marks 2 of study .*cannot be read"),
        (
            "INSERT INTO marks VALUES ('gone', 1, 0, 0, 0, '[]', '')",
            "marks 1 of study gone: belongs to a study that is not there",
        ),
        (
            "UPDATE space_versions SET definition = "
            "replace(definition, '\"number\":2', '\"number\":3') WHERE number = 2",
            "space version 2 of study .*: says of itself that it is version 3",
        ),
    ],
)
def test_a_broken_row_is_told_and_taken_out_and_the_rest_stays(
    history: History, study_id: str, statement: str, told: str
) -> None:
    spoil(history, statement)

    (fault,) = history.check()

    assert re.search(told, str(fault))
    assert history.repair() == []

    assert len(history.trials(study_id)[0]) >= 5
    assert History(f"{history.place}.before-repair").check() == [fault]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE studies SET settings = '{}'", "DELETE FROM space_versions"],
)
def test_a_study_that_cannot_be_read_goes_with_all_that_is_its_own(
    history: History, study_id: str, statement: str
) -> None:
    spoil(history, statement)

    assert any(study_id in str(fault) for fault in history.check())
    assert history.repair() == []
    assert history.studies() == []


def test_a_truncated_file_is_refused_or_its_damage_told(history: History, study_id: str) -> None:
    spoil(history, "PRAGMA user_version = 1")
    connection = sqlite3.connect(history.place)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    path = Path(history.place)
    half = path.with_name("half.db")
    half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    with pytest.raises(HistoryError, match="is damaged. Restore a copy|is not an SQLite database"):
        History(half).check()


def test_the_fast_table_is_the_one_that_the_trials_give(history: History, study_id: str) -> None:
    fast = history.frame(study_id)
    slow = Study.open(study_id, history).to_frame()

    pd.testing.assert_frame_equal(fast, slow, check_dtype=False)
    assert "config.score" in fast.columns
    assert history.frame("nowhere").empty


@pytest.mark.parametrize(
    ("table", "column", "look", "message"),
    [
        ("trials", "config", lambda one, at: one.trials(at), r"Trial \d+ of study \w+ in the"),
        ("trials", "state", lambda one, at: one.trials(at), r"Trial \d+ of study \w+ in the"),
        ("space_versions", "definition", lambda one, at: one.versions(at), "Version 1 of a space"),
        ("actions", "detail", lambda one, at: one.actions(at), r"Action \d+ in the history"),
        ("marks", "tags", lambda one, at: one.marks(at), "The marks of trial 1 in the history"),
        ("studies", "settings", lambda one, at: one.study(at), "Study '.*' in the history"),
    ],
)
def test_a_broken_row_is_named_with_what_to_do_wherever_it_is_read(
    history: History, study_id: str, table: str, column: str, look: Any, message: str
) -> None:
    history.mark(study_id, 1, is_starred=True)
    spoil(history, f"UPDATE {table} SET {column} = '{{'")  # noqa: S608

    with pytest.raises(HistoryError, match=message) as told:
        look(history, study_id)

    assert "`tuneboard history repair` takes it out." in str(told.value)


def test_a_study_whose_row_is_broken_does_not_hide_the_others(
    history: History, study_id: str
) -> None:
    other = history.add(history.data(study_id))
    spoil(history, "UPDATE studies SET settings = '{}}' WHERE id = ?", study_id)

    assert [one.id for one in history.studies()] == [other]
    assert [one.table for one in history.check()] == ["studies"]
    spoil(history, "UPDATE studies SET settings = '{\"metric\": 7}' WHERE id = ?", study_id)
    assert [one.id for one in search_studies(history, "")] == [other]
    assert [one.table for one in history.check()] == ["studies"]
