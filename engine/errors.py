"""The family of errors: each names the guilty item, the rule and the way out."""

from __future__ import annotations

import reprlib
from typing import Any, Self

_SHORT = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 80


class TuneboardError(Exception):
    """Base of all errors raised by tuneboard.

    Parameters
    ----------
    message : str
        One or two sentences for the user.
    name : str
        The guilty item, such as ``"SearchSpace.lr"``.
    value : object
        What was found there.
    """

    def __init__(self, message: str, *, name: str = "", value: Any = None) -> None:
        super().__init__(message)
        self.name = name
        self.value = value

    @classmethod
    def must(cls, name: str, rule: str, value: Any, advice: str) -> Self:
        """Word the error as "name must rule, not value. advice"."""
        message = f"{name} must {rule}, not {_SHORT.repr(value)}. {advice}"
        return cls(message, name=name, value=value)


class SpaceError(TuneboardError, ValueError):
    """A search space, a hyper-parameter or a configuration is not valid."""


class OptimizerError(TuneboardError, ValueError):
    """An optimizer was set up or called against its contract."""


class SpaceExhaustedError(OptimizerError):
    """Every configuration of a finite space has been proposed."""


class ObjectiveError(TuneboardError, ValueError):
    """The model, the data, the folds or the metric do not fit together."""


class DataError(TuneboardError, ValueError):
    """A data file cannot be read, or lacks what was asked for."""


class QueryError(TuneboardError, ValueError):
    """A query of the search box cannot be read."""


class HistoryError(TuneboardError, RuntimeError):
    """The store cannot be opened, read or written."""


class AnalysisError(TuneboardError, ValueError):
    """An analysis was asked for what it cannot give."""


class HistoryAwayError(HistoryError):
    """The store cannot be written for now: locked, full or unreachable. It is tried again."""


class StudyError(TuneboardError, RuntimeError):
    """A study cannot do what was asked in the state that it is in."""


class StudyBusyError(StudyError):
    """The study is being run by another process."""


class ExecutorLostError(TuneboardError, RuntimeError):
    """What runs the trials is gone; the study can be resumed on another executor."""
