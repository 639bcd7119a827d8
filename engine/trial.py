"""The trial: one configuration, what ran and what came of it, as frozen records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from .details import NO_DETAILS, Details

Config = dict[str, Any]
"""A configuration: hyper-parameter name -> value in the user's own units."""


class TrialState(StrEnum):
    """Where a trial stands."""

    RUNNING = "running"
    COMPLETED = "completed"
    STOPPED = "stopped early"
    FAILED = "failed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    CRASHED = "crashed"
    KILLED = "killed"
    INTERRUPTED = "interrupted"

    @property
    def is_finished(self) -> bool:
        """Whether the trial has a final outcome (interrupted trials run again)."""
        return self not in (TrialState.RUNNING, TrialState.INTERRUPTED)

    @property
    def is_failed(self) -> bool:
        """Whether the trial has ended without a score, for whatever reason."""
        return self.is_finished and self not in (TrialState.COMPLETED, TrialState.STOPPED)


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
        How it was made from them (``"crossover"``, ``"mutation"``, ``"promotion"``); empty
        without parents.
    facts : mapping of str to plain data
        The numbers behind the reason, by name, for the views: ``"rung"``, ``"weights"``, ...
    """

    optimizer: str
    reason: str
    parents: tuple[int, ...] = ()
    operator: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Result:
    """What one run of the objective gave back.

    `score` is higher-is-better whatever the metric's own direction, and None for a
    failed run, which then has an `error` (the traceback, or a sentence). `scores` are
    those of several metrics, the first of which is `score`; empty where there is but one.
    `ending` is given where neither COMPLETED nor FAILED tells it.
    """

    score: float | None
    fold_scores: tuple[float, ...] = ()
    error: str = ""
    duration_s: float = 0.0
    worker: str = ""
    scores: tuple[float, ...] = ()
    details: Details = NO_DETAILS
    ending: TrialState | None = None

    @property
    def state(self) -> TrialState:
        """The `ending`; without one COMPLETED with a score, FAILED without."""
        if self.ending is not None:
            return self.ending
        return TrialState.FAILED if self.score is None else TrialState.COMPLETED


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial of a study; numbers start at 1.

    `score` is higher-is-better, None until completed; a trial that was stopped early has that
    of the part that ran. `scores` are those of several metrics, empty where there is but one.
    `fidelity` is the amount of the resource that the trial may use, None for all of it.
    `started_at` is in seconds since the epoch. `attempt` counts the runs of an interrupted
    trial. `details` hold what the run recorded beside.
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
    fidelity: float | None = None
    scores: tuple[float, ...] = ()
    details: Details = NO_DETAILS

    def finished(self, result: Result) -> Trial:
        """Return this trial with the outcome of its run."""
        return replace(
            self,
            state=result.state,
            score=result.score,
            fold_scores=result.fold_scores,
            error=result.error,
            duration_s=result.duration_s,
            worker=result.worker,
            scores=result.scores,
            details=result.details,
        )

    @property
    def objectives(self) -> tuple[float, ...]:
        """What is to be maximized: the scores of all metrics; empty without a score."""
        if self.score is None:
            return ()
        return self.scores or (self.score,)


def mutations(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Mutation, ...]:
    """List what changed between two configurations, in the order of `after`."""
    names = [*after, *(name for name in before if name not in after)]
    return tuple(
        Mutation(name, before.get(name), after.get(name))
        for name in names
        if before.get(name) != after.get(name)
    )
