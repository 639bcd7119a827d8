"""Trials made by the hundred: a space of every kind, and scores with known answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.trial import Provenance, Trial, TrialState

MIXED = SpaceVersion(
    1,
    (
        HyperParameter("idle", "real", 0.5, 0.0, 1.0),
        HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True),
        HyperParameter("depth", "int", 3, 1, 30),
        HyperParameter("n", "int", 10, 1, 300, log=True),
        HyperParameter("kernel", "choice", "a", choices=("a", "b", "c")),
        HyperParameter("size", "choice", "s", choices=("s", "m", "l"), ordered=True),
        HyperParameter("seed", "int", 1, 0, 9, is_searched=False),
    ),
)
CONDITIONAL = SpaceVersion(
    1,
    (
        HyperParameter("kernel", "choice", "a", choices=("a", "b")),
        HyperParameter("gamma", "real", 0.5, 0.0, 1.0, active_when="kernel == 'b'"),
        HyperParameter("idle", "real", 0.5, 0.0, 1.0),
    ),
)
WIDE = SpaceVersion(1, tuple(HyperParameter(f"p{i}", "real", 0.5, 0.0, 1.0) for i in range(30)))
NARROW = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))

SPACES = {"mixed": MIXED, "conditional": CONDITIONAL, "thirty": WIDE, "one": NARROW}


def make_trial(number: int, config: Any, score: float | None = 0.0, **more: Any) -> Trial:
    state = TrialState.FAILED if score is None else TrialState.COMPLETED
    more = {"started_at": float(number), "duration_s": 0.5, **more}
    made = more.pop("provenance", Provenance("random", ""))
    return Trial(number, config, more.pop("state", state), made, score=score, **more)


def make_trials(
    space: SpaceVersion, n: int, score: Callable[[Any], float | None], *, seed: int = 0, **more: Any
) -> list[Trial]:
    encoding = Encoding(space)
    points = np.random.default_rng(seed).random((n, encoding.n_dims))
    configs = encoding.decode(points)
    return [make_trial(i, config, score(config), **more) for i, config in enumerate(configs, 1)]


@pytest.fixture
def trial() -> Callable[..., Trial]:
    return make_trial


@pytest.fixture
def random_trials() -> Callable[..., list[Trial]]:
    return make_trials


@pytest.fixture
def mixed() -> SpaceVersion:
    return MIXED


@pytest.fixture
def conditional() -> SpaceVersion:
    return CONDITIONAL


@pytest.fixture
def narrow() -> SpaceVersion:
    return NARROW


def edge_cases() -> dict[str, tuple[SpaceVersion, list[Trial]]]:
    """Return studies of every awkward kind."""
    score = lambda config: float(sum(v for v in config.values() if isinstance(v, float)))  # noqa: E731
    cases: dict[str, tuple[SpaceVersion, list[Trial]]] = {}
    for name, space in SPACES.items():
        cases[f"{name}, none"] = (space, [])
        cases[f"{name}, one"] = (space, make_trials(space, 1, score))
        cases[f"{name}, all failed"] = (space, make_trials(space, 40, lambda _: None))
        cases[f"{name}, forty"] = (space, make_trials(space, 40, score))
        cases[f"{name}, equal"] = (space, make_trials(space, 40, lambda _: 0.5))
    stopped = make_trials(MIXED, 40, score)
    stopped[20:] = [
        make_trial(one.number, one.config, -9e9, state=TrialState.STOPPED) for one in stopped[20:]
    ]
    cases["mixed, half stopped"] = (MIXED, stopped)
    running = [make_trial(99, stopped[0].config, None, state=TrialState.RUNNING, duration_s=0.0)]
    cases["mixed, running"] = (MIXED, [*stopped[:20], *running])
    cases["edited in mid-run"] = (MIXED, edited_in_mid_run(score))
    cases["nothing searched"] = (SpaceVersion(1, (MIXED["seed"],)), make_trials(MIXED, 40, score))
    return cases


def edited_in_mid_run(score: Callable[[Any], float]) -> list[Trial]:
    """Return trials of which the first half has lr beyond its range, another kernel and no n."""
    found = make_trials(MIXED, 80, score)
    for place, one in enumerate(found[:40]):
        config = {**one.config, "lr": 50.0, "kernel": "gone"}
        del config["n"]
        found[place] = make_trial(one.number, config, score(config))
    for place, one in enumerate(found[40:], 40):
        found[place] = make_trial(one.number, one.config, one.score, space_version=2)
    return found


@pytest.fixture(params=list(edge_cases()))
def awkward(request: pytest.FixtureRequest) -> tuple[SpaceVersion, list[Trial]]:
    return edge_cases()[request.param]
