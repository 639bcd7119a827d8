"""A file of the user's: opened in the page, tuned, and written back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from .board_page import BoardPage
from .server_process import Server

FOREST = """from sklearn.ensemble import RandomForestClassifier

model = RandomForestClassifier(
    n_estimators=20,  # <b>enough</b>
    max_depth=4,  # tune: 1..12
    max_features=5e-1,
)
"""


@pytest.fixture(scope="module")
def code(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("code")


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory, code: Path) -> Iterator[Server]:
    """Yield a server that may open the files of a folder."""
    one = Server(tmp_path_factory.mktemp("server"), code)
    try:
        (code / "train.py").write_text(FOREST, encoding="utf-8")
        one.start()
        yield one
    finally:
        one.close()


@pytest.fixture
def file(code: Path) -> Path:
    path = code / "train.py"
    path.write_text(FOREST, encoding="utf-8")
    return path


def test_a_file_is_opened_written_and_put_back(board: BoardPage, file: Path) -> None:
    board.choose("File", "train.py")
    expect(board.field("value of max_features")).to_have_value("0.5")
    expect(board.tab.get_by_text("train.py: 3 hyper-parameters read.")).to_be_visible()
    board.fill("value of max_depth", "7")
    board.fill("value of max_features", "0.25")
    board.press("Write back")
    diff = board.tab.locator(".tb-diff:visible")
    expect(diff.locator(".goes")).to_have_count(2)
    expect(diff.locator(".comes").nth(1)).to_contain_text("max_features=2.5e-1,")
    expect(diff).to_contain_text("<b>enough</b>")
    assert file.read_text(encoding="utf-8") == FOREST
    board.press("Write to file")
    expect(board.tab.get_by_text("2 values written. Before: train.py.before-")).to_be_visible()
    written = FOREST.replace("max_depth=4", "max_depth=7").replace("5e-1", "2.5e-1")
    assert file.read_text(encoding="utf-8") == written
    board.press("Undo write")
    expect(board.tab.get_by_text("train.py is as it was before.")).to_be_visible()
    assert file.read_text(encoding="utf-8") == FOREST


def test_the_page_follows_an_edit_of_the_file_and_never_overwrites_one_of_its_own(
    board: BoardPage, file: Path
) -> None:
    board.choose("File", "train.py")
    expect(board.field("value of max_depth")).to_have_value("4")
    file.write_text(FOREST.replace("max_depth=4", "max_depth=9"), encoding="utf-8")
    expect(board.field("value of max_depth")).to_have_value("9")
    board.fill("value of max_depth", "11")
    expect(board.tab.get_by_role("button", name=re.compile("^Undo: .*11"))).to_be_visible()
    file.write_text(FOREST.replace("max_depth=4", "max_depth=2"), encoding="utf-8")
    expect(board.tab.get_by_text("train.py has changed on the disk")).to_be_visible()
    expect(board.field("value of max_depth")).to_have_value("11")
    board.press("Read again")
    expect(board.field("value of max_depth")).to_have_value("2")


def test_the_best_found_is_written_into_the_file(board: BoardPage, file: Path) -> None:
    file.write_text(FOREST.replace("max_depth=4", "max_depth=1"), encoding="utf-8")
    board.set_up("Wine", "Random forest", trials=8, folds=2)
    board.choose("File", "train.py")
    expect(board.field("value of max_depth")).to_have_value("1")
    board.run()
    board.press("Use best values")
    board.press("Write back")
    board.press("Write to file")
    expect(board.tab.get_by_text("written. Before:")).to_be_visible()
    text = file.read_text(encoding="utf-8")
    depth = board.field("value of max_depth").input_value()
    assert f"max_depth={depth},  # tune: 1..12" in text
    assert "n_estimators=20,  # <b>enough</b>" in text


def test_the_set_up_is_shown_as_code_and_copied(board: BoardPage) -> None:
    board.tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    board.set_up("Wine", "Random forest", trials=6)
    board.press("Show as code")
    code = board.tab.locator(".tb-code")
    expect(code).to_contain_text('problem = Problem(load_bundled("wine"), "random_forest")')
    board.fill("high of max_depth", "20")
    board.fill("high of max_depth", "12")
    expect(code).to_contain_text('space.edit("max_depth", high=12')
    board.press("Copy")
    expect(board.button("Copied")).to_be_visible()
    copied = board.tab.evaluate("navigator.clipboard.readText()")
    assert copied.count("space.edit(") == 1
    assert copied.endswith("n_trials=6)")


@pytest.mark.parametrize(("width", "is_dark"), [(1280, False), (1920, True)])
def test_the_card_fits_its_place(board: BoardPage, file: Path, width: int, is_dark: bool) -> None:
    board.tab.set_viewport_size({"width": width, "height": 1000})
    if is_dark:
        board.press("Dark")
    board.choose("File", "train.py")
    expect(board.field("value of max_depth")).to_have_value("4")
    board.fill("value of max_depth", "7")
    board.press("Write back")
    card = board.tab.locator(".tb-card", has=board.tab.locator(".tb-diff:visible"))
    expect(card.locator(".comes")).to_be_visible()
    box, side = card.bounding_box(), board.tab.locator(".tb-side").bounding_box()
    assert box is not None
    assert side is not None
    assert side["x"] <= box["x"]
    assert box["x"] + box["width"] <= side["x"] + side["width"]
