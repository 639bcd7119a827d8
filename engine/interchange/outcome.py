"""Scores and states of another tool in our words: higher is better, a failure is data."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from ..errors import DataError
from ..given import as_python, is_number
from ..metric import METRICS, Metric
from ..trial import Trial, TrialState

_KNOWN = {metric.name: metric for metrics in METRICS.values() for metric in metrics}


def metric_named(name: str, *, is_minimized: bool = False) -> Metric:
    """Return one of our metrics by its name, else a metric of that name and direction."""
    return _KNOWN.get(name) or Metric(name, name.replace("_", " "), is_minimized)


def as_score(value: Any, owner: str, *, is_minimized: bool) -> float | None:
    """Return a tool's own value as a score, higher is better; None where it is missing or NaN.

    Raises
    ------
    DataError
        It is something, but no number.
    """
    value = as_python(value)
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if not is_number(value):
        raise DataError.must(owner, "be a number", value, "Choose another column for the score.")
    return -float(value) if is_minimized else float(value)


def with_sound_score(trial: Trial) -> Trial:
    """Return the trial; as failed where it should have a score and has no finite one."""
    scored = trial.state in (TrialState.COMPLETED, TrialState.STOPPED)
    if not scored or (trial.score is not None and math.isfinite(trial.score)):
        return trial
    found = "no score" if trial.score is None else f"the score {trial.score}"
    error = trial.error or f"{trial.state.value.capitalize()} with {found} where it was imported."
    return replace(trial, state=TrialState.FAILED, score=None, scores=(), error=error)
