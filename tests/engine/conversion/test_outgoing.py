from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_iris
from sklearn.model_selection import ParameterSampler, RandomizedSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from tuneboard.engine import Choice, Int, OneOf, Real, SearchSpace
from tuneboard.engine.conversion.optuna_space import to_optuna
from tuneboard.engine.conversion.outgoing import as_version, unconditional
from tuneboard.engine.conversion.param_grid import (
    from_param_grid,
    to_param_distributions,
    to_param_grid,
)
from tuneboard.engine.conversion.ranges import to_ranges
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.given import as_python
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion


class Conditional(SearchSpace):
    kernel = Choice("rbf", choices=["rbf", "poly"])
    degree = Int(3, bounds=(2, 5), active_when="kernel == 'poly'")


class Constrained(SearchSpace):
    low = Real(0.1, bounds=(0, 1))
    high = Real(0.9, bounds=(0, 1))
    constraints = ("low < high",)


@pytest.fixture(params=[to_ranges, to_param_grid, to_param_distributions, to_optuna])
def write(request: pytest.FixtureRequest) -> Callable[..., Any]:
    written: Callable[..., Any] = request.param
    return written


@pytest.mark.parametrize("write", [to_ranges, to_optuna])
def test_a_condition_is_told_where_the_tool_has_none(write: Callable[..., Any]) -> None:
    message = (
        "SearchSpace.degree.active_when must be empty for .*, which cannot say it, not "
        "\"kernel == 'poly'\". Drop the condition, or convert one space for each case."
    )
    with pytest.raises(SpaceError, match=message):
        write(Conditional())


def test_a_condition_of_what_does_not_go_out_is_no_matter(write: Callable[..., Any]) -> None:
    space = Conditional()
    space.edit("degree", is_searched=False)

    assert list(write(space)) == ["kernel"]


class Kernels(SearchSpace):
    kernel = Choice("rbf", choices=["linear", "rbf", "poly"])
    gamma = Real(0.1, bounds=(0.01, 1.0), log=True, active_when="kernel in {rbf, poly}")
    degree = Int(3, bounds=(2, 5), active_when="kernel == 'poly' and gamma > 0")
    C = Real(1.0, bounds=(0.1, 10.0), log=True)


def test_what_held_values_decide_needs_no_condition(write: Callable[..., Any]) -> None:
    space = Kernels()
    space.edit("degree", is_searched=False)
    for kernel, names in {"rbf": ["gamma", "C"], "linear": ["C"]}.items():
        space.edit("kernel", is_searched=False, value=kernel)
        assert list(write(space)) == names


def test_a_constraint_that_held_values_meet_is_no_matter(write: Callable[..., Any]) -> None:
    space = Constrained()
    space.edit("low", is_searched=False, value=0.0)
    space.constrain("low < 0.5")
    assert list(write(space)) == ["high"]


def test_a_model_as_it_comes_goes_to_every_tool(write: Callable[..., Any]) -> None:
    assert list(write(SearchSpace.from_estimator(SVC()))) == ["C", "gamma"]


def test_conditions_on_choices_become_alternatives() -> None:
    space = Kernels()
    space.edit("degree", active_when="kernel == 'poly'")
    assert to_param_grid(space, n_levels=2) == [
        {"kernel": ["linear"], "C": [0.1, 10.0]},
        {"kernel": ["rbf"], "gamma": [0.01, 1.0], "C": [0.1, 10.0]},
        {"kernel": ["poly"], "gamma": [0.01, 1.0], "degree": [2, 5], "C": [0.1, 10.0]},
    ]
    back = from_param_grid(to_param_grid(space, n_levels=2))
    assert back["gamma"].active_when == "kernel in {'rbf', 'poly'}"


def test_a_condition_on_a_number_has_no_alternatives() -> None:
    message = "SearchSpace.degree.active_when must be empty for a param_grid, which cannot say it"
    with pytest.raises(SpaceError, match=message):
        to_param_grid(Kernels())


def test_more_alternatives_than_anybody_wants_are_refused() -> None:
    numbers = tuple(range(40))
    choices = [HyperParameter(name, "choice", 0, choices=numbers) for name in ("a", "b")]
    one = HyperParameter("c", "int", 1, 1, 9, active_when="a == 1 or b == 2")
    with pytest.raises(SpaceError, match=r"SearchSpace.c.active_when must be empty for a param_gr"):
        to_param_grid(SpaceVersion(1, (*choices, one)))


def test_scikit_learn_searches_a_choice_of_models() -> None:
    X, y = load_iris(return_X_y=True)
    nested = OneOf(tree=DecisionTreeClassifier(), neighbours=KNeighborsClassifier())
    model = OneOf(svc=SVC(), simple=nested)
    space = SearchSpace.from_estimator(model)
    found = RandomizedSearchCV(
        model, to_param_distributions(space), n_iter=12, cv=2, random_state=0, error_score="raise"
    ).fit(X, y)
    chosen = [config["chosen"] for config in found.cv_results_["params"]]
    assert set(chosen) == {"svc", "simple"}
    assert all(
        ("svc__C" in config) == (config["chosen"] == "svc")
        for config in found.cv_results_["params"]
    )


@pytest.mark.filterwarnings("ignore:The total space of parameters")  # of a few choices alone
@given(st.from_type(SpaceVersion), st.integers(0, 2**32 - 1))
def test_what_scikit_learn_draws_is_what_the_space_allows(version: SpaceVersion, seed: int) -> None:
    try:
        written = to_param_distributions(version)
    except SpaceError:
        return
    fixed = version.fixed
    for drawn in ParameterSampler(written, 3, random_state=seed) if written else ():
        values = {name: as_python(value) for name, value in drawn.items()}
        config = version.conditions.active(fixed | values)
        assert config.keys() >= values.keys()
        assert version.contains(config) or version.conditions.broken(config)


def test_a_constraint_is_told_where_the_tool_has_none(write: Callable[..., Any]) -> None:
    message = (
        "SearchSpace.constraints must be empty for .*, which cannot say them, not 'low < high'. "
        "Drop them by space.constrain"
    )
    with pytest.raises(SpaceError, match=message):
        write(Constrained())


def test_an_unset_hyper_parameter_never_goes_out(write: Callable[..., Any]) -> None:
    class Space(SearchSpace):
        depth = Int(None, bounds=(1, 9), is_searched=False)
        kernel = Choice("rbf", choices=["rbf", "poly"], is_searched=False)

    assert list(write(Space(), with_held=True)) == ["kernel"]
    assert list(write(Space())) == []


def test_the_space_as_it_stands_now_goes_out() -> None:
    space = Conditional()
    space.edit("degree", active_when="", high=9)

    assert as_version(space) is space.version
    assert [one.high for one in unconditional(space.version, "ranges", with_held=False)][1] == 9


def test_what_is_no_space_is_told(write: Callable[..., Any]) -> None:
    with pytest.raises(SpaceError, match=r"space must be a SearchSpace or a SpaceVersion, not {}"):
        write({})
