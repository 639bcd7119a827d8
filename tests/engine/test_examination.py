from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tuneboard.engine.errors import ObjectiveError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.objective import CrossValidation, FunctionObjective, examine
from tuneboard.engine.study import Study

CANCER = load_breast_cancer(return_X_y=True)


def classifier() -> Any:
    return make_pipeline(StandardScaler(), LogisticRegression())


def test_a_classifier_is_examined_on_rows_that_it_has_not_seen() -> None:
    objective = CrossValidation(classifier(), *CANCER, folds=3)
    found = examine(objective, {"logisticregression__C": 0.1})
    assert len(found.truths) == len(CANCER[1]) == found.confusion.sum()
    accuracy = float((found.truths == found.predictions).mean())
    trial = objective({"logisticregression__C": 0.1})
    assert accuracy == pytest.approx(trial.score, abs=0.005)
    assert np.trace(found.confusion) == (found.truths == found.predictions).sum()


def test_the_surest_mistakes_come_first_as_examples() -> None:
    found = examine(CrossValidation(classifier(), *CANCER, folds=3), {})
    assert all(one.truth != one.predicted for one in found.examples)
    sizes = [one.size for one in found.examples]
    assert sizes == sorted(sizes, reverse=True)
    assert all(0.5 <= one <= 1 for one in sizes)
    assert len(found.examples[0].values) == 4


def test_residuals_of_a_regression_are_examined_the_largest_first() -> None:
    data = load_diabetes(return_X_y=True, as_frame=True)
    found = examine(CrossValidation(Ridge(), *data, folds=3), {"alpha": 0.1})
    assert (found.task, found.confusion) == ("regression", None)
    first = found.examples[0]
    assert first.size == pytest.approx(first.predicted - first.truth)
    largest = np.abs(found.predictions - found.truths).max()
    assert abs(first.size) == pytest.approx(largest)
    assert set(dict(first.values)) <= set(data[0].columns)
    assert dict(first.values) == {
        name: data[0][name].iloc[first.row] for name in dict(first.values)
    }


def test_scores_by_share_of_the_rows_end_at_the_trial_s_own() -> None:
    objective = CrossValidation(classifier(), *CANCER, folds=3)
    found = examine(objective, {})
    assert found.shares[-1] == 1.0
    assert found.scores[-1] == pytest.approx(objective({}).score)
    assert found.train_scores[0] >= found.scores[0]
    assert not objective.with_train_scores


def test_a_study_examines_its_trials_by_number() -> None:
    data = load_wine(return_X_y=True)
    study = Study(GaussianNB(), *data, n_trials=2, history=False)
    study.run(InProcess())
    found = study.examine(2)
    assert found.labels == (0, 1, 2)


def test_a_function_cannot_be_examined() -> None:
    objective = FunctionObjective(lambda config: config["x"])
    with pytest.raises(ObjectiveError, match=r"Study.model must be an estimator, not 'Function"):
        examine(objective, {"x": 1.0})
