from __future__ import annotations

import os
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from sklearn.datasets import load_iris
from sklearn.svm import SVC
from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.errors import (
    HistoryError,
    ObjectiveError,
    OptimizerError,
    SpaceError,
    StudyBusyError,
    StudyError,
)
from tuneboard.engine.executors import WORKER_DIED, InProcess, LocalWorkers
from tuneboard.engine.fidelity import Fidelity
from tuneboard.engine.history import History
from tuneboard.engine.hyper_parameter import HyperParameter
from tuneboard.engine.optimizers import OPTIMIZERS
from tuneboard.engine.owner import Owner
from tuneboard.engine.study import Study, StudyState
from tuneboard.engine.trial import TrialState

Until = Callable[[Callable[[], object]], None]
Make = Callable[..., Study]

# Functions for the workers are made inside functions: a worker cannot import this file.


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))
    depth = Int(3, bounds=(1, 9))
    kernel = Choice("rbf", choices=["rbf", "poly"])


def bowl(config: dict[str, Any]) -> float:
    return float(-(config["x"] ** 2) - config["depth"])


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


@pytest.fixture
def make(place: Path) -> Iterator[Make]:
    """Yield what makes a study of a function; what still runs in the end is stopped."""
    studies: list[Study] = []

    def make(objective: Callable[[dict[str, Any]], Any] = bowl, **settings: Any) -> Study:
        given = {"space": Space(), "n_trials": 8, "n_workers": 1, "history": place, **settings}
        studies.append(Study(objective, **given))
        return studies[-1]

    yield make
    for study in studies:
        if study.is_running_here:
            study.stop()
            study.wait(30)


def states(study: Study) -> list[str]:
    return [trial.state.value for trial in study.trials]


def configs(study: Study) -> list[dict[str, Any]]:
    return [trial.config for trial in study.trials]


def stored(study: Study, place: Path) -> list[tuple[Any, ...]]:
    """Return number, state and attempt of what another program reads in the store."""
    connection = sqlite3.connect(place)
    query = "SELECT number, state, attempt FROM trials WHERE study_id = ? ORDER BY number"
    rows = connection.execute(query, (study.id,)).fetchall()
    connection.close()
    return rows


# Making


BAD: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "zero trials": (
        {"n_trials": 0},
        StudyError,
        "Study.n_trials must be a whole number of at least 1, not 0. Give 1 or more.",
    ),
    "half a trial": ({"n_trials": 1.5}, StudyError, "Study.n_trials must be a whole number"),
    "no workers": ({"n_workers": 0}, StudyError, "Study.n_workers must be a whole number of at"),
    "an optimizer that there is not": (
        {"optimizer": "annealing"},
        OptimizerError,
        "Study.optimizer must be one of auto, random, quasi_random, grid, sequential, ",
    ),
    "a seed below zero": ({"seed": -1}, OptimizerError, "AutoSearch.seed must be a whole number"),
    "no space for a function": (
        {"space": None},
        SpaceError,
        "Study.space must be given with a function",
    ),
    "a number for a space": ({"space": 3}, SpaceError, "not 3"),
    "a range that is none": ({"space": {"x": (1, 0)}}, SpaceError, "SearchSpace.x must have low <"),
    "a space with nothing to search": (
        {"space": SearchSpace()},
        OptimizerError,
        "AutoSearch.space must have a hyper-parameter to search",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_argument_is_refused_before_anything_is_stored(
    make: Make, place: Path, case: str
) -> None:
    settings, kind, message = BAD[case]

    with pytest.raises(kind, match=re.escape(message)):
        make(**settings)

    assert History(place).studies() == []


def test_a_function_has_no_metric_but_its_own() -> None:
    with pytest.raises(
        ObjectiveError, match="Study.metric must be left out for a function, not 'r2'"
    ):
        Study(bowl, space=Space(), metric="r2", history=False)


def test_a_model_that_is_none_is_refused() -> None:
    with pytest.raises(
        ObjectiveError, match="Study.model must be an estimator or a function, not 3"
    ):
        Study(3, space=Space(), history=False)


def test_a_place_that_is_no_store_of_ours_is_refused_and_left_alone(
    make: Make, tmp_path: Path
) -> None:
    table = tmp_path / "table.csv"
    table.write_text("lr,depth\n" * 500, encoding="utf-8")

    with pytest.raises(HistoryError, match="table.csv is not an SQLite database. Choose another"):
        make(history=table)

    assert table.read_text(encoding="utf-8") == "lr,depth\n" * 500


def test_an_estimator_brings_its_space_and_is_checked_with_its_data(place: Path) -> None:
    from sklearn.datasets import load_wine
    from sklearn.tree import DecisionTreeClassifier

    X, y = load_wine(return_X_y=True)
    tree = DecisionTreeClassifier()
    with pytest.raises(ObjectiveError, match="folds must be at most 48, the size of the smallest"):
        Study(tree, X, y, folds=49, history=place)
    with pytest.raises(ObjectiveError, match="Study.metric must be one of accuracy, .*, not 'r2'"):
        Study(tree, X, y, metric="r2", history=place)

    study = Study(tree, X, y, n_trials=3, folds=3, history=place).run(InProcess())

    assert "max_depth" in study.space.names
    assert (study.name, study.metric.name) == ("DecisionTreeClassifier", "accuracy")
    assert [len(trial.fold_scores) for trial in study.trials] == [3, 3, 3]
    assert study.best_trial.score is not None
    assert 0.5 < study.best_trial.score <= 1


def test_a_new_study_is_ready_and_stored_only_when_it_starts(make: Make, place: Path) -> None:
    study = make(name="first")
    assert (study.state, study.id, study.trials) == (StudyState.READY, "", [])
    assert History(place).studies() == []

    study.run(InProcess())

    assert [(one.id, one.name) for one in History(place).studies()] == [(study.id, "first")]


# Running


def test_a_study_runs_all_its_trials(make: Make, place: Path) -> None:
    study = make().run(InProcess())

    assert study.state is StudyState.FINISHED
    assert states(study) == ["completed"] * 8
    assert stored(study, place) == [(number, "completed", 1) for number in range(1, 9)]
    assert all(study.space.version.contains(config) for config in configs(study))
    assert not study.is_running_here


def test_a_study_runs_without_a_history(make: Make) -> None:
    study = make(history=False).run(InProcess())

    assert (study.id, len(study.trials)) == ("", 8)


def test_a_study_runs_in_worker_processes(make: Make) -> None:
    study = make(lambda _: os.getpid(), n_workers=2).run()

    pids = {trial.score for trial in study.trials}
    assert os.getpid() not in pids
    assert len(pids) <= 2


def test_the_best_trial_has_the_highest_score(make: Make) -> None:
    study = make().run(InProcess())

    assert study.best_trial.score == max(bowl(config) for config in configs(study))


def test_without_a_completed_trial_there_is_no_best_one(make: Make) -> None:
    study = make(lambda _: 1 / 0).run(InProcess())

    with pytest.raises(StudyError, match="Study.best_trial must wait for a completed trial"):
        study.best_trial  # noqa: B018 (reading it is what fails)


def test_the_changes_tell_every_state_of_every_trial_in_order(make: Make) -> None:
    study = make(n_trials=2).run(InProcess())

    assert [(one.number, one.state.value) for one in study.changes] == [
        (1, "running"),
        (1, "completed"),
        (2, "running"),
        (2, "completed"),
    ]


def test_progress_counts_what_is_done_and_what_failed(make: Make) -> None:
    study = make(lambda config: 1 if config["kernel"] == "rbf" else 1 / 0, n_trials=12)
    assert study.progress().seconds_left is None

    progress = study.run(InProcess()).progress()

    assert (progress.n_finished, progress.n_trials, progress.seconds_left) == (12, 12, 0.0)
    assert progress.n_failed == states(study).count("failed") > 0
    assert progress.best == study.best_trial


def test_trials_become_a_table(make: Make) -> None:
    study = make(n_trials=3)
    assert study.to_frame().empty

    frame = study.run(InProcess()).to_frame()

    assert list(frame.index) == [1, 2, 3]
    assert {"state", "score", "x", "depth", "kernel", "duration_s", "optimizer"} <= set(frame)
    assert list(frame["x"]) == [config["x"] for config in configs(study)]


def test_hyper_parameters_may_have_any_name(make: Make, place: Path) -> None:
    names = ["name", "param", "score", "trial", "config", "state"]
    space = SearchSpace.of([HyperParameter(name, "real", 0.5, 0.0, 1.0) for name in names])

    study = make(lambda config: config["name"] + config["param"], space=space, n_trials=4)
    frame = study.run(InProcess()).to_frame()

    assert all(list(config) == names for config in configs(study))
    assert frame["score"].tolist() == (frame["name"] + frame["param"]).tolist()
    assert {"config.score", "config.trial", "config.state"} <= set(frame)
    assert History(place).trials(study.id)[0] == study.trials


def test_one_seed_gives_one_run(make: Make) -> None:
    runs = [make(seed=seed).run(InProcess()) for seed in (3, 3, 4)]

    assert configs(runs[0]) == configs(runs[1]) != configs(runs[2])


def test_a_finite_space_ends_the_study_in_words(make: Make) -> None:
    space = SearchSpace.of([HyperParameter("on", "choice", True, choices=(True, False))])

    study = make(lambda _: 1, space=space).run(InProcess())

    assert (study.state, len(study.trials)) == (StudyState.FINISHED, 2)
    assert "2 configurations have been tried" in study.message


# Objectives that fail


def test_an_objective_that_raises_fails_its_trial_and_the_search_goes_on(make: Make) -> None:
    def objective(config: dict[str, Any]) -> float:
        if config["kernel"] == "poly":
            raise ValueError(f"no {config['kernel']} here")
        return 1.0

    study = make(objective, n_trials=12).run(InProcess())

    assert study.state is StudyState.FINISHED
    assert set(states(study)) == {"completed", "failed"}
    for trial in study.trials:
        if trial.state is TrialState.FAILED:
            assert trial.config["kernel"] == "poly"
            assert trial.error.startswith("Traceback")
            assert trial.error.endswith("ValueError: no poly here")


@pytest.mark.parametrize("value", [float("nan"), "text", None])
def test_an_objective_that_returns_no_number_fails_its_trial_in_words(
    make: Make, value: Any
) -> None:
    study = make(lambda _: value, n_trials=3).run(InProcess())

    assert states(study) == ["failed"] * 3
    for trial in study.trials:
        assert trial.error.startswith(f"Objective must return a finite number, not {value!r}.")


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_goes_on_after_failed_trials(make: Make, optimizer: str) -> None:
    study = make(lambda _: 1 / 0, optimizer=optimizer, n_trials=20, max_failures=None)
    study.run(InProcess())

    assert states(study) == ["failed"] * len(study.trials)
    assert len(study.trials) >= 12


def test_a_worker_that_dies_fails_its_trial_and_the_search_goes_on(
    make: Make, place: Path, tmp_path: Path
) -> None:
    def objective(config: dict[str, Any]) -> float:
        for death in ("exit", "kill"):
            try:
                (tmp_path / death).touch(exist_ok=False)
            except FileExistsError:
                continue
            if death == "exit":
                os._exit(1)
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    study = make(objective, n_workers=2).run()

    assert study.state is StudyState.FINISHED
    # The trial whose worker was killed from outside has run again.
    (crashed,) = [trial for trial in study.trials if trial.state is TrialState.CRASHED]
    assert crashed.error == f"{WORKER_DIED} It ended with code 1."
    assert sorted(states(study)) == ["completed"] * 7 + ["crashed"]
    assert History(place).trials(study.id)[0][-1].number <= 8


def test_an_objective_that_cannot_be_sent_to_a_worker_ends_the_study_in_words(make: Make) -> None:
    lock = threading.Lock()
    study = make(lambda _: lock.locked())

    with pytest.raises(StudyError, match="Study.model must be something that can be sent"):
        study.run()

    assert (study.state, states(study)) == (StudyState.FAILED, [])


# Pause, resume, stop


@pytest.fixture
def gate(tmp_path: Path) -> Path:
    """Return the file that `waiting` trials wait for."""
    return tmp_path / "gate"


def waiting(gate: Path) -> Callable[[Any], float]:
    """Return an objective that tells its process's number, and waits for the gate to be there."""

    def objective(config: dict[str, Any]) -> float:
        (gate.parent / f"pid-{os.getpid()}").touch()
        while not gate.exists():
            time.sleep(0.01)
        return 1.0

    return objective


def pids(gate: Path) -> list[int]:
    return [int(file.name.removeprefix("pid-")) for file in gate.parent.glob("pid-*")]


def test_a_stop_ends_long_trials_at_once_and_leaves_them_interrupted(
    make: Make, place: Path, gate: Path, until: Until
) -> None:
    study = make(waiting(gate), n_workers=2).start()
    until(lambda: len(pids(gate)) == 2)
    began = time.monotonic()

    study.stop()
    study.wait(30)
    until(lambda: not any(map(psutil.pid_exists, pids(gate))))

    assert time.monotonic() - began < 3
    assert (study.state, study.message) == (StudyState.STOPPED, "Stopped. Resume to go on.")
    assert stored(study, place) == [(1, "interrupted", 1), (2, "interrupted", 1)]
    assert not History(place).study(study.id).is_owned


def test_a_stopped_study_runs_its_interrupted_trials_again_under_their_numbers(
    make: Make, place: Path, gate: Path, until: Until
) -> None:
    study = make(waiting(gate), n_workers=2).start()
    until(lambda: len(pids(gate)) == 2)
    study.stop()
    study.wait(30)
    before = configs(study)
    gate.touch()

    study.resume().wait(30)

    assert study.state is StudyState.FINISHED
    attempts = [2, 2] + [1] * 6
    assert stored(study, place) == [(n, "completed", a) for n, a in enumerate(attempts, 1)]
    assert configs(study)[:2] == before


def test_a_pause_lets_running_trials_finish_and_starts_no_more(
    make: Make, place: Path, gate: Path, until: Until
) -> None:
    study = make(waiting(gate), n_workers=2).start()
    until(lambda: len(pids(gate)) == 2)

    study.pause()
    gate.touch()
    until(lambda: states(study) == ["completed"] * 2)

    assert (study.state, study.message) == (StudyState.PAUSED, "Paused. Running trials finish.")
    assert History(place).study(study.id).state == "paused"
    study.resume().wait(30)
    assert (study.state, states(study)) == (StudyState.FINISHED, ["completed"] * 8)


def test_a_paused_study_can_be_stopped(make: Make, until: Until) -> None:
    def objective(config: dict[str, Any]) -> float:
        study.pause()
        return 1.0

    study = make(objective)
    study.start(InProcess())
    until(lambda: states(study) == ["completed"])

    study.stop()
    study.wait(30)

    assert (study.state, states(study)) == (StudyState.STOPPED, ["completed"])


def test_a_worker_that_dies_during_a_pause_does_not_end_the_study(
    make: Make, gate: Path, until: Until
) -> None:
    study = make(waiting(gate)).start()
    until(lambda: pids(gate))
    study.pause()
    gate.touch()
    until(lambda: states(study) == ["completed"])
    os.kill(pids(gate)[0], signal.SIGKILL)
    until(lambda: not psutil.pid_exists(pids(gate)[0]))

    study.resume().wait(30)

    assert study.state is StudyState.FINISHED
    assert states(study)[2:] == ["completed"] * 6  # the second may have met the dying worker


def test_ctrl_c_interrupts_the_trial_and_keeps_the_finished_ones(make: Make, place: Path) -> None:
    def objective(config: dict[str, Any]) -> float:
        if len(study.trials) == 3 and study.trials[-1].attempt == 1:
            raise KeyboardInterrupt
        return 1.0

    study = make(objective)
    study.run(InProcess())

    assert (study.state, study.message) == (
        StudyState.INTERRUPTED,
        f"Interrupted. Resume to go on: Study.open({study.id!r}, {str(place)!r})",
    )
    assert stored(study, place)[1:] == [(2, "completed", 1), (3, "interrupted", 1)]
    study.run(InProcess())
    assert [trial.attempt for trial in study.trials] == [1, 1, 2, 1, 1, 1, 1, 1]


def test_a_finished_study_goes_on_with_a_raised_budget(make: Make) -> None:
    study = make(n_trials=3).run(InProcess())

    study.change(n_trials=5)
    study.run(InProcess())

    assert [trial.number for trial in study.trials] == [1, 2, 3, 4, 5]


def test_a_running_study_cannot_be_started_again(make: Make, gate: Path, until: Until) -> None:
    study = make(waiting(gate), name="forest").start()

    with pytest.raises(StudyError, match="Study 'forest' is running already. Stop it before"):
        study.run()

    gate.touch()
    study.wait(30)


@pytest.mark.parametrize("control", ["pause", "stop"])
def test_a_study_that_does_not_run_can_be_neither_paused_nor_stopped(
    make: Make, control: str
) -> None:
    study = make(name="forest")

    with pytest.raises(StudyError, match="Study 'forest' is not running in this process. Start it"):
        getattr(study, control)()


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_an_interrupted_run_gives_the_configurations_of_an_uninterrupted_one(
    make: Make, gate: Path, until: Until, optimizer: str
) -> None:
    def objective(config: dict[str, Any]) -> float:
        score = -abs(config["x"]) - config["depth"]
        # Files, not a number in one: the kill may come between its emptying and its writing.
        count = len(list(gate.parent.glob("ran_*")))
        (gate.parent / f"ran_{count}").touch()
        while count == 12 and not gate.exists():
            time.sleep(0.01)
        return score

    settings = {"optimizer": optimizer, "n_trials": 24, "seed": 11}
    whole = make(lambda config: -abs(config["x"]) - config["depth"], **settings).run(InProcess())
    parted = make(objective, **settings).start()
    until(lambda: states(parted).count("completed") == 12 and len(parted.trials) == 13)
    parted.stop()
    parted.wait(30)
    gate.touch()

    parted.resume().wait(100)

    assert configs(parted) == configs(whole)
    assert [t.number for t in parted.trials if t.attempt == 2] == [13]
    assert [t.score for t in parted.trials] == [t.score for t in whole.trials]


# Changes while it runs


def test_more_workers_join_a_running_study(make: Make, gate: Path, until: Until) -> None:
    study = make(waiting(gate), n_workers=1).start()
    until(lambda: len(pids(gate)) == 1)

    study.change(n_workers=3)
    until(lambda: len(pids(gate)) == 3)
    gate.touch()
    study.wait(30)

    assert states(study) == ["completed"] * 8
    assert study.settings.n_workers == 3


def test_fewer_workers_let_the_running_trials_finish(make: Make, gate: Path, until: Until) -> None:
    study = make(waiting(gate), n_workers=2).start()
    until(lambda: len(pids(gate)) == 2)

    study.change(n_workers=1)
    gate.touch()
    study.wait(30)

    assert states(study) == ["completed"] * 8
    workers = [int(trial.worker.rpartition(":")[2]) for trial in study.trials]
    assert len(set(workers[3:])) == 1


def test_a_budget_lowered_or_raised_while_it_runs_counts_at_once(make: Make) -> None:
    def objective(config: dict[str, Any]) -> float:
        if len(study.trials) == 2:
            study.change(n_trials=4)
        if len(study.trials) == 4:
            study.change(n_trials=6)
        return 1.0

    study = make(objective)
    study.run(InProcess())

    assert len(study.trials) == 6


@pytest.mark.parametrize("optimizer", ["grid", "evolutionary"])
def test_another_optimizer_takes_over_while_it_runs(
    make: Make, place: Path, optimizer: str
) -> None:
    def objective(config: dict[str, Any]) -> float:
        if len(study.trials) == 4:
            study.change(optimizer=optimizer)
        return bowl(config)

    study = make(objective, optimizer="random")
    study.run(InProcess())

    made_by = [trial.provenance.optimizer for trial in study.trials]
    assert made_by == ["random"] * 4 + [optimizer] * 4
    assert History(place).study(study.id).settings["optimizer"] == optimizer
    (action,) = History(place).actions(study.id)[:1]
    assert (action["kind"], action["optimizer"]) == ("settings", optimizer)


def test_with_a_fidelity_only_the_best_go_on_to_the_full_amount(make: Make, place: Path) -> None:
    ladder = Fidelity("epochs", 1, 9)
    study = make(n_trials=40, fidelity=ladder, scheduler="successive_halving").run(InProcess())

    stored, _ = History(place).trials(study.id)
    assert stored == sorted(study.trials, key=lambda trial: trial.number)
    assert [one.fidelity for one in stored[:13]] == [1] * 9 + [3] * 3 + [9]
    assert study.best_trial.fidelity == 9
    assert study.to_frame()["fidelity"].tolist() == [one.fidelity for one in study.trials]
    assert History(place).study(study.id).settings["fidelity"] == ladder.to_dict()


def test_another_scheduler_takes_over(make: Make, place: Path) -> None:
    study = make(n_trials=12, fidelity=Fidelity("epochs", 1, 9)).run(InProcess())
    study.change(n_trials=30, scheduler="hyperband")
    study.run(InProcess())

    schedulers = [trial.provenance.facts["scheduler"] for trial in study.trials]
    assert schedulers == ["asynchronous_halving"] * 12 + ["hyperband"] * 18


@pytest.mark.parametrize(
    ("given", "kind", "message"),
    [
        ({"fidelity": 27}, StudyError, r"Study.fidelity must be a Fidelity, not 27\. Give Fidel"),
        (
            {"scheduler": "hyperband"},
            StudyError,
            r"Study.scheduler must be given together with a fidelity, not 'hyperband'\. Add fid",
        ),
        (
            {"scheduler": "median", "fidelity": Fidelity("epochs", 1, 9)},
            OptimizerError,
            r"Study.scheduler must be one of asynchronous_halving, .*, not 'median'",
        ),
    ],
)
def test_a_bad_fidelity_or_scheduler_is_refused_and_nothing_is_stored(
    make: Make, place: Path, given: dict[str, Any], kind: type[Exception], message: str
) -> None:
    with pytest.raises(kind, match=message):
        make(**given)

    assert not place.exists()


@pytest.mark.parametrize(
    ("fidelity", "message"),
    [
        (Fidelity("epochs", 1, 9), r"Fidelity.resource must be 'training fraction' or a hyper-p"),
        (Fidelity("training fraction", 1, 9), r"Fidelity.high must be at most 1 for 'training fr"),
        (Fidelity("C", 1, 9), r"Fidelity.resource must be a hyper-parameter that is not searched"),
    ],
)
def test_a_resource_that_a_model_cannot_spend_is_refused_before_anything_is_stored(
    place: Path, fidelity: Fidelity, message: str
) -> None:
    with pytest.raises((ObjectiveError, StudyError), match=message):
        Study(SVC(), *load_iris(return_X_y=True), fidelity=fidelity, history=place)
    assert History(place).studies() == []


def test_why_a_study_has_paused_is_told_to_who_opens_it_later(make: Make, place: Path) -> None:
    def fails(_config: dict[str, Any]) -> float:
        message = "no such file"
        raise OSError(message)

    study = make(fails, n_trials=50, max_failures=3)
    study.run(InProcess())
    other = Study._load(History(place), History(place).study(study.id))

    assert other.state is StudyState.STOPPED
    assert other.message == study.message
    assert "the last 3 trials failed, the latest with: OSError: no such file" in other.message
    assert other.message in [one.get("text") for one in other.actions()]


@pytest.mark.parametrize(
    ("change", "kind", "message"),
    [
        ({"n_trials": 0}, StudyError, "Study.n_trials must be a whole number of at least 1, not 0"),
        ({"n_workers": -1}, StudyError, "Study.n_workers must be a whole number of at least 1"),
        (
            {"optimizer": "annealing"},
            OptimizerError,
            "Study.optimizer must be one of auto, random, ",
        ),
        (
            {"folds": 3},
            StudyError,
            r"Study.change must be given max_failures, max_seconds, min_improvement_left, n_tr",
        ),
        (
            {"scheduler": "hyperband"},
            StudyError,
            r"Study.scheduler must be given together with a fidelity, not 'hyperband'\. Add fid",
        ),
        ({"n_trial": 3}, StudyError, r"scheduler, target_score, not \['n_trial'\]"),
    ],
)
def test_a_bad_change_is_refused_and_changes_nothing(
    make: Make, place: Path, change: dict[str, Any], kind: type[Exception], message: str
) -> None:
    study = make(n_trials=2).run(InProcess())
    before = study.settings

    with pytest.raises(kind, match=message):
        study.change(**change)

    assert study.settings == before
    assert History(place).study(study.id).settings == before.to_dict()


def test_a_space_edited_while_it_runs_counts_from_the_next_trial_on(
    make: Make, place: Path
) -> None:
    def objective(config: dict[str, Any]) -> float:
        if len(study.trials) == 3:
            study.space.param.x.bounds = (0.5, 0.75)
            study.space.edit("kernel", is_searched=False, value="poly")
        return 1.0

    study = make(objective)
    study.run(InProcess())

    assert [trial.space_version for trial in study.trials] == [1] * 3 + [3] * 5
    assert all(0.5 <= config["x"] <= 0.75 for config in configs(study)[3:])
    assert all(config["kernel"] == "poly" for config in configs(study)[3:])
    assert [one.number for one in History(place).versions(study.id)] == [1, 2, 3]


def test_a_space_edited_to_nothing_ends_the_study_in_words_and_it_can_be_resumed(
    make: Make,
) -> None:
    def objective(config: dict[str, Any]) -> float:
        if len(study.trials) == 3:
            for name in study.space.names:
                study.space.edit(name, is_searched=False)
        return 1.0

    study = make(objective, n_trials=6)
    study.run(InProcess())
    assert "AutoSearch.space must have a hyper-parameter to search" in study.message
    assert set(states(study)) == {"completed"}
    assert len(study.trials) < 6

    study.space.edit("x", is_searched=True)
    study.run(InProcess())

    assert states(study) == ["completed"] * 6


@pytest.mark.parametrize("given", [Space, {"x": (-1.0, 1.0), "depth": [1, 2], "kernel": ["rbf"]}])
def test_whatever_describes_a_space_will_do(make: Make, given: Any) -> None:
    study = make(space=given).run(InProcess())

    assert states(study) == ["completed"] * 8
    assert study.space.names == ("x", "depth", "kernel")


class Kernels(SearchSpace):
    kernel = Choice("linear", choices=["linear", "rbf", "poly"])
    gamma = Real(0.1, bounds=(1e-3, 1.0), log=True, active_when="kernel in {rbf, poly}")
    degree = Int(3, bounds=(2, 5), active_when="kernel == 'poly'")
    C = Real(1.0, bounds=(0.1, 10.0), log=True)
    constraints = ("degree * C < 30",)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_conditions_are_kept_from_the_space_to_the_store_and_back(
    place: Path, optimizer: str
) -> None:
    X, y = load_iris(return_X_y=True)
    given = {"space": Kernels(), "n_workers": 1, "folds": 2, "history": place}
    study = Study(SVC(), X, y, optimizer=optimizer, n_trials=24, **given).run(InProcess())

    assert set(states(study)) == {"completed"}
    assert len({tuple(config) for config in configs(study)}) == 3
    again = Study.open(study.id, place)
    assert again.space.constraints == study.space.constraints
    assert all(again.space.version.contains(trial.config) for trial in again.trials)
    assert again.to_frame()["degree"].isna().any()


def test_a_condition_added_in_mid_run_counts_from_the_next_trial(make: Make) -> None:
    def objective(config: dict[str, Any]) -> float:
        if len(study.trials) == 3:
            study.space.edit("depth", active_when="kernel == 'poly'")
            study.space.constrain("x < 0")
        return float(len(config))

    study = make(objective, n_trials=30)
    study.run(InProcess())

    later = [one.config for one in study.trials if one.space_version == study.space.version.number]
    assert len(study.trials) == 30
    assert len(later) > 20
    assert all(("depth" in config) == (config["kernel"] == "poly") for config in later)
    assert all(config["x"] < 0 for config in later)


# The store


def test_a_store_that_fails_ends_the_study_in_words(make: Make, place: Path) -> None:
    def objective(config: dict[str, Any]) -> float:
        if len(study.trials) == 3:
            connection = sqlite3.connect(place)
            connection.execute("ALTER TABLE trials RENAME TO gone")
            connection.close()
        return 1.0

    study = make(objective)
    with pytest.raises(
        StudyError, match=r"The study ended: History .*failed: no such table: trials"
    ):
        study.run(InProcess())

    assert study.state is StudyState.FAILED
    assert states(study) == ["completed"] * 2 + ["running"]
    assert not study.is_running_here


def test_who_loses_the_study_to_another_process_commits_no_more(make: Make, place: Path) -> None:
    thief = Owner()

    def objective(config: dict[str, Any]) -> float:
        if len(study.trials) == 3:
            connection = sqlite3.connect(place)
            with connection:
                connection.execute("UPDATE studies SET owner = ?", (thief.to_text(),))
            connection.close()
        return 1.0

    study = make(objective)
    with pytest.raises(StudyError, match="The study ended: This study was taken over by another"):
        study.run(InProcess())

    assert stored(study, place) == [(1, "completed", 1), (2, "completed", 1), (3, "running", 1)]
    record = History(place).study(study.id)
    assert (record.state, record.is_owned) == ("running", True)
    study.refresh()
    assert study.state is StudyState.RUNNING
    assert study.message == f"Being run by {thief}."
    with pytest.raises(StudyBusyError, match=f"is being run by {thief}"):
        study.run(InProcess())


def test_a_study_that_could_not_start_leaves_nothing_claimed(make: Make, place: Path) -> None:
    study = make(n_trials=2).run(InProcess())
    connection = sqlite3.connect(place)
    connection.execute("ALTER TABLE trials RENAME TO gone")

    with pytest.raises(HistoryError, match="no such table: trials"):
        study.run(InProcess())

    connection.execute("ALTER TABLE gone RENAME TO trials")
    connection.close()
    assert not History(place).study(study.id).is_owned
    assert study.run(InProcess()).state is StudyState.FINISHED


# Opening


def test_a_stored_study_is_opened_as_the_object_that_this_process_has(
    make: Make, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = make(n_trials=2).run(InProcess())
    monkeypatch.chdir(place.parent)

    assert Study.open(study.id, place) is study
    assert Study.open(study.id, History(place)) is study
    assert Study.open(study.id, place.name) is study


def reopened(study: Study, place: Path, **model: Any) -> Study:
    """Open a study as another process does, which has no such object yet."""
    copy = place.with_name("copy.db")
    source, target = sqlite3.connect(place), sqlite3.connect(copy)
    source.backup(target)
    source.close()
    target.close()
    return Study.open(study.id, copy, **model)


def test_a_stored_study_comes_back_with_everything(make: Make, place: Path) -> None:
    study = make(n_trials=3, seed=4, optimizer="grid", name="forest")
    study.space.edit("depth", high=20)
    study.run(InProcess())

    again = reopened(study, place)

    assert again is not study
    assert (again.name, again.state, again.settings) == ("forest", study.state, study.settings)
    assert again.trials == study.trials
    assert again.best_trial == study.best_trial
    assert again.space.version == study.space.version


def test_a_stored_study_goes_on_when_it_is_given_its_model(make: Make, place: Path) -> None:
    study = make(n_trials=3).run(InProcess())
    again = reopened(study, place, model=bowl)

    again.change(n_trials=8)
    again.run(InProcess())

    assert configs(again) == configs(make().run(InProcess()))


def test_a_stored_study_of_a_function_cannot_run_without_it(make: Make, place: Path) -> None:
    study = make(n_trials=3, name="forest").run(InProcess())

    with pytest.raises(StudyError, match="Study 'forest' must have its model and data to run"):
        reopened(study, place).run(InProcess())


def test_a_stored_study_of_a_problem_that_ships_goes_on_by_itself(place: Path) -> None:
    from tuneboard.engine.dataset import load_bundled
    from tuneboard.engine.problem import Problem

    problem = Problem(load_bundled("wine"), "logistic_regression")
    data, origin = problem.dataset, problem.to_dict()
    study = Study(
        problem.estimator(0), data.X, data.y, folds=2, n_trials=1, history=place, origin=origin
    ).run(InProcess())

    again = reopened(study, place)
    again.change(n_trials=2)
    again.run(InProcess())

    assert states(again) == ["completed"] * 2


def test_a_study_that_is_not_stored_cannot_be_opened(make: Make, place: Path) -> None:
    with pytest.raises(
        HistoryError, match="History must have the study that is asked for, not 'x'"
    ):
        Study.open("x", place)
    with pytest.raises(StudyError, match="Study.history must be a store, not False"):
        Study.open("x", False)


def test_what_another_object_has_stored_is_seen_after_a_refresh(make: Make, place: Path) -> None:
    study = make(n_trials=2).run(InProcess())
    # The same file by another name: as another process has it.
    link = place.with_name("link.db")
    link.symlink_to(place)
    other = Study.open(study.id, link)
    assert other is not study
    study.change(n_trials=4)
    study.space.edit("x", low=0.5)
    study.run(InProcess())

    other.refresh()

    assert other.trials == study.trials
    assert (other.state, other.settings) == (StudyState.FINISHED, study.settings)
    assert other.space.version == study.space.version
    assert other.space.param.x.bounds == (0.5, 1.0)


def test_a_study_goes_on_where_another_object_has_left_it(make: Make, place: Path) -> None:
    study = make(n_trials=2).run(InProcess())
    link = place.with_name("link.db")
    link.symlink_to(place)
    other = Study.open(study.id, link, model=bowl)
    study.change(n_trials=4)
    study.space.edit("x", low=0.5)
    study.run(InProcess())
    other.space.edit("x", low=0.25)  # made on an old version, and lost to the stored one

    other.change(n_trials=6)
    other.run(InProcess())
    other.space.edit("x", low=0.75)
    other.change(n_trials=8)
    other.run(InProcess())

    assert [trial.space_version for trial in other.trials] == [1, 1, 2, 2, 2, 2, 3, 3]
    assert stored(other, place) == [(number, "completed", 1) for number in range(1, 9)]


def test_workers_of_a_study_may_be_given(make: Make) -> None:
    study = make(lambda _: os.getpid(), n_trials=4).run(LocalWorkers(2))

    assert os.getpid() not in {trial.score for trial in study.trials}


def test_options_of_the_optimizer_are_stored_and_dropped_with_it(make: Make, place: Path) -> None:
    options = {"levels": {"x": [0.25, 0.5], "depth": 2}}
    study = make(bowl, optimizer="grid", options=options, n_trials=4)
    study.run(InProcess())
    assert {trial.config["x"] for trial in study.trials} <= {0.25, 0.5}
    assert History(place).study(study.id).settings["options"] == options

    study.change(optimizer="random")
    assert study.settings.options == {}


def test_an_option_that_the_optimizer_does_not_have_is_refused(make: Make) -> None:
    message = r"Study\.options must be one of levels for grid, not 'steps'\."
    with pytest.raises(OptimizerError, match=message):
        make(bowl, optimizer="grid", options={"steps": 3})
    with pytest.raises(OptimizerError, match=r"Study\.options must be left out for random"):
        make(bowl, optimizer="random", options={"levels": {}})
