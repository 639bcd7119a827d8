"""All problems by name, and those that an option on the command line means."""

from __future__ import annotations

from functools import cache

import numpy as np
from problem import Config, Problem, Value, half_of
from synthetic import synthetic_problems
from tabulation import has_table, key_of, read
from tasks import TASKS, Task


def tabulated(task: Task, place: int) -> Problem:
    """Build the problem of a task: a configuration is worth what the nearest one was."""
    table = read(task)

    def evaluate(config: Config, _rng: np.random.Generator) -> Value:
        loss = table[key_of(task, config)]
        return loss, loss

    return Problem(
        task.name, "real", half_of(place), task.dimensions, evaluate, min(table.values())
    )


@cache
def problems() -> dict[str, Problem]:
    """Return name -> problem; a task that has no table yet is none."""
    real = [tabulated(task, place) for place, task in enumerate(TASKS) if has_table(task)]
    return {one.name: one for one in real + synthetic_problems()}


def chosen(what: str) -> list[Problem]:
    """Return the problems of "all", of a half or a family, or those named, parted by commas.

    "all" leaves out the extra ones, which no half counts.
    """
    known = problems()
    if what == "all":
        return [one for one in known.values() if one.half]
    of_kind = [one for one in known.values() if what in (one.half, one.family)]
    if of_kind:
        return of_kind
    missing = [name for name in what.split(",") if name not in known]
    if missing:
        raise SystemExit(f"There is no problem {missing[0]}. Choose from {', '.join(known)}.")
    return [known[name] for name in what.split(",")]
