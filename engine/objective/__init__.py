"""What a trial runs: cross-validation of a model, a function, or a command line."""

from __future__ import annotations

from typing import Any

from ..errors import ObjectiveError
from ..metric import SCORE
from .base import Objective, run_objective
from .command import CommandObjective
from .cross_validation import TRAINING_FRACTION, CrossValidation
from .estimator_checks import task_of
from .examination import Examination, examine
from .function import FunctionObjective
from .splits import is_count

__all__ = [
    "TRAINING_FRACTION",
    "CommandObjective",
    "CrossValidation",
    "Examination",
    "FunctionObjective",
    "Objective",
    "examine",
    "make_objective",
    "run_objective",
    "task_of",
    "unstored_options",
]


def make_objective(model: Any, X: Any = None, y: Any = None, **options: Any) -> Any:
    """Return what a study runs for the model that a user gives.

    Parameters
    ----------
    model : estimator, function or objective
        An estimator is cross-validated; an objective of ours is taken as it is.
    X, y : table, array
        The data of an estimator.
    **options
        Those of `CrossValidation`.

    Raises
    ------
    ObjectiveError
        The model is none of these, or model, data and options do not fit together.
    """
    if isinstance(model, (CrossValidation, FunctionObjective, CommandObjective)):
        return model
    if hasattr(model, "fit"):
        return CrossValidation(model, X, y, **options)
    if not callable(model):
        advice = "Give one with fit, or a function."
        raise ObjectiveError.must("Study.model", "be an estimator or a function", model, advice)
    if options.get("metric") not in (None, SCORE.name):
        rule, advice = "be left out for a function", "What the function returns is the score."
        raise ObjectiveError.must("Study.metric", rule, options["metric"], advice)
    return FunctionObjective(model)


def unstored_options(model: Any, **options: Any) -> tuple[str, ...]:
    """Name what a study was given that no store can keep, to be given again to resume."""
    if isinstance(model, CrossValidation):
        return ("model",)
    names = [name for name in ("groups", "sample_weight") if options.get(name) is not None]
    if not is_count(options.get("folds", 5)):
        names.append("folds")
    metric = options.get("metric")
    several = metric if isinstance(metric, (list, tuple)) else [metric]
    if any(callable(one) for one in several):
        names.append("metric")
    return tuple(names)
