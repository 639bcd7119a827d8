"""Stretches of the trials that belong together: generations, rungs, batches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..trial import Trial
from .lineage import Lineage

MAX_STRETCHES = 60
"""With more of them, shading would tell nothing."""


@dataclass(frozen=True)
class Stretch:
    """Trials in a row that belong together.

    Parameters
    ----------
    label : str
        Such as ``"generation 3"``.
    first, last : int
        Places of the first and the last of them in the order that was given, from 1.
    """

    label: str
    first: int
    last: int


def stretches(trials: Sequence[Trial]) -> tuple[Stretch, ...]:
    """Cut the trials where a new generation, rung or batch begins.

    Generations are those that the optimizer names, or else follow from the parents; rungs are
    by fidelity; without either, trials that started together are a batch, and single ones are
    none. Where many run at once, the stretches overlap: a generation begins with its first trial.

    Parameters
    ----------
    trials : sequence of Trial
        In the order in which they are drawn.

    Returns
    -------
    tuple of Stretch
        In their order, without gaps; empty where there is but one, or more than 60.
    """
    for cut in (_by_rung, _by_generation, _by_batch):
        found = cut(trials)
        if 1 < len(found) <= MAX_STRETCHES:
            return found
    return ()


def _by_rung(trials: Sequence[Trial]) -> tuple[Stretch, ...]:
    if len({trial.fidelity for trial in trials}) < 2:
        return ()
    return _runs(["all of it" if one.fidelity is None else f"{one.fidelity:g}" for one in trials])


def _by_generation(trials: Sequence[Trial]) -> tuple[Stretch, ...]:
    named = [trial.provenance.facts.get("generation") for trial in trials]
    if not any(isinstance(one, int) for one in named):
        known = Lineage(trials).generations
        named = [known[trial.number] for trial in trials]
    found: list[tuple[int, str]] = []
    newest = -1
    for place, generation in enumerate(named, start=1):
        if isinstance(generation, int) and generation > newest:
            found.append((place, f"generation {generation}"))
            newest = generation
    return _between(found, len(trials))


def _by_batch(trials: Sequence[Trial]) -> tuple[Stretch, ...]:
    found: list[tuple[int, str]] = []
    end = float("-inf")
    for place, trial in enumerate(trials, start=1):
        if trial.started_at >= end:
            found.append((place, f"batch {len(found) + 1}"))
            end = trial.started_at + trial.duration_s
    # One trial after the other is no batch.
    return _between(found, len(trials)) if 2 * len(found) <= len(trials) else ()


def _runs(labels: Sequence[str]) -> tuple[Stretch, ...]:
    starts = [
        (place, label)
        for place, label in enumerate(labels, start=1)
        if place == 1 or label != labels[place - 2]
    ]
    return _between(starts, len(labels))


def _between(starts: Sequence[tuple[int, str]], n_trials: int) -> tuple[Stretch, ...]:
    if not starts:
        return ()
    ends = [place - 1 for place, _ in starts[1:]] + [n_trials]
    return tuple(
        Stretch(label, place, end) for (place, label), end in zip(starts, ends, strict=True)
    )
