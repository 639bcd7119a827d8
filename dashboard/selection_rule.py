"""What makes a selection: a box, a lasso, ranges, a query or the best, as a rule on all trials."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from ..engine.history_search import trial_facts
from ..engine.marks import NO_MARKS, Marks
from ..engine.query import Query

if TYPE_CHECKING:
    from .trial_source import TrialSource

Mask = NDArray[np.bool_]


class Rule(Protocol):
    """Tells of every trial that is shown, drawn or not, whether it fits."""

    def mask(self, trials: TrialSource) -> Mask:
        """Return one truth value per trial, in the order of `TrialSource.shown`."""


@dataclass(frozen=True)
class Box:
    """What lies in a box: low and high are coordinates, `x` and `y` columns or one coordinate."""

    x: str | float
    low: float
    high: float
    y: str
    bottom: float
    top: float

    def mask(self, trials: TrialSource) -> Mask:
        """Return what lies in the box, its edges included."""
        xs, ys = _column(trials, self.x), _column(trials, self.y)
        with np.errstate(invalid="ignore"):
            across = (xs >= self.low) & (xs <= self.high)
            return np.asarray(across & (ys >= self.bottom) & (ys <= self.top))


@dataclass(frozen=True)
class Lasso:
    """What lies within a closed line, given by its corners as coordinates; see `Box`."""

    x: str | float
    xs: tuple[float, ...]
    y: str
    ys: tuple[float, ...]

    def mask(self, trials: TrialSource) -> Mask:
        """Return what lies inside, by the even-odd rule (Shimrat 1962)."""
        px, py = _column(trials, self.x), _column(trials, self.y)
        inside = np.zeros(len(px), dtype=bool)
        ends = zip(self.xs, self.ys, np.roll(self.xs, 1), np.roll(self.ys, 1), strict=True)
        with np.errstate(invalid="ignore", divide="ignore"):
            for x, y, before_x, before_y in ends:
                crosses = (y > py) != (before_y > py)
                inside ^= crosses & (px < (before_x - x) * (py - y) / (before_y - y) + x)
        return inside & np.isfinite(px) & np.isfinite(py)


@dataclass(frozen=True)
class Ranges:
    """What lies in all of several ranges and lists of words, by column."""

    numbers: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    words: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.numbers or self.words)

    def mask(self, trials: TrialSource) -> Mask:
        """Return what lies in all of them; a trial without a value lies in none."""
        fits = np.ones(trials.n_trials, dtype=bool)
        with np.errstate(invalid="ignore"):
            for name, (low, high) in self.numbers.items():
                values = _column(trials, name)
                room = 1e-9 * max(abs(low), abs(high), high - low)
                fits &= (values >= low - room) & (values <= high + room)
        for name, wanted in self.words.items():
            fits &= np.array([word in wanted for word in trials.source.data[name]], dtype=bool)
        return fits


@dataclass(frozen=True)
class Asked:
    """What a query asks for, with what the user has said of the trials."""

    query: Query
    marks: Mapping[int, Marks] = field(default_factory=dict)

    def mask(self, trials: TrialSource) -> Mask:
        """Return what the query matches."""
        metrics = (trials.metric, *trials.more_metrics)
        facts = (
            trial_facts(one, metrics, self.marks.get(one.number, NO_MARKS)) for one in trials.shown
        )
        return np.array([self.query.matches(one) for one in facts], dtype=bool)


@dataclass(frozen=True)
class Best:
    """The best trials, as a share of those that have a score; ties go in."""

    percent: float

    def mask(self, trials: TrialSource) -> Mask:
        """Return the best of today: with new trials others may be."""
        scores = _column(trials, "score")
        scores = -scores if trials.metric.is_minimized else scores
        known = np.sort(scores[np.isfinite(scores)])
        if not known.size:
            return np.zeros(len(scores), dtype=bool)
        n_best = max(1, math.ceil(known.size * self.percent / 100))
        with np.errstate(invalid="ignore"):
            return np.asarray(scores >= known[-n_best])


@dataclass(frozen=True)
class AllOf:
    """What fits several rules."""

    rules: Sequence[Rule]

    def mask(self, trials: TrialSource) -> Mask:
        """Return what fits all of them."""
        fits = np.ones(trials.n_trials, dtype=bool)
        for rule in self.rules:
            fits &= rule.mask(trials)
        return fits


@dataclass(frozen=True)
class AnyOf:
    """What fits at least one of several rules."""

    rules: Sequence[Rule]

    def mask(self, trials: TrialSource) -> Mask:
        """Return what fits any of them."""
        fits = np.zeros(trials.n_trials, dtype=bool)
        for rule in self.rules:
            fits |= rule.mask(trials)
        return fits


def numbers_of(rule: Rule, trials: TrialSource) -> list[int]:
    """Return the numbers of the trials that fit."""
    mask = rule.mask(trials)
    return [one.number for one, fits in zip(trials.shown, mask, strict=True) if fits]


def _column(trials: TrialSource, name: str | float) -> NDArray[np.float64]:
    if not isinstance(name, str):
        return np.full(trials.n_trials, float(name))
    return np.asarray(trials.source.data[name], dtype=np.float64)
