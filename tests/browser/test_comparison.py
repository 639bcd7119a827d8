"""The comparison on the page: what can be compared, the lines, their key and their hover."""

from __future__ import annotations

from collections.abc import Callable
from statistics import median

import pytest
from playwright.sync_api import Locator, expect

from .board_page import BoardPage
from .planted import study_of
from .server_process import Server

PLOT = "comparison"


@pytest.fixture
def best(server: Server) -> dict[str, float]:
    """Return the best score of each of five studies in the store, by name."""
    for seed in (1, 2, 3):
        study_of(server, f"Bred {seed}", optimizer="evolutionary", seed=seed, n_trials=20)
    study_of(server, "Drawn", optimizer="random", n_trials=25)
    study_of(server, "Mine", optimizer="random", seed=9, n_trials=30)
    return {
        one.name: max(trial.score for trial in server.trials(one.id).values())
        for one in server.studies()
    }


@pytest.fixture
def board(
    open_board: Callable[..., BoardPage], server: Server, best: dict[str, float]
) -> BoardPage:
    """Return the page of "Mine", the comparison open."""
    board = open_board(next(one.id for one in server.studies() if one.name == "Mine"))
    board.wait_for_trials(30)
    board.press("Comparison")
    expect(line_of(board, "Mine")).to_be_visible()
    return board


def line_of(board: BoardPage, label: str) -> Locator:
    """Return the row of a line in the key."""
    return board.tab.locator("td:first-child", has_text=label).locator("xpath=..")


def compare_with(board: BoardPage, *names: str) -> None:
    others = board.tab.get_by_label("Compare with")
    expect(others.locator("option")).to_have_count(4)
    texts = [one.inner_text() for one in others.locator("option").all()]
    others.select_option(label=[one for one in texts if one.split(" · ")[0] in names])


def test_studies_are_lines_that_end_at_their_best(board: BoardPage, best: dict[str, float]) -> None:
    compare_with(board, "Drawn", "Bred 2")
    for name in ("Mine", "Drawn", "Bred 2"):
        cells = line_of(board, name).locator("td")
        expect(cells).to_have_count(4)
        expect(cells.nth(1)).to_have_text("1")
        expect(cells.nth(2)).to_have_text(f"{best[name]:.5g}")
    lines = {one["label"][0]: one for one in board.look("drawn", PLOT, "series") if one["x"]}
    assert {name: line["middle"][-1] for name, line in lines.items()} == pytest.approx(
        {name: best[name] for name in lines}
    )
    assert set(lines) == {"Mine", "Drawn", "Bred 2"}


def test_runs_of_one_algorithm_are_one_line_with_their_median(
    board: BoardPage, best: dict[str, float]
) -> None:
    compare_with(board, "Bred 1", "Bred 2", "Bred 3")
    board.choose("A line per", "algorithm")
    cells = line_of(board, "evolutionary").locator("td")
    expect(cells.nth(1)).to_have_text("3")
    middle = median(best[f"Bred {seed}"] for seed in (1, 2, 3))
    expect(cells.nth(2)).to_contain_text(f"{middle:.5g} (")


def test_time_can_be_the_axis_and_pointing_at_a_line_tells_whose_it_is(board: BoardPage) -> None:
    assert board.look("axisLabel", PLOT, "below") == "finished trials"
    line = next(one for one in board.look("drawn", PLOT, "series") if one["x"])
    place = len(line["x"]) * 2 // 3
    tip = board.hover(PLOT, line["x"][place], line["middle"][place])
    expect(tip).to_contain_text("Mine")
    expect(tip).to_contain_text(f"best so far {line['score'][place]}")

    board.choose("Against", "seconds")
    board.tab.wait_for_function(
        "() => lookInto.axisLabel('comparison', 'below').startsWith('seconds')"
    )
