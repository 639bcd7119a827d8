"""One thing that the diagnosis has found, with the numbers behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ..trial import Trial


class FindingKind(StrEnum):
    """What a finding is about."""

    COLLAPSE = "collapse"
    EDGE = "edge"
    NO_GAIN = "no gain"
    STAGNATION = "stagnation"
    FOLD_SPREAD = "fold spread"
    FAILED = "failed"
    COVERAGE = "coverage"
    CURVES = "curves"


@dataclass(frozen=True)
class Finding:
    """What was found.

    Parameters
    ----------
    kind : FindingKind
        What it is about.
    sentence : str
        For the user.
    hyper_parameter : str
        Which one it concerns; empty where it concerns the study.
    trials : tuple of int
        The trials that show it, to be selected.
    numbers : mapping of str to float
        The numbers that the rule looked at.
    """

    kind: FindingKind
    sentence: str
    hyper_parameter: str = ""
    trials: tuple[int, ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)


def numbers_of(trials: Sequence[Trial]) -> tuple[int, ...]:
    """Return the numbers of trials, ascending."""
    return tuple(sorted(trial.number for trial in trials))


def is_random_draw(trial: Trial) -> bool:
    """Whether a configuration owes nothing to earlier scores, as in a random start."""
    made = trial.provenance
    if made.parents:
        return False
    return made.optimizer in ("random", "quasi-random", "grid") or "random" in made.reason
