from __future__ import annotations

import pytest
from tuneboard.engine.progress import seconds_left
from tuneboard.engine.trial import Provenance, Trial, TrialState


def trials(*durations_s: float) -> list[Trial]:
    made = Provenance("random", "drawn at random")
    return [
        Trial(number, {}, TrialState.COMPLETED, made, duration_s=duration_s)
        for number, duration_s in enumerate(durations_s, 1)
    ]


def test_nothing_is_left_of_a_study_that_is_done() -> None:
    assert seconds_left([], n_left=0, n_workers=2) == 0.0


def test_the_time_left_cannot_be_told_before_a_trial_has_finished() -> None:
    assert seconds_left([], n_left=10, n_workers=2) is None


def test_the_time_left_is_the_mean_duration_shared_among_the_workers() -> None:
    assert seconds_left(trials(1.0, 3.0), n_left=10, n_workers=2) == pytest.approx(10.0)


def test_workers_that_have_no_trial_left_do_not_help() -> None:
    assert seconds_left(trials(2.0), n_left=1, n_workers=8) == pytest.approx(2.0)
