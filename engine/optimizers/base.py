"""The ask/tell contract of every optimizer, and the guard of its call order."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import pairwise
from numbers import Real
from typing import Any, ClassVar

import numpy as np

from ..encoding import Encoding
from ..errors import OptimizerError, SpaceExhaustedError
from ..fidelity import Fidelity
from ..hyper_parameter import SpaceVersion
from ..sampling import Sampler
from ..trial import Config, Provenance, Trial

_N_DRAWS = 16
_N_LOOKS = 100_000


@dataclass(frozen=True, slots=True)
class Proposal:
    """A configuration to try, why, and at which fidelity (None for the full one)."""

    config: Config
    provenance: Provenance
    fidelity: float | None = None


class Optimizer(ABC):
    """Proposes configurations and learns from their scores; knows nothing of running.

    Any number of trials may be pending. What is proposed depends on the space, the seed,
    the number asked for and the trials known by then, never on the order of their results.
    So a study goes on as before once `recall` has been given its trials.

    Subclasses set the three class attributes and write `_propose`. One that learns from
    scores also writes `_learn`, and extends `_forget` to drop what it has learnt.

    Parameters
    ----------
    space : SpaceVersion
        The space to search.
    seed : int
        Not negative. Proposal n draws from ``numpy.random.default_rng([seed, n])``.
    n_trials : int or None
        Trials planned in all, for optimizers that plan ahead; None when that is open.

    Attributes
    ----------
    name, label, summary : str
        The short name, what the page calls it, and one plain sentence about it.
    starred, excluded : frozenset of int
        Numbers of trials that the user has marked; see `steer`.
    fidelity : Fidelity or None
        The ladder that trials climb, set by a scheduler; None where all use the full amount.
    learns_fidelities : bool
        Whether it can learn from results at several fidelities, each as it is. To another one a
        scheduler tells one result per configuration; see `Scheduler`.

    Raises
    ------
    OptimizerError
        Nothing is searched, or the seed or the number of trials is not valid.
    SpaceError
        The constraints leave nothing to try.
    """

    name: ClassVar[str]
    label: ClassVar[str]
    summary: ClassVar[str]
    learns_fidelities: ClassVar[bool] = False
    fidelity: Fidelity | None = None

    def __init__(self, space: SpaceVersion, *, seed: int = 0, n_trials: int | None = None) -> None:
        owner = type(self).__name__
        check_count(f"{owner}.seed", seed, at_least=0)
        if n_trials is not None:
            check_count(f"{owner}.n_trials", n_trials, at_least=1)
        self.seed, self.n_trials = seed, n_trials
        self.starred: frozenset[int] = frozenset()
        self.excluded: frozenset[int] = frozenset()
        self._configs: dict[int, Config] = {}
        self._pending: set[int] = set()
        self._enter(self._encoding_of(space))

    @classmethod
    def is_installed(cls) -> bool:
        """Whether all packages that it needs are there; the page offers it only then."""
        return True

    def ask(self, number: int) -> Proposal:
        """Propose the configuration of trial `number`, which is pending from then on.

        Raises
        ------
        OptimizerError
            The number is below 1, or was asked for before.
        SpaceExhaustedError
            Every configuration has been tried or is pending.
        """
        check_count("Trial.number", number, at_least=1)
        if number in self._configs:
            raise _refusal("ask", number, "which was asked for before", "Ask for the next number")
        self._check_not_exhausted(number)
        proposal = self._propose(number, np.random.default_rng([self.seed, number]))
        self._note(number, proposal.config)
        self._own.append(proposal.config)
        return proposal

    def observe(self, number: int, config: Config) -> None:
        """Take in a trial that was asked for elsewhere; it is pending from then on.

        Raises
        ------
        OptimizerError
            The number was asked for or observed before.
        """
        if number in self._configs:
            raise _refusal("observe", number, "which it has already", "Give each trial once")
        self._note(number, config)
        self._foreign.append(config)

    def knows(self, number: int) -> bool:
        """Whether it has the trial of that number, pending or told."""
        return number in self._configs

    def tell(self, trial: Trial) -> None:
        """Learn the outcome of a pending trial, completed or failed.

        Raises
        ------
        OptimizerError
            The trial was never asked for or told before, has not finished, or is completed
            with a score that is no finite number. Nothing is learnt then.
        """
        if trial.number not in self._configs:
            raise _refusal("tell", trial.number, "which ask() never gave", "Ask for it first")
        if trial.number not in self._pending:
            raise _refusal("tell", trial.number, "which was told before", "Tell a trial once")
        _check_outcome(trial)
        self._pending.discard(trial.number)
        self._learn(trial)

    def recall(self, trials: Iterable[Trial]) -> None:
        """Start afresh from a history: finished trials are learnt, the others are pending.

        Raises
        ------
        OptimizerError
            A number stands twice, or a completed trial has a score that is no finite
            number. Nothing is changed then.
        """
        history = sorted(trials, key=lambda trial: trial.number)
        _check_history(history)
        self._forget()
        for trial in history:
            self._note(trial.number, trial.config)
            self._foreign.append(trial.config)
            if trial.state.is_finished:
                self._pending.discard(trial.number)
                self._learn(trial)

    def move_to(self, space: SpaceVersion) -> None:
        """Go on in an edited space; what was learnt stays, and so do pending trials.

        Raises
        ------
        OptimizerError, SpaceError
            Nothing is searched in the new space, or its constraints leave nothing to try; the
            optimizer then stays in the old one.
        """
        self._enter(self._encoding_of(space))

    @abstractmethod
    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        """Make the proposal for trial `number`, drawing from `rng` alone."""

    def steer(self, starred: Collection[int], excluded: Collection[int]) -> None:
        """Take in which trials the user likes, and which are to have no say, by number."""
        self.starred, self.excluded = frozenset(starred), frozenset(excluded)

    def _learn(self, trial: Trial) -> None:
        """Take in a finished trial; a failed one too, whose score is None.

        The score of a trial that was stopped early is that of the part that ran.
        """

    def _forget(self) -> None:
        """Drop all trials; subclasses drop what they learnt from them."""
        self._configs.clear()
        self._pending.clear()
        self._enter(self.encoding)

    def _enter(self, encoding: Encoding) -> None:
        """Make an encoding the current one; subclasses lay out there what depends on it."""
        self.sampler = Sampler(encoding)
        self.space, self.encoding = encoding.space, encoding
        self._keys: set[str] = set()
        # Not keyed yet: proposals, which lie in the space, and others, which may not.
        self._own: list[Config] = []
        self._foreign = list(self._configs.values())

    def _is_new(self, config: Config) -> bool:
        """Whether no earlier trial has this configuration."""
        return self.encoding.key(config) not in self._tried()

    def _draw(self, number: int, rng: np.random.Generator) -> Config:
        """Draw a feasible configuration uniformly; in a finite space, a new one."""
        config = self.sampler.draw(rng)
        if self.encoding.n_configs is None:
            return config
        for _ in range(_N_DRAWS):
            if self._is_new(config):
                return config
            config = self.sampler.draw(rng)
        return self._next_new(number, int(rng.integers(self.encoding.n_configs))) or config

    def _next_new(self, number: int, start: int) -> Config | None:
        """Return the first new configuration of a finite space; None after a long look.

        Raises
        ------
        SpaceExhaustedError
            All have been looked at. Conditions and constraints make them fewer than counted.
        """
        n_configs = self.encoding.n_configs or 0
        for index in range(min(n_configs, _N_LOOKS)):
            config = self.encoding.config_at((start + index) % n_configs)
            if self.encoding.is_feasible(config) and self._is_new(config):
                return config
        if n_configs <= _N_LOOKS:
            n_tried = len(self._tried())
            raise self._exhaustion(number, f"all {n_tried:,} configurations have been tried")
        return None

    def _note(self, number: int, config: Config) -> None:
        self._configs[number] = config
        self._pending.add(number)

    def _tried(self) -> set[str]:
        """Return the keys of the known configurations; of a finite space, those in it.

        Keys cost time and not every optimizer needs them: they are made when asked for.
        """
        if self._foreign and self.encoding.n_configs is not None:
            self._foreign = [config for config in self._foreign if self._is_reachable(config)]
        self._keys.update(map(self.encoding.key, self._own + self._foreign))
        self._own, self._foreign = [], []
        return self._keys

    def _is_reachable(self, config: Config) -> bool:
        """Whether the current space, its fixed values included, can propose this."""
        (point,) = self.encoding.encode([config])
        again = self.encoding.decode_point(np.nan_to_num(point, nan=0.5).tolist())
        return self.encoding.key(again) == self.encoding.key(config)

    def _check_not_exhausted(self, number: int) -> None:
        n_configs = self.encoding.n_configs
        if n_configs is None or len(self._configs) < n_configs:
            return
        if len(self._tried()) >= n_configs:
            raise self._exhaustion(number, f"all {n_configs:,} configurations have been tried")

    def _exhaustion(self, number: int, what: str) -> SpaceExhaustedError:
        message = f"{what[:1].upper()}{what[1:]}. Widen the search space to go on."
        return SpaceExhaustedError(message, name="ask", value=number)

    def _encoding_of(self, space: SpaceVersion) -> Encoding:
        if not space.searched:
            raise OptimizerError.must(
                f"{type(self).__name__}.space",
                "have a hyper-parameter to search",
                list(space.names),
                "Switch at least one on.",
            )
        return Encoding(space)


def check_count(name: str, value: Any, *, at_least: int) -> None:
    """Refuse what is no whole number, or one that is too low."""
    is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
    if not is_whole or value < at_least:
        rule = f"be a whole number of at least {at_least}"
        raise OptimizerError.must(name, rule, value, "Give such a number.")


def _check_outcome(trial: Trial) -> None:
    if not trial.state.is_finished:
        why = f"which is {trial.state}"
        raise _refusal("tell", trial.number, why, "Tell it when it is finished")
    if not trial.state.is_failed:
        _check_score(trial.number, trial.score)


def _check_score(number: int, score: Any) -> None:
    is_number = isinstance(score, Real) and not isinstance(score, bool)
    if not is_number or not math.isfinite(score):
        raise OptimizerError.must(
            f"Trial {number}.score",
            "be a finite number when it is completed",
            score,
            "Tell it as failed.",
        )


def _check_history(history: list[Trial]) -> None:
    """Check trials that are in the order of their numbers."""
    for before, trial in pairwise(history):
        if before.number == trial.number:
            raise _refusal("recall", trial.number, "which it got before", "Give each trial once")
    for trial in history:
        if trial.state.is_finished and not trial.state.is_failed:
            _check_score(trial.number, trial.score)


def _refusal(call: str, number: int, why: str, advice: str) -> OptimizerError:
    message = f"{call}() got trial {number}, {why}. {advice}."
    return OptimizerError(message, name=f"trial {number}", value=number)
