"""Learning curves on the page: what is highlighted, and what a click selects."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .board_page import BoardPage
from .planted import curves
from .server_process import Server


@pytest.fixture
def board(open_board: Callable[..., BoardPage], server: Server) -> BoardPage:
    """Return the page, with the learning curves of a study open."""
    board = open_board(curves(server))
    board.wait_for_trials(60)
    board.press("Curves")
    board.tab.wait_for_function("() => lookInto.curves().length > 50")
    return board


def test_curves_of_selected_trials_are_highlighted_without_the_server(board: BoardPage) -> None:
    box = (0.3, 0.02, 0.7, 0.98)
    expected = board.inside("momentum", *box)
    board.drag("momentum", *box)
    expect(board.selection_words).to_contain_text(f"{len(expected)} of 60")
    assert sorted(board.look("highlightedCurves")) == expected


def test_a_click_on_a_curve_selects_its_trial_everywhere(board: BoardPage) -> None:
    trial, x, y = board.look("curveEnd")
    board.tab.mouse.click(x, y)
    expect(board.selection_words).to_contain_text("of 60 trials selected")
    selected = board.look("selected")
    assert trial in selected
    assert sorted(board.look("highlightedCurves")) == selected


def test_a_state_is_a_filter_for_all_views(board: BoardPage) -> None:
    states = dict(zip(board.look("numbers"), board.look("column", "curve"), strict=True))
    diverging = sorted(number for number, state in states.items() if state == "diverging")
    assert diverging
    board.press(f"{len(diverging)} diverging")
    expect(board.selection_words).to_contain_text(f"{len(diverging)} of 60 trials selected")
    assert board.look("selected") == diverging
