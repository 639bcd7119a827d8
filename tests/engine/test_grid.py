from __future__ import annotations

import itertools

import pytest
from tuneboard.engine.errors import OptimizerError, SpaceExhaustedError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.grid import GridSearch


def reals(n):
    return tuple(HyperParameter(f"x{index}", "real", 0.0, 0.0, 1.0) for index in range(n))


def grid_of(*hyper_parameters, **options):
    return GridSearch(SpaceVersion(1, hyper_parameters), **options)


def all_configs(grid):
    return [grid.ask(number).config for number in range(1, grid.n_points + 1)]


def n_levels(grid):
    """Count the different values per hyper-parameter."""
    configs = all_configs(grid)
    return {name: len({config[name] for config in configs}) for name in grid.encoding.names}


KERNEL = HyperParameter("kernel", "choice", "a", choices=("a", "b", "c"))
DEPTH = HyperParameter("depth", "int", 1, 1, 3)
LR = HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True)
UNITS = HyperParameter("units", "int", 8, 1, 1024, log=True)


@pytest.mark.parametrize(
    ("hyper_parameters", "n_trials", "n_points"),
    [
        (reals(1), 7, 7),
        (reals(2), 10, 9),
        (reals(2), 12, 12),
        (reals(8), 50, 48),
        (reals(3), 1, 1),
        ((KERNEL, LR), 10, 9),
        ((KERNEL, DEPTH), 100, 9),
        ((DEPTH, LR), 100, 99),
        ((KERNEL, LR), 2, 3),
    ],
)
def test_the_grid_has_as_many_points_as_fit_into_the_trials(hyper_parameters, n_trials, n_points):
    grid = grid_of(*hyper_parameters, n_trials=n_trials)
    assert grid.n_points == n_points
    assert len({repr(config) for config in all_configs(grid)}) == n_points


def test_levels_are_raised_in_turn():
    assert n_levels(grid_of(*reals(3), n_trials=20)) == {"x0": 3, "x1": 3, "x2": 2}


def test_a_number_never_has_more_levels_than_values():
    assert n_levels(grid_of(DEPTH, LR, n_trials=60)) == {"depth": 3, "lr": 20}


def test_a_number_has_five_levels_when_the_trials_are_not_counted():
    assert n_levels(grid_of(DEPTH, LR, KERNEL)) == {"depth": 3, "lr": 5, "kernel": 3}


def test_given_levels_win():
    grid = grid_of(DEPTH, LR, KERNEL, n_trials=60, levels={"lr": 2, "depth": 9})
    assert n_levels(grid) == {"depth": 3, "lr": 2, "kernel": 3}


def test_levels_are_spread_evenly_and_reach_both_ends():
    values = sorted(config["lr"] for config in all_configs(grid_of(LR, n_trials=5)))
    assert values == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1, 1.0], rel=1e-12)


def test_levels_of_whole_numbers_on_a_log_scale_are_all_different():
    values = sorted(config["units"] for config in all_configs(grid_of(UNITS, n_trials=20)))
    assert values[:4] == [1, 2, 3, 4]
    assert values[-1] == 1024
    assert len(set(values)) == 20


def test_a_number_with_a_single_level_is_held_in_the_middle():
    assert grid_of(*reals(1), n_trials=1).ask(1).config == {"x0": 0.5}


def test_the_middle_comes_first_then_the_ends_then_what_lies_between():
    order = [config["x0"] for config in all_configs(grid_of(*reals(1), n_trials=9))]
    assert order[0] == 0.5
    assert set(order[1:3]) == {0.0, 1.0}
    assert set(order[3:5]) == {0.25, 0.75}
    assert set(order[5:]) == {0.125, 0.375, 0.625, 0.875}


def test_the_coarse_grid_of_three_levels_is_done_before_the_finer_one_begins():
    order = [tuple(config.values()) for config in all_configs(grid_of(*reals(2), n_trials=25))]
    assert order[0] == (0.5, 0.5)
    assert set(order[1:5]) == {(0.5, 0.0), (0.5, 1.0), (0.0, 0.5), (1.0, 0.5)}
    assert set(order[:9]) == set(itertools.product([0.0, 0.5, 1.0], repeat=2))


def test_every_choice_is_seen_with_the_middle_of_the_numbers_first():
    first = all_configs(grid_of(*reals(1), KERNEL, n_trials=9))[:3]
    assert {config["kernel"] for config in first} == {"a", "b", "c"}
    assert {config["x0"] for config in first} == {0.5}


def test_the_reason_counts_the_points():
    grid = grid_of(*reals(1), n_trials=3)
    reasons = [grid.ask(number).provenance.reason for number in (1, 2)]
    assert reasons == ["grid point 1 of 3", "grid point 2 of 3"]


def test_ask_says_when_the_grid_is_exhausted():
    grid = grid_of(*reals(2), n_trials=5)
    all_configs(grid)
    with pytest.raises(SpaceExhaustedError, match="All 4 grid points have been tried"):
        grid.ask(5)


def test_points_tried_before_an_edit_are_not_tried_again():
    grid = grid_of(*reals(2), n_trials=9)
    before = [grid.ask(number).config for number in range(1, 6)]
    x0, x1 = grid.space.hyper_parameters
    grid.move_to(SpaceVersion(2, (x0, x1.edited(high=2.0))))
    after = [grid.ask(number).config for number in range(6, 13)]
    assert not [config for config in after if config in before]
    with pytest.raises(SpaceExhaustedError, match="All 9 grid points have been tried"):
        grid.ask(13)


def test_a_grid_of_too_many_points_is_refused_with_their_number():
    with pytest.raises(
        OptimizerError, match=r"GridSearch.n_points must be at most 100,000, not 390625"
    ):
        grid_of(*reals(8))


def test_an_edit_that_makes_too_many_points_leaves_the_grid_as_it_was():
    grid = grid_of(*reals(7))
    with pytest.raises(OptimizerError, match=r"GridSearch.n_points must be at most 100,000"):
        grid.move_to(SpaceVersion(2, reals(8)))
    assert grid.n_points == 5**7
    assert tuple(grid.ask(1).config) == grid.space.names


def test_more_trials_than_the_limit_make_a_grid_at_the_limit():
    assert grid_of(*reals(1), n_trials=10**9).n_points == 100_000


@pytest.mark.parametrize("name", ["kernel", "lrr"])
def test_levels_of_what_is_no_number_are_refused(name):
    with pytest.raises(OptimizerError, match=rf"levels must name a number .*, not '{name}'"):
        grid_of(LR, KERNEL, levels={name: 3})


@pytest.mark.parametrize("n", [0, -1, 2.5, "3"])
def test_levels_must_be_counts(n):
    with pytest.raises(OptimizerError, match=r"levels\['lr'\] must be a whole number"):
        grid_of(LR, levels={"lr": n})


def test_levels_may_be_listed():
    space = SpaceVersion(
        1,
        (
            HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True),
            HyperParameter("depth", "int", 3, 1, 9),
        ),
    )
    grid = GridSearch(space, levels={"lr": [0.001, 0.01, 0.5], "depth": [2, 9]})
    configs = [grid.ask(number).config for number in range(1, grid.n_points + 1)]
    found = {(round(config["lr"], 9), config["depth"]) for config in configs}
    assert found == {(lr, depth) for lr in (0.001, 0.01, 0.5) for depth in (2, 9)}


@pytest.mark.parametrize(
    ("listed", "message"),
    [
        ([], r"GridSearch\.levels\['depth'\] must have a value, not \[\]"),
        ([3, 12], r"GridSearch\.levels\['depth'\] must have values in \[1, 9\], not 12"),
        ([3, 3], r"GridSearch\.levels\['depth'\] must have each value once"),
    ],
)
def test_a_bad_list_of_levels_is_refused(listed, message):
    space = SpaceVersion(1, (HyperParameter("depth", "int", 3, 1, 9),))
    with pytest.raises(OptimizerError, match=message):
        GridSearch(space, levels={"depth": listed})
