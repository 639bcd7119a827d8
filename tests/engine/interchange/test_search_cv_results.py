from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import loguniform
from sklearn.datasets import load_iris
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, HalvingGridSearchCV, RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.svm import SVC
from tuneboard.engine.errors import DataError
from tuneboard.engine.interchange import import_search_cv
from tuneboard.engine.trial import TrialState

X, Y = load_iris(return_X_y=True)


def test_a_grid_search_is_read_with_its_folds_train_scores_and_ranges() -> None:
    grid = {"C": [0.1, 1.0], "kernel": ["linear", "rbf"]}
    search = GridSearchCV(SVC(), grid, cv=3, return_train_score=True).fit(X, Y)

    data = import_search_cv(search)

    assert (data.name, data.settings.model, data.settings.folds) == ("SVC", "SVC()", 3)
    assert data.best_trial().config == search.best_params_
    assert data.best_trial().score == search.best_score_
    assert data.space["kernel"].choices == ("linear", "rbf")
    first = data.trials[0]
    assert np.mean(first.fold_scores) == pytest.approx(first.score)
    assert len(first.details.train_scores[0]) == 3
    assert first.duration_s > 0


def test_a_random_search_keeps_its_distributions() -> None:
    search = RandomizedSearchCV(SVC(), {"C": loguniform(0.01, 10)}, n_iter=3, cv=2, random_state=0)

    data = import_search_cv(search.fit(X, Y))

    assert (data.space["C"].low, data.space["C"].high, data.space["C"].log) == (0.01, 10.0, True)


def test_a_search_by_several_metrics_has_the_one_refitted_for_first() -> None:
    search = GridSearchCV(
        SVC(), {"C": [0.1, 1.0]}, cv=2, scoring=["accuracy", "f1_macro"], refit="f1_macro"
    ).fit(X, Y)

    data = import_search_cv(search)

    assert [data.metric.name, data.settings.more_metrics[0].name] == ["f1_macro", "accuracy"]
    assert data.trials[0].scores == (
        search.cv_results_["mean_test_f1_macro"][0],
        search.cv_results_["mean_test_accuracy"][0],
    )
    assert len(data.trials[0].details.fold_scores[1]) == 2
    assert import_search_cv(search, metric="accuracy").metric.name == "accuracy"


def test_a_loss_is_shown_as_the_loss_that_it_is() -> None:
    search = GridSearchCV(
        LogisticRegression(max_iter=999), {"C": [1.0]}, cv=2, scoring="neg_log_loss"
    )

    data = import_search_cv(search.fit(X, Y))

    assert data.metric.label == "log loss"
    assert data.metric.shown(data.trials[0].score or 0) > 0


def test_the_resources_of_a_halving_search_are_the_fidelity() -> None:
    search = HalvingGridSearchCV(SVC(), {"C": [0.1, 1.0, 10.0]}, cv=2, random_state=0).fit(X, Y)

    data = import_search_cv(search)

    assert [one.fidelity for one in data.trials] == list(search.cv_results_["n_resources"])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.FitFailedWarning")
@pytest.mark.filterwarnings("ignore:One or more of the test scores:UserWarning")
def test_a_configuration_that_failed_is_a_failed_trial() -> None:
    search = GridSearchCV(SVC(), {"C": [-1.0, 1.0]}, cv=2).fit(X, Y)

    data = import_search_cv(search)

    assert [one.state for one in data.trials] == [TrialState.FAILED, TrialState.COMPLETED]
    assert data.trials[0].error == "The fit failed in scikit-learn."


def test_estimators_among_the_values_stand_as_their_text() -> None:
    pipe = Pipeline([("model", SVC())])
    grid = [{"model": [SVC()], "model__C": [1.0]}, {"model": [LogisticRegression(max_iter=999)]}]
    search = GridSearchCV(pipe, grid, cv=2).fit(X, Y)

    data = import_search_cv(search)

    assert data.trials[0].config == {"model": "SVC()", "model__C": 1.0}
    assert data.space["model"].choices == ("SVC()", "LogisticRegression(max_iter=999)")


def test_the_results_alone_will_do_also_as_a_table() -> None:
    search = GridSearchCV(SVC(), {"C": [0.1, 1.0]}, cv=2).fit(X, Y)

    for results in (search.cv_results_, pd.DataFrame(search.cv_results_)):
        data = import_search_cv(results, name="mine")
        assert (data.name, len(data.trials), data.space["C"].low) == ("mine", 2, 0.1)


GOOD: dict[str, Any] = {"params": [{"C": 1.0}], "mean_test_score": [0.5]}


@pytest.mark.parametrize(
    ("search", "message"),
    [
        (SVC(), r"import_search_cv\.search must be a fitted search"),
        ({"mean_test_score": [1.0]}, "cv_results_ must have a column 'params'"),
        ({"params": [{}]}, "cv_results_ must have a column mean_test_score"),
        ({**GOOD, "params": [3]}, r"cv_results_\['params'\]\[0\] must be a dict, not 3"),
        ({**GOOD, "split0_test_score": []}, r"cv_results_\['split0_test_score'\] must have 1 rows"),
        (
            {**GOOD, "mean_test_score": ["?"]},
            r"cv_results_\['mean_test_score'\]\[0\] must be a num",
        ),
        ({**GOOD, "params": [{"C": {}}]}, r"cv_results_\['params'\]\[0\]\['C'\] must be text"),
    ],
)
def test_bad_results_are_refused_with_the_name_of_the_column(search: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        import_search_cv(search)


def test_a_metric_that_was_not_measured_is_refused() -> None:
    with pytest.raises(DataError, match=r"import_search_cv\.metric must be one of \['score'\]"):
        import_search_cv(GOOD, metric="f1")
