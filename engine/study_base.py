"""What a study is: its space, settings, trials and state, as here and in the store."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .enqueued import Enqueued
from .errors import (
    StudyBusyError,
    StudyError,
)
from .fidelity import Fidelity
from .history import StudyRecord
from .ledger import Ledger
from .metric import Metric
from .objective import (
    CrossValidation,
    make_objective,
)
from .optimizers import find_scheduler
from .preview import Preview, preview_of
from .problem import Problem
from .progress import Progress
from .requests import ANSWER, REQUEST, RequestWatch
from .search import optimizer_of
from .settings import Settings
from .space import SearchSpace
from .study_history import StudyHistory
from .study_run import StudyRun
from .study_state import StudyState
from .trial import Trial
from .trial_log import TrialLog
from .trial_table import frame_of

if TYPE_CHECKING:
    import pandas as pd


STATE = "state"
"""The kind of action that says why a study has come to the state that it is in."""


class StudyBase(StudyHistory):
    """The part of a `Study` that knows how it stands: a `Study` inherits it."""

    def _set_up(
        self,
        space: SearchSpace,
        name: str,
        settings: Settings,
        ledger: Ledger,
        objective: Any = None,
        pruner: Any = None,
    ) -> None:
        self.space = space
        self.name = name
        self.message = ""
        self._log = TrialLog()
        self._enqueued = Enqueued()
        self._settings = settings
        self._ledger = ledger
        self._objective = objective
        self._pruner = pruner
        self._state = StudyState.READY
        self._lock = threading.RLock()
        self._run: StudyRun | None = None
        self._watch: RequestWatch | None = None
        self._thread: threading.Thread | None = None
        self._code = ("", "")
        self._watch_space()

    @property
    def id(self) -> str:
        """The id in the history; empty until the study has been started."""
        return self._ledger.study_id

    @property
    def state(self) -> StudyState:
        """Where the study stands, as far as this process knows; see `refresh`."""
        return self._state

    @property
    def settings(self) -> Settings:
        """The set-up; see `change`."""
        return self._settings

    @property
    def objective(self) -> Any:
        """What a trial runs; None of a stored study until its model is given or made again."""
        return self._objective

    @property
    def metric(self) -> Metric:
        """What the score means."""
        return self._settings.metric

    @property
    def changes(self) -> list[Trial]:
        """Every new state of a trial, in the order committed; it only grows."""
        return self._log.changes

    @property
    def trials(self) -> list[Trial]:
        """All trials by number, running ones included."""
        return self._log.all()

    @property
    def best_trial(self) -> Trial:
        """The completed trial with the highest score, the earliest of equals.

        Raises
        ------
        StudyError
            No trial has completed.
        """
        if self._log.best is None:
            message = (
                "Study.best_trial must wait for a completed trial, and there is none. Run the "
                "study, or look at the errors of its failed trials."
            )
            raise StudyError(message, name="Study.best_trial")
        return self._log.best

    def progress(self) -> Progress:
        """Return how far the study is."""
        return self._log.progress(self._settings.n_trials, self._settings.n_workers)

    def preview(self) -> Preview:
        """Tell what is still to run, how much is known already, and about how long it takes."""
        store = self._ledger.history
        return preview_of(self._settings, self.space.version, self.trials, store)

    def note(self, kind: str, **detail: Any) -> None:
        """Record something that the user did, such as an edit of the space, with its words."""
        self._ledger.note(kind, detail)

    def actions(self) -> list[dict[str, Any]]:
        """Return what the user did, and why the study stopped or paused, oldest first."""
        return [one for one in self._ledger.actions() if _is_told(one)]

    def to_frame(self) -> pd.DataFrame:
        """Return all trials as a table, one row per trial, `score` higher-is-better.

        Hyper-parameters are columns of their own names; one whose name is taken by another
        column (such as ``score``) becomes ``config.score``.
        """
        return frame_of(self.trials)

    def refresh(self) -> None:
        """Take in what another process has stored of this study since the last look."""
        with self._lock:
            if self._run is None and self._ledger.history is not None and self.id:
                self._catch_up()
                self._follow(self._ledger.history.study(self.id))

    @property
    def is_running_here(self) -> bool:
        """Whether this process is the one that runs it."""
        return self._run is not None

    def _catch_up(self) -> None:
        """Take in the trials, the settings and the space that another process has stored."""
        self._log.take_in(self._ledger.news())
        self._ledger.marks()
        if self._ledger.history is not None:
            record = self._ledger.history.study(self.id)
            self._settings = Settings.from_dict(record.settings)
        version = self._ledger.new_version()
        if version is not None:
            self._is_following = True
            try:
                self.space.move_to(version)
            finally:
                self._is_following = False
                self._known_space = version

    def _enter(self, state: StudyState, message: str) -> None:
        self._record(state, message)
        self._state, self.message = state, message

    def _record(self, state: StudyState, message: str) -> None:
        """Store a new state, and why it is so, before it is told."""
        self._ledger.save(state=state.value)
        if message or self.message:
            self._ledger.note(STATE, {"state": state.value, "text": message})

    def _follow(self, record: StudyRecord) -> None:
        state = StudyState(record.state)
        if state.is_active and not record.is_owned:
            state = StudyState.INTERRUPTED
            self.message = "Interrupted: its process ended. Resume to go on."
        elif state.is_active or state is not self._state:
            self.message = self._told_of(state)
            if state.is_active:
                self.message = f"{self.message} Being run by {record.owner}.".lstrip()
        self._state = state

    def _told_of(self, state: StudyState) -> str:
        """Return what the process that runs the study has last said, if it is of this state."""
        said = self._ledger.told((STATE,))
        is_of_it = bool(said) and said[-1].detail["state"] == state
        return str(said[-1].detail["text"]) if is_of_it else ""

    def _attach(self, model: Any, X: Any, y: Any) -> None:
        settings = self._settings
        if settings.unstored and not isinstance(model, CrossValidation):
            message = (
                f"Study {self.name!r} must be opened with the same "
                f"{', '.join(settings.unstored)} as before, which cannot be stored. Give "
                "model=CrossValidation(...), made with them."
            )
            raise StudyError(message, name=self.name)
        several = [one.name for one in (settings.metric, *settings.more_metrics)]
        self._objective = make_objective(
            model,
            X,
            y,
            folds=settings.folds,
            metric=several if len(several) > 1 else several[0],
            holdout=settings.holdout,
            seed=settings.seed,
        )

    def _check(self) -> None:
        """Check what can be wrong before anything is stored."""
        if self._settings.pruner == "own" and self._pruner is None:
            message = (
                f"Study {self.name!r} must be opened with its pruner, which cannot be stored. "
                "Give pruner=, made as before."
            )
            raise StudyError(message, name=self.name)
        if self._objective is None:
            self._attach_origin()
        if self._settings.fidelity is not None and isinstance(self._objective, CrossValidation):
            self._objective.check_fidelity(self._settings.fidelity)
            _check_not_searched(self._settings.fidelity.resource, self.space)
        optimizer_of(self._settings, self.space.version)

    def _attach_origin(self) -> None:
        origin = self._settings.origin
        if origin is None or self._ledger.history is None:
            raise StudyError(
                f"Study {self.name!r} must have its model and data to run. Open it with "
                "Study.open(id, model=..., X=..., y=...).",
                name=self.name,
            )
        problem = Problem.from_dict(origin, self._ledger.history.folder)
        self._attach(problem.estimator(self._settings.seed), problem.dataset.X, problem.dataset.y)

    def _check_not_run_elsewhere(self) -> None:
        """Raise StudyBusyError where a change would not reach the run, and be lost with its end."""
        if self._run is not None or self._ledger.history is None or not self.id:
            return
        record = self._ledger.history.study(self.id)
        if record.is_owned:
            message = f"Study {self.name!r} is being run by {record.owner}. Change it there."
            raise StudyBusyError(message, name=self.name)

    def _require_run(self) -> StudyRun:
        if self._run is None:
            raise StudyError(
                f"Study {self.name!r} is not running in this process. Start it first.",
                name=self.name,
            )
        return self._run


def check_fidelity(fidelity: Any, scheduler: str | None) -> None:
    """Raise StudyError or OptimizerError where a fidelity and a scheduler make no pair."""
    if fidelity is not None and not isinstance(fidelity, Fidelity):
        advice = 'Give Fidelity("epochs", 1, 27), for example.'
        raise StudyError.must("Study.fidelity", "be a Fidelity", fidelity, advice)
    if scheduler is None:
        return
    find_scheduler(scheduler)
    if fidelity is None:
        rule = "be given together with a fidelity"
        advice = 'Add fidelity=Fidelity("epochs", 1, 27), for example.'
        raise StudyError.must("Study.scheduler", rule, scheduler, advice)


def _check_not_searched(resource: str, space: SearchSpace) -> None:
    if resource in space.names and space[resource].is_searched:
        rule = "be a hyper-parameter that is not searched"
        advice = f"Take it out of the search, by space.edit({resource!r}, is_searched=False)."
        raise StudyError.must("Fidelity.resource", rule, resource, advice)


def _is_told(action: Mapping[str, Any]) -> bool:
    """Whether an action means something to the user: processes also talk by these rows."""
    if action["kind"] == STATE:
        return bool(action["text"])
    return action["kind"] not in (REQUEST, ANSWER)
