"""The details of a trial: what its run recorded beside its score."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Details:
    """What one run recorded; every field is empty where it was not asked for.

    Attributes
    ----------
    fold_scores : tuple of tuples of float, shape (metrics, folds)
        The scores on each fold of every metric, higher is better; empty where there is one
        metric only, whose scores stand in the trial.
    train_scores : tuple of tuples of float, shape (metrics, folds)
        The same on the rows that were trained on.
    fit_s, score_s : tuple of float, length folds
        Seconds that fitting and scoring took.
    curve : tuple of (step, score)
        The learning curve, by rising step.
    train_curve : tuple of (step, score)
        The same on the rows that were trained on.
    log : str
        The last lines that the run printed.
    note : str
        Why the run was stopped early, or what else is worth a word.
    """

    fold_scores: tuple[tuple[float, ...], ...] = ()
    train_scores: tuple[tuple[float, ...], ...] = ()
    fit_s: tuple[float, ...] = ()
    score_s: tuple[float, ...] = ()
    curve: tuple[tuple[float, float], ...] = ()
    train_curve: tuple[tuple[float, float], ...] = ()
    log: str = ""
    note: str = ""

    def __bool__(self) -> bool:
        return any(getattr(self, one.name) for one in fields(self))

    def to_dict(self) -> dict[str, Any]:
        """Return what is not empty as plain data; `from_dict` is the way back."""
        named = ((one.name, getattr(self, one.name)) for one in fields(self))
        return {name: _as_lists(value) for name, value in named if value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the record that `to_dict` described; what is unknown is left out."""
        known = {one.name for one in fields(cls)}
        return cls(**{name: _as_tuples(value) for name, value in data.items() if name in known})


NO_DETAILS = Details()


def _as_lists(value: Any) -> Any:
    return [_as_lists(one) for one in value] if isinstance(value, tuple) else value


def _as_tuples(value: Any) -> Any:
    return tuple(_as_tuples(one) for one in value) if isinstance(value, list) else value
