"""What a person sees who opens the page for the first time."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from .board_page import BoardPage

SECTIONS = ("Studies", "Data and model", "Search", "Hyper-parameters")
WIDTHS = (800, 1280, 1920)


def test_the_page_opens_on_a_bundled_problem_with_all_sections(board: BoardPage) -> None:
    for section in SECTIONS:
        expect(board.tab.get_by_text(section, exact=True).first).to_be_visible()
    expect(board.title).to_have_text("Handwritten digits · Random forest")
    expect(board.about).to_have_text("1,797 rows, 64 features, 10 classes")
    expect(board.state).to_have_text("ready")
    expect(board.row("max_features")).to_be_visible()
    plots = board.look("plots")
    assert plots == [
        "max_features",
        "min_samples_leaf",
        "min_samples_split",
        "max_depth",
        "timeline",
    ]
    assert len(set(board.look("sources"))) == 1
    expect(board.tab.get_by_text("No trials yet. Press Start.").first).to_be_visible()


def test_start_is_the_one_prominent_button_and_says_what_it_needs(board: BoardPage) -> None:
    start = board.button("Start")
    expect(start).to_be_enabled()
    expect(start).to_be_in_viewport()
    assert "bk-btn-primary" in (start.get_attribute("class") or "")
    primary = [one for one in board.tab.locator(".bk-btn-primary").all() if one.is_visible()]
    assert len(primary) == 1
    expect(board.sentence).to_have_text("Press Start to begin.")
    expect(board.button("Stop")).to_be_disabled()
    expect(board.button("Use best values")).to_be_disabled()


def test_what_to_do_with_the_plots_is_said_before_the_first_trial(board: BoardPage) -> None:
    expect(board.tab.get_by_text("Each finished trial becomes one point")).to_be_visible()


@pytest.mark.parametrize("is_dark", [False, True], ids=["light", "dark"])
def test_no_text_is_cut_and_nothing_scrolls_sideways(board: BoardPage, is_dark: bool) -> None:
    if is_dark:
        board.press("Dark")
    for width in WIDTHS:
        board.tab.set_viewport_size({"width": width, "height": 900})
        board.tab.wait_for_function("(width) => innerWidth === width", arg=width)
        board.tab.wait_for_function("() => lookInto.ready()")
        widest = board.tab.evaluate("() => document.documentElement.scrollWidth")
        assert widest <= width, f"at {width} pixels the page is {widest} wide"
        for fault in ("cut", "cutChoices", "outside", "overlaps"):
            assert board.faults(fault) == [], f"{fault} at {width} pixels"
    assert board.faults("faint") == []


def test_the_dark_mode_turns_the_whole_page_dark_and_back(board: BoardPage) -> None:
    assert min(board.faults("background")) > 200
    board.press("Dark")
    board.tab.wait_for_function("() => Math.max(...faults.background()) < 60")
    assert board.faults("palest") == []
    board.tab.set_viewport_size({"width": 1920, "height": 1600})
    board.tab.wait_for_function("() => faults.fills()")
    board.press("Dark")
    board.tab.wait_for_function("() => Math.max(...faults.background()) > 200")


def test_every_control_has_a_name_for_those_who_cannot_see_it(board: BoardPage) -> None:
    assert board.faults("nameless") == []


def test_the_keyboard_alone_reaches_start(board: BoardPage) -> None:
    for _ in range(80):
        board.tab.keyboard.press("Tab")
        if board.faults("focused") == "Start":
            return
    pytest.fail("80 presses of the Tab key do not reach Start")


def test_another_model_brings_its_own_hyper_parameters_and_plots(
    open_board: Callable[..., BoardPage],
) -> None:
    board = open_board()
    board.set_up("Wine", "Support vector machine")
    expect(board.row("svc__C")).to_be_visible()
    expect(board.row("max_features")).to_have_count(0)
    board.tab.wait_for_function("() => lookInto.plots()[0].endsWith('C')")
    board.choose("Data", "Diabetes progression")
    expect(board.about).to_contain_text("442 rows, 10 features, target from 25 to 346")
    assert board.selector("Metric").evaluate("one => one.selectedOptions[0].text") == "R²"
