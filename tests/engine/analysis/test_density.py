from __future__ import annotations

import pytest
from tuneboard.engine.analysis.density import density


def test_every_trial_is_counted_once(mixed, random_trials):
    found = density(mixed, random_trials(mixed, 500, lambda c: c["idle"]), "lr")
    assert found.counts.shape == (40, 60)
    assert found.counts.sum() == found.n_trials == 500
    assert (found.x_edges[0], found.x_edges[-1]) == pytest.approx((-4, 0))


def test_choices_have_a_column_each(mixed, random_trials):
    some = random_trials(mixed, 300, lambda c: c["idle"])
    found = density(mixed, some, "kernel")
    assert found.x_edges == (-0.5, 0.5, 1.5, 2.5)
    wanted = [sum(one.config["kernel"] == kernel for one in some) for kernel in "abc"]
    assert found.counts.sum(axis=0).tolist() == wanted


def test_a_score_far_below_the_others_does_not_squeeze_the_rest(mixed, random_trials, trial):
    some = random_trials(mixed, 300, lambda c: c["idle"])
    found = density(mixed, [*some, trial(999, some[0].config, -1e9)], "lr")
    assert found.y_edges[0] > -1
    assert found.counts.sum() == 301
    assert found.counts[0].sum() >= 1


def test_values_beyond_the_edited_range_widen_the_grid(mixed, trial):
    found = density(mixed, [trial(1, {"idle": 5.0}), trial(2, {"idle": 0.5})], "idle")
    assert (found.x_edges[0], found.x_edges[-1]) == (0, 5)


def test_equal_scores_are_counted(mixed, trial):
    found = density(mixed, [trial(n, {"idle": 0.5}, 1.0) for n in range(1, 9)], "idle")
    assert found.counts.max() == 8
