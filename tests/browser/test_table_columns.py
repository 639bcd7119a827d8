"""Choosing the columns of the table on the page."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from .board_page import BoardPage
from .planted import curves
from .server_process import Server


def test_columns_are_chosen_and_kept_for_the_next_visit(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    study = curves(server)
    board = open_board(study)
    board.wait_for_trials(60)
    head = board.tab.locator(".slick-header-column", has_text="reason")
    expect(head).to_have_count(1)
    board.press("Columns")
    board.tab.get_by_label("reason", exact=True).uncheck()
    expect(head).to_have_count(0)
    board.tab.wait_for_timeout(1000)

    again = open_board(study)
    again.wait_for_trials(60)
    expect(again.tab.locator(".slick-header-column", has_text="seconds")).to_have_count(1)
    expect(again.tab.locator(".slick-header-column", has_text="reason")).to_have_count(0)
