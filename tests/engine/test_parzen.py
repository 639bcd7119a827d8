from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import truncnorm
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.parzen import ParzenEstimator, columns_of

REAL = HyperParameter("x", "real", 0.5, 0.0, 1.0)
COUNT = HyperParameter("k", "int", 4, 1, 9, log=True)
KERNEL = HyperParameter("kernel", "choice", "a", choices=("a", "b", "c"))
DEGREE = HyperParameter("degree", "int", 2, 1, 4, active_when="kernel == 'b'")


def encoding(*several):
    return Encoding(SpaceVersion(1, several))


def estimator(encoding, configs, *, width=0.1, prior=1.0):
    points = encoding.encode(configs)
    weights, widths = np.ones(len(configs)), np.full(encoding.n_dims, width)
    return ParzenEstimator(columns_of(encoding), points, weights, widths, prior=prior)


def densities(estimator, encoding, configs):
    return np.exp(estimator.log_density(encoding.encode(configs)))


def test_one_kernel_of_a_real_number_is_a_normal_distribution_cut_off_at_the_ends():
    space = encoding(REAL)
    found = densities(
        estimator(space, [{"x": 0.9}], width=0.2, prior=0.0), space, [{"x": 0.8}, {"x": 0.1}]
    )
    known = truncnorm(-0.9 / 0.2, 0.1 / 0.2, loc=0.9, scale=0.2).pdf([0.8, 0.1])
    assert found == pytest.approx(known)


def test_the_kernel_of_a_choice_is_that_of_aitchison_and_aitken():
    # Watanabe 2023, section 3.3.2: 1 - b at the choice itself and b / (C - 1) at the others, with
    # b = (C - 1) / (n + C); here C = 3 and n = 2, and the uniform kernel counts as a third.
    space = encoding(KERNEL)
    model = estimator(space, [{"kernel": "a"}, {"kernel": "b"}])
    found = densities(model, space, [{"kernel": one} for one in "abc"]) / 3
    near, far = 3 / 5, 1 / 5
    assert found == pytest.approx([(near + far + 1 / 3) / 3] * 2 + [(far + far + 1 / 3) / 3])


def test_a_density_sums_to_one_over_the_cube():
    space = encoding(REAL, COUNT, KERNEL)
    rng = np.random.default_rng(0)
    model = estimator(space, space.decode(rng.random((7, 3))), width=0.15)
    drawn = space.snapped(rng.random((40_000, 3)))
    assert np.exp(model.log_density(drawn)).mean() == pytest.approx(1, abs=0.03)


def test_draws_follow_the_density():
    space = encoding(REAL, COUNT, KERNEL)
    rng = np.random.default_rng(1)
    model = estimator(space, space.decode(rng.random((5, 3))), width=0.1)
    drawn = space.snapped(model.draw(20_000, rng))
    # The mean of 1/density over draws from the density is the volume of the cube.
    assert np.exp(-model.log_density(drawn)).mean() == pytest.approx(1, abs=0.05)


def test_what_is_inactive_counts_nothing_and_is_uniform_around_an_inactive_point():
    space = encoding(KERNEL, DEGREE)
    model = estimator(space, [{"kernel": "a"}], prior=0.0)
    a, b1, b4 = densities(
        model,
        space,
        [{"kernel": "a"}, {"kernel": "b", "degree": 1}, {"kernel": "b", "degree": 4}],
    )
    assert b1 == pytest.approx(b4)
    assert a == pytest.approx(2 * b1)  # 2/4 and 1/4 by Aitchison and Aitken with n = 1


def test_a_conditional_value_is_told_from_others_where_it_is_active():
    space = encoding(KERNEL, DEGREE)
    model = estimator(space, [{"kernel": "b", "degree": 4}])
    near, far = densities(
        model, space, [{"kernel": "b", "degree": 4}, {"kernel": "b", "degree": 1}]
    )
    assert near > 2 * far


def test_without_points_the_density_is_uniform():
    space = encoding(REAL, KERNEL)
    assert densities(estimator(space, []), space, [{"x": 0.3, "kernel": "a"}]) == pytest.approx(
        [1.0]
    )


def test_a_whole_number_of_many_values_counts_as_a_real_one():
    (column,) = columns_of(encoding(HyperParameter("n", "int", 1, 1, 1000)))
    assert column.n_levels == 0


def test_a_choice_of_many_values_stays_a_choice():
    many = HyperParameter("n", "choice", 0, choices=tuple(range(200)))
    (column,) = columns_of(encoding(many))
    assert column.n_levels == 200
