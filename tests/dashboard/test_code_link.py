"""The page and a file, without a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tuneboard.dashboard.code_link import CodeLink

from tuneboard import TuningDashboard

TRAIN = """from sklearn.svm import SVC

# <b>mine</b>
model = SVC(
    C=1e-1,  # tune: 1e-3..1e3 log
    gamma='scale',
    kernel=f"{name}",
)
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "train.py"
    path.write_text(TRAIN, encoding="utf-8")
    return path


@pytest.fixture
def board(file: Path) -> Iterator[TuningDashboard]:
    one = TuningDashboard(history=False, folders=[file.parent])
    yield one
    one.close()


@pytest.fixture
def link(board: TuningDashboard) -> CodeLink:
    assert board._code is not None
    board._code.open("train.py")
    return board._code


def listed(board: TuningDashboard) -> dict[str, str]:
    return {row["name"]: row["value"] for row in board._table.rows}


def test_a_page_without_folders_opens_no_file() -> None:
    board = TuningDashboard(history=False)
    assert board._code is None
    board.close()


def test_a_file_fills_the_list(board: TuningDashboard, link: CodeLink) -> None:
    assert link.text == "train.py: 2 hyper-parameters read."
    assert listed(board)["C"] == "0.1"
    assert "line 7, SVC(kernel=...)" in link._skipped.object


def test_the_difference_is_shown_then_written_then_undone(
    board: TuningDashboard, link: CodeLink, file: Path
) -> None:
    link.preview()
    assert link.text == "train.py has these values already."
    assert link.edit is None
    board._table.edit("C", "value", "25")
    link.preview()
    shown = link._diff._lines.object
    assert '<span class="goes">-    C=1e-1,' in shown
    assert '<span class="comes">+    C=2.5e1,' in shown
    assert "<b>" not in shown
    assert file.read_text(encoding="utf-8") == TRAIN
    link.write()
    assert file.read_text(encoding="utf-8") == TRAIN.replace("1e-1,", "2.5e1,")
    assert link.text == "1 value written. Before: train.py.before-tuneboard"
    link.undo()
    assert file.read_text(encoding="utf-8") == TRAIN
    assert link.text == "train.py is as it was before."
    assert not link._undo.visible


def test_what_is_looked_at_may_be_left(board: TuningDashboard, link: CodeLink, file: Path) -> None:
    board._table.edit("C", "value", "25")
    link.preview()
    assert link._diff.text == (
        "gamma stays as it is. It is no number in the code, and its value in the list was not "
        "changed."
    )
    link.leave()
    link.write()
    assert file.read_text(encoding="utf-8") == TRAIN
    assert not link._diff._lines.visible


def test_the_list_follows_the_file(board: TuningDashboard, link: CodeLink, file: Path) -> None:
    file.write_text(TRAIN.replace("1e-1,", "7.0,"), encoding="utf-8")
    board.poll()
    assert listed(board)["C"] == "7"
    file.write_text(TRAIN.replace("gamma='scale'", "tol=1e-4"), encoding="utf-8")
    board.poll()
    assert list(listed(board)) == ["C", "tol"]


def test_an_edit_in_the_page_is_never_overwritten(
    board: TuningDashboard, link: CodeLink, file: Path
) -> None:
    board._table.edit("C", "value", "25")
    link.preview()
    file.write_text(TRAIN.replace("1e-1,", "7.0,"), encoding="utf-8")
    board.poll()
    assert listed(board)["C"] == "25"
    assert "has changed on the disk" in link.text
    assert link.edit is None
    link.read_again()
    assert listed(board)["C"] == "7"
    board._table.undo()
    assert listed(board)["C"] == "25"


def test_an_edit_after_the_list_has_followed_is_not_overwritten_either(
    board: TuningDashboard, link: CodeLink, file: Path
) -> None:
    file.write_text(TRAIN.replace("1e-1,", "7.0,"), encoding="utf-8")
    board.poll()
    board._table.edit("C", "value", "25")
    file.write_text(TRAIN.replace("1e-1,", "9.0,"), encoding="utf-8")
    board.poll()
    assert listed(board)["C"] == "25"
    assert "has changed on the disk" in link.text


def test_a_file_that_changes_between_the_look_and_the_write_is_left(
    board: TuningDashboard, link: CodeLink, file: Path
) -> None:
    board._table.edit("C", "value", "25")
    link.preview()
    file.write_text("# other\n", encoding="utf-8")
    link.write()
    assert "has changed on the disk since it was read, and was left" in link.text
    assert file.read_text(encoding="utf-8") == "# other\n"


def test_a_file_of_another_model_can_be_edited_all_the_same(
    board: TuningDashboard, link: CodeLink, file: Path
) -> None:
    other = file.with_name("other.py")
    other.write_text("LEARNING_RATE = 1e-3\n", encoding="utf-8")
    link._choice.options = link._options()
    link.open("other.py")
    assert list(listed(board)) == ["LEARNING_RATE"]
    assert "other.py sets LEARNING_RATE, which the chosen model does not have" in board._error
    board._table.edit("LEARNING_RATE", "value", "0.02")
    link.preview()
    link.write()
    assert other.read_text(encoding="utf-8") == "LEARNING_RATE = 2e-2\n"


def test_a_file_that_is_no_python_is_told(
    board: TuningDashboard, link: CodeLink, file: Path
) -> None:
    before = listed(board)
    file.write_text("if (", encoding="utf-8")
    board.poll()
    assert link.text.startswith("train.py: source text line 1")
    assert listed(board) == before


def test_closing_the_file_lists_the_model_again(board: TuningDashboard, link: CodeLink) -> None:
    link.open("No file")
    assert "max_depth" in listed(board)
    assert link.text == ""
