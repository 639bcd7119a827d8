from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.effective_range import effective_ranges
from tuneboard.engine.errors import AnalysisError
from tuneboard.engine.space import SearchSpace


def score(config):
    return float(
        -((np.log10(config["lr"]) + 2) ** 2)
        - abs(config["depth"] - 20) / 10
        + (config["kernel"] == "b")
        - 0.5 * (config["size"] == "s")
    )


def ranges(mixed, random_trials, n=600, score=score):
    return {one.name: one for one in effective_ranges(mixed, random_trials(mixed, n, score))}


def test_the_best_range_holds_the_best_value_and_is_narrower(mixed, random_trials):
    found = ranges(mixed, random_trials)
    low, high = found["lr"].best
    assert 1e-4 < low < 0.01 < high < 1
    low, high = found["depth"].best
    assert 1 < low <= 20 <= high <= 30
    assert found["kernel"].best == ("b",)
    assert "s" not in found["size"].best


def test_what_does_not_matter_stays_as_wide_as_it_is(mixed, random_trials):
    found = ranges(mixed, random_trials)
    for name in ("idle", "n"):
        assert found[name].changes == {}
        assert found[name].best == (mixed[name].low, mixed[name].high)


def test_pure_noise_is_not_narrowed(mixed, random_trials):
    for seed in range(5):
        rng = np.random.default_rng(seed)
        some = random_trials(mixed, 60, lambda _, rng=rng: float(rng.normal()), seed=seed)
        for one in effective_ranges(mixed, some):
            assert one.changes == {}
            assert one.confidence == pytest.approx(1)
            assert one.caution.startswith("Too few trials to narrow the range")


def test_search_here_takes_the_changes(mixed, random_trials):
    space = SearchSpace.from_dict(mixed.to_dict())
    for one in ranges(mixed, random_trials).values():
        space.edit(one.name, **one.changes)
    assert space["kernel"].choices == ("b",)
    assert mixed["lr"].low < space["lr"].low < space["lr"].high < mixed["lr"].high
    assert isinstance(space["depth"].low, int)


def test_a_range_of_one_whole_number_takes_in_a_neighbour(mixed, random_trials):
    found = ranges(mixed, random_trials, score=lambda config: float(config["depth"] == 20))
    low, high = found["depth"].best
    assert low < high
    assert low <= 20 <= high


def test_means_follow_the_score_with_intervals_around_them(mixed, random_trials):
    one = ranges(mixed, random_trials)["lr"]
    assert one.axis.is_log
    best = int(np.argmax(one.means))
    assert one.axis.lows[best] <= 0.015
    assert one.axis.highs[best] >= 0.007
    for low, mean, high in zip(one.lows, one.means, one.highs, strict=True):
        assert low <= mean <= high
    assert sum(one.counts) == 600


def test_few_values_get_an_interval_each(mixed, random_trials):
    found = ranges(mixed, random_trials, n=60)
    assert found["kernel"].axis.middles == ("a", "b", "c")
    assert found["depth"].axis.n <= 20
    assert found["n"].axis.middles[:5] == (1, 2, 3, 4, 5)


def test_a_conditional_one_is_judged_where_it_is_active(conditional, random_trials):
    some = random_trials(conditional, 300, lambda c: -abs(c.get("gamma", 9.0) - 0.8))
    found = {one.name: one for one in effective_ranges(conditional, some)}
    low, high = found["gamma"].best
    assert 0.5 < low < 0.8 < high
    assert sum(found["gamma"].counts) == sum("gamma" in one.config for one in some)


def test_too_few_trials_are_said(mixed, random_trials):
    (one,) = effective_ranges(mixed, random_trials(mixed, 9, score), names=["lr"])
    assert one.verdict == "Too few trials to say: 9 of at least 16."
    assert (one.changes, one.best) == ({}, ())


def test_an_unknown_name_is_refused(mixed):
    with pytest.raises(AnalysisError, match="effective_ranges.names must be among .* not 'lrr'."):
        effective_ranges(mixed, [], names=["lrr"])
