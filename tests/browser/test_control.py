"""All that can be set and done beside algorithm and budget, as a person does it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect
from tuneboard.engine.history import StudyRecord
from tuneboard.engine.trial import TrialState

from .board_page import BoardPage
from .server_process import Server

FAULTS = ("cut", "cutChoices", "outside", "overlaps", "nameless", "faint")
SLEEPER = """
import time
from tuneboard.engine import Study

def objective(config):
    time.sleep(0.3)
    return -config["x"] ** 2

Study(objective, space={"x": (-1.0, 1.0)}, n_trials=500, n_workers=1, optimizer="random",
      name="a script").run(show_progress=False)
"""


@pytest.fixture
def control(board: BoardPage) -> BoardPage:
    """Return the board with the area open."""
    board.press("More control")
    expect(board.field("Seconds")).to_be_visible()
    return board


def newest(server: Server) -> StudyRecord:
    return server.studies()[0]


def test_the_area_opens_and_closes_by_the_keyboard_alone(board: BoardPage) -> None:
    button = board.button("More control")
    button.focus()
    board.tab.keyboard.press("Enter")
    expect(board.field("Seconds")).to_be_visible()
    board.button("Less control").focus()
    seen = []
    for _ in range(40):
        board.tab.keyboard.press("Tab")
        seen.append(board.tab.evaluate("() => faults.labelled()"))
    expected = ("Seconds", "Target", "Seconds per trial", "Fold racing", "Trials run on")
    assert [one for one in expected if one not in seen] == [], seen
    board.button("Less control").focus()
    board.tab.wait_for_timeout(500)
    board.tab.keyboard.press("Enter")
    expect(board.field("Seconds")).to_be_hidden()


def test_nothing_is_cut_faint_or_without_a_name_in_the_open_area(control: BoardPage) -> None:
    control.choose("Resource", "n_estimators")
    expect(control.field("One in")).to_be_visible()
    for width in (1280, 1920):
        control.tab.set_viewport_size({"width": width, "height": 1000})
        for _mode in ("dark", "light"):
            control.press("Dark")
            control.tab.wait_for_timeout(600)
            assert {one: control.faults(one) for one in FAULTS} == {one: [] for one in FAULTS}


def test_what_is_set_in_the_area_is_what_runs(control: BoardPage, server: Server) -> None:
    control.set_up("Breast cancer", "Random forest", trials=9, folds=3, workers=2)
    control.fill("Seconds", 300)
    control.fill("Target", 0.9999)
    control.fill("Without progress", 50)
    control.fill("Failed in a row", 4)
    control.fill("Seconds per trial", 60)
    control.fill("MB per trial", 4000)
    control.choose("Fold racing", "stop trials that cannot win")
    control.choose("Resource", "n_estimators")
    control.fill("From", 5)
    control.fill("To", 45)
    control.choose("Scheduler", "Successive halving")
    control.fill("Share held out", 0.2)
    expect(control.tab.get_by_text("Trials with 5, 15 and 45 of it.")).to_be_visible()
    expect(control.tab.locator(".tb-cost")).to_have_text(
        re.compile(r"^9 configurations, .* on 2 workers\. Set: ends after 300 s, ends at 0.9999")
    )

    control.run()

    settings = newest(server).settings
    names = ("max_seconds", "target_score", "patience", "max_failures", "timeout_s", "memory_mb")
    assert [settings[name] for name in names] == [300, 0.9999, 50, 4, 60, 4000]
    assert settings["is_racing"]
    assert settings["holdout"] == 0.2
    ladder = {"resource": "n_estimators", "low": 5, "high": 45, "eta": 3}
    assert settings["fidelity"] == ladder
    assert settings["scheduler"] == "successive_halving"
    trials = server.trials(newest(server).id)
    assert {trial.fidelity for trial in trials.values()} <= {5, 15, 45}
    expect(control.field("Seconds per trial")).to_be_disabled()
    expect(control.field("Seconds")).to_be_enabled()

    control.tab.get_by_role("checkbox", name="My choice is made").check()
    control.press("Final estimate")
    expect(control.tab.get_by_text("on the rows held out: accuracy 0.")).to_be_visible()


def test_a_mistake_is_said_in_words_and_keeps_start_from_being_pressed(control: BoardPage) -> None:
    control.fill("Seconds", -1)
    expect(control.sentence).to_have_text(re.compile("Study.max_seconds must be a positive number"))
    expect(control.button("Start")).to_be_disabled()
    control.fill("Seconds", "")
    expect(control.button("Start")).to_be_enabled()


def test_settings_are_changed_while_it_runs(control: BoardPage, server: Server) -> None:
    control.set_up("Handwritten digits", "Random forest", trials=200, folds=3, workers=1)
    control.press("Start")
    control.wait_for_trials(2)
    control.fill("Workers", 2)
    control.choose("Algorithm", "Random search")
    control.fill("Trials", 150)
    control.fill("Without progress", 120)

    def changed() -> bool:
        settings = newest(server).settings
        names = ("n_workers", "optimizer", "n_trials", "patience")
        return [settings[name] for name in names] == [2, "random", 150, 120]

    wait_until(control, changed)
    wait_until(control, lambda: n_running(server) == 2)
    control.fill("Seconds", 1)
    control.wait_for_state("finished")
    expect(control.sentence).to_have_text(re.compile(r"Ended by max_seconds: 1 s have passed"))


def test_one_running_trial_is_ended_and_the_others_go_on(
    control: BoardPage, server: Server
) -> None:
    control.set_up("Handwritten digits", "Random forest", trials=4, folds=5, workers=2)
    control.tab.locator("summary").click()
    control.fill("value of n_estimators", "1200")
    control.press("Start")
    wait_until(control, lambda: n_running(server) == 2)
    choice = control.selector("Running trial")
    expect(choice.locator("option")).to_have_count(2)
    number = int(choice.input_value() if choice.input_value().isdigit() else "0") or None
    control.press("End this trial")
    wait_until(control, lambda: states(server).count(TrialState.KILLED) == 1)
    expect(control.counts).to_have_text(re.compile(r"1 failed"))
    assert number is None or server.trials(newest(server).id)[number].state is TrialState.KILLED
    wait_until(control, lambda: states(server).count(TrialState.RUNNING) == 2)


def test_configurations_by_hand_and_by_a_file_run_first(control: BoardPage, server: Server) -> None:
    control.set_up("Wine", "Support vector machine", trials=6, folds=2, workers=1)
    control.fill("value of svc__C", "7.5")
    control.press("Run the current values")
    expect(control.tab.get_by_text("1 configuration in line, to run first")).to_be_visible()

    drop(control, "svc__C,svc__gamma,svc__kernel\n2.5,0.1,rbf\n-3,0.1,rbf\n")
    said = control.tab.get_by_text(re.compile(r"Study\.enqueue\[row 2\]\.svc__C must be a number"))
    expect(said).to_be_visible()

    control.run()
    trials = server.trials(newest(server).id)
    assert trials[1].config["svc__C"] == 7.5
    assert [one.provenance.optimizer for one in trials.values()].count("user") == 1


def drop(board: BoardPage, text: str) -> None:
    """Give a CSV file to the area."""
    file = {"name": "mine.csv", "mimeType": "text/csv", "buffer": text.encode()}
    board.tab.locator("input[type=file]").last.set_input_files(files=[file])  # type: ignore[list-item]


def test_too_many_failures_pause_it_and_the_reason_is_told(
    control: BoardPage, server: Server
) -> None:
    control.set_up("Handwritten digits", "Random forest", trials=30, folds=5, workers=2)
    control.fill("Seconds per trial", 0.001)
    control.fill("Failed in a row", 3)
    control.press("Start")
    control.wait_for_state("paused")
    expect(control.sentence).to_have_text(
        re.compile(r"^Paused: the last \d trials failed, the latest with: Ended after 0.001 s")
    )
    assert set(states(server)) <= {TrialState.TIMED_OUT, TrialState.RUNNING}

    control.press("Trials")
    n_failed = states(server).count(TrialState.TIMED_OUT)
    control.choose("Show", f"timed out ({n_failed})")
    control.tab.wait_for_function("(n) => lookInto.tableLength() === n", arg=n_failed)
    row = control.tab.locator(".slick-row").first
    row.scroll_into_view_if_needed()
    row.locator(".slick-cell").first.click()
    expect(control.tab.get_by_text("What it failed of")).to_be_visible()
    expect(control.tab.locator("pre", has_text="Ended after 0.001 s")).to_be_visible()


def test_the_table_shows_the_trials_of_one_state(control: BoardPage, server: Server) -> None:
    control.set_up("Breast cancer", "Random forest", trials=14, folds=5, workers=2)
    control.choose("Fold racing", "stop trials that cannot win")
    control.run()
    n_stopped = states(server).count(TrialState.STOPPED)
    if not n_stopped:
        pytest.skip("no trial was stopped early this time")
    control.press("Trials")
    control.choose("Show", f"stopped early ({n_stopped})")
    control.tab.wait_for_function("(n) => lookInto.tableLength() === n", arg=n_stopped)
    assert set(control.look("tableColumn", "state")) == {"stopped early"}
    control.choose("Show", "all trials")
    control.tab.wait_for_function("() => lookInto.tableLength() === 14")


def test_an_unreachable_cluster_is_refused_and_the_page_goes_on(control: BoardPage) -> None:
    control.choose("Trials run on", "a Dask cluster")
    control.fill("Scheduler address", "tcp://127.0.0.1:9")
    expect(control.sentence).to_have_text(
        re.compile(r"The Dask scheduler at 'tcp://127\.0\.0\.1:9' cannot be reached")
    )
    control.choose("Trials run on", "this machine")
    control.fill("Trials", 3)
    control.fill("Folds", 2)
    control.run()


@pytest.fixture
def script(server: Server) -> Iterator[subprocess.Popen[bytes]]:
    """Yield a script that runs a study in the server's store."""
    process = subprocess.Popen([sys.executable, "-c", SLEEPER], env=server.environment)
    yield process
    process.kill()
    process.wait()


def test_a_study_of_a_script_is_steered_from_the_page(
    script: subprocess.Popen[bytes], open_board: Callable[..., BoardPage], server: Server
) -> None:
    def is_running() -> bool:
        return any(one.name == "a script" and one.n_finished for one in server.studies())

    import time

    give_up_at = time.monotonic() + 60
    while not is_running():
        assert time.monotonic() < give_up_at, "the script has not begun"
        time.sleep(0.1)
    record = next(one for one in server.studies() if one.name == "a script")
    board = open_board(record.id)
    board.wait_for_state("running")
    expect(board.sentence).to_have_text(re.compile("Being run by process"))

    board.press("Pause")
    board.wait_for_state("paused")
    expect(board.sentence).to_have_text(re.compile(r"^Paused. Running trials finish. Being run by"))
    board.press("Resume")
    board.wait_for_state("running")
    board.fill("Trials", 400)
    wait_until(board, lambda: server.history.study(record.id).settings["n_trials"] == 400)
    board.press("Stop")
    board.wait_for_state("stopped")
    script.wait(30)


def states(server: Server) -> list[TrialState]:
    return [one.state for one in server.trials(newest(server).id).values()]


def n_running(server: Server) -> int:
    return states(server).count(TrialState.RUNNING)


def wait_until(board: BoardPage, is_so: Callable[[], bool], timeout_s: float = 40) -> None:
    for _ in range(int(10 * timeout_s)):
        if is_so():
            return
        board.tab.wait_for_timeout(100)
    pytest.fail(f"It has not happened; the page says: {board.sentence.inner_text()}")
