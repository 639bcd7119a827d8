"""The trade-off: one selection with the plots, its front in words, and what it is set against."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .board_page import BoardPage
from .planted import two_metrics
from .server_process import Server

N_TRIALS = 30
PLOT = "trade-off"


@pytest.fixture
def board(open_board: Callable[..., BoardPage], server: Server) -> BoardPage:
    """Return the page of a study with two metrics, the trade-off open."""
    board = open_board(two_metrics(server))
    board.wait_for_trials(N_TRIALS)
    board.press("Trade-off")
    board.tab.wait_for_function("() => lookInto.shown('trade-off')")
    expect(board.tab.get_by_text("beaten by no other in both")).to_be_visible()
    return board


def test_a_brush_selects_the_same_trials_in_the_plots_and_back(board: BoardPage) -> None:
    assert len(set(board.look("sources"))) == 1
    box = (0.55, 0.02, 0.98, 0.6)
    expected = board.inside(PLOT, *box)
    assert 0 < len(expected) < N_TRIALS
    board.drag(PLOT, *box)
    expect(board.selection_words).to_contain_text(f"{len(expected)} of {N_TRIALS}")
    assert board.look("selected") == expected

    box = (0.02, 0.02, 0.5, 0.98)
    expected = board.inside("n_neighbors", *box)
    board.drag("n_neighbors", *box)
    expect(board.selection_words).to_contain_text(f"{len(expected)} of {N_TRIALS}")
    assert board.look("selected") == expected


def test_the_front_is_that_of_the_trials_and_is_counted_in_words(board: BoardPage) -> None:
    assert board.look("axisLabel", PLOT, "below") == "F1 (macro)"
    pairs = set(zip(board.look("column", "metric:1"), board.look("column", "score"), strict=True))
    front = sorted(
        one
        for one in pairs
        if not any(x >= one[0] and y >= one[1] and (x, y) != one for x, y in pairs)
    )
    (line,) = board.look("drawn", PLOT, "front")
    assert set(zip(line["x"], line["y"], strict=True)) == set(front)
    n_front = len(line["x"])
    words = f"{n_front} trials are beaten" if n_front > 1 else "1 trial is beaten"
    expect(board.tab.get_by_text(f"{words} by no other in both.")).to_be_visible()


def test_another_cost_moves_the_trials_and_a_missing_one_is_explained(board: BoardPage) -> None:
    board.choose("Score against", "spread over folds")
    board.tab.wait_for_function(
        "() => lookInto.axisLabel('trade-off', 'below') === 'spread over folds'"
    )
    spread = dict(zip(board.look("numbers"), board.look("column", "spread"), strict=True))
    marks = sorted(board.marks(PLOT), key=lambda one: one.x)
    assert [spread[one.trial] for one in marks] == sorted(spread.values())

    board.choose("Score against", "gap between training and validation")
    expect(board.tab.get_by_text("No trial was scored on its training rows")).to_be_visible()


def test_pointing_at_a_trial_tells_its_score_and_its_cost(board: BoardPage) -> None:
    trial = board.look("numbers")[-1]
    row = board.look("numbers").index(trial)
    x, y = (board.look("column", name)[row] for name in ("metric:1", "score"))
    tip = board.hover(PLOT, x, y)
    expect(tip).to_contain_text(f"{y:.5g}")
    expect(tip).to_contain_text(f"F1 (macro) {x:.4g}")
