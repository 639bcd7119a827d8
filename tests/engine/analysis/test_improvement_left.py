from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.improvement_left import improvement_left
from tuneboard.engine.encoding import Encoding


def peak(config):
    return float(1 - (config["x"] - 0.6) ** 2)


def at(trial, values, score=peak):
    return [trial(n, {"x": float(x)}, score({"x": x})) for n, x in enumerate(values, 1)]


def test_much_is_left_where_the_slope_goes_on(narrow, trial):
    found = improvement_left(narrow, at(trial, np.linspace(0, 0.35, 20)))
    assert found.expected > found.tolerance
    assert not found.is_exhausted
    assert found.sentence.endswith("worth going on.")


def test_little_is_left_at_the_top_of_a_hill(narrow, trial):
    found = improvement_left(narrow, at(trial, np.linspace(0, 1, 41)))
    assert found.is_exhausted
    assert found.incumbent == pytest.approx(1, abs=0.01)
    assert found.sentence.endswith("little is left to gain.")


def test_less_is_left_the_longer_the_search(mixed, random_trials):
    def score(config):
        return -((np.log10(config["lr"]) + 2) ** 2) - (config["idle"] - 0.4) ** 2

    some = random_trials(mixed, 120, score)
    near = [{**one.config, "lr": 0.01 * 1.02 ** (one.number % 9), "idle": 0.4} for one in some[:30]]
    late = [
        type(some[0])(200 + n, c, one.state, one.provenance, score=score(c))
        for n, (c, one) in enumerate(zip(near, some, strict=False))
    ]
    early, end = improvement_left(mixed, some[:20]), improvement_left(mixed, some + late)
    assert end.expected < early.expected


def test_noise_is_told_from_improvement(narrow, trial):
    rng = np.random.default_rng(0)
    some = at(trial, rng.random(80), lambda c: peak(c) + float(rng.normal(0, 0.05)))
    found = improvement_left(narrow, some)
    assert found.noise == pytest.approx(0.05, rel=0.5)
    assert found.incumbent < max(one.score for one in some)


def test_it_is_in_units_of_the_score(narrow, trial):
    values = np.linspace(0, 0.5, 20)
    one = improvement_left(narrow, at(trial, values))
    other = improvement_left(narrow, at(trial, values, lambda c: 1e3 * peak(c) - 7))
    assert other.expected == pytest.approx(1e3 * one.expected, rel=0.05)


def test_of_many_trials_a_fixed_part_is_known(mixed, random_trials):
    found = improvement_left(mixed, random_trials(mixed, 400, lambda c: c["idle"]))
    assert found.n_trials == 150
    assert np.isfinite(found.expected)


def test_a_failure_that_scored_far_below_does_not_hide_the_rest(narrow, trial):
    some = at(trial, np.linspace(0, 1, 41))
    found = improvement_left(narrow, [*some, trial(99, {"x": 0.05}, -1e6)])
    assert found.incumbent == pytest.approx(1, abs=0.05)


def test_too_few_trials_are_said(narrow, trial):
    found = improvement_left(narrow, at(trial, [0.1, 0.2]))
    assert found.sentence == "Too few trials to say: 2 of at least 16."
    assert not found.is_exhausted


def test_a_space_tried_to_the_end_has_nothing_left(trial):
    from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion

    space = SpaceVersion(1, (HyperParameter("k", "int", 1, 1, 20),))
    configs = [Encoding(space).config_at(n) for n in range(20)]
    some = [trial(n, c, -abs(c["k"] - 7.0)) for n, c in enumerate(configs, 1)]
    assert improvement_left(space, some).is_exhausted
