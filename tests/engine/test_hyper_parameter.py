from __future__ import annotations

import math
import re
from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine import plain
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import (
    HyperParameter,
    SpaceVersion,
    as_number,
    hyper_parameters_from,
)

REAL = HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True)
INT = HyperParameter("depth", "int", 3, 1, 9)
CHOICE = HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly"))

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.tuples()
)

BROKEN: dict[str, tuple[HyperParameter, dict[str, Any], str]] = {
    "low above high": (
        REAL,
        {"low": 0.1, "high": 0.001},
        "SearchSpace.lr must have low < high, not (0.1, 0.001). Swap the two bounds.",
    ),
    "low equal to high": (
        INT,
        {"low": 3, "high": 3},
        "SearchSpace.depth must have low < high, not (3, 3). Widen the range, or switch it off",
    ),
    "log scale from zero": (
        REAL,
        {"low": 0},
        "SearchSpace.lr must have low > 0 on a log scale, not 0.0. Raise low above 0",
    ),
    "log scale from below zero": (
        INT,
        {"low": -1, "log": True},
        "SearchSpace.depth must have low > 0 on a log scale, not -1.",
    ),
    "value above the range": (
        REAL,
        {"value": 2.0},
        "SearchSpace.lr must be a real number in [0.0001, 1.0], not 2.0. Change the value or widen",
    ),
    "value that is no whole number": (
        INT,
        {"value": 2.5},
        "SearchSpace.depth must be a whole number in [1, 9], not 2.5.",
    ),
    "value that is NaN": (REAL, {"value": math.nan}, "SearchSpace.lr must be a real number in"),
    "value that is text": (
        INT,
        {"value": "3"},
        "SearchSpace.depth must be a whole number in [1, 9]",
    ),
    "value that is a flag": (INT, {"value": True}, "SearchSpace.depth must be a whole number"),
    "no value but searched": (REAL, {"value": None}, "SearchSpace.lr must be a real number in"),
    "value that is no choice": (
        CHOICE,
        {"value": "linear"},
        "SearchSpace.kernel must be one of ['rbf', 'poly'], not 'linear'.",
    ),
    "no choices": (
        CHOICE,
        {"choices": []},
        "SearchSpace.kernel must have at least one choice, not []. Add a choice or switch it off.",
    ),
    "a choice twice": (
        CHOICE,
        {"choices": ["rbf", "poly", "rbf"]},
        "SearchSpace.kernel must have each choice once, not 'rbf'. Remove one of the two.",
    ),
    "a choice that is an object": (
        CHOICE,
        {"choices": ["rbf", re]},
        "SearchSpace.kernel must have choices that are text, numbers, True, False, None or tuples",
    ),
    "a choice that is NaN": (
        CHOICE,
        {"choices": [math.nan]},
        "SearchSpace.kernel must have choices",
    ),
    "an end that is text": (
        REAL,
        {"high": "1"},
        "SearchSpace.lr.high must be a finite number, not '1'. Give a number.",
    ),
    "an end that is missing": (REAL, {"low": None}, "SearchSpace.lr.low must be a finite number"),
    "an end that is infinite": (REAL, {"high": math.inf}, "SearchSpace.lr.high must be a finite"),
    "an end beyond all floats": (REAL, {"high": 10**400}, "SearchSpace.lr.high must be a finite"),
    "an end that is NaN": (REAL, {"low": math.nan}, "SearchSpace.lr.low must be a finite number"),
    "an end that is a flag": (INT, {"low": False}, "SearchSpace.depth.low must be a finite number"),
    "an end that is no whole number": (
        INT,
        {"high": 9.5},
        "SearchSpace.depth.high must be a whole number, not 9.5. Give a whole number.",
    ),
    "a step of zero": (INT, {"step": 0}, "SearchSpace.depth must have a step in (0, 8], not 0."),
    "a step below zero": (INT, {"step": -1}, "SearchSpace.depth must have a step in (0, 8]"),
    "a step wider than the range": (
        INT,
        {"step": 9},
        "SearchSpace.depth must have a step in (0, 8], not 9. Use a smaller step.",
    ),
    "a step too fine to count": (
        REAL,
        {"step": 1e-300},
        "SearchSpace.lr must have at most 1e+12 steps in its range, not 1e-300. Use a larger step",
    ),
    "a step that is NaN": (REAL, {"step": math.nan}, "SearchSpace.lr.step must be a finite number"),
    "a step that is text": (
        INT,
        {"step": "2"},
        "SearchSpace.depth.step must be a finite number, not '2'.",
    ),
    "a step of a whole number that is none": (
        INT,
        {"step": 1.5},
        "SearchSpace.depth.step must be a whole number, not 1.5.",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_rule_is_refused_with_the_name_and_the_way_out(case: str) -> None:
    before, changes, message = BROKEN[case]

    with pytest.raises(SpaceError, match=re.escape(message)) as caught:
        before.edited(**changes)

    assert caught.value.name.startswith(before.owner)


def test_a_refusal_is_a_value_error_that_carries_the_guilty_value() -> None:
    with pytest.raises(ValueError, match="SearchSpace.lr must be a real number") as caught:
        REAL.edited(value=5)

    assert (caught.value.name, caught.value.value) == ("SearchSpace.lr", 5.0)  # type: ignore[attr-defined]


def test_numbers_of_numpy_become_numbers_of_python() -> None:
    one = HyperParameter("C", "real", np.float32(0.5), np.int64(0), np.float64(1))

    assert (one.value, one.low, one.high) == (0.5, 0.0, 1.0)
    assert {type(one.value), type(one.low), type(one.high)} == {float}


def test_choices_of_numpy_become_values_of_python() -> None:
    numbers = HyperParameter("C", "choice", np.float64(1), choices=tuple(np.logspace(-1, 1, 3)))
    texts = HyperParameter("kernel", "choice", "rbf", choices=tuple(np.array(["rbf", "poly"])))

    assert [type(one) for one in (*numbers.choices, *texts.choices)] == [float] * 3 + [str] * 2
    assert plain.loads(plain.dumps(numbers.choices)) == (0.1, 1.0, 10.0)


def test_a_whole_number_written_as_a_float_is_one() -> None:
    assert HyperParameter("depth", "int", 3.0, 1.0, 9.0) == INT


@pytest.mark.parametrize(
    ("kind", "given", "cleaned"),
    [
        ("real", 3, 3.0),
        ("int", 3.0, 3),
        ("int", 3.5, 3.5),
        ("real", np.float32(0.5), 0.5),
        ("int", np.array(4), 4),
        ("real", True, True),
        ("real", "3", "3"),
        ("int", None, None),
        ("choice", 1.0, 1.0),
        ("choice", np.float64(1), 1.0),
    ],
)
def test_as_number_cleans_numbers_and_leaves_the_rest(kind: Any, given: Any, cleaned: Any) -> None:
    found = as_number(kind, given)

    assert found == cleaned
    assert type(found) is type(cleaned)


def test_true_is_not_the_choice_1() -> None:
    one = HyperParameter("max_features", "choice", 1, choices=(1, 1.0, True, "sqrt"))

    assert [one.contains(value) for value in (1, 1.0, True, "sqrt", 2)] == [True] * 4 + [False]
    assert not INT.contains(True)
    assert not HyperParameter("k", "choice", 1, choices=(1,)).contains(True)


@given(st.from_type(HyperParameter), ANYTHING)
def test_a_clamped_value_is_allowed_and_an_allowed_one_stays(
    one: HyperParameter, value: Any
) -> None:
    clamped = one.clamp(value)

    assert one.contains(clamped)
    if one.contains(value):
        assert clamped is value


@pytest.mark.parametrize(
    ("one", "value", "nearest"),
    [
        (REAL, 7.0, 1.0),
        (REAL, -1.0, 1e-4),
        (REAL, math.nan, 1e-4),
        (REAL, "text", 1e-4),
        (INT, 4.6, 5),
        (INT, 100, 9),
        (CHOICE, "linear", "rbf"),
    ],
)
def test_a_value_is_clamped_to_the_nearest(one: HyperParameter, value: Any, nearest: Any) -> None:
    assert one.clamp(value) == nearest


def test_an_edit_moves_the_value_into_the_new_range() -> None:
    assert INT.edited(low=5).value == 5
    assert REAL.edited(high=0.005).value == 0.005
    assert CHOICE.edited(choices=["linear", "poly"]).value == "linear"


def test_an_edit_keeps_a_value_that_still_fits() -> None:
    assert INT.edited(low=2, high=20).value == 3


def test_an_edit_may_give_a_value_that_only_the_new_range_allows() -> None:
    edited = INT.edited(high=20, value=15)

    assert (edited.high, edited.value) == (20, 15)


def test_an_edit_leaves_the_original_as_it_was() -> None:
    INT.edited(low=2)

    assert INT.low == 1
    with pytest.raises(FrozenInstanceError, match="low"):
        INT.low = 2  # type: ignore[misc]


def test_a_hyper_parameter_that_is_not_searched_may_stay_unset() -> None:
    unset = HyperParameter("max_depth", "int", None, 1, 9, is_searched=False)

    assert unset.is_unset
    assert unset.edited(high=20).value is None


def test_an_unset_hyper_parameter_gets_a_value_when_it_is_searched() -> None:
    unset = HyperParameter("max_depth", "int", None, 1, 9, is_searched=False)

    searched = unset.edited(is_searched=True)

    assert (searched.value, searched.is_unset) == (1, False)


def test_none_among_the_choices_is_a_value() -> None:
    one = HyperParameter("weights", "choice", None, choices=("balanced", None), is_searched=False)

    assert not one.is_unset
    assert SpaceVersion(1, (one,)).fixed == {"weights": None}


UNSET = HyperParameter("gamma", "real", None, 0.0, 1.0, is_searched=False)
HELD = HyperParameter("degree", "int", 2, 1, 5, is_searched=False)
SPACE = SpaceVersion(4, (REAL, HELD, CHOICE, UNSET))


def test_a_version_knows_what_is_searched_and_what_is_held() -> None:
    assert SPACE.names == ("lr", "degree", "kernel", "gamma")
    assert SPACE.searched == (REAL, CHOICE)
    assert SPACE.fixed == {"degree": 2}


def test_a_version_gives_a_hyper_parameter_by_its_name() -> None:
    assert SPACE["kernel"] is CHOICE
    assert "kernel" in SPACE
    assert "C" not in SPACE


def test_an_unknown_name_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(SpaceError, match=r"SearchSpace must have one of \['lr', .*, not 'C'"):
        SPACE["C"]


@pytest.mark.parametrize(
    ("config", "is_allowed"),
    [
        ({"lr": 0.1, "kernel": "poly"}, True),
        ({"lr": 0.1, "kernel": "poly", "degree": 2, "more": 1}, True),
        ({"lr": 0.1}, False),
        ({"lr": 2.0, "kernel": "poly"}, False),
        ({"lr": 0.1, "kernel": "linear"}, False),
    ],
)
def test_a_configuration_is_allowed_when_all_that_is_searched_fits(
    config: dict[str, Any], is_allowed: bool
) -> None:
    assert SPACE.contains(config) is is_allowed


@given(st.from_type(SpaceVersion))
def test_a_version_survives_the_way_through_text(version: SpaceVersion) -> None:
    again = SpaceVersion.from_dict(plain.loads(plain.dumps(version.to_dict())))

    assert again == version
    assert repr(again) == repr(version)


@given(st.from_type(SpaceVersion))
def test_the_current_values_are_allowed_unless_a_constraint_says_no(version: SpaceVersion) -> None:
    values = {one.name: one.value for one in version.hyper_parameters}
    config = version.conditions.active(values)
    assert version.contains(config) is not bool(version.conditions.broken(config))


def test_hyper_parameters_are_made_from_plain_rows() -> None:
    rows = [{"name": "kernel", "kind": "choice", "value": "rbf", "choices": ["rbf", "poly"]}]

    assert hyper_parameters_from(rows) == (CHOICE,)


def test_a_plain_row_is_checked_too() -> None:
    rows = [{"name": "lr", "kind": "real", "value": 1, "low": 2, "high": 1}]

    with pytest.raises(SpaceError, match="SearchSpace.lr must have low < high"):
        hyper_parameters_from(rows)
