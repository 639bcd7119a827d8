"""One run of a study: which trial comes next, and what is learnt from those that end."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from .enqueued import Enqueued
from .errors import OptimizerError, SpaceError
from .executors import Outcome
from .hyper_parameter import SpaceVersion
from .job import Job
from .ledger import Ledger
from .optimizers import make_optimizer
from .optimizers.base import Optimizer, Proposal
from .past_trials import PastStudy, as_prior, n_scaled
from .racing import EarlyStopping
from .settings import Settings
from .stop_rules import StopRules
from .trial import Trial, TrialState
from .trial_log import TrialLog


class Search:
    """The work of a `Runner`; what has changed in space or settings counts from the next ask.

    Parameters
    ----------
    log : TrialLog
        The trials so far. Those not finished run again under their own numbers.
    ledger : Ledger
        Where trials are committed.
    space, settings : function
        Give the space version and the settings of the moment.
    past : sequence of PastStudy
        Earlier studies that the optimizer learns from.
    pruner : optuna.pruners.BasePruner, optional
        What stops trials that report steps, beside what the settings name.
    enqueued : Enqueued, optional
        What the user wants run before the optimizer's own proposals.

    Attributes
    ----------
    message : str
        Why there is no next trial, where that needs a word.
    """

    def __init__(
        self,
        log: TrialLog,
        ledger: Ledger,
        space: Callable[[], SpaceVersion],
        settings: Callable[[], Settings],
        pruner: Any = None,
        past: Sequence[PastStudy] = (),
        *,
        enqueued: Enqueued | None = None,
    ) -> None:
        self.message = ""
        self._past = past
        self._n_scaled = 0
        self._enqueued = Enqueued() if enqueued is None else enqueued
        self._log = log
        self._ledger = ledger
        self._space = space
        self._settings = settings
        self._again = deque(trial for trial in log.all() if not trial.state.is_finished)
        self._number = log.last_number
        self._version = space()
        self._uncommitted: dict[int, Trial] = {}
        self._versions: dict[int, SpaceVersion] = {}
        self._made_for: Settings | None = None
        self._n_failed_in_a_row, self._last_error = 0, ""
        self._stopping = EarlyStopping(
            is_racing=settings().is_racing,
            has_medians=settings().pruner == "median",
            pruner=pruner,
        )
        self._stopping.take_in(log.finished)
        self._rules = StopRules()
        self._rules.take_in(log.finished)
        self._optimizer = self._current_optimizer()

    @property
    def trouble(self) -> str:
        """Why going on makes no sense for now: too many trials in a row have failed."""
        most = self._settings().max_failures
        if most is None or self._n_failed_in_a_row < most:
            return ""
        last = (self._last_error.strip() or "no reason was given").splitlines()[-1].rstrip(".")
        return f"the last {self._n_failed_in_a_row} trials failed, the latest with: {last}."

    def forgive(self) -> None:
        """Count failures from here on: the user wants to go on."""
        self._n_failed_in_a_row = 0

    def job(self, trial: Trial) -> Job:
        """Return what an executor needs to run a trial."""
        made = trial.provenance
        is_promoted = made.operator == "promotion" and bool(made.parents)
        fidelity = self._settings().fidelity
        return Job(
            trial.number,
            trial.config,
            trial.attempt,
            trial.fidelity,
            "" if fidelity is None else fidelity.resource,
            self._ledger.folder_of(trial.number),
            self._ledger.folder_of(made.parents[0]) if is_promoted else "",
            self._stopping.rules(trial),
        )

    def next_trial(self) -> Trial | None:
        """Propose the next trial: an unfinished one again, else a new one."""
        if self._again:
            earlier = self._again.popleft()
            return self._noted(
                replace(
                    earlier,
                    state=TrialState.RUNNING,
                    attempt=earlier.attempt + 1,
                    started_at=time.time(),
                )
            )
        if self._number >= self._settings().n_trials:
            return None
        self.message = self._rules.reason(self._settings(), self._version)
        if self.message:
            return None
        try:
            proposal = self._proposal(self._number + 1)
        except (OptimizerError, SpaceError) as error:
            # All has been tried, or an edit has left nothing to search.
            self.message = str(error)
            return None
        self._number += 1
        self._versions[self._version.number] = self._version
        return self._noted(
            Trial(
                self._number,
                proposal.config,
                TrialState.RUNNING,
                proposal.provenance,
                self._version.number,
                started_at=time.time(),
                fidelity=proposal.fidelity,
            )
        )

    def _proposal(self, number: int) -> Proposal:
        """Return what the user has enqueued, else what the optimizer proposes."""
        optimizer = self._current_optimizer()
        taken = self._enqueued.take()
        if taken is None:
            return optimizer.ask(number)
        config, provenance = taken
        optimizer.observe(number, config)
        fidelity = self._settings().fidelity
        return Proposal(config, provenance, None if fidelity is None else fidelity.rungs[-1])

    def outcome(self, outcome: Outcome) -> Trial:
        """Turn the outcome of a run into the finished trial, and tell the optimizer."""
        number, result = outcome
        trial = self._log[number].finished(result)
        self._optimizer.tell(trial)
        self._count_failures(trial)
        self._rules.take_in([trial])
        return self._noted(trial)

    def interrupted(self, number: int) -> Trial:
        """Return the running trial as interrupted."""
        return replace(self._log[number], state=TrialState.INTERRUPTED)

    def commit(self, trials: list[Trial]) -> None:
        """Store the new states of trials, then show them."""
        self._ledger.commit(trials, self._versions.values())
        self._log.take_in(trials)
        self._stopping.take_in(trials)
        self._uncommitted.clear()
        self._versions.clear()

    def interrupt_all(self) -> None:
        """Store what is still running as interrupted, where a run has ended early."""
        running = [trial for trial in self._log.all() if trial.state is TrialState.RUNNING]
        if running:
            self.commit([replace(trial, state=TrialState.INTERRUPTED) for trial in running])

    def _count_failures(self, trial: Trial) -> None:
        """Count failures in a row; what the user has killed says nothing of the next trial."""
        if trial.state is TrialState.KILLED:
            return
        self._n_failed_in_a_row = self._n_failed_in_a_row + 1 if trial.state.is_failed else 0
        self._last_error = trial.error

    def _noted(self, trial: Trial) -> Trial:
        """Remember a state that the log gets with the next commit only."""
        self._uncommitted[trial.number] = trial
        return trial

    def _current_optimizer(self) -> Optimizer:
        """Return the optimizer of the moment, made anew where the settings ask for it."""
        version, settings = self._space(), self._settings()
        if self._made_for is None or _plan(self._made_for) != _plan(settings):
            self._optimizer = optimizer_of(settings, version)
            self._recall()
            self._made_for = settings
        elif version.number != self._version.number:
            self._optimizer.move_to(version)
        if self._n_scaled != self._n_own_scaled():
            self._recall()
        self._version = version
        hints = self._ledger.hints()
        if hints != (self._optimizer.starred, self._optimizer.excluded):
            self._optimizer.steer(*hints)
        return self._optimizer

    def _recall(self) -> None:
        """Give the optimizer all that is known, and what earlier studies found."""
        known = {trial.number: trial for trial in self._log.all()} | self._uncommitted
        own = sorted(known.values(), key=lambda trial: trial.number)
        self._n_scaled = self._n_own_scaled()
        self._optimizer.recall([*as_prior(self._past, own), *own])

    def _n_own_scaled(self) -> int:
        """Return of how many own scores the scale of earlier ones is taken."""
        if all(study.is_same_data for study in self._past):
            return 0
        done = [one for one in self._log.finished if one.state is TrialState.COMPLETED]
        return n_scaled(len(done))


def optimizer_of(settings: Settings, space: SpaceVersion) -> Optimizer:
    """Make the optimizer that the settings ask for.

    Raises
    ------
    OptimizerError, SpaceError
        There is none of that name, or it refuses the space or the settings.
    """
    return make_optimizer(
        settings.optimizer,
        space,
        seed=settings.seed,
        n_trials=settings.n_trials,
        fidelity=settings.fidelity,
        scheduler=settings.scheduler,
        options=settings.options,
    )


def _plan(settings: Settings) -> tuple[object, ...]:
    by_what = settings.optimizer, settings.options, settings.fidelity, settings.scheduler
    return *by_what, settings.n_trials, settings.seed
