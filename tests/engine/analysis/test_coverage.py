from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.coverage import crowded, gaps
from tuneboard.engine.encoding import Encoding


@pytest.fixture
def encoding(mixed):
    return Encoding(mixed)


@pytest.fixture
def points(encoding):
    raw = np.random.default_rng(0).random((100, encoding.n_dims))
    return encoding.encode(encoding.decode(raw))


def test_random_trials_leave_no_gap_and_crowd_nowhere(encoding, points):
    assert gaps(encoding, points) == ()
    assert crowded(encoding, points) == ()


def test_a_gap_is_told_by_the_values_beside_it(encoding, points):
    points[:, 1] *= 0.5
    (gap,) = gaps(encoding, points)
    assert gap.name == "lr"
    assert gap.low == pytest.approx(0.01, rel=0.1)
    assert gap.high == pytest.approx(1)
    assert gap.share == pytest.approx(0.5, abs=0.02)


def test_choices_never_tried_are_named(encoding, points):
    points[:, 4] = 1 / 6
    found = {gap.name: gap for gap in gaps(encoding, points)}
    assert found["kernel"].missing == ("b", "c")
    assert crowded(encoding, points) == ("kernel",)


def test_the_values_of_few_whole_numbers_are_no_gaps(encoding, points):
    points[:, 5] = np.where(points[:, 5] < 0.5, 1 / 6, 5 / 6)
    assert {gap.name for gap in gaps(encoding, points)} == {"size"}
    points[:50, 5] = 0.5
    assert gaps(encoding, points) == ()


def test_few_trials_have_no_gaps(encoding, points):
    assert gaps(encoding, points[:5]) == ()
