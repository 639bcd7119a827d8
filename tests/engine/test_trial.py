from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import pytest
from tuneboard.engine.trial import Mutation, Provenance, Result, Trial, TrialState, mutations

TRIAL = Trial(
    number=3,
    config={"lr": 0.1},
    state=TrialState.RUNNING,
    provenance=Provenance("random", "drawn at random"),
    space_version=2,
    started_at=12.5,
    attempt=2,
)


def test_running_and_interrupted_trials_are_not_finished() -> None:
    open_ones = {state for state in TrialState if not state.is_finished}

    assert open_ones == {TrialState.RUNNING, TrialState.INTERRUPTED}


def test_trial_that_ended_without_a_score_has_failed() -> None:
    scored = {state for state in TrialState if state.is_finished and not state.is_failed}

    assert scored == {TrialState.COMPLETED, TrialState.STOPPED}


def test_a_result_with_a_score_is_completed_even_if_the_score_is_zero() -> None:
    assert Result(0.0).state is TrialState.COMPLETED


def test_a_result_without_a_score_is_failed() -> None:
    assert Result(None, error="no memory").state is TrialState.FAILED


def test_a_finished_trial_takes_the_outcome_and_keeps_what_was_known_before() -> None:
    result = Result(0.5, (0.25, 0.75), duration_s=1.5, worker="host:1")

    assert TRIAL.finished(result) == replace(
        TRIAL,
        state=TrialState.COMPLETED,
        score=0.5,
        fold_scores=(0.25, 0.75),
        duration_s=1.5,
        worker="host:1",
    )


def test_a_failed_trial_keeps_the_error_and_has_no_score() -> None:
    failed = TRIAL.finished(Result(None, error="ZeroDivisionError"))

    assert (failed.state, failed.score, failed.error) == (
        TrialState.FAILED,
        None,
        "ZeroDivisionError",
    )


def test_finishing_a_trial_leaves_the_running_one_as_it_was() -> None:
    TRIAL.finished(Result(1.0))

    assert TRIAL.state is TrialState.RUNNING
    assert TRIAL.score is None


def test_a_trial_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError, match="score"):
        TRIAL.score = 1.0  # type: ignore[misc]


def test_mutations_list_what_changed_in_the_order_of_the_child() -> None:
    before = {"lr": 0.1, "depth": 3, "kernel": "rbf"}
    after = {"kernel": "poly", "lr": 0.1, "depth": 4}

    assert mutations(before, after) == (
        Mutation("kernel", "rbf", "poly"),
        Mutation("depth", 3, 4),
    )


def test_mutations_tell_what_only_one_of_the_two_has() -> None:
    assert mutations({"old": 1}, {"new": 2}) == (Mutation("new", None, 2), Mutation("old", 1, None))


def test_equal_configurations_have_no_mutations() -> None:
    assert mutations({"lr": 0.1}, {"lr": 0.1}) == ()
