from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from tuneboard.engine.errors import ObjectiveError
from tuneboard.engine.job import Job
from tuneboard.engine.metric import Metric
from tuneboard.engine.objective import FunctionObjective, run_objective
from tuneboard.engine.racing import MedianBar
from tuneboard.engine.trial import TrialState
from tuneboard.engine.trial_run import TrialRun


def test_a_trial_behaves_as_the_dict_of_its_configuration() -> None:
    trial = TrialRun(Job(3, {"lr": 0.1, "depth": 2}, attempt=2, fidelity=9, resource="epochs"))
    assert dict(**trial) == trial == trial.config == {"lr": 0.1, "depth": 2}
    assert json.dumps(trial) == '{"lr": 0.1, "depth": 2}'
    assert (trial.number, trial.attempt, trial.fidelity, trial.resource) == (3, 2, 9, "epochs")


def test_what_is_reported_becomes_the_curve_in_scores() -> None:
    def objective(trial: Any) -> float:
        for epoch in (1, 2, 3):
            trial.report(epoch, 1 / epoch)
        return 1 / 3

    loss = Metric("loss", "loss", is_minimized=True)
    result = run_objective(FunctionObjective(objective, loss), {"lr": 0.1})
    assert result.details.curve == ((1.0, -1.0), (2.0, -0.5), (3.0, pytest.approx(-1 / 3)))
    assert result.state is TrialState.COMPLETED


def test_a_failed_trial_keeps_the_curve_so_far() -> None:
    def objective(trial: Any) -> float:
        trial.report(1, 0.5)
        trial.report(2, math.nan)
        return 1.0

    result = run_objective(FunctionObjective(objective), {})
    assert result.error.startswith("TrialRun.report.value must be a finite number, not nan.")
    assert result.details.curve == ((1.0, 0.5),)


@pytest.mark.parametrize("step", [1, 0])
def test_a_step_that_does_not_rise_is_refused(step: int) -> None:
    trial = TrialRun(Job(1, {}))
    trial.report(1, 0.5)
    with pytest.raises(ObjectiveError, match=r"TrialRun.report.step must rise above 1, not"):
        trial.report(step, 0.5)


@pytest.mark.parametrize("last", [None, 0.2])
def test_a_function_that_heeds_should_stop_ends_as_stopped_early(last: Any) -> None:
    def objective(trial: Any) -> Any:
        for epoch in (1, 2, 3):
            trial.report(epoch, 0.2)
            if trial.should_stop:
                return last
        return 0.9

    job = Job(1, {}, rules=(MedianBar({2.0: 0.5}),))
    result = run_objective(FunctionObjective(objective), job)
    assert (result.state, result.score) == (TrialState.STOPPED, 0.2)
    assert result.details.note.startswith("Stopped at step 2: the best score so far, 0.2, is below")
    assert len(result.details.curve) == 2


def test_a_function_that_never_looks_runs_to_its_end() -> None:
    def objective(trial: Any) -> float:
        trial.report(2, 0.2)
        return 0.3

    job = Job(1, {}, rules=(MedianBar({2.0: 0.5}),))
    assert run_objective(FunctionObjective(objective), job).state is TrialState.COMPLETED


def test_a_promoted_trial_gets_the_checkpoint_of_its_parent_and_leaves_it_alone(
    tmp_path: Path,
) -> None:
    first = TrialRun(Job(1, {}, folder=str(tmp_path / "1")))
    (first.checkpoint / "state").write_text("epoch 3")

    second = TrialRun(Job(2, {}, folder=str(tmp_path / "2"), parent_folder=str(tmp_path / "1")))
    assert (second.checkpoint / "state").read_text() == "epoch 3"
    (second.checkpoint / "state").write_text("epoch 9")
    assert (first.checkpoint / "state").read_text() == "epoch 3"


def test_a_trial_that_runs_again_finds_its_own_checkpoint(tmp_path: Path) -> None:
    for attempt in (1, 2):
        trial = TrialRun(Job(1, {}, attempt=attempt, folder=str(tmp_path / "1")))
        file = trial.checkpoint / "state"
        assert file.exists() == (attempt == 2)
        file.write_text("epoch 3")


def test_a_parent_that_kept_nothing_is_an_empty_start(tmp_path: Path) -> None:
    job = Job(2, {}, folder=str(tmp_path / "2"), parent_folder=str(tmp_path / "1"))
    assert list(TrialRun(job).checkpoint.iterdir()) == []


def test_training_values_are_kept_beside_and_checked() -> None:
    def objective(trial: Any) -> float:
        trial.report(1, 0.5, train=0.7)
        trial.report(2, 0.6, train=math.inf)
        return 0.6

    loss = Metric("loss", "loss", is_minimized=True)
    result = run_objective(FunctionObjective(objective, loss), {})
    assert result.details.train_curve == ((1.0, -0.7),)
    assert result.error.startswith("TrialRun.report.train must be a finite number, not inf.")
