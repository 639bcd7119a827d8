from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.box_forest import Boxes, grow, pairs

# Three boxes: the left half is 1, the right half 3 below and 5 above.
TREE = Boxes(
    np.array([[0.0, 0.0], [0.5, 0.0], [0.5, 0.5]]),
    np.array([[0.5, 1.0], [1.0, 0.5], [1.0, 1.0]]),
    np.array([1.0, 3.0, 5.0]),
)


def test_mean_and_variance_of_a_tree_are_those_over_the_cube():
    assert TREE.mean == pytest.approx(2.5)
    assert TREE.variance == pytest.approx((2.25 * 2 + 0.25 + 6.25) / 4)


def test_the_marginal_on_intervals_is_the_mean_there():
    assert TREE.marginal(0, np.array([0.0, 0.25, 1.0])) == pytest.approx([1, (1 + 4 * 2) / 3])
    assert TREE.marginal(1, np.array([0.0, 0.5, 1.0])) == pytest.approx([2, 3])


def test_the_joint_marginal_has_the_second_along_its_rows():
    halves = np.array([0.0, 0.5, 1.0])
    assert TREE.joint(0, 1, halves, halves) == pytest.approx(np.array([[1, 3], [1, 5]]))


def test_main_and_pair_variances_add_up_in_two_dimensions():
    parts = [*TREE.main_variances(), *TREE.pair_variances()]
    assert sum(parts) == pytest.approx(TREE.variance)


def test_pairs_come_in_order():
    assert pairs(3) == [(0, 1), (0, 2), (1, 2)]


def test_all_effects_of_a_grown_tree_of_two_add_up():
    rng = np.random.default_rng(0)
    points = rng.random((200, 2))
    forest = grow(points, (points[:, :1] * points[:, 1:]), seed=0, n_trees=3)
    for tree in forest.all_trees:
        parts = [*tree.main_variances(), *tree.pair_variances()]
        assert sum(parts) == pytest.approx(tree.variance)
        assert tree.volumes.sum() == pytest.approx(1)


def test_the_fit_is_that_on_trials_not_seen():
    rng = np.random.default_rng(0)
    points = rng.random((300, 2))
    good = grow(points, points[:, :1], seed=0, n_trees=16)
    noise = grow(points, rng.normal(size=(300, 1)), seed=0, n_trees=16)
    assert good.fit > 0.95
    assert noise.fit < 0.1
