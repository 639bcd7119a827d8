"""A function of the configuration, or of the running trial, as an objective."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from ..errors import ObjectiveError
from ..metric import SCORE, Metric
from ..trial import Config, Result
from ..trial_run import as_run
from .base import as_score, stopped


class FunctionObjective:
    """A function as an objective.

    What it is called with is the dict of the configuration and the running trial in one: see
    `TrialRun` for what the function may do with it.

    Parameters
    ----------
    function : callable
        Takes the running trial, returns the metric's own value: a number. Where the trial was
        told to stop, None stands for the value reported last.
    metric : Metric
        What the number means; of a minimized one, the score is the number negated.

    Raises
    ------
    ObjectiveError
        `function` cannot be called.

    Examples
    --------
    >>> FunctionObjective(lambda config: config["x"] ** 2)({"x": 3}).score
    9.0
    """

    def __init__(self, function: Callable[[Any], Any], metric: Metric = SCORE) -> None:
        if not callable(function):
            raise ObjectiveError.must(
                "FunctionObjective.function",
                "be a function of the configuration",
                function,
                "Pass the function itself, without calling it.",
            )
        self.function = function
        self.metric = metric

    def __call__(self, config: Config) -> Result:
        """Run the function; an ObjectiveError if what it returns is no finite number."""
        began = time.perf_counter()
        run = as_run(config, self.metric)
        returned = self.function(run)
        if returned is None and run.was_told_to_stop:
            score = run.curve[-1][1]
        else:
            # The sign turns round the same way in both directions.
            score = self.metric.shown(as_score(returned))
        result = Result(score, duration_s=time.perf_counter() - began)
        return stopped(result, run) if run.was_told_to_stop else result
