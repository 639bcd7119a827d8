"""IPython's magics, taken out of a notebook cell."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.source.magics import without_magics


@pytest.mark.parametrize(
    ("text", "python"),
    [
        ("%matplotlib inline\nx = 1\n", "0                 \nx = 1\n"),
        ("!ls (\r\nx = (1,\r\n 2)", "0    \r\nx = (1,\r\n 2)"),
        ("if x:\n\t!ls\n", "if x:\n\t0  \n"),
        ("frame.head?  # see\n", "0                 \n"),
        ("files = !ls\n", "0          \n"),
        ("a, b = %time f('it\n", "0                 \n"),
        ("!ls \\\n  -l\nx = 1", "0    \n    \nx = 1"),
        ("s = '''\n%no\n'''\n!ls", "s = '''\n%no\n'''\n0  "),
        ("x = [1,\n%no\n]\n", "x = [1,\n%no\n]\n"),
        ("%%time\nx = 1", "0     \nx = 1"),
        ("%%bash\nrm x\n", "      \n    \n"),
        ("x = 5 % 2\ny = a != b  # why?\n", "x = 5 % 2\ny = a != b  # why?\n"),
    ],
)
def test_only_what_ipython_alone_knows_is_blanked(text: str, python: str) -> None:
    assert without_magics(text) == python


@given(st.text("x=1%!?()[]'\"\\# \t\n\r"))
def test_every_line_keeps_its_length(text: str) -> None:
    python = without_magics(text)
    assert len(python) == len(text)
    assert [one for one in python if one in "\r\n"] == [one for one in text if one in "\r\n"]


def test_what_is_left_is_python() -> None:
    ast.parse(without_magics("%%capture\nif True:\n    %cd ..\n    !ls\n?frame\nx = 1\n"))
