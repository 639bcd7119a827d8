from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.neighbours import Neighbours, squared_distances
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("x", "real", 0.5, 0.0, 1.0),
        HyperParameter("c", "choice", "a", choices=("a", "b", "c")),
        HyperParameter("y", "real", 0.5, 0.0, 1.0, active_when="c == 'b'"),
    ),
)
LINE = SpaceVersion(1, (SPACE["x"],))


def trial(number, config, score=0.0, state=TrialState.COMPLETED):
    return Trial(number, config, state, Provenance("", ""), score=score)


def known(trials, space=LINE):
    neighbours = Neighbours(Encoding(space))
    for one in trials:
        neighbours.add(one)
    return neighbours


def line(*pairs, **more):
    return [trial(n, {"x": x}, score, **more) for n, (x, score) in enumerate(pairs, start=1)]


def test_distances_are_those_of_numbers_and_half_for_choices_that_differ():
    neighbours = known([], SPACE)
    configs = [{"x": 0.2, "c": "a"}, {"x": 0.5, "c": "a"}, {"x": 0.2, "c": "b", "y": 0.9}]
    places = neighbours.places(Encoding(SPACE).encode(configs))
    squares = squared_distances(places, places)
    # What is inactive lies in the middle: (0.9 - 0.5) squared.
    assert squares[0] == pytest.approx([0, 0.09, 0.25 + 0.16])


def test_what_is_expected_is_shepards_mean_of_the_five_nearest():
    pairs = [(0.0, 5.0), (0.1, 4.0), (0.2, 3.0), (0.3, 2.0), (0.4, 1.0), (1.0, 0.0)]
    forecast = known(line(*pairs)).forecast([{"x": 0.05}], [], frozenset())
    # Shepard 1968: the standings (k + 1/2) / 6 by the inverse squares of the distances.
    weights = 1 / (np.array([0.05, 0.05, 0.15, 0.25, 0.35]) ** 2 + 1e-4)
    expected = (weights * (np.arange(5) + 0.5) / 6).sum() / weights.sum()
    assert forecast.expected == pytest.approx([expected])
    assert forecast.distance == pytest.approx([0.05])


def test_a_place_that_was_tried_stands_where_its_trial_stands():
    pairs = [(place / 10, float(place)) for place in range(11)]
    forecast = known(line(*pairs)).forecast([{"x": 1.0}, {"x": 0.0}], [], frozenset())
    assert forecast.expected == pytest.approx([0.5 / 11, 10.5 / 11], abs=0.03)
    assert forecast.distance == pytest.approx([0, 0], abs=1e-7)


def test_equal_scores_stand_in_the_middle():
    forecast = known(line(*[(place / 9, 1.0) for place in range(10)]))
    assert forecast.forecast([{"x": 0.3}], [], frozenset()).expected == pytest.approx([0.5])


def test_failed_trials_stand_last_and_those_stopped_early_in_the_lower_half():
    failed = known(line(*[(0.5, None)] * 5, state=TrialState.FAILED))
    stopped = known(line(*[(0.5, 9.0)] * 5, state=TrialState.STOPPED))
    assert failed.forecast([{"x": 0.5}], [], frozenset()).expected == pytest.approx([1.0])
    assert stopped.forecast([{"x": 0.5}], [], frozenset()).expected == pytest.approx([0.75])


def test_pending_trials_count_for_the_distance_only():
    neighbours = known(line((0.0, 1.0), (1.0, 0.0)))
    alone = neighbours.forecast([{"x": 0.6}], [], frozenset())
    beside = neighbours.forecast([{"x": 0.6}], [{"x": 0.7}], frozenset())
    assert beside.expected == alone.expected
    assert beside.distance == pytest.approx([0.1])


def test_excluded_trials_count_for_the_distance_only():
    neighbours = known(line((0.0, 1.0), (0.5, 9.0), (1.0, 0.0)))
    with_all = neighbours.forecast([{"x": 0.5}], [], frozenset())
    without = neighbours.forecast([{"x": 0.5}], [], frozenset({2}))
    assert with_all.expected[0] < 0.2
    assert without.expected == pytest.approx([0.5])
    assert without.distance == pytest.approx([0.0])
    assert np.isfinite(neighbours.forecast([{"x": 0.5}], [], frozenset({1, 2, 3})).expected)


def test_the_order_in_which_trials_are_taken_in_changes_nothing():
    rng = np.random.default_rng(0)
    trials = [trial(n, {"x": float(rng.random())}, float(rng.random())) for n in range(40)]
    first, second = known(trials), known([])
    for start in range(0, 40, 8):
        for one in reversed(trials[start : start + 8]):
            second.add(one)
        second.forecast([{"x": 0.5}], [], frozenset())
    configs = [{"x": place / 20} for place in range(21)]
    for one, other in zip(
        first.forecast(configs, [], frozenset()),
        second.forecast(configs, [], frozenset()),
        strict=True,
    ):
        assert (one == other).all()
