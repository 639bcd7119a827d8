"""Configurations drawn around trials."""

from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.around import configs_around
from tuneboard.engine.errors import AnalysisError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True),
        HyperParameter("depth", "int", 3, 1, 100),
        HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly", "linear")),
    ),
    ("lr * depth < 50",),
)


def trials(*configs: dict[str, object]) -> list[Trial]:
    made = Provenance("random", "")
    return [Trial(n, c, TrialState.COMPLETED, made) for n, c in enumerate(configs, start=1)]


def test_they_lie_near_the_trials_and_keep_to_the_space() -> None:
    picked = trials(
        {"lr": 0.01, "depth": 20, "kernel": "rbf"}, {"lr": 0.02, "depth": 24, "kernel": "rbf"}
    )

    found = configs_around(SPACE, picked, 60, np.random.default_rng(0))

    assert len(found) == 60
    assert len({str(one) for one in found}) == 60
    assert 0.008 < np.median([one["lr"] for one in found]) < 0.025
    assert 15 < np.median([one["depth"] for one in found]) < 30
    assert all(SPACE.contains(one) for one in found)
    assert sum(one["kernel"] == "rbf" for one in found) > 40
    assert {one["kernel"] for one in found} == {"rbf", "poly", "linear"}


def test_what_has_run_is_not_drawn_again() -> None:
    space = SpaceVersion(1, (HyperParameter("k", "int", 1, 1, 3),))

    found = configs_around(space, trials({"k": 1}), 5, np.random.default_rng(0))

    assert sorted(one["k"] for one in found) in ([2], [2, 3])


def test_trials_from_outside_the_space_say_so() -> None:
    outside = trials({"lr": 5.0, "depth": 3, "kernel": "rbf"})

    with pytest.raises(AnalysisError, match=r"trials must lie in the search space.*\[1\]"):
        configs_around(SPACE, outside, 3, np.random.default_rng(0))
