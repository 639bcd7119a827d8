"""Studies to hand on: with every kind of value, state and outcome."""

from __future__ import annotations

import pytest
from tuneboard.engine.details import Details
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.settings import Settings
from tuneboard.engine.study_data import StudyData
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True),
        HyperParameter("depth", "int", 3, 1, 9),
        HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly", "1", "True", "")),
        HyperParameter("flag", "choice", True, choices=(True, False, None)),
        HyperParameter("degree", "int", 3, 2, 5, active_when="kernel == 'poly'"),
        HyperParameter("seed", "int", 7, 0, 99, is_searched=False),
    ),
)
LOSS = Metric("neg_log_loss", "log loss", is_minimized=True)


def made(number: int, score: float | None, **config: object) -> Trial:
    values = {"lr": 0.01 * number, "depth": number, "kernel": "rbf", "flag": True, "seed": 7}
    return Trial(
        number,
        {**values, **config},
        TrialState.COMPLETED if score is not None else TrialState.FAILED,
        Provenance("evolutionary", "crossed 1 and 2", (1,) if number > 1 else (), "mutation"),
        score=score,
        fold_scores=(score - 0.1, score + 0.1) if score is not None else (),
        error="" if score is not None else "ValueError: <b>no</b> 🙂",
        started_at=1_790_000_000.5 + number,
        duration_s=2.0,
        worker="here:1",
    )


@pytest.fixture
def study() -> StudyData:
    """Return a study of five trials, one stopped early and one failed."""
    stopped = Trial(
        5,
        {"lr": 0.5, "depth": 9, "kernel": "", "flag": False, "seed": 7},
        TrialState.STOPPED,
        Provenance("random", "drawn"),
        score=-3.0,
        started_at=1_790_000_010.0,
        duration_s=1.0,
        details=Details(curve=((1.0, -4.0), (2.0, -3.0))),
    )
    trials = (
        made(1, -0.5),
        made(2, -0.25, kernel="poly", degree=3),
        made(3, None, kernel="1"),
        made(4, -0.75, kernel="True", flag=None),
        stopped,
    )
    settings = Settings(metric=LOSS, n_trials=5, model="SVC()", folds=2)
    return StudyData('a "study" <i>&</i> 🙂', settings, (SPACE,), trials)


def outcomes(data: StudyData) -> list[tuple[object, ...]]:
    """Return what a user would compare: number, configuration with types, state and score."""
    return [(one.number, _typed(one.config), one.state, one.score) for one in data.trials]


def _typed(config: dict[str, object]) -> dict[str, tuple[type, object]]:
    return {name: (type(value), value) for name, value in config.items()}
