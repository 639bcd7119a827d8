from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from sklearn.svm import SVC
from tuneboard.engine.conversion.ranges import from_ranges, to_ranges
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion

FORMS = "SearchSpace.x must be (low, high), (low, high, 'log'), range(...) or a list of choices, "

RANGES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "two whole numbers": ((1, 9), ("int", 1, 9, False, None)),
    "two real numbers": ((0.5, 2.0), ("real", 0.5, 2.0, False, None)),
    "a whole and a real number": ((1, 10.0), ("real", 1.0, 10.0, False, None)),
    "numbers of NumPy's": ((np.int64(1), np.int32(9)), ("int", 1, 9, False, None)),
    "a log scale": ((1e-3, 1.0, "log"), ("real", 1e-3, 1.0, True, None)),
    "whole numbers on a log scale": ((1, 100, "log"), ("int", 1, 100, True, None)),
    "a step": ((0.0, 1.0, {"step": 0.25}), ("real", 0.0, 1.0, False, 0.25)),
    "a step of NumPy's": ((1, 9, {"step": np.int64(2)}), ("int", 1, 9, False, 2)),
    "half steps of whole ends": ((0, 2, {"step": 0.5}), ("real", 0.0, 2.0, False, 0.5)),
    "a step on a log scale": ((1, 9, {"log": True, "step": 2}), ("int", 1, 9, True, 2)),
    "a range": (range(2, 10), ("int", 2, 9, False, None)),
    "a range with a step": (range(2, 10, 3), ("int", 2, 8, False, 3)),
    "a falling range": (range(10, 2, -2), ("int", 4, 10, False, 2)),
}

CHOICES: dict[str, tuple[Any, tuple[Any, ...], bool]] = {
    "rising numbers": ([0.001, 0.1], (0.001, 0.1), True),
    "falling numbers": ([100, 10.0, 1], (100, 10.0, 1), True),
    "numbers in no order": ([1, 100, 10], (1, 100, 10), False),
    "texts": (["rbf", "poly"], ("rbf", "poly"), False),
    "a tuple of texts": (("relu", "tanh"), ("relu", "tanh"), False),
    "a tuple of flags": ((False, True), (False, True), False),
    "flags": ([True, False], (True, False), False),
    "flags beside numbers": ([1, 1.0, True], (1, 1.0, True), False),
    "None among numbers": ([None, 3], (None, 3), False),
    "a tuple of tuples": (((50,), (100, 50)), ((50,), (100, 50)), False),
    "lists inside": ([[50, 50], [100]], ((50, 50), (100,)), False),
    "numbers of NumPy's": ([np.float64(0.5), np.int64(2)], (0.5, 2), True),
    "texts of NumPy's": ([np.str_("a"), np.True_], ("a", True), False),
    "an array": (np.linspace(0, 1, 3), (0.0, 0.5, 1.0), True),
    "an array of whole numbers": (np.arange(1, 7, 2), (1, 3, 5), True),
    "a series": (pd.Series(["a", "b"]), ("a", "b"), False),
}

BROKEN: dict[str, tuple[Any, str]] = {
    "swapped ends": (
        (0.1, 0.001),
        "SearchSpace.x must have low < high, not (0.1, 0.001). Swap the two bounds.",
    ),
    "equal ends": ((3, 3), "SearchSpace.x must have low < high, not (3, 3). Widen the range"),
    "one number": (
        (1,),
        "SearchSpace.x must be (low, high), not (1,). Write [1] for exactly these values.",
    ),
    "three numbers": (
        (1, 2, 3),
        "SearchSpace.x must be (low, high), not (1, 2, 3). Write [1, 2, 3] for exactly these "
        "values. Write (1, 2, {'step': 3}) for a step.",
    ),
    "an open end": (
        (1, None),
        "SearchSpace.x must be (low, high), not (1, None). Write [1, None] for exactly these",
    ),
    "an end that is NaN": (
        (np.nan, 1),
        "SearchSpace.x.low must be a finite number, not nan. Give a number.",
    ),
    "an end that is infinite": ((1, np.inf), "SearchSpace.x.high must be a finite number, not inf"),
    "numbers in quotes": (
        ("1e-3", "1e-1"),
        "SearchSpace.x must be (low, high) in numbers, not ('1e-3', '1e-1'). Write the numbers "
        "without quotes.",
    ),
    "another scale": (
        (1, 10, "linear"),
        "SearchSpace.x must end in 'log' or in {'step': ..., 'log': ...}, not (1, 10, 'linear'). "
        "Or write a list for choices.",
    ),
    "another option": (
        (1, 9, {"stp": 2}),
        "SearchSpace.x must end in 'log' or in {'step': ..., 'log': ...}, not (1, 9, {'stp': 2}).",
    ),
    "a log that is no flag": (
        (1, 9, {"log": 10}),
        "SearchSpace.x.log must be True or False, not 10. Drop it for a linear scale.",
    ),
    "a log scale from zero": (
        (0, 9, "log"),
        "SearchSpace.x must have low > 0 on a log scale, not 0.",
    ),
    "a set": ({1}, FORMS + "not {1}. A set has no order: write a list."),
    "a text": ("rbf", FORMS + "not 'rbf'. Put brackets around a single value, to hold it there."),
    "bytes": (b"rbf", FORMS + "not b'rbf'. Put brackets around"),
    "a number": (0.1, FORMS + "not 0.1. Put brackets around a single value"),
    "a number of NumPy's": (np.float64(0.1), FORMS + "not 0.1. Put brackets around"),
    "None": (None, FORMS + "not None. Put brackets around a single value"),
    "a dict": (
        {"low": 1},
        FORMS + "not {'low': 1}. Write (low, high) for a range, and {'x__...': ...} for what lies",
    ),
    "a function": (len, FORMS + "not <built-in function len>. Write its values out in a list."),
    "an iterator": (iter([1, 2]), "Write its values out in a list."),
    "an estimator": (SVC(), FORMS + "not SVC(). Put the estimators into a OneOf: its choice"),
    "no choices": ([], "SearchSpace.x must have at least one choice, not []."),
    "an empty range": (range(0), "SearchSpace.x must have at least one choice, not []."),
    "a choice twice": ([1, 1], "SearchSpace.x must have each choice once, not 1."),
    "two axes": (
        np.eye(2),
        "SearchSpace.x must have one axis, that of its choices, not array([[1., 0.],",
    ),
    "choices that are estimators": (
        [SVC(), None],
        "SearchSpace.x must have choices that are text, numbers, True, False, None or tuples of "
        "these, not SVC(). Put the estimators into a OneOf: its choice among them can be searched.",
    ),
    "choices that are functions": (
        [len],
        "not <built-in function len>. Give such a value a name, and look it up by that name in",
    ),
    "choices that are arrays": (
        [np.array([1, 2])],
        "not array([1, 2]). Write the array as a tuple.",
    ),
    "choices that are sets": ([{1}], "not {1}. Write a tuple, or a name that your own code looks"),
    "choices that are dicts": (
        [{}],
        "not {}. Write a tuple, or a name that your own code looks up",
    ),
    "a choice that is NaN": ([np.nan], "not nan. NaN does not equal itself: use None, or a name"),
}


@pytest.mark.parametrize("form", RANGES)
def test_a_range_is_read_as_what_it_says(form: str) -> None:
    entry, expected = RANGES[form]
    one = from_ranges({"x": entry})["x"]

    assert (one.kind, one.low, one.high, one.log, one.step) == expected
    assert repr((one.low, one.high)) == repr(expected[1:3])
    assert (one.value, one.is_searched) == (one.low, True)


@pytest.mark.parametrize("form", CHOICES)
def test_a_list_is_read_as_exactly_its_values(form: str) -> None:
    entry, choices, is_ordered = CHOICES[form]
    one = from_ranges({"x": entry})["x"]

    assert repr(one.choices) == repr(choices)
    assert (one.kind, one.ordered, one.is_searched) == ("choice", is_ordered, True)


@pytest.mark.parametrize("entry", [[0.1], ["rbf"], [None], np.array([0.1]), range(3, 4)])
def test_a_single_value_is_held(entry: Any) -> None:
    space = from_ranges({"x": entry})

    assert not space["x"].is_searched
    assert space.version.fixed == {"x": next(iter(entry))}


def test_of_a_list_of_two_numbers_the_source_says_that_it_is_no_range() -> None:
    space = from_ranges({"lr": [0.001, 0.1], "k": ["a", "b"], "n": [1, 2, 3]})

    assert [one.source for one in space.version.hyper_parameters] == [
        "exactly these two values, nothing between",
        "declared",
        "declared",
    ]


@pytest.mark.parametrize("fault", BROKEN)
def test_what_may_be_meant_in_two_ways_or_none_is_told(fault: str) -> None:
    entry, message = BROKEN[fault]

    with pytest.raises(SpaceError, match=re.escape(message)):
        from_ranges({"x": entry})


def test_entries_that_have_no_names_are_told() -> None:
    message = r"from_ranges must be given a dict, not \[\(1, 9\)\]. Give each hyper-parameter by"
    with pytest.raises(SpaceError, match=message):
        from_ranges([(1, 9)])  # type: ignore[arg-type]
    with pytest.raises(SpaceError, match="from_ranges must have names that are text, not 1. Put"):
        from_ranges({1: (1, 9)})  # type: ignore[dict-item]


def test_names_that_the_space_has_itself_are_kept() -> None:
    assert from_ranges({"name": (1, 9), "svc__C": (0.1, 1.0)}).names == ("name", "svc__C")


def rules(one: HyperParameter) -> str:
    """Return what a conversion must keep, with the types of the choices."""
    return repr((one.name, one.kind, one.low, one.high, one.log, one.step, one.choices))


def unconditional(space: SpaceVersion) -> SpaceVersion:
    return SpaceVersion(1, tuple(replace(one, active_when="") for one in space.hyper_parameters))


@given(...)
def test_a_space_comes_back_from_its_ranges(space: SpaceVersion) -> None:
    space = unconditional(space)
    back = from_ranges(to_ranges(space)).version

    assert list(map(rules, back.hyper_parameters)) == list(map(rules, space.searched))


@given(...)
def test_held_values_go_out_when_asked_for(space: SpaceVersion) -> None:
    space = unconditional(space)
    back = from_ranges(to_ranges(space, with_held=True)).version

    assert back.names == space.names
    assert all(repr(back.fixed[name]) == repr(value) for name, value in space.fixed.items())
