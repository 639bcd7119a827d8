"""Selecting by words, ranges and lasso, following, and acting on what is selected."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from tuneboard.engine import Choice, Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.study import Study

from .board_page import BoardPage
from .server_process import Server

N_TRIALS = 3_600
"""More than are drawn."""


class Space(SearchSpace):
    rate = Real(0.01, bounds=(1e-4, 1.0), log=True)
    depth = Real(3.0, bounds=(1.0, 9.0))
    shape = Choice("round", choices=["round", "square"])


def _score(config: dict[str, Any]) -> float:
    return float(math.log10(config["rate"]) - abs(config["depth"] - 4) / 4)


@pytest.fixture
def study(server: Server) -> Study:
    """Return a finished study in the store."""
    known = [one.id for one in server.studies() if one.name == "selected"]
    if known:
        return Study.open(known[0], server.history)
    settings: dict[str, Any] = {"n_trials": N_TRIALS, "seed": 3, "history": server.history}
    made = Study(_score, space=Space(), optimizer="random", name="selected", **settings)
    return made.run(InProcess())


@pytest.fixture
def board(open_board: Callable[..., BoardPage], study: Study) -> BoardPage:
    opened = open_board(study.id)
    opened.wait_for_trials(N_TRIALS)
    return opened


def test_a_box_selects_the_same_trials_as_the_same_filter_in_pandas(
    board: BoardPage, study: Study
) -> None:
    left, right = board.look("range", "depth")
    board.drag("depth", 0.25, 0.01, 0.6, 0.99)
    expect(board.selection_words).to_be_visible()
    chosen = board.look("selected")

    table = study.to_frame()
    low, high = (left + share * (right - left) for share in (0.25, 0.6))
    pixel = (right - left) / board.look("frame", "depth")["width"]
    surely = table[table.depth.between(low + 2 * pixel, high - 2 * pixel)]
    maybe = table[table.depth.between(low - 2 * pixel, high + 2 * pixel)]
    shown = set(board.look("column", "trial"))
    assert len(shown) == N_TRIALS
    assert len(surely) > 800
    # A few far worse scores lie beyond the axis, and so outside of every box.
    beyond = {number for number in surely.index if number not in chosen}
    assert len(beyond) < 0.01 * N_TRIALS
    assert all(table.score[number] < table.score.quantile(0.05) for number in beyond)
    assert set(chosen) <= set(maybe.index)


def test_words_the_best_and_a_lasso_select_too(board: BoardPage, study: Study) -> None:
    table = study.to_frame()
    board.press("Filter ▾")
    words = board.field("Select by words")
    words.fill("depth>5 shape=round")
    words.press("Enter")
    wanted = table[(table.depth > 5) & (table["shape"] == "round")].index.tolist()
    board.tab.wait_for_function(
        "(wanted) => JSON.stringify(lookInto.selected()) === JSON.stringify(wanted)", arg=wanted
    )
    expect(board.selection_words).to_contain_text(f"{len(wanted)} of {N_TRIALS}")

    words.fill("depht>5")
    words.press("Enter")
    expect(board.tab.get_by_text("Did you mean depth?")).to_be_visible()
    assert board.look("selected") == wanted

    board.press("Select the best")
    n_best = math.ceil(N_TRIALS / 10)
    expect(board.selection_words).to_contain_text(f"{n_best} of {N_TRIALS}")
    best = table.score.nlargest(n_best).index
    assert set(board.look("selected")) == set(best)

    board.use_lasso("depth")
    board.lasso("depth", (0.1, 0.1), (0.5, 0.1), (0.5, 0.9), (0.1, 0.9))
    board.tab.wait_for_function(
        "(n) => lookInto.selected().length > 500 && lookInto.selected().length != n", arg=n_best
    )
    left, right = board.look("range", "depth")
    depths = table.depth[board.look("selected")]
    assert depths.min() >= left + 0.09 * (right - left)
    assert depths.max() <= left + 0.51 * (right - left)


def test_keys_combine_boxes_exactly_though_not_all_trials_are_drawn(board: BoardPage) -> None:
    left, right = (0.1, 0.02, 0.5, 0.98), (0.35, 0.02, 0.8, 0.98)
    in_left, in_right = (set(_boxed(board, box)) for box in (left, right))
    both = in_left & in_right
    assert len(both) > 100

    assert set(_boxed(board, left, "Control")) == both
    assert set(_boxed(board, right, "Shift")) == in_right
    assert set(_boxed(board, left, "Control", "Shift")) == in_right - in_left


def test_a_box_selects_all_in_it_also_where_the_plot_overlooks_one(board: BoardPage) -> None:
    box = (0.1, 0.02, 0.5, 0.98)
    expected = _boxed(board, box)
    _boxed(board, (0.6, 0.02, 0.8, 0.98))
    board.look("missOne", "depth")
    assert _boxed(board, box) == expected


def test_a_box_can_be_followed_though_not_all_trials_are_drawn(board: BoardPage) -> None:
    _boxed(board, (0.1, 0.02, 0.5, 0.98))
    board.press("Filter ▾")
    board.press("Follow")
    board.tab.wait_for_timeout(1000)  # the server may refuse
    expect(board.button("Follow")).to_have_class(re.compile("bk-active"))


def _boxed(board: BoardPage, box: tuple[float, float, float, float], *keys: str) -> list[int]:
    """Drag a box with keys held, and return what is selected then."""
    before = board.look("selected")
    for key in keys:
        board.tab.keyboard.down(key)
    board.drag("depth", *box)
    for key in keys:
        board.tab.keyboard.up(key)
    board.tab.wait_for_function(
        "(before) => lookInto.selected().join() !== before.join()", arg=before
    )
    board.tab.wait_for_timeout(300)  # those that are not drawn follow
    found = board.look("selected")
    expect(board.selection_words).to_contain_text(f"{len(found)} of {N_TRIALS}")
    return list(found)


def test_the_selection_is_acted_on_and_the_step_is_recorded(
    board: BoardPage, study: Study, server: Server
) -> None:
    board.press("Filter ▾")
    words = board.field("Select by words")
    words.fill("trial<4")
    words.press("Enter")
    expect(board.selection_words).to_contain_text("3 of")
    board.press("Act ▾")

    board.press("Enqueue around")
    expect(
        board.tab.get_by_text("5 configurations around trials 1, 2, 3 run next.")
    ).to_be_visible()
    board.field("Tag or note").fill("final")
    board.press("Add tag")
    expect(board.tab.get_by_text("trials 1, 2, 3 tagged final.")).to_be_visible()
    with board.tab.expect_download() as found:
        board.tab.get_by_text("Export CSV").click()

    text = found.value.path().read_text(encoding="utf-8")
    assert len(text.splitlines()) == 4
    marks = server.history.marks(study.id)
    assert {number for number, one in marks.items() if "final" in one.tags} == {1, 2, 3}
    told = [one["text"] for one in server.history.actions(study.id) if one["kind"] == "steer"]
    assert told[-2:] == [
        "5 configurations around trials 1, 2, 3 run next",
        "trials 1, 2, 3 tagged final",
    ]
