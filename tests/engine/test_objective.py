"""What a trial runs: checks at construction, scores, and failures that become results."""

from __future__ import annotations

import math
import os
import socket
import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.cluster import KMeans
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor, StackingClassifier
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier
from tuneboard.engine import metric as metric_module
from tuneboard.engine.errors import ObjectiveError
from tuneboard.engine.metric import METRICS, Metric
from tuneboard.engine.objective import CrossValidation, FunctionObjective, run_objective
from tuneboard.engine.trial import Result, TrialState

WINE = load_wine(return_X_y=True)
CANCER = load_breast_cancer(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
ROWS = np.arange(40.0).reshape(20, 2)
HALVES = [0] * 10 + [1] * 10


class Untagged:
    """An estimator that scikit-learn knows nothing of."""

    def fit(self, X: Any, y: Any) -> Untagged:
        return self

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {}

    def set_params(self, **params: Any) -> Untagged:
        return self


class Warner(ClassifierMixin, BaseEstimator):
    """A classifier that warns and may fail."""

    def __init__(self, answer: int = 0) -> None:
        self.answer = answer

    def fit(self, X: Any, y: Any) -> Warner:
        warnings.warn("look here", RuntimeWarning, stacklevel=2)
        if self.answer < 0:
            raise ZeroDivisionError("this model cannot be fitted")
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.answer)


class Unclonable(RegressorMixin, BaseEstimator):
    def __init__(self, size: Any = 1) -> None:
        self.size = [size]

    def fit(self, X: Any, y: Any) -> Unclonable:
        return self


# --- CrossValidation: scores


@pytest.mark.parametrize("folds", [2, 5, np.int64(3)])
def test_a_score_is_the_mean_of_the_stratified_folds(folds: int) -> None:
    result = CrossValidation(GaussianNB(), *WINE, folds=folds, seed=3)({"var_smoothing": 1e-7})
    splits = StratifiedKFold(int(folds), shuffle=True, random_state=3)
    expected = cross_val_score(GaussianNB(var_smoothing=1e-7), *WINE, cv=splits)
    assert result.fold_scores == pytest.approx(expected)
    assert result.score == pytest.approx(expected.mean())
    assert result.state is TrialState.COMPLETED
    assert result.duration_s > 0


def test_a_regressor_is_scored_on_shuffled_folds() -> None:
    objective = CrossValidation(Ridge(), *DIABETES, folds=4, seed=1)
    splits = KFold(4, shuffle=True, random_state=1)
    expected = cross_val_score(Ridge(alpha=0.1), *DIABETES, cv=splits, scoring="r2")
    assert objective.task == "regression"
    assert objective({"alpha": 0.1}).fold_scores == pytest.approx(expected)


def test_a_minimized_metric_scores_higher_when_better() -> None:
    name = "neg_root_mean_squared_error"
    objective = CrossValidation(Ridge(), *DIABETES, metric=name)
    good, bad = objective({"alpha": 0.1}), objective({"alpha": 1e6})
    assert objective.metric.is_minimized
    assert good.score is not None
    assert bad.score is not None
    assert bad.score < good.score < 0
    assert objective.metric.shown(good.score) > 0


@pytest.mark.parametrize("metric", [one.name for one in METRICS["classification"]])
def test_every_classification_metric_scores_numbers_and_text(metric: str) -> None:
    X, y = CANCER
    model = make_pipeline(StandardScaler(), LogisticRegression())
    numbers = CrossValidation(model, X, y, metric=metric, folds=3)({})
    text = CrossValidation(model, X, np.where(y, "yes", "no"), metric=metric, folds=3)({})
    assert numbers.score is not None
    assert math.isfinite(numbers.score)
    assert text.fold_scores == pytest.approx(numbers.fold_scores)


@pytest.mark.parametrize("metric", [one.name for one in METRICS["regression"]])
def test_every_regression_metric_scores(metric: str) -> None:
    score = CrossValidation(Ridge(), *DIABETES, metric=metric)({}).score
    assert score is not None
    assert math.isfinite(score)


def test_the_first_metric_of_the_task_is_the_default() -> None:
    assert CrossValidation(GaussianNB(), *WINE).metric.name == "accuracy"
    assert CrossValidation(Ridge(), *DIABETES).metric.name == "r2"


def test_the_estimator_is_neither_changed_nor_fitted() -> None:
    model = Pipeline([("scale", StandardScaler()), ("forest", RandomForestClassifier(5))])
    objective = CrossValidation(model, *WINE, folds=2)
    objective({"forest__max_depth": 3})
    assert model.get_params()["forest__max_depth"] is None
    assert model.get_params()["forest__random_state"] is None
    assert not hasattr(model["forest"], "estimators_")
    model.set_params(forest__n_estimators=1)
    assert objective.estimator.get_params()["forest__n_estimators"] == 5


def test_configurations_leave_no_trace_in_each_other() -> None:
    objective = CrossValidation(DecisionTreeClassifier(), *WINE)
    before = objective({})
    objective({"max_depth": 1})
    assert objective({}).fold_scores == before.fold_scores


@pytest.mark.parametrize(
    "estimator",
    [
        RandomForestClassifier(5),
        make_pipeline(StandardScaler(), MLPClassifier(8, max_iter=5)),
        RandomForestClassifier(5, random_state=np.random.RandomState(4)),
    ],
)
def test_the_same_seed_gives_the_same_score(estimator: Any) -> None:
    first = CrossValidation(estimator, *WINE, seed=7)
    second = CrossValidation(estimator, *WINE, seed=7)
    assert first({}).fold_scores == first({}).fold_scores == second({}).fold_scores


def test_another_seed_gives_another_score() -> None:
    scores = {CrossValidation(RandomForestClassifier(3), *WINE, seed=n)({}).score for n in range(4)}
    assert len(scores) > 1


def test_a_random_state_of_the_user_is_kept() -> None:
    model = make_pipeline(StandardScaler(), RandomForestClassifier(random_state=11))
    objective = CrossValidation(model, *WINE, seed=7)
    assert objective.estimator.get_params()["randomforestclassifier__random_state"] == 11


def test_global_random_numbers_are_left_alone() -> None:
    np.random.seed(0)  # noqa: NPY002 (the global state is what is tested)
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    CrossValidation(RandomForestClassifier(3), *WINE, folds=2)({})
    assert (np.random.get_state()[1] == before).all()  # noqa: NPY002


@pytest.mark.parametrize(
    "wrap",
    [
        list,
        np.array,
        pd.Series,
        pd.DataFrame,
        pd.Categorical,
        lambda y: pd.Series(y, dtype="Int64"),
        lambda y: pd.Series(y, index=range(50, 70)),
        lambda y: [str(one) for one in y],
        lambda y: pd.Series([f"c{one}" for one in y]),
        lambda y: np.array([bool(one) for one in y]),
        lambda y: np.array(y, dtype=object),
        lambda y: np.array(y, dtype=float),
    ],
)
def test_classes_come_in_any_container(wrap: Callable[[Any], Any]) -> None:
    expected = CrossValidation(GaussianNB(), ROWS, np.array(HALVES))({})
    result = CrossValidation(GaussianNB(), ROWS, wrap(HALVES))({})
    assert result.fold_scores == expected.fold_scores


@pytest.mark.parametrize(
    "wrap",
    [
        list,
        np.array,
        pd.Series,
        pd.DataFrame,
        lambda y: pd.Series(y, dtype="Float64"),
        lambda y: np.array(y, dtype=object),
    ],
)
def test_numbers_come_in_any_container(wrap: Callable[[Any], Any]) -> None:
    result = CrossValidation(Ridge(alpha=1e-9), ROWS, wrap([float(n) for n in range(20)]))({})
    assert result.score == pytest.approx(1.0)


def test_features_may_be_a_list_of_texts() -> None:
    texts = ["good day", "bad night"] * 6
    model = make_pipeline(CountVectorizer(), MultinomialNB())
    assert CrossValidation(model, texts, ["+", "-"] * 6, folds=3)({}).score == 1.0


def test_warnings_of_a_trial_reach_nobody(recwarn: pytest.WarningsRecorder) -> None:
    assert CrossValidation(Warner(), *WINE, folds=2)({}).score is not None
    assert not recwarn.list


# --- CrossValidation: checks


def test_an_estimator_without_fit_is_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"CrossValidation.estimator must be a scikit-learn"):
        CrossValidation(object(), *WINE)
    with pytest.raises(ObjectiveError, match=r"dict has no fit\(\)"):
        CrossValidation({}, *WINE)


def test_a_class_is_refused_with_the_way_to_make_an_object() -> None:
    with pytest.raises(ObjectiveError, match=r"must be an object.*Write SVC\(\)"):
        CrossValidation(SVC, *WINE)


@pytest.mark.parametrize("estimator", [KMeans(), StandardScaler(), Untagged()])
def test_what_is_neither_classifier_nor_regressor_is_refused(estimator: Any) -> None:
    name = type(estimator).__name__
    with pytest.raises(ObjectiveError, match=rf"classifier or a regressor.*{name} says"):
        CrossValidation(estimator, *WINE)


def test_an_estimator_that_cannot_be_cloned_is_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"CrossValidation.estimator must be one that"):
        CrossValidation(Unclonable(), *DIABETES)


def test_x_and_y_of_different_length_are_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"CrossValidation.y must have 20 rows.*not 19") as why:
        CrossValidation(GaussianNB(), ROWS, HALVES[:-1])
    assert (why.value.name, why.value.value) == ("CrossValidation.y", 19)


@pytest.mark.parametrize("X", [None, 3, np.float64(3.0), np.array(3)])
def test_x_that_is_no_table_is_refused(X: Any) -> None:
    with pytest.raises(ObjectiveError, match=r"CrossValidation.X must be a table"):
        CrossValidation(GaussianNB(), X, HALVES)


@pytest.mark.parametrize(
    "y",
    [
        [math.nan, math.inf] + [1.0] * 18,
        pd.Series([None, pd.NA] + [1] * 18, dtype="Int64"),
        np.array([None, math.nan] + [1.0] * 18, dtype=object),
        pd.Series([None, None] + ["a"] * 18),
    ],
)
@pytest.mark.parametrize("estimator", [Ridge(), GaussianNB()])
def test_missing_values_in_y_are_counted_and_refused(estimator: Any, y: Any) -> None:
    with pytest.raises(ObjectiveError, match=r"CrossValidation.y must have a finite.*2 of 20"):
        CrossValidation(estimator, ROWS, y)


@pytest.mark.parametrize("y", [["a"] * 20, pd.Series(["1", "2"] * 10), [1.0] * 19 + ["one"]])
def test_text_in_y_of_a_regressor_is_refused(y: Any) -> None:
    with pytest.raises(ObjectiveError, match=r"CrossValidation.y must be numbers for a regressor"):
        CrossValidation(Ridge(), ROWS, y)


def test_what_is_no_number_in_y_of_a_regressor_is_refused() -> None:
    y = np.array([{}] * 20, dtype=object)
    with pytest.raises(ObjectiveError, match=r"CrossValidation.y must be numbers.*not \{\}"):
        CrossValidation(Ridge(), ROWS, y)


@pytest.mark.parametrize("y", [np.zeros((20, 2)), [[1], [1, 2]] * 10, np.zeros((20, 1, 1))])
def test_several_targets_are_refused(y: Any) -> None:
    with pytest.raises(ObjectiveError, match=r"CrossValidation.y must be one column"):
        CrossValidation(Ridge(), ROWS, y)


def test_fractions_are_no_classes() -> None:
    with pytest.raises(ObjectiveError, match=r"must be classes for a classifier, not 0.25"):
        CrossValidation(GaussianNB(), ROWS, [0.25, 1.0] * 10)


def test_classes_of_mixed_types_are_refused() -> None:
    y = np.array([1, "a"] * 10, dtype=object)
    with pytest.raises(ObjectiveError, match=r"CrossValidation.y must have classes of one type"):
        CrossValidation(GaussianNB(), ROWS, y)


def test_a_single_class_is_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"CrossValidation.y must have two classes, not \[1\]"):
        CrossValidation(GaussianNB(), ROWS, [1] * 20)


@pytest.mark.parametrize("folds", [1, 0, -3, 2.5, "5", None, True])
def test_folds_below_two_are_refused(folds: Any) -> None:
    with pytest.raises(ObjectiveError, match=r"CrossValidation.folds must be a whole number of at"):
        CrossValidation(GaussianNB(), ROWS, HALVES, folds=folds)


def test_folds_beyond_the_smallest_class_are_refused_with_its_name_and_size() -> None:
    y = ["cat"] * 10 + ["dog"] * 7 + ["owl"] * 3
    with pytest.raises(
        ObjectiveError, match=r"folds must be at most 3, the size.*\('owl'\), not 5"
    ):
        CrossValidation(GaussianNB(), ROWS, y)
    assert CrossValidation(GaussianNB(), ROWS, y, folds=3)({}).score is not None


def test_folds_beyond_the_rows_are_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"folds must be at most 20, the number of rows"):
        CrossValidation(Ridge(), ROWS, range(20), folds=21)


def test_r2_wants_two_rows_in_each_fold() -> None:
    with pytest.raises(ObjectiveError, match=r"folds must be at most 10.*not 11"):
        CrossValidation(Ridge(), ROWS, range(20), folds=11)
    name = "neg_mean_absolute_error"
    assert CrossValidation(Ridge(), ROWS, range(20), folds=20, metric=name)({}).score is not None


@pytest.mark.parametrize(
    ("estimator", "data", "metric"),
    [
        (GaussianNB(), WINE, "r2"),
        (Ridge(), DIABETES, "accuracy"),
        (Ridge(), DIABETES, "nonsense"),
    ],
)
def test_a_metric_of_another_task_is_refused(estimator: Any, data: Any, metric: str) -> None:
    with pytest.raises(ObjectiveError, match=rf"Study.metric must be one of.*not '{metric}'"):
        CrossValidation(estimator, *data, metric=metric)


@pytest.mark.parametrize("metric", ["f1", "roc_auc"])
def test_a_metric_for_two_classes_is_refused_for_three(metric: str) -> None:
    with pytest.raises(ObjectiveError, match=rf"Study.metric must suit 3 classes, not '{metric}'"):
        CrossValidation(GaussianNB(), *WINE, metric=metric)


def test_a_metric_for_positive_targets_is_refused_for_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log_error = Metric("neg_mean_squared_log_error", "MSLE", True, "positive targets")
    monkeypatch.setitem(metric_module.METRICS, "regression", (log_error,))
    with pytest.raises(ObjectiveError, match=r"Study.metric must suit targets of 0 and below"):
        CrossValidation(Ridge(), ROWS, range(20))
    assert CrossValidation(Ridge(), ROWS, range(1, 21)).metric is log_error


def test_a_metric_that_the_model_cannot_give_is_refused() -> None:
    model = make_pipeline(StandardScaler(), LinearSVC())
    with pytest.raises(ObjectiveError, match=r"suit LinearSVC, which has no predict_proba"):
        CrossValidation(model, *CANCER, metric="neg_log_loss")
    assert CrossValidation(model, *CANCER, metric="roc_auc")({}).score is not None


def test_a_stacked_model_is_not_asked_before_it_is_fitted() -> None:
    stack = StackingClassifier([("nb", GaussianNB())])
    objective = CrossValidation(stack, *CANCER, metric="neg_log_loss", folds=2)
    assert objective({}).score is not None


# --- FunctionObjective


def test_a_function_is_an_objective() -> None:
    objective = FunctionObjective(lambda config: config["x"] + 1)
    result = objective({"x": 2})
    assert (result.score, result.fold_scores, objective.metric.name) == (3.0, (), "score")


def test_a_functions_loss_is_turned_into_a_score() -> None:
    objective = FunctionObjective(lambda _: 3.0, Metric("loss", "loss", is_minimized=True))
    score = objective({}).score
    assert score == -3.0
    assert objective.metric.shown(score) == 3.0


@pytest.mark.parametrize("value", [1, 1.5, np.float32(1.5), np.int64(2), np.array(2.0)])
def test_any_number_is_a_score(value: Any) -> None:
    result = run_objective(FunctionObjective(lambda _: value), {})
    assert result.score == float(value)
    assert type(result.score) is float


def test_what_cannot_be_called_is_no_objective() -> None:
    with pytest.raises(ObjectiveError, match=r"FunctionObjective.function must be a function"):
        FunctionObjective(3)  # type: ignore[arg-type]


# --- run_objective


def test_a_run_names_its_worker_and_takes_its_time() -> None:
    result = run_objective(FunctionObjective(lambda _: 1), {})
    assert result.worker == f"{socket.gethostname().split('.')[0]}:{os.getpid()}"
    assert result.duration_s > 0
    assert result.error == ""


def test_a_plain_function_is_run_too() -> None:
    assert run_objective(lambda config: config["x"], {"x": 2}).score == 2.0
    assert run_objective(lambda _: Result(4.0, (3.0, 5.0)), {}).fold_scores == (3.0, 5.0)


@pytest.mark.parametrize("wrap", [FunctionObjective, lambda function: function])
@pytest.mark.parametrize(
    "value",
    [math.nan, math.inf, -math.inf, "abc", None, True, 1j, [1.0], np.array([1.0]), {"score": 1}],
    ids=repr,
)
def test_what_is_no_finite_number_is_a_failed_run_with_a_sentence(
    value: Any, wrap: Callable[[Any], Any]
) -> None:
    result = run_objective(wrap(lambda _: value), {})
    assert result.score is None
    assert result.state is TrialState.FAILED
    expected = f"Objective must return a finite number, not {value!r}. Return one int or float"
    assert result.error.startswith(expected)
    assert result.worker


def test_a_result_without_finite_score_is_a_failed_run() -> None:
    result = run_objective(lambda _: Result(math.nan, (1.0, math.nan)), {})
    assert (result.score, result.fold_scores) == (None, ())
    assert "must return a finite number, not nan" in result.error


def test_a_result_with_an_error_of_its_own_keeps_it() -> None:
    assert run_objective(lambda _: Result(None, error="no luck"), {}).error == "no luck"


def test_an_exception_is_a_failed_run_with_its_traceback() -> None:
    def broken(config: dict[str, Any]) -> float:
        return 1 / config["zero"]

    result = run_objective(FunctionObjective(broken), {"zero": 0})
    assert result.score is None
    assert result.error.startswith("Traceback (most recent call last):")
    assert result.error.endswith("ZeroDivisionError: division by zero")
    assert 'return 1 / config["zero"]' in result.error
    assert 'objective.py", line' not in result.error.replace("test_objective.py", "")


def test_a_model_that_fails_to_fit_is_a_failed_run() -> None:
    result = run_objective(CrossValidation(Warner(), *WINE), {"answer": -1})
    assert result.error.endswith("ZeroDivisionError: this model cannot be fitted")


def test_a_hyper_parameter_that_the_model_does_not_have_is_a_failed_run() -> None:
    result = run_objective(CrossValidation(GaussianNB(), *WINE), {"depth": 3})
    assert "Invalid parameter 'depth'" in result.error


@pytest.mark.parametrize("failure", [MemoryError, RecursionError, GeneratorExit, AssertionError])
def test_any_failure_is_caught(failure: type[BaseException]) -> None:
    def broken(config: dict[str, Any]) -> float:
        raise failure

    assert failure.__name__ in run_objective(broken, {}).error


def test_an_exception_that_cannot_be_printed_is_caught() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    def broken(config: dict[str, Any]) -> float:
        raise MuteError

    assert "MuteError" in run_objective(broken, {}).error


@pytest.mark.parametrize("failure", [KeyboardInterrupt, SystemExit])
def test_a_wish_to_end_the_process_is_passed_on(failure: type[BaseException]) -> None:
    def ended(config: dict[str, Any]) -> float:
        raise failure

    with pytest.raises(failure):
        run_objective(FunctionObjective(ended), {})


def test_the_configuration_is_not_changed() -> None:
    config = {"x": 1}
    run_objective(lambda one: one.pop("x"), config)
    run_objective(FunctionObjective(lambda one: one.pop("x")), config)
    assert config == {"x": 1}


# --- across processes


@pytest.mark.parametrize(
    ("objective", "config"),
    [
        (CrossValidation(SGDClassifier(), *CANCER, metric="f1", seed=5), {"alpha": 0.01}),
        (CrossValidation(RandomForestRegressor(3), *DIABETES), {"max_depth": 2}),
        (FunctionObjective(lambda config: config["x"] * 2), {"x": 4}),
    ],
)
def test_an_objective_scores_the_same_after_pickling(
    objective: Any, config: dict[str, Any]
) -> None:
    before = run_objective(objective, config)
    copy = cloudpickle.loads(cloudpickle.dumps(objective))
    after = run_objective(copy, config)
    assert before.score is not None
    assert (after.score, after.fold_scores) == (before.score, before.fold_scores)
    assert copy.metric == objective.metric


@pytest.mark.parametrize("module", ["objective", "discovery", "dataset", "problem", "table_file"])
def test_importing_the_module_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, tuneboard.engine.{module}; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {"sklearn", "pandas", "scipy", "pyarrow", "panel"}.isdisjoint(loaded)
