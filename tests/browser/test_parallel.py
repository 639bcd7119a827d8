"""Brushing the axes of parallel coordinates."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from .board_page import BoardPage
from .planted import curves
from .server_process import Server

LOW, HIGH = 0.35, 0.75


def test_a_brush_along_an_axis_selects_all_trials_in_that_part_of_the_range(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    board = open_board(curves(server))
    board.wait_for_trials(60)
    board.press("Parallel")
    board.tab.wait_for_function("() => lookInto.rail(0)")
    board.tab.wait_for_timeout(1500)  # the plots above have found their places
    x, bottom, top = board.look("rail", 0)
    heights = [bottom + share * (top - bottom) for share in (LOW, HIGH)]
    board.tab.mouse.move(x - 8, heights[0])
    board.tab.mouse.down()
    board.tab.mouse.move(x + 8, heights[1], steps=4)
    board.tab.mouse.up()
    expect(board.selection_words).to_be_visible()
    assert board.look("selected") == board.look("onRail", 0, LOW, HIGH)
