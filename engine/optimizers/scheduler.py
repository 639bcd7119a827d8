"""What all schedulers share: they say how far a configuration goes, a proposer says which."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from ..encoding import Encoding
from ..errors import SpaceExhaustedError
from ..fidelity import Fidelity
from ..hyper_parameter import SpaceVersion
from ..trial import Provenance, Trial, TrialState
from .base import Optimizer, Proposal
from .common_scale import on_common_scale
from .rungs import PROMOTION, Rungs


@dataclass(frozen=True)
class Promotion:
    """A trial whose configuration is to run at the next rung, and why."""

    trial: Trial
    rank: int
    n_ranked: int
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """The rung at which a new configuration starts."""

    rung: int
    facts: dict[str, Any] = field(default_factory=dict)


class Scheduler(Optimizer):
    """Decides at which fidelity each trial runs, and has a proposer make new configurations.

    A promotion is a trial of its own: the same configuration at the next rung, its parent the
    trial at the rung below. It is made anew, not resumed. Failed trials and those stopped early
    are never promoted, nor trials that the user has excluded, nor what the space, which may
    have been edited, no longer contains; no configuration runs twice at one rung. As always no
    worker waits: what is not a promotion is a new configuration.

    **What the proposer is told.** A proposer that learns from several fidelities is told all
    trials as they are. Any other is told one trial per configuration: that at the highest rung
    among those which have ended, with its score carried to the scale of the highest rung (see
    `on_common_scale`); or, while none has ended, the first, as pending. So a configuration
    whose promotion is running is known by its earlier score, and one that failed higher up as
    failed. Marks of the user hold for all trials of a configuration.

    Parameters
    ----------
    space, seed
        As for every optimizer; the proposer has the same.
    n_trials : int or None
        Trials planned in all, promotions included. With fewer than one configuration needs to
        win through all rungs, the lowest are left out. The proposer is told to plan for the new
        configurations among them.
    proposer : type of Optimizer, or function that makes one
        Makes the new configurations.
    fidelity : Fidelity
        The ladder.

    Attributes
    ----------
    lowest : int
        The lowest rung in use.
    """

    def __init__(
        self,
        space: SpaceVersion,
        *,
        seed: int = 0,
        n_trials: int | None = None,
        proposer: Callable[..., Optimizer],
        fidelity: Fidelity,
    ) -> None:
        self.fidelity: Fidelity = fidelity
        self._make_proposer = proposer
        self._outside: frozenset[int] = frozenset()
        self.rungs = Rungs(fidelity)
        super().__init__(space, seed=seed, n_trials=n_trials)
        self.lowest = _lowest(fidelity, n_trials)

    def recall(self, trials: Iterable[Trial]) -> None:
        """Start afresh from a history, at whatever fidelities its trials ran."""
        history = list(trials)
        super().recall(history)
        for trial in history:
            if not trial.state.is_finished:
                self._take(trial)
        self._find_outside()

    def steer(self, starred: Collection[int], excluded: Collection[int]) -> None:
        """Take in the user's marks; a mark on one trial holds for all of its configuration."""
        super().steer(starred, excluded)
        if self._proposer.learns_fidelities:
            self._proposer.steer(starred, excluded)
        else:
            self._is_told = False

    def move_to(self, space: SpaceVersion) -> None:
        """Go on in an edited space; what lies outside it is no longer promoted."""
        super().move_to(space)
        self._find_outside()

    @abstractmethod
    def _promotion(self, *, is_last: bool) -> Promotion | None:
        """Return the next promotion, if there is one.

        With `is_last` no new configuration is left, so that nothing is gained by waiting.
        """

    @abstractmethod
    def _entry(self, rng: np.random.Generator) -> Entry:
        """Choose where the next new configuration starts."""

    def _enter(self, encoding: Encoding) -> None:
        planned = self.n_trials and -(-self.n_trials * (self.fidelity.eta - 1) // self.fidelity.eta)
        proposer = self._make_proposer(encoding.space, seed=self.seed, n_trials=planned)
        super()._enter(encoding)
        proposer.fidelity = self.fidelity
        self._proposer = proposer
        self._is_told = False

    def _forget(self) -> None:
        self.rungs = Rungs(self.fidelity)
        super()._forget()

    def _learn(self, trial: Trial) -> None:
        self._take(trial)
        # To one that learns nothing from scores there is nothing to tell.
        if type(self._proposer)._learn is not Optimizer._learn:
            self._is_told &= self._proposer.learns_fidelities

    def _take(self, trial: Trial) -> None:
        """Note a trial or its outcome; subclasses extend it, and `_forget`, for their own books."""
        self.rungs.take(trial)
        if self._is_told and self._proposer.learns_fidelities:
            self._pass_on(trial)

    def _pass_on(self, trial: Trial) -> None:
        """Let a proposer that learns from all fidelities have a trial as it is."""
        if not self._proposer.knows(trial.number):
            self._proposer.observe(trial.number, trial.config)
        if trial.state.is_finished:
            self._proposer.tell(trial)

    def _check_not_exhausted(self, number: int) -> None:
        """Leave it to the proposer: what has been tried may still be promoted."""

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        promotion = self._promotion(is_last=False)
        try:
            proposal = self._promoted(promotion) if promotion else self._started(number, rng)
        except SpaceExhaustedError:
            promotion = self._promotion(is_last=True)
            if promotion is None:
                raise
            proposal = self._promoted(promotion)
        made, fidelity = proposal.provenance, proposal.fidelity
        self._take(Trial(number, proposal.config, TrialState.RUNNING, made, fidelity=fidelity))
        return proposal

    def _started(self, number: int, rng: np.random.Generator) -> Proposal:
        """Have a new configuration made, and choose where it starts."""
        self._tell_proposer()
        proposal = self._proposer.ask(number)
        # A stream of its own: the proposer draws from that of the same seed and number.
        entry = self._entry(rng.spawn(1)[0])
        made = proposal.provenance
        reason = f"{made.reason}; starts at {self.fidelity.words(entry.rung)}"
        facts = {**made.facts, **self._facts(entry.rung), **entry.facts}
        made = replace(made, reason=reason, facts=facts)
        return Proposal(proposal.config, made, self.fidelity.rungs[entry.rung])

    def _promoted(self, promotion: Promotion) -> Proposal:
        trial, below = promotion.trial, self.rungs.of(promotion.trial)
        words = self.fidelity.words
        reason = (
            f"promoted to {words(below + 1)}: {_ordinal(promotion.rank)}best of "
            f"{promotion.n_ranked} on the rung of {words(below)}"
        )
        facts = {
            **self._facts(below + 1),
            "rank": promotion.rank,
            "n_ranked": promotion.n_ranked,
            **promotion.facts,
        }
        made = Provenance(self.name, reason, (trial.number,), PROMOTION, facts)
        return Proposal(trial.config, made, self.fidelity.rungs[below + 1])

    def _facts(self, rung: int) -> dict[str, Any]:
        return {"scheduler": self.name, "rung": rung}

    def _tell_proposer(self) -> None:
        """Bring the proposer up to date, where there is news since it was last asked."""
        if self._is_told:
            return
        if self._proposer.learns_fidelities:
            told = [trial for rung in self.rungs for trial in rung.trials.values()]
            self._proposer.steer(self.starred, self.excluded)
        else:
            told = on_common_scale(self.rungs)
            marks = (self._marked(told, marks) for marks in (self.starred, self.excluded))
            self._proposer.steer(*marks)
        self._proposer.recall(told)
        self._is_told = True

    def _marked(self, told: Iterable[Trial], marks: Collection[int]) -> list[int]:
        if not marks:
            return []
        return [
            trial.number
            for trial in told
            if any(one.number in marks for one in self.rungs.alike(trial))
        ]

    def _may_climb(self, trial: Trial) -> bool:
        """Whether nothing but its rank stands between a completed trial and the next rung."""
        return (
            trial.number not in self._outside
            and trial.number not in self.excluded
            and not self.rungs.has_moved_on(trial)
        )

    def _find_outside(self) -> None:
        """Note the trials that the space, edited since, no longer contains."""
        self._outside = frozenset(
            trial.number
            for rung in self.rungs
            for trial in rung.trials.values()
            if not self.space.contains(trial.config)
        )


def _lowest(fidelity: Fidelity, n_trials: int | None) -> int:
    """Return the lowest rung from which so many trials are enough to bring one to the top."""
    top = len(fidelity.rungs) - 1
    n_needed = 1
    for rung in range(top, 0, -1):
        n_needed += fidelity.eta ** (top - rung + 1)
        if n_trials is not None and n_needed > n_trials:
            return rung
    return 0


def _ordinal(rank: int) -> str:
    """Write "2nd " and so on; nothing for the first."""
    if rank == 1:
        return ""
    ending = (
        "th" if rank % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(rank % 10, "th")
    )
    return f"{rank}{ending} "
