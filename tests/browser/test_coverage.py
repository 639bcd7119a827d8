"""The coverage on the page: its cells, its words, and the space that they are of."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .board_page import BoardPage
from .planted import curves, study_of
from .server_process import Server

PLOT = "coverage"


@pytest.fixture
def board(open_board: Callable[..., BoardPage], server: Server) -> BoardPage:
    """Return the page of 60 random trials, their coverage open."""
    board = open_board(curves(server))
    board.wait_for_trials(60)
    board.press("Coverage")
    expect(board.tab.get_by_text("60 different configurations in 60 trials.")).to_be_visible()
    return board


def counts(board: BoardPage, name: str) -> list[int]:
    """Return how many trials are in each cell of a hyper-parameter, low to high."""
    (cells,) = board.look("drawn", PLOT, "cells")
    told = zip(cells["name"], cells["what"], strict=True)
    return [int(what.split()[0]) for one, what in told if one == name]


def test_each_trial_is_counted_once_per_hyper_parameter(board: BoardPage, server: Server) -> None:
    for name in ("rate", "momentum", "width", "solver"):
        assert sum(counts(board, name)) == 60
    trials = server.trials(curves(server)).values()
    solvers = [one.config["solver"] for one in trials]
    assert counts(board, "solver") == [solvers.count(one) for one in ("sgd", "adam", "rmsprop")]


def test_pointing_at_a_cell_tells_its_values_and_how_often_they_were_tried(
    board: BoardPage,
) -> None:
    (cells,) = board.look("drawn", PLOT, "cells")
    row = cells["name"].index("momentum")
    tip = board.hover(PLOT, *(sum(cells[side][row] for side in two) / 2 for two in SIDES))
    expect(tip).to_contain_text("momentum")
    expect(tip).to_contain_text(cells["values"][row])
    expect(tip).to_contain_text(re.compile(r"\d+ trials?, 5\.0 if spread evenly"))


def test_a_narrower_space_counts_only_the_trials_in_it_and_a_wider_one_has_gaps(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    study = study_of(server, "Network, edited", optimizer="random")
    momenta = [one.config["momentum"] for one in server.trials(study).values()]
    board = open_board(study)
    board.wait_for_trials(60)
    board.press("Coverage")
    board.fill("low of momentum", 0.5)
    n_inside = sum(one >= 0.5 for one in momenta)
    words = f"{n_inside} different configurations in {n_inside} trials."
    expect(board.tab.get_by_text(words)).to_be_visible()
    assert sum(counts(board, "momentum")) == n_inside

    board.fill("low of momentum", -1)
    said = rf"Never tried: momentum from -1 to {min(momenta):.4g}, 5\d% of its range\."
    expect(board.tab.get_by_text(re.compile(said))).to_be_visible()


SIDES = (("left", "right"), ("bottom", "top"))
