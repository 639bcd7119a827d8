"""The list of hyper-parameters under a person's hands: conditions, ranges, presets, undo."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tuneboard.engine.executors import InProcess
from tuneboard.engine.hyper_parameter import HyperParameter
from tuneboard.engine.space import SearchSpace
from tuneboard.engine.study import Study

from .board_page import BoardPage
from .server_process import Server

LABEL = "Rate <b>of</b> & step"


def records() -> list[HyperParameter]:
    booster = HyperParameter("booster", "choice", "tree", choices=("tree", "dart"), source="a book")
    return [
        booster,
        HyperParameter(
            "rate", "real", 1.0, 0.01, 100.0, log=True, label=LABEL, unit="<i>", source="a paper"
        ),
        HyperParameter("depth", "int", 3, 1, 9),
        HyperParameter("drop", "real", 0.1, 0.0, 1.0, active_when="booster == 'dart'"),
        HyperParameter("tol", "real", None, 1e-6, 0.1, log=True, is_searched=False),
    ]


def score(config: dict[str, Any]) -> float:
    return -sum(value for value in config.values() if isinstance(value, float))


@pytest.fixture
def open_space(
    open_board: Callable[..., BoardPage], server: Server
) -> Callable[[Iterable[HyperParameter]], BoardPage]:
    """Return a function that opens a finished study of a space."""

    def opened(hyper_parameters: Iterable[HyperParameter], *constraints: str) -> BoardPage:
        space = SearchSpace.of(hyper_parameters, constraints)
        study = Study(score, space=space, n_trials=12, history=server.history, optimizer="random")
        board = open_board(study.run(InProcess()).id)
        board.wait_for_trials(12)
        return board

    return opened


@pytest.fixture
def board(open_space: Callable[..., BoardPage]) -> BoardPage:
    """Return the page of a study with conditions, a constraint and labels."""
    return open_space(records(), "rate < depth")


def ends(board: BoardPage, name: str) -> tuple[float, float]:
    low, high = (board.field(f"{end} of {name}").input_value() for end in ("low", "high"))
    return float(low), float(high)


def undo(board: BoardPage) -> Locator:
    return board.tab.get_by_role("button", name=re.compile("^(Undo:|Nothing to undo)"))


def redo(board: BoardPage) -> Locator:
    return board.tab.get_by_role("button", name=re.compile("^(Redo:|Nothing to redo)"))


def preset(board: BoardPage, word: str, name: str = "all searched") -> None:
    group = board.tab.get_by_role("group", name=f"range of {name}", exact=True)
    group.get_by_role("button", name=word, exact=True).click()


def test_a_row_says_where_its_range_came_from_and_when_it_counts(board: BoardPage) -> None:
    expect(board.row("booster").locator(".source")).to_have_text("a book")
    expect(board.row("rate").locator(".name")).to_have_text(f"{LABEL} (<i>)")
    expect(board.row("rate").locator(".source")).to_have_text("rate · a paper")
    condition = board.row("drop").locator(".condition")
    expect(condition).to_have_text("only when booster is dart · inactive now")
    board.tab.get_by_label("value of booster").select_option(label="dart")
    expect(condition).to_have_text("only when booster is dart")
    expect(board.row("drop")).not_to_have_class(re.compile("is-inactive"))
    assert LABEL in " ".join(board.look("plots"))
    assert (
        board.tab.evaluate("() => faults.elements('.name b, .name i, .slick-header b').length") == 0
    )


def test_trials_without_an_inactive_value_are_in_the_table_with_a_dash(board: BoardPage) -> None:
    drops, boosters = board.look("column", "v:drop"), board.look("column", "v:booster")
    assert {"–"} == {drop for drop, one in zip(drops, boosters, strict=True) if one == "tree"}
    assert "–" not in {drop for drop, one in zip(drops, boosters, strict=True) if one == "dart"}
    booster = dict(zip(board.look("numbers"), boosters, strict=True))
    apart = [mark.x for mark in board.marks("drop") if booster[mark.trial] == "tree"]
    others = [mark.x for mark in board.marks("drop") if booster[mark.trial] == "dart"]
    assert max(apart) < min(others), "the inactive ones lie in a lane of their own"


def test_a_condition_is_written_in_the_details_of_its_row(board: BoardPage) -> None:
    board.press("details of depth")
    entry, refusal = "condition of depth", board.row("depth").locator(".refusal")
    board.fill(entry, "booster in {tree")
    expect(refusal).to_contain_text(
        "Must be a condition, not 'booster in {tree'. It ends too early."
    )
    expect(board.field(entry)).to_have_attribute("aria-invalid", "true")
    board.fill(entry, "booster in {dart}")
    expect(refusal).to_have_text("")
    words = "only when booster is dart · inactive now"
    expect(board.row("depth").locator(".condition")).to_have_text(words)
    board.fill(entry, "")
    expect(board.row("depth").locator(".condition")).to_be_hidden()


def test_constraints_are_added_changed_and_removed(board: BoardPage) -> None:
    rules = board.tab.get_by_role("group", name="Constraints")
    mark = rules.get_by_text("not met by the current values")
    expect(mark.first).to_be_hidden()
    board.fill("value of rate", "50")
    expect(mark.first).to_be_visible()
    board.fill("add a constraint", "depth <")
    expect(rules.locator(".refusal").last).to_contain_text("Must be a condition, not 'depth <'.")
    board.fill("add a constraint", "depth < 9")
    expect(board.field("constraint 2")).to_have_value("depth < 9")
    expect(board.field("add a constraint")).to_have_value("")
    board.fill("constraint 1", "rate < 60 * depth")
    expect(mark.first).to_be_hidden()
    board.press("remove constraint rate < 60 * depth")
    expect(board.field("constraint 1")).to_have_value("depth < 9")
    expect(board.field("constraint 2")).to_have_count(0)


def test_a_choice_is_added_and_is_there_once(board: BoardPage) -> None:
    chips, refusal = board.row("booster").locator(".chip"), board.row("booster").locator(".refusal")
    board.fill("new choice of booster", "dart")
    expect(refusal).to_have_text("Must have each choice once, not 'dart'. It is there already.")
    board.field("new choice of booster").press("Escape")
    expect(refusal).to_have_text("")
    board.fill("new choice of booster", "<b>linear</b>")
    expect(chips).to_have_text(["tree", "dart", "<b>linear</b>"])
    expect(board.field("new choice of booster")).to_have_value("")
    expect(undo(board)).to_have_attribute("title", "Undo: choices of booster: <b>linear</b> added")


def test_the_ends_of_a_log_range_move_by_equal_ratios_under_the_arrow_keys(
    board: BoardPage,
) -> None:
    handle = board.tab.get_by_role("slider", name="low end of rate")
    handle.focus()
    for low in ("0.0251", "0.063"):  # a tenth of four decades each
        handle.press("PageUp")
        expect(board.field("low of rate")).to_have_value(low)
    expect(undo(board)).to_have_attribute("title", re.compile("Undo: low of .* → 0.063"))
    expect(handle).to_be_focused()


def test_a_drag_of_an_end_is_one_step(board: BoardPage) -> None:
    handle = board.tab.get_by_role("slider", name="high end of rate")
    handle.scroll_into_view_if_needed()
    box = handle.bounding_box()
    assert box is not None
    board.tab.mouse.move(box["x"] + 4, box["y"] + 9)
    board.tab.mouse.down()
    for distance in (10, 25, 45, 60):
        board.tab.mouse.move(box["x"] - distance, box["y"] + 9, steps=3)
    board.tab.mouse.up()
    expect(undo(board)).to_have_attribute("title", re.compile(r"^Undo: high of .* 100 → "))
    assert ends(board, "rate")[1] < 30
    undo(board).click()
    expect(board.field("high of rate")).to_have_value("100")
    expect(undo(board)).to_have_attribute("title", "Nothing to undo")


def test_presets_go_around_the_value_and_back(board: BoardPage) -> None:
    board.press("details of rate")
    preset(board, "narrow", "rate")
    expect(board.field("low of rate")).to_have_value("0.316")
    assert ends(board, "rate") == (0.316, 3.16)
    assert ends(board, "depth") == (1, 9)
    preset(board, "wide")
    expect(board.field("high of depth")).to_have_value("13")
    assert ends(board, "rate") == (1e-4, 1e4)
    preset(board, "balanced")
    expect(board.field("high of depth")).to_have_value("9")
    for high in ("13", "9"):
        undo(board).click()
        expect(board.field("high of depth")).to_have_value(high)
    assert ends(board, "rate") == (0.316, 3.16)


def test_keys_undo_and_redo(board: BoardPage) -> None:
    board.fill("high of depth", "8")
    search = board.tab.get_by_role("checkbox", name="search depth")
    search.uncheck()
    expect(undo(board)).to_have_attribute("title", "Undo: depth switched off")
    board.tab.keyboard.press("Control+z")
    expect(search).to_be_checked()
    board.tab.get_by_role("slider", name="high end of depth").focus()
    board.tab.keyboard.press("Control+z")
    expect(board.field("high of depth")).to_have_value("9")
    expect(redo(board)).to_have_attribute("title", "Redo: high of depth 9 → 8")
    board.tab.keyboard.press("Control+Shift+z")
    expect(board.field("high of depth")).to_have_value("8")
    redo(board).focus()
    board.tab.keyboard.press("Enter")
    expect(redo(board)).to_have_attribute("aria-disabled", "true")
    expect(redo(board)).to_be_focused()
    expect(search).not_to_be_checked()


def test_a_text_that_is_being_typed_has_its_own_undo(board: BoardPage) -> None:
    board.fill("high of depth", "8")
    low = board.field("low of depth")
    low.focus()
    board.tab.keyboard.type("23")
    board.tab.keyboard.press("Control+z")
    expect(undo(board)).to_have_attribute("title", "Undo: high of depth 9 → 8")
    low.press("Escape")
    expect(low).to_have_value("1")
    board.tab.keyboard.press("Control+z")
    expect(board.field("high of depth")).to_have_value("9")
    expect(low).to_be_focused()


def test_the_best_values_are_a_step_too(board: BoardPage) -> None:
    board.press("Use best values")
    expect(undo(board)).to_have_attribute("title", re.compile("^Undo: value of .* and . more$"))
    undo(board).click()
    expect(board.field("value of rate")).to_have_value("1")


def test_many_hyper_parameters_are_found_by_a_word(open_space: Callable[..., BoardPage]) -> None:
    many = [
        HyperParameter(f"p{number}", "real", 0.5, 0.0, 1.0, is_searched=number < 20)
        for number in range(29)
    ]
    rate = HyperParameter("rate", "real", 0.5, 0.0, 1.0, label="Learning", is_searched=False)
    board = open_space([*many, rate])
    rows = board.tab.locator(".row")
    search = board.tab.get_by_role("searchbox", name="Find a hyper-parameter")
    search.fill("p1")
    expect(rows.filter(visible=True)).to_have_count(11)
    search.fill("LEARN")  # folded, and by its label
    expect(rows.filter(visible=True)).to_have_count(1)
    expect(board.row("rate")).to_be_visible()
    search.fill("nothing")
    expect(board.tab.get_by_text("No hyper-parameter is called like that.")).to_be_visible()
    search.fill("")
    expect(rows.filter(visible=True)).to_have_count(20)
    for fault in ("cut", "outside", "overlaps", "nameless", "faint"):
        assert board.faults(fault) == []


def test_few_hyper_parameters_need_no_search(board: BoardPage) -> None:
    expect(board.tab.get_by_role("searchbox", name="Find a hyper-parameter")).to_be_hidden()


def test_numbers_of_any_size_fit_into_their_inputs(open_space: Callable[..., BoardPage]) -> None:
    board = open_space(
        [
            HyperParameter("wide", "real", -123456.789, -1e6, 1e6),
            HyperParameter("long", "int", 10**12, -(10**7), 10**15),
            HyperParameter("tiny", "real", 1.2345e-150, 1e-300, 1e-6, log=True),
        ]
    )
    expect(board.field("low of wide")).to_have_value("-1e6")
    expect(board.field("high of long")).to_have_value("1e15")
    cut = "faults.elements('.row input').filter((one) => one.scrollWidth > one.clientWidth)"
    assert board.tab.evaluate(f"() => {cut}.map((one) => one.value)") == []
    board.fill("value of long", "2e12")
    expect(board.field("value of long")).to_have_value("2e12")


def test_nothing_is_cut_or_pale_with_all_details_and_errors_open(board: BoardPage) -> None:
    for name in ("booster", "rate", "depth", "drop"):
        board.press(f"details of {name}")
    board.fill("condition of depth", "booster <")
    board.fill("low of rate", "much")
    board.fill("new choice of booster", "dart")
    board.fill("add a constraint", "x < 1")
    expect(board.tab.locator(".refusal").filter(visible=True)).to_have_count(4)
    for _mode in ("light", "dark"):
        for fault in ("cut", "outside", "overlaps", "nameless", "faint"):
            assert board.faults(fault) == []
        board.press("Dark")
        board.tab.wait_for_function("() => Math.max(...faults.background()) < 60")


def test_an_edit_while_a_study_runs_keeps_all_trials_in_every_plot(
    open_board: Callable[..., BoardPage], server: Server
) -> None:
    board = open_board()
    board.set_up("Wine", "Support vector machine", trials=400, folds=3, workers=1)
    board.press("Start")
    board.wait_for_trials(5)
    preset(board, "narrow")
    expect(board.field("high of svc__C")).to_have_value("5.62")
    before = len(board.trials())
    board.wait_for_trials(before + 5)
    board.tab.get_by_role("checkbox", name="search svc__gamma").uncheck()
    board.wait_for_trials(len(board.trials()) + 5)
    undo(board).click()
    expect(board.tab.get_by_role("checkbox", name="search svc__gamma")).to_be_checked()
    undo(board).click()
    expect(board.field("high of svc__C")).to_have_value("1000")
    board.wait_for_trials(len(board.trials()) + 3)
    board.press("Stop")
    board.wait_for_state("stopped")
    plot = next(one for one in board.look("plots") if one.endswith("gamma"))
    shown = {mark.trial for mark in board.marks(plot)}
    study_id = server.studies()[0].id
    stored = server.trials(study_id)
    assert set(range(1, 6)) <= shown
    narrow = [one for one in server.history.versions(study_id) if one["svc__C"].high < 6]
    assert narrow
    ran_narrow = [one for one in stored.values() if one.space_version == narrow[0].number]
    assert all(one.config["svc__C"] <= 5.62 for one in ran_narrow)
