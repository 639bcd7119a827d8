from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.axis import axis_of, positions_of, value_at
from tuneboard.engine.hyper_parameter import HyperParameter


def test_a_log_range_is_cut_into_equal_ratios():
    axis = axis_of(HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True), 4)
    assert axis.lows == pytest.approx((1e-4, 1e-3, 1e-2, 1e-1))
    assert axis.highs == pytest.approx((1e-3, 1e-2, 1e-1, 1))
    assert axis.is_log


def test_few_whole_numbers_get_an_interval_each():
    axis = axis_of(HyperParameter("k", "int", 3, 1, 9), 20)
    assert axis.lows == axis.middles == axis.highs == tuple(range(1, 10))


def test_many_whole_numbers_are_put_together_without_a_gap():
    axis = axis_of(HyperParameter("k", "int", 3, 1, 95), 10)
    assert axis.n == 10
    assert (axis.lows[0], axis.highs[-1]) == (1, 95)
    assert axis.lows[1:] == tuple(high + 1 for high in axis.highs[:-1])


@pytest.mark.parametrize("high", [6, 300, 5_000])
def test_whole_numbers_on_a_log_scale_leave_no_gap_either(high):
    axis = axis_of(HyperParameter("k", "int", 3, 1, high, log=True), 20)
    assert (axis.lows[0], axis.highs[-1]) == (1, high)
    assert axis.n <= 20
    assert axis.lows[1:] == tuple(high + 1 for high in axis.highs[:-1])


def test_choices_are_never_put_together():
    choices = tuple("abcdefghij")
    assert axis_of(HyperParameter("c", "choice", "a", choices=choices), 3).middles == choices


def test_places_are_those_of_the_values(mixed, random_trials):
    some = random_trials(mixed, 50, lambda _: 0.0)
    axis = axis_of(mixed["depth"], 40)
    places = axis.places(positions_of(mixed["depth"], some))
    assert [axis.middles[place] for place in places] == [one.config["depth"] for one in some]


def test_what_is_inactive_has_no_place(conditional, trial):
    some = [trial(1, {"kernel": "a"}), trial(2, {"kernel": "b", "gamma": 1.0})]
    positions = positions_of(conditional["gamma"], some)
    assert np.isnan(positions[0])
    assert axis_of(conditional["gamma"], 5).places(positions).tolist() == [-1, 4]


def test_a_value_is_found_at_its_position():
    assert value_at(HyperParameter("x", "real", 1.0, 0.0, 10.0), 0.25) == 2.5
