"""Weights of the models of several fidelities."""

from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.fidelity_models import (
    FidelityModels,
    least_shares,
    ranking_losses,
)
from tuneboard.engine.optimizers.rungs import Rung
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

SPACE = SpaceVersion(1, tuple(HyperParameter(name, "real", 0.5, 0.0, 1.0) for name in "xy"))
NO_POINTS = np.empty((0, 2))


def rung(scores, first=1, seed=0):
    """Make a rung of so many random configurations; `scores` is a function of x and y."""
    made, rng = Rung(), np.random.default_rng(seed)
    points = rng.random((20, 2))
    for number, (x, y) in enumerate(points.tolist(), first):
        trial = Trial(number, {"x": x, "y": y}, TrialState.RUNNING, Provenance("random", "drawn"))
        made.take(trial.finished(Result(scores(x, y))))
    return made


def hill(x, y):
    return -((x - 0.3) ** 2) - (y - 0.6) ** 2


def noise(x, y):
    return (x * 7919 + y * 104729) % 1


def models():
    return FidelityModels(Encoding(SPACE))


def test_ranking_losses_count_the_pairs_ordered_otherwise():
    drawn = np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [1.0, 3.0, 2.0], [1.0, 1.0, 1.0]])
    assert ranking_losses(drawn, np.array([1.0, 2.0, 3.0])).tolist() == [0, 3, 1, 3]
    assert ranking_losses(drawn, np.zeros(3)).tolist() == [0, 0, 0, 0]


def test_equal_losses_share_a_draw():
    losses = np.array([[0.0, 1.0, 2.0, 2.0], [0.0, 2.0, 1.0, 1.0]])
    assert least_shares(losses).tolist() == [0.375, 0.625]


def test_there_are_no_weights_before_the_second_rung_has_6_results():
    low = rung(hill)
    assert models().weights([low, Rung()]) is None
    few = Rung()
    for trial in list(rung(hill, 100).trials.values())[:5]:
        few.take(trial)
    assert models().weights([low, few]) is None


def test_a_rung_that_tells_the_order_outweighs_one_of_noise():
    weights = models().weights([rung(noise), rung(hill, 100, 1), rung(hill, 200, 2)])
    assert sum(weights) == pytest.approx(1.0)
    # 20 results judge, beside which equal weights count as 12.
    assert weights[0] == pytest.approx(12 / 32 / 3, abs=0.02)
    assert weights[1] > 0.25


def test_small_scores_are_cross_validated_as_well_as_large_ones():
    # Scores within (-1, 1) once became 0 where predictions were kept as whole numbers.
    small, large = (
        [rung(noise), rung(lambda x, y, s=scale: s * hill(x, y), 100, 1)] for scale in (1e-3, 1e3)
    )
    assert models().weights(small) == models().weights(large)
    assert models().weights(small)[1] > 0.75


def test_weights_do_not_depend_on_what_was_weighed_before():
    rungs = [rung(hill), rung(hill, 100, 1)]
    used = models()
    used.weights([rung(noise, seed=5), rung(hill, 100, 6)])
    assert used.weights(rungs) == models().weights(rungs)


def test_the_ensemble_predicts_the_order_of_new_points_and_pending_ones_are_certain():
    points = np.random.default_rng(9).random((50, 2))
    rungs = [rung(hill), rung(hill, 100, 1)]
    mean, deviation = models().ensemble(rungs, NO_POINTS).predict(points)
    truth = [hill(x, y) for x, y in points.tolist()]
    assert np.corrcoef(mean, truth)[0, 1] > 0.9
    _, there = models().ensemble(rungs, points[:1]).predict(points)
    assert there[0] < deviation[0]


def test_one_rung_is_a_model_by_itself_and_none_is_no_model():
    assert models().ensemble([Rung(), Rung()], NO_POINTS) is None
    mean, _ = models().ensemble([rung(hill), Rung()], NO_POINTS).predict(np.array([[0.3, 0.6]]))
    assert mean[0] > 1.0


def test_many_results_are_thinned_to_the_best_and_a_fixed_sample():
    many = Rung()
    for first in range(1, 200, 20):
        for trial in rung(hill, first, first).trials.values():
            many.take(trial)
    mean, _ = models().ensemble([many, Rung()], NO_POINTS).predict(np.array([[0.3, 0.6], [1, 0]]))
    assert mean[0] > mean[1]
