from __future__ import annotations

from tuneboard.engine.analysis.incumbents import finished_in_order, incumbents
from tuneboard.engine.trial import TrialState


def test_trials_come_in_the_order_in_which_they_finished(trial):
    slow = trial(1, {}, 0.9, started_at=1.0, duration_s=10.0)
    fast = trial(2, {}, 0.5, started_at=2.0, duration_s=1.0)
    assert [one.number for one in finished_in_order([slow, fast])] == [2, 1]
    assert [one.number for one in incumbents([slow, fast])] == [2, 1]


def test_running_and_failed_trials_are_no_incumbents(trial):
    some = [trial(1, {}, None), trial(2, {}, None, state=TrialState.RUNNING), trial(3, {}, 0.1)]
    assert [one.number for one in incumbents(some)] == [3]


def test_a_higher_fidelity_leads_whatever_its_score(trial):
    some = [trial(1, {}, 0.9, fidelity=1.0), trial(2, {}, 0.5, fidelity=9.0)]
    assert [one.number for one in incumbents(some)] == [1, 2]
