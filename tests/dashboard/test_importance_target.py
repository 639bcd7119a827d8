"""What the importance is of: the score, the state of the learning curve, the time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tuneboard.dashboard.computed_view import Moment
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.views.importance import METHODS, STATES, ImportanceView
from tuneboard.engine.details import NO_DETAILS, Details
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(
    1,
    tuple(HyperParameter(name, "real", 0.5, 0.0, 1.0) for name in ("rate", "width", "idle")),
)
ACCURACY = Metric("accuracy", "accuracy")


def planted() -> list[Trial]:
    """Return trials whose rate decides whether they diverge, and whose width what they score."""
    found = []
    for number in range(1, 61):
        rng = np.random.default_rng(number)
        config = {one.name: float(rng.random()) for one in SPACE.hyper_parameters}
        fall = 0.05 if config["rate"] > 0.5 else 0.0
        curve = tuple((step, 0.5 - fall * step) for step in range(1, 9))
        found.append(
            Trial(
                number,
                config,
                TrialState.COMPLETED,
                Provenance("random", ""),
                score=config["width"],
                duration_s=1 + config["idle"],
                details=Details(curve=curve),
            )
        )
    return found


def ranked(trials: list[Trial], target: str, method: str = "fanova") -> ImportanceView:
    source = TrialSource(ACCURACY, SPACE)
    source.append(trials)
    view = ImportanceView(source)
    view._target.value, view._method.value = target, method
    view.show(view.work(Moment(SPACE, trials, ACCURACY))())
    return view


@pytest.mark.parametrize("method", METHODS.values())
@pytest.mark.parametrize(
    ("target", "first"), [("score", "width"), (STATES, "rate"), ("duration_s", "idle")]
)
def test_what_decides_the_target_comes_first(target: str, first: str, method: str) -> None:
    assert ranked(planted(), target, method).ranked[0] == first


def test_the_code_of_a_ranking_of_states_gives_it_again() -> None:
    trials = planted()
    view = ranked(trials, STATES)

    class study:  # noqa: N801 (the name in the code)
        space = type("space", (), {"version": SPACE})

    study.trials = trials
    *lines, last = view._ranking.importance.code.strip().split("\n")
    names = {"study": study}
    exec("\n".join(lines), names)  # noqa: S102 (our own code, as the user would run it)
    found = eval(last, names)  # noqa: S307

    assert found.names == view.ranked
    assert found.values == pytest.approx(view._ranking.importance.values)


def test_a_study_without_curves_says_so() -> None:
    trials = [replace(one, details=NO_DETAILS) for one in planted()]
    view = ranked(trials, STATES)

    assert view.notice == "No trial has reported a learning curve of five steps or more."
