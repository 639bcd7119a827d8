"""The finished trials of an evolutionary search, in the order of their standing."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterator
from itertools import islice

from ..trial import Trial, TrialState

Standing = tuple[int, float, int]
"""Sorts trials, best first: stopped early or not, the score turned round, the number."""


def standing_of(trial: Trial) -> Standing:
    """Return what sorts scored trials; by number among equals, so that order of arrival is mute."""
    return int(trial.state is TrialState.STOPPED), -float(trial.score or 0.0), trial.number


class Archive:
    """Keeps the trials that have a score, best first.

    A trial that was stopped early has but the score of the part that ran: it stands below all
    that were completed, and so becomes a parent only where these are too few.
    """

    def __init__(self) -> None:
        self._ranking: list[tuple[Standing, Trial]] = []

    def __len__(self) -> int:
        """Return the number of trials with a score."""
        return len(self._ranking)

    def add(self, trial: Trial) -> None:
        """Take in a finished trial; a failed one is left out."""
        if trial.score is not None and not trial.state.is_failed:
            insort(self._ranking, (standing_of(trial), trial))

    def ranked(self, excluded: Collection[int] = ()) -> Iterator[Trial]:
        """Go through the scored trials, best first, without those excluded."""
        return (trial for _, trial in self._ranking if trial.number not in excluded)

    def best(
        self, n: int, starred: Collection[int] = (), excluded: Collection[int] = ()
    ) -> list[Trial]:
        """Return the n first of `ranked`, those starred before all others."""
        if not starred:
            return list(islice(self.ranked(excluded), n))
        liked = [trial for trial in self.ranked(excluded) if trial.number in starred]
        others = (trial for trial in self.ranked(excluded) if trial.number not in starred)
        return [*liked[:n], *islice(others, max(n - len(liked), 0))]
