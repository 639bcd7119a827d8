from __future__ import annotations

import re
from typing import Any

import ConfigSpace
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.conversion.from_configspace import from_configspace
from tuneboard.engine.conversion.to_configspace import to_configspace
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.sampling import Sampler


class Space(SearchSpace):
    kernel = Choice("rbf", choices=["rbf", "poly", "linear"])
    C = Real(1.0, bounds=(1e-4, 100), log=True)
    gamma = Real(0.1, bounds=(1e-5, 1), log=True, active_when="kernel in {rbf, poly}")
    degree = Int(3, bounds=(2, 6), active_when="kernel == 'poly'")
    coef0 = Real(0.0, bounds=(-1, 1), active_when="degree >= 3 or not kernel in {linear, poly}")
    tol = Real(0.0, bounds=(0, 1), active_when="gamma >= 0.001 and C <= 10 and C != 4")
    n_steps = Int(3, bounds=(1, 9), active_when="degree > 1")
    size = Choice(2, choices=[1, 2, 4, 8], ordered=True)
    prune = Choice(True, choices=[True, False, None])
    low = Int(3, bounds=(1, 40), log=True)
    high = Int(30, bounds=(1, 40), log=True)
    held = Choice("a", choices=["a", "b"], is_searched=False)
    unset = Int(None, bounds=(1, 9), is_searched=False)
    constraints = (
        "low < 2 ** size",
        "kernel != 'linear' or C < 50",
        "not (degree == 4 and size == 2)",
        "low < high",
        "2 <= low <= 30",
        "high != 17",
        "kernel != 'rbf' or low != high - 1 or held == 'a'",
    )


@pytest.fixture(scope="module")
def written() -> Any:
    return to_configspace(Space(), seed=0)


def plain(config: Any) -> dict[str, Any]:
    """Return a configuration of ConfigSpace's in plain Python."""
    return {
        name: value.item() if hasattr(value, "item") else value for name, value in config.items()
    }


def ours(version: SpaceVersion, n_configs: int) -> list[dict[str, Any]]:
    sampler, rng = Sampler(Encoding(version)), np.random.default_rng(0)
    return [sampler.draw(rng) for _ in range(n_configs)]


def test_what_configspace_draws_lies_in_the_space(written: Any) -> None:
    version = Space().version

    assert all(version.contains(plain(one)) for one in written.sample_configuration(200))


def test_what_lies_in_the_space_is_valid_for_configspace(written: Any) -> None:
    for config in ours(Space().version, 200):
        ConfigSpace.Configuration(written, values=config).check_valid_configuration()


def test_what_breaks_a_constraint_is_forbidden_in_configspace(written: Any) -> None:
    config = {**written.get_default_configuration(), "low": 8, "size": 2}

    assert not Space().version.contains(plain(config))
    with pytest.raises(ConfigSpace.ForbiddenValueError):
        ConfigSpace.Configuration(written, values=config).check_valid_configuration()


def test_the_way_there_and_back_allows_the_same(written: Any) -> None:
    version, back = Space().version, from_configspace(written).version

    assert all(back.contains(config) for config in ours(version, 200))
    assert all(version.contains(config) for config in ours(back, 200))


def test_the_current_values_are_the_defaults(written: Any) -> None:
    config = plain(written.get_default_configuration())

    assert config == Space().config


def test_what_is_held_is_a_constant_and_what_is_unset_stays_out(written: Any) -> None:
    assert isinstance(written["held"], ConfigSpace.Constant)
    assert "unset" not in written


def test_nothing_is_printed_on_the_way(written: Any, capsys: pytest.CaptureFixture[str]) -> None:
    written.sample_configuration(20)
    written.get_default_configuration().check_valid_configuration()

    assert capsys.readouterr().out == ""


NAMES = ["lr", "svc__C", "max depth", "größe", "a:b"]
DECIMALS = st.integers(-(10**6), 10**6).map(lambda number: number / 1000)


@st.composite
def hyper_parameters(draw: st.DrawFn, name: str) -> HyperParameter:
    """Make any hyper-parameter that ConfigSpace can say."""
    kind = draw(st.sampled_from(["real", "int", "choice", "held"]))
    if kind in ("choice", "held"):
        values = (
            st.text("abcß -", max_size=4) | st.none() if draw(st.booleans()) else st.integers(-9, 9)
        )
        choices = tuple(draw(st.lists(values, min_size=2, max_size=5, unique=True)))
        is_ordered = draw(st.booleans()) and kind == "choice"
        if kind == "held":
            return HyperParameter(
                name, "choice", choices[0], choices=choices[:1], is_searched=False
            )
        return HyperParameter(name, "choice", choices[1], choices=choices, ordered=is_ordered)
    log = draw(st.booleans())
    ends = st.integers(1 if log else -1000, 1000)
    low, high = sorted(draw(st.lists(ends, min_size=2, max_size=2, unique=True)))
    if kind == "real":
        low, high = low / 1000, high / 1000
    return HyperParameter(name, kind, high, low, high, log=log)


SPACES = st.lists(st.sampled_from(NAMES), min_size=1, unique=True).flatmap(
    lambda names: st.tuples(*(hyper_parameters(name) for name in sorted(names)))
)


def rules(one: HyperParameter) -> str:
    ranges = (one.low, one.high, one.log) if one.is_searched else ()
    return repr((one.name, one.kind, one.value, ranges, one.choices, one.ordered))


@given(SPACES)
def test_a_space_comes_back_from_configspace(records: tuple[HyperParameter, ...]) -> None:
    written = to_configspace(SpaceVersion(1, records), seed=0)
    back = from_configspace(written).version
    space = SpaceVersion(1, records)

    assert sorted(map(rules, back.hyper_parameters)) == sorted(map(rules, records))
    assert all(space.contains(plain(one)) for one in [written.sample_configuration()])


def test_ends_beyond_nine_decimals_are_moved_inwards() -> None:
    written = to_configspace(SpaceVersion(1, (HyperParameter("x", "real", 1 / 3, 1 / 3, 2 / 3),)))

    assert (written["x"].lower, written["x"].upper) == (0.333333334, 0.666666666)


REFUSED: dict[str, tuple[HyperParameter, str]] = {
    "a step": (
        HyperParameter("x", "int", 1, 1, 9, step=2),
        "SearchSpace.x must have no step for ConfigSpace, not 2. Drop the step, or make an ordered",
    ),
    "an end below nine decimals": (
        HyperParameter("x", "real", 1e-12, 1e-12, 1.0, log=True),
        "SearchSpace.x must have ends of 9 decimals, which is all that ConfigSpace keeps, not "
        "1e-12. Move the end, or tune its logarithm.",
    ),
    "whole beside real numbers": (
        HyperParameter("x", "choice", 1, choices=(1, 2.5)),
        "SearchSpace.x must have choices that ConfigSpace keeps as they are, which makes 1.0 of "
        "one, not 1. Write numbers of one type, or text.",
    ),
    "1 and True": (
        HyperParameter("x", "choice", 1, choices=(1, True)),
        "SearchSpace.x must be what ConfigSpace takes (Choices for categorical",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_configspace_cannot_say_is_told(what: str) -> None:
    one, message = REFUSED[what]

    with pytest.raises(SpaceError, match=re.escape(message)):
        to_configspace(SpaceVersion(1, (one,)))


A = HyperParameter("a", "real", 0.5, 0.0, 1.0)
B = HyperParameter("b", "real", 0.5, 0.0, 1.0)


def conditional(text: str) -> SpaceVersion:
    return SpaceVersion(1, (A, B, HyperParameter("x", "int", 1, 1, 9, active_when=text)))


CONDITIONS: dict[str, tuple[SpaceVersion, str]] = {
    "a condition between two": (
        conditional("a < b"),
        "SearchSpace.x.active_when must compare with values, as ConfigSpace compares no two in a "
        "condition, not 'a < b'. Drop the condition, or make choices of both.",
    ),
    "a computed condition": (
        conditional("a + b < 1"),
        "SearchSpace.x.active_when must compare hyper-parameters with values or with one another",
    ),
    "a condition that never holds": (
        conditional("a > 2"),
        "SearchSpace.x.active_when must be true for some values, not 'a > 2'. Drop the hyper-",
    ),
    "a constraint that never holds": (
        SpaceVersion(1, (A,), ("a > 2",)),
        "SearchSpace.constraints[0] must be true for some values, not 'a > 2'. Drop the constraint",
    ),
    "a computed constraint": (
        SpaceVersion(1, (A, B), ("a < b", "a ** 2 < b")),
        "SearchSpace.constraints[1] must compare hyper-parameters with values or with one another",
    ),
    "current values that break a constraint": (
        SpaceVersion(1, (A, B), ("a < b",)),
        "SearchSpace.constraints must be met by the current values, which ConfigSpace starts from, "
        "not {'a': 0.5, 'b': 0.5}. Change the current values.",
    ),
}


@pytest.mark.parametrize("what", CONDITIONS)
def test_a_condition_that_configspace_cannot_say_is_told(what: str) -> None:
    version, message = CONDITIONS[what]

    with pytest.raises(SpaceError, match=re.escape(message)):
        to_configspace(version)


def test_a_condition_that_always_holds_is_none() -> None:
    assert to_configspace(conditional("a >= 0")).conditions == []
