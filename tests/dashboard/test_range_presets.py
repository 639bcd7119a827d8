"""Wide, balanced and narrow ranges."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.dashboard.range_presets import PRESETS, Preset, as_preset, preset_changes
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter


def real(value: Any, low: float, high: float, **more: Any) -> HyperParameter:
    return HyperParameter("x", "real", value, low, high, **more)


def whole(value: Any, low: int, high: int, **more: Any) -> HyperParameter:
    return HyperParameter("x", "int", value, low, high, **more)


def choice(value: Any, *choices: Any, ordered: bool = False) -> HyperParameter:
    return HyperParameter("x", "choice", value, choices=choices, ordered=ordered)


def ends(one: HyperParameter, preset: Preset, first: HyperParameter | None = None) -> Any:
    changes = preset_changes(one, first or one, preset)
    return changes["low"], changes["high"]


@pytest.mark.parametrize(
    ("one", "narrow", "wide"),
    [
        # A quarter of four decades, around the value, and eight decades.
        (real(1.0, 0.01, 100.0, log=True), (0.316, 3.16), (1e-4, 1e4)),
        (real(5.0, 2.0, 10.0), (4.0, 6.0), (2.0, 14.0)),
        # At an end, and near it.
        (real(0.01, 0.01, 100.0, log=True), (0.01, 0.0316), (1e-4, 1e4)),
        (whole(6, 1, 12), (5, 7), (1, 17)),
        (whole(12, 1, 12), (11, 12), (1, 17)),
        (whole(3, 1, 4), (2, 4), (1, 5)),
        (whole(16, 2, 128, log=True), (10, 26), (2, 1024)),
        # Shares stay shares, what is above 0 stays there, and so does what is below.
        (real(0.5, 0.0, 1.0), (0.375, 0.625), (0.0, 1.0)),
        (real(0.8, 0.5, 1.0), (0.738, 0.863), (0.25, 1.0)),
        (real(0.1, 0.001, 0.991), (0.001, 0.224), (0.001, 0.991)),
        (real(0.1, 0.01, 1.0, log=True), (0.0562, 0.178), (0.001, 1.0)),
        (real(-5.0, -10.0, -1.0), (-6.125, -3.875), (-14.5, -1.0)),
        (real(0.0, -1.0, 1.0), (-0.25, 0.25), (-2.0, 2.0)),
        (real(3.0, 0.0, 10.0), (1.75, 4.25), (0.0, 15.0)),
        # On the step.
        (real(0.5, 0.0, 10.0, step=0.5), (0.0, 2.0), (0.0, 15.0)),
        (whole(6, 2, 20, step=2), (4, 8), (2, 28)),
        # Without a value: around the middle.
        (real(None, 1.0, 100.0, log=True, is_searched=False), (5.62, 17.8), (0.1, 1000.0)),
        (whole(None, 1, 9, is_searched=False), (4, 6), (1, 13)),
    ],
)
def test_narrow_and_wide_follow_the_scale_and_stay_legal(
    one: HyperParameter, narrow: tuple[float, float], wide: tuple[float, float]
) -> None:
    assert ends(one, "narrow") == pytest.approx(narrow, abs=0.01)
    assert ends(one, "wide") == pytest.approx(wide, abs=0.01)
    assert ends(one, "balanced") == (one.low, one.high)


def test_balanced_is_the_range_at_first_and_reaches_the_value() -> None:
    first = real(1.0, 0.01, 100.0, log=True)
    assert ends(first.edited(low=0.5, high=2.0), "balanced", first) == (0.01, 100.0)
    assert ends(first.edited(high=1e4, value=1e3), "balanced", first) == (0.01, 1e3)


def test_a_scale_that_was_made_logarithmic_stays_above_zero() -> None:
    first = real(1.0, 0.0, 10.0)
    one = first.edited(low=0.1, log=True)
    assert ends(one, "balanced", first) == (0.1, 10.0)
    assert ends(one, "wide", first)[0] > 0


@pytest.mark.parametrize(
    ("one", "first", "expected"),
    [
        (choice("b", "b", "c"), choice("a", "a", "b", "c"), ("abc", "abc", "bc")),
        (
            choice("m", "m", "l", ordered=True),
            choice("m", "xs", "s", "m", "l", "xl", ordered=True),
            (("xs", "s", "m", "l", "xl"), ("xs", "s", "m", "l", "xl"), ("s", "m", "l")),
        ),
        (
            choice("a", "a", "b", "c", ordered=True),
            choice("a", "a", "b", "c"),
            ("abc", "abc", "ab"),
        ),
        (choice("a", "a", "z"), choice("a", "a", "b"), ("abz", "ab", "az")),
        (choice("z", "a", "z"), choice("a", "a", "b"), ("abz", "abz", "az")),
        (choice("z", "a", "b", "z", ordered=True), choice("a", "a"), ("abz", "az", "bz")),
        (choice(True, 1, True, ordered=True), choice(1, 1, True), ((1, True),) * 3),
    ],
)
def test_choices_are_those_at_first_those_added_or_the_neighbours(
    one: HyperParameter, first: HyperParameter, expected: tuple[Any, ...]
) -> None:
    found = [preset_changes(one, first, preset)["choices"] for preset in PRESETS]
    assert list(map(repr, found)) == [repr(tuple(choices)) for choices in expected]


def test_there_are_three_presets() -> None:
    assert [as_preset(preset) for preset in PRESETS] == ["wide", "balanced", "narrow"]
    with pytest.raises(SpaceError, match="SpaceTable.preset must be one of .*, not 'huge'."):
        as_preset("huge")


NUMBERS = st.floats(-1e6, 1e6) | st.floats(1e-12, 1e12)


@st.composite
def numbers(draw: st.DrawFn, kind: Any) -> tuple[HyperParameter, HyperParameter]:
    """Draw a number as it was at first, and after some edits."""
    of = NUMBERS if kind == "real" else st.integers(-(10**6), 10**6)

    def drawn(log: bool, step: Any = None) -> HyperParameter:
        low, high = sorted((draw(of), draw(of)))
        if log:
            low, high = abs(low), abs(low) + abs(high)
        if log and not low > 0:
            low = 1
        if not high > low:
            high = low + 1 if kind == "int" else low + max(1.0, abs(low) / 10)
        share = draw(st.floats(0, 1))
        value = low + share * (high - low)
        value = round(value) if kind == "int" else min(max(value, low), high)
        is_stepped = step is not None and step <= high - low <= 1e9 * step
        return HyperParameter(
            "x", kind, value, low, high, log=log, step=step if is_stepped else None
        )

    steps = st.none() | (st.floats(0.01, 1e3) if kind == "real" else st.integers(1, 50))
    first = drawn(draw(st.booleans()), draw(steps))
    one = first if draw(st.booleans()) else drawn(draw(st.booleans()), first.step)
    return one, first


@given(st.sampled_from(["real", "int"]).flatmap(numbers), st.sampled_from(PRESETS))
def test_a_preset_is_a_legal_range_around_the_value(
    pair: tuple[HyperParameter, HyperParameter], preset: Preset
) -> None:
    one, first = pair
    changes = preset_changes(one, first, preset)
    low, high = changes["low"], changes["high"]
    edited = one.edited(**changes)  # a rule that is broken raises
    assert edited.value == one.value
    assert low < high
    assert all(type(end) is (int if one.kind == "int" else float) for end in (low, high))
    assert changes == preset_changes(one, first, preset)
    for end in (low, high):
        assert end * first.low >= 0 or first.low <= 0 <= first.high or one.value * first.low <= 0


@given(st.sampled_from(["real", "int"]).flatmap(numbers))
def test_narrow_lies_in_balanced_and_balanced_in_wide(
    pair: tuple[HyperParameter, HyperParameter],
) -> None:
    one = replace(pair[1], value=pair[1].clamp(pair[0].value))
    (n_low, n_high), (b_low, b_high), (w_low, w_high) = (
        ends(one, preset, pair[1]) for preset in ("narrow", "balanced", "wide")
    )
    assert w_low <= b_low <= n_low < n_high <= b_high <= w_high
    if one.kind == "int" and one.step is None:
        assert n_low <= max(b_low, one.value - 1)
        assert n_high >= min(b_high, one.value + 1)


@given(numbers("int").filter(lambda pair: bool(pair[1].step)), st.sampled_from(PRESETS))
def test_low_stays_on_the_step(pair: tuple[HyperParameter, HyperParameter], preset: Preset) -> None:
    first = pair[1]
    low, _ = ends(first, preset)
    assert (low - first.low) % first.step == 0


@given(st.floats(-12, 12), st.floats(0.5, 8), st.floats(0, 1))
def test_narrow_is_a_quarter_of_the_decades(start: float, n_decades: float, share: float) -> None:
    low, high = 10**start, 10 ** (start + n_decades)
    value = min(max(10 ** (start + share * n_decades), low), high)
    one = real(value, low, high, log=True)
    found = math.log10(ends(one, "narrow")[1] / ends(one, "narrow")[0])
    assert n_decades / 8 - 0.02 <= found <= n_decades / 4 + 0.02
