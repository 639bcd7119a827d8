from __future__ import annotations

import math

import numpy as np
import pytest
from tuneboard.engine.pareto import (
    comparable,
    front_of,
    gain_boxes,
    hypervolume,
    pareto_ranks,
    thinned,
)
from tuneboard.engine.trial import Provenance, Trial, TrialState


def gained(point, lower, upper):
    return float(np.prod(np.clip(np.minimum(point, upper) - lower, 0, None), axis=1).sum())


def trial(number, *scores, state=TrialState.COMPLETED):
    score = scores[0] if scores else None
    return Trial(number, {}, state, Provenance("", ""), score=score, scores=scores)


def test_the_front_is_what_none_dominates_each_once():
    values = np.array([[1.0, 3.0], [2.0, 2.0], [1.0, 1.0], [2.0, 2.0], [3.0, 0.0]])
    assert front_of(values).tolist() == [[1, 3], [2, 2], [3, 0]]
    assert pareto_ranks(values)[[0, 2]].tolist() == [0, 1]


def test_the_hypervolume_is_that_above_the_reference():
    front = np.array([[1.0, 3.0], [2.0, 2.0], [3.0, 1.0]])
    assert hypervolume(front, np.zeros(2)) == pytest.approx(6)


@pytest.mark.parametrize("n_objectives", [1, 2, 3, 4])
def test_boxes_give_the_gain_of_any_point(n_objectives):
    rng = np.random.default_rng(n_objectives)
    front, reference = front_of(rng.random((12, n_objectives))), np.zeros(n_objectives)
    lower, upper = gain_boxes(front, reference)
    before = hypervolume(front, reference)
    for point in rng.random((30, n_objectives)) * 1.3:
        after = hypervolume(np.vstack([front, point]), reference)
        assert gained(point, lower, upper) == pytest.approx(after - before, abs=1e-12)


def test_boxes_of_a_front_of_no_points_are_all_above_the_reference():
    lower, upper = gain_boxes(np.empty((0, 2)), np.array([1.0, 2.0]))
    assert lower.tolist() == [[1.0, 2.0]]
    assert upper.tolist() == [[math.inf, math.inf]]


def test_a_long_front_is_thinned_to_the_points_that_matter_most():
    angles = np.linspace(0, np.pi / 2, 3000)
    several = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    assert len(thinned(several, np.full(2, -0.1))) == 200
    assert len(thinned(several[:50], np.full(2, -0.1))) == 50


def test_trials_of_another_number_of_metrics_than_the_last_are_left_out():
    trials = [trial(1, 1.0), trial(2, 1.0, 2.0), trial(3), trial(4, 2.0, 1.0)]
    assert [one.number for one in comparable(trials)] == [2, 4]
    assert comparable([]) == []
