from __future__ import annotations

import pytest
from tuneboard.engine.analysis.schedule import schedule
from tuneboard.engine.trial import TrialState


def test_every_worker_is_a_lane(trial):
    some = [
        trial(1, {}, started_at=100.0, duration_s=4.0, worker="w1"),
        trial(2, {}, started_at=101.0, duration_s=2.0, worker="w2"),
        trial(3, {}, None, started_at=104.0, duration_s=1.0, worker="w1"),
    ]
    found = schedule(some)
    assert found.lanes == ("w1", "w2")
    assert [(r.number, r.lane, r.start_s, r.end_s) for r in found.rows] == [
        (1, 0, 0, 4),
        (3, 0, 4, 5),
        (2, 1, 1, 3),
    ]
    assert found.rows[1].state is TrialState.FAILED
    assert found.busy == pytest.approx((1, 0.4))
    assert found.began_at == 100


def test_running_trials_reach_to_now_or_are_left_out(trial):
    some = [
        trial(1, {}, started_at=100.0, duration_s=1.0, worker="w"),
        trial(2, {}, None, state=TrialState.RUNNING, started_at=101.0, duration_s=0.0, worker="w"),
    ]
    assert schedule(some, now=111.0).rows[-1].end_s == 11
    assert len(schedule(some).rows) == 1


def test_trials_without_a_worker_take_the_first_free_lane(trial):
    some = [
        trial(1, {}, started_at=100.0, duration_s=4.0),
        trial(2, {}, started_at=101.0, duration_s=1.0),
        trial(3, {}, started_at=102.0, duration_s=1.0),
    ]
    found = schedule(some)
    assert found.lanes == ("worker 1", "worker 2")
    assert [row.lane for row in sorted(found.rows, key=lambda row: row.number)] == [0, 1, 1]


def test_trials_that_never_began_are_left_out(trial):
    assert schedule([trial(1, {}, started_at=0.0)]).rows == ()
