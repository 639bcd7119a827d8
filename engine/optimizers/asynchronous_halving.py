"""Asynchronous halving with delayed promotion, and a learnt choice of the rung to start at."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from ..encoding import Encoding
from ..errors import OptimizerError
from ..fidelity import Fidelity
from ..hyper_parameter import SpaceVersion
from ..trial import Trial
from .base import Optimizer
from .ensemble import EnsembleSearch
from .fidelity_models import FidelityModels
from .halving import hyperband_brackets
from .rungs import Rung
from .scheduler import Entry, Promotion, Scheduler

ENTRIES = ("automatic", "round robin", "lowest")


class AsynchronousHalving(Scheduler):
    """Promotes one trial at a time, as soon as its rung has shown enough.

    Of the d trials of a rung that have ended at most floor(d / eta) are promoted (Li, Y., et
    al. 2022, "Hyper-Tune", section 4.2: delayed promotion), and none before d is the share of
    that rung in a full bracket: 27, 9 and 3 of a ladder of four rungs with eta 3. Looked at
    from the highest rung down, the first among the best floor(d / eta) that has not been
    promoted goes on. With neither condition it is plain asynchronous halving (Li, L., et al.
    2020, "A system for massively parallel hyperparameter tuning"), which promotes more trials
    the less it knows.

    A new configuration starts at the lowest rung; or by turns at the rungs at which Hyperband's
    brackets start, as often as these have places; or, by default, at a rung i drawn in
    proportion to w_i / r_i. w_i are the weights of the rungs' models by how well they order the
    scores at the highest rung that has enough of them (see `FidelityModels`), r_i the amounts: a
    rung that tells little is skipped, and a dear one has to earn its cost. Until the second rung
    has 6 results it is the lowest: other than in Hyper-Tune, where turns are taken until then,
    for that spends half of the first cost on full trials of configurations that nobody knows.

    With the proposer `EnsembleSearch` this is Hyper-Tune.

    Parameters
    ----------
    space, seed, n_trials, proposer, fidelity
        As for every scheduler.
    entry : {"automatic", "round robin", "lowest"}
        Where new configurations start.
    is_delayed : bool
        Whether both conditions hold; without them it is plain asynchronous halving.

    Raises
    ------
    OptimizerError
        `entry` is none of these.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> from tuneboard.engine.optimizers.random import RandomSearch
    >>> space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    >>> ladder = Fidelity("epochs", 1, 27)
    >>> search = AsynchronousHalving(space, proposer=RandomSearch, fidelity=ladder, entry="lowest")
    >>> search.ask(1).provenance.reason
    'drawn at random; starts at 1 epochs'
    """

    name: ClassVar[str] = "asynchronous_halving"
    label: ClassVar[str] = "Asynchronous halving"
    summary: ClassVar[str] = (
        "Starts trials small and promotes the best one by one, as soon as enough is known."
    )

    def __init__(
        self,
        space: SpaceVersion,
        *,
        seed: int = 0,
        n_trials: int | None = None,
        proposer: type[Optimizer],
        fidelity: Fidelity,
        entry: str = "automatic",
        is_delayed: bool = True,
    ) -> None:
        if entry not in ENTRIES:
            rule = f"be one of {', '.join(ENTRIES)}"
            raise OptimizerError.must("AsynchronousHalving.entry", rule, entry, "Choose one.")
        self.entry, self.is_delayed = entry, is_delayed
        self._n_started = 0
        super().__init__(space, seed=seed, n_trials=n_trials, proposer=proposer, fidelity=fidelity)
        self._turns = _turns(len(self.rungs), self.lowest, fidelity.eta)

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self._own_models = FidelityModels(encoding)

    @property
    def _models(self) -> FidelityModels:
        """The proposer's own, where it has some, so that none is fitted twice."""
        made = self._proposer
        return made.models if isinstance(made, EnsembleSearch) else self._own_models

    def _forget(self) -> None:
        super()._forget()
        self._n_started = 0

    def _take(self, trial: Trial) -> None:
        is_mine = trial.provenance.facts.get("scheduler") == self.name
        is_known = self.rungs.knows(trial.number)
        self._n_started += is_mine and not trial.provenance.parents and not is_known
        super()._take(trial)

    def _promotion(self, *, is_last: bool) -> Promotion | None:
        for below in reversed(range(len(self.rungs) - 1)):
            rung = self.rungs[below]
            if self._may_promote(rung, below, is_last=is_last):
                promotion = self._first_of(rung)
                if promotion is not None:
                    return promotion
        return None

    def _may_promote(self, rung: Rung, below: int, *, is_last: bool) -> bool:
        eta, n_finished = self.fidelity.eta, rung.n_finished
        if not self.is_delayed:
            return n_finished >= eta
        n_needed = 1 if is_last else eta ** (len(self.rungs) - 1 - below)
        return n_finished >= n_needed and (rung.n_promoted + 1) * eta <= n_finished

    def _first_of(self, rung: Rung) -> Promotion | None:
        """Return the best trial that may climb, of the best share of those in the space."""
        completed = [one for one in rung.completed() if one.number not in self._outside]
        n_failed = rung.n_finished - len(rung.ranking)
        n_ranked = len(completed) + n_failed
        for rank, trial in enumerate(completed[: n_ranked // self.fidelity.eta], 1):
            if self._may_climb(trial):
                facts = {"bracket": trial.provenance.facts.get("bracket", self.rungs.of(trial))}
                return Promotion(trial, rank, n_ranked, facts)
        return None

    def _entry(self, rng: np.random.Generator) -> Entry:
        if self.entry == "round robin":
            return _entry_at(self._turns[self._n_started % len(self._turns)])
        weights = None if self.entry == "lowest" else self._models.weights(tuple(self.rungs))
        if weights is None:
            return _entry_at(self.lowest)
        odds = np.array(weights) / np.array(self.fidelity.rungs, dtype=float)
        odds[: self.lowest] = 0.0
        if not odds.any():  # what is modelled lies below, from before the budget was cut
            odds[self.lowest] = 1.0
        rung = int(rng.choice(len(odds), p=odds / odds.sum()))
        return _entry_at(rung, weights=list(weights))


def _entry_at(rung: int, **facts: object) -> Entry:
    return Entry(rung, {"bracket": rung, **facts})


def _turns(n_rungs: int, lowest: int, eta: int) -> tuple[int, ...]:
    """Return the rungs to start at, in turn: those of Hyperband's brackets, evenly mixed."""
    brackets = hyperband_brackets(n_rungs - lowest, eta)
    places = [
        ((place + 0.5) / bracket.sizes[0], lowest + bracket.entry)
        for bracket in brackets
        for place in range(bracket.sizes[0])
    ]
    return tuple(rung for _, rung in sorted(places))
