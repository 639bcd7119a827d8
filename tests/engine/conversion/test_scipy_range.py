from __future__ import annotations

import pickle
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from tuneboard.engine.conversion.scipy_range import (
    FrozenRange,
    from_distribution,
    is_distribution,
    to_distribution,
)
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter

# Not with more steps than floats can count.
RANGES = st.from_type(HyperParameter).filter(
    lambda one: one.kind != "choice" and (not one.step or (one.high - one.low) / one.step < 1e15)
)

EXACT: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "uniform": (stats.uniform(1, 2), ("real", 1.0, 3.0, False)),
    "uniform by names": (stats.uniform(scale=2), ("real", 0.0, 2.0, False)),
    "loguniform": (stats.loguniform(1e-3, 10), ("real", 1e-3, 10.0, True)),
    "reciprocal": (stats.reciprocal(1, 10), ("real", 1.0, 10.0, True)),
    "stretched loguniform": (stats.loguniform(1, 10, scale=2), ("real", 2.0, 20.0, True)),
    "randint": (stats.randint(1, 5), ("int", 1, 4, False)),
    "shifted randint": (stats.randint(1, 5, loc=3), ("int", 4, 7, False)),
}

BY_ENDS: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "truncnorm": (stats.truncnorm(-1, 2, loc=3), ("real", 2.0, 5.0, False)),
    "beta": (stats.beta(2, 3), ("real", 0.0, 1.0, False)),
    "triang": (stats.triang(0.5, 1, 2), ("real", 1.0, 3.0, False)),
    "binom": (stats.binom(4, 0.5), ("int", 0, 4, False)),
    "loguniform": (stats.loguniform(1, 10, loc=2), ("real", 3.0, 12.0, False)),
}

BROKEN: dict[str, tuple[Any, str]] = {
    "no upper end": (
        stats.expon(scale=100),
        "SearchSpace.x must have two ends, which scipy's expon has not, not (0.0, inf). Write a "
        "range in its place, such as (1.01, 461), where 98 in 100 of its values lie.",
    ),
    "no ends": (stats.norm(), "such as (-2.33, 2.33), where 98 in 100 of its values lie."),
    "wrong numbers": (stats.uniform(0, -1), "not (nan, nan). Check its numbers."),
    "not called": (
        stats.loguniform,
        "SearchSpace.x must be a frozen distribution of scipy.stats with two ends, not ",
    ),
    "not called, with advice": (
        stats.loguniform,
        "Call it with its numbers: scipy.stats.loguniform(...).",
    ),
    "several variables": (
        stats.multivariate_normal([0, 1]),
        "Write the range itself: (low, high).",
    ),
}


def rules(one: HyperParameter) -> tuple[Any, ...]:
    return (one.kind, one.low, one.high, one.log)


@pytest.mark.parametrize("name", EXACT)
def test_a_distribution_that_is_a_range_is_read_as_it_is(name: str) -> None:
    entry, expected = EXACT[name]
    one = from_distribution("x", entry)

    assert rules(one) == expected
    assert one.source == "from scipy"


@pytest.mark.parametrize("name", BY_ENDS)
def test_of_another_distribution_the_ends_are_taken_over_and_the_source_says_so(name: str) -> None:
    entry, expected = BY_ENDS[name]
    one = from_distribution("x", entry)

    assert rules(one) == expected
    assert one.source == f"the ends of scipy's {name}"


@pytest.mark.parametrize("called", [False, True])
def test_weighted_values_become_choices_without_the_weights(called: bool) -> None:
    weighted = stats.rv_discrete(values=([1, 3, 9], [0.5, 0.3, 0.2]))
    one = from_distribution("x", weighted() if called else weighted)

    assert (one.choices, one.ordered) == ((1, 3, 9), True)
    assert one.source == "from scipy, without the weights"


def test_a_distribution_of_one_value_is_held_at_it() -> None:
    one = from_distribution("x", stats.randint(3, 4))

    assert (one.value, one.is_searched) == (3, False)


@pytest.mark.parametrize("fault", BROKEN)
def test_a_distribution_that_is_no_range_is_told(fault: str) -> None:
    entry, message = BROKEN[fault]

    with pytest.raises(SpaceError, match=re.escape(message)):
        from_distribution("x", entry)


@given(RANGES)
def test_a_range_comes_back_from_its_distribution(one: HyperParameter) -> None:
    one = replace(one, is_searched=True, active_when="")
    written = to_distribution(one)
    if isinstance(written, range):
        last = one.low + (one.high - one.low) // one.step * one.step
        assert (written[0], written[-1], written.step) == (one.low, last, one.step)
        return
    back = from_distribution(one.name, written)

    assert (back.kind, back.log, back.step) == (one.kind, one.log, one.step)
    # SciPy keeps the low end and the width.
    assert (back.low, back.high) == pytest.approx((one.low, one.high), rel=1e-12, abs=1e-6)


@given(RANGES, st.integers(0, 99))
def test_what_is_drawn_is_within_the_range(one: HyperParameter, seed: int) -> None:
    written = to_distribution(one)
    values = list(written[:20]) if isinstance(written, range) else drawn(written, seed)

    assert all(one.contains(value) for value in values)


def drawn(written: Any, seed: int) -> list[Any]:
    """Draw twenty values, one at a time as scikit-learn does."""
    source = np.random.RandomState(seed)
    return [written.rvs(random_state=source) for _ in range(20)]


def test_a_frozen_range_draws_the_same_from_the_same_seed() -> None:
    one = FrozenRange(HyperParameter("x", "int", 1, 1, 1000, log=True))
    values = one.rvs(5, random_state=3)

    assert values == one.rvs(5, random_state=3) == one.rvs(5, np.random.default_rng(3))
    assert len(values) == 5
    assert pickle.loads(pickle.dumps(one)) == one
    assert 1 <= one.rvs() <= 1000


def test_a_frozen_range_on_a_log_scale_draws_small_values_as_often_as_large_ones() -> None:
    one = FrozenRange(HyperParameter("x", "int", 1, 1, 10_000, log=True))
    values = one.rvs(2000, random_state=0)

    assert 0.4 < np.mean([value <= 100 for value in values]) < 0.6


def test_whole_numbers_beyond_what_floats_count_are_drawn_exactly() -> None:
    one = HyperParameter("x", "int", 2**60, 2**60, 2**60 + 3)

    assert {*to_distribution(one).rvs(50, random_state=0)} <= {2**60 + i for i in range(4)}


def test_what_has_rvs_is_a_distribution() -> None:
    assert is_distribution(stats.norm())
    assert not is_distribution([1, 2])
