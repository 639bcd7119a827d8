from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.conversion.formula import Among, Comparison, Formula, Joint, Relation, formula
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.expression import is_same, parse


class Space(SearchSpace):
    kernel = Choice("rbf", choices=["rbf", "poly", "linear"])
    prune = Choice(True, choices=[True, False, None])
    size = Choice(2, choices=[1, 2, 4, 8])
    held = Choice("a", choices=["a", "b"], is_searched=False)
    depth = Int(3, bounds=(1, 9))
    leaves = Int(20, bounds=(2, 5000))
    lr = Real(0.1, bounds=(0.0, 1.0))
    decay = Real(0.1, bounds=(0.0, 1.0))
    gamma = Real(0.1, bounds=(0.0, 1.0), active_when="kernel != 'linear'")
    unset = Int(None, bounds=(1, 9), is_searched=False)


VERSION = Space().version

READ: dict[str, Formula] = {
    "kernel == 'rbf'": Among("kernel", ("rbf",)),
    "kernel != 'rbf'": Among("kernel", ("poly", "linear")),
    "not kernel in {rbf}": Among("kernel", ("poly", "linear")),
    "prune": Among("prune", (True,)),
    "not prune": Among("prune", (False, None)),
    "size > 2": Among("size", (4, 8)),
    "size * 2 == 4": Among("size", (2,)),
    "depth > 3": Comparison("depth", ">", 3),
    "3 < depth": Comparison("depth", ">", 3),
    "not depth > 3": Comparison("depth", "<=", 3),
    "depth > 2.5": Comparison("depth", ">", 2),
    "depth < 2.5": Comparison("depth", "<", 3),
    "depth >= 2.5": Comparison("depth", ">=", 3),
    "depth == 3": Among("depth", (3,)),
    "depth == 2.5": False,
    "depth != 2.5": True,
    "depth != 3": Comparison("depth", "!=", 3),
    "depth in {1, 2, 30}": Among("depth", (1, 2)),
    "depth % 4 == 0": Among("depth", (4, 8)),
    "2 * depth > 9": Comparison("depth", ">=", 5),
    "2 * depth < 99": True,
    "depth > 0": True,
    "depth > 9": False,
    "lr < -0.5": False,
    "lr == 0": Among("lr", (0.0,)),
    "lr < decay": Relation("lr", "<", "decay"),
    "not lr < decay": Relation("lr", ">=", "decay"),
    "depth < leaves": Relation("depth", "<", "leaves"),
    "held == 'a'": True,
    "held == 'b'": False,
    "gamma >= 0": Comparison("gamma", ">=", 0.0),
    "1 == 1": True,
    "not 1 == 1": False,
    "0.1 < lr < 0.5": Joint("and", (Comparison("lr", ">", 0.1), Comparison("lr", "<", 0.5))),
    "not 0.1 < lr < 0.5": Joint("or", (Comparison("lr", "<=", 0.1), Comparison("lr", ">=", 0.5))),
    "not (prune or depth > 3)": Joint(
        "and", (Among("prune", (False, None)), Comparison("depth", "<=", 3))
    ),
    "prune or depth > 0": True,
    "prune and depth > 0": Among("prune", (True,)),
}


@pytest.mark.parametrize("text", READ)
def test_a_condition_is_taken_apart(text: str) -> None:
    assert repr(formula(text, VERSION, "x")) == repr(READ[text])


FIVE_TO_EIGHT = Joint("and", (Comparison("depth", ">=", 5), Comparison("depth", "<=", 8)))


def test_what_is_computed_of_few_values_is_spelt_out_with_equal_cases_together() -> None:
    assert formula("depth > 2 * size", VERSION, "x") == Joint(
        "or",
        (
            Joint("and", (Among("depth", (3, 4)), Among("size", (1,)))),
            Joint("and", (FIVE_TO_EIGHT, Among("size", (1, 2)))),
            Joint("and", (Among("depth", (9,)), Among("size", (1, 2, 4)))),
        ),
    )


def is_true(part: Formula, config: dict[str, Any]) -> bool:
    """Ask a formula as another tool would."""
    if isinstance(part, bool):
        return part
    if isinstance(part, Joint):
        answers = [is_true(one, config) for one in part.parts]
        return all(answers) if part.word == "and" else any(answers)
    if isinstance(part, Among):
        return any(is_same(config[part.name], value) for value in part.values)
    is_relation = isinstance(part, Relation)
    left = config[part.left] if is_relation else config[part.name]
    right = config[part.right] if is_relation else part.number
    orders = {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}
    return {**orders, "==": left == right, "!=": left != right}[part.sign]


CONDITIONS = [
    *READ,
    "depth <= size",
    "depth < 2 ** size and not (kernel == 'rbf' or size + depth == 5)",
    "kernel == 'rbf' and (lr > 0.25 or not 2 <= depth <= 7) or prune == None",
    "min(depth, size) >= 2 or lr != 0.5",
]
NUMBERS = st.sampled_from([0.0, 0.1, 0.25, 0.5, 0.75, 1.0])


@given(
    text=st.sampled_from(CONDITIONS),
    is_negated=st.booleans(),
    config=st.fixed_dictionaries(
        {
            "kernel": st.sampled_from(["rbf", "poly", "linear"]),
            "prune": st.sampled_from([True, False, None]),
            "size": st.sampled_from([1, 2, 4, 8]),
            "held": st.just("a"),
            "depth": st.integers(1, 9),
            "leaves": st.integers(2, 5000),
            **dict.fromkeys(["lr", "decay", "gamma"], NUMBERS),
        }
    ),
)
def test_the_formula_says_what_the_condition_says(
    text: str, is_negated: bool, config: dict[str, Any]
) -> None:
    part = formula(text, VERSION, "x", is_negated=is_negated)

    assert is_true(part, config) is (parse(text).holds(config) is not is_negated)


@pytest.mark.parametrize(
    "text", ["lr + decay < 1", "lr * 2 > 1", "leaves < 2 ** depth", "lr in {0.1, 0.5}"]
)
def test_a_computation_with_too_many_cases_is_told(text: str) -> None:
    message = (
        "SearchSpace.x must compare hyper-parameters with values or with one another, to be "
        f"converted, not {text!r}. Simplify it, or make choices of the ranges that it computes with"
    )
    with pytest.raises(SpaceError, match=re.escape(message)):
        formula(text, VERSION, "SearchSpace.x")


def test_what_has_no_value_is_told() -> None:
    message = (
        "SearchSpace.x must depend on what has a value, which 'unset' has not, not 'unset > 3'. "
        "Give it a value, or drop the condition."
    )
    with pytest.raises(SpaceError, match=re.escape(message)):
        formula("unset > 3", VERSION, "SearchSpace.x")
