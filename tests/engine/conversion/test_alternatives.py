from __future__ import annotations

import re
from itertools import product
from typing import Any

import pytest
from sklearn.model_selection import ParameterGrid
from tuneboard.engine.conversion.alternatives import combine
from tuneboard.engine.conversion.ranges import read_entry
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.space import SearchSpace

GRIDS: dict[str, list[dict[str, Any]]] = {
    "one alternative": [{"kernel": ["rbf", "poly"], "C": [1, 10]}],
    "scikit-learn's own example": [
        {"C": [1, 10, 100], "kernel": ["linear"]},
        {"C": [1, 10, 100], "gamma": [0.001, 0.0001], "kernel": ["rbf"]},
    ],
    "lists that differ": [
        {"kernel": ["linear"], "C": [1, 10]},
        {"kernel": ["rbf", "poly"], "C": [10, 100], "gamma": [0.1, 1.0]},
    ],
    "a value of each": [
        {"solver": ["lbfgs"], "penalty": ["l2"]},
        {"solver": ["liblinear"], "penalty": ["l1", "l2"]},
        {"solver": ["saga"], "penalty": ["elasticnet"], "l1_ratio": [0.1, 0.9]},
    ],
    "numbers, flags and None": [
        {"depth": [None, -1], "prune": [True]},
        {"depth": [3, 4.5], "prune": [False, True], "leaf size": [1, 2]},
    ],
}


def read(dicts: Any) -> SearchSpace:
    return combine(dicts, read_entry, "param_grid")


@pytest.mark.parametrize("name", GRIDS)
def test_the_space_holds_exactly_the_configurations_of_the_alternatives(name: str) -> None:
    space = read(GRIDS[name]).version
    listed = [dict(config) for config in ParameterGrid(GRIDS[name])]
    every = [[(one.name, value) for value in one.choices] for one in space.hyper_parameters]
    active = [space.conditions.active(dict(pairs)) for pairs in product(*every)]
    found = [config for config in active if space.contains(config)]

    assert all(space.contains(config) for config in listed)
    assert {repr(sorted(one.items())) for one in found} == {
        repr(sorted(one.items())) for one in listed
    }


def test_what_one_alternative_has_alone_is_active_only_there() -> None:
    space = read(GRIDS["lists that differ"])

    assert space["gamma"].active_when == "kernel in {'rbf', 'poly'}"
    assert space["C"].active_when == ""
    assert space["C"].choices == (1, 10, 100)
    assert space.constraints == (
        "not (kernel == 'linear') or C in {1, 10}",
        "not (kernel in {'rbf', 'poly'}) or C in {10, 100}",
    )


def test_a_range_may_stand_in_one_alternative_or_be_the_same_in_several() -> None:
    space = read([{"k": ["a"], "C": (1, 9)}, {"k": ["b"], "C": (1, 9), "g": (0.1, 1.0, "log")}])

    assert (space["C"].active_when, space["C"].high) == ("", 9)
    assert (space["g"].active_when, space["g"].log) == ("k == 'b'", True)
    assert space.constraints == ()


BROKEN: dict[str, tuple[Any, str]] = {
    "no alternatives": ([], "param_grid must have an entry, not []. Give at least one dict."),
    "no common choice": (
        [{"a": [1]}, {"b": [2]}],
        "param_grid must have one choice that tells its 2 alternatives apart, not [['a'], ['b']]. "
        "Give each a value of its own, as in [{'kernel': ['linear'], ...}, {'kernel': ['rbf'], "
        "...}], or search them one after the other.",
    ),
    "a value in both": (
        [{"k": ["a", "b"]}, {"k": ["b", "c"]}],
        "param_grid must have one choice that tells its 2 alternatives apart",
    ),
    "numbers that conditions take for equal": (
        [{"k": [3]}, {"k": [3.0]}],
        "param_grid must have one choice that tells its 2 alternatives apart",
    ),
    "ranges that differ": (
        [{"k": ["a"], "C": (1, 9)}, {"k": ["b"], "C": [1, 2]}],
        "SearchSpace.C must have one range, the same in every alternative, not ((1, 9), [1, 2]). "
        "Write lists, or the same range.",
    ),
    "no dict among them": ([{"k": ["a"]}, 3], "param_grid must be given a dict, not 3."),
    "a value without words": (
        [{"k": [((1, 2), 3)], "g": [1, 2]}, {"k": ["b"]}],
        "SearchSpace.g.active_when must depend on text, numbers, True, False or None, not "
        "((1, 2), 3). Conditions know no empty and no nested tuples: use text in their place.",
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_alternatives_that_cannot_be_one_space_are_told(fault: str) -> None:
    dicts, message = BROKEN[fault]

    with pytest.raises(SpaceError, match=re.escape(message)):
        read(dicts)
