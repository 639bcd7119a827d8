from __future__ import annotations

from typing import Any

import pytest
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import Ridge
from sklearn.svm import SVC
from tuneboard.dashboard.run_options import RunOptions
from tuneboard.engine import Fidelity, Study
from tuneboard.engine.errors import OptimizerError
from tuneboard.engine.metric import METRICS, SCORE

RMSE = next(one for one in METRICS["regression"] if one.label == "RMSE")


def test_nothing_set_gives_a_study_nothing_and_says_nothing() -> None:
    options = RunOptions()
    assert options.given(SCORE) == {}
    assert options.words() == ""


def test_what_is_set_reaches_the_study_and_comes_back() -> None:
    options = RunOptions(
        max_seconds=60,
        patience=20,
        min_improvement_left=0.001,
        max_failures=None,
        timeout_s=5.0,
        memory_mb=2000,
        racing=True,
        holdout=0.2,
    )
    given = options.given(SCORE)
    study = Study(SVC(), *load_iris(return_X_y=True), history=False, **given)
    shown = RunOptions()
    shown.set_to(study.settings)

    assert shown.given(SCORE) == given
    assert shown.changed(study.settings) == {}
    assert "ends after 20 trials without progress" in shown.words()
    assert "20% of the rows held out" in shown.words()


def test_a_target_is_the_metrics_own_value_also_where_lower_is_better() -> None:
    options = RunOptions(target=55.0)
    given = options.given(RMSE)
    assert given == {"target_score": -55.0}
    X, y = load_diabetes(return_X_y=True)
    study = Study(Ridge(), X, y, metric=RMSE.name, history=False, **given)
    options.target = 60.0
    assert options.changed(study.settings) == {"target_score": -60.0}
    options.set_to(study.settings)
    assert options.target == 55.0


def test_a_model_that_grows_offers_its_own_resource_with_a_ladder() -> None:
    options = RunOptions()
    options.offer(RandomForestClassifier(n_estimators=90))
    assert options.param.resource.objects == ["", "n_estimators", "training fraction"]

    options.resource = "n_estimators"

    assert options.rungs() == "Trials with 10, 30 and 90 of it."
    given = options.given(SCORE)
    assert given["fidelity"] == Fidelity("n_estimators", 10, 90)
    assert given["scheduler"] == "asynchronous_halving"


def test_a_resource_goes_when_the_model_that_has_it_goes() -> None:
    options = RunOptions()
    options.offer(RandomForestClassifier())
    options.resource = "n_estimators"
    options.offer(SVC())
    assert options.resource == ""
    options.resource = "training fraction"
    assert options.given(SCORE)["fidelity"].high == 1


def test_a_ladder_that_cannot_be_is_refused_in_words() -> None:
    options = RunOptions()
    options.offer(RandomForestClassifier(n_estimators=90))
    options.param.update(resource="n_estimators")
    options.low = 80
    with pytest.raises(OptimizerError, match=r"Fidelity.high must be at least eta times low"):
        options.given(SCORE)


def test_the_fidelity_of_a_stored_study_is_shown() -> None:
    options = RunOptions(fidelity=Fidelity("epochs", 1, 27), scheduler="hyperband")
    assert (options.resource, options.low, options.high) == ("epochs", 1, 27)
    assert options.given(SCORE)["fidelity"] == Fidelity("epochs", 1, 27)


@pytest.mark.parametrize("name", RunOptions.LATER)
def test_what_may_be_changed_while_a_study_runs_is_what_the_study_takes(name: str) -> None:
    ladder = Fidelity("training fraction", 0.1, 1.0)
    data: Any = load_iris(return_X_y=True)
    study = Study(SVC(), *data, history=False, fidelity=ladder)
    options = RunOptions()
    options.set_to(study.settings)
    value: Any = {"scheduler": "hyperband"}.get(name, 7)
    setattr(options, name, value)

    study.change(**options.changed(study.settings))

    stored = "target_score" if name == "target" else name
    assert getattr(study.settings, stored) == value
