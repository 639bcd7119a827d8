"""Values find their place on the axis, and ticks stay few and readable."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.dashboard.axis import ABSENT, Axis, short_names, tick_text, titles, value_text
from tuneboard.engine.hyper_parameter import HyperParameter


def real(low: float, high: float, *, log: bool = False) -> Axis:
    return Axis(HyperParameter("lr", "real", low, low, high, log=log))


def whole(low: int, high: int, *, log: bool = False) -> Axis:
    return Axis(HyperParameter("k", "int", low, low, high, log=log))


def choice(*choices: Any) -> Axis:
    return Axis(HyperParameter("kernel", "choice", choices[0], choices=choices))


def test_a_number_lies_at_its_value_and_on_a_log_scale_at_its_logarithm() -> None:
    assert real(0.0, 1.0).coordinates([0.25, np.float64(0.5)]).tolist() == [0.25, 0.5]
    assert real(0.001, 10.0, log=True).coordinates([0.01, 1]).tolist() == [-2.0, 0.0]


def test_a_choice_lies_on_the_lane_of_its_place() -> None:
    assert choice("rbf", "poly").coordinates(["poly", "rbf"]).tolist() == [1.0, 0.0]


def test_choices_that_are_equal_but_of_different_types_have_lanes_of_their_own() -> None:
    axis = choice(True, 1, "1", None, (100, 50))

    assert axis.coordinates([(100, 50), None, "1", 1, True]).tolist() == [4, 3, 2, 1, 0]


@pytest.mark.parametrize("value", [ABSENT, None, "text", math.nan, math.inf, True, 10**400])
def test_what_is_no_number_has_no_place_among_numbers(value: Any) -> None:
    assert np.isnan(real(0.0, 1.0).include([value])).all()
    assert np.isnan(real(0.1, 1.0, log=True).include([value])).all()


@pytest.mark.parametrize("value", [0, -1.0])
def test_what_has_no_logarithm_has_no_place_on_a_log_scale(value: float) -> None:
    assert np.isnan(real(0.1, 1.0, log=True).coordinates([value])).all()


def test_an_absent_value_makes_no_lane_but_none_does() -> None:
    axis = choice("a", "b")

    assert np.isnan(axis.include([ABSENT])).all()
    assert axis.include([None]).tolist() == [2.0]


def test_the_range_covers_the_bounds_and_values_of_an_earlier_range() -> None:
    axis = real(0.0, 1.0)
    assert not axis.exceeds_bounds

    axis.include([3.0])

    start, end = axis.range
    assert start < 0.0
    assert end > 3.0
    assert axis.bounds == (0.0, 1.0)
    assert axis.exceeds_bounds


def test_a_choice_that_was_dropped_keeps_a_lane_behind_the_others() -> None:
    axis = choice("a", "b")
    axis.include(["dropped", "a"])

    assert axis.coordinates(["dropped"]).tolist() == [2.0]
    assert axis.bounds == (-0.5, 1.5)
    assert axis.range == (-0.5, 2.5)
    assert axis.exceeds_bounds
    assert axis.ticks.labels == ("a", "b", "dropped")


def test_axes_measure_alike_when_only_the_bounds_differ() -> None:
    assert real(0.1, 1.0).measures_like(real(0.2, 0.5))
    assert not real(0.1, 1.0).measures_like(real(0.1, 1.0, log=True))
    assert not choice("a", "b").measures_like(choice("b", "a"))
    assert not choice("a", "b").measures_like(real(0.1, 1.0))


def test_few_whole_numbers_are_spread_like_lanes_and_many_are_not() -> None:
    assert whole(1, 3).jitter > 0
    assert whole(1, 3).range[0] < 1 - whole(1, 3).jitter
    assert whole(1, 100).jitter == 0
    assert real(1, 3).jitter == 0
    assert choice("a", "b").jitter > 0


@pytest.mark.parametrize(
    ("axis", "labels"),
    [
        (real(0.0, 1.0), ("0", "0.2", "0.4", "0.6", "0.8", "1")),
        (real(0.3, 1.0), ("0.4", "0.6", "0.8", "1")),
        (whole(1, 3), ("1", "2", "3")),
        (whole(1, 16), ("5", "10", "15")),
        (real(1e-4, 1.0, log=True), ("1e-4", "0.001", "0.01", "0.1", "1")),
        (real(1e-6, 1e6, log=True), ("1e-6", "0.001", "1", "1000", "1e6")),
        (real(1.0, 8.0, log=True), ("1", "2", "5")),
        (real(0.4, 0.6, log=True), ("0.4", "0.45", "0.5", "0.55", "0.6")),
        (whole(10, 2000, log=True), ("10", "100", "1000")),
    ],
)
def test_ticks_are_few_and_round(axis: Axis, labels: tuple[str, ...]) -> None:
    assert axis.ticks.labels == labels


bounds = st.floats(-1e12, 1e12).filter(lambda value: value == 0 or abs(value) > 1e-9)


@given(bounds, bounds)
def test_any_linear_range_has_two_to_seven_ticks_inside_it(low: float, high: float) -> None:
    low, high = sorted((low, high))
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        return
    axis = real(low, high)

    ticks = axis.ticks

    assert 2 <= len(ticks.positions) <= 7
    assert all(axis.range[0] <= place <= axis.range[1] for place in ticks.positions)
    assert len(set(ticks.positions)) == len(ticks.positions)


@given(st.floats(-12, 12), st.floats(0.01, 20))
def test_any_log_range_has_two_to_seven_ticks_inside_it(start: float, width: float) -> None:
    axis = real(10**start, 10 ** (start + width), log=True)

    ticks = axis.ticks

    assert 2 <= len(ticks.positions) <= 7
    assert all(axis.range[0] <= place <= axis.range[1] for place in ticks.positions)
    assert len(set(ticks.labels)) == len(ticks.labels)


def test_long_labels_of_lanes_take_two_rows_or_are_slanted_and_shortened() -> None:
    short = choice("gini", "log_loss").ticks
    rows = choice("squared_error", "absolute_error", "friedman_mse", "poisson").ticks
    many = choice(*(f"ConstantKernel(1.0) * RBF({i})" for i in range(40))).ticks

    assert short.labels == ("gini", "log_loss")
    assert rows.labels == ("squar…_error", "\nabsol…_error", "friedman_mse", "\npoisson")
    assert not rows.is_slanted
    assert many.is_slanted
    assert len(many.labels) <= 12
    assert max(map(len, many.labels)) <= 12


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.3333"),
        (0.00012346, "0.0001235"),
        (1.23456e-7, "1.235e-7"),
        (1e-5, "1e-5"),
        (12345.678, "12346"),
        (1.5e12, "1.5e12"),
        (200, "200"),
        (123456, "123456"),
        (np.int64(3), "3"),
        (np.float64(0.5), "0.5"),
        (math.nan, "–"),
        (math.inf, "inf"),
        (True, "True"),
        (None, "None"),
        ("", '""'),
        ("a\nb", "a b"),
        ((100, 50), "(100, 50)"),
        (math.sqrt, "sqrt"),
        (dict, "dict"),
    ],
)
def test_a_value_reads_in_few_digits(value: Any, text: str) -> None:
    assert value_text(value) == text
    assert real(0.0, 1.0).text(value) == text


def test_a_value_of_a_thousand_letters_is_cut_in_the_middle() -> None:
    text = value_text("a" * 500 + "b" * 500)

    assert len(text) == 120
    assert text.startswith("a")
    assert text.endswith("b")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.001, "0.001"),
        (0.0001, "1e-4"),
        (2500, "2500"),
        (100_000, "1e5"),
        (-0.5, "-0.5"),
        (0, "0"),
    ],
)
def test_a_tick_is_short(value: float, text: str) -> None:
    assert tick_text(value) == text


def test_long_names_lose_their_common_beginning_and_stay_different() -> None:
    names = [
        "columntransformer__num__simpleimputer__strategy",
        "columntransformer__cat__simpleimputer__strategy",
        "gradientboostingclassifier__learning_rate",
        "C",
        "x" * 99,
    ]

    short = short_names(names)

    assert list(short) == names
    assert short[names[0]] == "num__simpleimputer__strategy"
    assert short[names[1]] == "cat__simpleimputer__strategy"
    assert short[names[2]] == "learning_rate"
    assert short["C"] == "C"
    assert max(map(len, short.values())) == 30


def test_titles_are_labels_with_units_where_they_are_given() -> None:
    def named(name: str, **words: str) -> HyperParameter:
        return HyperParameter(name, "real", 0.5, 0.0, 1.0, **words)  # type: ignore[arg-type]

    found = titles(
        [
            named("step__rate", label="Learning rate", unit="1/s"),
            named("step__depth", unit="levels"),
            named("a", label="Twin"),
            named("b", label="Twin"),
            named("c", label="x" * 99, unit="s"),
        ]
    )

    assert list(found) == ["step__rate", "step__depth", "a", "b", "c"]
    assert found["step__rate"] == "Learning rate (1/s)"
    assert found["step__depth"] == "step__depth (levels)"
    assert (found["a"], found["b"], len(found["c"])) == ("a", "b", 30)
    assert found["c"].endswith(" (s)")
