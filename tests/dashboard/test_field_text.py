"""Numbers and choices as the list of hyper-parameters writes and reads them."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.dashboard.field_text import choice_texts, number_text, read_choice, read_number
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.plain import is_plain


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, ""),
        (1.0, "1"),
        (1e-5, "1e-5"),
        (0.0316227766, "0.03162"),
        (0.03162, "0.03162"),
        (1e6, "1000000"),
        (-1e6, "-1e6"),
        (-123456.789, "-1.23e5"),
        (1.2345e-150, "1.2e-150"),
        (10**12, "1e12"),
        (-(10**7), "-1e7"),
        (12345678, "12345678"),  # of a whole number no digit is dropped
        (10**400, f"1{'0' * 400}"),
        (1e22, "1e22"),
        (1234567, "1234567"),
        (-2.5, "-2.5"),
    ],
)
def test_numbers_are_shown_with_sensible_digits(number: Any, text: str) -> None:
    assert number_text(number) == text


@given(st.floats(-1e300, 1e300))
def test_what_is_shown_is_read_back_near_the_number(number: float) -> None:
    assert read_number(number_text(number), "x") == pytest.approx(number, rel=0.05, abs=5e-324)


@given(st.text(max_size=8))
def test_reading_text_gives_a_number_or_a_space_error(text: str) -> None:
    try:
        number = read_number(text, "SearchSpace.lr.low")
    except SpaceError as error:
        found = error.name
    else:
        found = float(text) == number
    assert found in (True, "SearchSpace.lr.low")


def test_choices_that_would_read_the_same_are_told_apart() -> None:
    assert choice_texts([1, "1", True, ""]) == ["1", "'1'", "True", "''"]
    assert choice_texts(["rbf", "rbf "]) == ["'rbf'", "'rbf '"]


def test_a_long_choice_is_cut() -> None:
    assert len(choice_texts([("word",) * 40])[0]) <= 80


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("rbf", "rbf"),
        (" two words ", "two words"),
        ("3", 3),
        ("-0.5", -0.5),
        ("1e-3", 0.001),
        ("True", True),
        ("None", None),
        ("'3'", "3"),
        ("(8, 8)", (8, 8)),
        ("[8, 8]", "[8, 8]"),
        ("1e999", "1e999"),
        ("9" * 5000, "9" * 5000),
        ("__import__('os')", "__import__('os')"),
    ],
)
def test_a_choice_is_read_as_it_would_stand_in_code_or_else_as_text(text: str, choice: Any) -> None:
    assert repr(read_choice(text, "x")) == repr(choice)


def test_an_empty_choice_is_refused() -> None:
    with pytest.raises(SpaceError, match="SearchSpace.k.new choice must be text or a number"):
        read_choice("  ", "SearchSpace.k.new choice")


@given(st.text(min_size=1).filter(str.strip))
def test_any_text_is_some_choice(text: str) -> None:
    assert is_plain(read_choice(text, "x"))
