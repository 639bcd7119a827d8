"""Plain values as source text."""

from __future__ import annotations

import ast
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.source.literal_text import literal_text

ATOMS = st.one_of(st.text(), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
PLAIN = st.recursive(ATOMS, lambda inner: st.lists(inner, max_size=3).map(tuple), max_leaves=6)


@given(PLAIN)
def test_a_plain_value_reads_back_as_it_was(value: Any) -> None:
    assert repr(ast.literal_eval(literal_text(value))) == repr(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("a", '"a"'),
        ("it's", '"it\'s"'),
        ("", '""'),
        ('say "no"', "'say \"no\"'"),
        ((1,), "(1,)"),
        ((), "()"),
        (-math.inf, "-1e999"),
        ("inf", '"inf"'),
        (True, "True"),
    ],
)
def test_values_are_written_as_a_person_would(value: Any, text: str) -> None:
    assert literal_text(value) == text
