"""Setting a study up, running it and watching it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from tuneboard.engine.trial import TrialState

from .board_page import BoardPage
from .server_process import Server

ANSWER_S = 2.0
AT_ONCE_S = 4.0
"""Far less than the trials would take that are stopped, and enough for a busy machine."""


def test_what_is_set_up_in_the_page_is_what_runs(board: BoardPage, server: Server) -> None:
    board.set_up("Wine", "Support vector machine", trials=7, folds=3, workers=1, seed=5)
    board.choose("Algorithm", "Evolutionary search")
    board.choose("Metric", "F1 (macro)")
    board.fill("low of svc__C", "0.5")
    board.fill("high of svc__C", "20")
    board.fill("value of svc__C", "2.5")
    scale = board.tab.get_by_role("switch", name="log scale of svc__C")
    expect(scale).to_have_attribute("aria-checked", "true")
    scale.click()
    expect(scale).to_have_attribute("aria-checked", "false")
    kernels = board.tab.get_by_role("group", name="choices of svc__kernel")
    if not kernels.is_visible():
        board.tab.locator("summary").click()
        board.tab.get_by_role("checkbox", name="search svc__kernel").check()
    kernels.get_by_role("button", name="sigmoid", exact=True).click()
    expect(kernels.get_by_role("button", name="sigmoid")).to_have_attribute("aria-pressed", "false")

    board.run()

    (record,) = server.studies()
    settings = record.settings
    assert settings["optimizer"] == "evolutionary"
    assert settings["metric"]["name"] == "f1_macro"
    counts = {name: settings[name] for name in ("n_trials", "folds", "n_workers", "seed")}
    assert counts == {"n_trials": 7, "folds": 3, "n_workers": 1, "seed": 5}
    space = server.history.versions(record.id)[-1]
    cost = space["svc__C"]
    assert (cost.low, cost.high, cost.value, cost.log) == (0.5, 20, 2.5, False)
    assert "sigmoid" not in space["svc__kernel"].choices
    trials = server.trials(record.id)
    assert sorted(trials) == list(range(1, 8))
    assert all(0.5 <= trial.config["svc__C"] <= 20 for trial in trials.values())
    assert all(len(trial.fold_scores) == 3 for trial in trials.values())
    assert {n: row["score"] for n, row in board.trials().items()} == pytest.approx(
        {n: trial.score for n, trial in trials.items()}
    )


def test_an_edit_shows_in_the_plots_before_the_study_starts(board: BoardPage) -> None:
    board.set_up("Wine", "Support vector machine")
    plot = next(one for one in board.look("plots") if one.endswith("C"))
    start, end = board.look("range", plot)
    board.fill("high of svc__C", "3")
    board.tab.wait_for_function(
        "([plot, end]) => lookInto.range(plot)[1] < end", arg=[plot, end - 0.1]
    )
    assert board.look("range", plot)[0] == pytest.approx(start, abs=0.2)
    board.tab.get_by_role("checkbox", name="search svc__C").uncheck()
    board.tab.wait_for_function("(plot) => !lookInto.plots().includes(plot)", arg=plot)


def test_trials_arrive_one_at_a_time_in_every_view(board: BoardPage, server: Server) -> None:
    board.set_up("Handwritten digits", "Random forest", trials=17, folds=3, workers=1)
    board.press("Start")
    seen: list[int] = []
    lengths: list[int] = []
    deadline = time.monotonic() + 90
    while not lengths or lengths[-1] < 17:
        assert time.monotonic() < deadline, f"only {lengths} trials came"
        numbers = board.look("numbers")
        assert numbers[: len(seen)] == seen, "rows may only be added"
        seen = numbers
        if not lengths or len(numbers) > lengths[-1]:
            lengths.append(len(numbers))
            _check_that_all_agree(board)
        board.tab.wait_for_timeout(50)
    assert len(lengths) >= 6, "they came in lumps"
    board.wait_for_state("finished")
    expect(board.counts).to_have_text(re.compile(r"^17 / 17 trials"))
    board.tab.wait_for_function("() => lookInto.ranking().length >= 3")
    (record,) = [one for one in server.studies() if one.n_finished == 17]
    assert sorted(board.trials()) == sorted(server.trials(record.id))
    expect(board.tab.locator(".tb-best").first).to_have_text(f"{record.best_score:.4g}")
    row = board.tab.locator(".slick-row", has_text="Handwritten digits").first
    expect(row).to_contain_text("17/17")
    expect(row).to_contain_text("finished")
    for fault in ("cut", "outside", "overlaps", "faint"):
        assert board.faults(fault) == []


def _check_that_all_agree(board: BoardPage) -> None:
    """Compare plots, table, progress bar and counts of one moment."""
    shown = board.tab.evaluate(
        """() => {
          const all = [...faults.everything()]
          const bar = all.find((one) => one.matches("[role=progressbar]"))
          return [lookInto.numbers(), Number(bar.getAttribute("aria-valuenow")),
                  lookInto.marks("timeline").length, lookInto.tableLength()]
        }"""
    )
    numbers, progress, n_marks, n_rows = shown
    assert len(numbers) == len(set(numbers)) == n_marks == n_rows
    # The bar is sent after the trials, by the same poll; on a busy machine plots may be behind.
    assert progress >= len(numbers) - 1


def test_a_click_is_answered_at_once_while_trials_run(board: BoardPage) -> None:
    board.set_up("Handwritten digits", "Random forest", trials=200, folds=3, workers=2)
    board.press("Start")
    board.wait_for_trials(3)
    answers_s = []
    for words in ("< 60", "> 200", "< 60"):
        pressed = time.monotonic()
        board.press("Dark")
        board.tab.wait_for_function(f"() => Math.max(...faults.background()) {words}")
        answers_s.append(time.monotonic() - pressed)
    assert sorted(answers_s)[1] < ANSWER_S, answers_s


def test_pause_starts_no_more_trials_and_resume_goes_on(board: BoardPage, server: Server) -> None:
    board.set_up("Handwritten digits", "Random forest", trials=60, folds=2, workers=2)
    board.press("Start")
    board.wait_for_trials(2)
    study_id = server.studies()[0].id

    pressed = time.monotonic()
    board.press("Pause")
    board.wait_for_state("paused")
    assert time.monotonic() - pressed < AT_ONCE_S
    while any(one.state is TrialState.RUNNING for one in server.trials(study_id).values()):
        board.tab.wait_for_timeout(50)
    n_paused = len(server.trials(study_id))
    expect(board.counts).to_have_text(re.compile(rf"^{n_paused} / 60 trials"))
    board.tab.wait_for_timeout(2000)  # that nothing happens takes time to see
    assert len(server.trials(study_id)) == n_paused
    expect(board.state).to_have_text("paused")

    board.press("Resume")
    board.wait_for_state("running")
    board.wait_for_trials(n_paused + 3)
    drawn = board.trials()
    assert max(drawn) - len(drawn) <= 1  # of two that run at a time one may overtake the other


def test_stop_ends_long_trials_at_once(board: BoardPage, server: Server) -> None:
    board.set_up("Handwritten digits", "Random forest", trials=5, folds=10, workers=2)
    board.tab.locator("summary").click()
    board.fill("value of n_estimators", "2000")
    board.press("Start")
    study_id = _when_two_run(board, server)
    pressed = time.monotonic()
    board.press("Stop")
    board.wait_for_state("stopped")
    assert time.monotonic() - pressed < AT_ONCE_S
    expect(board.sentence).to_have_text("Stopped. Resume to go on.")
    states = {trial.state for trial in server.trials(study_id).values()}
    assert states <= {TrialState.INTERRUPTED, TrialState.COMPLETED}
    expect(board.button("Resume")).to_be_enabled()


def _when_two_run(board: BoardPage, server: Server) -> str:
    """Wait until two trials are running; return the study's id."""
    for _ in range(300):
        records = [one for one in server.studies() if one.is_owned]
        running = [one for record in records for one in server.trials(record.id)]
        if len(running) >= 2:
            return records[0].id
        board.tab.wait_for_timeout(100)
    pytest.fail("no trials were started")


def test_a_finished_study_goes_on_when_its_trials_are_raised(board: BoardPage) -> None:
    board.set_up("Wine", "Logistic regression", trials=3, folds=2, workers=1)
    board.run()
    expect(board.sentence).to_have_text("Finished. Raise the number of trials to go on.")
    board.fill("Trials", 6)
    board.press("Resume")
    expect(board.counts).to_have_text(re.compile("^6 / 6 trials"))
    board.wait_for_state("finished")
    assert sorted(board.trials()) == [1, 2, 3, 4, 5, 6]


def test_new_study_starts_empty_and_the_old_one_can_be_opened_again(
    open_board: Callable[..., BoardPage],
) -> None:
    board = open_board()
    board.set_up("Wine", "Logistic regression", trials=4, folds=2, workers=1)
    board.run()
    first = board.trials()
    address = board.tab.url
    expect(board.selector("Data")).to_be_disabled()
    expect(board.field("Folds")).to_be_disabled()

    board.press("New study")
    board.wait_for_state("ready")
    board.tab.wait_for_function("() => lookInto.ready() && lookInto.numbers().length === 0")
    expect(board.selector("Data")).to_be_enabled()
    assert "study=" not in board.tab.url
    board.fill("Trials", 2)
    board.run()
    assert sorted(board.trials()) == [1, 2]

    finished = board.selector("Study").locator("option", has_text="4/4 · finished")
    board.selector("Study").select_option(value=finished.first.get_attribute("value"))
    board.wait_for_trials(4)
    assert board.trials() == first
    again = open_board(address.partition("study=")[2])
    assert again.trials() == first


def test_use_best_values_puts_the_best_configuration_into_the_list(
    board: BoardPage, server: Server
) -> None:
    board.set_up("Wine", "Support vector machine", trials=6, folds=2, workers=1)
    board.run()
    record = server.studies()[0]
    best = max(server.trials(record.id).values(), key=lambda trial: trial.score or 0)
    board.fill("value of svc__C", "77")
    board.press("Use best values")
    expect(board.field("value of svc__C")).not_to_have_value("77")
    shown = float(board.field("value of svc__C").input_value())
    assert shown == pytest.approx(best.config["svc__C"], rel=1e-3)


def test_the_table_sorts_by_score_when_its_header_is_pressed(board: BoardPage) -> None:
    board.set_up("Wine", "Logistic regression", trials=8, folds=2, workers=1)
    board.run()
    header = board.tab.locator(".slick-header-column", has_text="accuracy")
    header.scroll_into_view_if_needed()
    header.click()
    board.tab.wait_for_function(
        """() => {
          const scores = lookInto.tableColumn("score_text").map(Number)
          return scores.length === 8 && scores.every((one, row) => !row || scores[row - 1] <= one)
        }"""
    )
