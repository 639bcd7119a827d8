"""The timeline: what its marks tell and bring back, and a selection that takes in new trials."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from tuneboard.engine.executors import InProcess
from tuneboard.engine.study import Study

from .board_page import BoardPage
from .planted import NetSpace, train
from .server_process import Server

N_TRIALS = 24


@pytest.fixture
def study(server: Server) -> Study:
    """Return a study of which the search space was narrowed after it had been run."""
    known = [one.id for one in server.studies() if one.name == "narrowed"]
    if known:
        return Study.open(known[0], server.history)
    settings: dict[str, Any] = {"n_trials": N_TRIALS, "seed": 5, "history": server.history}
    made = Study(train, space=NetSpace(), optimizer="evolutionary", name="narrowed", **settings)
    made.run(InProcess())
    made.space.edit("momentum", high=0.6)
    return made


@pytest.fixture
def board(open_board: Callable[..., BoardPage], study: Study) -> BoardPage:
    """Return the page of it, the change points marked."""
    board = open_board(study.id)
    board.wait_for_trials(N_TRIALS)
    board.tab.wait_for_function("() => lookInto.changes('strips').length > 3")
    return board


def lonely(board: BoardPage) -> dict[str, Any]:
    """Return a change point that no other lies on."""
    board.show("strips")
    marks = board.look("changes", "strips")
    return next(
        one
        for one in marks
        if all(
            other is one or abs(other["x"] - one["x"]) + abs(other["y"] - one["y"]) > 24
            for other in marks
        )
    )


def test_pointing_at_a_change_point_tells_what_changed_and_what_the_score_did(
    board: BoardPage,
) -> None:
    mark = lonely(board)
    board.tab.mouse.move(mark["x"], mark["y"])
    tip = board.tab.locator(".bk-Tooltip", has_text=mark["what"])
    expect(tip).to_contain_text(mark["trial"])
    expect(tip).to_contain_text("than trial")


def test_a_click_on_a_change_point_opens_its_record_and_restores_its_moment(
    board: BoardPage, study: Study
) -> None:
    expect(board.field("high of momentum")).to_have_value("0.6")
    mark = lonely(board)
    number = int(mark["trial"].removeprefix("Trial "))
    board.tab.mouse.click(mark["x"], mark["y"])
    record = board.tab.locator(".tb-moment")
    expect(record).to_contain_text(f"Trial {number} · ")
    expect(record).to_contain_text(mark["what"])
    board.press("Clear selection")

    board.press("Restore this moment")

    expect(board.tab.get_by_text(f"Back to the moment of trial {number}.")).to_be_visible()
    expect(board.field("high of momentum")).to_have_value("0.99")
    config = next(one.config for one in study.trials if one.number == number)
    for name in ("rate", "momentum", "width"):
        shown = float(board.field(f"value of {name}").input_value())
        assert shown == pytest.approx(config[name], rel=1e-3), name
    expect(board.selection_words).to_contain_text(f"1 of {N_TRIALS}")
    assert board.look("selected") == [number]


def test_a_lasso_over_one_strip_selects_by_its_values_and_can_be_followed(
    board: BoardPage,
) -> None:
    board.press("Filter ▾")
    board.use_lasso("strips")
    frame = board.show("strips")
    marks = board.look("marks", "strips", "momentum")
    ys = sorted(one["y"] for one in marks)
    ends = [(y - frame["y"]) / frame["height"] for y in (ys[0] - 3, (ys[9] + ys[10]) / 2)]
    board.lasso("strips", (0.01, ends[0]), (0.99, ends[0]), (0.99, ends[1]), (0.01, ends[1]))
    expected = sorted(one["trial"] for one in marks if one["y"] <= ys[9])
    expect(board.selection_words).to_contain_text(f"10 of {N_TRIALS}")
    assert board.look("selected") == expected
    board.press("Follow")
    board.tab.wait_for_timeout(1000)  # the server may refuse
    expect(board.button("Follow")).to_have_class(re.compile("bk-active"))


def test_following_takes_in_new_trials_that_fit_the_rule(
    open_board: Callable[..., BoardPage],
) -> None:
    board = open_board()
    board.set_up("Breast cancer", "Random forest", trials=400, folds=2, workers=1)
    board.press("Start")
    board.wait_for_trials(10, timeout_s=60)
    board.press("Filter ▾")
    words = board.field("Select by words")
    words.fill("max_features<0.5")
    words.press("Enter")
    expect(board.selection_words).to_be_visible()
    board.press("Follow")
    before = set(board.look("selected"))
    board.tab.wait_for_function(
        "(n) => lookInto.selected().length >= n", arg=len(before) + 3, timeout=60_000
    )
    board.press("Stop")
    board.wait_for_state("stopped")
    board.tab.wait_for_function(
        """() => {
          const [numbers, values] = ["trial", "v:max_features"].map(lookInto.column)
          const fitting = numbers.filter((_, row) => Number(values[row]) < 0.5)
          return fitting.sort((a, b) => a - b).join() === lookInto.selected().join()
        }"""
    )
    now = set(board.look("selected"))
    expect(board.selection_words).to_contain_text(f"{len(now)} of ")
    assert before < now < set(board.look("numbers"))
