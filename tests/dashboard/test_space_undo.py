"""Undo and redo of the edits of a space."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.dashboard.space_undo import SpaceUndo
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter
from tuneboard.engine.space import SearchSpace


def new_space() -> SearchSpace:
    return SearchSpace.of(
        [
            HyperParameter("C", "real", 1.0, 0.001, 1000.0, log=True),
            HyperParameter("depth", "int", 6, 1, 12, label="Depth"),
            HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly", 1)),
            HyperParameter("tol", "real", None, 1e-6, 0.1, is_searched=False),
        ]
    )


@pytest.fixture
def space() -> SearchSpace:
    return new_space()


@pytest.fixture
def steps(space: SearchSpace) -> SpaceUndo:
    return SpaceUndo(space)


def test_there_is_nothing_to_undo_at_first(steps: SpaceUndo, space: SearchSpace) -> None:
    steps.undo()
    steps.redo()
    assert (steps.undo_words, steps.redo_words, space.version.number) == ("", "", 1)


def test_going_back_makes_a_new_version(steps: SpaceUndo, space: SearchSpace) -> None:
    first = space.version
    space.edit("C", high=100.0)
    steps.undo()
    assert space.version.hyper_parameters == first.hyper_parameters
    assert space.version.number == 3
    steps.redo()
    assert (space["C"].high, space.version.number) == (100.0, 4)


def test_an_edit_after_undo_drops_what_could_be_made_again(
    steps: SpaceUndo, space: SearchSpace
) -> None:
    space.edit("C", high=100.0)
    steps.undo()
    space.edit("depth", high=10)
    assert (steps.undo_words, steps.redo_words) == ("high of Depth 12 → 10", "")


def test_only_so_many_steps_are_kept(space: SearchSpace) -> None:
    steps = SpaceUndo(space, n_steps=3)
    for high in range(13, 20):
        space.edit("depth", high=high)
    for _ in range(9):
        steps.undo()
    assert space["depth"].high == 16


def test_after_close_no_step_is_taken(steps: SpaceUndo, space: SearchSpace) -> None:
    steps.close()
    space.edit("depth", high=13)
    assert steps.undo_words == ""


def test_true_and_one_are_two_choices(steps: SpaceUndo, space: SearchSpace) -> None:
    space.edit("kernel", choices=("rbf", "poly", True))
    assert steps.undo_words == "choices of kernel: 1 dropped, True added"
    steps.undo()
    assert space["kernel"].choices[2] is not True


EDITS: list[tuple[Callable[[SearchSpace], Any], str]] = [
    (lambda space: space.edit("C", value=0.1), "value of C 1 → 0.1"),
    (lambda space: setattr(space, "C", 0.1), "value of C 1 → 0.1"),
    (lambda space: space.edit("C", low=10.0), "low of C 0.001 → 10"),
    (lambda space: space.edit("C", low=2.0, high=4.0), "low of C 0.001 → 2 and 1 more"),
    (lambda space: space.edit("C", log=False), "scale of C log → linear"),
    (lambda space: space.edit("depth", is_searched=False), "Depth switched off"),
    (lambda space: space.edit("tol", is_searched=True), "tol switched on"),
    (lambda space: space.edit("tol", value=0.01), "value of tol none → 0.01"),
    (lambda space: space.edit("kernel", value="poly"), "value of kernel rbf → poly"),
    (lambda space: space.edit("kernel", choices=("poly",)), "choices of kernel: rbf, 1 dropped"),
    (
        lambda space: space.edit("kernel", choices=("poly", "rbf", 1)),
        "choices of kernel: put in another order",
    ),
    (
        lambda space: space.edit("depth", active_when="kernel == 'rbf'"),
        "condition of Depth none → kernel == 'rbf'",
    ),
    (lambda space: space.constrain("C < depth"), "constraint C < depth added"),
    (
        lambda space: space.apply({"C": 0.1, "depth": 2, "kernel": "poly"}),
        "value of C 1 → 0.1 and 2 more",
    ),
]


@pytest.mark.parametrize(("edit", "words"), EDITS)
def test_a_step_is_named_by_what_it_changed(
    edit: Callable[[SearchSpace], Any], words: str, steps: SpaceUndo, space: SearchSpace
) -> None:
    edit(space)
    assert steps.undo_words == words
    steps.undo()
    assert (steps.undo_words, steps.redo_words) == ("", words)


def test_a_constraint_is_named_when_it_changes_and_goes(
    steps: SpaceUndo, space: SearchSpace
) -> None:
    space.constrain("C < depth")
    space.constrain("C < 2 * depth")
    assert steps.undo_words == "constraint C < depth → C < 2 * depth"
    space.constrain()
    assert steps.undo_words == "constraint C < 2 * depth removed"


def test_long_texts_are_cut(steps: SpaceUndo, space: SearchSpace) -> None:
    space.constrain("C < " + " + ".join(["depth"] * 30))
    assert len(steps.undo_words) < 70


@given(st.lists(st.sampled_from([*(edit for edit, _ in EDITS), "undo", "redo"]), max_size=12))
def test_undoing_all_leads_back_and_redoing_all_leads_forth(actions: list[Any]) -> None:
    space = new_space()
    steps = SpaceUndo(space)
    first = space.version
    for action in actions:
        # One edit may leave no room for the next.
        with contextlib.suppress(SpaceError):
            getattr(steps, action)() if isinstance(action, str) else action(space)
    while steps.redo_words:
        steps.redo()
    last = space.version
    while steps.undo_words:
        steps.undo()
    assert repr(space.version.hyper_parameters) == repr(first.hyper_parameters)
    assert space.constraints == ()
    while steps.redo_words:
        steps.redo()
    assert repr(space.version.hyper_parameters) == repr(last.hyper_parameters)
    assert space.constraints == last.constraints
