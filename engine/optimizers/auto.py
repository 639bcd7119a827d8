"""Automatic search: the method that suits the space, the budget and what is known by then."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import ClassVar

import numpy as np

from ..hyper_parameter import SpaceVersion
from ..trial import Config, Provenance, Trial, TrialState
from . import make_optimizer
from .base import Optimizer, Proposal

MAX_MODELLED = 300
MAX_PENDING = 24
"""Beyond so many finished or pending trials fewer proposals come from the costly model."""


class AutoSearch(Optimizer):
    """Chooses the optimizer for each trial, and hands over from one to the other.

    Trial 1 is the current configuration of the space, the one to beat. The next ones are evenly
    spread. From then on sequential search by a Gaussian process and the Parzen estimator take
    turns, each learning from the trials of both: they err in different places, and together
    were better than either on the design half of `benchmarks/optimizers`. Three proposals in
    four come from the Parzen estimator, which costs less, from 300 finished trials on and where
    more than 24 are pending. With two or more metrics the search is for the front between them,
    by hypervolume. Where trials have a fidelity, the ensemble of models of all fidelities makes
    all proposals.

    The choice depends on the trials known by then, never on the clock, so that a rebuilt search
    is the same search. Each proposal says in its reason which optimizer made it.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 9),))
    >>> AutoSearch(space).ask(1).config
    {'k': 3}
    """

    name: ClassVar[str] = "auto"
    label: ClassVar[str] = "Automatic"
    summary: ClassVar[str] = (
        "Starts from the current values and evenly spread ones, then two models of the scores "
        "take turns."
    )

    learns_fidelities: ClassVar[bool] = True

    def __init__(self, space: SpaceVersion, *, seed: int = 0, n_trials: int | None = None) -> None:
        self._members: dict[str, Optimizer] = {}
        self._finished: dict[int, Trial] = {}
        super().__init__(space, seed=seed, n_trials=n_trials)

    def steer(self, starred: Collection[int], excluded: Collection[int]) -> None:
        """Take in the user's marks, and hand them on."""
        super().steer(starred, excluded)
        for member in self._members.values():
            member.steer(starred, excluded)

    def move_to(self, space: SpaceVersion) -> None:
        """Go on in an edited space, with all optimizers at work."""
        super().move_to(space)
        for member in self._members.values():
            member.move_to(space)

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        current = self._current_config()
        if not self._configs and current is not None:
            return Proposal(current, Provenance(self.name, "the current values, to be beaten"))
        member = self._member(self._choice(number))
        proposal = member.ask(number)
        made = proposal.provenance
        facts = {**made.facts, "member": member.name}
        reason = f"{member.label}: {made.reason}"
        return replace(
            proposal, provenance=replace(made, optimizer=self.name, reason=reason, facts=facts)
        )

    def _choice(self, number: int) -> str:
        """Name the optimizer that makes the proposal."""
        if self.fidelity is not None:
            return "ensemble"
        if any(len(trial.objectives) > 1 for trial in self._finished.values()):
            return "hypervolume"
        is_strained = len(self._finished) >= MAX_MODELLED or len(self._pending) > MAX_PENDING
        return "tpe" if number % (4 if is_strained else 2) else "sequential"

    def _current_config(self) -> Config | None:
        """Return the current values as a configuration; None if they are none."""
        values = {one.name: one.value for one in self.space.hyper_parameters if not one.is_unset}
        config = self.space.conditions.active(values)
        is_allowed = self.space.contains(config) and self.encoding.is_feasible(config)
        return config if is_allowed else None

    def _member(self, name: str) -> Optimizer:
        """Return one of the optimizers, which knows all that is known here."""
        if name not in self._members:
            member = make_optimizer(name, self.space, seed=self.seed, n_trials=self.n_trials)
            member.fidelity = self.fidelity
            member.recall(self._trial(number) for number in self._configs)
            member.steer(self.starred, self.excluded)
            self._members[name] = member
        return self._members[name]

    def _trial(self, number: int) -> Trial:
        made = Provenance(self.name, "")
        running = Trial(number, self._configs[number], TrialState.RUNNING, made)
        return self._finished.get(number, running)

    def _note(self, number: int, config: Config) -> None:
        super()._note(number, config)
        for member in self._members.values():
            if not member.knows(number):  # the one that proposed it does
                member.observe(number, config)

    def _learn(self, trial: Trial) -> None:
        self._finished[trial.number] = trial
        for member in self._members.values():
            member.tell(trial)

    def _forget(self) -> None:
        super()._forget()
        self._members.clear()
        self._finished.clear()
