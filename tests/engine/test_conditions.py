"""Which hyper-parameters are active, and which constraints are broken."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.conditions import INACTIVE, Conditions
from tuneboard.engine.errors import SpaceError

NESTED = {
    "eta0": "schedule == 'constant'",
    "schedule": "solver == 'sgd'",
    "solver": "",
    "alpha": "",
}


def conditions(active_when: dict[str, str] = NESTED, *constraints: str) -> Conditions:
    return Conditions(active_when, constraints, frozenset({"eta0", "alpha"}))


def test_what_depends_on_something_inactive_is_inactive_too() -> None:
    config = {"eta0": 0.1, "schedule": "constant", "solver": "adam", "alpha": 1.0}
    assert conditions().active(config) == {"solver": "adam", "alpha": 1.0}
    assert conditions().active({**config, "solver": "sgd"}) == {**config, "solver": "sgd"}


def test_a_value_that_is_merely_unknown_makes_nothing_inactive() -> None:
    assert conditions().active({"schedule": "constant", "eta0": 0.1}) == {
        "schedule": "constant",
        "eta0": 0.1,
    }


def test_a_value_that_is_inactive_speaks_against() -> None:
    assert conditions().active({"solver": "sgd", "eta0": 0.1}) == {"solver": "sgd"}


def test_what_is_active_is_not_changed_in_place() -> None:
    config = {"solver": "adam", "schedule": "constant"}
    conditions().active(config)
    assert config == {"solver": "adam", "schedule": "constant"}


def test_a_constraint_says_nothing_about_what_is_inactive() -> None:
    ruled = conditions(NESTED, "eta0 < alpha", "alpha > 0")
    assert ruled.broken({"eta0": 2, "alpha": 1}) == ["eta0 < alpha"]
    assert ruled.broken({"alpha": 1}) == []
    assert ruled.broken({"eta0": 2, "alpha": -1}) == ["eta0 < alpha", "alpha > 0"]


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(list(NESTED)),
            st.sampled_from(["sgd", "constant", "adam", True, 1, None, 0.5, [1]]),
        ),
        max_size=8,
    )
)
def test_many_configurations_are_masked_as_each_alone_is(configs: list[dict[str, Any]]) -> None:
    ruled = conditions()
    values = {name: [one.get(name, INACTIVE) for one in configs] for name in NESTED}
    ruled.mask(values, len(configs))
    for row, config in enumerate(configs):
        found = {name: values[name][row] for name in config if values[name][row] is not INACTIVE}
        assert found == ruled.active(config)


@pytest.mark.parametrize(
    ("active_when", "message"),
    [
        ({"a": "a == 1"}, r"SearchSpace.a.active_when must not depend on itself: a needs a\."),
        (
            {"a": "b == 1", "b": "c == 1", "c": "a == 1"},
            r"active_when must not depend on itself: (a needs b needs c needs a|"
            r"b needs c needs a needs b|c needs a needs b needs c)\. Drop one",
        ),
        (
            {"a": "kernel == 'rbf'", "b": ""},
            r"a.active_when must name hyper-parameters \(a, b\), not .*'kernel' is none",
        ),
        (
            {"a": "b == rbf", "b": ""},
            r"'rbf' is none of them: check the spelling, put text in quotes",
        ),
        ({"a": "b <", "b": ""}, r"SearchSpace.a.active_when must be a condition, not 'b <'"),
        (
            {"alpha": "b < 3", "b": ""},
            r"active_when must compute with numbers only, not 'b < 3'. 'b' has choices",
        ),
    ],
)
def test_a_bad_condition_is_refused_with_its_owner(
    active_when: dict[str, str], message: str
) -> None:
    with pytest.raises(SpaceError, match=message):
        conditions(active_when)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("alpha <", r"SearchSpace.constraints\[1\] must be a condition"),
        ("alpha < beta", r"SearchSpace.constraints\[1\] must name hyper-parameters"),
        ("solver < 3", r"SearchSpace.constraints\[1\] must compute with numbers only"),
    ],
)
def test_a_bad_constraint_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        conditions(NESTED, "alpha > 0", text)
