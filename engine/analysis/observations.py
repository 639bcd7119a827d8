"""The trials that an analysis can use, as arrays: where they lie, and what came of them."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..encoding import Encoding, FloatArray
from ..errors import AnalysisError
from ..given import is_number
from ..hyper_parameter import SpaceVersion
from ..trial import Trial, TrialState

IntArray = NDArray[np.int64]
Target = str | Mapping[int, Any]
"""A column of `column`, or a value per trial number: a number, or a word such as a state."""

COLUMNS = ("score", "duration_s", "fidelity", "fold_spread", "train_gap", "started_at", "number")


@dataclass(frozen=True)
class Observations:
    """Trials that can be compared, in the order of their numbers.

    Parameters
    ----------
    encoding : Encoding
        The unit cube that the points lie in.
    numbers : int array, shape (n,)
        Their numbers.
    points : float array, shape (n, d)
        Where they lie, NaN where a hyper-parameter is inactive.
    targets : float array, shape (n, k)
        What is to be explained: one column of numbers, or one of 0 and 1 per word.
    words : tuple of str, length k
        The words that the columns stand for; empty where the target is a number.
    """

    encoding: Encoding
    numbers: IntArray
    points: FloatArray
    targets: FloatArray
    words: tuple[str, ...] = ()

    @property
    def filled(self) -> FloatArray:
        """The points with the middle in place of what is inactive: it favours neither end."""
        return np.where(np.isnan(self.points), 0.5, self.points)

    @property
    def n(self) -> int:
        """The number of trials."""
        return len(self.numbers)

    @property
    def is_varied(self) -> bool:
        """Whether the target differs at all."""
        return self.n > 0 and bool((np.ptp(self.targets, axis=0) > 0).any())

    def sampled(self, n_max: int, seed: int) -> Observations:
        """Return a random sample of at most `n_max` of them."""
        if self.n <= n_max:
            return self
        return self.picked(np.random.default_rng(seed).choice(self.n, n_max, replace=False))

    def active(self, *columns: int) -> Observations:
        """Return those in which all of these columns are active."""
        is_inactive = np.isnan(self.points[:, list(columns)])
        return self.picked(np.asarray(~is_inactive.any(axis=1)))

    def picked(self, rows: NDArray[Any]) -> Observations:
        """Return those at these rows: their places, or a mask."""
        return replace(
            self,
            numbers=self.numbers[rows],
            points=self.points[rows],
            targets=self.targets[rows],
        )


def observe(
    space: SpaceVersion,
    trials: Iterable[Trial],
    *,
    target: Target = "score",
    only: Collection[int] | None = None,
) -> Observations:
    """Pick out the trials that can be compared, and turn them into arrays.

    Left out are trials that have not completed (one that was stopped early has but the score
    of a part), those that lie outside the space or are from before a hyper-parameter was
    added, and those without a finite target. Scores of different fidelities are not compared:
    of several, the highest one that has at least 16 of the trials counts, or else the one that
    has most.

    Parameters
    ----------
    space : SpaceVersion
        The space to judge.
    trials : iterable of Trial
        In any order; the latest of equal numbers counts.
    target : str or mapping of int to number or str
        What is to be explained: a column by name (see `column`), or values per trial number.
        Words, such as the states of learning curves, become one column of 0 and 1 each.
    only : collection of int, optional
        Numbers of the trials to look at, such as those brushed; all by default.

    Raises
    ------
    AnalysisError
        There is no such column.
    """
    values = target if isinstance(target, Mapping) else None
    chosen = None if only is None else frozenset(only)
    by_number = {
        trial.number: trial
        for trial in trials
        if trial.state is TrialState.COMPLETED and (chosen is None or trial.number in chosen)
    }
    kept = [by_number[one] for one in sorted(by_number) if space.contains(by_number[one].config)]
    kept = _of_one_fidelity(kept)
    found = column(kept, str(target)) if values is None else [values.get(t.number) for t in kept]
    has_value = [_is_value(one) for one in found]
    kept = [trial for trial, is_one in zip(kept, has_value, strict=True) if is_one]
    targets, words = _as_targets(
        [one for one, is_one in zip(found, has_value, strict=True) if is_one]
    )
    encoding = Encoding(space)
    return Observations(
        encoding,
        np.array([trial.number for trial in kept], dtype=np.int64),
        encoding.encode([trial.config for trial in kept]),
        targets,
        words,
    )


def column(trials: Sequence[Trial], name: str) -> list[float | None]:
    """Return a numeric column of trials, None where a trial has no such value.

    Parameters
    ----------
    trials : sequence of Trial
        Any, completed or not.
    name : str
        ``"score"``, ``"scores[1]"`` (the second of several metrics), ``"duration_s"``,
        ``"fidelity"``, ``"fold_spread"`` (standard deviation of the folds), ``"train_gap"`` (by
        how much the score is higher on the rows trained on), ``"started_at"`` or ``"number"``;
        with a minus before it, its negative: what is the better the lower.

    Raises
    ------
    AnalysisError
        There is no such column.
    """
    if name.startswith("-"):
        return [None if one is None else -one for one in column(trials, name[1:])]
    if name.startswith("scores[") and name[7:-1].isdigit() and name.endswith("]"):
        place = int(name[7:-1])
        return [_at(trial.objectives, place) for trial in trials]
    if name == "fold_spread":
        return [_spread(trial.fold_scores) for trial in trials]
    if name == "train_gap":
        return [train_gap(trial) for trial in trials]
    if name not in COLUMNS:
        known = "one of " + ", ".join((*COLUMNS, "scores[0], scores[1], ..."))
        raise AnalysisError.must("Analysis.column", f"be {known}", name, "Check the spelling.")
    return [getattr(trial, name) for trial in trials]


def train_gap(trial: Trial) -> float | None:
    """Return by how much the score is higher on the rows trained on; None where unknown."""
    folds = trial.details.train_scores[0] if trial.details.train_scores else ()
    if not folds or trial.score is None:
        return None
    return math.fsum(folds) / len(folds) - trial.score


def _at(values: Sequence[float], place: int) -> float | None:
    return values[place] if place < len(values) else None


def _spread(fold_scores: Sequence[float]) -> float | None:
    return float(np.std(fold_scores, ddof=1)) if len(fold_scores) > 1 else None


def _is_value(value: Any) -> bool:
    return isinstance(value, str) or (is_number(value) and math.isfinite(value))


MIN_TRIALS = 16
"""With fewer trials nothing is said."""


def _of_one_fidelity(trials: list[Trial]) -> list[Trial]:
    groups: dict[float, list[Trial]] = {}
    for trial in trials:
        groups.setdefault(math.inf if trial.fidelity is None else trial.fidelity, []).append(trial)
    if not groups:
        return []
    enough = [one for one, group in groups.items() if len(group) >= MIN_TRIALS]
    return groups[max(enough) if enough else max(groups, key=lambda one: (len(groups[one]), one))]


def _as_targets(values: Sequence[Any]) -> tuple[FloatArray, tuple[str, ...]]:
    if not any(isinstance(value, str) for value in values):
        return np.array(values, dtype=float).reshape(-1, 1), ()
    words = tuple(sorted({str(value) for value in values}))
    places = np.array([words.index(str(value)) for value in values])
    return np.eye(len(words))[places], words
