"""The trials of a study by rung: who has run at which fidelity, and in which order they rank."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterator, Mapping
from typing import Any

from ..fidelity import Fidelity
from ..trial import Trial, TrialState

PROMOTION = "promotion"
"""The operator of a trial that runs an earlier trial's configuration at the next rung."""


class Rung:
    """The trials at one fidelity.

    Attributes
    ----------
    trials : dict of int to Trial
        All of them by number, running ones included.
    ranking : list of (float, int)
        Negative score and number of those completed, best first and by number among equals,
        so that the order in which results arrived has no say.
    n_finished : int
        How many have ended, failed ones included: to fail is an outcome too.
    n_promoted : int
        How many of them have been started again at the next rung.
    """

    def __init__(self) -> None:
        self.trials: dict[int, Trial] = {}
        self.ranking: list[tuple[float, int]] = []
        self.n_finished = 0
        self.n_promoted = 0

    def take(self, trial: Trial) -> None:
        """Add a trial, or the outcome of one that is here."""
        self.trials[trial.number] = trial
        self.n_finished += trial.state.is_finished
        if trial.state is TrialState.COMPLETED and trial.score is not None:
            insort(self.ranking, (-trial.score, trial.number))

    def completed(self) -> list[Trial]:
        """Return the completed trials, best first."""
        return [self.trials[number] for _, number in self.ranking]


class Rungs:
    """All trials of a study, from the lowest rung to the highest.

    A trial without a fidelity had all of the resource and is on the highest rung. A trial that
    was stopped early has ended, but its score is that of a part and is not ranked.

    Parameters
    ----------
    fidelity : Fidelity
        The ladder.
    """

    def __init__(self, fidelity: Fidelity) -> None:
        self.fidelity = fidelity
        self.by_configuration: dict[str, list[Trial]] = {}
        self._rungs = tuple(Rung() for _ in fidelity.rungs)
        self._keys: dict[int, str] = {}
        self._rung_of: dict[int, int] = {}
        self._reached: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self._rungs)

    def __getitem__(self, rung: int) -> Rung:
        return self._rungs[rung]

    def knows(self, number: int) -> bool:
        """Whether the trial of that number has been taken in."""
        return number in self._rung_of

    def __iter__(self) -> Iterator[Rung]:
        return iter(self._rungs)

    def take(self, trial: Trial) -> None:
        """Add a trial, or the outcome of one that is known."""
        rung = self.fidelity.rung_of(trial.fidelity)
        self._rung_of[trial.number] = rung
        key = self._keys.setdefault(trial.number, configuration_key(trial.config))
        trials = self.by_configuration.setdefault(key, [])
        if trial.number in self[rung].trials:
            trials[:] = [one for one in trials if one.number != trial.number]
        elif trial.provenance.operator == PROMOTION and rung > 0:
            self[rung - 1].n_promoted += 1
        trials.append(trial)
        self[rung].take(trial)
        self._reached[key] = max(self._reached.get(key, 0), rung)

    def of(self, trial: Trial) -> int:
        """Return the rung of a known trial."""
        return self._rung_of[trial.number]

    def alike(self, trial: Trial) -> list[Trial]:
        """Return the trials of a known trial's configuration, itself included."""
        return self.by_configuration[self._keys[trial.number]]

    def has_moved_on(self, trial: Trial) -> bool:
        """Whether its configuration runs, or has run, at a higher rung."""
        return self._reached[self._keys[trial.number]] > self.of(trial)


def configuration_key(config: Mapping[str, Any]) -> str:
    """Return a text that equal configurations share, whatever space they are from."""
    return repr(sorted(config.items()))
