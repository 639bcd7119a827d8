from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine import plain

ATOMS = st.one_of(st.text(), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())


def nested(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    several = st.lists(children, max_size=3)
    return several | several.map(tuple) | st.dictionaries(st.text(), children, max_size=3)


@given(st.recursive(ATOMS, nested, max_leaves=12))
def test_what_was_dumped_is_loaded_with_the_same_types(value: Any) -> None:
    again = plain.loads(plain.dumps(value))

    assert again == value
    assert repr(again) == repr(value)  # 1, 1.0 and True are equal, and so are () and ()


@pytest.mark.parametrize("number", [math.inf, -math.inf, 2**64, -(2**63) - 1, 10**30])
def test_numbers_that_json_has_no_word_for_survive(number: float) -> None:
    assert plain.loads(plain.dumps({"C": (number,)})) == {"C": (number,)}


def test_nan_stays_nan() -> None:
    assert math.isnan(plain.loads(plain.dumps([math.nan]))[0])


def test_the_text_is_json() -> None:
    assert json.loads(plain.dumps({"lr": 0.1, "on": [True, None]})) == {
        "lr": 0.1,
        "on": [True, None],
    }


def test_bytes_are_read_like_text() -> None:
    assert plain.loads(b'{"__tuple__": [1, "a"]}') == (1, "a")


@pytest.mark.parametrize("value", ["rbf", 3, 0.5, math.inf, True, None, (), (1, ("a", None))])
def test_text_numbers_flags_none_and_tuples_of_them_are_plain(value: Any) -> None:
    assert plain.is_plain(value)


@pytest.mark.parametrize(
    "value", [math.nan, [1], {"a": 1}, object(), b"bytes", (1, [2]), 1j, print]
)
def test_other_values_are_not_plain(value: Any) -> None:
    assert not plain.is_plain(value)


def test_text_that_is_no_json_is_refused() -> None:
    with pytest.raises(ValueError, match="unexpected character"):
        plain.loads("lr = 0.1")


def test_an_object_is_refused_rather_than_pickled() -> None:
    with pytest.raises(TypeError, match="not JSON serializable: object"):
        plain.dumps({"kernel": object()})
