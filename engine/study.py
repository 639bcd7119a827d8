"""The story of one search: its space, settings, trials and state; resumes from the history."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from weakref import WeakValueDictionary

from .conversion import as_space
from .enqueued import Enqueued, read_configs
from .errors import (
    HistoryError,
    ObjectiveError,
    SpaceError,
    StudyBusyError,
    StudyError,
    TuneboardError,
)
from .executors import Executor, Limits, as_executor
from .fidelity import Fidelity
from .history import Action, History, StudyRecord, as_history
from .ledger import ENQUEUE, Ledger
from .metric import Metric
from .objective import (
    CrossValidation,
    Examination,
    examine,
    make_objective,
    unstored_options,
)
from .objective.voting import VotingModel, voting_model
from .optimizers import DEFAULT_SCHEDULER, find_scheduler
from .past_trials import PastStudy, read_past
from .preview import Preview, preview_of
from .problem import Problem
from .progress import Progress
from .progress_bar import bar_of, place
from .requests import ANSWER, REQUEST, RequestWatch, ask
from .search import Search, optimizer_of
from .settings import Settings
from .space import SearchSpace
from .study_history import StudyHistory
from .study_run import StudyRun
from .study_state import StudyState
from .surroundings import surroundings
from .trial import Trial, TrialState
from .trial_log import TrialLog
from .trial_table import frame_of

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["Study", "StudyState"]

_STOP_RULES = ("max_seconds", "target_score", "patience", "min_improvement_left")
_CHANGEABLE = frozenset(
    {
        "optimizer",
        "options",
        "scheduler",
        "n_trials",
        "n_workers",
        "max_failures",
        *_STOP_RULES,
    }
)

STATE = "state"
"""The kind of action that says why a study has come to the state that it is in."""

_REQUESTS = ("pause", "resume", "stop", "kill", "change")

_OPEN: WeakValueDictionary[tuple[str, str], Study] = WeakValueDictionary()
"""The studies of this process, by store and id: all sessions see the same one."""
_OPENING = threading.Lock()


class Study(StudyHistory):
    """One search for the best configuration of a model, or of any function.

    Parameters
    ----------
    model : scikit-learn estimator, callable or objective
        An estimator, scored by cross-validation on `X` and `y`; or, together with `space`, a
        function ``objective(trial) -> number``, higher is better, that is given a `TrialRun`,
        which behaves as the dict of the configuration; or a `CrossValidation` or a
        `CommandObjective` made before, for all that they can do.
    X, y : table of shape (n rows, n features), array of shape (n rows,)
        The data, for an estimator.
    space : SearchSpace, optional
        What may vary, or anything that `as_space` makes a space of, such as
        ``{"C": (0.01, 100.0, "log")}``; read from the estimator by default.
    optimizer : str
        One of `tuneboard.engine.optimizers.OPTIMIZERS`.
    n_trials : int
        How many trials to run, failed ones and promotions included.
    folds : int, splitter or iterable of (train, test)
        Number of cross-validation folds, or what splits the rows.
    metric : str, callable or list of them, optional
        Scikit-learn scorers, the first of which is the score; accuracy or R² by default.
    groups, sample_weight : array, shape (n rows,), optional
        Rows of one group stay together; weights go to `fit` and to the scorers.
    holdout : float
        Share of the rows that no trial sees, for `final_estimate`; 0 for none.
    racing : bool
        Whether a trial stops after the folds that show that it cannot beat the best one; see
        `racing.Race` for the rule and its error rate.
    pruner : {"none", "median"} or optuna.pruners.BasePruner
        What stops a trial whose reported steps fall behind; see `racing.MedianBar`.
    timeout_s, memory_mb : float, optional
        What one trial may take; see `executors.Limits`.
    max_failures : int or None
        So many failed trials in a row pause the study.
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
    learn_from : sequence of str
        Ids of earlier studies in the history. Their trials that fit into the space are known
        to the optimizer from the start; scores of other data are standardised, and fitted to
        the scale of this study.
    code, code_name : str
        The text of the cell or file that this is started from, and its name, for the record.
    fidelity : Fidelity, optional
        A resource of which trials first get little: only the best are tried again with more,
        up to all of it. ``Fidelity("epochs", 1, 27)`` tries 1, 3, 9 and 27 epochs. Each try is
        a trial of its own.
    scheduler : str, optional
        One of `tuneboard.engine.optimizers.SCHEDULERS`: how trials are chosen to go on. The
        `optimizer` makes the new configurations; ``"asynchronous_halving"`` (the default) with
        the optimizer ``"ensemble"`` is Hyper-Tune.
    options : dict, optional
        Parameters of the optimizer alone: ``{"levels": {"C": [1, 10, 100], "gamma": 5}}`` are
        the steps of grid search.
    max_seconds : float, optional
        No trial starts later than this after the start of a run; running ones finish.
    target_score : float, optional
        The study ends with the first score this high, in the sense of `Trial.score`.
    patience : int, optional
        The study ends when so many trials in a row, failed ones included, have not improved the
        best score.
    min_improvement_left : float, optional
        The study ends when one more trial is expected to improve the best score by less; see
        `analysis.improvement_left`. This is estimated beside the run, every 10 trials or more.

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
        folds: Any = 5,
        metric: Any = None,
        groups: Any = None,
        sample_weight: Any = None,
        holdout: float = 0.0,
        racing: bool = False,
        pruner: Any = "none",
        timeout_s: float | None = None,
        memory_mb: float | None = None,
        max_failures: int | None = 10,
        n_workers: int = 2,
        seed: int = 0,
        name: str | None = None,
        history: History | str | Path | bool = True,
        origin: Mapping[str, Any] | None = None,
        learn_from: Sequence[str] = (),
        code: str = "",
        code_name: str = "",
        fidelity: Fidelity | None = None,
        scheduler: str | None = None,
        options: Mapping[str, Any] | None = None,
        max_seconds: float | None = None,
        target_score: float | None = None,
        patience: int | None = None,
        min_improvement_left: float | None = None,
    ) -> None:
        _check_fidelity(fidelity, scheduler)
        space = None if space is None else as_space(space)
        data = {"groups": groups, "sample_weight": sample_weight}
        how = {"folds": folds, "metric": metric, "holdout": holdout, "seed": seed, **data}
        objective = make_objective(model, X, y, **how)
        if space is None and not isinstance(objective, CrossValidation):
            raise SpaceError.must(
                "Study.space", "be given with a function", space, "Say there what may vary."
            )
        settings = Settings(
            optimizer=optimizer,
            n_trials=n_trials,
            n_workers=n_workers,
            folds=getattr(objective, "n_folds", 5),
            seed=seed,
            metric=objective.metric,
            model=_describe(model),
            origin=origin,
            fidelity=fidelity,
            scheduler=DEFAULT_SCHEDULER if scheduler is None else scheduler,
            options=dict(options or {}),
            is_racing=racing,
            pruner=pruner if isinstance(pruner, str) else "own",
            timeout_s=timeout_s,
            memory_mb=memory_mb,
            max_failures=max_failures,
            holdout=getattr(objective, "holdout", 0.0),
            more_metrics=getattr(objective, "metrics", ())[1:],
            unstored=unstored_options(model, **how),
            learn_from=tuple(learn_from),
            max_seconds=max_seconds,
            target_score=target_score,
            patience=patience,
            min_improvement_left=min_improvement_left,
        )
        self._set_up(
            SearchSpace.from_estimator(objective.estimator) if space is None else space,
            name or _describe(model).partition("(")[0],
            settings,
            Ledger(as_history(history)),
            objective,
            None if isinstance(pruner, str) else pruner,
        )
        self._code = (code, code_name)
        self._check()
        self._read_past()

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

    @classmethod
    def open(
        cls,
        study_id: str,
        history: History | str | Path | bool = True,
        *,
        model: Any = None,
        X: Any = None,
        y: Any = None,
        pruner: Any = None,
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
        pruner : optuna.pruners.BasePruner, optional
            Where the study was made with one.
        """
        store = as_history(history)
        if store is None:
            raise StudyError.must("Study.history", "be a store", history, "Name the store's place.")
        with _OPENING:
            study = _OPEN.get((store.place, study_id))
            if study is None:
                study = cls._load(store, store.study(study_id))
                _OPEN[store.place, study_id] = study
        if pruner is not None:
            study._pruner = pruner
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

    def change(self, **settings: Any) -> None:
        """Change the optimizer, its `options`, `scheduler`, `n_trials`, `n_workers` or a rule.

        The rules are those that stop or pause a study: `max_seconds`, `target_score`,
        `patience`, `min_improvement_left` and `max_failures`.
        Another optimizer or scheduler goes on knowing all trials so far.

        Raises
        ------
        StudyError, OptimizerError
            A value breaks a rule; nothing has changed then.
        StudyBusyError
            Another process runs the study.
        """
        fixed = sorted(set(settings) - _CHANGEABLE)
        if fixed:
            raise StudyError.must(
                "Study.change",
                f"be given {', '.join(sorted(_CHANGEABLE))}",
                fixed,
                "Start a new study.",
            )
        if "scheduler" in settings:
            _check_fidelity(self._settings.fidelity, settings["scheduler"])
        with self._lock:
            self._check_not_run_elsewhere()
            if settings.get("optimizer", self._settings.optimizer) != self._settings.optimizer:
                settings.setdefault("options", {})  # those of the old one mean nothing to the new
            changed = self._settings.changed(**settings)
            optimizer_of(changed, self.space.version)
            self._settings = changed
            self._ledger.save(settings=changed.to_dict())
            self._ledger.note("settings", settings)
            if self._run is not None:
                self._run.executor.resize(changed.n_workers)
                self._run.executor.wake()

    def note(self, kind: str, **detail: Any) -> None:
        """Record something that the user did, such as an edit of the space, with its words."""
        self._ledger.note(kind, detail)

    def actions(self) -> list[dict[str, Any]]:
        """Return what the user did, and why the study stopped or paused, oldest first."""
        return [one for one in self._ledger.actions() if _is_told(one)]

    def enqueue(self, configs: Any) -> int:
        """Run configurations of the user's next, before the optimizer proposes others.

        They are stored at once, may come from any process, and count in `n_trials`.

        Parameters
        ----------
        configs : dict, list of dict, pandas.DataFrame, or CSV file: its path, or opened
            Each must fit into the space; the columns of a table are hyper-parameters.

        Returns
        -------
        int
            How many configurations were added.

        Raises
        ------
        SpaceError, DataError
            One of them does not fit, or the file cannot be read; none is added then.
        HistoryError
            The store cannot be written.
        """
        self.refresh()
        read = read_configs(configs, self.space.version)
        key = uuid.uuid4().hex
        with self._lock:
            # Stored first: what is in line has to survive.
            self._ledger.note(ENQUEUE, {"key": key, "configs": read})
            self._enqueued.add(key, read)
            if self._run is not None:
                self._run.executor.wake()
        return len(read)

    def to_frame(self) -> pd.DataFrame:
        """Return all trials as a table, one row per trial, `score` higher-is-better.

        Hyper-parameters are columns of their own names; one whose name is taken by another
        column (such as ``score``) becomes ``config.score``.
        """
        return frame_of(self.trials)

    def run(self, executor: Any = None, *, show_progress: bool = True) -> Self:
        """Run until the budget is used; continues a study that was stopped or interrupted.

        Ctrl-C stops it; finished trials are kept. Too many failed trials in a row stop it too,
        and the message says why.

        Parameters
        ----------
        executor : Executor, concurrent.futures.Executor, distributed.Client or str, optional
            Where trials run; local worker processes by default. A text is the address of a
            Dask scheduler, such as ``"tcp://head:8786"``.
        show_progress : bool
            Whether to show a bar, if this is a terminal or a notebook.

        Raises
        ------
        StudyError, StudyBusyError
            The study is being run already, here or in another process.
        """
        self._begin(executor, is_attended=False)
        with bar_of(self.name, self.progress, place() if show_progress else ""):
            self._loop()
        if self._state is StudyState.FAILED:
            raise StudyError(self.message, name=self.name)
        return self

    def start(self, executor: Any = None) -> Self:
        """Like `run`, but in the background; too many failed trials in a row pause it."""
        self._begin(executor, is_attended=True)
        self._thread = threading.Thread(target=self._loop, name=f"study {self.name}", daemon=True)
        self._thread.start()
        return self

    def pause(self) -> None:
        """Start no more trials; running ones finish."""
        with self._lock:
            self._require_run().runner.pause()
            self._enter(StudyState.PAUSED, "Paused. Running trials finish.")

    def resume(self) -> Self:
        """Go on after a pause, a stop, an interruption or a raised budget."""
        with self._lock:
            if self._run is None:
                return self.start()
            self._enter(StudyState.RUNNING, "")
            self._run.search.forgive()
            self._run.runner.resume()
        return self

    def stop(self) -> None:
        """Cancel the running trials and end; `resume` runs them again."""
        with self._lock:
            self._require_run().runner.stop()
            self.message = "Stopping."

    def kill(self, number: int) -> None:
        """End one running trial; it counts as killed, and the others go on.

        Where trials run in local worker processes, its process is gone at once. A thread of
        a pool or of a Dask worker cannot be stopped: it is busy until the trial ends by itself.

        Raises
        ------
        StudyError
            There is no such running trial in this process.
        """
        with self._lock:
            run = self._require_run()
            if number not in {one.number for one in self.trials if one.state is TrialState.RUNNING}:
                advice = "Choose a trial that is running."
                raise StudyError.must("Study.kill", "be given a running trial", number, advice)
            run.runner.kill(number)

    def request(self, what: str, *, timeout_s: float = 10.0, **detail: Any) -> str:
        """Ask the process that runs this study to do something, and wait for its answer.

        Parameters
        ----------
        what : {"pause", "resume", "stop", "kill", "change"}
            The method of that name is called there.
        timeout_s : float
            How long to wait for the answer, in seconds.
        **detail
            ``number=`` of the trial to kill; what to `change`.

        Returns
        -------
        str
            How the study stands then, in words.

        Raises
        ------
        StudyError
            No process runs the study, it refused, or has not answered in time.
        """
        if what not in _REQUESTS:
            rule = f"be one of {', '.join(_REQUESTS)}"
            raise StudyError.must("Study.request", rule, what, "Choose one of these.")
        history = self._ledger.history
        if history is None or not self.id or not history.study(self.id).is_owned:
            message = f"Study {self.name!r} is not being run by any process. Run it first."
            raise StudyError(message, name=self.name)
        return ask(self._ledger, what, {"detail": detail}, timeout_s)

    def _take_request(self, action: Action) -> None:
        """Do what another process asks for, and store the answer."""
        if action.kind == ENQUEUE:
            self._enqueued.add(action.detail["key"], action.detail["configs"])
            with self._lock:
                if self._run is not None:
                    self._run.executor.wake()
            return
        try:
            self._obey(action.detail)
            is_done, message = True, self.message or f"Study {self.name!r} is {self._state}."
        except (TuneboardError, TypeError) as error:  # TypeError: a detail that is not known
            is_done, message = False, str(error)
        answer = {"key": action.detail["key"], "is_done": is_done, "message": message}
        with suppress(HistoryError):  # it is done; who asked is told that no answer came
            self._ledger.note(ANSWER, answer)

    def _obey(self, asked: Mapping[str, Any]) -> None:
        with self._lock:
            self._require_run()
            if asked["what"] not in _REQUESTS:
                rule = f"be one of {', '.join(_REQUESTS)}"
                raise StudyError.must("Study.request", rule, asked["what"], "Choose one of these.")
            getattr(self, asked["what"])(**asked["detail"])

    def final_estimate(self) -> dict[str, float]:
        """Score the best configuration on the rows that were held out and no trial has seen.

        What is known from then on is written into the history: a configuration chosen by this
        number would be chosen on rows that are no longer unseen.

        Returns
        -------
        dict
            Name of each metric -> its own value.

        Raises
        ------
        StudyError
            The study runs, or has no completed trial.
        ObjectiveError
            Nothing was held out.
        """
        if self._run is not None:
            message = f"Study {self.name!r} is running. Wait for its end, or stop it first."
            raise StudyError(message, name=self.name)
        trial = self.best_trial
        self._check()
        if not isinstance(self._objective, CrossValidation):
            rule, advice = "be given an estimator with holdout=", "A function has no such rows."
            raise ObjectiveError.must("Study.model", rule, self._settings.model, advice)
        scores = self._objective.final_scores(trial.config)
        self._ledger.note("final estimate", {"trial": trial.number, **scores})
        return scores

    def voting_model(self, numbers: Iterable[int]) -> VotingModel:
        """Return trials as one fitted VotingClassifier or VotingRegressor, with its score.

        The score is of the rows that were held out, where there are some, and that look at them is
        recorded, as with `final_estimate`; else it is cross-validated on the study's folds.

        Parameters
        ----------
        numbers : iterable of int
            At least two completed trials.

        Raises
        ------
        StudyError
            One of them is no completed trial.
        ObjectiveError
            There are fewer than two, or the study is of a function.
        """
        known = {one.number: one for one in self.trials if one.state is TrialState.COMPLETED}
        chosen = tuple(dict.fromkeys(numbers))
        unknown = [number for number in chosen if number not in known]
        if unknown:
            advice = "Choose others."
            raise StudyError.must(
                "Study.voting_model", "be given completed trials", unknown, advice
            )
        self._check()
        if not isinstance(self._objective, CrossValidation):
            rule, advice = "be an estimator", "A function has no model to vote with."
            raise ObjectiveError.must("Study.model", rule, self._settings.model, advice)
        made = voting_model(self._objective, {one: known[one].config for one in chosen})
        if made.is_held_out:
            self._ledger.note("final estimate", {"trials": list(chosen), **made.scores})
        return made

    def examine(self, number: int) -> Examination:
        """Fit a trial's configuration anew, and return what it predicts of unseen rows.

        Takes about seven times as long as the trial did, in the calling thread.

        Raises
        ------
        ObjectiveError
            The study is of a function or a command, whose model is not known.
        StudyError
            The study was opened without its model and data.
        """
        self._check()
        return examine(self._objective, self._log[number].config)

    def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until a study that was started has ended."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self

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

    def _begin(self, executor: Any, *, is_attended: bool) -> None:
        with self._lock:
            if self._run is not None:
                raise StudyError(
                    f"Study {self.name!r} is running already. Stop it before starting it again.",
                    name=self.name,
                )
            self._check()
            chosen = as_executor(executor, self._settings.n_workers)
            past = self._read_past()
            self._ledger.enrol(
                self.name,
                self._settings.to_dict(),
                self.space.version,
                lambda: surroundings(self._objective, *self._code),
            )
            if self._ledger.history is not None:
                _OPEN[self._ledger.history.place, self.id] = self
            watch = RequestWatch(self._ledger, self._take_request)
            self._ledger.claim(self._lost)
            try:
                self._catch_up()
                self._line_up()
                self._run = self._new_run(chosen, past, is_attended=is_attended)
                self._enter(StudyState.RUNNING, "")
                self._watch = watch
                watch.start()
            except BaseException:
                self._run = None
                self._ledger.give_up()
                raise

    def _line_up(self) -> None:
        """Put in line what was enqueued before the run, here or in another process."""
        stored = self._ledger.told((ENQUEUE,))
        keys = {one.detail["key"] for one in stored}
        for key, configs in self._enqueued.lists.items():
            if key not in keys:  # given before the study was stored
                self._ledger.note(ENQUEUE, {"key": key, "configs": configs})
        for one in stored:
            self._enqueued.add(one.detail["key"], one.detail["configs"])
        self._enqueued.start(self._log.all())

    def _read_past(self) -> list[PastStudy]:
        """Return the earlier studies that this one learns from."""
        settings = self._settings
        if not settings.learn_from:
            return []
        store = self._ledger.history
        return read_past(
            store, settings.learn_from, self.space.version, settings, self.data_fingerprint()
        )

    def _new_run(self, executor: Executor, past: list[PastStudy], *, is_attended: bool) -> StudyRun:
        settings, history = self._settings, self._ledger.history
        return StudyRun(
            Search(
                self._log,
                self._ledger,
                lambda: self.space.version,
                lambda: self._settings,
                self._pruner,
                past,
                enqueued=self._enqueued,
            ),
            executor,
            self._objective,
            Limits(settings.timeout_s, settings.memory_mb),
            on_trouble=self._pause_in_trouble if is_attended else self._wind_up_in_trouble,
            how_to_resume="" if history is None else f"Study.open({self.id!r}, {history.place!r})",
        )

    def _pause_in_trouble(self, why: str) -> None:
        with self._lock:
            run = self._require_run()
            if self._state is StudyState.RUNNING:
                run.runner.pause()
                self._enter(StudyState.PAUSED, f"Paused: {why} Resume to go on.")

    def _wind_up_in_trouble(self, why: str) -> None:
        """End: who waits for `run` to return cannot resume it."""
        self._require_run().runner.wind_up()

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

    def _loop(self) -> None:
        run = self._run
        if run is not None:
            self._end(*run.loop())

    def _end(self, state: StudyState, message: str) -> None:
        # Fitted models are of use to promoted trials only; a function's own files stay.
        is_over = state is StudyState.FINISHED and isinstance(self._objective, CrossValidation)
        if is_over or self._ledger.history is None:
            self._ledger.drop_checkpoints()
        if self._watch is not None:
            self._watch.stop()
        with self._lock:
            try:
                self._record(state, message)
                self._ledger.give_up()
                self._state, self.message = state, message
            except HistoryError as error:
                self._state, self.message = StudyState.FAILED, f"The study ended: {error}"
            finally:
                # Last: who sees that it no longer runs finds it ended in the store too.
                self._run = None

    def _enter(self, state: StudyState, message: str) -> None:
        self._record(state, message)
        self._state, self.message = state, message

    def _record(self, state: StudyState, message: str) -> None:
        """Store a new state, and why it is so, before it is told."""
        self._ledger.save(state=state.value)
        if message or self.message:
            self._ledger.note(STATE, {"state": state.value, "text": message})

    def _lost(self) -> None:
        """Stop: another process has taken the study over."""
        if self._run is not None:
            self._run.runner.stop()

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


def _is_told(action: Mapping[str, Any]) -> bool:
    """Whether an action means something to the user: processes also talk by these rows."""
    if action["kind"] == STATE:
        return bool(action["text"])
    return action["kind"] not in (REQUEST, ANSWER)


def _describe(model: Any) -> str:
    return str(getattr(model, "__qualname__", "") or model)


def _check_not_searched(resource: str, space: SearchSpace) -> None:
    if resource in space.names and space[resource].is_searched:
        rule = "be a hyper-parameter that is not searched"
        advice = f"Take it out of the search, by space.edit({resource!r}, is_searched=False)."
        raise StudyError.must("Fidelity.resource", rule, resource, advice)


def _check_fidelity(fidelity: Any, scheduler: str | None) -> None:
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
