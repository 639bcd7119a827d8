"""The board said in Python, and Python that follows the board."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from tuneboard.engine.executors import InProcess

from tuneboard import Study, TuningDashboard


@pytest.fixture
def board() -> Iterator[TuningDashboard]:
    X, y = load_wine(return_X_y=True)
    one = TuningDashboard(SVC(), X, y, history=False, n_trials=6, folds=2, optimizer="random")
    one.study.run(InProcess(), show_progress=False)
    one.poll()
    yield one
    one.close()


def test_the_set_up_is_shown_as_code_and_follows_the_page(board: TuningDashboard) -> None:
    card = board._as_code
    card.toggle("Show as code")
    assert "board = TuningDashboard(" in card.text
    board.space.edit("C", high=20.0)
    board.poll()
    board.space.edit("C", high=10.0)
    board.poll()
    assert card.text.count('space.edit("C", high=10.0)') == 1
    assert "20.0" not in card.text
    card.toggle("Show as code")
    assert not card.text


def test_a_board_without_a_model_says_its_problem(tmp_path: Any) -> None:
    board = TuningDashboard(history=tmp_path / "history.db", n_trials=7)
    code = board.to_code()
    assert 'problem = Problem(load_bundled("digits"), ' in code
    code = code.replace("Study(model, X, y", "Study(model, X, y, history=False")
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - the code was written by the board
    made = names["study"]
    assert isinstance(made, Study)
    assert made.space.version.hyper_parameters == board.space.version.hyper_parameters
    assert made.settings.n_trials == 7
    board.close()


def test_a_selection_is_data_and_code(board: TuningDashboard) -> None:
    assert board.selection_code() == ""
    board._state.selection = [1, 4]
    assert board.selection.index.tolist() == [1, 4]
    board._as_code.toggle("Selection as code")
    names: dict[str, Any] = {"board": board}
    *head, expression = board._as_code.text.splitlines()
    exec("\n".join(head), names)  # noqa: S102 - the code was written by the board
    selected = eval(expression, names)  # noqa: S307
    pd.testing.assert_frame_equal(selected, board.selection)


def test_a_hook_follows_the_brush_until_it_is_switched_off(board: TuningDashboard) -> None:
    seen: list[list[int]] = []

    @board.on_selection
    def remember(selected: pd.DataFrame) -> None:
        seen.append(selected.index.tolist())

    board._state.selection = [2]
    board.poll()
    board.poll()
    assert seen == [[], [2]]
    remember.stop()
    board._state.selection = [3]
    board.poll()
    assert seen == [[], [2]]
    remember.start()
    board.poll()
    assert seen[-1] == [3]
    assert remember(board.selection) is None


def test_a_hook_runs_again_with_every_new_trial() -> None:
    X, y = load_wine(return_X_y=True)
    board = TuningDashboard(SVC(), X, y, history=False, n_trials=3, folds=2)
    n_calls: list[int] = []
    board.on_selection(lambda _selected: n_calls.append(len(board.study.trials)))
    board.study.run(InProcess(), show_progress=False)
    board.poll()
    assert n_calls == [0, 3]
    board.close()


def test_a_hook_that_fails_is_switched_off_and_told(board: TuningDashboard) -> None:
    @board.on_selection
    def broken(selected: pd.DataFrame) -> None:
        raise KeyError("nonsense")

    board.poll()
    assert not broken.is_on
    assert broken.error == (
        "broken was switched off: KeyError: 'nonsense'. Correct it, and decorate it again."
    )
    assert "broken was switched off" in board._run_bar.text
