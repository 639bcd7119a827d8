"""The page that `panel serve dashboard` shows."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from pathlib import Path

import panel as pn
from tuneboard.dashboard.board import TuningDashboard
from tuneboard.dashboard.served_page import _fill, _make


def outcome_of(history: Path) -> Future[TuningDashboard]:
    board: Future[TuningDashboard] = Future()
    try:
        board.set_result(_make(None, {"history": history}))
    except Exception as error:  # noqa: BLE001 (what a thread pool does)
        board.set_exception(error)
    return board


def filled(history: Path) -> pn.Column:
    notice = pn.pane.Str("Loading the board…")
    place = pn.Column(notice)
    asyncio.run(_fill(place, notice, outcome_of(history)))
    return place


def test_the_board_takes_the_place_of_the_notice(tmp_path: Path) -> None:
    place = filled(tmp_path / "history.db")
    assert len(place) == 1
    assert not isinstance(place[0], pn.pane.Str)


def test_a_store_that_cannot_be_used_is_said_in_the_page(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no database at all, but long enough to have a header of its own")
    place = filled(file)
    assert "notes.txt is not an SQLite database" in place[0].object


def test_a_read_only_store_is_said_in_the_page(tmp_path: Path) -> None:
    file = tmp_path / "history.db"
    filled(file)
    file.chmod(0o444)
    assert "is read-only" in filled(file)[0].object
