from __future__ import annotations

from dataclasses import replace

import pytest
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState
from tuneboard.engine.trial_log import N_RECENT, TrialLog


def running(number: int) -> Trial:
    made = Provenance("random", "drawn at random")
    return Trial(number, {"x": number / 10}, TrialState.RUNNING, made)


def completed(number: int, score: float, duration_s: float = 1.0) -> Trial:
    return running(number).finished(Result(score, duration_s=duration_s))


def failed(number: int) -> Trial:
    return running(number).finished(Result(None, error="no memory"))


@pytest.fixture
def log() -> TrialLog:
    return TrialLog()


def test_an_empty_log_has_no_best_trial_and_no_last_number(log: TrialLog) -> None:
    assert (log.all(), log.best, log.last_number) == ([], None, 0)


def test_a_trial_is_found_by_its_number_in_its_latest_state(log: TrialLog) -> None:
    log.take_in([running(1)])
    log.take_in([completed(1, 0.5)])

    assert log[1].state is TrialState.COMPLETED


def test_all_trials_come_by_number_whatever_the_order_of_their_ends(log: TrialLog) -> None:
    log.take_in([running(1), running(2), running(3)])
    log.take_in([completed(3, 0.3), completed(1, 0.1)])

    assert [(one.number, one.state.value) for one in log.all()] == [
        (1, "completed"),
        (2, "running"),
        (3, "completed"),
    ]
    assert [one.number for one in log.finished] == [3, 1]
    assert log.last_number == 3


def test_every_state_stays_in_the_changes_in_the_order_committed(log: TrialLog) -> None:
    states = [running(1), completed(1, 0.5), running(2), failed(2)]
    log.take_in(states[:2])
    log.take_in(states[2:])

    assert log.changes == states


def test_the_best_trial_is_the_earliest_to_finish_among_equals(log: TrialLog) -> None:
    log.take_in([completed(2, 0.5), completed(1, 0.5), completed(3, 0.4), failed(4)])

    assert log.best is not None
    assert log.best.number == 2


def test_a_score_below_zero_may_be_the_best(log: TrialLog) -> None:
    log.take_in([failed(1), completed(2, -3.0)])

    assert log.best is not None
    assert log.best.score == -3.0


def test_progress_counts_failed_trials_as_finished(log: TrialLog) -> None:
    log.take_in([completed(1, 0.5), failed(2), running(3)])

    progress = log.progress(n_trials=10, n_workers=2)

    assert (progress.n_finished, progress.n_trials, progress.n_failed) == (2, 10, 1)
    assert progress.best == completed(1, 0.5)


def test_an_interrupted_trial_is_not_finished(log: TrialLog) -> None:
    log.take_in([replace(running(1), state=TrialState.INTERRUPTED)])

    assert log.finished == []
    assert log.progress(n_trials=1, n_workers=1).seconds_left is None


def test_the_time_left_follows_the_latest_trials_only(log: TrialLog) -> None:
    log.take_in([completed(number, 0.5, duration_s=100.0) for number in range(1, 11)])
    log.take_in([completed(number, 0.5, duration_s=2.0) for number in range(11, 11 + N_RECENT)])

    assert log.progress(n_trials=34, n_workers=1).seconds_left == pytest.approx(8.0)


def test_a_budget_below_what_is_done_leaves_nothing_to_do(log: TrialLog) -> None:
    log.take_in([completed(1, 0.5), completed(2, 0.5)])

    assert log.progress(n_trials=1, n_workers=1).seconds_left == 0.0
