from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.diversity import diversity


def test_random_trials_are_about_as_varied_as_can_be(mixed, random_trials):
    found = diversity(mixed, random_trials(mixed, 200, lambda _: 0.0), window=50)
    assert found.values.shape == (151, 6)
    assert found.values.mean(axis=0) == pytest.approx(np.ones(6), abs=0.2)
    assert found.overall.mean() == pytest.approx(1, abs=0.1)


def test_equal_trials_have_none(mixed, random_trials, trial):
    (one,) = random_trials(mixed, 1, lambda _: 0.0)
    found = diversity(mixed, [trial(n, one.config) for n in range(1, 31)], window=10)
    assert (found.values == 0).all()


def test_each_row_looks_back_from_its_trial(mixed, random_trials, trial):
    varied = random_trials(mixed, 30, lambda _: 0.0)
    same = [trial(n, varied[0].config) for n in range(31, 61)]
    found = diversity(mixed, varied + same, window=10)
    assert found.numbers[0] == 10
    lr = dict(zip(found.numbers.tolist(), found.values[:, found.names.index("lr")], strict=True))
    assert lr[30] > 0.5
    assert lr[40] == 0


def test_the_inactive_do_not_count(conditional, trial):
    some = [trial(n, {"kernel": "a", "idle": 0.5}) for n in range(1, 21)]
    found = diversity(conditional, some, window=5)
    assert np.isnan(found.values[:, 1]).all()
    assert (found.overall == 0).all()
