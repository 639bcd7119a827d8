from __future__ import annotations

import numpy as np
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.random import RandomSearch

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True),
        HyperParameter("momentum", "real", 0.5, 0.0, 1.0),
        HyperParameter("kernel", "choice", "a", choices=("a", "b", "c", "d")),
    ),
)


def drawn(search, n, start=1):
    return [search.ask(number).config for number in range(start, start + n)]


def test_every_part_of_the_space_is_drawn_equally_often():
    configs = drawn(RandomSearch(SPACE), 4_000)
    points = np.array(
        [
            (np.log10(config["lr"]) / 4 + 1, config["momentum"], "abcd".index(config["kernel"]) / 4)
            for config in configs
        ]
    )
    for column in points.T:
        counts, _ = np.histogram(column, bins=4, range=(0, 1))
        assert np.all(np.abs(counts - 1_000) < 120)


def test_the_columns_are_drawn_independently():
    configs = drawn(RandomSearch(SPACE), 4_000)
    points = np.array([(np.log10(config["lr"]), config["momentum"]) for config in configs])
    assert abs(np.corrcoef(points.T)[0, 1]) < 0.06


def test_a_proposal_depends_on_seed_and_number_alone():
    one_by_one = drawn(RandomSearch(SPACE, seed=4), 20)
    assert drawn(RandomSearch(SPACE, seed=4), 5, start=10) == one_by_one[9:14]


def test_the_last_configurations_of_a_finite_space_are_found():
    many = SpaceVersion(
        1,
        (
            HyperParameter("n", "int", 1, 1, 30),
            HyperParameter("units", "int", 1, 1, 20, log=True),
        ),
    )
    configs = drawn(RandomSearch(many), 600)
    assert len({tuple(config.values()) for config in configs}) == 600
