"""Optuna's samplers as optimizers, for those who have optuna installed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from importlib.util import find_spec
from typing import Any, ClassVar

import numpy as np

from ..conversion.optuna_space import to_optuna
from ..conversion.quiet_optuna import quietly
from ..encoding import Encoding
from ..errors import OptimizerError
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..trial import Config, Provenance, Trial, TrialState
from .base import Optimizer, Proposal

_N_DRAWS = 10
_EXTRA = "'tuneboard[optuna]'"


class OptunaSearch(Optimizer):
    """Asks one of Optuna's samplers; a subclass per sampler.

    The sampler is made afresh at each ask, seeded by the study's seed and the trial's number,
    and given the known trials as those of a study of Optuna in memory. Some samplers keep
    their state in attributes of the trials that they proposed: for them the history is
    replayed, the finished trials first, as if they had been proposed one after the other. So
    the proposal depends on the history alone. In a run of one worker no trial is replayed
    twice; with several, each ask replays them all.

    Hyper-parameters are suggested in the order of their conditions, inactive ones not at all. A
    proposal that breaks a constraint, or that was tried before, is drawn again, up to ten times;
    then the configuration is drawn uniformly. Trials that do not fit into the space of the
    moment, and excluded ones, are not passed on. Trials that were stopped early are passed on as
    pruned. Choices are passed on as their places in the list.

    Parameters
    ----------
    space, seed, n_trials
        As for every optimizer.

    Raises
    ------
    OptimizerError
        A package that it needs is not installed; the message has the line that installs it.
    SpaceError
        Optuna cannot say the range of a hyper-parameter.
    """

    label: ClassVar[str]
    sampler_name: ClassVar[str]
    packages: ClassVar[Mapping[str, str]] = {"optuna": _EXTRA}
    """What must be installed -> what installs it."""
    is_replayed: ClassVar[bool] = False
    is_multi_objective: ClassVar[bool] = True

    def __init__(self, space: SpaceVersion, *, seed: int = 0, n_trials: int | None = None) -> None:
        self._check_installed()
        self._finished: dict[int, Trial] = {}
        super().__init__(space, seed=seed, n_trials=n_trials)

    @classmethod
    def is_installed(cls) -> bool:
        """Whether all that it needs is there."""
        return all(find_spec(package) is not None for package in cls.packages)

    @classmethod
    def _check_installed(cls) -> None:
        for package, source in cls.packages.items():
            if find_spec(package) is None:
                message = (
                    f"{package} must be installed for {cls.name}. Install it: pip install {source}"
                )
                raise OptimizerError(message, name=package)

    def _enter(self, encoding: Encoding) -> None:
        super()._enter(encoding)
        with quietly():
            self._distributions = to_optuna(_plain_space(encoding.space))
        self._mirror: _Mirror | None = None
        self._passed: dict[int, dict[str, Any] | None] = {}

    def _learn(self, trial: Trial) -> None:
        self._finished[trial.number] = trial

    def _forget(self) -> None:
        super()._forget()
        self._finished.clear()

    def _propose(self, number: int, rng: np.random.Generator) -> Proposal:
        with quietly():
            known = self._known()
            mirror = self._mirror = self._mirrored(known)
            for draw in range(_N_DRAWS):
                asked = self._ask(mirror, number, draw)
                config = self._suggested(asked)
                if self.encoding.is_feasible(config) and self._is_new(config):
                    mirror.steps.append((number, False))
                    mirror.last = asked
                    return Proposal(config, self._provenance(len(known), draw))
                mirror.study.tell(asked, state=_state(TrialState.FAILED))
                # What was refused is no part of the history: the next ask starts afresh.
                self._mirror = None
        reason = f"drawn at random: {_N_DRAWS} proposals of {self.sampler_name} were tried before"
        reason += " or not allowed"
        return Proposal(self._draw(number, rng), Provenance(self.name, reason))

    def _provenance(self, n_known: int, n_refused: int) -> Provenance:
        reason = f"proposed by Optuna's {self.sampler_name} from {n_known:,} trials"
        if n_refused:
            reason += f", draw {n_refused + 1}: those before were tried or not allowed"
        facts = {"sampler": self.sampler_name, "n_known": n_known, "n_refused": n_refused}
        return Provenance(self.name, reason, facts=facts)

    def _known(self) -> list[Trial]:
        """Return the trials that can be passed on: finished ones by number, then pending ones."""
        finished = [self._finished[number] for number in sorted(self._finished)]
        n_objectives = self._n_objectives(finished)
        pending = [
            Trial(number, self._configs[number], TrialState.RUNNING, Provenance("", ""))
            for number in sorted(self._pending)
        ]
        return [
            trial
            for trial in (*finished, *pending)
            if trial.number not in self.excluded
            and (trial.score is None or len(self._values(trial)) == n_objectives)
            and (trial.state is not TrialState.STOPPED or n_objectives == 1)
            and self._params_of(trial) is not None
        ]

    def _n_objectives(self, finished: list[Trial]) -> int:
        scored = [len(self._values(trial)) for trial in finished if trial.score is not None]
        return scored[-1] if scored else 1

    def _values(self, trial: Trial) -> tuple[float, ...]:
        return trial.objectives if self.is_multi_objective else trial.objectives[:1]

    def _params_of(self, trial: Trial) -> dict[str, Any] | None:
        if trial.number not in self._passed:
            self._passed[trial.number] = self._params(trial.config)
        return self._passed[trial.number]

    def _params(self, config: Config) -> dict[str, Any] | None:
        """Return a configuration in Optuna's words, None where it does not fit into the space."""
        (point,) = self.encoding.encode([config]).tolist()
        fitted = self.encoding.decode_point(np.nan_to_num(point, nan=0.5).tolist())
        params: dict[str, Any] = {}
        for one, position in zip(self.space.searched, point, strict=True):
            if one.name not in fitted:
                continue
            if np.isnan(position):
                return None
            n_choices = len(one.choices)
            is_choice = one.kind == "choice"
            params[one.name] = int(position * n_choices) if is_choice else fitted[one.name]
        return params

    def _mirrored(self, known: list[Trial]) -> _Mirror:
        """Return a study of Optuna that has exactly these trials, the one at hand if it can."""
        steps = [(trial.number, trial.state.is_finished) for trial in known]
        n_objectives = self._n_objectives([one for one in known if one.score is not None])
        mirror = self._mirror
        if mirror is None or not mirror.leads_to(steps, n_objectives):
            mirror = _Mirror(n_objectives)
        if mirror.is_last_told(steps):
            self._tell(mirror, known[len(mirror.steps) - 1])
            mirror.steps[-1] = steps[len(mirror.steps) - 1]
        for trial in known[len(mirror.steps) :]:
            self._add(mirror, trial)
            mirror.steps.append((trial.number, trial.state.is_finished))
        return mirror

    def _add(self, mirror: _Mirror, trial: Trial) -> None:
        params = self._params_of(trial) or {}
        if self.is_replayed:
            mirror.study.enqueue_trial(params)
            mirror.last = self._ask(mirror, trial.number, 0)
            # What is given needs no sampling: it is asked for, as it leaves the sampler's notes.
            _ = mirror.last.relative_params
            self._suggested(mirror.last)
            if trial.state.is_finished:
                self._tell(mirror, trial)
            return
        from optuna.trial import create_trial

        is_stopped = trial.state is TrialState.STOPPED
        made = create_trial(
            state=_state(trial.state),
            values=self._values(trial) if trial.state is TrialState.COMPLETED else None,
            params=params,
            distributions={name: self._distributions[name] for name in params},
            intermediate_values=dict.fromkeys([1], *self._values(trial)) if is_stopped else None,
        )
        mirror.study.add_trial(made)

    def _tell(self, mirror: _Mirror, trial: Trial) -> None:
        if trial.state is TrialState.COMPLETED:
            mirror.study.tell(mirror.last, list(self._values(trial)))
            return
        if trial.state is TrialState.STOPPED:
            mirror.last.report(trial.score, step=1)
        mirror.study.tell(mirror.last, state=_state(trial.state))

    def _ask(self, mirror: _Mirror, number: int, draw: int) -> Any:
        seed = int(np.random.default_rng([self.seed, number, draw]).integers(2**31))
        mirror.study.sampler = self._sampler(seed)
        return mirror.study.ask()

    def _sampler(self, seed: int) -> Any:
        from optuna import samplers

        return getattr(samplers, self.sampler_name)(seed=seed)

    def _suggested(self, asked: Any) -> Config:
        """Let Optuna suggest a value for each active hyper-parameter, parents first."""
        conditions = self.space.conditions
        values = {
            one.name: one.value
            for one in self.space.hyper_parameters
            if one.name in self.space.fixed and one.name not in conditions.by_name
        }
        searched = {one.name: one for one in self.space.searched}
        order = [name for name in searched if name not in conditions.by_name]
        for name in (*order, *conditions.by_name):
            condition = conditions.by_name.get(name)
            if condition is not None and not conditions.is_active(condition, values):
                continue
            if name in searched:
                suggested = _suggest(asked, name, self._distributions[name])
                one = searched[name]
                values[name] = one.choices[suggested] if one.kind == "choice" else suggested
            elif name in self.space.fixed:
                values[name] = self.space.fixed[name]
        (point,) = self.encoding.encode([values])
        return self.encoding.decode_point(np.nan_to_num(point, nan=0.5).tolist())


class _Mirror:
    """A study of Optuna in memory, with the trials that it was given so far.

    Attributes
    ----------
    steps : list of (int, bool)
        Our numbers of its trials in its order, and whether they were told.
    last : optuna.Trial
        The last one that was asked for.
    """

    def __init__(self, n_objectives: int) -> None:
        import optuna

        self.study = optuna.create_study(directions=["maximize"] * n_objectives)
        self.steps: list[tuple[int, bool]] = []
        self.last: Any = None
        self._n_objectives = n_objectives

    def leads_to(self, steps: list[tuple[int, bool]], n_objectives: int) -> bool:
        """Whether these steps go on from those taken, but for the last one being told."""
        n = len(self.steps)
        if n_objectives != self._n_objectives or n > len(steps):
            return False
        return steps[:n] == self.steps or self.is_last_told(steps)

    def is_last_told(self, steps: list[tuple[int, bool]]) -> bool:
        """Whether these steps differ in the last one of those taken, which is told by now."""
        n = len(self.steps)
        if n == 0 or n > len(steps) or steps[: n - 1] != self.steps[:-1]:
            return False
        return (steps[n - 1], self.steps[-1]) == (
            (self.steps[-1][0], True),
            (self.steps[-1][0], False),
        )


class OptunaTPESearch(OptunaSearch):
    """Optuna's tree-structured Parzen estimator, multivariate, pending trials counted as bad."""

    name: ClassVar[str] = "optuna_tpe"
    label: ClassVar[str] = "Optuna: Parzen estimator (TPE)"
    summary: ClassVar[str] = "Optuna's TPESampler."
    sampler_name: ClassVar[str] = "TPESampler"

    def _sampler(self, seed: int) -> Any:
        from optuna import samplers

        is_grouped = self.space.is_conditional
        return samplers.TPESampler(
            seed=seed, multivariate=True, group=is_grouped, constant_liar=True
        )


class OptunaGPSearch(OptunaSearch):
    """Optuna's Gaussian process, which needs torch."""

    name: ClassVar[str] = "optuna_gp"
    label: ClassVar[str] = "Optuna: Gaussian process"
    summary: ClassVar[str] = "Optuna's GPSampler."
    sampler_name: ClassVar[str] = "GPSampler"
    packages: ClassVar[Mapping[str, str]] = {**OptunaSearch.packages, "torch": "torch"}


class OptunaCMAESSearch(OptunaSearch):
    """Optuna's CMA-ES; choices and conditional hyper-parameters are drawn at random in it."""

    name: ClassVar[str] = "optuna_cmaes"
    label: ClassVar[str] = "Optuna: CMA-ES"
    summary: ClassVar[str] = "Optuna's CmaEsSampler, for numbers."
    sampler_name: ClassVar[str] = "CmaEsSampler"
    packages: ClassVar[Mapping[str, str]] = {
        **OptunaSearch.packages,
        "cmaes": "'tuneboard[optuna]'",
    }
    is_replayed: ClassVar[bool] = True
    is_multi_objective: ClassVar[bool] = False


class OptunaNSGAIISearch(OptunaSearch):
    """Optuna's NSGA-II, in generations of 50."""

    name: ClassVar[str] = "optuna_nsgaii"
    label: ClassVar[str] = "Optuna: NSGA-II"
    summary: ClassVar[str] = "Optuna's NSGAIISampler, for one metric or several."
    sampler_name: ClassVar[str] = "NSGAIISampler"
    is_replayed: ClassVar[bool] = True


class OptunaNSGAIIISearch(OptunaSearch):
    """Optuna's NSGA-III, in generations of 50."""

    name: ClassVar[str] = "optuna_nsgaiii"
    label: ClassVar[str] = "Optuna: NSGA-III"
    summary: ClassVar[str] = "Optuna's NSGAIIISampler, for many metrics."
    sampler_name: ClassVar[str] = "NSGAIIISampler"
    is_replayed: ClassVar[bool] = True


class OptunaQMCSearch(OptunaSearch):
    """Optuna's quasi-random sampler; all asks share one sequence."""

    name: ClassVar[str] = "optuna_qmc"
    label: ClassVar[str] = "Optuna: quasi-random"
    summary: ClassVar[str] = "Optuna's QMCSampler: a scrambled Sobol sequence."
    sampler_name: ClassVar[str] = "QMCSampler"
    is_replayed: ClassVar[bool] = True

    def _sampler(self, seed: int) -> Any:
        from optuna import samplers

        # The sequence is that of the study's seed; what does not lie in it is drawn anew.
        apart = samplers.RandomSampler(seed=seed)
        return samplers.QMCSampler(
            seed=int(self.seed % 2**32), scramble=True, independent_sampler=apart
        )


class OptunaRandomSearch(OptunaSearch):
    """Optuna's random sampler."""

    name: ClassVar[str] = "optuna_random"
    label: ClassVar[str] = "Optuna: random"
    summary: ClassVar[str] = "Optuna's RandomSampler."
    sampler_name: ClassVar[str] = "RandomSampler"


def _state(state: TrialState) -> Any:
    """Return Optuna's word for a state: all ways to fail are one there."""
    from optuna.trial import TrialState as OptunaState

    words = {
        TrialState.COMPLETED: OptunaState.COMPLETE,
        TrialState.STOPPED: OptunaState.PRUNED,
        TrialState.RUNNING: OptunaState.RUNNING,
    }
    return words.get(state, OptunaState.FAIL)


def _plain_space(space: SpaceVersion) -> SpaceVersion:
    """Return a space that Optuna can say: choices by their places, no step on a log scale."""
    return SpaceVersion(space.number, tuple(_plain(one) for one in space.searched))


def _plain(one: HyperParameter) -> HyperParameter:
    if one.kind == "choice":
        places = tuple(range(len(one.choices)))
        return replace(one, choices=places, value=0, active_when="", ordered=False)
    return replace(one, step=None if one.log else one.step, active_when="")


def _suggest(asked: Any, name: str, distribution: Any) -> Any:
    from optuna.distributions import CategoricalDistribution, IntDistribution

    if isinstance(distribution, CategoricalDistribution):
        return asked.suggest_categorical(name, distribution.choices)
    is_int = isinstance(distribution, IntDistribution)
    suggest = asked.suggest_int if is_int else asked.suggest_float
    low, high = distribution.low, distribution.high
    return suggest(name, low, high, step=distribution.step, log=distribution.log)
