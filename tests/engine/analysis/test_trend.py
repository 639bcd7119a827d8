from __future__ import annotations

import math

import numpy as np
import pytest
from tuneboard.engine.analysis.trend import trend


def wavy(config):
    return float(np.sin(np.log10(config["lr"]) * 2))


def test_the_trend_follows_the_score_on_the_own_scale(mixed, random_trials):
    found = trend(mixed, random_trials(mixed, 500, wavy), "lr")
    truth = np.sin(np.log10(found.x) * 2)
    assert np.abs(np.array(found.means) - truth).max() < 0.1
    steps = np.diff(np.log10(found.x))
    assert steps == pytest.approx(np.full(len(steps), steps[0]))
    assert found.n_trials == 500


def test_the_band_holds_the_truth_in_about_nine_of_ten_points(mixed, random_trials):
    inside = []
    for seed in range(30):
        rng = np.random.default_rng(seed)
        some = random_trials(
            mixed, 150, lambda c, rng=rng: wavy(c) + float(rng.normal(0, 0.5)), seed=seed
        )
        found = trend(mixed, some, "lr")
        truth = np.sin(np.log10(found.x) * 2)
        known = ~np.isnan(found.means)
        lows, highs = np.array(found.lows)[known], np.array(found.highs)[known]
        inside.append(((lows <= truth[known]) & (truth[known] <= highs)).mean())
    assert 0.75 < np.mean(inside) < 0.97


def test_an_idle_hyper_parameter_has_a_flat_trend(mixed, random_trials):
    rng = np.random.default_rng(0)
    found = trend(mixed, random_trials(mixed, 400, lambda _: float(rng.normal())), "idle")
    assert found.bandwidth >= 0.3
    assert np.nanmax(np.abs(found.means)) < 0.5


def test_its_size_does_not_grow_with_the_trials(mixed, random_trials):
    some = random_trials(mixed, 3_000, wavy)
    assert len(trend(mixed, some, "lr").x) == len(trend(mixed, some[:100], "lr").x) == 40


def test_whole_numbers_stay_whole(mixed, random_trials):
    found = trend(mixed, random_trials(mixed, 300, lambda c: float(c["depth"])), "depth")
    assert found.x == tuple(range(1, 31))
    assert found.means == pytest.approx(found.x, abs=0.5)


def test_choices_have_their_means(mixed, random_trials):
    some = random_trials(mixed, 200, lambda c: float("abc".index(c["kernel"])))
    found = trend(mixed, some, "kernel")
    assert (found.x, found.means) == (("a", "b", "c"), (0, 1, 2))
    assert sum(found.counts) == 200


def test_a_choice_hardly_tried_has_no_band(mixed, random_trials, trial):
    some = [trial(n, {"kernel": "a"}, n / 10) for n in range(1, 20)]
    found = trend(mixed, [*some, trial(99, {"kernel": "b"}, 5.0)], "kernel")
    assert found.means[1] == 5
    assert math.isnan(found.lows[1])
    assert math.isnan(found.means[2])


def test_a_gap_has_no_trend(mixed, trial):
    some = [trial(n, {"idle": n / 1_000 + (n > 100) * 0.7}, float(n)) for n in range(1, 201)]
    found = trend(mixed, some, "idle")
    if found.bandwidth < 0.3:
        assert any(math.isnan(mean) for mean in found.means)
    assert not math.isnan(found.means[0])


def test_trials_from_before_an_edit_are_in_it(mixed, trial):
    some = [trial(n, {"idle": n / 10}, float(n)) for n in range(1, 31)]
    assert trend(mixed, some, "idle").x[-1] == pytest.approx(3.0)


def test_any_column_has_a_trend(mixed, random_trials):
    found = trend(mixed, random_trials(mixed, 50, wavy, duration_s=3.0), "lr", target="duration_s")
    assert np.nanmax(found.means) == pytest.approx(3)


def test_a_single_value_has_one_point(mixed, trial):
    found = trend(mixed, [trial(n, {"idle": 0.5}, float(n)) for n in range(1, 21)], "idle")
    assert (found.x, found.means) == ((0.5,), (pytest.approx(10.5),))


def test_fewer_than_five_trials_have_none(mixed, random_trials):
    found = trend(mixed, random_trials(mixed, 4, wavy), "lr")
    assert (found.x, found.n_trials) == ((), 4)


def test_only_the_selected_trials_count(mixed, random_trials):
    some = random_trials(mixed, 100, wavy)
    found = trend(mixed, some, "lr", only=range(1, 31))
    alone = trend(mixed, some[:30], "lr")
    assert found.n_trials == 30
    assert np.array_equal(found.means, alone.means, equal_nan=True)
