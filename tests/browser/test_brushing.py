"""Selecting trials in one place and seeing them everywhere."""

from __future__ import annotations

import io
import math
import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect
from tuneboard.engine import Choice, Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.study import Study

from .board_page import BoardPage
from .server_process import Server

N_TRIALS, N_BRUSHES = 40, 20
DARK = 95
"""Marks with a pixel below this brightness (of 255) are drawn in full, with their outline."""


class Space(SearchSpace):
    rate = Real(0.01, bounds=(1e-4, 1.0), log=True)
    depth = Real(3.0, bounds=(1.0, 9.0))
    shape = Choice("round", choices=["round", "square"])


def _score(config: dict[str, Any]) -> float:
    if config["depth"] > 8.5:
        raise ValueError("too deep")
    return float(math.log10(config["rate"]) - abs(config["depth"] - 4) / 4)


@pytest.fixture
def study_id(server: Server) -> str:
    """Return the id of a finished study in the store, some of whose trials failed."""
    known = [one.id for one in server.studies() if one.name == "brushed"]
    if known:
        return known[0]
    settings: dict[str, Any] = {"n_trials": N_TRIALS, "seed": 3, "history": server.history}
    return Study(_score, space=Space(), name="brushed", **settings).run(InProcess()).id


@pytest.fixture
def board(open_board: Callable[..., BoardPage], study_id: str) -> BoardPage:
    """Return the page, opened on that study."""
    opened = open_board(study_id)
    opened.wait_for_trials(N_TRIALS)
    return opened


def test_a_box_in_one_plot_selects_the_same_trials_in_all_others(board: BoardPage) -> None:
    box = (0.3, 0.02, 0.7, 0.98)
    expected = board.inside("depth", *box)
    assert 5 < len(expected) < N_TRIALS - 5
    board.drag("depth", *box)
    _check_selected(board, expected)
    for plot in ("rate", "depth", "shape", "timeline"):
        _check_pixels(board, plot, expected)


def test_a_box_in_the_timeline_selects_in_the_plots_and_the_table(board: BoardPage) -> None:
    box = (0.1, 0.02, 0.5, 0.9)
    expected = board.inside("timeline", *box)
    board.drag("timeline", *box)
    assert set(expected) <= set(board.look("selected"))
    _check_selected(board, board.look("selected"))
    _check_pixels(board, "rate", board.look("selected"))


def test_a_smaller_box_replaces_the_selection_and_shift_adds_to_it(board: BoardPage) -> None:
    left, right = (0.02, 0.02, 0.35, 0.98), (0.6, 0.02, 0.9, 0.98)
    board.drag("depth", *left)
    _check_selected(board, board.inside("depth", *left))
    board.drag("depth", *right)
    _check_selected(board, board.inside("depth", *right))
    board.tab.keyboard.down("Shift")
    board.drag("depth", *left)
    board.tab.keyboard.up("Shift")
    both = {*board.inside("depth", *left), *board.inside("depth", *right)}
    _check_selected(board, sorted(both))


def test_pointing_at_a_mark_tells_its_trial(board: BoardPage) -> None:
    mark = _lonely(board, "depth")[0]
    board.tab.mouse.move(mark.x, mark.y)
    tip = board.tab.locator(".bk-Tooltip", has_text=f"Trial {mark.trial}")
    expect(tip).to_be_visible()
    score = board.trials()[mark.trial]["score"]
    expect(tip).to_contain_text(f"{score:.5g}")
    expect(tip).to_contain_text("depth")


def test_a_click_on_a_point_selects_its_trial(board: BoardPage) -> None:
    mark = _lonely(board, "depth")[0]
    board.tab.mouse.click(mark.x, mark.y)
    _check_selected(board, [mark.trial])


def test_a_click_on_a_row_of_the_table_selects_its_trial_in_the_plots(board: BoardPage) -> None:
    first = board.look("tableRows")[0][0]
    cell = board.tab.locator(".slick-row .slick-cell.l0").first
    cell.scroll_into_view_if_needed()
    cell.click()
    _check_selected(board, [first])
    _check_pixels(board, "depth", [first])
    third = board.look("tableRows")[2][0]
    board.tab.locator(".slick-row .slick-cell.l0").nth(2).click(modifiers=["Control"])
    _check_selected(board, sorted([first, third]))


def test_failed_trials_can_be_selected_and_are_told_apart(board: BoardPage) -> None:
    failed = [number for number, row in board.trials().items() if row["state"] == "failed"]
    assert failed
    # They lie on a lane along the bottom.
    board.drag("depth", 0.9, 0.85, 0.99, 0.995)
    assert set(failed) <= set(board.look("selected"))
    expect(board.selection_words).to_have_text(
        f"{len(failed)} of {N_TRIALS} trials selected, none with a score"
    )
    assert all("too deep" in board.trials()[number]["error"] for number in failed)


def test_clear_and_the_escape_key_take_the_selection_back(board: BoardPage) -> None:
    box = (0.3, 0.02, 0.7, 0.98)
    expect(board.button("Clear selection")).to_be_disabled()
    for undo in (
        lambda: board.press("Clear selection"),
        lambda: board.tab.keyboard.press("Escape"),
    ):
        board.drag("depth", *box)
        _check_selected(board, board.inside("depth", *box))
        undo()
        _check_selected(board, [])
        expect(board.button("Clear selection")).to_be_disabled()


def test_two_tabs_select_independently(open_board: Callable[..., BoardPage], study_id: str) -> None:
    one, other = open_board(study_id), open_board(study_id)
    other.wait_for_trials(N_TRIALS)
    one.wait_for_trials(N_TRIALS)
    one.tab.bring_to_front()
    one.drag("depth", 0.3, 0.02, 0.7, 0.98)
    assert one.look("selected")
    expect(one.selection_words).to_be_visible()
    assert other.look("selected") == []


def test_the_selection_keeps_through_the_dark_mode(board: BoardPage) -> None:
    board.drag("depth", 0.3, 0.02, 0.7, 0.98)
    before = board.look("selected")
    board.press("Dark")
    board.tab.wait_for_function("() => Math.max(...faults.background()) < 60")
    _check_selected(board, before)


def test_twenty_brushes_made_while_trials_arrive_are_all_kept(
    open_board: Callable[..., BoardPage],
) -> None:
    board = open_board()
    board.set_up("Breast cancer", "Random forest", trials=2800, folds=5, workers=1)
    board.press("Start")
    board.wait_for_trials(8, timeout_s=90)
    plots = board.look("plots")[:-1]
    for n_brush in range(N_BRUSHES):
        plot = plots[n_brush % len(plots)]
        left = 0.02 + 0.03 * (n_brush % 10)
        right, edge = left + 0.55, 0.01
        surely, maybe = ((left + one, 0.01, right - one, 0.995) for one in (edge, -edge))
        before = set(board.inside(plot, *surely))
        board.drag(plot, left, 0.01, right, 0.995)
        chosen = board.look("selected")
        # Between looking and letting go a trial may arrive and move the score axis.
        assert before & set(board.inside(plot, *surely)) <= set(chosen), f"{plot}, {n_brush}"
        assert set(chosen) <= before | set(board.inside(plot, *maybe)), f"{plot}, {n_brush}"
        assert chosen
        board.wait_for_trials(len(board.look("numbers")) + 1)
        _check_words(board, chosen)
        assert board.look("selected") == chosen, f"brush {n_brush} in {plot} was lost"
    _check_table(board, board.look("selected"))
    board.press("Stop")
    board.wait_for_state("stopped")


def _check_selected(board: BoardPage, numbers: list[int]) -> None:
    """Check the source that all plots share, the words and the table."""
    board.tab.wait_for_function(
        "(numbers) => JSON.stringify(lookInto.selected()) === JSON.stringify(numbers)", arg=numbers
    )
    assert len(set(board.look("sources"))) == 1
    if numbers:
        _check_words(board, numbers)
    else:
        expect(board.selection_words).to_have_count(0)
    _check_table(board, numbers)


def _check_words(board: BoardPage, numbers: list[int]) -> None:
    expect(board.selection_words).to_have_text(
        re.compile(rf"^{len(numbers)} of \d+ trials selected, best .+ in trial \d+$")
    )
    trials = board.trials()
    scored = [number for number in numbers if trials[number]["state"] == "completed"]
    best = max(scored, key=lambda number: (trials[number]["score"], -number))
    words = board.selection_words.text_content() or ""
    assert words.endswith(f"best {_label(words)} {trials[best]['score']:.4g} in trial {best}")


def _label(words: str) -> str:
    match = re.search(r"best (.+) [-\d.e]+ in trial", words)
    assert match
    return match[1]


def _check_table(board: BoardPage, numbers: list[int]) -> None:
    """Check which of the rows in sight are marked."""
    board.tab.wait_for_function(
        """(numbers) => {
          const rows = lookInto.tableRows()
          return rows.length > 3 && rows.every(([trial, isOn]) => numbers.includes(trial) === isOn)
        }""",
        arg=numbers,
    )


def _check_pixels(board: BoardPage, plot: str, numbers: list[int]) -> None:
    """Check on the screen that selected marks are drawn in full and all others faded."""
    deadline = time.monotonic() + 10
    is_full, expected = _full(board, plot), {}
    # A plot is painted again when it has come into sight, and the page may have moved meanwhile.
    while is_full != (expected := {number: number in numbers for number in is_full}):
        assert time.monotonic() < deadline, (plot, is_full, expected)
        board.tab.wait_for_timeout(200)
        is_full = _full(board, plot)
    assert len(is_full) > 4, "too few marks stand alone to tell"


def _full(board: BoardPage, plot: str) -> dict[int, bool]:
    """Return whether each mark that stands alone is drawn in full, by trial."""
    marks = _lonely(board, plot)
    picture = Image.open(io.BytesIO(board.tab.screenshot())).convert("L")
    return {mark.trial: _darkest(picture, mark.x, mark.y) < DARK for mark in marks}


def _darkest(picture: Image.Image, x: float, y: float) -> int:
    box = (round(x) - 4, round(y) - 4, round(x) + 5, round(y) + 5)
    darkest, _ = picture.crop(box).getextrema()
    return int(darkest)


def _lonely(board: BoardPage, plot: str) -> list[Any]:
    """Return the marks that no other touches, and that no mark of a new best covers."""
    marks = board.marks(plot)
    bests = set(board.look("bests"))
    frame = board.look("frame", plot)
    edges = (frame["x"], frame["x"] + frame["width"])
    return [
        one
        for one in marks
        if one.trial not in bests
        and all(
            other is one or abs(other.x - one.x) > 9 or abs(other.y - one.y) > 9 for other in marks
        )
        and min(abs(one.x - edge) for edge in edges) > 8
        and abs(one.x - board.look("valueLine", plot)) > 8
    ]
