"""The page of one trial: its record, and the examination that is asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import Ridge
from sklearn.naive_bayes import GaussianNB
from tuneboard.dashboard.computed_view import Computing, Moment
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.views.trial_page import EXAMINE, TrialPage
from tuneboard.engine.details import Details
from tuneboard.engine.executors import InProcess
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.study import Study
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
LOSS = Metric("loss", "loss", is_minimized=True)


def page_of(study: Study, **given: Any) -> TrialPage:
    trials = TrialSource(study.metric, study.space.version)
    trials.append(study.trials)
    return TrialPage(trials, print, given.get("examine", study.examine))


def poll_until(page: TrialPage, is_so: Callable[[], bool]) -> None:
    computing, end = Computing(), time.monotonic() + 60
    moment = Moment(page.trials.space, page.trials.shown, page.trials.metric)
    while not is_so():
        computing.poll({"page": page}, ((), ()), lambda: moment)
        if time.monotonic() > end:
            raise TimeoutError("nothing was examined within a minute")
        time.sleep(0.02)


@pytest.fixture
def wine() -> Study:
    data = load_wine(return_X_y=True)
    return Study(GaussianNB(), *data, n_trials=3, folds=3, history=False).run(InProcess())


def test_a_classifier_s_confusions_and_examples_are_shown_when_asked_for(wine: Study) -> None:
    page = page_of(wine)
    assert not page._below.visible

    page._ask.clicks += 1
    assert (page._ask.label, page._ask.disabled) == ("Examining …", True)
    poll_until(page, lambda: page._below.visible)

    text = page._below.object
    assert "rows are true, columns predicted" in text
    assert "The surest mistakes" in text
    assert "Gap between training and validation" in text
    assert page._ask.label == EXAMINE


def test_residuals_are_shown_of_a_regression() -> None:
    data = load_diabetes(return_X_y=True)
    study = Study(Ridge(), *data, n_trials=2, folds=3, history=False).run(InProcess())
    page = page_of(study)
    page.examine()
    poll_until(page, lambda: page._below.visible)

    assert "Predicted against true" in page._below.object
    assert page._below.object.count("<circle") == len(data[1])


def test_an_examination_stays_with_its_trial(wine: Study) -> None:
    page = page_of(wine)
    first, second = page.trials.shown[:2]
    page.show_trial(first)
    page.examine()
    page.show_trial(second)
    poll_until(page, lambda: page._asked is None)
    assert not page._below.visible

    page.show_trial(first)

    assert page._below.visible


def test_what_cannot_be_examined_is_said_escaped() -> None:
    def score(config: Any) -> float:
        return 0.5

    def broken(_number: int) -> Any:
        raise ValueError("<b>no</b>")

    study = Study(score, space={"x": (0.0, 1.0)}, n_trials=2, history=False).run(InProcess())
    for examine, said in ((study.examine, "must be an estimator"), (broken, "&lt;b&gt;no")):
        page = page_of(study, examine=examine)
        page.examine()
        poll_until(page, lambda page=page: page._below.visible)
        assert said in page._below.object


def test_the_record_has_folds_curve_and_log_in_the_metric_s_own_direction() -> None:
    details = Details(
        curve=tuple((step, -1 / step) for step in range(1, 9)),
        train_curve=tuple((step, -0.5 / step) for step in range(1, 9)),
        train_scores=((-0.1, -0.2),),
        fit_s=(0.5, 0.25),
        log="epoch 8 <done>",
        note="Stopped after 2 of 5 folds",
    )
    one = Trial(
        1,
        {"x": 0.3},
        TrialState.COMPLETED,
        Provenance("random", "drawn"),
        score=-0.3,
        fold_scores=(-0.25, -0.35),
        details=details,
    )
    trials = TrialSource(LOSS, SPACE)
    trials.append([one])
    page = TrialPage(trials, print, lambda _number: None)

    text = page._text.object
    assert "<td>1</td><td>0.25</td><td>0.1</td><td>0.5</td>" in text
    assert "<td>2</td><td>0.35</td><td>0.2</td><td>0.25</td>" in text
    assert "Learning curve, orange on the training rows" in text
    assert "improving: gained" in text
    assert "epoch 8 &lt;done&gt;" in text
    assert "Stopped after 2 of 5 folds" in text
    assert "model.set_params(**config).fit(X, y)" in text
    assert np.isfinite(trials.source.data["score"][0])
