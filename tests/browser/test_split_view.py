"""The split view: detail views, colours, second rows, and which plots are shown."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .board_page import BoardPage
from .planted import two_metrics
from .server_process import Server

N_TRIALS = 30


@pytest.fixture
def study_id(server: Server) -> str:
    """Return the id of a finished study with two metrics."""
    return two_metrics(server)


@pytest.fixture
def board(open_board: Callable[..., BoardPage], study_id: str) -> BoardPage:
    opened = open_board(study_id)
    opened.wait_for_trials(N_TRIALS)
    return opened


def test_a_title_opens_the_detail_view_by_keyboard_and_escape_leads_back(board: BoardPage) -> None:
    board.button("n_neighbors").focus()
    board.tab.keyboard.press("Enter")

    board.tab.wait_for_function("() => lookInto.shown('n_neighbors: value')")
    expect(board.button("n_neighbors")).to_be_hidden()
    back = board.button("← All hyper-parameters (Esc)")
    expect(back).to_be_focused()
    expect(board.tab.get_by_text("of them alone")).to_be_visible()

    board.drag("n_neighbors: value", 0.2, 0.02, 0.6, 0.98)
    expect(board.selection_words).to_be_visible()
    chosen = board.look("selected")
    board.tab.keyboard.press("Escape")

    expect(board.button("n_neighbors")).to_be_visible()
    expect(back).to_be_hidden()
    assert board.look("selected") == chosen, "the first Escape only leads back"
    board.tab.keyboard.press("Escape")
    expect(board.selection_words).to_have_count(0)


def test_a_click_on_a_change_point_tells_all_of_it(board: BoardPage) -> None:
    board.press("n_neighbors")
    board.tab.wait_for_function("() => lookInto.changes('n_neighbors: value').length > 3")
    board.show("n_neighbors: value")
    mark = board.look("changes", "n_neighbors: value")[-1]

    board.tab.mouse.click(mark["x"], mark["y"])

    record = board.tab.locator(".tb-moment")
    expect(record).to_contain_text(mark["trial"])
    expect(record).to_contain_text("n_neighbors")
    assert board.look("selected") == [int(mark["trial"].removeprefix("Trial "))]
    expect(board.button("Restore this moment")).to_be_visible()
    board.press("Close")
    expect(board.button("Restore this moment")).to_be_hidden()


def test_how_the_plots_are_arranged_is_kept_with_the_study(
    board: BoardPage, open_board: Callable[..., BoardPage], study_id: str
) -> None:
    board.press("Plot options")
    board.choose("Colour shows", "weights")
    board.choose("Second row", "F1 (macro)")
    board.tab.get_by_role("checkbox", name="weights", exact=True).last.uncheck()

    board.tab.wait_for_function("() => !lookInto.plots().includes('weights')")
    board.tab.wait_for_function("() => lookInto.shown('n_neighbors: F1 (macro)')")
    assert set(board.look("column", "colour")) == {0, 1}
    expect(board.tab.get_by_text("weights:", exact=True)).to_be_visible()

    again = open_board(study_id)
    again.wait_for_trials(N_TRIALS)

    again.tab.wait_for_function("() => lookInto.shown('n_neighbors: F1 (macro)')")
    assert "weights" not in again.look("plots")
    assert set(again.look("column", "colour")) == {0, 1}


def test_the_second_row_has_the_mean_of_its_own_metric_with_a_band(board: BoardPage) -> None:
    board.press("Plot options")
    board.choose("Second row", "F1 (macro)")
    plot = "n_neighbors: F1 (macro)"
    board.tab.wait_for_function("(plot) => lookInto.shown(plot)", arg=plot)
    board.tab.wait_for_function(
        "(plot) => lookInto.drawn(plot, 'trend band')[0].x.length > 5", arg=plot
    )
    (band,) = board.look("drawn", plot, "trend band")
    scores = board.look("column", "metric:1")
    assert min(scores) < min(band["mean"]) <= max(band["mean"]) < max(scores)
    assert all(
        low <= mean <= high
        for low, mean, high in zip(band["low"], band["mean"], band["high"], strict=True)
    )
    (above,) = board.look("drawn", "n_neighbors", "trend band")
    assert above["mean"] != band["mean"]


def test_a_lasso_in_the_second_row_selects_and_can_be_followed(board: BoardPage) -> None:
    board.press("Plot options")
    board.choose("Second row", "F1 (macro)")
    plot = "n_neighbors: F1 (macro)"
    board.tab.wait_for_function("(plot) => lookInto.shown(plot)", arg=plot)
    board.press("Filter ▾")
    board.use_lasso(plot)
    expected = board.inside(plot, 0.02, 0.02, 0.5, 0.98)
    assert 0 < len(expected) < N_TRIALS
    board.lasso(plot, (0.02, 0.02), (0.5, 0.02), (0.5, 0.98), (0.02, 0.98))
    expect(board.selection_words).to_contain_text(f"{len(expected)} of {N_TRIALS}")
    assert board.look("selected") == expected
    board.press("Follow")
    board.tab.wait_for_timeout(1000)  # the server may refuse
    expect(board.button("Follow")).to_have_class(re.compile("bk-active"))
