"""When a study has had enough: time, a target, no more progress, or little left to gain."""

from __future__ import annotations

import time
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from .hyper_parameter import SpaceVersion
from .settings import Settings
from .trial import Trial
from .trial_log import is_better

if TYPE_CHECKING:
    from .analysis.improvement_left import ImprovementLeft

_LOOK_EVERY, _LOOK_SHARE = 10, 0.1
"""Improvement is estimated after so many new trials, or such a share of all of them."""


class StopRules:
    """Looks at the trials of one run; asked before each new proposal, by one thread.

    Time counts from the making of this object, pauses included. How much improvement is left is
    estimated in a thread beside, so that trials go on meanwhile: the rule acts some trials later.

    Trials of earlier runs count for all rules but the time.
    """

    def __init__(self) -> None:
        self._began = time.monotonic()
        self._finished: list[Trial] = []
        self._best: Trial | None = None
        self._n_since_best = self._n_looked_at = 0
        self._look: Future[ImprovementLeft] | None = None
        self._thread: ThreadPoolExecutor | None = None

    def take_in(self, trials: Iterable[Trial]) -> None:
        """Take in trials that have finished, in the order in which they did."""
        for trial in trials:
            self._finished.append(trial)
            self._n_since_best += 1
            if is_better(trial, self._best):
                self._best, self._n_since_best = trial, 0

    def reason(self, settings: Settings, space: SpaceVersion) -> str:
        """Return why no new trial is to start, naming the rule; empty where none says so."""
        why = (
            self._by_time(settings)
            or self._by_target(settings)
            or self._by_patience(settings)
            or self._by_improvement(settings, space)
        )
        return why and f"Ended by {why} Change the rule and resume to go on."

    def _by_time(self, settings: Settings) -> str:
        limit = settings.max_seconds
        if limit is None or time.monotonic() - self._began < limit:
            return ""
        return f"max_seconds: {limit:g} s have passed."

    def _by_target(self, settings: Settings) -> str:
        target, best = settings.target_score, self._best
        if target is None or best is None or best.score is None or best.score < target:
            return ""
        return f"target_score: trial {best.number} has {best.score:.6g}, {target:g} was asked for."

    def _by_patience(self, settings: Settings) -> str:
        patience = settings.patience
        if patience is None or self._n_since_best < patience:
            return ""
        return f"patience: no improvement in the last {self._n_since_best:,} trials."

    def _by_improvement(self, settings: Settings, space: SpaceVersion) -> str:
        least = settings.min_improvement_left
        if least is None:
            return ""
        left = self._look.result() if self._look is not None and self._look.done() else None
        if left is not None and not left.verdict and left.expected < least:
            return (
                f"min_improvement_left: the next trial is expected to improve the best by "
                f"{left.expected:.2g} at most, less than {least:g}."
            )
        is_looking = self._look is not None and not self._look.done()
        n_new = len(self._finished) - self._n_looked_at
        if not is_looking and n_new >= max(_LOOK_EVERY, _LOOK_SHARE * len(self._finished)):
            self._look_again(settings, space)
        return ""

    def _look_again(self, settings: Settings, space: SpaceVersion) -> None:
        from .analysis.improvement_left import improvement_left

        self._n_looked_at = len(self._finished)
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="improvement left")
        trials = list(self._finished)
        self._look = self._thread.submit(improvement_left, space, trials, seed=settings.seed)
