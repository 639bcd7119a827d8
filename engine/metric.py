"""The metric: what a score means, its name and its direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .errors import ObjectiveError

Task = Literal["classification", "regression"]


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric by name; inside the engine a score is always higher-is-better.

    Parameters
    ----------
    name : str
        The scikit-learn scorer, or ``"score"`` for a function's own value.
    label : str
        What the page calls it.
    is_minimized : bool
        Whether the metric itself is better when lower; its scores are then negated.
    needs : {"any", "two classes", "positive targets"}
        What the target must have.
    """

    name: str
    label: str
    is_minimized: bool = False
    needs: Literal["any", "two classes", "positive targets"] = "any"

    def shown(self, score: float) -> float:
        """Turn a score (higher is better) into the metric's own value."""
        return -score if self.is_minimized else score

    @property
    def axis_label(self) -> str:
        """Label and, where it may surprise, direction."""
        return f"{self.label} (lower is better)" if self.is_minimized else self.label


SCORE = Metric("score", "score")

METRICS: dict[Task, tuple[Metric, ...]] = {
    "classification": (
        Metric("accuracy", "accuracy"),
        Metric("balanced_accuracy", "balanced accuracy"),
        Metric("f1_macro", "F1 (macro)"),
        Metric("f1", "F1", needs="two classes"),
        Metric("roc_auc", "ROC AUC", needs="two classes"),
        Metric("neg_log_loss", "log loss", is_minimized=True),
    ),
    "regression": (
        Metric("r2", "R²"),
        Metric("neg_root_mean_squared_error", "RMSE", is_minimized=True),
        Metric("neg_mean_absolute_error", "MAE", is_minimized=True),
        Metric("neg_mean_absolute_percentage_error", "MAPE", is_minimized=True),
    ),
}


def find_metric(name: str | None, task: Task) -> Metric:
    """Return the metric of that name for the task; None gives the task's default.

    Raises
    ------
    ObjectiveError
        The task has no such metric.
    """
    known = METRICS[task]
    if name is None:
        return known[0]
    for metric in known:
        if metric.name == name:
            return metric
    names = ", ".join(metric.name for metric in known)
    raise ObjectiveError.must(
        "Study.metric", f"be one of {names} for a {task} task", name, "Choose one of these."
    )
