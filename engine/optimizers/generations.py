"""Generations that no worker waits for, counted from the history alone."""

from __future__ import annotations

from bisect import insort
from dataclasses import replace

from ..errors import OptimizerError
from ..trial import Trial
from .base import Proposal, check_count

N_TRIALS = 100
"""Trials assumed where it is open how many are planned."""

FEWEST = 4
"""Members that a population must have."""


class Generations:
    """Sorts trials into generations by what is written in their provenance.

    A generation is closed once as many of its trials have finished, failed ones too, as the
    population has members. What is asked while it is open belongs to it as well, however many
    that are, and is bred from what the closed generations know; what finishes later is known
    from then on. Trials of other optimizers, or from before the study, belong to generation 0,
    which is always closed.

    Parameters
    ----------
    optimizer : str
        The short name of the optimizer whose generations are counted.
    size : int
        Members of the population.

    Attributes
    ----------
    open : int
        The generation that is open, counted from 1.
    n_changes : int
        How often something has changed in the closed generations.
    """

    def __init__(self, optimizer: str, size: int) -> None:
        self._optimizer, self.size = optimizer, size
        self._finished: dict[int, list[tuple[int, Trial]]] = {}
        self.open = 1
        self.n_changes = 0

    def add(self, trial: Trial) -> list[Trial]:
        """Take in a finished trial; return those of closed generations that are known by it."""
        generation = self.of(trial)
        insort(self._finished.setdefault(generation, []), (trial.number, trial))
        if generation < self.open:
            self.n_changes += 1
            return [trial]
        known: list[Trial] = []
        while len(self._finished.get(self.open, ())) >= self.size:
            self.n_changes += 1
            known += [one for _, one in self._finished[self.open]]
            self.open += 1
        return known

    def members(self, generation: int) -> list[Trial]:
        """Return the finished trials of a closed generation that count, by number.

        They are as many as the population has members, those with the lowest numbers.
        """
        return [trial for _, trial in self._finished[generation][: self.size]]

    def foreign(self) -> list[Trial]:
        """Return the finished trials of generation 0, by number."""
        return [trial for _, trial in self._finished.get(0, ())]

    def labelled(self, proposal: Proposal) -> Proposal:
        """Return a proposal that says which generation it belongs to: the open one."""
        made = proposal.provenance
        reason = f"generation {self.open}: {made.reason}"
        facts = {**made.facts, "generation": self.open}
        return replace(proposal, provenance=replace(made, reason=reason, facts=facts))

    def of(self, trial: Trial) -> int:
        """Return the generation that a trial belongs to."""
        generation = trial.provenance.facts.get("generation")
        is_own = trial.provenance.optimizer == self._optimizer and isinstance(generation, int)
        return max(generation, 0) if is_own and generation is not None else 0


def usual_size(n_trials: int | None) -> int:
    """Return an eighth of the trials planned, between 6 and 24."""
    return min(max((n_trials or N_TRIALS) // 8, 6), 24)


def size_of(owner: str, population: int | None, n_trials: int | None, usual: int) -> int:
    """Return the size of a population: the usual one, unless told otherwise.

    Raises
    ------
    OptimizerError
        It is below 4, or larger than the number of trials planned.
    """
    if population is None:
        return usual
    name = f"{owner}.population"
    check_count(name, population, at_least=FEWEST)
    if n_trials is not None and population > n_trials:
        rule = f"be at most the number of trials planned, {n_trials:,}"
        raise OptimizerError.must(
            name, rule, population, "Plan more trials, or have fewer members."
        )
    return population
