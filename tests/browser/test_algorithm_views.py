"""What an algorithm did, on the page: linked to the selection of all views."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from .board_page import BoardPage
from .planted import evolved, modelled, rungs
from .server_process import Server


def test_the_family_of_a_trial_can_be_selected_everywhere(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    study = evolved(server)
    parents = {one.number: one.provenance.parents for one in server.trials(study).values()}
    young = max(number for number, mine in parents.items() if mine)
    board = open_board(study)
    board.wait_for_trials(100)
    board.press("Lineage")
    board.look("select", [young])
    board.press("Select its family")
    expect(board.selection_words).not_to_contain_text("1 of 100")
    assert {young, *parents[young]} <= set(board.look("selected"))


def test_what_a_model_foretold_is_linked_to_the_plots(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    board = open_board(modelled(server))
    board.wait_for_trials(50)
    board.press("Model")
    expect(board.tab.get_by_text("rank correlation")).to_be_visible()
    board.drag("momentum", 0.3, 0.02, 0.7, 0.98)
    expect(board.selection_words).to_be_visible()
    chosen = board.look("selected")
    assert chosen
    board.tab.wait_for_function(
        "(numbers) => lookInto.linked('foretold').sort((a, b) => a - b).join() == numbers.join()",
        arg=chosen,
    )


def test_rungs_are_counted_with_their_promotions(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    study = rungs(server)
    board = open_board(study)
    board.press("Rungs")
    trials = server.trials(study).values()
    n_first = sum(one.fidelity == 1 for one in trials)
    expect(board.tab.get_by_role("cell", name=str(n_first), exact=True).first).to_be_visible()
