"""What an estimator must be for cross-validation."""

from __future__ import annotations

from typing import Any

from ..errors import ObjectiveError
from ..metric import Task

OWNER = "CrossValidation"


def task_of(estimator: Any) -> Task:
    """Return what the estimator is for, checking that it can be cloned and fitted."""
    from sklearn.base import is_classifier, is_regressor

    name = type(estimator).__name__
    if isinstance(estimator, type):
        advice = f"Write {estimator.__name__}() to make an object of it."
        raise ObjectiveError.must(f"{OWNER}.estimator", "be an object", estimator, advice)
    for method in ("fit", "get_params", "set_params"):
        if not hasattr(estimator, method):
            advice = f"{name} has no {method}()."
            raise ObjectiveError.must(
                f"{OWNER}.estimator", "be a scikit-learn estimator", estimator, advice
            )
    # Asking is an error for an estimator without scikit-learn's tags.
    try:
        if is_classifier(estimator):
            return "classification"
        if is_regressor(estimator):
            return "regression"
    except (AttributeError, TypeError, ValueError):
        pass
    advice = f"{name} says that it is neither."
    raise ObjectiveError.must(
        f"{OWNER}.estimator", "be a classifier or a regressor", estimator, advice
    )


def seeded_clone(estimator: Any, seed: int) -> Any:
    """Clone the estimator, with `seed` wherever a random_state is None."""
    from sklearn.base import clone

    try:
        copy = clone(estimator)
    except (TypeError, RuntimeError) as failure:
        message = f"{OWNER}.estimator must be one that scikit-learn can clone. {failure}"
        raise ObjectiveError(message, name=f"{OWNER}.estimator", value=estimator) from failure
    unset = {
        name: seed
        for name, value in copy.get_params(deep=True).items()
        if value is None and name.split("__")[-1] == "random_state"
    }
    return copy.set_params(**unset)


def lacking(estimator: Any, metric_name: str) -> str:
    """Name the method that the metric calls and the estimator does not have; empty if none."""
    needed = {
        "neg_log_loss": ("predict_proba",),
        "roc_auc": ("decision_function", "predict_proba"),
    }.get(metric_name, ())
    # What a stacked model can do is known only once it is fitted.
    is_stacked = any(name.endswith("final_estimator") for name in estimator.get_params())
    has_one = any(hasattr(estimator, method) for method in needed)
    return "" if has_one or is_stacked else " or ".join(needed)


def last_step_name(estimator: Any) -> str:
    """Return the type of the estimator, of a pipeline that of its last step."""
    steps = getattr(estimator, "steps", None)
    return last_step_name(steps[-1][1]) if steps else type(estimator).__name__
