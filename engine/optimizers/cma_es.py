"""CMA-ES: a normal distribution over the numbers that moves and stretches towards good trials."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from ..encoding import Encoding, FloatArray
from ..hyper_parameter import SpaceVersion
from ..trial import Config, Provenance, Trial
from .archive import standing_of
from .base import Proposal
from .generations import FEWEST, Generations, size_of
from .mixed_normal import MixedNormal
from .quasi_random import QuasiRandomStart

_N_DRAWS = 32
_LATENT = "inactive"
"""The fact that says where inactive columns were drawn; without it nothing was drawn."""


class CMAESSearch(QuasiRandomStart):
    """Draws from a normal distribution that learns from each generation of trials.

    Mean, size and shape of the distribution follow the better half of a generation (covariance
    matrix adaptation; Hansen and Ostermeier 2001); `MixedNormal` says what it does with whole
    numbers and choices. Where it has shrunk to a point it begins anew around the best trial.

    No worker waits for the end of a generation; see `Generations`: what is asked while one is
    open is drawn from the same distribution, and the first of them to be asked for count.
    Failed trials, and those that the user has excluded, count as the worst of their
    generation, starred ones as the best. A configuration that breaks a constraint or has been
    tried is drawn again, up to 32 times, then anywhere; the distribution learns from it all the
    same. What is inactive keeps the place that was drawn for it.

    The first generation is quasi-random, and so covers all choices; its spread is about that
    of the first distribution. Where another optimizer has left trials, the first distribution
    lies around the best of them, and the first generation is drawn from it.

    Parameters
    ----------
    space, seed, n_trials
        As for every optimizer.
    population : int or None
        Trials of a generation; otherwise 4 + 3 ln d, rounded down.

    Raises
    ------
    OptimizerError
        The population is below 4 or larger than the number of trials planned.

    Examples
    --------
    >>> from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
    >>> space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    >>> CMAESSearch(space).ask(1).provenance.reason
    'generation 1: quasi-random start: 0 of 4 completed'
    """

    name: ClassVar[str] = "cma_es"
    label: ClassVar[str] = "CMA-ES"
    summary: ClassVar[str] = (
        "Draws from a normal distribution that moves and stretches towards good trials."
    )

    def __init__(
        self,
        space: SpaceVersion,
        *,
        seed: int = 0,
        n_trials: int | None = None,
        population: int | None = None,
    ) -> None:
        self._generations = Generations(self.name, 1)
        self.n_start = FEWEST
        super().__init__(space, seed=seed, n_trials=n_trials)
        usual = 4 + int(3 * np.log(self.encoding.n_dims))
        self.n_start = size_of(type(self).__name__, population, n_trials, usual)
        self._generations = Generations(self.name, self.n_start)
        self._begin(None)

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        self._told: list[tuple[int, ...]] = []
        self._told_at: object = None
        self._begin(None)

    def _begin(self, start: Trial | None) -> None:
        """Begin anew around a trial, or the middle."""
        centre = self._points([start])[0] if start else None
        self._distribution = MixedNormal(self.encoding, centre, self.n_start)
        self._origin, self._n_learnt = start, 0

    def _learn(self, trial: Trial) -> None:
        super()._learn(trial)
        self._generations.add(trial)

    def _forget(self) -> None:
        self._generations = Generations(self.name, self.n_start)
        super()._forget()

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        self._bring_up_to_date()
        if self._generations.open == 1 and self._origin is None:
            n_scored = sum(not trial.state.is_failed for trial in self._finished.values())
            return self._generations.labelled(self._first(number, n_scored, rng))
        for _ in range(_N_DRAWS if self._distribution.n_moving else 0):
            point = self._distribution.draw(int(rng.integers(2**32)))
            config = self.encoding.decode_point(point.tolist())
            if self.encoding.is_feasible(config) and self._is_new(config):
                return self._generations.labelled(self._drawn(point, config))
        reason = f"drawn anywhere: {_N_DRAWS} draws had been tried before or were not allowed"
        proposal = Proposal(self._draw(number, rng), Provenance(self.name, reason))
        return self._generations.labelled(proposal)

    def _drawn(self, point: FloatArray, config: Config) -> Proposal:
        places = zip(self.encoding.names, point.tolist(), strict=True)
        facts = {_LATENT: {name: place for name, place in places if name not in config}}
        around = f"trial {self._origin.number}" if self._origin else "the middle"
        reason = (
            f"drawn from the distribution that began around {around} and has learnt from "
            f"{self._n_learnt:,} generations"
        )
        parents = self._better_half()
        operator = "distribution" if parents else ""
        return Proposal(config, Provenance(self.name, reason, parents, operator, facts))

    def _better_half(self) -> tuple[int, ...]:
        """Return the trials that the mean has moved to with the last generation."""
        better = self._told[-1][: self.n_start // 2] if self._n_learnt else ()
        return tuple(one for one in better if not self._standing(self._finished[one])[0])

    def _best_foreign(self) -> Trial | None:
        """Return the best trial that another optimizer has left."""
        scored = [
            trial
            for trial in self._generations.foreign()
            if not trial.state.is_failed and trial.number not in self.excluded
        ]
        return min(scored, key=self._standing, default=None)

    def _standing(self, trial: Trial) -> tuple[Any, ...]:
        is_last = trial.state.is_failed or trial.number in self.excluded
        return is_last, trial.number not in self.starred, standing_of(trial)

    def _bring_up_to_date(self) -> None:
        """Tell the distribution all closed generations, anew where an earlier one has changed.

        What it has been told is compared as the numbers of its start and of the members of each
        generation, best first.
        """
        at = (self._generations.n_changes, self.starred, self.excluded)
        if at == self._told_at:
            return
        start = self._best_foreign()
        closed = [
            sorted(self._generations.members(generation), key=self._standing)
            for generation in range(1, self._generations.open)
        ]
        stories = [[start] if start else [], *closed]
        numbers = [tuple(trial.number for trial in trials) for trials in stories]
        if not self._told or self._told != numbers[: len(self._told)]:
            self._begin(start)
            self._told = numbers[:1]
        for place in range(len(self._told), len(stories)):
            self._tell(stories[place], best_of=stories[: place + 1])
        self._told, self._told_at = numbers, at

    def _tell(self, members: Sequence[Trial], *, best_of: Sequence[Sequence[Trial]]) -> None:
        """Tell the distribution a generation, or begin anew where it has come to its end."""
        if not self._distribution.n_moving:
            return
        # The first generation is not drawn from the distribution, but as broad.
        is_first = self._n_learnt == 0 and self._origin is None
        is_drawn = [is_first or _LATENT in trial.provenance.facts for trial in members]
        if self._distribution.learn(self._points(members), np.array(is_drawn)):
            self._n_learnt += 1
            return
        bests = [trials[0] for trials in best_of if trials]
        self._begin(min(bests, key=self._standing))

    def _points(self, trials: Sequence[Trial]) -> FloatArray:
        """Return the points of trials, inactive columns where they had been drawn."""
        points = self.encoding.encode([trial.config for trial in trials])
        for point, trial in zip(points, trials, strict=True):
            facts = trial.provenance.facts.get(_LATENT)
            drawn = facts if isinstance(facts, Mapping) else {}
            for index in np.flatnonzero(np.isnan(point)).tolist():
                place = drawn.get(self.encoding.names[index])
                is_place = isinstance(place, float) and 0.0 <= place <= 1.0
                point[index] = place if is_place else 0.5
        return points
