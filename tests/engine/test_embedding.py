"""Tests of the places that distances are measured between."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from tuneboard.engine.embedding import Embedding


def test_distances_of_options_and_of_what_is_inactive():
    points = np.array([[0.2, 0.25, np.nan], [0.5, 0.75, 0.0], [0.2, np.nan, np.nan]])
    placed = Embedding(np.array([0, 2, 0])).place(points)
    squares = cdist(placed, placed) ** 2
    assert squares[0, 1] == pytest.approx(0.3**2 + 1.0 + 1.0)
    assert squares[0, 2] == pytest.approx(1.0)
    assert squares[1, 2] == pytest.approx(0.3**2 + 1.0 + 1.0)


def test_inactive_is_as_far_from_both_ends_and_nearer_to_the_middle():
    points = np.array([[0.0], [0.5], [1.0], [np.nan]])
    placed = Embedding(np.array([0])).place(points)
    low, middle, high, _ = cdist(placed, placed)[3]
    assert (low, high) == (pytest.approx(1.0), pytest.approx(1.0))
    assert middle < 1.0
