"""Who ran what when: the workers' schedule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..trial import Trial, TrialState
from .incumbents import ended_at


@dataclass(frozen=True)
class ScheduleRow:
    """One bar: a trial on a lane, from `start_s` to `end_s` seconds since the first one began."""

    number: int
    lane: int
    start_s: float
    end_s: float
    state: TrialState


@dataclass(frozen=True)
class Schedule:
    """The bars of all workers.

    Parameters
    ----------
    rows : tuple of ScheduleRow
        By lane and time.
    lanes : tuple of str
        The workers' names, in the order in which they began; "worker 1" and so on where trials
        do not tell.
    busy : tuple of float
        Share of the whole time that each lane was at work.
    began_at : float
        When the first trial began, in seconds since the epoch.
    """

    rows: tuple[ScheduleRow, ...] = ()
    lanes: tuple[str, ...] = ()
    busy: tuple[float, ...] = ()
    began_at: float = 0.0


def schedule(trials: Iterable[Trial], *, now: float | None = None) -> Schedule:
    """Lay the trials out by worker.

    A trial without the name of its worker takes the first unnamed lane that is free.

    Parameters
    ----------
    trials : iterable of Trial
        Those that have begun; the latest of equal numbers counts.
    now : float, optional
        Seconds since the epoch, to which running trials reach; without it they are left out.
    """
    latest = {trial.number: trial for trial in trials}
    spans = [
        (trial, trial.started_at, max(trial.started_at, _end(trial, now)))
        for trial in latest.values()
        if trial.started_at > 0 and (trial.state is not TrialState.RUNNING or now is not None)
    ]
    if not spans:
        return Schedule()
    spans.sort(key=lambda span: (span[1], span[0].number))
    began = spans[0][1]
    names: dict[str, int] = {}
    free_at: dict[str, float] = {}
    rows = []
    for trial, start, end in spans:
        name = trial.worker or _free_lane(free_at, start)
        if not trial.worker:
            free_at[name] = end
        lane = names.setdefault(name, len(names))
        rows.append(ScheduleRow(trial.number, lane, start - began, end - began, trial.state))
    whole = max(row.end_s for row in rows)
    busy = [_covered([row for row in rows if row.lane == lane]) for lane in range(len(names))]
    rows.sort(key=lambda row: (row.lane, row.start_s, row.number))
    shares = tuple(one / whole if whole > 0 else 0.0 for one in busy)
    return Schedule(tuple(rows), tuple(names), shares, began)


def _end(trial: Trial, now: float | None) -> float:
    return now if trial.state is TrialState.RUNNING and now is not None else ended_at(trial)


def _free_lane(free_at: dict[str, float], start: float) -> str:
    for name, end in free_at.items():
        if end <= start + 1e-9:
            return name
    return f"worker {len(free_at) + 1}"


def _covered(rows: list[ScheduleRow]) -> float:
    """Return the seconds that a lane was at work; bars that overlap count once."""
    total, reached = 0.0, 0.0
    for row in sorted(rows, key=lambda row: row.start_s):
        total += max(0.0, row.end_s - max(row.start_s, reached))
        reached = max(reached, row.end_s)
    return total
