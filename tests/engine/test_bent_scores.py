"""Tests of the bending of scores."""

from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.bent_scores import bent, unbent


def test_bent_scores_keep_their_order_and_leave_room_for_the_good_ones():
    raw = np.r_[np.linspace(0.9, 0.99, 30), -1e6]
    scores = bent(raw)
    assert (np.diff(scores[:30]) > 0).all()
    assert scores[30] <= scores[0]
    assert np.ptp(scores[:30]) > 1


def test_equal_scores_are_bent_to_nothing():
    assert bent(np.full(9, 3.0)).tolist() == [0.0] * 9


def test_unbent_gives_back_the_scores_in_their_own_units():
    raw = np.array([0.2, 0.9, 0.5, 0.7])
    assert unbent(bent(raw), raw, bent(raw)) == pytest.approx(raw)
