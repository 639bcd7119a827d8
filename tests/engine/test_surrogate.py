"""The Gaussian process against what is known of it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import approx_fprime
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, Matern
from tuneboard.engine.surrogate import GaussianProcess

NUMBERS = np.zeros(3, dtype=int)
RNG = np.random.default_rng(0)


def smooth(points):
    scores = np.sin(5 * points[:, 0]) + points[:, 1] ** 2
    return (scores - scores.mean()) / scores.std()


def test_the_prediction_is_that_of_scikit_learn_with_the_same_kernel():
    points, others = RNG.random((20, 3)), RNG.random((9, 3))
    theta = np.log([0.4, 0.7, 1.5, 1.3, 0.01])
    ours = GaussianProcess(points, smooth(points), NUMBERS, theta)
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
    points[:, 2] = (RNG.integers(0, 4, 15) + 0.5) / 4
    if is_missing:
        points[::4, 1] = points[::5, 2] = np.nan
    model = GaussianProcess(points, smooth(RNG.random((15, 2))), np.array([0, 0, 4]), np.zeros(5))
    for theta in (np.zeros(5), np.array([-1.0, 0.5, 1.0, 0.3, -3.0])):
        numeric = approx_fprime(theta, lambda one: model._loss(one)[0], 1e-6)
        assert model._loss(theta)[1] == pytest.approx(numeric, abs=1e-3, rel=1e-3)


def test_a_column_that_matters_has_a_shorter_length_scale():
    points = RNG.random((60, 3))
    scales = GaussianProcess(points, smooth(points), NUMBERS).length_scales
    assert scales[2] > 2 * max(scales[0], scales[1])


def test_noise_is_told_from_signal():
    points = RNG.random((120, 3))
    noisy = smooth(points) + 0.5 * RNG.standard_normal(120)
    assert GaussianProcess(points, noisy / noisy.std(), NUMBERS).noise == pytest.approx(
        0.45, abs=0.1
    )
    assert GaussianProcess(points, smooth(points), NUMBERS).noise < 0.1


def test_the_same_data_give_the_same_model():
    points = RNG.random((30, 3))
    first, second = (GaussianProcess(points, smooth(points), NUMBERS).theta for _ in range(2))
    assert (first == second).all()


def test_equal_points_and_equal_scores_are_no_trouble():
    points = np.repeat(RNG.random((3, 3)), 10, axis=0)
    mean, deviation = GaussianProcess(points, np.zeros(30), NUMBERS).predict(points[:2])
    assert mean == pytest.approx([0.0, 0.0])
    assert np.isfinite(deviation).all()


def test_believing_narrows_what_is_not_known_and_moves_no_mean():
    points = RNG.random((20, 3))
    model = GaussianProcess(points, smooth(points), NUMBERS)
    pending = RNG.random((1, 3))
    before = model.predict(pending)
    model.believe(pending)
    after = model.predict(pending)
    assert after[0] == pytest.approx(before[0], abs=0.05)
    assert after[1] < before[1]


def test_the_correlation_tells_a_point_that_is_known_from_one_that_is_not():
    points = np.array([[0.1, 0.1, 0.1], [0.9, 0.9, 0.9]])
    model = GaussianProcess(points, np.array([-1.0, 1.0]), NUMBERS, np.zeros(5))
    *_, correlation = model.appraise(np.array([[0.1, 0.1, 0.1], [0.5, 0.5, 0.5]]))
    assert correlation[0] == pytest.approx(1.0)
    assert correlation[1] < 0.8


def test_the_model_holds_with_inactive_columns():
    points = RNG.random((60, 3))
    points[RNG.random((60, 3)) < 0.4] = np.nan
    scores = np.where(np.isnan(points[:, 0]), 1.0, -1.0)
    model = GaussianProcess(points, scores - scores.mean(), NUMBERS)
    mean, _ = model.predict(np.array([[np.nan, 0.5, 0.5], [0.5, 0.5, 0.5]]))
    assert mean[0] > mean[1] + 1.0
