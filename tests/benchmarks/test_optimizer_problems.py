"""The problems on which optimizers are compared: tables, landscapes, fidelities, regret."""

from __future__ import annotations

from typing import Any

import catalogue
import numpy as np
import pytest
import tabulation
from dimension import choice, grid, real, whole
from fidelity import TOP, counting_ones, hartmann, noisy_hartmann
from synthetic import MIXED_8, Landscape, bowl
from tasks import TASKS
from tuneboard.engine.encoding import Encoding

PROBLEMS = catalogue.problems()


@pytest.mark.parametrize(
    ("dimension", "value", "level"),
    [
        (real("x", 0.0, 1.0, 5), 0.36, 0.25),
        (real("x", 1e-4, 1.0, 5, log=True), 0.04, 0.1),
        (real("x", 1e-4, 1.0, 5, log=True), 0.02, 0.01),
        (whole("k", 1, 100, 3, log=True), 4, 10),
        (whole("k", 1, 100, 3, log=True), 3, 1),
        (choice("kernel", "rbf", None), None, None),
    ],
)
def test_a_value_is_looked_up_at_the_nearest_level_of_its_scale(
    dimension: Any, value: Any, level: Any
) -> None:
    assert dimension.levels[dimension.nearest(value)] == level


def test_the_grid_has_no_values_for_what_is_inactive() -> None:
    kernel = choice("kernel", "rbf", "linear")
    gamma = real("gamma", 0.1, 1.0, 2, when=("kernel", "rbf"))

    assert grid([kernel, gamma]) == [
        {"kernel": "rbf", "gamma": 0.1},
        {"kernel": "rbf", "gamma": 1.0},
        {"kernel": "linear"},
    ]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_each_table_holds_exactly_the_grid_of_its_task(task: Any) -> None:
    keys = {tabulation.key_of(task, config) for config in grid(task.dimensions)}

    assert set(tabulation.read(task)) == keys


@pytest.mark.parametrize("name", ["svc_moons", "kernel_ridge_friedman", "elastic_net_regression"])
def test_the_table_agrees_with_evaluating_anew(name: str) -> None:
    (task,) = (task for task in TASKS if task.name == name)
    table, configs = tabulation.read(task), grid(task.dimensions)
    data = task.load()

    for config in (configs[place] for place in (0, len(configs) // 3, len(configs) - 1)):
        found = tabulation.evaluate(task, config, data)
        assert found == pytest.approx(table[tabulation.key_of(task, config)], rel=1e-4)


@pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
def test_regret_is_0_at_the_best_and_1_at_the_median_random_draw(problem: Any) -> None:
    assert problem.regret(problem.best) == 0
    assert problem.regret(problem.median) == 1
    assert problem.regret(problem.median + 10) == 1
    assert problem.draws.min() >= problem.best
    regrets = [problem.regret(loss) for loss in problem.draws]
    assert np.mean(np.array(regrets) == 1) == pytest.approx(0.5, abs=0.2)


@pytest.mark.parametrize("family", ["real", "synthetic", "fidelity"])
def test_half_of_each_family_is_for_design_and_half_for_report(family: str) -> None:
    halves = [one.half for one in PROBLEMS.values() if one.family == family]

    assert halves == ["design", "report"] * (len(halves) // 2)


def test_a_landscape_is_0_at_its_best_and_nowhere_lower() -> None:
    landscape = Landscape(MIXED_8, bowl, seed=1)
    encoding = Encoding(PROBLEMS["mixed_8"].space)
    configs = encoding.decode(np.random.default_rng(1).random((200, encoding.n_dims)))

    assert PROBLEMS["mixed_8"].space.contains(landscape.best)
    assert landscape.loss(landscape.best) == 0
    assert min(map(landscape.loss, configs)) > 0


def test_hartmann_has_its_known_minimum() -> None:
    # Surjanovic and Bingham, Virtual Library of Simulation Experiments
    place = [0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573]
    config = {f"x{number}": value for number, value in enumerate(place)}

    assert hartmann(config) == pytest.approx(-3.32237, abs=1e-5)
    assert hartmann(config) >= noisy_hartmann().best


def test_noise_is_larger_at_low_fidelity_and_the_same_for_the_same_seed() -> None:
    problem = noisy_hartmann()
    config = {f"x{number}": 0.3 for number in range(6)}
    low = [problem.value(config, 1, seed) for seed in range(200)]

    assert np.std(low) == pytest.approx((1 - 1 / 27) * 38, rel=0.2)
    assert problem.value(config, 1, 5) == low[5]
    assert problem.value(config, TOP, 5) == hartmann(config)


def test_counting_ones_counts_and_has_noise_in_the_chances_only() -> None:
    problem = counting_ones(2, 2)
    ones = {"switch0": 1, "switch1": 1, "chance0": 1.0, "chance1": 1.0}
    half = {**ones, "switch1": 0, "chance0": 0.5}
    seen = [problem.value(half, 3, seed) for seed in range(300)]

    assert problem.value(ones, 1, 0) == problem.truth(ones) == problem.best == -4
    assert problem.truth(half) == -2.5
    assert np.mean(seen) == pytest.approx(-2.5, abs=0.02)
    assert np.std(seen) == pytest.approx(0.5 / np.sqrt(81), rel=0.2)


def test_a_promoted_trial_pays_the_difference_only_where_it_can_go_on() -> None:
    assert noisy_hartmann().cost_s(9, resumed_from=3) == 6
    assert counting_ones().cost_s(9, resumed_from=3) == 90


@pytest.mark.parametrize(
    ("what", "n_problems"), [("all", 28), ("design", 14), ("extra", 2), ("mixed_8,svc_moons", 2)]
)
def test_problems_are_chosen_by_half_family_and_name(what: str, n_problems: int) -> None:
    assert len(catalogue.chosen(what)) == n_problems


def test_an_unknown_problem_is_named() -> None:
    with pytest.raises(SystemExit, match="There is no problem mixed_9. Choose from svc_digits"):
        catalogue.chosen("mixed_8,mixed_9")
