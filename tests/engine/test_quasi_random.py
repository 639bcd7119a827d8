from __future__ import annotations

import numpy as np
from scipy.stats import qmc
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.quasi_random import QuasiRandomSearch
from tuneboard.engine.optimizers.random import RandomSearch

SPACE = SpaceVersion(1, tuple(HyperParameter(name, "real", 0.5, 0.0, 1.0) for name in "abcd"))


def points(search, n):
    return np.array([list(search.ask(number).config.values()) for number in range(1, n + 1)])


def test_every_cell_of_a_coarse_grid_is_hit_equally_often():
    found = points(QuasiRandomSearch(SPACE, seed=3), 256)
    for first in range(4):
        for second in range(first):
            counts, _, _ = np.histogram2d(*found[:, [first, second]].T, bins=4, range=[[0, 1]] * 2)
            assert (counts == 16).all()


def test_points_are_spread_more_evenly_than_random_ones():
    for seed in range(5):
        ours = qmc.discrepancy(points(QuasiRandomSearch(SPACE, seed=seed), 60))
        random = qmc.discrepancy(points(RandomSearch(SPACE, seed=seed), 60))
        assert ours < random / 2


def test_a_point_depends_on_seed_and_number_alone():
    straight = points(QuasiRandomSearch(SPACE, seed=4), 200)
    late = QuasiRandomSearch(SPACE, seed=4)
    assert list(late.ask(150).config.values()) == straight[149].tolist()
    assert list(late.ask(3).config.values()) == straight[2].tolist()


def test_the_reason_names_the_point():
    proposal = QuasiRandomSearch(SPACE).ask(12)
    assert proposal.provenance.reason == "point 12 of a Sobol sequence"
