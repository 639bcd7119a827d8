"""Tests of what candidates promise."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm
from tuneboard.engine.optimizers.acquisition import (
    ENSEMBLE,
    log_expected_improvement,
    log_probability_of_improvement,
    upper_confidence_bound,
)


@pytest.mark.parametrize("z", [-12.0, -3.0, -1.01, -0.99, 0.0, 2.0])
def test_expected_improvement_is_that_of_its_integral(z):
    integral, _ = quad(lambda t: t * norm.pdf(t - z), 0, 60, epsabs=0, epsrel=1e-10)
    found = log_expected_improvement(np.array([z]), np.array([1.0]), 0.0)
    assert found[0] == pytest.approx(math.log(integral), abs=1e-4)


def test_expected_improvement_falls_on_and_on_to_the_left():
    z = -np.logspace(0, 8, 200)
    values = log_expected_improvement(z, np.ones_like(z), 0.0)
    assert np.isfinite(values).all()
    assert (np.diff(values) < 0).all()


def test_probability_of_improvement_is_that_of_the_normal_distribution():
    found = log_probability_of_improvement(np.array([1.0]), np.array([2.0]), 3.0)
    assert found[0] == pytest.approx(math.log(norm.cdf(-1.0)))


def test_the_confidence_bound_lies_two_deviations_up():
    assert upper_confidence_bound(np.array([1.0]), np.array([0.5]), 9.0).tolist() == [2.0]


@pytest.mark.parametrize("acquisition", ENSEMBLE)
def test_of_two_candidates_the_better_one_promises_more(acquisition):
    values = acquisition.value(np.array([0.0, 0.5]), np.array([1.0, 1.0]), 1.0)
    assert values[1] > values[0]
