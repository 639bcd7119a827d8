"""A search space written as source code."""

from __future__ import annotations

import ast
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.source.reading import read_source
from tuneboard.engine.source.writing import space_source
from tuneboard.engine.space import SearchSpace

RESERVED = frozenset(dir(SearchSpace()))


def is_reserved(name: str) -> bool:
    return name in RESERVED or name.rstrip("_") in RESERVED


def attribute_of(name: str) -> str:
    return f"{name}_" if is_reserved(name) else name


def name_of(attribute: str) -> str:
    is_escaped = attribute.endswith("_") and is_reserved(attribute[:-1])
    return attribute[:-1] if is_escaped else attribute


def written(version: SpaceVersion) -> str:
    """Write the version and check that reading or running the text gives it back."""
    text = space_source(version, "Space", attribute_of)
    reading = read_source(text, name_of)
    scope: dict[str, Any] = {}
    exec(text, scope)  # noqa: S102 (the text is ours)
    run = scope["Space"]().version
    for one in (reading, run):
        assert repr(one.hyper_parameters) == repr(version.hyper_parameters)
        assert one.constraints == version.constraints
    for one in version.hyper_parameters:
        assert repr(ast.literal_eval(reading.places[one.name].text)) == repr(one.value)
    assert not reading.skipped
    return text


@given(st.from_type(SpaceVersion))
def test_a_written_space_reads_and_runs_as_what_it_was(version: SpaceVersion) -> None:
    written(version)


@pytest.mark.parametrize(
    "name",
    ["max depth", "class", "ﬁt", "__mangled", "__doc__", "Real", "Int", "1", "a-b", "name"],
)
def test_any_name_can_be_declared(name: str) -> None:
    others = HyperParameter("n", "int", 3, 1, 9), HyperParameter("x", "real", 3.0, 1.0, 9.0)
    written(SpaceVersion(1, (replace(others[0], name=name), *others), ("n < x",)))


def test_all_that_is_not_the_default_is_written() -> None:
    version = SpaceVersion(
        3,
        (
            HyperParameter("lr", "real", 1e-3, 1e-5, 0.1, log=True, label="Learning rate"),
            HyperParameter("n", "int", None, 1, 7**300, step=2, is_searched=False, unit="m/s"),
            HyperParameter(
                "kind",
                "choice",
                None,
                choices=(None, (50, math.inf), -math.inf, "it's", 7**3000),
                source="Feurer et al. 2015, where the whole of the long list of choices is from",
                active_when="lr < 1",
                ordered=True,
            ),
        ),
        ("n < 2 ** lr", "lr < 3"),
    )
    written(version)


def test_the_layout_is_that_of_a_person() -> None:
    version = SpaceVersion(
        1,
        (
            HyperParameter("lr", "real", 1e-3, 1e-5, 0.1, log=True),
            HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly"), source="x" * 30),
            HyperParameter("word", "choice", "a", choices=("a", "b" * 90), label="y" * 20),
        ),
        ("lr < 3",),
    )
    assert space_source(version) == (
        "from tuneboard import Choice, Real, SearchSpace\n"
        "\n\n"
        "class Space(SearchSpace):\n"
        "    lr = Real(0.001, bounds=(1e-05, 0.1), log=True)\n"
        '    kernel = Choice("rbf", choices=["rbf", "poly"], '
        f'source="{"x" * 30}")\n'
        "    word = Choice(\n"
        '        "a",\n'
        "        choices=[\n"
        '            "a",\n'
        f'            "{"b" * 90}",\n'
        "        ],\n"
        f'        label="{"y" * 20}",\n'
        "    )\n"
        '    constraints = ["lr < 3"]\n'
    )


def test_names_that_are_no_identifiers_are_written_with_type() -> None:
    version = SpaceVersion(1, (HyperParameter("max depth", "int", 3, 1, 9),))
    assert space_source(version, "Mine").splitlines()[3:] == [
        'Mine = type("Mine", (SearchSpace,), {"max depth": Int(3, bounds=(1, 9))})'
    ]


def test_lines_stay_short_where_values_allow_it() -> None:
    many = tuple(
        HyperParameter(f"a name {n}", "choice", 0, choices=tuple(range(60)), label="Many")
        for n in range(3)
    )
    assert max(map(len, written(SpaceVersion(1, many)).splitlines())) <= 100


def test_a_space_without_anything_is_written() -> None:
    assert written(SpaceVersion(1)).endswith("class Space(SearchSpace):\n    pass\n")


@pytest.mark.parametrize("name", ["", "my space", "class"])
def test_the_class_needs_a_name(name: str) -> None:
    with pytest.raises(SpaceError, match=r"space_source\.name must be an identifier, not '"):
        space_source(SpaceVersion(1), name)
