from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.conversion.optuna_space import to_optuna
from tuneboard.engine.conversion.outgoing import as_version, unconditional
from tuneboard.engine.conversion.param_grid import to_param_distributions, to_param_grid
from tuneboard.engine.conversion.ranges import to_ranges
from tuneboard.engine.errors import SpaceError


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
