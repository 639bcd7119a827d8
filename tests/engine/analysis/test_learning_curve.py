from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.learning_curve import Curve, CurveState, curve_report, curve_states

STEPS = list(range(1, 31))


def noisy(values, noise, seed=0):
    return np.asarray(values) + np.random.default_rng(seed).normal(0, noise, len(values))


RISING = 0.9 - 0.5 * np.exp(-np.arange(30) / 20)
SETTLED = 0.9 - 0.5 * np.exp(-np.arange(30) / 2)
SWINGING = 0.7 + 0.1 * np.where(np.arange(30) % 2, 1, -1)
WAVE = 0.7 + 0.1 * np.sin(np.arange(30) * 1.5)
FALLING = 0.8 - 0.02 * np.arange(30)
COLLAPSED = np.r_[SETTLED[:15], np.full(15, 0.1)]
HUMP = np.r_[np.linspace(0.5, 0.9, 12), np.linspace(0.9, 0.8, 18)]
TRAIN = np.linspace(0.5, 1.0, 30)


@pytest.mark.parametrize("noise", [0.0, 0.003])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("values", "state"),
    [
        (RISING, CurveState.IMPROVING),
        (SETTLED, CurveState.FLAT),
        (np.full(30, 0.5), CurveState.FLAT),
        (SWINGING, CurveState.OSCILLATING),
        (WAVE, CurveState.OSCILLATING),
        (FALLING, CurveState.DIVERGING),
        (COLLAPSED, CurveState.DIVERGING),
    ],
    ids=["rising", "settled", "constant", "swinging", "wave", "falling", "collapsed"],
)
def test_planted_curves_get_their_state(values, state, noise, seed):
    assert curve_report(Curve(STEPS, noisy(values, noise, seed))).state is state


@pytest.mark.parametrize("seed", range(5))
def test_a_curve_that_falls_while_training_rises_overfits(seed):
    found = curve_report(Curve(STEPS, noisy(HUMP, 0.003, seed), TRAIN))
    assert found.state is CurveState.OVERFITTING
    assert 10 <= found.best_step <= 15
    assert "below its best at step" in found.reason


def test_it_does_not_overfit_where_training_falls_too():
    found = curve_report(Curve(STEPS, HUMP, HUMP))
    assert found.state is CurveState.DIVERGING


def test_a_gap_alone_is_no_overfitting():
    assert curve_report(Curve(STEPS, SETTLED, SETTLED + 0.05)).state is CurveState.FLAT
    assert curve_report(Curve(STEPS, RISING, RISING + 0.2)).state is CurveState.IMPROVING


def test_no_finite_score_is_diverging_and_the_step_is_told():
    values = [0.5, 0.6, float("nan"), 0.1, 0.2]
    found = curve_report(Curve([1, 2, 3, 4, 5], values))
    assert (found.state, found.reason) == (CurveState.DIVERGING, "no finite score at step 3")


def test_fewer_than_five_steps_are_too_short():
    found = curve_report(Curve([1, 2, 3, 4], [0.1, 0.2, 0.3, 0.4]))
    assert (found.state, found.reason) == (CurveState.UNKNOWN, "4 of at least 5 steps")
    assert curve_report(Curve([], [])).state is CurveState.UNKNOWN


def test_steps_may_come_in_any_order():
    order = np.random.default_rng(0).permutation(30)
    found = curve_report(Curve(np.array(STEPS)[order], RISING[order]))
    assert found == curve_report(Curve(STEPS, RISING))


def test_negated_losses_are_judged_as_scores_are():
    loss = 2.0 * np.exp(-np.arange(30) / 15)
    assert curve_report(Curve(STEPS, -loss)).state is CurveState.IMPROVING
    assert curve_report(Curve(STEPS, -1e6 * loss)).state is CurveState.IMPROVING
    assert curve_report(Curve(STEPS, loss)).state is CurveState.DIVERGING


def test_a_tolerance_of_ones_own_decides_what_matters():
    assert curve_report(Curve(STEPS, RISING), tolerance=1.0).state is CurveState.FLAT


def test_states_come_by_trial_number():
    found = curve_states({3: Curve(STEPS, RISING), 8: Curve(STEPS, SETTLED)})
    assert found == {3: "improving", 8: "flat"}
