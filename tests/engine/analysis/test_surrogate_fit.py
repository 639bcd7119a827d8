from __future__ import annotations

import math

import numpy as np
import pytest
from tuneboard.engine.analysis.surrogate_fit import (
    N_KNOWN,
    acquisition_slice,
    as_proposed,
    left_out,
)
from tuneboard.engine.surrogate import GaussianProcess
from tuneboard.engine.trial import Provenance


def smooth(config):
    return -((math.log10(config["lr"]) + 2) ** 2) - (config["depth"] - 12) ** 2 / 200


def test_a_smooth_score_is_foretold_without_having_been_seen(mixed, random_trials):
    found = left_out(mixed, random_trials(mixed, 60, smooth))
    assert len(found.numbers) == 60
    assert found.r2 > 0.8
    assert found.correlation > 0.9
    assert found.inside > 0.75
    assert found.verdict.startswith("The model foretells the scores (rank correlation ")


def test_noise_is_not_foretold_and_that_is_said(mixed, random_trials):
    said = []
    for seed in range(20):
        rng = np.random.default_rng(seed + 1000)
        noise = random_trials(mixed, 40, lambda _config, rng=rng: rng.normal(), seed=seed)
        said.append(left_out(mixed, noise).verdict)
    none = ("The model hardly foretells", "The model expects the same")
    assert sum(one.startswith(none) for one in said) >= 18


def test_leaving_one_out_is_what_a_model_without_it_says():
    points = np.linspace(0, 1, 12)[:, None]
    scores = np.sin(6 * points[:, 0])
    model = GaussianProcess(points, scores, np.array([0]))
    means, deviations = model.leave_one_out()
    for row in range(12):
        kept = np.arange(12) != row
        other = GaussianProcess(points[kept], scores[kept], np.array([0]), model.theta)
        mean, deviation = other.predict(points[[row]])
        assert means[row] == pytest.approx(mean[0], abs=1e-6)
        noisy = math.hypot(deviation[0], model.noise)
        assert deviations[row] == pytest.approx(noisy, rel=1e-3, abs=1e-4)


def test_of_many_trials_a_sample_is_known_with_the_best(mixed, random_trials):
    trials = random_trials(mixed, 400, smooth)
    found = left_out(mixed, trials)
    assert N_KNOWN <= len(found.numbers) <= N_KNOWN + 1
    assert max(trials, key=lambda one: one.score).number in found.numbers


def test_what_was_expected_of_proposals_is_compared_with_what_came(trial):
    def proposed(number, expected, score):
        facts = {"expected": expected, "expected_low": expected - 1, "expected_high": expected + 1}
        made = Provenance("sequential", "", facts=facts)
        return trial(number, {"x": 0.5}, score, provenance=made)

    honest = [proposed(n, float(n), n + (-1) ** n) for n in range(1, 31)]
    found = as_proposed([*honest, trial(99, {"x": 0.1}, 0.5)])
    assert len(found.numbers) == 30
    assert found.inside == 1.0
    assert found.highs[0] == pytest.approx(1 + 1.6449)
    vain = [proposed(n, float(n), float(-n)) for n in range(1, 31)]
    assert as_proposed(vain).verdict.startswith("The model hardly foretells")
    sure = [proposed(n, float(n), 9.0 * n) for n in range(1, 31)]
    assert "too sure of itself" in as_proposed(sure).verdict
    assert as_proposed(honest[:3]).verdict == "Too few proposals of a model: 3 of at least 16."


def test_along_a_hyper_parameter_the_promise_lies_where_the_best_is(mixed, random_trials):
    found = acquisition_slice(mixed, random_trials(mixed, 60, smooth), "lr")
    best = found.values[int(np.argmax(found.improvements))]
    assert 0.001 < best < 0.1
    assert max(found.improvements) == 1.0
    sides = zip(found.lows, found.means, found.highs, strict=True)
    assert all(low <= mean <= high for low, mean, high in sides)


def test_choices_and_conditional_ones_have_slices_too(conditional, random_trials):
    trials = random_trials(conditional, 60, lambda config: config.get("gamma", 0.2))
    by_name = {name: acquisition_slice(conditional, trials, name) for name in conditional.names}
    assert by_name["kernel"].values == ("a", "b")
    best = by_name["gamma"].base
    assert next(one for one in trials if one.number == best).config["kernel"] == "b"


def test_few_or_equal_trials_have_no_model(mixed, random_trials):
    few = random_trials(mixed, 5, smooth)
    assert left_out(mixed, few).verdict == "Too few trials to say: 5 of at least 16."
    assert acquisition_slice(mixed, few, "lr").values == ()
    equal = random_trials(mixed, 40, lambda _config: 0.5)
    assert left_out(mixed, equal).verdict == "All scores are equal."
