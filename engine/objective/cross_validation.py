"""Cross-validation of an estimator: what a trial runs for a scikit-learn model."""

from __future__ import annotations

import secrets
import time
import warnings
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from ..details import Details
from ..errors import ObjectiveError
from ..fidelity import Fidelity
from ..metric import Metric, Task
from ..trial import Config, Result
from ..trial_run import TrialRun, as_run
from .base import stopped
from .data_checks import as_classes, as_numbers, as_target, check_classes, n_rows
from .estimator_checks import OWNER, lacking, last_step_name, seeded_clone, task_of
from .fold import Fold, FoldRun, Rows
from .growth import last_step
from .scoring import as_scorings
from .splits import (
    check_count_of_folds,
    holdout_rows,
    is_count,
    part_of_rows,
    splits_of,
    splits_of_count,
)

TRAINING_FRACTION = "training fraction"
"""The resource that is a share of the training rows."""


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
    folds : int, at least 2, or splitter, or iterable of (train, test) row numbers
        Number of folds, or what splits the rows. Splits are drawn once.
    metric : str, callable, or list of them, or None
        Names of the task's metrics or of scikit-learn's scorers, or scorers of your own; the
        first one is the score. None for the task's first. F1 counts the class that is last in
        sorted order as the positive one.
    groups : array, length n, optional
        Rows of one group are never on both sides of a split.
    sample_weight : array, length n, optional
        Given to `fit` and to scikit-learn's scorers.
    holdout : float
        Share of the rows that no trial sees, for `final_scores`; 0 for none.
    with_train_scores, with_curve : bool
        Whether to score the training rows too, and to measure a learning curve of a model that
        can grow (ensembles, boosting, models with `partial_fit`), as the mean of the folds; both
        together measure it on the training rows too. A model that grows by `partial_fit` is then
        trained for `max_iter` epochs, without a tolerance that would end it earlier.
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
        folds: Any = 5,
        metric: Any = None,
        groups: Any = None,
        sample_weight: Any = None,
        holdout: float = 0.0,
        with_train_scores: bool = False,
        with_curve: bool = False,
        seed: int = 0,
    ) -> None:
        self.task: Task = task_of(estimator)
        self._scorings = as_scorings(metric, self.task)
        self.seed, self.holdout = seed, holdout
        self.with_train_scores, self.with_curve = with_train_scores, with_curve
        self.labels: list[Any] = []
        # Checkpoints of this objective's own runs are the only ones that are ever loaded.
        self._key = secrets.token_bytes(32)
        y = as_target(y, n_rows(X))
        y = as_classes(y) if self.task == "classification" else as_numbers(y)
        self._given = Rows(X, y, _as_column("groups", groups, y), _as_weights(sample_weight, y))
        self._held: Rows | None = None
        self._hold_out()
        self._split(folds)
        for one in self.metrics:
            self._check_metric(estimator, one)
        self.estimator = seeded_clone(estimator, seed)
        self._check_weights()

    @property
    def metric(self) -> Metric:
        """What the score means."""
        return self._scorings[0].metric

    @property
    def metrics(self) -> tuple[Metric, ...]:
        """All metrics, in the order of `Trial.scores`."""
        return tuple(one.metric for one in self._scorings)

    @property
    def X(self) -> Any:
        """The rows that trials see."""
        return self._given.X

    @property
    def y(self) -> Any:
        """The target of these rows."""
        return self._given.y

    @cached_property
    def splits(self) -> list[Any]:
        """Row numbers for (training, test), one pair per fold."""
        rows = self._given
        return splits_of_count(self.n_folds, rows.X, rows.y, rows.groups, self.task, self.seed)

    def __call__(self, config: Config) -> Result:
        """Score `config` on fold after fold; `score` is the mean, higher is better."""
        began = time.perf_counter()
        run = as_run(config, self.metric)
        runner = self._fold_run(run)
        folds: list[Fold] = []
        # A worker's warnings (no convergence, say) have no reader; the score tells the tale.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for number, (train, test) in enumerate(self.splits):
                folds.append(runner.run(number, self._part(train, run, number), test))
                done = [fold.scores[0] for fold in folds]
                if run.after_fold(done, self.n_folds):
                    break
        result = _result(folds, time.perf_counter() - began)
        return stopped(result, run) if run.was_told_to_stop else result

    def final_scores(self, config: Config) -> dict[str, float]:
        """Fit `config` on all rows that trials saw and score it on those held out.

        Returns
        -------
        dict
            Name of each metric -> its own value.

        Raises
        ------
        ObjectiveError
            Nothing was held out, or this is a worker's copy, which has no such rows.
        """
        if self._held is None:
            advice = "Give CrossValidation, or the study, holdout=0.2, for example."
            raise ObjectiveError.must(f"{OWNER}.holdout", "be above 0", self.holdout, advice)
        return self.held_out_scores(self.fitted(config))

    def fitted(self, config: Config) -> Any:
        """Return a model with this configuration, fitted on all rows that trials see."""
        return self._fold_run(as_run(config, self.metric)).fitted(self._given)

    def held_out_scores(self, model: Any) -> dict[str, float]:
        """Score a fitted model on the rows held out; name of each metric -> its own value."""
        held = self._held
        if held is None:
            return {}
        scores = [
            one.score(model, held.X, held.y, self.labels, held.weight) for one in self._scorings
        ]
        named = zip(self.metrics, scores, strict=True)
        return {metric.name: metric.shown(score) for metric, score in named}

    def of_model(self, estimator: Any) -> CrossValidation:
        """Return the same rows, folds and metrics for another estimator of the same task."""
        # Not by `copy`, which leaves behind what a worker's copy must not have.
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        other.estimator = estimator
        other.with_train_scores = other.with_curve = False
        return other

    def check_fidelity(self, fidelity: Fidelity) -> None:
        """Raise ObjectiveError where trials cannot have the amounts of a fidelity."""
        self.check_resource(fidelity.resource)
        if fidelity.resource == TRAINING_FRACTION and fidelity.high > 1:
            rule = f"be at most 1 for {TRAINING_FRACTION!r}"
            advice = "1 is all of the training rows."
            raise ObjectiveError.must("Fidelity.high", rule, fidelity.high, advice)

    def rows(self, numbers: Any) -> Any:
        """Return the features of the rows of these numbers."""
        return self._given.take(numbers).X

    def fold_models(self, config: Config) -> Iterator[tuple[Any, Any]]:
        """Yield the model of each fold, fitted anew, with the numbers of its test rows."""
        runner = self._fold_run(as_run(config, self.metric))
        for train, test in self.splits:
            yield runner.fitted(self._given.take(train)), test

    def check_resource(self, resource: str) -> None:
        """Raise ObjectiveError where a fidelity's resource says nothing to this objective."""
        if resource == TRAINING_FRACTION or resource in self.estimator.get_params():
            return
        rule = f"be {TRAINING_FRACTION!r} or a hyper-parameter of {last_step_name(self.estimator)}"
        raise ObjectiveError.must("Fidelity.resource", rule, resource, "Choose one of these.")

    def __getstate__(self) -> dict[str, Any]:
        """Leave the rows that are held out at home: no worker ever has them."""
        state = {**self.__dict__, "_held": None}
        if self._is_counted:
            state.pop("splits", None)
        return state

    def _fold_run(self, run: TrialRun) -> FoldRun:
        from sklearn.base import clone

        return FoldRun(
            model=clone(self.estimator).set_params(**self._params(run)),
            rows=self._given,
            scorings=self._scorings,
            labels=self.labels,
            run=run,
            key=self._key,
            with_train_scores=self.with_train_scores,
            with_curve=self.with_curve,
        )

    def _params(self, run: TrialRun) -> Config:
        """Return the configuration, with the resource in it where that is a hyper-parameter."""
        if run.fidelity is None or run.resource == TRAINING_FRACTION:
            return run.config
        self.check_resource(run.resource)
        amount = run.fidelity
        is_whole = float(amount).is_integer()
        return {**run.config, run.resource: int(amount) if is_whole else amount}

    def _part(self, train: Any, run: TrialRun, number: int) -> Any:
        if run.fidelity is None or run.resource != TRAINING_FRACTION:
            return train
        return part_of_rows(train, self.y, run.fidelity, self.task, self.seed + number)

    def _hold_out(self) -> None:
        if self.holdout == 0:
            return
        rows = self._given
        seen, held = holdout_rows(self.holdout, rows.y, rows.groups, self.task, self.seed)
        self._given, self._held = rows.take(seen), rows.take(held)

    def _split(self, folds: Any) -> None:
        """Check the folds, and draw the splits where they are not simply counted."""
        self._is_counted = is_count(folds)
        y = self.y
        if self._is_counted:
            self.n_folds = check_count_of_folds(folds, len(y))
        else:
            if self.holdout and not hasattr(folds, "split"):
                rule = "be a number or a splitter where rows are held out"
                advice = "Row numbers of your own would mean other rows then."
                raise ObjectiveError.must(f"{OWNER}.folds", rule, folds, advice)
            self.splits = splits_of(folds, self.X, y, self._given.groups)
            self.n_folds = len(self.splits)
        if self.task == "classification":
            self.labels = check_classes(y, self.n_folds if self._is_counted else 1)

    def _check_metric(self, estimator: Any, metric: Metric) -> None:
        name, needs = metric.name, metric.needs
        if needs == "two classes" and len(self.labels) != 2:
            rule = f"suit {len(self.labels)} classes"
            advice = f"{metric.label} is for two classes; choose accuracy or f1_macro."
            raise ObjectiveError.must("Study.metric", rule, name, advice)
        if needs == "positive targets" and (self.y <= 0).any():
            advice = "Choose another metric, or shift the target."
            raise ObjectiveError.must("Study.metric", "suit targets of 0 and below", name, advice)
        if name == "r2" and self._is_counted and 2 * self.n_folds > len(self.y):
            rule = f"be at most {len(self.y) // 2}, so that each fold has two rows for R²"
            raise ObjectiveError.must(f"{OWNER}.folds", rule, self.n_folds, "Use fewer folds.")
        if methods := lacking(estimator, name):
            rule = f"suit {last_step_name(estimator)}, which has no {methods}"
            advice = "Choose another metric or model."
            raise ObjectiveError.must("Study.metric", rule, name, advice)

    def _check_weights(self) -> None:
        from sklearn.utils.validation import has_fit_parameter

        _, last = last_step(self.estimator)
        if self._given.weight is not None and not has_fit_parameter(last, "sample_weight"):
            rule = f"be left out for {type(last).__name__}, whose fit() takes none"
            advice = "Choose another model."
            raise ObjectiveError.must(f"{OWNER}.sample_weight", rule, "weights", advice)


def _result(folds: Sequence[Fold], seconds: float) -> Result:
    by_metric = tuple(zip(*(fold.scores for fold in folds), strict=True))
    means = tuple(sum(scores) / len(scores) for scores in by_metric)
    has_several = len(means) > 1
    details = Details(
        fold_scores=by_metric if has_several else (),
        train_scores=tuple(zip(*(fold.train_scores for fold in folds), strict=True)),
        fit_s=tuple(fold.fit_s for fold in folds),
        score_s=tuple(fold.score_s for fold in folds),
        curve=_mean_curve([fold.curve for fold in folds]),
        train_curve=_mean_curve([fold.train_curve for fold in folds]),
    )
    return Result(
        means[0],
        by_metric[0],
        duration_s=seconds,
        scores=means if has_several else (),
        details=details,
    )


def _mean_curve(
    curves: Sequence[tuple[tuple[float, float], ...]],
) -> tuple[tuple[float, float], ...]:
    """Average the folds at the steps that all of them have."""
    by_step = [dict(curve) for curve in curves]
    steps = [step for step in by_step[0] if all(step in one for one in by_step)]
    return tuple((step, sum(one[step] for one in by_step) / len(by_step)) for step in steps)


def _as_column(name: str, values: Any, y: Any) -> Any:
    """Return one value per row as an array; None stays None."""
    import numpy as np

    if values is None:
        return None
    column = np.asarray(values)
    if column.shape != (len(y),):
        rule = f"have {len(y)} values, one for each row"
        raise ObjectiveError.must(f"{OWNER}.{name}", rule, column.shape, "Give one for each row.")
    return column


def _as_weights(values: Any, y: Any) -> Any:
    import numpy as np

    weights = _as_column("sample_weight", values, y)
    if weights is None:
        return None
    is_number = weights.dtype.kind in "fiub"
    if not is_number or not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        rule = "be finite numbers of at least 0, not all 0"
        name = f"{OWNER}.sample_weight"
        raise ObjectiveError.must(name, rule, weights.tolist()[:5], "Check the weights.")
    return weights.astype(float)
