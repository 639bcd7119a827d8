"""The split view: detail views, colours, second rows, and which plots are shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from tuneboard.engine.executors import InProcess
from tuneboard.engine.study import Study

from .board_page import BoardPage
from .server_process import Server

N_TRIALS = 30


@pytest.fixture
def study_id(server: Server) -> str:
    """Return the id of a finished study with two metrics."""
    known = [one.id for one in server.studies() if one.name == "split"]
    if known:
        return known[0]
    settings: dict[str, Any] = {"n_trials": N_TRIALS, "folds": 3, "seed": 1}
    study = Study(
        KNeighborsClassifier(),
        *load_wine(return_X_y=True),
        metric=["accuracy", "f1_macro"],
        optimizer="evolutionary",
        name="split",
        history=server.history,
        **settings,
    )
    return study.run(InProcess()).id


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
    board.look("scrollTo", "n_neighbors: value")
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
