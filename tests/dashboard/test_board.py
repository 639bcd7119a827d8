"""The whole board without a browser: set a parameter, read a parameter."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import panel as pn
import pytest
from bokeh.document import Document
from panel.io.state import set_curdoc
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from tuneboard.engine.errors import ObjectiveError, StudyError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.study import Study, StudyState

from tuneboard import TuningDashboard


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db")


@pytest.fixture
def board(history: History) -> Iterator[TuningDashboard]:
    X, y = load_wine(return_X_y=True)
    board = TuningDashboard(SVC(), X, y, history=history, n_trials=6, folds=3)
    yield board
    if board.study.is_running_here:
        with suppress(StudyError):  # it may just have ended by itself
            board.study.stop()
        board.study.wait(20)
    board.close()


def poll_until(board: TuningDashboard, is_so: Callable[[], bool], timeout_s: float = 60) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        board.poll()
        if time.monotonic() > end:
            raise TimeoutError(board._run_bar.text)
        time.sleep(0.02)


def row(board: TuningDashboard, name: str) -> dict[str, Any]:
    return next(row for row in board._table.rows if row["name"] == name)


def test_a_value_assigned_in_python_moves_the_list_and_the_marker(board: TuningDashboard) -> None:
    board.space.C = 100.0
    assert row(board, "C")["value"] == "100"
    plot = board.views.split._plots["C"]
    assert plot._marker.location == pytest.approx(2.0)


def test_bounds_assigned_in_python_move_the_list_and_the_axis(board: TuningDashboard) -> None:
    before = board.views.split._plots["C"].figure.x_range.start
    board.space.param.C.bounds = (0.1, 10.0)
    assert (row(board, "C")["low"], row(board, "C")["high"]) == ("0.1", "10")
    after = board.views.split._plots["C"].figure.x_range.start
    assert before < -2.9
    assert -1.2 < after < -0.9


def test_an_edit_in_the_page_moves_the_space(board: TuningDashboard) -> None:
    board._table.edit("C", "low", "0.5")
    assert board.space["C"].low == 0.5


def test_a_hyper_parameter_that_is_switched_off_loses_its_plot(board: TuningDashboard) -> None:
    n_plots = len(board.views.split.figures)
    board.space.edit("C", is_searched=False)
    assert len(board.views.split.figures) == n_plots - 1


def test_start_fills_every_view_and_the_table(board: TuningDashboard) -> None:
    board._clicked("start")
    poll_until(board, lambda: board.study.state is StudyState.FINISHED)
    board.poll()
    assert board.views.trials.n_trials == 6
    assert "6 / 6 trials" in board._run_bar.text
    assert f"in trial {board.study.best_trial.number}" in board._run_bar.text


def test_the_selection_is_one_for_all_and_survives_new_trials(board: TuningDashboard) -> None:
    board._clicked("start")
    poll_until(board, lambda: board.views.trials.n_trials >= 2)
    first = board.views.trials.source.data["trial"][0]
    board.views.trials.source.selected.indices = [0]
    assert board._state.selection == [first]
    poll_until(board, lambda: board.views.trials.n_trials == 6)
    assert board._state.selection == [first]
    assert "1 of 6 trials selected" in board.views._bar.text
    board._state.selection = []
    assert list(board.views.trials.source.selected.indices) == []


def test_pause_resume_and_stop_are_said_at_once(board: TuningDashboard) -> None:
    board._setup.n_trials = 60
    board._clicked("start")
    poll_until(board, lambda: board.views.trials.n_trials >= 1)
    board._clicked("pause")
    assert "paused" in board._run_bar.text
    board._clicked("resume")
    assert ">running<" in board._run_bar.text
    board._clicked("stop")
    poll_until(board, lambda: board.study.state is StudyState.STOPPED)
    assert len(board.study.trials) < 60


def test_a_second_board_sees_the_same_running_study(
    board: TuningDashboard, history: History
) -> None:
    board._setup.n_trials = 40
    board._clicked("start")
    other = TuningDashboard(history=history)
    assert other.study is board.study
    poll_until(other, lambda: other.views.trials.n_trials >= 2)
    other.close()


def test_the_same_study_cannot_be_started_twice(board: TuningDashboard) -> None:
    board._setup.n_trials = 40
    board._clicked("start")
    board.study.wait(0.2)
    again = Study.open(board.study.id, board._history)
    with pytest.raises(Exception, match="is running already"):
        again.start()


def test_best_values_become_the_current_configuration(board: TuningDashboard) -> None:
    board._clicked("start")
    poll_until(board, lambda: board.study.state is StudyState.FINISHED)
    board._clicked("use best")
    best = board.study.best_trial.config
    assert {name: board.space.config[name] for name in best} == best


def test_a_new_study_keeps_the_space_and_leaves_the_old_one(board: TuningDashboard) -> None:
    board.space.edit("C", high=50.0)
    board._clicked("start")
    poll_until(board, lambda: board.study.state is StudyState.FINISHED)
    old = board.study
    board._clicked("new")
    assert board.study is not old
    assert board.space["C"].high == 50.0
    board.space.edit("C", high=20.0)
    assert old.space["C"].high == 50.0


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("n_trials", 0, "Study.n_trials must be a whole number of at least 1, not 0"),
        ("n_workers", 0, "Study.n_workers must be a whole number of at least 1, not 0"),
        ("folds", 99, "smallest class"),
        ("folds", 1, "folds"),
    ],
)
def test_a_wrong_setting_is_said_in_one_sentence_and_mended(
    board: TuningDashboard, name: str, value: int, words: str
) -> None:
    good = getattr(board._setup, name)
    setattr(board._setup, name, value)
    assert words in board._run_bar.text
    assert board._run_bar._go.disabled
    setattr(board._setup, name, good)
    assert words not in board._run_bar.text
    assert not board._run_bar._go.disabled


def test_a_space_with_nothing_to_search_is_said_at_start(board: TuningDashboard) -> None:
    for one in board.space.version.searched:
        board.space.edit(one.name, is_searched=False)
    board._clicked("start")
    assert "is-error" in board._run_bar.text
    assert board.study.state is StudyState.READY


def test_a_page_without_a_model_offers_a_problem_and_keeps_its_origin(history: History) -> None:
    board = TuningDashboard(history=history)
    board._picker._data.value = "wine"
    board._setup.param.update(n_trials=2, folds=2)
    board._clicked("start")
    poll_until(board, lambda: board.study.state is StudyState.FINISHED)
    again = Study._load(history, history.study(board.study.id))
    again.change(n_trials=3)
    assert len(again.run().trials) == 3
    board.close()


def test_a_study_that_a_script_has_made_shows_no_data_to_choose(history: History) -> None:
    made = Study(lambda config: config["x"], space={"x": (0.0, 1.0)}, n_trials=2, history=history)
    made.run(InProcess())
    board = TuningDashboard(history=history)
    assert board._data_card.visible
    board._open(made.id)
    assert not board._data_card.visible
    board._open("")
    assert board._data_card.visible
    assert "max_depth" in board.space.names
    board.close()


def test_the_views_below_the_plots_follow_once_the_page_has_drawn_them(history: History) -> None:
    with set_curdoc(Document()):
        board = TuningDashboard(SVC(), *load_wine(return_X_y=True), history=history)
        page = board.__panel__()
        n_plots = len(page.select(pn.pane.Bokeh))
        board._begin()
        shown = page.select()
    assert board.views.timeline.__panel__() in shown
    assert board.views.table.__panel__() in shown
    assert len(page.select(pn.pane.Bokeh)) > n_plots


def test_dark_reaches_every_figure(board: TuningDashboard) -> None:
    board.__panel__()
    light = board.views.timeline.figures[0].xaxis.axis_line_color
    board._state.is_dark = True
    assert board.views.timeline.figures[0].xaxis.axis_line_color != light


def test_model_and_data_that_do_not_fit_are_refused_in_python() -> None:
    X, y = load_wine(return_X_y=True)
    with pytest.raises(ObjectiveError, match="y"):
        TuningDashboard(SVC(), X, y[:-1], history=False)


def test_the_board_is_a_panel_viewable(board: TuningDashboard) -> None:
    assert isinstance(board.__panel__(), pn.Row)
