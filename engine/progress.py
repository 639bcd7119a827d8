"""How far a study is: counts, the incumbent and the time left."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from .trial import Trial

_SIGMAS = 1.96


@dataclass(frozen=True, slots=True)
class Progress:
    """A moment of a study; what cannot be told yet is None.

    `seconds_left_range` holds with 95% probability where the trials to come are like the
    latest ones. Failed and stopped trials count as finished.
    """

    n_finished: int
    n_trials: int
    n_failed: int
    best: Trial | None
    seconds_left: float | None
    n_running: int = 0
    n_stopped: int = 0
    seconds_left_range: tuple[float, float] | None = None

    @property
    def best_spread(self) -> float | None:
        """The standard error of the best score over its folds; None without folds."""
        folds = () if self.best is None else self.best.fold_scores
        if len(folds) < 2:
            return None
        mean = sum(folds) / len(folds)
        return math.sqrt(sum((one - mean) ** 2 for one in folds) / (len(folds) - 1) / len(folds))

    def words(self) -> str:
        """Say how it goes, in one line: "12 done, 2 running, 1 failed, best 0.9 ± 0.01"."""
        n_done = self.n_finished - self.n_failed - self.n_stopped
        counts = (
            (n_done, "done"),
            (self.n_running, "running"),
            (self.n_failed, "failed"),
            (self.n_stopped, "stopped early"),
        )
        parts = [f"{count:,} {word}" for count, word in counts if count or word == "done"]
        if self.best is not None and self.best.score is not None:
            spread = "" if self.best_spread is None else f" ± {self.best_spread:.2g}"
            parts.append(f"best {self.best.score:.4g}{spread}")
        if self.seconds_left_range is not None and self.n_finished < self.n_trials:
            parts.append(f"{time_range(*self.seconds_left_range)} left")
        return ", ".join(parts)


def seconds_left(recent: Sequence[Trial], n_left: int, n_workers: int) -> float | None:
    """Estimate the time in seconds that `n_left` trials take, from the latest finished ones."""
    if not n_left:
        return 0.0
    if not recent:
        return None
    mean_s = sum(trial.duration_s for trial in recent) / len(recent)
    return n_left * mean_s / min(n_workers, n_left)


def seconds_left_range(
    durations_s: Sequence[float], n_left: int, n_workers: int
) -> tuple[float, float] | None:
    """Return the range of the time left: of a sum of `n_left` durations like those given.

    Both the spread of the sum and the doubt about the mean count; None for fewer than two
    durations.
    """
    n_known = len(durations_s)
    if not n_left or n_known < 2:
        return None
    mean = sum(durations_s) / n_known
    variance = sum((one - mean) ** 2 for one in durations_s) / (n_known - 1)
    spread = _SIGMAS * math.sqrt(variance * (n_left + n_left**2 / n_known))
    n_busy = min(n_workers, n_left)
    return max(0.0, n_left * mean - spread) / n_busy, (n_left * mean + spread) / n_busy


def count_of(number: int, noun: str) -> str:
    """Say a number of things: "1 trial", "2 trials"."""
    return f"{number:,} {noun}" + "s" * (number != 1)


def time_range(low_s: float, high_s: float) -> str:
    """Say a range of seconds in words: "4 to 6 min"."""
    for unit_s, unit in ((3600.0, "h"), (60.0, "min"), (1.0, "s")):
        if high_s >= 2 * unit_s or unit == "s":
            low, high = (f"{one / unit_s:.0f}" for one in (low_s, high_s))
            return f"{high} {unit}" if low == high else f"{low} to {high} {unit}"
    return ""
