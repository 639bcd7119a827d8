"""Every view of studies that are hard to show: thirty hyper-parameters, and no score at all."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Locator, expect
from tuneboard.engine.hyper_parameter import HyperParameter
from tuneboard.engine.space import SearchSpace

from .board_page import BoardPage
from .planted import study_of
from .server_process import Server

VIEWS = (
    "Parallel",
    "Ranges",
    "Landscape",
    "Trade-off",
    "Curves",
    "Lineage",
    "Model",
    "Rungs",
    "Coverage",
    "Comparison",
    "Workers",
    "One trial",
    "Trials",
)
WITH_NOTICE = ("Parallel", "Landscape", "Trade-off", "Curves", "Lineage", "Model", "Comparison")
"""Views that have nothing to draw where all trials failed, and say so."""
LONG = tuple(f"a rather long label of choice number {number} <b>" for number in range(12))


def thirty() -> SearchSpace:
    records = [HyperParameter("kernel_of_the_model", "choice", LONG[0], choices=LONG)]
    for number in range(14):
        records += [
            HyperParameter(f"learning_rate_{number}", "real", 0.01, 1e-6, 1.0, log=True),
            HyperParameter(f"momentum_{number}", "real", 0.5, 0.0, 1e5),
        ]
    when = f"kernel_of_the_model == '{LONG[3]}'"
    records.append(HyperParameter("only_sometimes", "int", 3, 1, 9, active_when=when))
    return SearchSpace.of(records)


def score(config: dict[str, Any]) -> float:
    return float(config["learning_rate_0"] + config["momentum_0"])


def fail(config: dict[str, Any]) -> float:
    message = f"the solver diverged at a rate of {config['rate']:.3g}"
    raise FloatingPointError(message)


def faults(board: BoardPage, width: int) -> dict[str, Any]:
    """Return what is wrong to the eye, by kind; empty where nothing is."""
    found = {kind: board.faults(kind) for kind in ("outside", "overlaps", "faint")}
    widest = board.tab.evaluate("() => document.documentElement.scrollWidth")
    return {kind: one for kind, one in {**found, "wide": widest > width}.items() if one}


def test_thirty_hyper_parameters_leave_every_view_readable(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    board = open_board(study_of(server, "thirty", score, space=thirty(), n_trials=30))
    board.wait_for_trials(30)
    _arrange(board, 800, is_dark=True)
    for view in VIEWS:
        _open(board, view)
        assert faults(board, 800) == {}, view


def test_where_all_trials_failed_every_view_says_so(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    board = open_board(study_of(server, "failing", fail, n_trials=6))
    board.wait_for_trials(6)
    _arrange(board, 1280, is_dark=False)
    for view in VIEWS:
        card = _open(board, view)
        assert faults(board, 1280) == {}, view
        if view in WITH_NOTICE:
            words = r"All 6 trials failed|Too few trials|has reported|has a parent"
            expect(card).to_contain_text(re.compile(words))


def _arrange(board: BoardPage, width: int, is_dark: bool) -> None:
    if is_dark:
        board.press("Dark")
        board.tab.wait_for_function("() => Math.max(...faults.background()) < 60")
    board.tab.set_viewport_size({"width": width, "height": 900})
    board.tab.wait_for_function("(width) => innerWidth === width", arg=width)


def _open(board: BoardPage, view: str) -> Locator:
    board.press(view)
    chosen = board.tab.locator(".tb-chosen").get_by_role("button", name=view, exact=True)
    expect(chosen).to_be_visible()
    return board.tab.locator(".tb-card").filter(has=board.button(view)).last
