from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tuneboard.engine import ledger as ledger_module
from tuneboard.engine.errors import StudyBusyError
from tuneboard.engine.history import LEASE_S, History
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.ledger import Ledger
from tuneboard.engine.owner import Owner
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

SPACE = SpaceVersion(1, (HyperParameter("lr", "real", 0.1, 0.0, 1.0),))
EDITED = SpaceVersion(2, (HyperParameter("lr", "real", 0.1, 0.0, 2.0),))

Until = Callable[[Callable[[], object]], None]


def trial(number: int) -> Trial:
    return Trial(number, {"lr": 0.5}, TrialState.RUNNING, Provenance("random", "drawn at random"))


def completed(number: int) -> Trial:
    return trial(number).finished(Result(0.5))


def never() -> None:
    pytest.fail("the claim was lost")


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db")


@pytest.fixture
def ledger(history: History) -> Iterator[Ledger]:
    """Yield the ledger of a study that it has claimed."""
    ledger = Ledger(history)
    ledger.enrol("forest", {"n_trials": 10}, SPACE)
    ledger.claim(never)
    yield ledger
    ledger.give_up()


@pytest.fixture
def quick_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let claims be renewed every 20 ms instead of every 3 s."""
    monkeypatch.setattr(ledger_module, "LEASE_S", 0.1)


def take_over(history: History, study_id: str) -> Owner:
    """Take a study over as another process would whose lease check found the owner silent."""
    thief = Owner()
    connection = sqlite3.connect(history.place)
    with connection:
        connection.execute("UPDATE studies SET owner = ?", (thief.to_text(),))
    connection.close()
    assert history.study(study_id).is_owned
    return thief


def test_a_ledger_without_a_history_keeps_nothing_and_refuses_nothing() -> None:
    ledger = Ledger(None)
    ledger.enrol("forest", {}, SPACE)
    ledger.claim(never)
    ledger.commit([trial(1)], [SPACE])
    ledger.save(state="running")
    ledger.note("settings", {})
    ledger.give_up()

    assert (ledger.study_id, ledger.news(), ledger.load()) == ("", [], ([], []))
    assert ledger.new_version() is None


def test_a_study_is_enrolled_once(history: History, ledger: Ledger) -> None:
    ledger.enrol("again", {}, SPACE)

    assert [one.name for one in history.studies()] == ["forest"]


def test_nothing_is_stored_of_a_study_before_it_is_enrolled(history: History) -> None:
    ledger = Ledger(history)
    ledger.save(state="running")
    ledger.note("settings", {"n_trials": 5})

    assert history.studies() == []
    assert ledger.news() == []


def test_new_and_changed_trials_are_told_apart(history: History, ledger: Ledger) -> None:
    ledger.commit([trial(1), trial(2)], [SPACE])
    ledger.commit([completed(1), trial(3)], [SPACE])

    assert history.trials(ledger.study_id) == ([trial(2), completed(1), trial(3)], 2)


def test_a_new_version_of_the_space_is_stored_once(history: History, ledger: Ledger) -> None:
    ledger.commit([trial(1)], [SPACE, EDITED])
    ledger.commit([trial(2)], [EDITED])

    assert history.versions(ledger.study_id) == [SPACE, EDITED]


def test_what_was_loaded_is_no_news(history: History, ledger: Ledger) -> None:
    ledger.commit([trial(1)], [EDITED])
    other = Ledger(history, ledger.study_id)

    assert other.load() == ([trial(1)], [SPACE, EDITED])
    assert other.news() == []
    assert other.new_version() is None


def test_another_ledger_gets_each_piece_of_news_once(history: History, ledger: Ledger) -> None:
    other = Ledger(history, ledger.study_id)
    other.load()
    ledger.commit([trial(1)], [SPACE])
    ledger.commit([completed(1), trial(2)], [EDITED])

    assert other.news() == [completed(1), trial(2)]
    assert other.news() == []
    assert other.new_version() == EDITED
    assert other.new_version() is None


def test_the_next_owner_goes_on_with_the_revisions(history: History, ledger: Ledger) -> None:
    ledger.commit([trial(1)], [SPACE])
    ledger.give_up()
    other = Ledger(history, ledger.study_id)
    other.load()
    other.claim(never)

    other.commit([completed(1), trial(2)], [SPACE])
    other.give_up()

    assert ledger.news() == [completed(1), trial(2)]


def test_a_study_that_is_claimed_cannot_be_claimed_again(history: History, ledger: Ledger) -> None:
    other = Ledger(history, ledger.study_id)

    with pytest.raises(StudyBusyError, match=f"'forest' is being run by process {os.getpid()} on"):
        other.claim(never)


def test_a_study_that_was_given_up_can_be_claimed_by_another(
    history: History, ledger: Ledger
) -> None:
    ledger.give_up()
    other = Ledger(history, ledger.study_id)

    other.claim(never)

    assert history.study(ledger.study_id).is_owned
    other.give_up()


def test_giving_up_twice_or_unclaimed_does_no_harm(history: History, ledger: Ledger) -> None:
    Ledger(history, ledger.study_id).give_up()
    assert history.study(ledger.study_id).is_owned

    ledger.give_up()
    ledger.give_up()
    assert not history.study(ledger.study_id).is_owned


def test_a_lost_claim_refuses_the_commit_and_stores_nothing(
    history: History, ledger: Ledger
) -> None:
    take_over(history, ledger.study_id)

    with pytest.raises(StudyBusyError, match="This study was taken over by another process"):
        ledger.commit([trial(1)], [EDITED])

    assert history.trials(ledger.study_id) == ([], 0)
    assert history.versions(ledger.study_id) == [SPACE]


def test_who_has_lost_the_study_no_longer_writes_its_state(
    history: History, ledger: Ledger
) -> None:
    take_over(history, ledger.study_id)
    with pytest.raises(StudyBusyError, match="This study was taken over by another process"):
        ledger.commit([trial(1)], [])

    ledger.save(state="failed")
    ledger.give_up()

    record = history.study(ledger.study_id)
    assert (record.state, record.is_owned) == ("ready", True)


@pytest.mark.usefixtures("quick_beat")
def test_the_claim_is_renewed_again_and_again(history: History, until: Until) -> None:
    ledger = Ledger(history)
    ledger.enrol("forest", {}, SPACE)
    ledger.claim(never)
    connection = sqlite3.connect(history.place)
    with connection:
        connection.execute("UPDATE studies SET heartbeat_at = ?", (time.time() - LEASE_S - 1,))
    connection.close()

    until(lambda: history.study(ledger.study_id).is_owned)
    ledger.give_up()


@pytest.mark.usefixtures("quick_beat")
def test_a_claim_that_is_lost_is_noticed_without_a_commit(history: History, until: Until) -> None:
    lost: list[bool] = []
    ledger = Ledger(history)
    ledger.enrol("forest", {}, SPACE)
    ledger.claim(lambda: lost.append(True))
    take_over(history, ledger.study_id)

    until(lambda: lost)
    ledger.save(state="stopped")

    assert lost == [True]
    assert history.study(ledger.study_id).state == "ready"
    ledger.give_up()
