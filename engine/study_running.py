"""How a study is run and steered, from its start to its end."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self
from weakref import WeakValueDictionary

from .enqueued import read_configs
from .errors import (
    HistoryError,
    StudyError,
    TuneboardError,
)
from .executors import Executor, Limits, as_executor
from .history import Action
from .ledger import ENQUEUE
from .objective import (
    CrossValidation,
)
from .past_trials import PastStudy, read_past
from .progress_bar import bar_of, place
from .requests import ANSWER, RequestWatch, ask
from .search import Search, optimizer_of
from .study_base import check_fidelity
from .study_models import StudyModels
from .study_run import StudyRun
from .study_state import StudyState
from .surroundings import surroundings
from .trial import TrialState

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

_REQUESTS = ("pause", "resume", "stop", "kill", "change")

OPEN: WeakValueDictionary[tuple[str, str], StudyRunning] = WeakValueDictionary()
"""The studies of this process, by store and id: all sessions see the same one."""


class StudyRunning(StudyModels):
    """The part of a `Study` that runs it: a `Study` inherits it."""

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
            check_fidelity(self._settings.fidelity, settings["scheduler"])
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

    def wait(self, timeout_s: float | None = None) -> Self:
        """Wait until a study that was started has ended."""
        if self._thread is not None:
            self._thread.join(timeout_s)
        return self

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
                OPEN[self._ledger.history.place, self.id] = self
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

    def _lost(self) -> None:
        """Stop: another process has taken the study over."""
        if self._run is not None:
            self._run.runner.stop()
