"""What outlives a closed tab, a killed server and a study that another process runs."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect
from tuneboard.engine.trial import Trial, TrialState

from .board_page import BoardPage
from .server_process import ROOT, Server

FOLLOW_S = 5
"""What other processes do is on the page within this time."""

LOST_SERVER = ["WebSocket", "Lost websocket", "ERR_CONNECTION", "not connected"]

SCRIPT = """
import time
from tuneboard.engine import Real, SearchSpace
from tuneboard.engine.study import Study

class Space(SearchSpace):
    x = Real(0.5, bounds=(0.0, 1.0))

def score(config):
    time.sleep(0.3)
    return config["x"]

study = Study(score, space=Space(), n_trials={n_trials}, n_workers=1, name="by a script")
study.run()
"""


def test_a_study_goes_on_without_a_tab_and_is_found_again(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    board = open_board()
    study_id = _start(board, server, n_trials=400)
    shown = board.trials()
    board.tab.close()
    n_stored = len(_finished(server, study_id))
    again = open_board()  # without the study's address
    again.wait_for_trials(n_stored + 3)
    expect(again.state).to_have_text("running")
    expect(again.title).to_have_text("Handwritten digits · Random forest")
    assert f"study={study_id}" in again.tab.url
    assert {n: one["score"] for n, one in again.trials().items() if n in shown} == {
        n: one["score"] for n, one in shown.items()
    }
    expect(again.selector("Data")).to_be_disabled()


def test_a_second_tab_sees_and_steers_the_same_running_study(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    one = open_board()
    study_id = _start(one, server, n_trials=200)
    other = open_board()
    expect(other.state).to_have_text("running")
    other.wait_for_trials(len(one.look("numbers")) + 2)
    assert set(one.trials()) & set(other.trials())
    other.press("Pause")
    one.wait_for_state("paused", timeout_s=FOLLOW_S)
    one.press("Resume")
    other.wait_for_state("running", timeout_s=FOLLOW_S)
    one.press("Stop")
    other.wait_for_state("stopped", timeout_s=FOLLOW_S)
    one.wait_for_state("stopped", timeout_s=FOLLOW_S)
    n_stored = len(_finished(server, study_id))
    other.wait_for_trials(n_stored)
    one.wait_for_trials(n_stored)
    assert one.trials() == other.trials()


def test_a_killed_server_loses_no_trial_and_resume_finishes_the_study(
    open_board: Callable[..., BoardPage], server: Server, allowed_errors: list[str]
) -> None:
    allowed_errors += LOST_SERVER
    board = open_board()
    study_id = _start(board, server, n_trials=14)
    server.kill()
    shown = board.trials()
    stored = _finished(server, study_id)
    assert len(shown) >= 3
    assert set(shown) <= set(stored)
    assert all(shown[number]["score"] == stored[number].score for number in shown)
    assert board.look("numbers") == list(shown), "the page itself keeps what it has shown"
    board.tab.close()

    server.start()
    again = open_board()
    words = f"was interrupted after {len(stored)} of 14 trials. Nothing that had finished is lost."
    expect(again.tab.get_by_text(words)).to_be_visible()
    for fault in ("cut", "outside", "overlaps", "faint"):
        assert again.faults(fault) == []
    again.press("Resume it")
    again.wait_for_trials(len(stored))
    again.wait_for_state("finished", timeout_s=90)
    trials = server.trials(study_id)
    assert sorted(again.trials()) == sorted(trials) == list(range(1, 15))
    assert {number: trials[number] for number in stored} == stored
    assert all(one.state is TrialState.COMPLETED for one in trials.values())
    expect(again.tab.get_by_text("was interrupted")).to_be_hidden()
    expect(again.counts).to_have_text(re.compile("^14 / 14 trials"))


def test_a_server_that_is_asked_to_end_does_so_and_the_study_can_be_resumed(
    open_board: Callable[..., BoardPage], server: Server, allowed_errors: list[str]
) -> None:
    allowed_errors += LOST_SERVER
    board = open_board()
    study_id = _start(board, server, n_trials=300)
    shown = board.trials()
    server.stop()
    assert set(shown) <= set(_finished(server, study_id))
    board.tab.close()
    server.start()
    again = open_board(study_id)  # the address of the closed tab
    expect(again.state).to_have_text("interrupted")
    n_before = len(again.trials())
    again.press("Resume")
    again.wait_for_trials(n_before + 2)
    assert set(shown) <= set(again.trials())


def test_a_page_whose_server_is_gone_says_so(
    open_board: Callable[..., BoardPage], server: Server, allowed_errors: list[str]
) -> None:
    allowed_errors += LOST_SERVER
    board = open_board()
    server.kill()
    try:
        words = "The connection to the server is lost."
        expect(board.tab.locator(".notyf__message", has_text=words)).to_be_visible()
    finally:
        server.start()


@pytest.fixture
def script(server: Server, tmp_path: Path) -> Iterator[Callable[[int], subprocess.Popen[bytes]]]:
    """Return a function that starts a script with so many trials on the server's store."""
    started: list[subprocess.Popen[bytes]] = []

    def run(n_trials: int) -> subprocess.Popen[bytes]:
        path = tmp_path / "tune.py"
        path.write_text(SCRIPT.format(n_trials=n_trials), encoding="utf-8")
        process = subprocess.Popen([sys.executable, path], cwd=ROOT, env=server.environment)
        started.append(process)
        return process

    yield run
    for process in started:
        process.kill()
        process.wait(10)


def test_a_study_of_another_process_is_shown_live_and_cannot_be_started_twice(
    open_board: Callable[..., BoardPage],
    server: Server,
    script: Callable[[int], subprocess.Popen[bytes]],
) -> None:
    board = open_board()
    process = script(25)
    option = board.selector("Study").locator("option", has_text="by a script")
    expect(option).to_have_count(1, timeout=30_000)
    board.selector("Study").select_option(value=option.get_attribute("value"))
    expect(board.title).to_have_text("by a script")
    expect(board.state).to_have_text("running")
    expect(board.sentence).to_have_text(re.compile(rf"Being run by process {process.pid} on"))
    expect(board.button("Start")).to_have_count(0)
    n_before = len(board.trials())
    board.wait_for_trials(n_before + 3)
    board.wait_for_trials(25)
    board.wait_for_state("finished")
    (record,) = [one for one in server.studies() if one.name == "by a script"]
    stored = server.trials(record.id)
    assert {n: one["score"] for n, one in board.trials().items()} == {
        n: one.score for n, one in stored.items()
    }
    assert process.wait(10) == 0


def test_a_start_that_the_owner_forbids_is_refused_in_words(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    board = open_board()
    study_id = _start(board, server, n_trials=200)
    second = (
        "from tuneboard.engine.study import Study\n"
        "from tuneboard.engine.errors import StudyBusyError\n"
        f"study = Study.open({study_id!r})\n"
        "try:\n    study.run()\nexcept StudyBusyError as error:\n    print(error)\n"
    )
    command = [sys.executable, "-c", second]
    said = subprocess.run(
        command, cwd=ROOT, env=server.environment, check=True, capture_output=True, text=True
    )
    assert "is being run by process" in said.stdout
    n_before = len(board.trials())
    board.wait_for_trials(n_before + 2)
    expect(board.state).to_have_text("running")


def _start(board: BoardPage, server: Server, *, n_trials: int) -> str:
    """Start a study and wait until the page shows some of its trials; return its id."""
    board.set_up("Handwritten digits", "Random forest", trials=n_trials, folds=2, workers=2)
    board.press("Start")
    board.wait_for_trials(4, timeout_s=90)
    return server.studies()[0].id


def _finished(server: Server, study_id: str) -> dict[int, Trial]:
    trials = server.trials(study_id)
    return {number: trial for number, trial in trials.items() if trial.state.is_finished}
