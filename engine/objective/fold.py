"""One fold of cross-validation: fit, score and, where asked for, measure and keep."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..trial_run import TrialRun
from .growth import (
    Growth,
    curve_amounts,
    grow,
    grown_by,
    growth_of,
    head_of,
    last_step,
    load_model,
    save_model,
    stages,
)
from .scoring import Scoring


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows of data with what belongs to each: target, group and weight."""

    X: Any
    y: Any
    groups: Any = None
    weight: Any = None

    def take(self, rows: Any) -> Rows:
        """Return the rows of these numbers."""
        from sklearn.utils import _safe_indexing

        parts = (self.X, self.y, self.groups, self.weight)
        return Rows(*(None if one is None else _safe_indexing(one, rows) for one in parts))


@dataclass(frozen=True, slots=True)
class Fold:
    """What came of one fold; scores are in the order of the metrics."""

    scores: tuple[float, ...]
    train_scores: tuple[float, ...]
    fit_s: float
    score_s: float
    curve: tuple[tuple[float, float], ...]
    train_curve: tuple[tuple[float, float], ...] = ()


class FoldRun:
    """Runs the folds of one trial.

    Parameters
    ----------
    model : estimator
        With the configuration set; cloned for each fold.
    rows : Rows
        All rows that the trial may see.
    scorings, labels : sequence
        The metrics, and the classes of a classifier.
    run : TrialRun
        The trial.
    key : bytes
        What checkpoints are signed with.
    with_train_scores, with_curve : bool
        What else to measure.
    """

    def __init__(
        self,
        *,
        model: Any,
        rows: Rows,
        scorings: Sequence[Scoring],
        labels: Sequence[Any],
        run: TrialRun,
        key: bytes,
        with_train_scores: bool,
        with_curve: bool,
    ) -> None:
        self._model, self._rows, self._run, self._key = model, rows, run, key
        self._scorings, self._labels = scorings, labels
        self._with_train_scores, self._with_curve = with_train_scores, with_curve
        growth = growth_of(model)
        is_resource = growth is not None and run.resource == growth.parameter
        # Grown step by step only where a later run may go on from here, or a curve is wanted
        # that no staged prediction gives: `fit` is what the user means by fitting.
        self._growth: Growth | None = growth if is_resource or self._grows_for_curve() else None
        self._keeps = is_resource and run.has_folder

    def run(self, number: int, train: Any, test: Any) -> Fold:
        """Fit on the training rows and score on the test rows."""
        learnt, tested = self._rows.take(train), self._rows.take(test)
        began = time.perf_counter()
        self._curve: list[tuple[float, float]] = []
        self._train_curve: list[tuple[float, float]] = []
        model = self._grown(number, learnt, tested)
        fitted_at = time.perf_counter()
        scores = self._scores(model, tested)
        scored_at = time.perf_counter()
        train_scores = self._scores(model, learnt) if self._with_train_scores else ()
        if self._with_curve and not self._curve:
            self._curve += self._staged_curve(model, tested)
            self._train_curve += self._staged_curve(model, learnt) if train_scores else []
        seconds = fitted_at - began, scored_at - fitted_at
        return Fold(scores, train_scores, *seconds, tuple(self._curve), tuple(self._train_curve))

    def fitted(self, rows: Rows) -> Any:
        """Return a model fitted on these rows in one go."""
        from sklearn.base import clone

        prefix, _ = last_step(self._model)
        return clone(self._model).fit(rows.X, rows.y, **_weights(rows, prefix))

    def _grows_for_curve(self) -> bool:
        return self._with_curve and not hasattr(last_step(self._model)[1], "staged_predict")

    def _grown(self, number: int, learnt: Rows, tested: Rows) -> Any:
        """Return a model that has grown to its amount, on from the checkpoint if there is one."""
        from sklearn.base import clone

        growth = self._growth
        if growth is None:
            return self.fitted(learnt)
        amount = int(self._model.get_params()[growth.parameter])
        path = self._run.checkpoint / f"fold_{number}.model" if self._keeps else None
        kept = self._kept(path, amount)
        head, model = head_of(clone(self._model)) if kept is None else kept
        X = learnt.X
        if head is not None:
            X = head.fit_transform(X, learnt.y) if kept is None else head.transform(X)
        whole = _Chain(head, model)
        amounts = curve_amounts(amount) if self._with_curve else [amount]
        for reached in grow(model, growth, X, learnt.y, amounts, _weights(learnt, "")):
            if self._with_curve and reached >= grown_by(model):
                self._measure(reached, whole.as_model(), learnt, tested)
        if path is not None:
            save_model(path, (head, model), self._key)
        return whole.as_model()

    def _measure(self, reached: float, model: Any, learnt: Rows, tested: Rows) -> None:
        self._curve.append((reached, self._scores(model, tested)[0]))
        if self._with_train_scores:
            self._train_curve.append((reached, self._scores(model, learnt)[0]))

    def _kept(self, path: Path | None, amount: int) -> Any:
        """Return (head, model) of the checkpoint; None without one, or one grown too far."""
        kept = None if path is None else load_model(path, self._key)
        return kept if kept is not None and grown_by(kept[1]) <= amount else None

    def _scores(self, model: Any, rows: Rows) -> tuple[float, ...]:
        return tuple(
            one.score(model, rows.X, rows.y, self._labels, rows.weight) for one in self._scorings
        )

    def _staged_curve(self, model: Any, tested: Rows) -> list[tuple[float, float]]:
        """Return the curve of a boosted model; empty where its stages cannot be scored so."""
        head, last = head_of(model)
        if not hasattr(last, "staged_predict"):
            return []
        X = tested.X if head is None else head.transform(tested.X)
        scoring, weight = self._scorings[0], tested.weight
        try:
            return [
                (float(number), scoring.score(stage, X, tested.y, self._labels, weight))
                for number, stage in stages(last, X)
            ]
        except AttributeError:  # the metric wants an output that has no stages
            return []


@dataclass(frozen=True, eq=False)
class _Chain:
    """What prepares the data, and the model, as one."""

    head: Any
    model: Any

    def as_model(self) -> Any:
        from sklearn.pipeline import make_pipeline

        return self.model if self.head is None else make_pipeline(self.head, self.model)


def _weights(rows: Rows, prefix: str) -> dict[str, Any]:
    return {} if rows.weight is None else {f"{prefix}sample_weight": rows.weight}
