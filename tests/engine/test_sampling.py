"""Configurations drawn under constraints."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.sampling import Sampler


def sampler(*constraints: str, value: float = 0.5, high: float = 1.0) -> tuple[Sampler, Encoding]:
    numbers = tuple(HyperParameter(name, "real", value, 0.0, high) for name in "abc")
    encoding = Encoding(SpaceVersion(1, numbers, constraints))
    return Sampler(encoding), encoding


def drawn(one: Sampler, n: int) -> np.ndarray:
    draws = [one.draw(np.random.default_rng([0, number])) for number in range(n)]
    return np.array([[draw[name] for name in "abc"] for draw in draws])


def test_without_constraints_draws_are_uniform() -> None:
    one, _ = sampler()
    assert drawn(one, 2000).mean(axis=0) == pytest.approx([0.5] * 3, abs=0.03)


def test_draws_are_uniform_over_what_is_feasible() -> None:
    one, _ = sampler("a < b")
    found = drawn(one, 2000)
    assert (found[:, 0] < found[:, 1]).all()
    # The mean of the smaller and of the larger of two uniform numbers.
    assert found.mean(axis=0) == pytest.approx([1 / 3, 2 / 3, 1 / 2], abs=0.03)


def test_a_corner_that_draws_never_hit_is_walked_from_the_current_values() -> None:
    one, encoding = sampler("a + b + c > 2.97", value=1.0)
    found = drawn(one, 30)
    assert (found.sum(axis=1) > 2.97).all()
    assert len(np.unique(found[:, 0])) == 30
    assert all(encoding.is_feasible(dict(zip("abc", row, strict=True))) for row in found.tolist())


def test_the_same_generator_gives_the_same_draw() -> None:
    one, _ = sampler("a + b + c > 2.97", value=1.0)
    assert (drawn(one, 3) == drawn(one, 3)).all()


def test_constraints_that_leave_nothing_are_named() -> None:
    with pytest.raises(SpaceError) as caught:
        sampler("a < 2", "b > c + 1")
    assert "nor the current values, meet 'b > c + 1'. Loosen the constraint" in str(caught.value)
    assert "a < 2" not in str(caught.value)


def test_constraints_that_contradict_each_other_are_named_together() -> None:
    with pytest.raises(SpaceError, match="meet 'a < 0.5' and 'a > 0.5'"):
        sampler("a < 0.5", "a > 0.5")


def test_mending_takes_as_little_as_it_needs() -> None:
    one, _ = sampler("a < b")
    assert one.mend([0.9, 0.5, 0.7], [0.1, 0.2, 0.3], [2, 0, 1]) == [0.1, 0.5, 0.3]
    assert one.mend([0.4, 0.5, 0.7], [0.1, 0.2, 0.3], [2, 0, 1]) == [0.4, 0.5, 0.7]


@given(st.from_type(SpaceVersion), st.integers(0, 9))
@settings(max_examples=40)
def test_any_space_gives_what_it_allows_or_says_that_it_allows_nothing(
    version: SpaceVersion, seed: int
) -> None:
    guilty, draws = "", []
    try:
        one = Sampler(Encoding(version))
        draws = [one.draw(np.random.default_rng([seed, number])) for number in range(3)]
    except SpaceError as error:
        guilty = error.name
    assert all(version.contains(draw) for draw in draws)
    names = ["SearchSpace.constraints", *(f"SearchSpace.{name}" for name in version.names)]
    assert draws or guilty in names
