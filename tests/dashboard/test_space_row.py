"""One row of the list of hyper-parameters, without the list."""

from __future__ import annotations

from typing import Any

import pytest
from tuneboard.dashboard.space_row import FIELDS, Refusal, Row
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter

DEPTH = HyperParameter("depth", "int", 6, 1, 12)
KERNEL = HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly", None))


def row_of(one: HyperParameter) -> Row:
    row = Row(one, one)
    row.follow(one)
    return row


@pytest.mark.parametrize(
    ("one", "field", "attempt", "changes"),
    [
        (DEPTH, "low", " 2 ", {"low": 2}),
        (DEPTH, "is_searched", 0, {"is_searched": False}),
        (DEPTH, "active_when", " kernel == 'rbf' ", {"active_when": "kernel == 'rbf'"}),
        (DEPTH, "preset", "narrow", {"low": 5, "high": 7}),
        (KERNEL, "value", 2, {"value": None}),
        (KERNEL, "choices", [1, 0], {"choices": ("poly", "rbf")}),
        (KERNEL, "new_choice", "3", {"choices": ("rbf", "poly", None, 3)}),
    ],
)
def test_what_the_page_sends_becomes_changes_of_the_record(
    one: HyperParameter, field: str, attempt: Any, changes: dict[str, Any]
) -> None:
    assert field in FIELDS
    assert row_of(one).changes(field, attempt) == changes


@pytest.mark.parametrize(
    ("one", "field", "attempt", "message"),
    [
        (DEPTH, "low", "two", "SearchSpace.depth.low must be a number, not 'two'."),
        (DEPTH, "preset", "huge", "SpaceTable.preset must be one of .*, not 'huge'."),
        (KERNEL, "new_choice", "rbf", "SearchSpace.kernel must have each choice once, not 'rbf'."),
        (KERNEL, "new_choice", " ", "SearchSpace.kernel.new choice must be text or a number"),
    ],
)
def test_what_cannot_be_read_is_refused(
    one: HyperParameter, field: str, attempt: Any, message: str
) -> None:
    with pytest.raises(SpaceError, match=message):
        row_of(one).changes(field, attempt)


def test_choices_keep_their_places_when_they_go_and_come_back() -> None:
    row = row_of(KERNEL)
    row.follow(KERNEL.edited(choices=("linear", "poly")))
    shown = row.shown({}, is_active=True)
    assert (shown["choices"], shown["kept"]) == (["rbf", "poly", "None", "linear"], [3, 1])


@pytest.mark.parametrize(
    ("field", "changes", "stays"),
    [
        ("low", {"low": 2}, False),
        ("low", {"high": 20}, True),
        ("preset", {"high": 20}, False),
        ("active_when", {"active_when": "kernel == 'rbf'"}, False),
        ("new_choice", {"high": 20}, True),
    ],
)
def test_a_refusal_goes_when_its_own_field_was_changed(
    field: str, changes: dict[str, Any], stays: bool
) -> None:
    row = row_of(DEPTH)
    row.refusals[field] = Refusal("attempt", "sentence", {})
    row.follow(DEPTH.edited(**changes))
    assert (field in row.refusals) == stays


def test_a_condition_is_shown_as_text_and_in_words() -> None:
    row = row_of(DEPTH.edited(active_when="kernel in {rbf, poly}"))
    shown = row.shown({"kernel": "Kernel"}, is_active=False)
    assert shown["active_when"] == "kernel in {rbf, poly}"
    assert (shown["condition"], shown["is_active"]) == ("Kernel is rbf or poly", False)
