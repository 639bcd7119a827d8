"""Search spaces declared as classes, read without running them."""

from __future__ import annotations

from typing import Any

import pytest
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter
from tuneboard.engine.source.parsed_code import ParsedCode
from tuneboard.engine.source.space_class import SpaceClasses

EVERYTHING = """
import param
from tuneboard import *

class Space(SearchSpace):
    "What may vary."
    lr = Real(1e-3, bounds=(1e-5, 1e-1), log=True, label="Learning rate", doc=WORDS)
    depth: int = Int(bounds=[1, 9], step=2, unit="levels", is_searched=False)
    act = Choice("b", choices=("a", "b"), ordered=True, active_when="lr < 1", source="me")
    first = Choice(choices=["x", None])
    number = param.Number(0.5, bounds=(0, 1))
    count = param.Integer(default=3, bounds=(0, 9))
    flag = param.Boolean()
    one = param.Selector(objects=[(1, 2), 1e999], default=1e999)
    other = 3
    constraints = ["lr < depth"]
"""


def read(text: str, **arguments: Any) -> list[HyperParameter]:
    groups = SpaceClasses(ParsedCode(text), **arguments).groups
    return [one.offered for group in groups for one in group.found if one.offered is not None]


def test_a_class_is_read_as_running_it_would() -> None:
    scope: dict[str, Any] = {"WORDS": "words"}
    exec(EVERYTHING, scope)  # noqa: S102 (to compare with)
    version = scope["Space"]().version
    spaces = SpaceClasses(ParsedCode(EVERYTHING))
    assert repr(tuple(read(EVERYTHING))) == repr(version.hyper_parameters)
    assert spaces.groups[0].constraints == version.constraints
    assert not spaces.skipped


def test_the_place_is_that_of_the_value_where_one_is_written() -> None:
    found = SpaceClasses(ParsedCode(EVERYTHING)).groups[0].found
    assert found[0].context == "Space.lr = Real(...)"
    assert found[0].node is not None
    assert found[1].node is None
    assert all(one.is_declared for one in found)


def test_type_declares_names_that_are_no_identifiers() -> None:
    text = 'S = type("S", (SearchSpace,), {"max depth": Int(3, bounds=(1, 9)), **more, k: 1})'
    assert [one.name for one in read(text)] == ["max depth"]


@pytest.mark.parametrize(
    "text",
    [
        "class A: k = Int(3, bounds=(1, 9))",
        "type(x)",
        "type('A', (B,), {'k': Int(3, bounds=(1, 9))})",
        "type('A', bases, {})",
        "type(name, (SearchSpace,), {})",
    ],
)
def test_other_classes_are_none(text: str) -> None:
    assert not SpaceClasses(ParsedCode(text)).groups


def test_a_space_made_from_another_is_read_too() -> None:
    text = "class A(SearchSpace): k = Int(3, bounds=(1, 9))\nclass B(A): n = Int(3, bounds=(1, 9))"
    groups = SpaceClasses(ParsedCode(text)).groups
    assert [(one.prefix, one.found[0].name) for one in groups] == [("A", "k"), ("B", "n")]


def test_attributes_are_turned_into_names() -> None:
    text = "class A(SearchSpace): name_ = Int(3, bounds=(1, 9))"
    (one,) = read(text, name_of=lambda attribute: attribute.removesuffix("_"))
    assert one.name == "name"


@pytest.mark.parametrize(
    "declared",
    [
        "Int(3, bounds=BOUNDS)",
        "Int(three, bounds=(1, 9))",
        "Int(3, **more)",
        "Choice(choices=list('ab'))",
        "Real(1, bounds=(1, 2 + 3), log=True)",
    ],
)
def test_a_computed_declaration_is_listed(declared: str) -> None:
    spaces = SpaceClasses(ParsedCode(f"class A(SearchSpace):\n    k = {declared}"))
    (skipped,) = spaces.skipped
    assert (skipped.what, skipped.line, skipped.column) == ("A.k", 2, 8)
    assert "computed" in skipped.reason


@pytest.mark.parametrize(
    ("declared", "message"),
    [
        ("Int(3, bounds=(9, 1))", r"line 2: SearchSpace\.k must have low < high, not \(9, 1\)"),
        (f"Int(3, bounds=(1, {'9' * 400}))", r"SearchSpace\.k\.high must be a finite number"),
        ("Int(3)", r"line 2: SearchSpace\.k\.low must be a finite number, not None"),
        ("Real(3, bounds=(1, 2, 3))", r"line 2: SearchSpace\.k\.low must be a finite number"),
        ("Choice()", r"line 2: SearchSpace\.k must have at least one choice"),
        ("Int(99, bounds=(1, 9))", r"line 2: SearchSpace\.k must be a whole number in \[1, 9\]"),
        ("Int(3, bounds=(1, 9), unit=3)", r"line 2: SearchSpace\.k\.unit must be text, not 3"),
    ],
)
def test_a_declaration_that_breaks_a_rule_fails_with_its_line(declared: str, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        read(f"class A(SearchSpace):\n    k = {declared}")
