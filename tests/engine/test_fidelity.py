"""Tests of the ladder of fidelities."""

from __future__ import annotations

import pytest
from tuneboard.engine.errors import OptimizerError
from tuneboard.engine.fidelity import Fidelity


def test_rungs_are_counted_exactly_where_a_logarithm_would_miss_one():
    assert Fidelity("epochs", 1, 243).rungs == (1, 3, 9, 27, 81, 243)


def test_rungs_of_fractions_end_at_the_full_amount():
    assert Fidelity("training fraction", 0.1, 1.0, eta=2).rungs == (0.125, 0.25, 0.5, 1.0)


def test_low_that_is_no_power_gives_the_lowest_rung_above_it():
    assert Fidelity("epochs", 2, 27).rungs == (3, 9, 27)


def test_an_amount_lies_on_the_rung_that_it_reaches():
    ladder = Fidelity("epochs", 1, 27)
    assert [ladder.rung_of(amount) for amount in (0.5, 1, 8, 9, 27, None)] == [0, 0, 1, 2, 3, 3]


def test_fidelity_survives_the_way_to_plain_data_and_back():
    ladder = Fidelity("epochs", 1, 16, eta=4)
    assert Fidelity.from_dict(ladder.to_dict()) == ladder


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"low": 0}, r"Fidelity\.low must be a positive number, not 0\."),
        ({"high": float("inf")}, r"Fidelity\.high must be a positive number, not inf\."),
        ({"eta": 1}, r"Fidelity\.eta must be a whole number of at least 2, not 1\."),
        ({"high": 2}, r"Fidelity\.high must be at least eta times low \(3 x 1\), not 2\."),
    ],
)
def test_bad_ladder_is_refused_by_name(change, message):
    with pytest.raises(OptimizerError, match=message):
        Fidelity(**{"resource": "epochs", "low": 1, "high": 27} | change)
