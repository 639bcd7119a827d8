"""A closer look at one configuration: what it predicts of rows that it has not seen."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import ObjectiveError
from ..job import Job
from ..trial import Config
from ..trial_run import TrialRun
from .cross_validation import TRAINING_FRACTION, CrossValidation

SHARES = (0.1, 0.2, 0.35, 0.5, 0.7, 1.0)
N_EXAMPLES, N_VALUES = 8, 4


@dataclass(frozen=True)
class Example:
    """One row that was predicted worst.

    Parameters
    ----------
    row : int
        Its number in the data.
    truth, predicted : object
        Of the target.
    size : float
        Probability given to a wrong class, NaN where the model gives none; or the residual.
    values : tuple of (str, object)
        The values of the row that lie farthest from the mean of all rows, by column.
    """

    row: int
    truth: Any
    predicted: Any
    size: float
    values: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True, eq=False)
class Examination:
    """What came of it.

    Parameters
    ----------
    task : str
        ``"classification"`` or ``"regression"``.
    truths, predictions : array, shape (n,)
        Of all rows that were in a test fold, predicted by the model that had not seen them.
    labels : tuple, length k
        The classes; empty for numbers.
    confusion : int array, shape (k, k)
        Rows by true class, columns by predicted one.
    examples : tuple of Example
        The worst predictions, the worst first.
    shares, scores, train_scores : tuple of float
        Learning curve: share of the training rows, and the scores on the test and on the training
        folds, higher is better.
    """

    task: str
    truths: NDArray[Any]
    predictions: NDArray[Any]
    labels: tuple[Any, ...] = ()
    confusion: NDArray[Any] | None = None
    examples: tuple[Example, ...] = ()
    shares: tuple[float, ...] = ()
    scores: tuple[float, ...] = ()
    train_scores: tuple[float, ...] = ()


def examine(objective: Any, config: Config) -> Examination:
    """Fit a configuration again on each fold, and on parts of the training rows.

    Parameters
    ----------
    objective : CrossValidation
        What the trial ran.
    config : dict
        The configuration, tried with all of the resource.

    Raises
    ------
    ObjectiveError
        The objective is a function or a command, whose model is not known.
    """
    if not isinstance(objective, CrossValidation):
        rule, advice = "be an estimator", "What a function or a command predicts is not known."
        raise ObjectiveError.must("Study.model", rule, type(objective).__name__, advice)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # no convergence, say: the scores tell
        rows, predictions, sureness = _predicted(objective, config)
        curve = _curve(objective, config)
    truths = np.asarray(objective.y)[rows]
    is_classes = objective.task == "classification"
    sizes = sureness if is_classes else np.asarray(predictions, float) - np.asarray(truths, float)
    labels = tuple(objective.labels) if is_classes else ()
    return Examination(
        objective.task,
        truths,
        predictions,
        labels,
        _confusion(truths, predictions, labels) if is_classes else None,
        _examples(objective.X, rows, truths, predictions, sizes, is_classes=is_classes),
        SHARES,
        *curve,
    )


def _predicted(
    objective: CrossValidation, config: Config
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Return row numbers, what was predicted of them, and how sure the model was."""
    found: dict[int, tuple[Any, float]] = {}
    for model, test in objective.fold_models(config):
        given = objective.rows(test)
        predictions = np.asarray(model.predict(given)).ravel()
        sure = np.full(len(test), np.nan)
        if objective.task == "classification" and hasattr(model, "predict_proba"):
            sure = np.asarray(model.predict_proba(given)).max(axis=1)
        for row, *outcome in zip(test.tolist(), predictions, sure.tolist(), strict=True):
            # Of repeated splits the first one counts.
            found.setdefault(row, (outcome[0], outcome[1]))
    rows = np.array(sorted(found))
    return (
        rows,
        np.array([found[row][0] for row in rows.tolist()]),
        np.array([found[row][1] for row in rows.tolist()]),
    )


def _confusion(
    truths: NDArray[Any], predictions: NDArray[Any], labels: Sequence[Any]
) -> NDArray[Any]:
    from sklearn.metrics import confusion_matrix

    return np.asarray(confusion_matrix(truths, predictions, labels=list(labels)))


def _examples(
    X: Any,
    rows: NDArray[Any],
    truths: NDArray[Any],
    predictions: NDArray[Any],
    sizes: NDArray[Any],
    *,
    is_classes: bool,
) -> tuple[Example, ...]:
    badness = np.abs(np.nan_to_num(sizes, nan=0.0))
    if is_classes:
        badness = np.where(predictions == truths, -1.0, badness)
    worst = [at for at in np.argsort(-badness, kind="stable")[:N_EXAMPLES] if badness[at] >= 0]
    telling = _telling_values(X, [int(rows[at]) for at in worst])
    return tuple(
        Example(
            int(rows[at]),
            _plain(truths[at]),
            _plain(predictions[at]),
            float(sizes[at]),
            values,
        )
        for at, values in zip(worst, telling, strict=True)
    )


def _telling_values(X: Any, rows: Sequence[int]) -> list[tuple[tuple[str, Any], ...]]:
    """Return the values of each row that lie farthest from the mean, in standard deviations."""
    import pandas as pd

    table = X if isinstance(X, pd.DataFrame) else pd.DataFrame(np.asarray(X))
    numbers = table.select_dtypes("number")
    if numbers.empty:
        return [() for _ in rows]
    spread = numbers.std().replace(0, np.nan)
    away = ((numbers.iloc[list(rows)] - numbers.mean()) / spread).abs().fillna(-1.0)
    found = []
    for place, row in enumerate(rows):
        names = away.iloc[place].nlargest(N_VALUES).index
        found.append(tuple((_name(one), _plain(numbers[one].iloc[row])) for one in names))
    return found


def _name(column: Any) -> str:
    return column if isinstance(column, str) else f"column {column}"


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _curve(
    objective: CrossValidation, config: Config
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the scores on test and on training rows, by the share of the rows trained on."""
    measured = copy.copy(objective)
    measured.with_train_scores, measured.with_curve = True, False
    scores, train_scores = [], []
    for share in SHARES:
        job = Job(0, config, fidelity=share, resource=TRAINING_FRACTION)
        result = measured(TrialRun(job))
        folds = result.details.train_scores[0]
        scores.append(float(result.score or 0.0))
        train_scores.append(sum(folds) / len(folds))
    return tuple(scores), tuple(train_scores)
