from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.conversion.condition_text import compares, is_among, joined, name_in
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.expression import parse

ATOMS = st.one_of(
    st.text(max_size=8), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none()
)
VALUES = ATOMS | st.lists(ATOMS, min_size=1, max_size=3).map(tuple)
NAMES = st.text(min_size=1, max_size=8).filter(lambda name: "`" not in name)


@given(NAMES, st.lists(VALUES, min_size=1, max_size=4))
def test_what_is_written_reads_as_what_was_meant(name: str, values: list[Any]) -> None:
    condition = parse(is_among(name, values, "x"))

    assert condition.names == (name,)
    assert all(condition.holds({name: value}) for value in values)
    assert not condition.holds({name: "another value"})


@given(NAMES, st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_comparison_reads_as_it_was_meant(name: str, value: float, limit: float) -> None:
    assert parse(compares(name, "<", limit, "x")).holds({name: value}) is (value < limit)
    assert parse(compares(name, ">=", limit, "x")).holds({name: value}) is (value >= limit)


@pytest.mark.parametrize("value", [(), ((1, 2), 3)])
def test_a_value_that_the_language_has_no_words_for_is_told(value: Any) -> None:
    message = "SearchSpace.x must depend on text, numbers, True, False or None, not .* use text in"
    with pytest.raises(SpaceError, match=message):
        is_among("k", [value], "SearchSpace.x")


def test_a_name_with_a_backtick_is_told() -> None:
    message = "SearchSpace.x must depend on names without a backtick, not 'a`b'. Rename it: condi"
    with pytest.raises(SpaceError, match=message):
        name_in("a`b", "SearchSpace.x")


def test_infinity_is_written_as_a_number_too_large() -> None:
    assert compares("k", "<", math.inf, "x") == "k < 1e999"


def test_conditions_are_joined_within_parentheses() -> None:
    assert joined("or", ["a == 1", "b == 2"]) == "(a == 1) or (b == 2)"
    assert joined("and", ["a == 1"]) == "a == 1"
