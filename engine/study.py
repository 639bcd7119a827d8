"""The story of one search: its space, settings, trials and state; resumes from the history."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from .conversion import as_space
from .errors import (
    SpaceError,
    StudyError,
)
from .fidelity import Fidelity
from .history import History, StudyRecord, as_history
from .ledger import Ledger
from .objective import (
    CrossValidation,
    make_objective,
    unstored_options,
)
from .optimizers import DEFAULT_SCHEDULER
from .settings import Settings
from .space import SearchSpace
from .study_base import check_fidelity
from .study_running import OPEN, StudyRunning
from .study_state import StudyState

__all__ = ["Study", "StudyState"]

_OPENING = threading.Lock()


class Study(StudyRunning):
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
        check_fidelity(fidelity, scheduler)
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
            study = OPEN.get((store.place, study_id))
            if study is None:
                study = cls._load(store, store.study(study_id))
                OPEN[store.place, study_id] = study
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


def _describe(model: Any) -> str:
    return str(getattr(model, "__qualname__", "") or model)
