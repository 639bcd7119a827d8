"""The history in the page: finding, marking, comparing, handing on and taking in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tuneboard.engine.dataset import load_bundled
from tuneboard.engine.executors import InProcess
from tuneboard.engine.problem import Problem
from tuneboard.engine.study import Study

from .board_page import BoardPage
from .server_process import Server

EVIL = "evil <img src=x onerror=alert(1)> \"'🙂"


def finished(server: Server, name: str, **settings: Any) -> Study:
    """Return a finished study of wine in the store."""
    problem = Problem(load_bundled("wine"), "svc")
    given: dict[str, Any] = {"n_trials": 6, "folds": 2, "optimizer": "random", **settings}
    study = Study(
        problem.estimator(0),
        problem.dataset.X,
        problem.dataset.y,
        name=name,
        history=server.history,
        origin=problem.to_dict(),
        **given,
    )
    return study.run(InProcess(), show_progress=False)


@pytest.fixture(scope="module")
def studies(shared_server: Server) -> list[Study]:
    """Return two finished studies, the older one first."""
    code = "C = {}\nmodel = 1\n"
    made = [
        finished(shared_server, EVIL, code=code.format(1), code_name="wine.py"),
        finished(shared_server, "second", seed=1, code=code.format(10), code_name="wine.py"),
    ]
    made[0].mark(is_starred=True, tags=["churn"], note=EVIL)
    return made


@pytest.fixture
def board(open_board: Callable[..., BoardPage], studies: list[Study]) -> BoardPage:
    """Return the page, opened on the newer study."""
    opened = open_board(studies[1].id)
    opened.wait_for_trials(6)
    expect(tick(opened, "second")).to_be_attached()
    return opened


def tick(board: BoardPage, study: str) -> Locator:
    """Return the box to tick of a study in the list."""
    row = board.tab.locator(".slick-row", has=board.tab.locator("input[type=checkbox]"))
    return row.filter(has_text=study).locator("input[type=checkbox]")


def part(board: BoardPage, name: str) -> None:
    """Open a part of the history."""
    board.button(name).last.click()


def test_a_query_is_completed_by_the_keyboard_and_a_bad_one_is_explained(board: BoardPage) -> None:
    box = board.selector("Find studies")
    box.click()
    board.tab.keyboard.type("ta")
    options = board.tab.get_by_role("listbox", name="Completions of Find studies")
    expect(options.get_by_role("option")).to_have_text(["tag: a tag"])
    board.tab.keyboard.press("ArrowDown")
    board.tab.keyboard.press("Enter")
    expect(box).to_have_value("tag:")
    board.tab.keyboard.type("ch")
    board.tab.get_by_role("option", name="tag:churn").click()
    expect(box).to_have_value("tag:churn ")
    board.tab.keyboard.press("Enter")
    expect(board.tab.get_by_text("1 found, best accuracy")).to_be_visible()
    box.fill("tga:churn")
    box.press("Enter")
    expect(board.tab.get_by_text("Did you mean tag:?")).to_be_visible()


def test_trials_that_are_found_are_selected_in_the_plots(
    board: BoardPage, studies: list[Study]
) -> None:
    wanted = sorted(one.number for one in studies[1].trials if one.config["svc__C"] > 1)
    box = board.selector("Find trials")
    box.fill("svc__C>1")
    box.press("Enter")
    board.tab.wait_for_function("(n) => lookInto.selected().length === n", arg=len(wanted))
    assert board.look("selected") == wanted


def test_a_trial_is_starred_and_noted_and_shows_it_in_light_and_dark(
    board: BoardPage, studies: list[Study]
) -> None:
    box = board.selector("Find trials")
    box.fill("trial=3")
    box.press("Enter")
    board.press("☆ Star trial")
    board.fill("Tags of the trial", "odd")
    starred = board.button("★ Starred trial")
    expect(starred).to_be_visible()
    for mode in ("light", "dark"):
        assert not [one for one in board.faults("faint") if "Star" in one], mode
        on, off = (
            board.button(name).evaluate("one => getComputedStyle(one).backgroundColor")
            for name in ("★ Starred trial", "Archive")
        )
        assert on != off, mode
        if mode == "light":
            board.press("Dark")
            board.tab.wait_for_function("() => Math.max(...faults.background()) < 60")
    marks = studies[1].marks()[3]
    assert (marks.is_starred, marks.tags) == (True, ("odd",))
    starred.click()
    expect(board.button("☆ Star trial")).to_be_visible()


def test_two_studies_are_compared_with_the_difference_of_their_code(board: BoardPage) -> None:
    tick(board, "second").click()
    tick(board, "evil").click()
    for title in ("What came out", "Configuration", "Set-up", "Code"):
        expect(board.tab.get_by_role("heading", name=title, exact=True)).to_be_visible()
    expect(board.tab.locator(".tb-diff .goes")).to_contain_text("-C = 1")
    expect(board.tab.locator(".tb-diff .comes")).to_contain_text("+C = 10")
    expect(board.tab.locator("th", has_text="evil <img").first).to_be_visible()
    expect(board.tab.locator("img[src=x]")).to_have_count(0)


def test_a_study_is_downloaded_as_a_report_and_as_a_table(board: BoardPage, tmp_path: Path) -> None:
    part(board, "Export")
    with board.tab.expect_download() as report:
        board.press("Download")
    assert report.value.suggested_filename == "second.html"
    report.value.save_as(tmp_path / "second.html")
    assert "<h1>second</h1>" in (tmp_path / "second.html").read_text("utf-8")
    board.choose("Export as", "CSV")
    with board.tab.expect_download() as table:
        board.press("Download")
    table.value.save_as(tmp_path / "second.csv")
    assert len((tmp_path / "second.csv").read_text("utf-8").splitlines()) == 7


def test_a_table_is_imported_after_a_look_at_its_columns(
    board: BoardPage, server: Server, tmp_path: Path
) -> None:
    file = tmp_path / "runs.csv"
    file.write_text("lr,kind,f1,state\n0.1,<b>,0.9,completed\n0.2,c,0.8,completed\n", "utf-8")
    part(board, "Import")
    chosen = board.tab.locator("input[type=file]")
    chosen.wait_for(state="attached")
    chosen.set_input_files(file)
    expect(board.tab.get_by_text("2 rows, 4 columns")).to_be_visible()
    expect(board.selector("Column of the score")).to_have_value("f1")
    board.press("Import it")
    expect(board.title).to_have_text("runs.csv")
    record = server.studies()[0]
    assert (record.name, record.best_score, record.n_finished) == ("runs.csv", 0.9, 2)
    assert set(server.trials(record.id)[1].config) == {"lr", "kind"}


def test_a_pickled_file_is_refused_in_words(board: BoardPage, tmp_path: Path) -> None:
    file = tmp_path / "search.joblib"
    file.write_bytes(b"\x80\x04.")
    part(board, "Import")
    chosen = board.tab.locator("input[type=file]")
    chosen.wait_for(state="attached")
    chosen.set_input_files(file)
    expect(board.tab.get_by_text("must not be a pickled file")).to_be_visible()
    expect(board.button("Import it")).to_be_disabled()


def test_a_new_study_learns_from_an_earlier_one_whose_trials_are_shown_apart(
    open_board: Callable[..., BoardPage], studies: list[Study], server: Server
) -> None:
    board = open_board()
    board.set_up("Wine", "Support vector machine", trials=3, folds=2, workers=1)
    part(board, "Learn")
    board.press("Look for studies that fit")
    board.tab.get_by_label("second · 6 trials fit · same data").check()
    legend = board.tab.get_by_text("◇ trials of earlier studies that this one has learned from")
    expect(legend.first).to_be_visible()
    board.run()
    expect(legend.first).to_contain_text("second (6 trials, same data)")
    drawn = board.tab.evaluate(
        """() => Bokeh.documents.flatMap((one) => [...one._all_models.values()])
          .filter((one) => one.type === "GlyphRenderer" && one.name === "past")
          .map((one) => one.data_source.get_length())"""
    )
    assert drawn == [6, 6, 6]
    assert server.studies()[0].settings["learn_from"] == (studies[1].id,)
    assert len(board.trials()) == 3


def test_the_page_with_all_parts_has_no_faults(board: BoardPage) -> None:
    for name in ("Story", "About", "Export", "Import", "Learn", "Studies"):
        part(board, name)
        board.tab.wait_for_timeout(300)
        assert board.faults("nameless") == [], name
        assert board.faults("overlaps") == [], name
