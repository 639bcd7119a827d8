from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from sklearn.datasets import load_iris
from sklearn.model_selection import (
    GridSearchCV,
    ParameterGrid,
    ParameterSampler,
    RandomizedSearchCV,
)
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.conversion.param_grid import (
    from_distributions,
    from_param_grid,
    to_param_distributions,
    to_param_grid,
)
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion


class Space(SearchSpace):
    C = Real(1.0, bounds=(1e-2, 1e2), log=True)
    tol = Real(1e-3, bounds=(1e-4, 1e-2))
    degree = Int(3, bounds=(2, 5))
    cache_size = Int(100, bounds=(50, 200), log=True)
    max_iter = Int(1000, bounds=(1000, 3000), step=1000)
    coef0 = Real(0.0, bounds=(0.0, 1.0), step=0.25)
    kernel = Choice("rbf", choices=["rbf", "poly", "linear"])
    shrinking = Choice(True, choices=[True, False], is_searched=False)


def rules(one: HyperParameter) -> str:
    return repr((one.name, one.kind, one.low, one.high, one.log, one.step, one.choices))


def unconditional(space: SpaceVersion) -> SpaceVersion:
    """Return the space without its conditions, and without more steps than floats can count."""
    kept = [
        replace(one, active_when="")
        for one in space.hyper_parameters
        if not one.step or (one.high - one.low) / one.step < 1e15
    ]
    return SpaceVersion(1, tuple(kept))


# From scikit-learn


def test_a_tuple_in_a_grid_means_its_values_as_in_scikit_learn() -> None:
    space = from_param_grid({"lr": (0.001, 0.1), "units": [[50, 50], [100]]})

    assert space["lr"].choices == (0.001, 0.1)
    assert space["units"].choices == ((50, 50), (100,))


def test_an_array_in_a_grid_means_its_values() -> None:
    one = from_param_grid({"C": np.logspace(-2, 2, 5)})["C"]

    assert (one.choices, one.ordered) == ((0.01, 0.1, 1.0, 10.0, 100.0), True)


def test_a_list_of_grids_becomes_a_space_with_conditions() -> None:
    space = from_param_grid([{"kernel": ["linear"]}, {"kernel": ["rbf"], "gamma": [0.1, 1]}])

    assert space["kernel"].choices == ("linear", "rbf")
    assert space["gamma"].active_when == "kernel == 'rbf'"


def test_distributions_may_stand_beside_lists_and_in_alternatives() -> None:
    space = from_distributions(
        [{"k": ["a"]}, {"k": ["b"], "C": stats.loguniform(0.1, 10), "n": stats.randint(1, 9)}]
    )

    assert (space["C"].log, space["C"].active_when) == (True, "k == 'b'")
    assert (space["n"].low, space["n"].high) == (1, 8)


BROKEN: dict[str, tuple[Any, str]] = {
    "a distribution": (
        {"C": stats.uniform()},
        "A distribution is read by from_distributions.",
    ),
    "a text": (
        {"kernel": "rbf"},
        "SearchSpace.kernel must be a list of choices, not 'rbf'. Put brackets around a single",
    ),
    "a set": (
        {"C": {1}},
        "SearchSpace.C must be a list of choices, not {1}. A set has no order: write a list.",
    ),
    "no list": ({"C": 1.0}, "SearchSpace.C must be a list of choices, not 1.0. Put brackets"),
    "no grid": (
        "rbf",
        "param_grid must be a dict or a list of dicts, not 'rbf'. Give a dict of names and entries",
    ),
    "no grids": ([], "param_grid must have an entry, not []. Give at least one dict."),
    "estimators": (
        {"clf": [SVC()]},
        "SearchSpace.clf must have choices that are text, numbers, True, False, None or tuples of "
        "these, not SVC(). Put the estimators into a OneOf",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_grid_that_cannot_be_read_is_told(fault: str) -> None:
    grid, message = BROKEN[fault]

    with pytest.raises(SpaceError, match=re.escape(message)):
        from_param_grid(grid)


# To scikit-learn


def test_a_grid_spreads_levels_from_end_to_end() -> None:
    grid = to_param_grid(Space(), n_levels=3)

    assert grid["C"] == pytest.approx([0.01, 1.0, 100.0])
    assert grid["degree"] == [2, 4, 5]
    assert grid["max_iter"] == [1000, 2000, 3000]
    assert grid["coef0"] == [0.0, 0.5, 1.0]
    assert grid["kernel"] == ["rbf", "poly", "linear"]
    assert "shrinking" not in grid


def test_what_is_held_goes_out_as_one_value_when_asked_for() -> None:
    assert to_param_grid(Space(), with_held=True)["shrinking"] == [True]
    assert to_param_distributions(Space(), with_held=True)["shrinking"] == [True]


@pytest.mark.parametrize("n_levels", [0, -1, 2.5, True, "3"])
def test_a_number_of_levels_that_is_none_is_told(n_levels: Any) -> None:
    message = f"to_param_grid.n_levels must be a whole number of at least 1, not {n_levels!r}. Try"
    with pytest.raises(SpaceError, match=re.escape(message)):
        to_param_grid(Space(), n_levels=n_levels)


@given(space=..., n_levels=st.integers(1, 5))
def test_every_level_of_a_grid_is_a_value_of_the_space(space: SpaceVersion, n_levels: int) -> None:
    space = unconditional(space)
    grid = to_param_grid(space, n_levels=n_levels)

    assert list(grid) == [one.name for one in space.searched]
    for one in space.searched:
        assert all(one.contains(value) for value in grid[one.name])
        if one.kind == "choice":
            assert repr(grid[one.name]) == repr(list(one.choices))


@given(...)
def test_choices_come_back_from_a_grid(space: SpaceVersion) -> None:
    choices = tuple(one for one in unconditional(space).searched if one.kind == "choice")
    back = from_param_grid(to_param_grid(SpaceVersion(1, choices))).version

    assert list(map(rules, back.hyper_parameters)) == list(map(rules, choices))


@given(...)
def test_kinds_scales_and_steps_come_back_from_distributions(space: SpaceVersion) -> None:
    space = unconditional(space)
    back = from_distributions(to_param_distributions(space)).version

    assert back.names == tuple(one.name for one in space.searched)
    for one in space.searched:
        n_values = Encoding(SpaceVersion(1, (one,))).n_levels[0]
        if n_values == 1:
            assert not back[one.name].is_searched
        else:
            then = back[one.name]
            assert (then.kind, then.log) == (one.kind, one.log)
            assert repr(then.choices) == repr(one.choices)
            assert one.step in (then.step, 1)


def test_scikit_learn_draws_from_the_distributions_what_lies_in_the_space() -> None:
    space = Space()
    drawn = ParameterSampler(to_param_distributions(space, with_held=True), 20, random_state=0)

    assert all(space.version.contains(config) for config in drawn)


def test_scikit_learn_lists_from_the_grid_what_lies_in_the_space() -> None:
    space = Space()
    listed = ParameterGrid(to_param_grid(space, n_levels=2))

    assert len(listed) == 2**6 * 3
    assert all(space.version.contains(config) for config in listed)


def test_scikit_learn_runs_both_of_its_searches_on_what_was_written() -> None:
    class Tree(SearchSpace):
        max_depth = Int(3, bounds=(1, 8), log=True)
        min_samples_split = Int(2, bounds=(2, 8), step=2)
        ccp_alpha = Real(0.01, bounds=(1e-4, 0.1), log=True)
        criterion = Choice("gini", choices=["gini", "entropy"])

    space, tree = Tree(), DecisionTreeClassifier(random_state=0)
    X, y = load_iris(return_X_y=True)
    grid = GridSearchCV(tree, to_param_grid(space, n_levels=2), cv=2).fit(X, y)
    drawn = RandomizedSearchCV(
        tree, to_param_distributions(space), n_iter=20, cv=2, random_state=0
    ).fit(X, y)

    assert len(grid.cv_results_["params"]) == 16
    assert all(space.version.contains(config) for config in drawn.cv_results_["params"])
