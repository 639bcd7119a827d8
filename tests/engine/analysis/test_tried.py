from __future__ import annotations

import pytest
from tuneboard.engine.analysis.tried import tried
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.grid import GridSearch

SQUARE = SpaceVersion(
    1,
    (HyperParameter("x", "real", 0.5, 0.0, 1.0), HyperParameter("y", "real", 0.5, 0.0, 1.0)),
)


def test_a_grid_tries_every_part_and_every_pair(trial):
    grid = GridSearch(SQUARE, n_trials=25)
    trials = [trial(n, grid.ask(n).config) for n in range(1, 26)]
    found = tried(SQUARE, trials)
    assert (found.n_trials, found.n_distinct, found.pairs) == (25, 25, 1.0)
    assert 0.5 < found.random_pairs < 0.75
    assert found.gaps == ()


def test_random_trials_try_as_many_pairs_as_expected(random_trials):
    found = tried(SQUARE, random_trials(SQUARE, 60, lambda _config: 0.0))
    assert found.pairs == pytest.approx(found.random_pairs, abs=0.1)
    (x, _) = found.ranges
    assert sum(x.counts) == pytest.approx(sum(x.expected)) == 60


def test_a_corner_is_all_that_a_narrow_search_has_tried(trial):
    trials = [trial(n, {"x": n / 1000, "y": n / 2000}) for n in range(1, 61)]
    found = tried(SQUARE, trials)
    assert found.pairs == pytest.approx(1 / 25)
    assert found.crowded == ("x", "y")
    assert {gap.name for gap in found.gaps} == {"x", "y"}


def test_the_same_configuration_on_several_rungs_counts_once(trial):
    trials = [trial(n, {"x": 0.5, "y": 0.5}, fidelity=float(n)) for n in (1, 3, 9)]
    found = tried(SQUARE, trials)
    assert (found.n_trials, found.n_distinct) == (3, 1)


def test_inactive_values_are_counted_apart(conditional, random_trials):
    trials = random_trials(conditional, 40, lambda _config: 0.0)
    gamma = next(one for one in tried(conditional, trials).ranges if one.name == "gamma")
    n_inactive = sum(one.config["kernel"] == "a" for one in trials)
    assert (gamma.n_inactive, sum(gamma.counts)) == (n_inactive, 40 - n_inactive)


def test_what_lies_outside_the_space_of_today_is_left_out(trial):
    assert tried(SQUARE, [trial(1, {"x": 7.0, "y": 0.5})]).n_trials == 0
