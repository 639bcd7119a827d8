from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.landscape import landscape, suggested_pairs
from tuneboard.engine.errors import AnalysisError


def joint(config):
    return float(config["idle"] - 0.5) * (np.log10(config["lr"]) + 2)


def test_the_landscape_has_its_heights_where_the_score_has(mixed, random_trials):
    found = landscape(mixed, random_trials(mixed, 800, joint), "idle", "lr", n_intervals=10)
    assert found.means.shape == found.deviations.shape == found.counts.shape == (10, 10)
    corners = found.means[[0, 0, -1, -1], [0, -1, 0, -1]]
    assert corners[0] > 0.4
    assert corners[3] > 0.4
    assert max(corners[1:3]) < -0.4
    assert found.counts.sum() == found.n_trials == 800


def test_a_choice_has_one_row_each_and_a_log_axis_equal_ratios(mixed, random_trials):
    found = landscape(mixed, random_trials(mixed, 100, joint), "lr", "kernel", n_intervals=4)
    assert found.y.middles == ("a", "b", "c")
    assert found.x.highs == pytest.approx((1e-3, 1e-2, 1e-1, 1))
    assert found.means.shape == (3, 4)


def test_whole_numbers_get_a_cell_each_where_they_are_few(mixed, random_trials):
    found = landscape(mixed, random_trials(mixed, 100, joint), "depth", "size", n_intervals=30)
    assert found.x.middles == tuple(range(1, 31))


def test_the_pair_with_the_largest_interaction_is_suggested_first(mixed, random_trials):
    assert suggested_pairs(mixed, random_trials(mixed, 600, joint))[0] == ("idle", "lr")


def test_pairs_are_suggested_before_there_is_a_ranking(mixed):
    assert suggested_pairs(mixed, [], n_pairs=2) == (("idle", "lr"), ("idle", "depth"))


def test_conditional_ones_are_judged_where_both_are_active(conditional, random_trials):
    some = random_trials(conditional, 200, lambda c: c.get("gamma", -9.0))
    found = landscape(conditional, some, "gamma", "idle", n_intervals=5)
    assert found.n_trials == sum("gamma" in one.config for one in some)
    assert found.means.min() > -1


def test_an_unknown_name_is_refused(mixed):
    with pytest.raises(AnalysisError, match="landscape must be one of .* not 'lrr'."):
        landscape(mixed, [], "lr", "lrr")


def test_the_same_axis_twice_is_refused(mixed):
    with pytest.raises(AnalysisError, match="landscape must have two axes, not .* another one."):
        landscape(mixed, [], "lr", "lr")
