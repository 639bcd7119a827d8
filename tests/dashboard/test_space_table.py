"""The list of hyper-parameters: what its rows say, and what an edit in the page does."""

from __future__ import annotations

import re
import threading
from typing import Any

import pytest
from panel.models.esm import DataEvent
from tuneboard.dashboard.space_table import Edit, SpaceTable
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
    # The name of a kind of markup, which is never asked for.
    code = model.esm.replace('"http://www.w3.org/2000/svg"', "")
    assert not re.search(r"^\s*import\b|\bimport\(|https?:", code, re.MULTILINE)
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


def conditional() -> SearchSpace:
    booster = HyperParameter("booster", "choice", "gbtree", choices=("gbtree", "dart"))
    return SearchSpace.of(
        [
            booster,
            HyperParameter("max_depth", "int", 3, 1, 9, label="Depth", unit="levels"),
            HyperParameter("leaves", "int", 31, 2, 255, log=True),
            HyperParameter("drop", "real", 0.1, 0.0, 1.0, active_when="booster == 'dart'"),
            HyperParameter("skip", "real", 0.1, 0.0, 1.0, active_when="drop < 0.5"),
        ],
        ["leaves < 2 ** max_depth"],
    )


def test_label_unit_and_source_are_shown(table: SpaceTable) -> None:
    shown = row(SpaceTable(conditional()), "max_depth")
    assert (shown["label"], shown["unit"], shown["source"]) == ("Depth", "levels", "declared")


def test_a_condition_is_said_in_words_and_followed_by_its_children() -> None:
    space = conditional()
    table = SpaceTable(space)
    assert row(table, "drop")["condition"] == "booster is dart"
    assert [row(table, name)["is_active"] for name in ("booster", "drop", "skip")] == [
        True,
        False,
        False,
    ]
    table.edit("booster", "value", 1)
    assert [row(table, name)["is_active"] for name in ("drop", "skip")] == [True, True]
    table.edit("drop", "value", "0.6")
    assert [row(table, name)["is_active"] for name in ("drop", "skip")] == [True, False]


def test_constraints_are_listed_and_marked_where_the_current_values_break_them() -> None:
    table = SpaceTable(conditional())
    assert table.frame["constraints"] == [{"text": "leaves < 2 ** max_depth", "is_broken": True}]
    table.edit("leaves", "value", "7")
    assert table.frame["constraints"] == [{"text": "leaves < 2 ** max_depth", "is_broken": False}]


def test_a_condition_is_edited_in_the_page(table: SpaceTable, space: SearchSpace) -> None:
    send(table, 1, "depth", "active_when", " kernel in {rbf, poly} ")
    assert space["depth"].active_when == "kernel in {rbf, poly}"
    assert row(table, "depth")["condition"] == "kernel is rbf or poly"
    send(table, 2, "depth", "active_when", "")
    assert (space["depth"].active_when, row(table, "depth")["condition"]) == ("", "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("kernel in {rbf", "Must be a condition, not 'kernel in {rbf'. It ends too early."),
        ("kernl == 'rbf'", "Must name hyper-parameters ("),
        ("kernel < 3", "Must compute with numbers only, not 'kernel < 3'."),
        ("depth > 3", "Must not depend on itself: depth needs depth."),
    ],
)
def test_a_condition_that_cannot_be_is_refused_in_its_row(
    table: SpaceTable, space: SearchSpace, text: str, sentence: str
) -> None:
    before = space.version
    send(table, 1, "depth", "active_when", text)
    assert space.version == before
    refusal = row(table, "depth")["errors"]["active_when"]
    assert refusal["sentence"].startswith(sentence)
    assert refusal["attempt"] == text


def test_constraints_are_added_changed_and_removed(table: SpaceTable, space: SearchSpace) -> None:
    edits: list[Edit] = []
    table.on_edit(edits.append)
    table.edit_constraint("", "depth < 9")
    table.edit_constraint("", "svc__C < depth")
    table.edit_constraint("depth < 9", "depth < 8")
    assert space.constraints == ("depth < 8", "svc__C < depth")
    table.edit_constraint("svc__C < depth", "")
    assert space.constraints == ("depth < 8",)
    assert edits[-1] == Edit("", "constraint", "")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("", "depth <", "Must be a condition, not 'depth <'. It ends too early."),
        ("depth < 9", "deep < 9", "Must name hyper-parameters ("),
        ("", "depth < 9", "Must have each constraint once, not 'depth < 9'."),
    ],
)
def test_a_constraint_that_cannot_be_is_refused_beside_it(
    table: SpaceTable, space: SearchSpace, before: str, after: str, sentence: str
) -> None:
    table.edit_constraint("", "depth < 9")
    table.edit_constraint(before, after)
    assert space.constraints == ("depth < 9",)
    refusal = table.frame["errors"][before]
    assert refusal["sentence"].startswith(sentence)
    assert refusal["attempt"] == after
    table.give_up("", before)
    assert table.frame["errors"] == {}


def test_an_error_goes_with_its_constraint(table: SpaceTable, space: SearchSpace) -> None:
    space.constrain("depth < 9")
    table.edit_constraint("depth < 9", "depth <")
    space.constrain()
    assert (table.frame["constraints"], table.frame["errors"]) == ([], {})


def test_a_constraint_that_is_gone_already_is_left_alone(
    table: SpaceTable, space: SearchSpace
) -> None:
    table.edit_constraint("depth < 9", "depth < 8")
    table.edit_constraint("depth < 9", "")
    assert space.constraints == ()


@pytest.mark.parametrize(
    ("text", "choice"),
    [("linear", "linear"), (" 3 ", 3), ("0.5", 0.5), ("True", True), ("(1, 2)", (1, 2))],
)
def test_a_choice_is_added_as_it_is_written(
    table: SpaceTable, space: SearchSpace, text: str, choice: Any
) -> None:
    send(table, 1, "kernel", "new_choice", text)
    assert repr(space["kernel"].choices) == repr(("rbf", "poly", None, choice))
    assert row(table, "kernel")["kept"] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("poly", "Must have each choice once, not 'poly'. It is there already."),
        ("None", "Must have each choice once, not None."),
        ("", "New choice must be text or a number, not ''."),
    ],
)
def test_a_choice_that_is_there_already_is_refused(
    table: SpaceTable, space: SearchSpace, text: str, sentence: str
) -> None:
    before = space.version
    edit = table.edit("kernel", "new_choice", text)
    assert edit.error.startswith(sentence)
    assert space.version == before
    table.edit("kernel", "new_choice", "linear")
    assert row(table, "kernel")["errors"] == {}


def test_a_refused_choice_goes_when_the_choices_change(
    table: SpaceTable, space: SearchSpace
) -> None:
    table.edit("kernel", "new_choice", "poly")
    space.edit("kernel", choices=("rbf", "linear"))
    assert row(table, "kernel")["errors"] == {}


def test_a_preset_gives_a_range_around_the_value(table: SpaceTable, space: SearchSpace) -> None:
    table.edit("depth", "preset", "narrow")
    assert (space["depth"].low, space["depth"].high, space["depth"].value) == (5, 7, 6)
    send(table, 1, "depth", "preset", "balanced")
    assert (space["depth"].low, space["depth"].high) == (1, 12)


def test_a_preset_drops_a_refused_end_of_the_range(table: SpaceTable, space: SearchSpace) -> None:
    table.edit("depth", "low", "20")
    table.edit("depth", "preset", "narrow")
    assert (space["depth"].low, row(table, "depth")["errors"]) == (5, {})


def test_an_unknown_preset_is_refused(table: SpaceTable, space: SearchSpace) -> None:
    before = space.version
    assert "must be one of ('wide', 'balanced', 'narrow')" in table.preset_all("huge").error
    assert "must be one of" in table.edit("depth", "preset", "huge").error
    assert space.version == before
    assert "'huge'" in table.frame["preset_error"]


def test_a_preset_for_all_is_one_step_and_leaves_out_what_is_not_searched(
    table: SpaceTable, space: SearchSpace
) -> None:
    before = space.version
    table.edit("depth", "low", "20")
    number = space.version.number
    assert table.preset_all("narrow") == Edit("", "preset", "narrow")
    assert space.version.number == number + 1
    assert (space["depth"].low, space["share"].high) == (5, 0.4)
    assert space["tol"] == before["tol"]
    assert row(table, "depth")["errors"] == {}
    table.undo()
    assert space.version.hyper_parameters == before.hyper_parameters


def test_presets_start_from_the_ranges_of_another_version_where_that_is_given(
    space: SearchSpace,
) -> None:
    first = space.version
    space.edit("depth", low=5, high=7)
    table = SpaceTable(space, first)
    assert row(table, "depth")["widest"] == [1.0, 12.0]
    table.edit("depth", "preset", "balanced")
    assert (space["depth"].low, space["depth"].high) == (1, 12)


def test_each_edit_can_be_undone_and_made_again(table: SpaceTable, space: SearchSpace) -> None:
    versions = [space.version]
    for name, field, value in [
        ("svc__C", "high", "100"),
        ("kernel", "choices", [0, 2]),
        ("depth", "is_searched", False),
        ("depth", "active_when", "kernel == 'rbf'"),
    ]:
        table.edit(name, field, value)
        versions.append(space.version)
    table.edit_constraint("", "depth < 9")
    assert table.frame["undo"] == "constraint depth < 9 added"
    for version in reversed(versions):
        table.undo()
        assert space.version.hyper_parameters == version.hyper_parameters
    assert (table.frame["undo"], space.constraints) == ("", ())
    assert table.frame["redo"] == "high of svc__C 1000 → 100"
    for version in versions[1:]:
        table.redo()
        assert space.version.hyper_parameters == version.hyper_parameters


def test_the_page_asks_for_undo_and_redo(table: SpaceTable, space: SearchSpace) -> None:
    send(table, 1, "depth", "high", "10")
    send(table, 3, "", "undo", None)
    assert space["depth"].high == 12
    # Overtaken, and as good as it was.
    send(table, 2, "", "redo", None)
    assert (space["depth"].high, table.frame["answers"]) == (10, {"tab": 3})


def test_the_page_edits_the_list_as_a_whole(table: SpaceTable, space: SearchSpace) -> None:
    send(table, 1, "", "constraint", {"before": "", "after": "depth <"})
    assert "" in table.frame["errors"]
    send(table, 2, "", "give_up", "")
    assert table.frame["errors"] == {}
    send(table, 3, "", "preset", "narrow")
    assert space["depth"].low == 5
    send(table, 4, "", "drop everything", None)
    assert table.frame["answers"] == {"tab": 3}


def test_a_change_in_python_is_a_step_too(table: SpaceTable, space: SearchSpace) -> None:
    space.edit("depth", high=10)
    assert table.frame["undo"] == "high of depth 12 → 10"
    space.apply({"depth": 2, "svc__C": 0.1})
    assert table.frame["undo"] == "value of svc__C 1 → 0.1 and 1 more"
    table.undo()
    assert (space["depth"].value, space["svc__C"].value) == (6, 1.0)


def test_undo_is_one_update_of_the_page(table: SpaceTable) -> None:
    table.edit("depth", "low", "2")
    updates: list[Any] = []
    table.param.watch(updates.append, "rows")
    table.undo()
    assert len(updates) == 1


def test_the_steps_of_another_space_are_not_undone(table: SpaceTable, space: SearchSpace) -> None:
    table.edit("depth", "low", "2")
    table.move_to(SearchSpace.of([HyperParameter("depth", "int", 2, 1, 3)]))
    assert table.frame["undo"] == ""
    table.undo()
    assert space["depth"].low == 2


def test_markup_in_texts_of_the_user_is_sent_as_it_is() -> None:
    one = HyperParameter("x", "real", 1.0, 0.0, 2.0, label="<b>x</b>", unit="<i>", source="<u>")
    shown = row(SpaceTable(SearchSpace.of([one])), "x")
    assert (shown["label"], shown["unit"], shown["source"]) == ("<b>x</b>", "<i>", "<u>")
