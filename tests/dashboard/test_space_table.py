"""The list of hyper-parameters: what its rows say, and what an edit in the page does."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from panel.models.esm import DataEvent
from tuneboard.dashboard.space_table import (
    Edit,
    SpaceTable,
    choice_texts,
    number_text,
    read_number,
)
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter
from tuneboard.engine.space import SearchSpace


@pytest.fixture
def space() -> SearchSpace:
    return SearchSpace.of(
        [
            HyperParameter("svc__C", "real", 1.0, 1e-5, 1e3, log=True, source="a paper"),
            HyperParameter("depth", "int", 6, 1, 12),
            HyperParameter("share", "real", 0.25, 0.0, 1.0, step=0.05),
            HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly", None)),
            HyperParameter("tol", "real", None, 1e-6, 1e-1, log=True, is_searched=False),
        ]
    )


@pytest.fixture
def table(space: SearchSpace) -> SpaceTable:
    return SpaceTable(space)


def row(table: SpaceTable, name: str) -> dict[str, Any]:
    return next(one for one in table.rows if one["name"] == name)


def send(table: SpaceTable, number: int, name: str, field: str, value: Any, **more: Any) -> None:
    """Hand over a message as it comes from the browser."""
    data = {"name": name, "field": field, "value": value, "client": "tab", "number": number}
    table._process_event(DataEvent(None, data={**data, **more}))


def test_rows_show_the_space_in_its_order(table: SpaceTable) -> None:
    assert [one["name"] for one in table.rows] == ["svc__C", "depth", "share", "kernel", "tol"]
    shown = row(table, "svc__C")
    assert (shown["value"], shown["low"], shown["high"]) == ("1", "1e-5", "1000")
    assert shown["log"]
    assert shown["source"] == "a paper"
    assert row(table, "share")["step"] == "0.05"


def test_a_value_left_to_the_users_code_is_shown_as_nothing(table: SpaceTable) -> None:
    shown = row(table, "tol")
    assert (shown["value"], shown["is_searched"], shown["can_be_unset"]) == ("", False, True)


def test_choices_are_shown_as_text_and_meant_by_their_place(table: SpaceTable) -> None:
    shown = row(table, "kernel")
    assert (shown["choices"], shown["kept"], shown["value"]) == (
        ["rbf", "poly", "None"],
        [0, 1, 2],
        0,
    )
    assert not shown["can_be_unset"]


@pytest.mark.parametrize(
    ("name", "field", "value", "expected"),
    [
        ("svc__C", "value", "1e-3", 1e-3),
        ("svc__C", "low", " 0.1 ", 0.1),
        ("svc__C", "high", "1_000_000", 1e6),
        ("depth", "high", "1e2", 100),
        ("depth", "value", "7", 7),
        ("svc__C", "log", False, False),
        ("depth", "is_searched", False, False),
        ("kernel", "value", 2, None),
        ("kernel", "choices", [0, 2], ("rbf", None)),
        ("tol", "value", "0.01", 0.01),
    ],
)
def test_an_edit_in_the_page_changes_the_space(
    table: SpaceTable, space: SearchSpace, name: str, field: str, value: Any, expected: Any
) -> None:
    send(table, 1, name, field, value)
    changed = getattr(space[name], field)
    assert changed == expected
    assert type(changed) is type(expected)
    assert row(table, name)["errors"] == {}


@pytest.mark.parametrize(
    ("name", "field", "value", "sentence"),
    [
        ("svc__C", "low", "abc", "Low must be a number, not 'abc'. Write it like 0.001 or 1e-3."),
        ("svc__C", "value", "0,1", "Value must be a number, not '0,1'. Use a point for decimals."),
        ("svc__C", "value", "", "Value must be a number, not ''."),
        ("svc__C", "high", "nan", "High must be a finite number, not 'nan'."),
        ("depth", "high", "1e999", "High must be a finite number, not '1e999'."),
        ("depth", "high", "9" * 5000, "High must be a finite number"),
        ("depth", "low", "1.5", "Low must be a whole number, not 1.5."),
        ("depth", "low", "12", "Must have low < high, not (12, 12)."),
        ("depth", "value", "13", "Must be a whole number in [1, 12], not 13."),
        ("share", "log", True, "Must have low > 0 on a log scale, not 0.0."),
        ("kernel", "choices", [], "Must have at least one choice, not []."),
        ("svc__C", "value", "__import__('os')", "Value must be a number, not"),
    ],
)
def test_a_broken_rule_is_said_in_its_row_and_leaves_the_space_alone(
    table: SpaceTable, space: SearchSpace, name: str, field: str, value: Any, sentence: str
) -> None:
    before, others = space.version, [one for one in table.rows if one["name"] != name]
    send(table, 1, name, field, value)
    assert space.version == before
    refusal = row(table, name)["errors"][field]
    assert refusal["sentence"].startswith(sentence)
    assert refusal["attempt"] == value
    assert [one["errors"] for one in table.rows if one["name"] != name] == [{}] * len(others)


def test_low_and_high_are_moved_past_each_other_in_two_steps(
    table: SpaceTable, space: SearchSpace
) -> None:
    assert table.edit("depth", "low", "20").error
    assert not table.edit("depth", "high", "30").error
    assert (space["depth"].low, space["depth"].high, space["depth"].value) == (20, 30, 20)
    assert row(table, "depth")["errors"] == {}


def test_a_refused_log_scale_comes_true_when_low_is_raised(
    table: SpaceTable, space: SearchSpace
) -> None:
    table.edit("share", "log", True)
    table.edit("share", "low", "0.1")
    assert space["share"].log
    assert row(table, "share")["errors"] == {}


def test_a_refused_attempt_stays_while_another_field_is_edited(table: SpaceTable) -> None:
    table.edit("depth", "low", "abc")
    table.edit("depth", "high", "10")
    shown = row(table, "depth")
    assert shown["high"] == "10"
    assert list(shown["errors"]) == ["low"]


def test_a_refused_attempt_is_given_up_by_the_page(table: SpaceTable) -> None:
    send(table, 1, "depth", "low", "abc")
    send(table, 2, "depth", "low", None, is_given_up=True)
    shown = row(table, "depth")
    assert (shown["low"], shown["errors"], shown["answers"]) == ("1", {}, {"tab": 2})


def test_a_refused_attempt_goes_when_python_changes_its_field(
    table: SpaceTable, space: SearchSpace
) -> None:
    table.edit("depth", "low", "abc")
    space.edit("depth", value=3)
    assert "low" in row(table, "depth")["errors"]
    space.edit("depth", low=2)
    assert row(table, "depth")["errors"] == {}


def test_a_change_in_python_is_shown_at_once(table: SpaceTable, space: SearchSpace) -> None:
    space.edit("svc__C", low=0.1, log=False)
    assert (row(table, "svc__C")["low"], row(table, "svc__C")["log"]) == ("0.1", False)
    space.depth = 9
    assert row(table, "depth")["value"] == "9"


def test_a_dropped_choice_can_be_taken_back(table: SpaceTable, space: SearchSpace) -> None:
    table.edit("kernel", "choices", [1])
    assert (row(table, "kernel")["choices"], row(table, "kernel")["kept"]) == (
        ["rbf", "poly", "None"],
        [1],
    )
    assert space["kernel"].value == "poly"
    table.edit("kernel", "choices", [0, 1])
    assert space["kernel"].choices == ("rbf", "poly")


def test_a_choice_that_python_adds_gets_a_place_behind_the_others(
    table: SpaceTable, space: SearchSpace
) -> None:
    space.edit("kernel", choices=("linear", "rbf"))
    shown = row(table, "kernel")
    assert (shown["choices"], shown["kept"]) == (["rbf", "poly", "None", "linear"], [3, 0])


def test_the_value_of_one_switched_off_goes_back_to_the_users_code(
    table: SpaceTable, space: SearchSpace
) -> None:
    table.edit("tol", "value", "0.01")
    table.edit("tol", "value", "")
    assert space["tol"].value is None
    table.edit("tol", "is_searched", True)
    assert space["tol"].value == 1e-6


def test_each_answer_names_the_last_message_of_its_page(table: SpaceTable) -> None:
    send(table, 1, "depth", "value", "3")
    send(table, 2, "svc__C", "value", "abc")
    assert row(table, "depth")["answers"] == {"tab": 2}


def test_a_message_that_was_overtaken_is_left_out(table: SpaceTable, space: SearchSpace) -> None:
    send(table, 2, "depth", "value", "4")
    send(table, 1, "depth", "value", "3")
    assert space["depth"].value == 4
    send(table, 1, "depth", "high", "10")
    assert space["depth"].high == 10


def test_a_message_about_another_space_is_left_out(table: SpaceTable, space: SearchSpace) -> None:
    before = space.version
    send(table, 1, "gone", "value", "4")
    send(table, 2, "depth", "name", "x")
    assert space.version == before


@pytest.mark.parametrize(("name", "field"), [("gone", "low"), ("depth", "name")])
def test_edit_fails_for_what_is_not_there(table: SpaceTable, name: str, field: str) -> None:
    with pytest.raises(SpaceError, match="gone" if name == "gone" else "'name'"):
        table.edit(name, field, "1")


def test_each_edit_is_told_to_those_who_asked(table: SpaceTable) -> None:
    edits: list[Edit] = []
    stop = table.on_edit(edits.append)
    table.edit("depth", "low", "2")
    table.edit("depth", "low", "abc")
    stop()
    table.edit("depth", "low", "3")
    assert edits[0] == Edit("depth", "low", "2")
    assert "must be a number" in edits[1].error
    assert len(edits) == 2


def test_one_edit_is_one_update_of_the_page(table: SpaceTable) -> None:
    updates: list[Any] = []
    table.param.watch(updates.append, "rows")
    send(table, 1, "depth", "low", "2")
    assert len(updates) == 1


def test_the_table_moves_to_another_space(table: SpaceTable, space: SearchSpace) -> None:
    other = SearchSpace.of([HyperParameter("depth", "int", 2, 1, 3)])
    send(table, 1, "depth", "low", "abc")
    table.move_to(other)
    assert [one["name"] for one in table.rows] == ["depth"]
    assert (row(table, "depth")["high"], row(table, "depth")["errors"]) == ("3", {})
    assert row(table, "depth")["answers"] == {"tab": 1}
    space.edit("depth", high=11)
    other.edit("depth", value=3)
    assert (row(table, "depth")["high"], row(table, "depth")["value"]) == ("3", "3")


def test_a_closed_table_follows_no_more(table: SpaceTable, space: SearchSpace) -> None:
    table.close()
    table.close()
    space.edit("depth", value=3)
    assert row(table, "depth")["value"] == "6"


def test_edits_from_many_threads_end_in_what_the_space_holds(
    table: SpaceTable, space: SearchSpace
) -> None:
    def work(name: str, values: list[str]) -> None:
        for value in values:
            table.edit(name, "value", value)

    jobs = [("depth", ["3", "4", "5"] * 20), ("svc__C", ["0.1", "10", "2"] * 20)]
    threads = [threading.Thread(target=work, args=job) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (row(table, "depth")["value"], row(table, "svc__C")["value"]) == ("5", "2")
    assert (space["depth"].value, space["svc__C"].value) == (5, 2.0)


def test_the_browsers_model_gets_plain_rows_and_no_address(table: SpaceTable) -> None:
    model = table.get_root()
    assert model.data.rows == table.rows
    assert not re.search(r"^\s*import\b|\bimport\(|https?:", model.esm, re.MULTILINE)
    css = next(sheet for sheet in model.stylesheets if isinstance(sheet, str) and ".chip" in sheet)
    assert "url(" not in css
    table.edit("depth", "value", "8")
    assert model.data.rows == table.rows


def test_an_update_that_comes_late_carries_what_holds_by_then(table: SpaceTable) -> None:
    model = table.get_root()
    old = table.rows
    table.edit("depth", "value", "8")
    table._update_model({}, {"rows": old}, model, model, model.document, None)
    assert model.data.rows == table.rows


def test_user_text_is_never_read_as_markup(table: SpaceTable) -> None:
    code = table.get_root().esm
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert way not in code


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (None, ""),
        (1.0, "1"),
        (1e-5, "1e-5"),
        (0.0316227766, "0.03162"),
        (0.0316228, "0.0316228"),
        (1e6, "1000000"),
        (1e22, "1e22"),
        (1234567, "1234567"),
        (-2.5, "-2.5"),
    ],
)
def test_numbers_are_shown_with_sensible_digits(number: Any, text: str) -> None:
    assert number_text(number) == text


@given(st.floats(-1e300, 1e300))
def test_what_is_shown_is_read_back_near_the_number(number: float) -> None:
    assert read_number(number_text(number), "x") == pytest.approx(number, rel=1e-3, abs=5e-324)


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
