"""New values written into code: a table of cases, and what holds for all code."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.source.editing import edit_cells, edit_source
from tuneboard.engine.source.reading import read_source

FOLDER = Path(__file__).parent / "edits"


@dataclass(frozen=True)
class Case:
    """One case of the table; see edits/README.md."""

    name: str
    before: str
    config: dict[str, Any]
    model: str
    after: str
    told: dict[str, str]


def _case(block: str) -> Case:
    name, *parts = re.split(r"^-- (before|edit|after|told)\n", block, flags=re.MULTILINE)
    sections = {
        key: text.removesuffix("\n") for key, text in zip(parts[::2], parts[1::2], strict=True)
    }
    lines = sections["edit"].splitlines()
    models = [line.removeprefix("model: ") for line in lines if line.startswith("model: ")]
    pairs = [line.split(" = ", 1) for line in lines if " = " in line]
    config = {key: float("inf") if "inf" in text else ast.literal_eval(text) for key, text in pairs}
    told = dict(line.split(": ", 1) for line in sections.get("told", "").splitlines())
    after = sections.get("after", sections["before"])
    return Case(name.strip(), sections["before"], config, "".join(models), after, told)


def _cases() -> list[Any]:
    cases = []
    for file in sorted(FOLDER.glob("*.txt")):
        for block in re.split(r"^== ", file.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            # The blank line between two cases belongs to neither.
            case = _case(block.removesuffix("\n"))
            cases.append(pytest.param(case, id=f"{file.stem}: {case.name}"))
    return cases


def _cells(text: str) -> dict[str, str]:
    # A cell without any text stands between two marks in a row.
    parts = re.split(r"^-- cell\n", text, flags=re.MULTILINE)
    return {
        str(n): one.removesuffix("\n") if n < len(parts) - 1 else one for n, one in enumerate(parts)
    }


@pytest.mark.parametrize("case", _cases())
def test_the_code_is_edited_as_the_table_says(case: Case) -> None:
    edit = edit_cells(_cells(case.before), case.config, case.model)
    assert edit.before == _cells(case.before)
    assert edit.after == _cells(case.after)
    notes = {one.name: one.note for one in edit.changes} | edit.refused
    for name, words in case.told.items():
        assert words in notes[name]
    assert set(edit.refused) <= set(case.told)


def test_there_are_at_least_150_cases() -> None:
    assert len(_cases()) >= 150


VALUES = st.one_of(
    st.floats(allow_nan=False),
    st.integers(),
    st.text(),
    st.booleans(),
    st.none(),
    st.tuples(st.integers(), st.floats(allow_nan=False)),
)
LITERALS = [
    "1e-3",
    "1E+03",
    "1_000",
    "0x1f",
    "-2.5",
    ".5",
    "'a'",
    '"b"',
    "None",
    "True",
    "(1, 2.0)",
]


@given(value=VALUES, literal=st.sampled_from(LITERALS))
def test_any_value_is_read_back_as_what_it_was_and_nothing_else_changes(
    value: Any, literal: str
) -> None:
    head, tail = "# é\nmodel = SVC( tol =", " ,)  # end\n\tx"
    edit = edit_source(f"{head}{literal}{tail[:-3]}", {"tol": value})
    assert not edit.refused
    after = edit.after[""]
    assert after.startswith(head)
    assert after.endswith(tail[:-3])
    written = ast.literal_eval(after[len(head) : len(after) - len(tail[:-3])])
    assert written == value


PIECES = [
    "x = compute(1)",
    "C = 2.0",
    "model = SVC(C=C)",
    "model.set_params(C=f())",
    "if (",
    "%magic (",
    "s = '''",
    "params = {'C': 1}",
    "m = Ridge(**params)",
    "# tune: 1..2",
    "def f(C=1): return SVC(C=C, **g)",
    "\ufeff",
    "class A:\n  C = 3",
    "\f",
    "for C in y: pass",
    "t = f'{C!r}'",
    "",
]


@given(
    cells=st.lists(st.lists(st.sampled_from(PIECES), max_size=4), min_size=1, max_size=4),
    value=st.sampled_from([0.5, 7, "a"]),
    ending=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_what_is_not_understood_stays_byte_for_byte(
    cells: list[list[str]], value: Any, ending: str
) -> None:
    texts = {str(n): ending.join(parts) for n, parts in enumerate(cells)}
    try:
        edit = edit_cells(texts, {"C": value, "nonsense": 3})
    except SpaceError:
        return
    assert edit.before == texts
    assert "nonsense" in edit.refused
    if "C" in edit.refused:
        assert edit.after == texts
        assert not edit.changes
        assert not edit.diff()
    n_changed = sum(edit.after[cell] != text for cell, text in texts.items())
    assert n_changed <= 1
    for cell, text in texts.items():
        after = edit.after[cell]
        if after != text:
            (change,) = edit.changes
            at = [m.start() for m in re.finditer(re.escape(change.before), text)]
            made = {text[:i] + change.after + text[i + len(change.before) :] for i in at}
            assert after in made or change.before == ""


def test_line_ends_of_any_kind_stay() -> None:
    edit = edit_source("# a\r\nm = SVC(\r\n    C=1.0,\r\n)\r\n", {"C": 2.0, "gamma": 0.5})
    assert edit.after[""] == "# a\r\nm = SVC(\r\n    C=2.0,\r\n    gamma=0.5,\r\n)\r\n"


def test_a_byte_order_mark_stays() -> None:
    assert edit_source("\ufefflr = 0.1", {"lr": 0.2}).after[""] == "\ufefflr = 0.2"
    edit = edit_cells({"a": "\ufefflr = 0.1", "b": "\ufeffdepth = 3"}, {"lr": 0.2, "depth": 4})
    assert edit.after == {"a": "\ufefflr = 0.2", "b": "\ufeffdepth = 4"}


def test_the_difference_is_shown_before_anything_is_written() -> None:
    edit = edit_cells({"1": "a = 1", "2": "c = 1e-3\nSVC(C=c)\n"}, {"C": 0.5})
    assert edit.changed == ("2",)
    assert edit.diff() == (
        "--- 2 (now)\n+++ 2 (then)\n@@ -1,2 +1,2 @@\n-c = 1e-3\n+c = 5e-1\n SVC(C=c)\n"
    )
    (change,) = edit.changes
    assert (change.name, change.cell, change.line) == ("C", "2", 1)
    assert (change.before, change.after) == ("1e-3", "5e-1")


def test_a_text_that_has_changed_meanwhile_is_never_overwritten() -> None:
    edit = edit_source("lr = 0.1", {"lr": 0.2})
    assert edit.applied_to("", "lr = 0.1") == "lr = 0.2"
    with pytest.raises(SpaceError, match="has changed since it was read. Read it again"):
        edit.applied_to("", "lr = 0.10")


def test_only_plain_values_are_written() -> None:
    with pytest.raises(SpaceError, match="new value of lr must be text, a number, True"):
        edit_source("lr = 0.1", {"lr": [1]})


def test_a_file_that_is_no_python_is_refused_with_its_line() -> None:
    with pytest.raises(SpaceError, match="line 2, column"):
        edit_source("lr = 0.1\nif (", {"lr": 0.2})


def test_what_is_set_later_is_what_is_read() -> None:
    reading = read_source("m = SVC(C=1.0)\nm.set_params(C=3.0)")
    assert [(one.name, one.value) for one in reading.hyper_parameters] == [("C", 3.0)]
    assert reading.places["C"].line == 2
    assert "written again further down" in reading.skipped[0].reason
