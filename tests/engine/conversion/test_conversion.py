from __future__ import annotations

import re
from typing import Any

import pytest
from ConfigSpace import ConfigurationSpace
from hypothesis import given
from optuna.distributions import IntDistribution
from scipy import stats
from sklearn.svm import SVC
from tuneboard.engine import Choice, Int, SearchSpace
from tuneboard.engine.conversion import as_space
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion


class Space(SearchSpace):
    depth = Int(3, bounds=(1, 9))
    kernel = Choice("rbf", choices=["rbf", "poly"])


def test_a_space_is_returned_as_it_is() -> None:
    space = Space()

    assert as_space(space) is space


def test_a_class_of_spaces_makes_one() -> None:
    assert isinstance(as_space(Space), Space)


@given(...)
def test_a_version_becomes_a_space_of_that_version(version: SpaceVersion) -> None:
    assert repr(as_space(version).version) == repr(version)


def test_hyper_parameters_become_a_space() -> None:
    assert as_space([HyperParameter("k", "int", 1, 1, 9)]).config == {"k": 1}


def test_an_estimator_is_read() -> None:
    assert {"C", "gamma"} <= set(as_space(SVC()).names)


def test_a_configuration_space_is_read() -> None:
    assert as_space(ConfigurationSpace({"depth": (1, 9)}))["depth"].high == 9


def test_each_entry_of_a_dict_is_read_by_its_own_kind() -> None:
    space = as_space(
        {
            "a": (1, 9),
            "b": [1, 9],
            "c": stats.randint(1, 9),
            "d": IntDistribution(1, 9),
            "e": range(1, 9),
            "f": ("x", "y"),
        }
    )

    assert {one.name: one.choices or (one.low, one.high) for one in space.version.searched} == {
        "a": (1, 9),
        "b": (1, 9),
        "c": (1, 8),
        "d": (1, 9),
        "e": (1, 8),
        "f": ("x", "y"),
    }
    assert [one.kind for one in space.version.searched] == [
        "int",
        "choice",
        "int",
        "int",
        "int",
        "choice",
    ]


def test_alternatives_are_read() -> None:
    space = as_space([{"kernel": ["linear"]}, {"kernel": ["rbf"], "gamma": (0.1, 1.0, "log")}])

    assert space["gamma"].active_when == "kernel == 'rbf'"


def test_an_empty_dict_is_an_empty_space() -> None:
    assert as_space({}).names == ()


@pytest.mark.parametrize("source", [None, "rbf", 3, [], [1], {1, 2}, [Space(), {}]])
def test_what_describes_no_space_is_told(source: Any) -> None:
    message = (
        "as_space must be given a search space, an estimator, a dict of entries or a "
        "ConfigurationSpace, not "
    )
    with pytest.raises(SpaceError, match=re.escape(message)):
        as_space(source)


def test_a_class_of_estimators_is_told() -> None:
    with pytest.raises(SpaceError, match=r"estimator must be an object, not .* Write SVC\(\)"):
        as_space(SVC)


def test_the_guilty_entry_is_named() -> None:
    with pytest.raises(SpaceError, match="SearchSpace.b must be .low, high.") as caught:
        as_space({"a": (1, 9), "b": (1,)})
    assert caught.value.name == "SearchSpace.b"
