"""The page of one trial: whose it is, what it says, and what its buttons do."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from .board_page import BoardPage
from .planted import NetSpace, study_of, two_metrics
from .server_process import Server

N_TRIALS = 30


@pytest.fixture
def board(open_board: Callable[..., BoardPage], server: Server) -> BoardPage:
    """Return the page of a study, that of one trial open."""
    board = open_board(two_metrics(server))
    board.wait_for_trials(N_TRIALS)
    board.press("One trial")
    expect(board.tab.get_by_text("The code that rebuilds it")).to_be_visible()
    return board


def heading(board: BoardPage, number: int) -> Locator:
    return board.tab.locator("h4", has_text=f"Trial {number} · ")


def test_without_a_selection_it_is_the_best_and_then_the_first_that_is_selected(
    board: BoardPage,
) -> None:
    trials = board.trials()
    top = max(row["score"] for row in trials.values())
    best = next(number for number, row in trials.items() if row["score"] == top)
    expect(heading(board, best)).to_have_text(f"Trial {best} · completed · the best")

    board.drag("n_neighbors", 0.02, 0.02, 0.4, 0.98)
    expect(board.selection_words).to_be_visible()
    chosen = board.look("selected")
    first = next(number for number in board.look("numbers") if number in chosen)
    expect(heading(board, first)).to_be_visible()

    last = board.look("numbers")[-1]
    board.look("select", [last])
    expect(heading(board, last)).to_be_visible()


def test_its_values_its_folds_and_its_code_are_those_of_the_trial(
    board: BoardPage, server: Server
) -> None:
    trial = server.trials(two_metrics(server))[12]
    board.look("select", [12])
    expect(heading(board, 12)).to_be_visible()
    for name, value in trial.config.items():
        row = board.tab.locator("tr").filter(has=board.tab.locator("td", has_text=name))
        text = f"{value:.4g}" if isinstance(value, float) else str(value)
        # The words may stand in folded tables, too.
        expect(row.filter(has_text=text).locator("visible=true").first).to_be_visible()
    folds = board.tab.locator("table").filter(has=board.tab.locator("th", has_text="fold"))
    rows = folds.first.locator("tr")
    expect(rows).to_have_count(1 + len(trial.fold_scores))
    for place, score in enumerate(trial.fold_scores, 1):
        expect(rows.nth(place)).to_contain_text(f"{score:.4g}")
    code = board.tab.locator("pre", has_text="model.set_params(**config)")
    expect(code).to_contain_text(repr(trial.config))


def test_its_values_become_the_current_ones(board: BoardPage, server: Server) -> None:
    trial = server.trials(two_metrics(server))[7]
    board.look("select", [7])
    expect(heading(board, 7)).to_be_visible()
    board.press("Use its values")
    expect(board.field("value of n_neighbors")).to_have_value(str(trial.config["n_neighbors"]))
    expect(board.tab.get_by_text("Use the values of trial 7.")).to_be_visible()


def test_a_trial_that_failed_says_of_what(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    def fail(config: NetSpace) -> float:
        raise FloatingPointError("the <b>solver</b> diverged")

    board = open_board(study_of(server, "Network, failing", fail, n_trials=3))
    board.wait_for_trials(3)
    board.press("One trial")
    words = "Select a trial in any plot or in the table to see all of it here."
    expect(board.tab.get_by_text(words)).to_be_visible()
    board.look("select", [2])
    expect(heading(board, 2)).to_have_text("Trial 2 · failed")
    said = board.tab.get_by_text("FloatingPointError: the <b>solver</b> diverged")
    expect(said.first).to_be_visible()
