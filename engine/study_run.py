"""One run of a study in this process: from the first trial to the last commit."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .errors import ExecutorLostError, TuneboardError
from .executors import Executor, Limits
from .runner import Runner
from .search import Search
from .study_state import StudyState

RESUME = "Resume to go on"


class StudyRun:
    """The parts that work together while a study runs.

    Parameters
    ----------
    search : Search
        What to run next, and what is learnt.
    executor : Executor
        Where it runs; opened and closed here.
    objective : Objective
        What a trial runs.
    limits : Limits
        What a trial may use.
    on_trouble : function
        Called with the reason when too many trials in a row have failed.
    how_to_resume : str
        What to write to go on in another process; may be empty.
    """

    def __init__(
        self,
        search: Search,
        executor: Executor,
        objective: Any,
        limits: Limits,
        *,
        on_trouble: Callable[[str], None],
        how_to_resume: str,
    ) -> None:
        self.search, self.executor = search, executor
        self.runner = Runner(search, executor, on_trouble=on_trouble)
        self._objective, self._limits = objective, limits
        self._how = f": {how_to_resume}" if how_to_resume else "."

    def loop(self) -> tuple[StudyState, str]:
        """Run to the end; returns how the study stands then, and why in words."""
        try:
            self.executor.open(self._objective, self._limits)
            self.runner.run()
            return self._outcome()
        except KeyboardInterrupt:
            return StudyState.INTERRUPTED, f"Interrupted. {RESUME}{self._how}"
        except ExecutorLostError as error:
            return StudyState.INTERRUPTED, f"Interrupted. {error}"
        except Exception as error:  # noqa: BLE001 (the store or an optimizer failed: shown)
            return StudyState.FAILED, f"The study ended: {error}"
        finally:
            with suppress(ExecutorLostError):
                self.executor.close()
            with suppress(TuneboardError):  # what failed may be the store, and is told already
                self.search.interrupt_all()

    def _outcome(self) -> tuple[StudyState, str]:
        if self.runner.is_stopping:
            return StudyState.STOPPED, f"Stopped. {RESUME}."
        if self.runner.is_winding_up:
            return StudyState.STOPPED, f"Stopped: {self.search.trouble} {RESUME}."
        return StudyState.FINISHED, self.search.message
