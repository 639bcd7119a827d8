"""The story of one search: its space, settings, trials and state; resumes from the history."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakValueDictionary

from .conversion import as_space
from .errors import (
    HistoryError,
    ObjectiveError,
    SpaceError,
    StudyBusyError,
    StudyError,
    TuneboardError,
)
from .executors import Executor, LocalWorkers
from .history import History, StudyRecord, as_history
from .ledger import Ledger
from .metric import SCORE, Metric
from .objective import CrossValidation, FunctionObjective
from .optimizers import make_optimizer
from .problem import Problem
from .progress import Progress
from .runner import Runner
from .search import Search
from .settings import Settings
from .space import SearchSpace
from .trial import Trial
from .trial_log import TrialLog

if TYPE_CHECKING:
    import pandas as pd


class StudyState(StrEnum):
    """Where a study stands."""

    READY = "ready"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"
    FAILED = "failed"

    @property
    def is_active(self) -> bool:
        """Whether some process is at work on it."""
        return self in (StudyState.RUNNING, StudyState.PAUSED)


_OPEN: WeakValueDictionary[tuple[str, str], Study] = WeakValueDictionary()
"""The studies of this process, by store and id: all sessions see the same one."""
_OPENING = threading.Lock()


class Study:
    """One search for the best configuration of a model, or of any function.

    Parameters
    ----------
    model : scikit-learn estimator or callable
        An estimator, scored by cross-validation on `X` and `y`; or a function
        ``objective(config) -> number``, higher is better, together with `space`.
    X, y : table of shape (n rows, n features), array of shape (n rows,)
        The data, for an estimator.
    space : SearchSpace, optional
        What may vary, or anything that `as_space` makes a space of, such as
        ``{"C": (0.01, 100.0, "log")}``; read from the estimator by default.
    optimizer : str
        One of `tuneboard.engine.optimizers.OPTIMIZERS`.
    n_trials : int
        How many trials to run, failed ones included.
    folds : int
        Number of cross-validation folds.
    metric : str, optional
        A scikit-learn scorer; accuracy or R² by default.
    n_workers : int
        Number of worker processes.
    seed : int
        Fixes all random choices: the same seed gives the same run with one worker.
    name : str, optional
        What the page calls the study.
    history : History, path, URL or bool
        Where to keep it: True for the default place, False for nowhere.
    origin : dict, optional
        What the model and data can be made from again; see `problem.Problem`.

    Raises
    ------
    ObjectiveError, SpaceError, StudyError, OptimizerError
        An argument breaks a rule; nothing has been stored then.

    Examples
    --------
    >>> from tuneboard.engine.executors import InProcess
    >>> from tuneboard.engine import Real, SearchSpace
    >>> class Space(SearchSpace):
    ...     x = Real(0.0, bounds=(-1.0, 1.0))
    >>> study = Study(lambda config: -config["x"] ** 2, space=Space(), n_trials=5, history=False)
    >>> len(study.run(InProcess()).trials)
    5
    """

    def __init__(
        self,
        model: Any,
        X: Any = None,
        y: Any = None,
        *,
        space: Any = None,
        optimizer: str = "auto",
        n_trials: int = 50,
        folds: int = 5,
        metric: str | None = None,
        n_workers: int = 2,
        seed: int = 0,
        name: str | None = None,
        history: History | str | Path | bool = True,
        origin: Mapping[str, Any] | None = None,
    ) -> None:
        space = None if space is None else as_space(space)
        objective = _objective(model, X, y, folds=folds, metric=metric, seed=seed)
        if space is None and isinstance(objective, FunctionObjective):
            raise SpaceError.must(
                "Study.space", "be given with a function", space, "Say there what may vary."
            )
        settings = Settings(
            optimizer=optimizer,
            n_trials=n_trials,
            n_workers=n_workers,
            folds=folds,
            seed=seed,
            metric=objective.metric,
            model=_describe(model),
            origin=origin,
        )
        self._set_up(
            SearchSpace.from_estimator(model) if space is None else space,
            name or _describe(model).partition("(")[0],
            settings,
            Ledger(as_history(history)),
            objective,
        )
        self._check()

    def _set_up(
        self,
        space: SearchSpace,
        name: str,
        settings: Settings,
        ledger: Ledger,
        objective: Any = None,
    ) -> None:
        self.space = space
        self.name = name
        self.message = ""
        self._log = TrialLog()
        self._settings = settings
        self._ledger = ledger
        self._objective = objective
        self._state = StudyState.READY
        self._lock = threading.RLock()
        self._search: Search | None = None
        self._runner: Runner | None = None
        self._executor: Executor | None = None
        self._thread: threading.Thread | None = None

    @classmethod
    def open(
        cls,
        study_id: str,
        history: History | str | Path | bool = True,
        *,
        model: Any = None,
        X: Any = None,
        y: Any = None,
    ) -> Self:
        """Return a stored study; within one process always the same object for one study.

        Parameters
        ----------
        study_id : str
            Its id in the history.
        history : History, path, URL or True
            The store.
        model, X, y : optional
            What to run it on; not needed for a problem that ships with tuneboard, an uploaded
            table, or to look only.
        """
        store = as_history(history)
        if store is None:
            raise StudyError.must("Study.history", "be a store", history, "Name the store's place.")
        with _OPENING:
            study = _OPEN.get((store.place, study_id))
            if study is None:
                study = cls._load(store, store.study(study_id))
                _OPEN[store.place, study_id] = study
        if model is not None:
            study._attach(model, X, y)
        return study  # type: ignore[return-value]

    @classmethod
    def _load(cls, store: History, record: StudyRecord) -> Self:
        ledger = Ledger(store, record.id)
        trials, versions = ledger.load()
        study = cls.__new__(cls)
        space = SearchSpace.from_dict(versions[-1].to_dict())
        study._set_up(space, record.name, Settings.from_dict(record.settings), ledger)
        study._log.take_in(trials)
        study._follow(record)
        return study

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

    def change(self, **settings: Any) -> None:
        """Change `optimizer`, `n_trials` or `n_workers`, also while the study runs.

        Another optimizer goes on knowing all trials so far.

        Raises
        ------
        StudyError, OptimizerError
            A value breaks a rule; nothing has changed then.
        StudyBusyError
            Another process runs the study.
        """
        fixed = sorted(set(settings) - {"optimizer", "n_trials", "n_workers"})
        if fixed:
            raise StudyError.must(
                "Study.change",
                "be given optimizer, n_trials or n_workers",
                fixed,
                "Start a new study.",
            )
        with self._lock:
            self._check_not_run_elsewhere()
            changed = self._settings.changed(**settings)
            _check_optimizer(changed, self.space)
            self._settings = changed
            self._ledger.save(settings=changed.to_dict())
            self._ledger.note("settings", settings)
            if self._executor is not None:
                self._executor.resize(changed.n_workers)
                self._executor.wake()

    def note(self, kind: str, **detail: Any) -> None:
        """Record something that the user did, such as an edit of the space, with its words."""
        self._ledger.note(kind, detail)

    def actions(self) -> list[dict[str, Any]]:
        """Return what the user did, oldest first; empty without a history."""
        return self._ledger.actions()

    def to_frame(self) -> pd.DataFrame:
        """Return all trials as a table, one row per trial, `score` higher-is-better.

        Hyper-parameters are columns of their own names; one whose name is taken by another
        column (such as ``score``) becomes ``config.score``.
        """
        import pandas as pd

        rows = [_frame_row(trial) for trial in self.trials]
        return pd.DataFrame(rows).set_index("trial") if rows else pd.DataFrame()

    def run(self, executor: Executor | None = None) -> Self:
        """Run until the budget is used; continues a study that was stopped or interrupted.

        Ctrl-C stops it; finished trials are kept.

        Raises
        ------
        StudyError, StudyBusyError
            The study is being run already, here or in another process.
        """
        self._begin(executor)
        self._loop()
        if self._state is StudyState.FAILED:
            raise StudyError(self.message, name=self.name)
        return self

    def start(self, executor: Executor | None = None) -> Self:
        """Like `run`, but in the background."""
        self._begin(executor)
        self._thread = threading.Thread(target=self._loop, name=f"study {self.name}", daemon=True)
        self._thread.start()
        return self

    def pause(self) -> None:
        """Start no more trials; running ones finish."""
        with self._lock:
            self._require_runner().pause()
            self._enter(StudyState.PAUSED, "Paused. Running trials finish.")

    def resume(self) -> Self:
        """Go on after a pause, a stop, an interruption or a raised budget."""
        with self._lock:
            if self._runner is None:
                return self.start()
            self._enter(StudyState.RUNNING, "")
            self._runner.resume()
        return self

    def stop(self) -> None:
        """Cancel the running trials and end; `resume` runs them again."""
        with self._lock:
            self._require_runner().stop()
            self.message = "Stopping."

    def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until a study that was started has ended."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self

    def refresh(self) -> None:
        """Take in what another process has stored of this study since the last look."""
        with self._lock:
            if self._runner is None and self._ledger.history is not None and self.id:
                self._catch_up()
                self._follow(self._ledger.history.study(self.id))

    @property
    def is_running_here(self) -> bool:
        """Whether this process is the one that runs it."""
        return self._runner is not None

    def _begin(self, executor: Executor | None) -> None:
        with self._lock:
            if self._runner is not None:
                raise StudyError(
                    f"Study {self.name!r} is running already. Stop it before starting it again.",
                    name=self.name,
                )
            self._check()
            self._ledger.enrol(self.name, self._settings.to_dict(), self.space.version)
            if self._ledger.history is not None:
                _OPEN[self._ledger.history.place, self.id] = self
            self._ledger.claim(self._lost)
            try:
                self._catch_up()
                self._search = Search(
                    self._log, self._ledger, lambda: self.space.version, lambda: self._settings
                )
                self._executor = executor or LocalWorkers(self._settings.n_workers)
                self._runner = Runner(self._search, self._executor)
                self._enter(StudyState.RUNNING, "")
            except BaseException:
                self._search = self._runner = self._executor = None
                self._ledger.give_up()
                raise

    def _catch_up(self) -> None:
        """Take in the trials, the settings and the space that another process has stored."""
        self._log.take_in(self._ledger.news())
        if self._ledger.history is not None:
            record = self._ledger.history.study(self.id)
            self._settings = Settings.from_dict(record.settings)
        version = self._ledger.new_version()
        if version is not None:
            self.space.move_to(version)

    def _loop(self) -> None:
        search, executor, runner = self._search, self._executor, self._runner
        if search is None or executor is None or runner is None:
            return
        state, message = StudyState.FAILED, ""
        try:
            executor.open(self._objective)
            runner.run()
            state = StudyState.STOPPED if runner.is_stopping else StudyState.FINISHED
            message = "Stopped. Resume to go on." if runner.is_stopping else search.message
        except KeyboardInterrupt:
            state, message = StudyState.INTERRUPTED, "Interrupted. Resume to go on."
        except Exception as error:  # noqa: BLE001 (the store or an optimizer failed: shown)
            message = f"The study ended: {error}"
        finally:
            executor.close()
            with suppress(TuneboardError):  # what failed may be the store, and is told already
                search.interrupt_all()
            self._end(state, message)

    def _end(self, state: StudyState, message: str) -> None:
        with self._lock:
            self._search = self._runner = self._executor = None
            try:
                self._enter(state, message)
                self._ledger.give_up()
            except HistoryError as error:
                self._state, self.message = StudyState.FAILED, f"The study ended: {error}"

    def _enter(self, state: StudyState, message: str) -> None:
        self._state, self.message = state, message
        self._ledger.save(state=state.value)

    def _lost(self) -> None:
        """Stop: another process has taken the study over."""
        if self._runner is not None:
            self._runner.stop()

    def _follow(self, record: StudyRecord) -> None:
        state = StudyState(record.state)
        if state.is_active and not record.is_owned:
            state = StudyState.INTERRUPTED
            self.message = "Interrupted: its process ended. Resume to go on."
        elif state.is_active:
            self.message = f"Being run by {record.owner}."
        elif state is not self._state:
            self.message = ""
        self._state = state

    def _attach(self, model: Any, X: Any, y: Any) -> None:
        settings = self._settings
        self._objective = _objective(
            model, X, y, folds=settings.folds, metric=settings.metric.name, seed=settings.seed
        )

    def _check(self) -> None:
        """Check what can be wrong before anything is stored."""
        if self._objective is None:
            self._attach_origin()
        _check_optimizer(self._settings, self.space)

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
        if self._runner is not None or self._ledger.history is None or not self.id:
            return
        record = self._ledger.history.study(self.id)
        if record.is_owned:
            message = f"Study {self.name!r} is being run by {record.owner}. Change it there."
            raise StudyBusyError(message, name=self.name)

    def _require_runner(self) -> Runner:
        if self._runner is None:
            raise StudyError(
                f"Study {self.name!r} is not running in this process. Start it first.",
                name=self.name,
            )
        return self._runner


def _objective(model: Any, X: Any, y: Any, *, folds: int, metric: str | None, seed: int) -> Any:
    if hasattr(model, "fit"):
        return CrossValidation(model, X, y, folds=folds, metric=metric, seed=seed)
    if callable(model):
        if metric not in (None, SCORE.name):
            raise ObjectiveError.must(
                "Study.metric",
                "be left out for a function",
                metric,
                "What the function returns is the score.",
            )
        return FunctionObjective(model)
    raise ObjectiveError.must(
        "Study.model", "be an estimator or a function", model, "Give one with fit, or a function."
    )


def _describe(model: Any) -> str:
    return str(getattr(model, "__qualname__", "") or model)


def _check_optimizer(settings: Settings, space: SearchSpace) -> None:
    make_optimizer(
        settings.optimizer, space.version, seed=settings.seed, n_trials=settings.n_trials
    )


def _frame_row(trial: Trial) -> dict[str, Any]:
    row: dict[str, Any] = {"trial": trial.number, "state": trial.state.value, "score": trial.score}
    about = {
        "folds": trial.fold_scores,
        "duration_s": trial.duration_s,
        "started_at": trial.started_at,
        "optimizer": trial.provenance.optimizer,
        "reason": trial.provenance.reason,
        "space_version": trial.space_version,
        "error": trial.error,
    }
    taken = {*row, *about}
    for name, value in trial.config.items():
        row[f"config.{name}" if name in taken else name] = value
    return {**row, **about}
