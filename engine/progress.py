"""How far a study is: counts, the incumbent and the time left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .trial import Trial


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a study; `seconds_left` is None while it cannot be told."""

    n_finished: int
    n_trials: int
    n_failed: int
    best: Trial | None
    seconds_left: float | None


def seconds_left(recent: Sequence[Trial], n_left: int, n_workers: int) -> float | None:
    """Estimate the time in seconds that `n_left` trials take, from the latest finished ones."""
    if not n_left:
        return 0.0
    if not recent:
        return None
    mean_s = sum(trial.duration_s for trial in recent) / len(recent)
    return n_left * mean_s / min(n_workers, n_left)
