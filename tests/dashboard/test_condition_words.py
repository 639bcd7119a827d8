"""Conditions in words."""

from __future__ import annotations

import pytest
from tuneboard.dashboard.condition_words import condition_words
from tuneboard.engine.errors import SpaceError

TITLES = {"a": "Alpha", "svc__C": "Cost"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kernel in {rbf, poly}", "kernel is rbf or poly"),
        ("kernel in {rbf}", "kernel is rbf"),
        ("kernel not in {rbf}", "kernel is not rbf"),
        ("kernel not in {rbf, poly, 'a b'}", "kernel is neither rbf, poly nor a b"),
        ('clf__chosen=="svc"', "clf__chosen is svc"),
        ("flag != True", "flag is not True"),
        ("a < 3 and not (b == None)", "Alpha < 3 and not (b is None)"),
        ("k in {x, y} and svc__C > 1", "k is one of x, y and Cost > 1"),
        ("k not in {x, y} or a", "k is none of x, y or Alpha"),
        ("2 ** a<=-b*3", "2 ** Alpha ≤ -b*3"),
        ("min(a,  b) >= 1e-3", "min(Alpha, b) ≥ 1e-3"),
        ("`a b` in {(1, 2), -3, `x`,}", "a b is (1, 2), -3 or x"),
        ("k in {'and}', \"q,\"}", "k is and} or q,"),
        # A word within braces is a text, also where it reads like a name.
        ("k in {a, b}", "k is a or b"),
    ],
)
def test_a_condition_is_said_as_a_person_would(text: str, words: str) -> None:
    assert condition_words(text, TITLES) == words


def test_what_is_no_condition_is_refused() -> None:
    with pytest.raises(SpaceError, match="Expression must be a condition, not 'a <'"):
        condition_words("a <", TITLES)
