from __future__ import annotations

import os
import re
import sqlite3
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.details import Details
from tuneboard.engine.errors import HistoryError, StudyBusyError
from tuneboard.engine.history import LEASE_S, SCHEMA_VERSION, History, default_path
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.marks import NO_MARKS, Marks
from tuneboard.engine.owner import Owner
from tuneboard.engine.settings import Settings
from tuneboard.engine.store_rows import storable
from tuneboard.engine.study_data import StudyData
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

SPACE = SpaceVersion(1, (HyperParameter("lr", "real", 0.1, 0.0, 1.0),))


def trial(number: int) -> Trial:
    made = Provenance("random", "drawn at random")
    return Trial(number, {"lr": number / 100}, TrialState.RUNNING, made, started_at=1.5)


def completed(number: int, score: float = 0.5) -> Trial:
    return trial(number).finished(Result(score, duration_s=0.25, worker="here:1"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def history(path: Path) -> History:
    return History(path)


@pytest.fixture
def owner() -> Owner:
    return Owner()


@pytest.fixture
def study_id(history: History, owner: Owner) -> str:
    """Return the id of a study that `owner` holds."""
    study_id = history.create("forest", {"n_trials": 10}, SPACE)
    history.acquire(study_id, owner)
    return study_id


def execute(path: Path, statement: str, *values: Any) -> list[Any]:
    """Do to the file what another program would."""
    connection = sqlite3.connect(path)
    try:
        with connection:
            return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


# Studies


def test_a_new_store_is_made_with_its_folder(tmp_path: Path) -> None:
    history = History(tmp_path / "deep" / "down" / "history.db")

    assert history.studies() == []
    assert history.folder == tmp_path / "deep" / "down"


def test_a_study_is_there_when_the_store_is_opened_again(path: Path, study_id: str) -> None:
    again = History(path)

    record = again.study(study_id)
    assert (record.name, record.state, record.settings) == ("forest", "ready", {"n_trials": 10})
    assert again.versions(study_id) == [SPACE]


def test_the_state_and_the_settings_of_a_study_change_apart(
    history: History, study_id: str
) -> None:
    history.update(study_id, state="running")
    history.update(study_id, settings={"n_trials": 20})

    record = history.study(study_id)
    assert (record.state, record.settings) == ("running", {"n_trials": 20})


def test_an_unknown_study_is_refused(history: History) -> None:
    with pytest.raises(
        HistoryError, match="History must have the study that is asked for, not 'x'"
    ):
        history.study("x")


def test_the_list_of_studies_starts_with_the_newest_and_sums_each_up(
    history: History, owner: Owner, study_id: str
) -> None:
    failed = trial(2).finished(Result(None, error="no memory"))
    history.write(study_id, owner, 1, new=[completed(1, -3.0), failed, trial(3)], changed=[])
    history.create("svc", {}, SPACE)

    newest, oldest = history.studies()

    assert (newest.name, newest.n_finished, newest.best_score, newest.is_owned) == (
        "svc",
        0,
        None,
        False,
    )
    assert (oldest.name, oldest.n_finished, oldest.best_score) == ("forest", 2, -3.0)
    assert (oldest.is_owned, oldest.owner) == (True, str(owner))


def test_the_best_of_a_study_is_that_at_its_highest_fidelity(
    history: History, owner: Owner, study_id: str
) -> None:
    fidelities = {1: 1.0, 2: 9.0, 3: 9.0, 4: 27.0}
    ended = [
        replace(completed(number, score), fidelity=fidelities[number])
        for number, score in enumerate([0.99, 0.7, 0.8], 1)
    ]
    stopped = replace(ended[2], number=4, fidelity=27.0, score=0.9, state=TrialState.STOPPED)
    history.write(study_id, owner, 1, new=[*ended, stopped], changed=[])

    (record,) = history.studies()

    assert (record.n_finished, record.best_score) == (4, 0.8)
    assert history.best_configs()[study_id][0] == 3


def test_what_the_user_did_is_kept_in_order(history: History, study_id: str) -> None:
    before = time.time()
    history.add_action(study_id, "settings", {"n_trials": 20})
    history.add_action(study_id, "note", {"text": "better", "bounds": (0.1, 0.2)})

    first, second = history.actions(study_id)

    assert (first["kind"], first["n_trials"]) == ("settings", 20)
    assert (second["kind"], second["bounds"]) == ("note", (0.1, 0.2))
    assert before <= first["at"] <= second["at"] <= time.time()


# Trials


def test_a_trial_can_be_read_by_others_as_soon_as_it_is_written(
    path: Path, history: History, owner: Owner, study_id: str
) -> None:
    history.write(study_id, owner, 1, new=[trial(1)], changed=[])

    assert execute(path, "SELECT number, state FROM trials") == [(1, "running")]


def test_a_changed_trial_replaces_what_was_stored_of_it(
    history: History, owner: Owner, study_id: str
) -> None:
    history.write(study_id, owner, 1, new=[trial(1), trial(2)], changed=[])
    history.write(study_id, owner, 2, new=[], changed=[completed(1)])

    trials, revision = history.trials(study_id)

    assert trials == [trial(2), completed(1)]  # in the order of change
    assert revision == 2


def test_only_what_changed_after_a_revision_is_read(
    history: History, owner: Owner, study_id: str
) -> None:
    history.write(study_id, owner, 1, new=[trial(1), trial(2)], changed=[])
    history.write(study_id, owner, 2, new=[trial(3)], changed=[completed(1)])

    assert history.trials(study_id, after=1) == ([completed(1), trial(3)], 2)
    assert history.trials(study_id, after=2) == ([], 2)


def test_the_trials_of_two_studies_are_kept_apart(
    history: History, owner: Owner, study_id: str
) -> None:
    other = history.create("svc", {}, SPACE)
    history.acquire(other, owner)
    history.write(study_id, owner, 1, new=[trial(1)], changed=[])
    history.write(other, owner, 1, new=[trial(1)], changed=[])
    history.write(other, owner, 2, new=[], changed=[completed(1)])

    assert history.trials(study_id)[0] == [trial(1)]
    assert history.trials(other)[0] == [completed(1)]


def test_a_write_that_fails_stores_nothing_of_itself(
    history: History, owner: Owner, study_id: str
) -> None:
    history.write(study_id, owner, 1, new=[trial(1)], changed=[])
    version = SpaceVersion(2, SPACE.hyper_parameters)

    with pytest.raises(HistoryError, match="History .*history.db failed: UNIQUE"):
        history.write(
            study_id, owner, 2, new=[trial(2), trial(1)], changed=[completed(1)], versions=[version]
        )

    assert history.trials(study_id) == ([trial(1)], 1)
    assert history.versions(study_id) == [SPACE]


def test_versions_of_the_space_are_stored_with_the_trials_and_read_oldest_first(
    history: History, owner: Owner, study_id: str
) -> None:
    versions = [SpaceVersion(number, SPACE.hyper_parameters) for number in (3, 2)]

    history.write(study_id, owner, 1, new=[trial(1)], changed=[], versions=versions)

    assert [one.number for one in history.versions(study_id)] == [1, 2, 3]


def test_an_error_with_text_that_no_file_can_hold_is_stored_all_the_same(
    history: History, owner: Owner, study_id: str
) -> None:
    failed = trial(1).finished(Result(None, error="no file 'caf\udce9.csv'"))

    history.write(study_id, owner, 1, new=[failed], changed=[])

    assert history.trials(study_id)[0][0].error == "no file 'caf?.csv'"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> History:
    return History(tmp_path_factory.mktemp("shared") / "history.db")


@given(st.lists(st.from_type(Trial), unique_by=lambda one: one.number, max_size=4))
def test_any_trial_comes_back_as_it_was(shared: History, trials: list[Trial]) -> None:
    owner = Owner()
    study_id = shared.create("any", {}, SPACE)
    shared.acquire(study_id, owner)

    shared.write(study_id, owner, 1, new=trials, changed=[])
    found, _ = shared.trials(study_id)

    trials = sorted(trials, key=lambda one: one.number)
    assert found == [
        replace(one, error=storable(one.error), worker=storable(one.worker)) for one in trials
    ]
    # 1, 1.0 and True are equal, and mean something else to a model.
    assert repr([one.config for one in found]) == repr([one.config for one in trials])


@given(st.from_type(SpaceVersion))
def test_any_space_comes_back_as_it_was(shared: History, version: SpaceVersion) -> None:
    study_id = shared.create("any", {}, version)

    assert repr(shared.versions(study_id)) == repr([version])


# Owners


def test_a_second_owner_is_refused_in_words(history: History, study_id: str) -> None:
    words = (
        rf"Study 'forest' is being run by process {os.getpid()} on .*Stop it there, or wait 15 s"
    )

    with pytest.raises(StudyBusyError, match=words) as caught:
        history.acquire(study_id, Owner())

    assert caught.value.name == "forest"


def test_an_owner_may_claim_what_it_has(history: History, owner: Owner, study_id: str) -> None:
    history.acquire(study_id, owner)

    assert history.study(study_id).is_owned


def test_a_study_that_was_given_up_can_be_taken(
    history: History, owner: Owner, study_id: str
) -> None:
    history.release(study_id, owner)
    assert not history.study(study_id).is_owned

    history.acquire(study_id, Owner())
    assert history.study(study_id).is_owned


def test_only_the_owner_can_give_a_study_up(history: History, study_id: str) -> None:
    history.release(study_id, Owner())

    assert history.study(study_id).is_owned


def test_a_study_of_a_dead_process_can_be_taken_at_once(history: History) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        dead = replace(Owner(), pid=process.pid)
    study_id = history.create("forest", {}, SPACE)
    history.acquire(study_id, dead)

    assert not history.study(study_id).is_owned
    history.acquire(study_id, Owner())


def test_a_study_of_another_machine_can_be_taken_when_its_lease_is_over(
    path: Path, history: History
) -> None:
    study_id = history.create("forest", {}, SPACE)
    history.acquire(study_id, Owner(host="elsewhere"))
    with pytest.raises(StudyBusyError, match="'forest' is being run by process .* on elsewhere"):
        history.acquire(study_id, Owner())

    execute(path, "UPDATE studies SET heartbeat_at = ?", time.time() - LEASE_S - 1)

    history.acquire(study_id, Owner())


def test_a_beat_renews_the_lease(path: Path, history: History) -> None:
    owner = Owner(host="elsewhere")
    study_id = history.create("forest", {}, SPACE)
    history.acquire(study_id, owner)
    execute(path, "UPDATE studies SET heartbeat_at = ?", time.time() - LEASE_S - 1)

    history.beat(study_id, owner)

    assert history.study(study_id).is_owned


def test_a_write_renews_the_lease(path: Path, history: History) -> None:
    owner = Owner(host="elsewhere")
    study_id = history.create("forest", {}, SPACE)
    history.acquire(study_id, owner)
    execute(path, "UPDATE studies SET heartbeat_at = ?", time.time() - LEASE_S - 1)

    history.write(study_id, owner, 1, new=[trial(1)], changed=[])

    assert history.study(study_id).is_owned


def test_who_has_lost_a_study_can_neither_beat_nor_write(history: History, study_id: str) -> None:
    late, version = Owner(), SpaceVersion(2, SPACE.hyper_parameters)

    for attempt in (
        lambda: history.beat(study_id, late),
        lambda: history.write(study_id, late, 1, new=[trial(1)], changed=[], versions=[version]),
    ):
        with pytest.raises(StudyBusyError, match="This study was taken over by another process"):
            attempt()

    assert history.trials(study_id) == ([], 0)
    assert history.versions(study_id) == [SPACE]


# Places


def test_the_default_place_can_be_named_by_the_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TUNEBOARD_HISTORY", str(tmp_path / "mine.db"))

    assert default_path() == tmp_path / "mine.db"
    assert History().place == str(tmp_path / "mine.db")


def test_the_default_place_is_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TUNEBOARD_HISTORY", raising=False)

    assert default_path().name == "history.db"
    assert "tuneboard" in str(default_path().parent)


def test_a_relative_place_stays_the_same_when_the_working_directory_changes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path)
    history = History("history.db")
    monkeypatch.chdir("elsewhere")

    assert history.place == str(tmp_path / "history.db")
    assert history.folder == tmp_path


def test_a_place_may_be_a_url(path: Path) -> None:
    history = History(f"sqlite:///{path}")

    study_id = history.create("forest", {}, SPACE)

    assert History(path).study(study_id).name == "forest"


@pytest.mark.parametrize("url", ["nonsense://here", "mysql+nonsense://here/db"])
def test_a_url_that_nothing_can_open_is_refused(url: str) -> None:
    with pytest.raises(HistoryError, match=rf"{re.escape(url)} cannot be opened: .* Check the URL"):
        History(url)


# Files that are no store of ours


def refused(path: Path, words: str) -> None:
    """Check that a file is refused in these words and left alone."""
    before = path.read_bytes()
    for _ in range(2):
        with pytest.raises(HistoryError, match=words) as caught:
            History(path)
        assert str(path) in str(caught.value)
        assert (caught.value.name, caught.value.value) == ("History", str(path))
    assert path.read_bytes() == before
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_a_file_that_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    path.write_text("lr,depth\n" * 500, encoding="utf-8")

    refused(path, "is not an SQLite database. Choose another file")


def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    execute(path, "CREATE TABLE photos (name TEXT)")

    refused(path, "is a database of another program. Choose another file")


def test_a_store_of_a_newer_version_is_refused_and_left_alone(path: Path, history: History) -> None:
    del history
    execute(path, "UPDATE tuneboard SET value = ?", str(SCHEMA_VERSION + 1))

    with pytest.raises(
        HistoryError,
        match=rf"was written by a newer tuneboard \(schema {SCHEMA_VERSION + 1}, this one",
    ):
        History(path)

    assert execute(path, "SELECT value FROM tuneboard") == [(str(SCHEMA_VERSION + 1),)]


def test_a_read_only_store_is_refused(path: Path, history: History) -> None:
    history.create("forest", {}, SPACE)
    path.chmod(0o444)

    with pytest.raises(HistoryError, match=r"history.db is read-only. Make it writable, or choose"):
        History(path)

    path.chmod(0o644)
    assert [one.name for one in History(path).studies()] == ["forest"]


def test_a_damaged_store_is_refused_in_words(path: Path) -> None:
    execute(path, "PRAGMA journal_mode=DELETE")
    History(path).create("forest", {}, SPACE)
    execute(path, "PRAGMA wal_checkpoint(TRUNCATE)")
    header = path.read_bytes()[:100]
    path.write_bytes(header + b"\xff" * 8000)

    with pytest.raises(HistoryError, match=r"history.db is damaged. Restore a copy, or choose"):
        History(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(HistoryError, match="History must be a file, not .*Name a file inside"):
        History(tmp_path)


def test_a_place_inside_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()

    with pytest.raises(
        HistoryError, match=r"The folder of history .*notes.txt/h.db cannot be made"
    ):
        History(tmp_path / "notes.txt" / "h.db")


def test_an_empty_file_becomes_a_store(path: Path) -> None:
    path.touch()

    assert History(path).studies() == []


# Many at once


def test_threads_may_write_to_one_store_at_once(history: History) -> None:
    def fill(name: str) -> None:
        owner, study_id = Owner(), history.create(name, {}, SPACE)
        history.acquire(study_id, owner)
        for number in range(1, 21):
            history.write(study_id, owner, number, new=[trial(number)], changed=[])

    threads = [threading.Thread(target=fill, args=(name,)) for name in "abc"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {one.name for one in history.studies()} == {"a", "b", "c"}
    for one in history.studies():
        assert [t.number for t in history.trials(one.id)[0]] == list(range(1, 21))


def test_processes_may_make_one_store_at_once(path: Path) -> None:
    code = (
        "import sys\n"
        "from tuneboard.engine.history import History\n"
        "from tuneboard.engine.hyper_parameter import SpaceVersion\n"
        "print('ready', flush=True)\n"
        "sys.stdin.readline()\n"
        "History(sys.argv[1]).create('one of them', {}, SpaceVersion(1))\n"
    )
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command = [sys.executable, "-c", code, str(path)]
    processes = [subprocess.Popen(command, **pipes) for _ in range(3)]
    for process in processes:
        process.stdout.readline()  # type: ignore[union-attr]
    for process in processes:
        process.communicate("go\n")

    assert [process.returncode for process in processes] == [0, 0, 0]
    assert len(History(path).studies()) == 3


def test_a_reader_does_not_wait_for_a_writer(path: Path, history: History) -> None:
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    try:
        assert history.studies() == []
    finally:
        writer.close()


STORES = {1: ("old study", 12), 2: ("bowl", 7), 3: ('third "study" <b>', 9)}
"""What lies in the stored file of each earlier schema: the study's name and its trials."""


def test_there_is_a_stored_file_of_every_earlier_schema() -> None:
    assert sorted(STORES) == list(range(1, SCHEMA_VERSION))


@pytest.mark.parametrize("schema", STORES)
def test_a_store_of_an_earlier_schema_is_brought_up_and_reads_as_before(
    tmp_path: Path, schema: int
) -> None:
    path = tmp_path / "history.db"
    path.write_bytes((Path(__file__).parent / "stores" / f"schema_{schema}.db").read_bytes())

    history = History(path)
    (record,) = history.studies()
    trials, _ = History(path).trials(record.id)

    name, n_finished = STORES[schema]
    assert (record.name, record.n_finished, len(trials)) == (name, n_finished, n_finished)
    assert {trial.fidelity for trial in trials} == ({None, 3.0} if schema == 2 else {None})
    assert {bool(trial.details) for trial in trials} == {schema >= 3}
    assert any(trial.state is TrialState.FAILED for trial in trials)
    assert (record.marks, record.about) == (NO_MARKS, {})
    assert history.mark(record.id, trials[0].number, is_starred=True).is_starred


def test_the_details_of_a_trial_are_kept_and_empty_ones_take_no_room(
    history: History, owner: Owner, study_id: str
) -> None:
    details = Details(
        ((0.5, 0.75), (-1.0, -2.0)),
        train_scores=((1.0, 1.0), (-0.5, -0.25)),
        fit_s=(0.1, 0.2),
        curve=((1.0, 0.25), (2.0, 0.5)),
        log="epoch 1\nepoch 2 \udcff",
        note="stopped",
    )
    made = Provenance("random", "drawn at random")
    full = Trial(1, {"lr": 0.25}, TrialState.COMPLETED, made, score=0.5, details=details)
    bare = replace(full, number=2, details=Details())
    history.write(study_id, owner, 1, new=[full, bare], changed=[])
    expected = replace(full, details=replace(details, log="epoch 1\nepoch 2 ?"))
    assert history.trials(study_id)[0] == [expected, bare]
    with sqlite3.connect(history.place) as connection:
        rows = connection.execute("SELECT details IS NULL FROM trials ORDER BY number").fetchall()
    connection.close()
    assert rows == [(0,), (1,)]


def test_fidelity_scores_and_facts_of_a_trial_are_kept(history, owner, study_id):
    facts = {"rung": 1, "weights": [0.5]}
    made = Provenance("halving", "rung 1", (1,), "promotion", facts)
    config = {"lr": 0.25}
    kept = Trial(1, config, TrialState.COMPLETED, made, score=0.5, fidelity=9.0, scores=(0.5, -2.0))
    history.write(study_id, owner, 1, new=[kept], changed=[])
    assert history.trials(study_id)[0] == [kept]


# What the user says


def test_marks_are_kept_apart_for_the_study_and_each_trial(
    path: Path, history: History, owner: Owner, study_id: str
) -> None:
    history.write(study_id, owner, 1, new=[trial(1), trial(2)], changed=[])
    text = 'a "note" <script>alert(1)</script> 🙂'

    history.mark(study_id, is_starred=True, tags=["churn", "churn", " 2026 "])
    history.mark(study_id, 2, note=text, is_excluded=True)
    history.mark(study_id, 2, is_archived=True)

    again = History(path)
    assert again.marks(study_id) == {
        0: Marks(is_starred=True, tags=("churn", "2026")),
        2: Marks(is_archived=True, is_excluded=True, note=text),
    }
    assert again.study(study_id).marks.is_starred
    assert again.studies()[0].marks.tags == ("churn", "2026")
    assert [one["trial"] for one in again.actions(study_id)] == [0, 2, 2]
    assert again.actions(study_id)[1]["note"] == text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"is_starred": 1}, "Marks.is_starred must be True or False, not 1"),
        ({"tags": "churn"}, "Marks.tags must be a list of texts, not 'churn'"),
        ({"tags": [" "]}, "Marks.tags must be of 1 to 100 characters each, not ''"),
        ({"note": None}, "Marks.note must be text of at most 100,000 characters, not None"),
        ({"colour": "red"}, "Marks must be changed by is_starred, .* not 'colour'"),
    ],
)
def test_a_bad_mark_is_refused_and_changes_nothing(
    history: History, study_id: str, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(HistoryError, match=message):
        history.mark(study_id, **changes)

    assert history.marks(study_id) == {}
    assert history.actions(study_id) == []


def test_only_what_is_there_can_be_marked(history: History, study_id: str) -> None:
    with pytest.raises(HistoryError, match="History must have the trial 7 that is to be marked"):
        history.mark(study_id, 7, is_starred=True)
    with pytest.raises(HistoryError, match="History must have the study that is to be marked"):
        history.mark("x", is_starred=True)


def test_a_study_has_another_name_under_the_same_id(history: History, study_id: str) -> None:
    history.rename(study_id, 'robert"); DROP TABLE studies;-- 🙂')

    assert history.study(study_id).name == 'robert"); DROP TABLE studies;-- 🙂'
    with pytest.raises(HistoryError, match=r"Study\.name must be text, not ' '"):
        history.rename(study_id, " ")


def test_a_whole_study_goes_out_and_comes_in_as_another(history: History, study_id: str) -> None:
    settings = Settings(n_trials=3)
    trials = (completed(1), completed(2), replace(trial(3), number=3))
    data = StudyData("copy", settings, (SPACE,), trials, {"imported from": "elsewhere"})

    new_id = history.add(data)

    again = history.data(new_id)
    assert new_id != study_id
    assert again.trials[:2] == trials[:2]
    assert again.trials[2].state is TrialState.INTERRUPTED
    assert (again.name, again.settings, again.versions) == ("copy", settings, (SPACE,))
    assert again.about == {"imported from": "elsewhere"}


def test_an_edit_of_the_space_is_stored_at_once_with_its_action(
    history: History, study_id: str
) -> None:
    version = SpaceVersion(2, (HyperParameter("lr", "real", 0.1, 0.0, 0.5),))

    history.add_version(study_id, version, {"changes": ["lr"]})
    history.add_version(study_id, version, {"changes": ["lr"]})

    assert history.versions(study_id) == [SPACE, version]
    assert [one["version"] for one in history.actions(study_id)] == [2, 2]


def test_the_best_configuration_of_each_study_is_the_earliest_of_equals(
    history: History, owner: Owner, study_id: str
) -> None:
    rows = [completed(1, 0.1), completed(2, 0.9), completed(3, 0.9)]
    history.write(study_id, owner, 1, new=rows, changed=[])
    history.create("empty", {}, SPACE)

    assert history.best_configs() == {study_id: (2, {"lr": 0.02})}
