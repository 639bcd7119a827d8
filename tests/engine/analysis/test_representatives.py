from __future__ import annotations

import numpy as np
from tuneboard.engine.analysis.incumbents import incumbents
from tuneboard.engine.analysis.representatives import levels_of, representatives


def rising(trial, n):
    return [
        trial(number, {}, float(number if number in (5, 4_000) else 0)) for number in range(1, n)
    ]


def test_few_trials_are_all_drawn(trial):
    found = representatives(rising(trial, 301))
    assert (len(found.numbers), found.n_trials, found.level) == (300, 300, 0)


def test_many_are_thinned_to_between_half_and_all_of_the_limit(trial):
    some = rising(trial, 20_001)
    for n in (3_500, 7_000, 20_000):
        found = representatives(some[:n])
        assert 1_400 < len(found.numbers) <= 3_003
        assert found.n_trials == n


def test_the_sample_never_reshuffles(trial):
    some = rising(trial, 9_001)
    before = representatives(some[:4_000], n_max=500)
    for n in (4_500, 6_000, 9_000):
        after = representatives(some[:n], n_max=500)
        old = {number for number in after.numbers if number <= 4_000}
        assert old <= set(before.numbers) | {one.number for one in incumbents(some[:n])}
        if after.level == before.level:
            assert set(before.numbers) <= set(after.numbers)


def test_all_that_were_once_the_best_are_drawn(trial):
    found = representatives(rising(trial, 9_001), n_max=100)
    assert {1, 5, 4_000} <= set(found.numbers)


def test_the_selected_are_drawn_and_strangers_are_not(trial):
    found = representatives(rising(trial, 5_001), keep=[777, 778, 99_999], n_max=100)
    assert {777, 778} <= set(found.numbers)
    assert 99_999 not in found.numbers


def test_each_level_halves_the_one_before_without_a_pattern():
    numbers = np.arange(1, 100_001)
    levels = levels_of(numbers)
    for level in range(1, 6):
        share = (levels >= level).mean() * 2**level
        assert 0.95 < share < 1.05
        even = (numbers[levels >= level] % 2 == 0).mean()
        assert 0.45 < even < 0.55
