"""The metrics of cross-validation: names and scorers of scikit-learn, or the user's own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ObjectiveError
from ..metric import METRICS, Metric, Task, find_metric

Scorer = Callable[..., Any]


@dataclass(frozen=True)
class Scoring:
    """One metric and the scorer that gives its score; a scorer of None is looked up by name."""

    metric: Metric
    scorer: Scorer | None = None

    def score(self, model: Any, X: Any, y: Any, labels: Sequence[Any], weight: Any = None) -> float:
        """Return the score, higher is better, of a fitted model."""
        scorer = self.scorer or _known_scorer(self.metric.name, labels)
        takes_weight = weight is not None and hasattr(scorer, "_score_func")
        return float(scorer(model, X, y, **({"sample_weight": weight} if takes_weight else {})))


def as_scorings(metric: Any, task: Task) -> tuple[Scoring, ...]:
    """Return the metrics that are meant, the first of which is the score.

    Parameters
    ----------
    metric : str, callable or sequence of them, or None
        Names of metrics or of scikit-learn's scorers, or scorers ``(model, X, y) -> number``,
        higher is better; None for the task's default.

    Raises
    ------
    ObjectiveError
        A name is not known or is of another task, or stands twice.
    """
    several = metric if isinstance(metric, (list, tuple)) else [metric]
    scorings = tuple(_as_scoring(one, task) for one in several)
    names = [one.metric.name for one in scorings]
    if not names or len(set(names)) < len(names):
        advice = "Name each metric once."
        raise ObjectiveError.must("Study.metric", "name different metrics", names, advice)
    return scorings


def _as_scoring(metric: Any, task: Task) -> Scoring:
    if callable(metric):
        return Scoring(_metric_of(metric), metric)
    if isinstance(metric, str) and metric not in {one.name for one in METRICS[task]}:
        scorer = _scorer_by_name(metric, task)
        if scorer is not None:
            return Scoring(_metric_named(metric, scorer))
    return Scoring(find_metric(metric, task))


def _scorer_by_name(name: str, task: Task) -> Scorer | None:
    """Return scikit-learn's scorer; None where there is none, or it is for another task."""
    from sklearn.metrics import get_scorer, get_scorer_names

    others = {one.name for kind, known in METRICS.items() if kind != task for one in known}
    if name in others or name not in get_scorer_names():
        return None
    scorer: Scorer = get_scorer(name)
    return scorer


def _metric_named(name: str, scorer: Scorer) -> Metric:
    is_minimized = getattr(scorer, "_sign", 1) < 0
    return Metric(name, name.removeprefix("neg_").replace("_", " "), is_minimized)


def _metric_of(scorer: Scorer) -> Metric:
    function = getattr(scorer, "_score_func", scorer)
    return _metric_named(getattr(function, "__name__", type(scorer).__name__), scorer)


def _known_scorer(name: str, labels: Sequence[Any]) -> Scorer:
    from sklearn.metrics import f1_score, get_scorer, make_scorer

    if name == "f1":
        return make_scorer(f1_score, pos_label=labels[-1])  # type: ignore[no-any-return]
    return get_scorer(name)  # type: ignore[no-any-return]
