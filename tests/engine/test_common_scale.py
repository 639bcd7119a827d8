"""One result per configuration on one scale."""

from __future__ import annotations

import pytest
from tuneboard.engine.fidelity import Fidelity
from tuneboard.engine.optimizers.common_scale import on_common_scale
from tuneboard.engine.optimizers.rungs import Rungs
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

MADE = Provenance("random", "drawn at random")


def trial(number, x, epochs, score, scores=()):
    running = Trial(number, {"x": x}, TrialState.RUNNING, MADE, fidelity=epochs)
    if score is None:
        return running
    return running.finished(Result(score, scores=scores))


def told(*trials):
    rungs = Rungs(Fidelity("epochs", 1, 9))
    for one in trials:
        rungs.take(one)
    return {one.number: one for one in on_common_scale(rungs)}


def test_results_at_one_fidelity_are_told_as_they_are():
    trials = [trial(1, 0.1, 1, 0.5), trial(2, 0.2, 1, 0.7)]
    assert list(told(*trials).values()) == trials


def test_a_configuration_is_told_by_its_highest_fidelity_that_has_ended():
    found = told(
        trial(1, 0.1, 1, 0.5), trial(2, 0.1, 3, 0.8), trial(3, 0.1, 9, None), trial(4, 0.2, 1, None)
    )
    assert {number: one.score for number, one in found.items()} == {2: 0.8, 4: None}


def test_few_pairs_shift_the_lower_scores_by_the_mean_difference():
    found = told(
        trial(1, 0.1, 1, 0.5),
        trial(2, 0.2, 1, 0.4),
        trial(3, 0.3, 1, 0.6),
        trial(4, 0.1, 3, 0.8),
        trial(5, 0.3, 3, 0.7),
    )
    assert found[2].score == pytest.approx(0.4 + (0.3 + 0.1) / 2)


def test_many_pairs_give_a_line_also_over_two_rungs():
    lower = [trial(1 + k, k / 10, 1, k / 10) for k in range(10)]
    middle = [trial(20 + k, k / 10, 3, 1 + 2 * k / 10) for k in range(3, 10)]
    upper = [trial(40 + k, k / 10, 9, 5 + 3 * (1 + 2 * k / 10)) for k in range(4, 10)]
    found = told(*lower, *middle, *upper)
    assert found[1].score == pytest.approx(5 + 3 * 1)
    assert found[23].score == pytest.approx(5 + 3 * 1.6)
    assert found[44].score == upper[0].score


def test_an_amount_that_orders_the_wrong_way_round_only_draws_scores_together():
    lower = [trial(1 + k, k / 10, 1, k / 10) for k in range(8)]
    upper = [trial(20 + k, k / 10, 3, -k / 10) for k in range(1, 8)]
    assert told(*lower, *upper)[1].score == pytest.approx(-0.4)


def test_equal_lower_scores_are_only_shifted():
    lower = [trial(1 + k, k / 10, 1, 0.0) for k in range(8)]
    upper = [trial(20 + k, k / 10, 3, 1.0) for k in range(1, 8)]
    assert told(*lower, *upper)[1].score == pytest.approx(1.0)


def test_without_a_common_configuration_the_medians_are_made_equal():
    found = told(trial(1, 0.1, 1, 0.5), trial(2, 0.2, 1, 0.7), trial(3, 0.3, 9, 0.9))
    assert found[1].score == pytest.approx(0.8)


def test_each_of_several_metrics_has_a_line_of_its_own():
    found = told(
        trial(1, 0.1, 1, 0.5, (0.5, 10.0)),
        trial(2, 0.2, 1, 0.4, (0.4, 20.0)),
        trial(3, 0.1, 3, 0.6, (0.6, 5.0)),
    )
    assert found[2].scores == pytest.approx((0.5, 15.0))
    assert found[2].score == pytest.approx(0.5)


def test_a_configuration_that_failed_higher_up_is_told_as_failed():
    failed = trial(2, 0.1, 3, None).finished(Result(None, error="boom"))
    assert told(trial(1, 0.1, 1, 0.5), failed) == {2: failed}
