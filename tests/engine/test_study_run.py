"""What a study does with trials that fail, stop early, are killed, or lose their executor."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_wine
from sklearn.model_selection import ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from tuneboard.engine import CommandObjective, CrossValidation, Real, SearchSpace
from tuneboard.engine.errors import ObjectiveError, StudyError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.job import Job
from tuneboard.engine.ledger import Ledger
from tuneboard.engine.search import Search
from tuneboard.engine.settings import Settings
from tuneboard.engine.study import Study, StudyState
from tuneboard.engine.trial import Provenance, Trial, TrialState
from tuneboard.engine.trial_log import TrialLog

Until = Callable[[Callable[[], object]], None]
WINE = load_wine(return_X_y=True)
SMOOTHING = {"var_smoothing": (1e-12, 1.0, "log")}


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))


# Failures in a row


def test_too_many_failures_in_a_row_pause_a_background_study_and_say_why(until: Until) -> None:
    is_broken = [True]

    def objective(config: Any) -> float:
        return float(1 / (not is_broken[0]))

    study = Study(objective, space=Space(), n_trials=12, max_failures=4, history=False)
    study.start(InProcess())
    until(lambda: study.state is StudyState.PAUSED)
    assert study.message == (
        "Paused: the last 4 trials failed, the latest with: ZeroDivisionError: division by zero. "
        "Resume to go on."
    )
    is_broken[0] = False
    study.resume().wait(30)
    assert study.state is StudyState.FINISHED
    assert Counter(one.state.value for one in study.trials) == {"failed": 4, "completed": 8}


def test_too_many_failures_in_a_row_end_a_run_that_nobody_could_resume(tmp_path: Path) -> None:
    study = Study(
        lambda _: 1 / 0, space=Space(), n_trials=12, max_failures=3, history=tmp_path / "h.db"
    ).run(InProcess())
    assert study.state is StudyState.STOPPED
    assert study.message.startswith("Stopped: the last 3 trials failed, the latest with: ZeroDiv")
    assert len(study.trials) == 3


def test_failures_that_are_not_in_a_row_pause_nothing() -> None:
    calls = []

    def objective(config: Any) -> float:
        calls.append(config)
        return 1 / (len(calls) % 3)

    study = Study(objective, space=Space(), n_trials=12, max_failures=2, history=False)
    assert study.run(InProcess()).state is StudyState.FINISHED


# Ends


def test_one_trial_can_be_killed_and_the_others_go_on(until: Until, tmp_path: Path) -> None:
    def objective(config: Any) -> float:
        (tmp_path / "go").exists() or time.sleep(60 if config.number == 1 else 0)
        return 1.0

    study = Study(objective, space=Space(), n_trials=6, n_workers=2, history=False).start()
    until(lambda: study.progress().n_finished == 5)
    study.kill(1)
    study.wait(30)
    assert study.trials[0].state is TrialState.KILLED
    assert Counter(one.state.value for one in study.trials) == {"killed": 1, "completed": 5}


def test_only_a_running_trial_of_a_running_study_can_be_killed(until: Until) -> None:
    study = Study(lambda _: time.sleep(5) or 1, space=Space(), n_trials=3, history=False)
    with pytest.raises(StudyError, match=r"is not running in this process"):
        study.kill(1)
    study.start()
    until(lambda: study.trials)
    with pytest.raises(StudyError, match=r"Study.kill must be given a running trial, not 99"):
        study.kill(99)
    study.stop()
    study.wait(30)


def test_limits_of_a_study_hold_for_its_trials() -> None:
    def objective(config: Any) -> float:
        time.sleep(60 if config.number == 1 else 0)
        return 1.0

    study = Study(objective, space=Space(), n_trials=3, timeout_s=0.5, history=False).run()
    assert [one.state.value for one in study.trials] == ["timed out", "completed", "completed"]


def test_a_study_runs_in_a_pool_of_the_users() -> None:
    with ThreadPoolExecutor(2) as pool:
        study = Study(lambda c: c["x"], space=Space(), n_trials=9, history=False).run(pool)
        assert study.state is StudyState.FINISHED
        assert pool.submit(lambda: 7).result() == 7


def test_a_lost_pool_interrupts_the_study_and_fails_no_trial(tmp_path: Path) -> None:
    pool = ThreadPoolExecutor(1)

    def objective(config: Any) -> float:
        if config.number == 3 and config.attempt == 1:
            pool.shutdown(wait=False)
        return 1.0

    study = Study(objective, space=Space(), n_trials=6, history=tmp_path / "h.db").run(pool)
    assert study.state is StudyState.INTERRUPTED
    assert study.message.startswith("Interrupted. The workers are gone: ThreadPoolExecutor says")
    assert {one.state.value for one in study.trials} == {"completed", "interrupted"}
    assert study.run(InProcess()).state is StudyState.FINISHED
    assert {one.state.value for one in study.trials} == {"completed"}


# What is recorded


def test_several_metrics_and_details_are_stored_and_known_after_reopening(tmp_path: Path) -> None:
    names = ["accuracy", "neg_log_loss"]
    study = Study(
        GaussianNB(), *WINE, space=SMOOTHING, metric=names, n_trials=3, history=tmp_path / "h.db"
    ).run(InProcess())
    (record,) = History(tmp_path / "h.db").studies()
    settings = Settings.from_dict(record.settings)
    assert [one.name for one in (settings.metric, *settings.more_metrics)] == names
    trials, _ = History(tmp_path / "h.db").trials(study.id)
    assert {len(one.scores) for one in trials} == {2}
    assert all(len(one.details.fit_s) == 5 for one in trials)
    assert sorted(trials, key=lambda one: one.number) == study.trials


def test_reports_of_a_function_are_stored_and_medians_stop_the_worst() -> None:
    def objective(trial: Any) -> float:
        value = 0.0
        for step in range(1, 6):
            value = trial["x"] * step
            trial.report(step, value)
            if trial.should_stop:
                break
        return float(value)

    study = Study(objective, space=Space(), n_trials=30, pruner="median", history=False)
    study.run(InProcess())
    states = Counter(one.state.value for one in study.trials)
    assert states["stopped early"] > 5
    assert {len(one.details.curve) for one in study.trials if one.state == "completed"} == {5}
    assert study.best_trial.state is TrialState.COMPLETED


def test_a_pruner_of_optuna_stops_trials_and_must_be_given_again(tmp_path: Path) -> None:
    pruners = pytest.importorskip("optuna").pruners

    def objective(trial: Any) -> float:
        for step in range(1, 6):
            trial.report(step, trial["x"] * step)
            if trial.should_stop:
                break
        return float(trial["x"])

    place = tmp_path / "h.db"
    study = Study(
        objective,
        space=Space(),
        optimizer="random",
        n_trials=15,
        history=place,
        pruner=pruners.MedianPruner(n_startup_trials=3),
    ).run(InProcess())
    stopped = [one for one in study.trials if one.state is TrialState.STOPPED]
    assert stopped
    assert stopped[0].details.note == "Stopped at step 1 by MedianPruner."

    copy = tmp_path / "copy.db"
    with sqlite3.connect(place) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    again = Study.open(study.id, copy, model=objective)
    with pytest.raises(StudyError, match=r"must be opened with its pruner, which cannot be stored"):
        again.run(InProcess())
    again = Study.open(study.id, copy, pruner=pruners.NopPruner())
    again.change(n_trials=17)
    assert again.run(InProcess()).state is StudyState.FINISHED


def test_a_race_stops_trials_and_keeps_the_best_score_of_the_full_search() -> None:
    given: dict[str, Any] = {"space": SMOOTHING, "n_trials": 20, "history": False}
    full = Study(GaussianNB(), *WINE, **given).run(InProcess())
    raced = Study(GaussianNB(), *WINE, racing=True, **given).run(InProcess())
    assert raced.best_trial.score == full.best_trial.score
    n_folds = sum(len(one.fold_scores) for one in raced.trials)
    assert n_folds < 100
    assert raced.progress().n_stopped > 0


# Rows held out


def test_the_final_estimate_is_locked_while_the_study_runs_and_noted_when_asked(
    tmp_path: Path, until: Until
) -> None:
    place = tmp_path / "h.db"
    study = Study(GaussianNB(), *WINE, space=SMOOTHING, holdout=0.2, n_trials=3, history=place).run(
        InProcess()
    )
    scores = study.final_estimate()
    assert 0.5 < scores["accuracy"] <= 1
    noted = History(place).actions(study.id)[-1]
    assert (noted["kind"], noted["trial"]) == ("final estimate", study.best_trial.number)
    assert noted["accuracy"] == scores["accuracy"]

    slow = Study(lambda _: time.sleep(5) or 1, space=Space(), history=False).start()
    with pytest.raises(StudyError, match=r"is running. Wait for its end, or stop it first."):
        slow.final_estimate()
    slow.stop()
    slow.wait(30)


def test_without_rows_held_out_there_is_no_final_estimate() -> None:
    study = Study(GaussianNB(), *WINE, space=SMOOTHING, n_trials=2, history=False).run(InProcess())
    with pytest.raises(ObjectiveError, match=r"CrossValidation.holdout must be above 0"):
        study.final_estimate()
    of_function = Study(lambda _: 1, space=Space(), n_trials=2, history=False).run(InProcess())
    with pytest.raises(ObjectiveError, match=r"must be given an estimator with holdout="):
        of_function.final_estimate()


# Objectives that are made before


def test_what_cannot_be_stored_must_be_given_again(tmp_path: Path) -> None:
    place = tmp_path / "h.db"
    splits = ShuffleSplit(3, random_state=1)
    study = Study(
        GaussianNB(), *WINE, folds=splits, space=SMOOTHING, n_trials=3, history=place
    ).run(InProcess())
    copy = tmp_path / "copy.db"
    with sqlite3.connect(place) as source, sqlite3.connect(copy) as target:
        source.backup(target)
    source.close()
    target.close()
    with pytest.raises(StudyError, match=r"must be opened with the same folds as before"):
        Study.open(study.id, copy, model=GaussianNB(), X=WINE[0], y=WINE[1])
    objective = CrossValidation(GaussianNB(), *WINE, folds=splits)
    again = Study.open(study.id, copy, model=objective)
    again.change(n_trials=5)
    assert {len(one.fold_scores) for one in again.run(InProcess()).trials} == {3}


def test_an_objective_that_is_made_before_is_run_as_it_is() -> None:
    objective = CrossValidation(GaussianNB(), *WINE, folds=3, with_train_scores=True)
    study = Study(objective, space=SMOOTHING, n_trials=2, history=False).run(InProcess())
    assert len(study.trials[0].details.train_scores[0]) == 3
    command = CommandObjective(["echo", "{x}"])
    study = Study(command, space=Space(), n_trials=3, history=False).run()
    assert [one.score for one in study.trials] == [one.config["x"] for one in study.trials]


def test_groups_and_weights_reach_the_folds() -> None:
    groups = np.arange(178) // 6
    study = Study(
        GaussianNB(),
        *WINE,
        space=SMOOTHING,
        groups=groups,
        sample_weight=np.ones(178),
        n_trials=2,
        history=False,
    )
    assert study.settings.unstored == ("groups", "sample_weight")
    assert [one.state.value for one in study.run(InProcess()).trials] == ["completed"] * 2


# Jobs


def test_a_promoted_trial_is_given_the_folder_of_its_parent(tmp_path: Path) -> None:
    ledger = Ledger(History(tmp_path / "h.db"), "study")
    search = Search(TrialLog(), ledger, lambda: Space().version, Settings)
    made = Provenance("halving", "a rung up", (4,), "promotion")
    trial = Trial(9, {"x": 0.5}, TrialState.RUNNING, made, fidelity=9.0, attempt=2)
    folder = tmp_path / "checkpoints" / "study"
    assert search.job(trial) == Job(9, {"x": 0.5}, 2, 9.0, "", str(folder / "9"), str(folder / "4"))
    other = replace(trial, provenance=replace(made, operator="mutation"))
    assert search.job(other).parent_folder == ""


def test_checkpoints_of_a_function_stay_and_scratch_ones_go(tmp_path: Path) -> None:
    folders = []

    def objective(trial: Any) -> float:
        (trial.checkpoint / "state").touch()
        folders.append(trial.checkpoint)
        return 1.0

    Study(objective, space=Space(), n_trials=2, history=tmp_path / "h.db").run(InProcess())
    assert all((one / "state").exists() for one in folders)
    folders.clear()
    Study(objective, space=Space(), n_trials=2, history=False).run(InProcess())
    assert not any(one.exists() for one in folders)
