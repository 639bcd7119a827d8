"""The controls without a browser: set a parameter, read a parameter."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from tuneboard.dashboard.control_area import ControlArea
from tuneboard.engine.history import History
from tuneboard.engine.study import StudyState
from tuneboard.engine.trial import TrialState

from tuneboard import TuningDashboard


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db")


@pytest.fixture
def make(history: History) -> Iterator[Callable[..., TuningDashboard]]:
    boards: list[TuningDashboard] = []

    def make(model: Any = None, **settings: Any) -> TuningDashboard:
        given = {"history": history, "n_trials": 6, "folds": 3, "n_workers": 1, **settings}
        board = TuningDashboard(SVC() if model is None else model, *wine(), **given)
        board._clicked("control")
        boards.append(board)
        return board

    yield make
    for board in boards:
        if board.study.is_running_here:
            board.study.stop()
            board.study.wait(30)
        board.close()


def wine() -> Any:
    return load_wine(return_X_y=True)


def area(board: TuningDashboard) -> ControlArea:
    return board._control.area


def widget(board: TuningDashboard, name: str) -> Any:
    fields = area(board)._fields
    assert fields is not None
    return fields._widgets[name]


def poll_until(board: TuningDashboard, is_so: Callable[[], object], timeout_s: float = 60) -> None:
    end = time.monotonic() + timeout_s
    while not is_so():
        board.poll()
        if time.monotonic() > end:
            raise TimeoutError(board._run_bar.text)
        time.sleep(0.02)


def test_the_area_is_closed_and_costs_nothing_until_it_is_asked_for(history: History) -> None:
    board = TuningDashboard(SVC(), *wine(), history=history)
    assert not area(board).is_open
    assert area(board)._panel.objects == []
    board._clicked("control")
    assert area(board).is_open
    board._clicked("control")
    assert not area(board).is_open
    board.close()


def test_what_is_set_in_the_area_is_what_the_study_gets(
    make: Callable[..., TuningDashboard],
) -> None:
    board = make()
    widget(board, "max_seconds").value = 600.0
    widget(board, "target").value = 0.99
    widget(board, "timeout_s").value = 30.0
    widget(board, "racing").value = True
    widget(board, "holdout").value = 0.25
    settings = board.study.settings
    assert (settings.max_seconds, settings.target_score, settings.timeout_s) == (600.0, 0.99, 30.0)
    assert settings.is_racing
    assert settings.holdout == 0.25
    assert "Set: ends after 600 s" in board._control.cost


def test_what_the_board_is_given_is_shown_in_the_area(make: Callable[..., TuningDashboard]) -> None:
    board = make(racing=True, patience=9, memory_mb=500)
    assert widget(board, "racing").value is True
    assert (widget(board, "patience").value, widget(board, "memory_mb").value) == (9, 500)
    assert board.study.settings.patience == 9


def test_a_rule_that_cannot_be_is_said_and_start_waits(
    make: Callable[..., TuningDashboard],
) -> None:
    board = make()
    widget(board, "max_seconds").value = -5.0
    assert "Study.max_seconds must be a positive number, not -5.0" in board._run_bar.text
    assert board._run_bar._go.disabled
    widget(board, "max_seconds").value = None
    assert not board._run_bar._go.disabled


def test_rules_may_be_changed_in_a_begun_study_and_the_rest_is_locked(
    make: Callable[..., TuningDashboard],
) -> None:
    board = make()
    board._clicked("start")
    poll_until(board, lambda: board.study.state is StudyState.FINISHED)
    board._lock()
    locked = {name for name, one in area(board)._fields._widgets.items() if one.disabled}
    assert locked == {
        "timeout_s",
        "memory_mb",
        "racing",
        "holdout",
        "resource",
        "low",
        "high",
        "eta",
    }
    widget(board, "patience").value = 3
    assert board.study.settings.patience == 3


def test_current_values_and_a_file_run_first(make: Callable[..., TuningDashboard]) -> None:
    board = make()
    forms = area(board).next_trials
    board.space.C = 7.5
    forms._button.clicks += 1
    assert forms.note == "1 configuration in line, to run first once the study starts."
    board.space.C = 1.0
    names = [one.name for one in board.space.version.searched]
    row = {name: board.space.config[name] for name in names if name in board.space.config}
    lines = [",".join(row), *(",".join(map(str, {**row, "C": c}.values())) for c in (2.5, 3.5))]
    forms.upload("mine.csv", "\ufeff" + "\n".join(lines))
    assert forms.note == "2 configurations in line, to run first once the study starts."

    forms.upload("mine.csv", "\n".join([*lines, lines[1].replace("2.5", "-4")]))
    assert "Study.enqueue[row 3].C must be a number from" in forms.note

    board._clicked("start")
    poll_until(board, lambda: board.study.state is StudyState.FINISHED)
    assert [one.config["C"] for one in board.study.trials][:3] == [7.5, 2.5, 3.5]
    assert [one.provenance.optimizer for one in board.study.trials].count("user") == 3


def test_a_running_trial_is_ended_and_the_others_go_on(
    make: Callable[..., TuningDashboard],
) -> None:
    class Slow(SVC):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            time.sleep(0.3)
            return super().fit(X, y)

    board = make(Slow(), space={"C": (0.1, 10.0, "log")}, n_trials=4)
    board._clicked("start")
    running = area(board).running
    poll_until(board, lambda: running.options)
    (label,) = running.options
    assert label.startswith("trial 1: C = ")
    running._kill.clicks += 1
    poll_until(board, lambda: board.study.state is StudyState.FINISHED)
    states = [one.state for one in board.study.trials]
    assert states == [TrialState.KILLED, *[TrialState.COMPLETED] * 3]
    poll_until(board, lambda: not running.options)
    assert running._kill.disabled


def test_the_final_estimate_is_locked_until_the_choice_is_made(
    make: Callable[..., TuningDashboard],
) -> None:
    board = make(holdout=0.3)
    final = area(board).final
    assert final._lock.disabled
    board._clicked("start")
    poll_until(board, lambda: board.study.state is StudyState.FINISHED)
    poll_until(board, lambda: not final._lock.disabled)
    assert final._button.disabled
    final._lock.value = list(final._lock.options)
    assert not final._button.disabled
    final._button.clicks += 1
    poll_until(board, lambda: final.note)
    best = board.study.best_trial.number
    assert final.note.startswith(f"Trial {best} on the rows held out: accuracy 0.")

    board._open("")
    poll_until(board, lambda: not final.note)
    board._open(board._history.studies()[0].id)
    poll_until(board, lambda: final.note)


def test_too_many_failures_pause_the_study_and_the_page_says_why(
    make: Callable[..., TuningDashboard],
) -> None:
    board = make(timeout_s=0.001, max_failures=3, n_trials=20)
    board._clicked("start")
    poll_until(board, lambda: board.study.state is StudyState.PAUSED)
    board.poll()
    assert "Paused: the last 3 trials failed, the latest with: Ended after 0.001 s" in (
        board._run_bar.text
    )


def test_an_unreachable_cluster_is_refused_in_words(make: Callable[..., TuningDashboard]) -> None:
    board = make()
    place = area(board).place
    place._place.value = "a Dask cluster"
    assert place.note == "Type the address of its scheduler."
    place._address.value = "tcp://127.0.0.1:9"
    poll_until(board, lambda: "cannot be reached" in board._run_bar.text)
    place._place.value = "this machine"
    board._clicked("start")
    poll_until(board, lambda: board.study.state is StudyState.FINISHED)


def test_a_cluster_that_is_found_sets_the_number_of_workers(
    make: Callable[..., TuningDashboard],
) -> None:
    distributed = pytest.importorskip("distributed")
    board = make()
    place = area(board).place
    with distributed.LocalCluster(
        n_workers=1,
        threads_per_worker=3,
        processes=False,
        protocol="tcp://",
        dashboard_address=None,
    ) as cluster:
        place._place.value = "a Dask cluster"
        place._address.value = cluster.scheduler_address
        poll_until(board, lambda: place.note)
        assert place.note == "Found: it can run 3 trials at once."
        assert board.study.settings.n_workers == 3
        board._clicked("start")
        poll_until(board, lambda: board.study.state is StudyState.FINISHED)
    assert len(board.study.trials) == 6


def test_the_cost_is_told_before_start_and_follows_the_settings(
    make: Callable[..., TuningDashboard],
) -> None:
    board = make(n_trials=6)
    poll_until(board, lambda: "6 configurations, time unknown" in board._run_bar.text)
    board._setup.n_trials = 8
    poll_until(board, lambda: "8 configurations, time unknown" in board._run_bar.text)
    board._clicked("start")
    poll_until(board, lambda: board.study.state is StudyState.FINISHED)
    poll_until(board, lambda: "configurations" not in board._run_bar.text)
    board._setup.n_trials = 20
    poll_until(board, lambda: "20 configurations, 8 already known, about" in board._run_bar.text)
