"""What a trial runs: cross-validation of a model, or a function of the configuration."""

from __future__ import annotations

import math
import os
import socket
import time
import traceback
import warnings
from collections.abc import Callable
from functools import cache
from numbers import Real
from typing import Any, Protocol

from .errors import ObjectiveError
from .metric import SCORE, Metric, Task, find_metric
from .trial import Config, Result

OWNER = "CrossValidation"


class Objective(Protocol):
    """What a study can optimize; it is pickled once and sent to each worker."""

    @property
    def metric(self) -> Metric:
        """What the score means."""

    def __call__(self, config: Config) -> Result:
        """Run one configuration; may raise anything."""


class CrossValidation:
    """Fits and scores a clone of an estimator on each fold.

    Everything is checked here, so that a trial can only fail by its configuration. Folds are
    shuffled with the seed, and stratified for a classifier. Where `random_state` of the
    estimator (or of one inside it) is None, it is set to the seed: the same configuration
    scores the same each time.

    Parameters
    ----------
    estimator : scikit-learn classifier or regressor
        Cloned, never changed.
    X : array or DataFrame, shape (n, n_features)
        Kept as it is; do not change it while the study runs.
    y : array, list, Series or one-column DataFrame, length n
        Classes, or finite numbers.
    folds : int, at least 2
        Number of folds.
    metric : str or None
        Name of one of the task's metrics; None for its first. F1 counts the class that is
        last in sorted order as the positive one.
    seed : int
        Where all randomness comes from.

    Raises
    ------
    ObjectiveError
        Estimator, data, folds and metric do not fit together.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.naive_bayes import GaussianNB
    >>> objective = CrossValidation(GaussianNB(), *load_wine(return_X_y=True), folds=3)
    >>> len(objective({"var_smoothing": 1e-8}).fold_scores)
    3
    """

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: Any,
        *,
        folds: int = 5,
        metric: str | None = None,
        seed: int = 0,
    ) -> None:
        self.task: Task = task_of(estimator)
        self.metric = find_metric(metric, self.task)
        self.labels: list[Any] = []
        self.X, self.y = X, _as_target(y, _n_rows(X))
        self.folds, self.seed = _as_folds(folds, len(self.y)), seed
        if self.task == "classification":
            self.y = _as_classes(self.y)
            self.labels = _check_classes(self.y, self.folds)
        else:
            self.y = _as_numbers(self.y)
        self._check_metric(estimator)
        self.estimator = _seeded_clone(estimator, seed)

    def __call__(self, config: Config) -> Result:
        """Score `config` on every fold; `score` is the mean, higher is better."""
        from sklearn.base import clone
        from sklearn.model_selection import cross_validate

        began = time.perf_counter()
        # A worker's warnings (no convergence, say) have no reader; the score tells the tale.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores = cross_validate(
                clone(self.estimator).set_params(**config),
                self.X,
                self.y,
                scoring=self._scorer(),
                cv=self._splitter(),
                error_score="raise",
            )["test_score"]
        fold_scores = tuple(float(score) for score in scores)
        mean = sum(fold_scores) / len(fold_scores)
        return Result(mean, fold_scores, duration_s=time.perf_counter() - began)

    def _check_metric(self, estimator: Any) -> None:
        name, needs = self.metric.name, self.metric.needs
        if needs == "two classes" and len(self.labels) != 2:
            rule = f"suit {len(self.labels)} classes"
            advice = f"{self.metric.label} is for two classes; choose accuracy or f1_macro."
            raise ObjectiveError.must("Study.metric", rule, name, advice)
        if needs == "positive targets" and (self.y <= 0).any():
            advice = "Choose another metric, or shift the target."
            raise ObjectiveError.must("Study.metric", "suit targets of 0 and below", name, advice)
        if name == "r2" and 2 * self.folds > len(self.y):
            rule = f"be at most {len(self.y) // 2}, so that each fold has two rows for R²"
            raise ObjectiveError.must(f"{OWNER}.folds", rule, self.folds, "Use fewer folds.")
        if methods := _lacking(estimator, name):
            rule = f"suit {_last_step(estimator)}, which has no {methods}"
            advice = "Choose another metric or model."
            raise ObjectiveError.must("Study.metric", rule, name, advice)

    def _splitter(self) -> Any:
        from sklearn.model_selection import KFold, StratifiedKFold

        kind = StratifiedKFold if self.task == "classification" else KFold
        return kind(self.folds, shuffle=True, random_state=self.seed)

    def _scorer(self) -> Any:
        from sklearn.metrics import f1_score, get_scorer, make_scorer

        if self.metric.name == "f1":
            return make_scorer(f1_score, pos_label=self.labels[-1])
        return get_scorer(self.metric.name)


class FunctionObjective:
    """A function of the configuration as an objective.

    Parameters
    ----------
    function : callable
        Takes a configuration (a dict of its own), returns the metric's own value: a number.
    metric : Metric
        What the number means; of a minimized one, the score is the number negated.

    Raises
    ------
    ObjectiveError
        `function` cannot be called.

    Examples
    --------
    >>> FunctionObjective(lambda config: config["x"] ** 2)({"x": 3}).score
    9.0
    """

    def __init__(self, function: Callable[[Config], Any], metric: Metric = SCORE) -> None:
        if not callable(function):
            raise ObjectiveError.must(
                "FunctionObjective.function",
                "be a function of the configuration",
                function,
                "Pass the function itself, without calling it.",
            )
        self.function = function
        self.metric = metric

    def __call__(self, config: Config) -> Result:
        """Run the function; an ObjectiveError if what it returns is no finite number."""
        began = time.perf_counter()
        number = _as_finite(self.function(dict(config)))
        # The sign turns round the same way in both directions.
        return Result(self.metric.shown(number), duration_s=time.perf_counter() - began)


def run_objective(objective: Callable[[Config], Any], config: Config) -> Result:
    """Run one configuration; whatever goes wrong becomes the result's `error`.

    Parameters
    ----------
    objective : callable
        An objective, or any function from a configuration to a `Result` or a number.
    config : dict
        Not changed.

    Returns
    -------
    Result
        With the worker's name. Failed runs have a score of None.
    """
    began = time.perf_counter()
    try:
        returned = objective(dict(config))
        if not isinstance(returned, Result):
            returned = Result(_as_finite(returned))
        score = None if returned.score is None else _as_finite(returned.score)
        fold_scores, error = returned.fold_scores, returned.error
    except (KeyboardInterrupt, SystemExit):
        raise
    except ObjectiveError as failure:
        score, fold_scores, error = None, (), str(failure)
    except BaseException as failure:  # noqa: BLE001 (a trial may fail in any way)
        score, fold_scores, error = None, (), _traceback(failure)
    return Result(score, fold_scores, error, time.perf_counter() - began, _worker_name())


def _as_finite(value: Any) -> float:
    if hasattr(value, "item") and getattr(value, "ndim", 1) == 0:
        value = value.item()
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value):
        advice = "Return one int or float; raise an exception where there is no score."
        raise ObjectiveError.must("Objective", "return a finite number", value, advice)
    return float(value)


def _traceback(failure: BaseException) -> str:
    """Format the traceback from the first frame that is not in this file."""
    tb = failure.__traceback__
    while tb is not None and tb.tb_frame.f_code.co_filename == __file__:
        tb = tb.tb_next
    return "".join(traceback.format_exception(type(failure), failure, tb)).strip()


@cache
def _host() -> str:
    return socket.gethostname().split(".")[0]


def _worker_name() -> str:
    return f"{_host()}:{os.getpid()}"


def task_of(estimator: Any) -> Task:
    """Return what the estimator is for, checking that it can be cloned and fitted."""
    from sklearn.base import is_classifier, is_regressor

    name = type(estimator).__name__
    if isinstance(estimator, type):
        advice = f"Write {estimator.__name__}() to make an object of it."
        raise ObjectiveError.must(f"{OWNER}.estimator", "be an object", estimator, advice)
    for method in ("fit", "get_params", "set_params"):
        if not hasattr(estimator, method):
            advice = f"{name} has no {method}()."
            raise ObjectiveError.must(
                f"{OWNER}.estimator", "be a scikit-learn estimator", estimator, advice
            )
    # Asking is an error for an estimator without scikit-learn's tags.
    try:
        if is_classifier(estimator):
            return "classification"
        if is_regressor(estimator):
            return "regression"
    except (AttributeError, TypeError, ValueError):
        pass
    advice = f"{name} says that it is neither."
    raise ObjectiveError.must(
        f"{OWNER}.estimator", "be a classifier or a regressor", estimator, advice
    )


def _seeded_clone(estimator: Any, seed: int) -> Any:
    """Clone the estimator, with `seed` wherever a random_state is None."""
    from sklearn.base import clone

    try:
        copy = clone(estimator)
    except (TypeError, RuntimeError) as failure:
        message = f"{OWNER}.estimator must be one that scikit-learn can clone. {failure}"
        raise ObjectiveError(message, name=f"{OWNER}.estimator", value=estimator) from failure
    unset = {
        name: seed
        for name, value in copy.get_params(deep=True).items()
        if value is None and name.split("__")[-1] == "random_state"
    }
    return copy.set_params(**unset)


def _n_rows(X: Any) -> int:
    shape = getattr(X, "shape", None)
    if shape == () or (shape is None and not hasattr(X, "__len__")):
        raise ObjectiveError.must(f"{OWNER}.X", "be a table", X, "Pass an array or a DataFrame.")
    return int(shape[0]) if shape else len(X)


def _as_target(y: Any, n_rows: int) -> Any:
    """Return y as an array of shape (n_rows,) without missing values."""
    import numpy as np
    import pandas as pd

    try:
        y = np.asarray(y)
    except ValueError:  # rows of different lengths
        y = np.empty((n_rows, 0))
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise ObjectiveError.must(f"{OWNER}.y", "be one column", y.shape, "Pass one target.")
    if len(y) != n_rows:
        rule, advice = f"have {n_rows} rows like X", "Pass one target for each row."
        raise ObjectiveError.must(f"{OWNER}.y", rule, len(y), advice)
    n_bad = int(pd.isna(y).sum())
    if y.dtype.kind == "f":
        n_bad += int(np.isinf(y).sum())
    if n_bad:
        message = (
            f"{OWNER}.y must have a finite value in every row; {n_bad} of {n_rows} are NaN or "
            "infinite. Drop these rows or fill them in."
        )
        raise ObjectiveError(message, name=f"{OWNER}.y", value=n_bad)
    return y


def _as_numbers(y: Any) -> Any:
    """Return a regressor's y as floats."""
    advice = "Turn it into numbers, or use a classifier."
    for one in y.tolist() if y.dtype.kind in "OUST" else ():
        if isinstance(one, (str, bytes)):
            raise ObjectiveError.must(f"{OWNER}.y", "be numbers for a regressor", one, advice)
    try:
        return y.astype(float)
    except (TypeError, ValueError):
        found = y.tolist()[0]
        raise ObjectiveError.must(
            f"{OWNER}.y", "be numbers for a regressor", found, advice
        ) from None


def _as_classes(y: Any) -> Any:
    """Return a classifier's y as labels of one type, which can be sorted."""
    import numpy as np

    if y.dtype.kind == "f" and (y != np.floor(y)).any():
        number = float(y[y != np.floor(y)][0])
        advice = "Use a regressor, or turn the numbers into classes."
        raise ObjectiveError.must(f"{OWNER}.y", "be classes for a classifier", number, advice)
    if y.dtype.kind == "O":
        kinds = sorted({type(one).__name__ for one in y.tolist()})
        if len(kinds) > 1:
            advice = "Turn them all into text, say."
            raise ObjectiveError.must(f"{OWNER}.y", "have classes of one type", kinds, advice)
        y = np.array(y.tolist())
    return y


def _as_folds(folds: Any, n_rows: int) -> int:
    name = f"{OWNER}.folds"
    if not hasattr(folds, "__index__") or isinstance(folds, bool) or folds < 2:
        advice = "Use 2 or more, such as 5."
        raise ObjectiveError.must(name, "be a whole number of at least 2", folds, advice)
    if folds > n_rows:
        rule = f"be at most {n_rows}, the number of rows"
        raise ObjectiveError.must(name, rule, folds, "Use fewer folds.")
    return int(folds)


def _check_classes(y: Any, folds: int) -> list[Any]:
    """Return the classes, checking that there are two or more, each with `folds` members."""
    import numpy as np

    labels, counts = np.unique(y, return_counts=True)
    if len(labels) < 2:
        advice = "Choose another target."
        raise ObjectiveError.must(f"{OWNER}.y", "have two classes", labels.tolist(), advice)
    smallest = int(counts.argmin())
    if folds > counts[smallest]:
        label = labels.tolist()[smallest]
        rule = f"be at most {counts[smallest]}, the size of the smallest class ({label!r})"
        advice = "Use fewer folds, or merge rare classes."
        raise ObjectiveError.must(f"{OWNER}.folds", rule, folds, advice)
    return list(labels.tolist())


def _lacking(estimator: Any, metric_name: str) -> str:
    """Name the method that the metric calls and the estimator does not have; empty if none."""
    needed = {
        "neg_log_loss": ("predict_proba",),
        "roc_auc": ("decision_function", "predict_proba"),
    }.get(metric_name, ())
    # What a stacked model can do is known only once it is fitted.
    is_stacked = any(name.endswith("final_estimator") for name in estimator.get_params())
    has_one = any(hasattr(estimator, method) for method in needed)
    return "" if has_one or is_stacked else " or ".join(needed)


def _last_step(estimator: Any) -> str:
    steps = getattr(estimator, "steps", None)
    return _last_step(steps[-1][1]) if steps else type(estimator).__name__
