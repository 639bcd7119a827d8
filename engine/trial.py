"""The trial: one configuration, what ran and what came of it, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Config = dict[str, Any]
"""A configuration: hyper-parameter name -> value in the user's own units."""


class TrialState(StrEnum):
    """Where a trial stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    FAILED = "failed"
    INTERRUPTED = "interrupted"

    @property
    def is_finished(self) -> bool:
        """Whether the trial has a final outcome (interrupted trials run again)."""
        return self in (TrialState.COMPLETED, TrialState.FAILED)


@dataclass(frozen=True, slots=True)
class Mutation:
    """One hyper-parameter that differs from the parent's."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Provenance:
    """Who proposed a configuration and why.

    Parameters
    ----------
    optimizer : str
        Short name of the optimizer, such as ``"evolutionary"``.
    reason : str
        The reason in words and numbers, for the user.
    parents : tuple of int
        Numbers of the trials that the configuration was made from.
    operator : str
        How it was made from them (``"crossover"``, ``"mutation"``); empty without parents.
    """

    optimizer: str
    reason: str
    parents: tuple[int, ...] = ()
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of the objective gave back.

    `score` is higher-is-better whatever the metric's own direction, and None for a
    failed run, which then has an `error` (the traceback, or a sentence).
    """

    score: float | None
    fold_scores: tuple[float, ...] = ()
    error: str = ""
    duration_s: float = 0.0
    worker: str = ""

    @property
    def state(self) -> TrialState:
        """COMPLETED with a score, FAILED without."""
        return TrialState.FAILED if self.score is None else TrialState.COMPLETED


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial of a study; numbers start at 1.

    `score` is higher-is-better, None until completed. `started_at` is in seconds
    since the epoch. `attempt` counts the runs of an interrupted trial.
    """

    number: int
    config: Config
    state: TrialState
    provenance: Provenance
    space_version: int = 1
    score: float | None = None
    fold_scores: tuple[float, ...] = ()
    error: str = ""
    started_at: float = 0.0
    duration_s: float = 0.0
    worker: str = ""
    attempt: int = 1

    def finished(self, result: Result) -> Trial:
        """Return this trial with the outcome of its run."""
        return Trial(
            self.number,
            self.config,
            result.state,
            self.provenance,
            self.space_version,
            result.score,
            result.fold_scores,
            result.error,
            self.started_at,
            result.duration_s,
            result.worker,
            self.attempt,
        )


def mutations(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Mutation, ...]:
    """List what changed between two configurations, in the order of `after`."""
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        Mutation(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )
