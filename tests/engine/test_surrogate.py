"""The Gaussian process against what is known of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern
from tuneboard.engine.surrogate import GaussianProcess, squared_distances

NONE = np.zeros(3, dtype=bool)
RNG = np.random.default_rng(0)


def smooth(points):
    scores = np.sin(5 * points[:, 0]) + points[:, 1] ** 2
    return (scores - scores.mean()) / scores.std()


def test_the_prediction_is_that_of_scikit_learn_with_the_same_kernel():
    points, others = RNG.random((20, 3)), RNG.random((9, 3))
    theta = np.log(np.array([0.4, 0.7, 1.5, 1.3, 0.01]))
    ours = GaussianProcess(points, smooth(points), NONE, theta)
    kernel = ConstantKernel(1.3, "fixed") * Matern([0.4, 0.7, 1.5], "fixed", nu=2.5)
    theirs = GaussianProcessRegressor(kernel, alpha=0.01, optimizer=None)
    theirs.fit(points, smooth(points))
    for mine, yours in zip(
        ours.predict(others), theirs.predict(others, return_std=True), strict=True
    ):
        assert mine == pytest.approx(yours, abs=1e-6)


@pytest.mark.parametrize("is_missing", [False, True])
def test_the_gradient_is_that_of_the_loss(is_missing):
    points = RNG.random((15, 3))
    if is_missing:
        points[::4, 1] = np.nan
    model = GaussianProcess(points, smooth(RNG.random((15, 2))), NONE, np.zeros(5))
    for theta in (np.zeros(5), np.array([-1.0, 0.5, 1.0, 0.3, -3.0])):
        numeric = approx_fprime(theta, lambda one: model._loss(one)[0], 1e-6)
        assert model._loss(theta)[1] == pytest.approx(numeric, abs=1e-3, rel=1e-3)


def test_a_column_that_matters_has_a_shorter_length_scale():
    points = RNG.random((60, 3))
    scales = GaussianProcess(points, smooth(points), NONE).length_scales
    assert scales[2] > 2 * max(scales[0], scales[1])


def test_noise_is_told_from_signal():
    points = RNG.random((120, 3))
    noisy = smooth(points) + 0.5 * RNG.standard_normal(120)
    assert GaussianProcess(points, noisy / noisy.std(), NONE).noise == pytest.approx(0.45, abs=0.1)
    assert GaussianProcess(points, smooth(points), NONE).noise < 0.1


def test_the_same_data_give_the_same_model():
    points = RNG.random((30, 3))
    first, second = (GaussianProcess(points, smooth(points), NONE).theta for _ in range(2))
    assert (first == second).all()


def test_equal_points_and_equal_scores_are_no_trouble():
    points = np.repeat(RNG.random((3, 3)), 10, axis=0)
    mean, deviation = GaussianProcess(points, np.zeros(30), NONE).predict(points[:2])
    assert mean == pytest.approx([0.0, 0.0])
    assert np.isfinite(deviation).all()


def test_believing_narrows_what_is_not_known_and_moves_no_mean():
    points = RNG.random((20, 3))
    model = GaussianProcess(points, smooth(points), NONE)
    pending = RNG.random((1, 3))
    before = model.predict(pending)
    model.believe(pending)
    after = model.predict(pending)
    assert after[0] == pytest.approx(before[0], abs=0.05)
    assert after[1] < before[1]


def test_distances_of_choices_and_of_what_is_inactive():
    points = np.array([[0.2, 0.25, np.nan], [0.5, 0.75, 0.0], [0.2, 0.75, np.nan]])
    squares = squared_distances(points, points, np.array([False, True, False]))
    assert squares[0, 1] == pytest.approx([0.09, 1.0, 1.0])
    assert squares[0, 2] == pytest.approx([0.0, 1.0, 0.0])
    assert squares[1, 2] == pytest.approx([0.09, 0.0, 1.0])
    assert (squares == squares.transpose(1, 0, 2)).all()


def test_the_kernel_is_positive_definite_with_inactive_columns():
    points = RNG.random((60, 3))
    points[RNG.random((60, 3)) < 0.4] = np.nan
    model = GaussianProcess(points, RNG.standard_normal(60), NONE, np.array([0.0] * 4 + [-20.0]))
    kernel = model._kernel(model._squares)
    assert np.linalg.eigvalsh(kernel).min() > -1e-9
