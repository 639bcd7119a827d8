from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.pareto import pareto_front
from tuneboard.engine.errors import AnalysisError
from tuneboard.engine.pareto import on_front


def quick(trial, *pairs):
    return [
        trial(n, {}, score, started_at=100.0 * n, duration_s=cost)
        for n, (score, cost) in enumerate(pairs, 1)
    ]


def test_the_front_has_what_none_other_beats(trial):
    some = quick(trial, (0.9, 9.0), (0.8, 1.0), (0.7, 2.0), (0.9, 9.5), (0.5, 0.5))
    found = pareto_front(some, ["score", "-duration_s"])
    assert found.on_front == (1, 2, 5)
    assert found.columns == ("score", "-duration_s")


def test_several_metrics_are_columns(trial):
    some = [
        trial(n, {}, pair[0], scores=pair)
        for n, pair in enumerate([(0.9, 0.1), (0.1, 0.9), (0.1, 0.1), (0.5, 0.5)], 1)
    ]
    assert pareto_front(some, ["scores[0]", "scores[1]"]).on_front == (1, 4, 2)


def test_three_columns_have_a_front_too(trial):
    some = [
        trial(n, {}, v[0], scores=v)
        for n, v in enumerate(
            [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (0.0, 0.0, 0.5)], 1
        )
    ]
    found = pareto_front(some, ["scores[0]", "scores[1]", "scores[2]"], reference=[-1, -1, -1])
    assert set(found.on_front) == {1, 2, 3}
    # Of a box of 2 x 2 x 2 the unit cube is dominated, and three more at its faces.
    assert found.volumes[-1] == pytest.approx(4 / 8)


def test_the_volume_grows_to_that_of_the_front(trial):
    some = quick(trial, (1.0, 3.0), (2.0, 2.0), (1.5, 2.5), (3.0, 1.0))
    found = pareto_front(some, ["score", "-duration_s"], reference=[0.0, -4.0])
    # From the corner (0, -4) the best of each column spans 3 x 3; a trial spans 1, 4 and 9 of it.
    assert found.volumes == pytest.approx((1 / 9, 4 / 9, 4 / 9, 1))
    assert list(found.volumes) == sorted(found.volumes)


def test_a_trial_below_the_reference_adds_nothing(trial):
    some = quick(trial, (1.0, 3.0), (9.0, 50.0))
    found = pareto_front(some, ["score", "-duration_s"], reference=[0.0, -4.0])
    assert found.volumes[0] == found.volumes[1]


def test_equal_trials_are_all_on_the_front(trial):
    assert pareto_front(quick(trial, (1, 1), (1, 1)), ["score", "-duration_s"]).on_front == (1, 2)


@pytest.mark.parametrize("m", [2, 3])
def test_the_front_is_that_of_the_definition(m):
    values = np.random.default_rng(0).integers(0, 9, (60, m)).astype(float)
    beaten = [((values >= row).all(axis=1) & (values > row).any(axis=1)).any() for row in values]
    assert on_front(values).tolist() == [not one for one in beaten]


def test_failed_trials_and_those_without_a_value_are_left_out(trial):
    some = [trial(1, {}, None), trial(2, {}, 0.5, fold_scores=(0.4, 0.6)), trial(3, {}, 0.9)]
    assert pareto_front(some, ["score", "-fold_spread"]).numbers == (2,)


def test_one_column_is_refused():
    with pytest.raises(AnalysisError, match="pareto_front.columns must be two or more, not"):
        pareto_front([], ["score"])


def test_a_reference_of_another_length_is_refused():
    with pytest.raises(AnalysisError, match="pareto_front.reference must have 2 numbers, not"):
        pareto_front([], ["score", "-duration_s"], reference=[1.0])
