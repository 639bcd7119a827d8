"""The history in the page, without a browser: set a parameter, read a parameter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.study import Study

from tuneboard import TuningDashboard


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db")


@pytest.fixture
def board(history: History) -> Iterator[TuningDashboard]:
    """Return a board that shows the newer of two finished studies."""
    X, y = load_wine(return_X_y=True)
    studies = [
        Study(SVC(), X, y, n_trials=3, folds=2, optimizer="random", name=name, history=history).run(
            InProcess()
        )
        for name in ("first <b>", "second 🙂")
    ]
    board = TuningDashboard(history=history)
    board._open(studies[1].id)
    yield board
    board.close()


def lines(board: TuningDashboard) -> list[str]:
    return list(board._box._choice.options)[1:]


def test_the_search_box_narrows_the_list_and_says_how_many(board: TuningDashboard) -> None:
    board._box._search.value = 'name:"first <b>" trials>=3'

    assert [line.split(" · ")[0] for line in lines(board)] == ["first <b>"]
    assert board._box.found == "1 found"
    board._box._search.value = ""
    assert len(lines(board)) == 2
    assert board._box.found == ""


def test_a_bad_query_is_said_and_the_list_stays(board: TuningDashboard) -> None:
    board._box._search.value = "modle:SVC"

    assert "Did you mean model:?" in board._box.found
    assert len(lines(board)) == 2


def test_star_tags_and_note_are_stored_and_shown_in_the_list(
    board: TuningDashboard, history: History
) -> None:
    board._notes._star.value = True
    board._notes._tags.value = "churn, final ,churn"
    board._notes._note.value = "<script>alert(1)</script>"

    marks = history.marks(board.study.id)[0]
    assert (marks.is_starred, marks.tags) == (True, ("churn", "final"))
    assert marks.note == "<script>alert(1)</script>"
    assert lines(board)[0].startswith("★ second 🙂")
    assert lines(board)[0].endswith("#churn · #final")


def test_an_archived_study_leaves_the_list(board: TuningDashboard) -> None:
    board._notes._archive.value = True

    assert [line.split(" · ")[0] for line in lines(board)] == ["first <b>"]


def test_another_study_shows_its_own_marks(board: TuningDashboard, history: History) -> None:
    board._notes._note.value = "of the second"
    first = history.studies()[1]

    board._open(first.id)

    assert board._notes._note.value == ""
    assert not history.marks(first.id)


def test_the_selected_trial_is_applied_and_taken_back(board: TuningDashboard) -> None:
    before = board.space.config
    board._state.selection = [2]
    board.poll()
    board._list_studies()

    board._past._buttons["Apply"].clicks += 1
    assert board.space.config == {**before, **board.study.trials[1].config}
    board._past._buttons["Revert"].clicks += 1

    assert board.space.config == before


def test_a_configuration_that_does_not_fit_is_refused_with_the_choice_of_what_does(
    board: TuningDashboard,
) -> None:
    board.space.edit("C", low=1e5, high=1e6)
    board._state.selection = [2]
    board._list_studies()

    board._past._buttons["Apply"].clicks += 1
    assert "not allowed: C" in board._error
    assert board._past._buttons["Apply common"].visible

    board._past._buttons["Apply common"].clicks += 1
    assert board._error == ""


def test_a_fork_is_opened_in_the_page(board: TuningDashboard, history: History) -> None:
    board._state.selection = [2]
    board._list_studies()

    board._past._buttons["Fork here"].clicks += 1

    assert len(history.studies()) == 3
    assert len(board.study.trials) == 2
    assert board.study.name == "second 🙂 (from trial 2)"


def test_selected_trials_are_compared_side_by_side(board: TuningDashboard) -> None:
    board._state.selection = [1, 3]
    board._list_studies()

    board._past._buttons["Compare"].clicks += 1

    table = board._past._table.object
    assert list(table.columns) == ["", "trial 1", "trial 3"]
    assert "C" in table[""].tolist()
