"""scikit-learn's search results: `cv_results_`, or the fitted search that has them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..conversion.param_grid import from_distributions
from ..details import Details
from ..errors import DataError, SpaceError
from ..hyper_parameter import SpaceVersion
from ..metric import Metric
from ..settings import Settings
from ..study_data import StudyData
from ..trial import Provenance, Trial, TrialState
from .observed_space import observed_space, plain_value
from .outcome import as_score, metric_named, with_sound_score

_MEAN = "mean_test_"


@dataclass(frozen=True)
class _Results:
    """The columns of `cv_results_`, and which metrics they have."""

    columns: Mapping[str, Sequence[Any]]
    metrics: tuple[str, ...]

    def at(self, column: str, row: int) -> float | None:
        """Return one number; None where it is missing or NaN."""
        if column not in self.columns:
            return None
        owner = f"cv_results_[{column!r}][{row}]"
        return as_score(self.columns[column][row], owner, is_minimized=False)

    def per_fold(self, part: str, metric: str, row: int) -> tuple[float, ...]:
        """Return the scores of all folds on the "test" or the "train" rows."""
        pattern = re.compile(rf"split\d+_{part}_{re.escape(metric)}")
        names = [name for name in self.columns if pattern.fullmatch(name)]
        names.sort(key=lambda name: int(re.findall(r"\d+", name)[0]))
        scores = [self.at(name, row) for name in names]
        return tuple(one for one in scores if one is not None)


def import_search_cv(
    search: Any, *, metric: str | None = None, name: str | None = None
) -> StudyData:
    """Read the trials of GridSearchCV, RandomizedSearchCV and the halving searches.

    Parameters
    ----------
    search : fitted search, or its `cv_results_` (dict or DataFrame)
        The object itself: no file of pickled objects is ever loaded.
    metric : str, optional
        The metric that is the score; by default the one that it was refitted for, or the first.
    name : str, optional
        What to call the study.

    Returns
    -------
    StudyData
        With the scores of each fold, train scores and times. Estimators among the values
        stand as their text. Of a fitted search also the ranges.

    Raises
    ------
    DataError
        The search is not fitted, or a column is missing or mistyped; the message names it.

    Examples
    --------
    >>> results = {"params": [{"C": 1.0}, {"C": 10.0}], "mean_test_score": [0.8, 0.9]}
    >>> import_search_cv(results).best_trial().config
    {'C': 10.0}
    """
    columns = getattr(search, "cv_results_", search)
    is_table = hasattr(columns, "columns") or isinstance(columns, Mapping)
    if not is_table:
        advice = "Call its fit first, or give its cv_results_."
        raise DataError.must("import_search_cv.search", "be a fitted search", search, advice)
    results = _checked({key: list(columns[key]) for key in columns}, search, metric)
    trials = tuple(_trial(row, results) for row in range(len(results.columns["params"])))
    space = _space(search, [one.config for one in trials])
    names = [_metric(search, one) for one in results.metrics]
    estimator = getattr(search, "estimator", None)
    title = name or ("scikit-learn" if estimator is None else type(estimator).__name__)
    settings = Settings(
        optimizer="random",
        n_trials=max(1, len(trials)),
        folds=max([len(one.fold_scores) for one in trials] or [0]) or 5,
        metric=names[0],
        more_metrics=tuple(names[1:]),
        model=title if estimator is None else " ".join(repr(estimator).split()),
    )
    return StudyData(title, settings, (space,), trials, {"imported from": "scikit-learn"})


def _checked(columns: dict[str, list[Any]], search: Any, metric: str | None) -> _Results:
    """Check that all columns are there and equally long; the metric that counts comes first."""
    if "params" not in columns:
        rule = "have a column 'params'"
        raise DataError.must("cv_results_", rule, list(columns), "Give cv_results_ as it was made.")
    found = [one.removeprefix(_MEAN) for one in columns if one.startswith(_MEAN)]
    if not found:
        rule = f"have a column {_MEAN}score"
        raise DataError.must("cv_results_", rule, list(columns), "Give cv_results_ as it was made.")
    refit = getattr(search, "refit", None)
    first = metric or (refit if isinstance(refit, str) else found[0])
    if first not in found:
        rule = f"be one of {found}"
        raise DataError.must("import_search_cv.metric", rule, first, "Choose one of these.")
    n_rows = len(columns["params"])
    for one, values in columns.items():
        if len(values) != n_rows:
            rule = f"have {n_rows} rows, as params has"
            raise DataError.must(f"cv_results_[{one!r}]", rule, len(values), "Cut it to that.")
    return _Results(columns, (first, *(one for one in found if one != first)))


def _trial(row: int, results: _Results) -> Trial:
    params = results.columns["params"][row]
    if not isinstance(params, Mapping):
        owner = f"cv_results_['params'][{row}]"
        raise DataError.must(owner, "be a dict", params, "Give cv_results_ as it was made.")
    config = {name: _value(value, name, row) for name, value in params.items()}
    scores = [results.at(f"{_MEAN}{one}", row) for one in results.metrics]
    known = tuple(one for one in scores if one is not None)
    has_all = len(known) == len(scores)
    n_folds = len(results.per_fold("test", results.metrics[0], row))
    trial = Trial(
        row + 1,
        config,
        TrialState.COMPLETED,
        Provenance("scikit-learn", "imported from scikit-learn"),
        score=scores[0],
        fold_scores=results.per_fold("test", results.metrics[0], row),
        error="" if has_all else "The fit failed in scikit-learn.",
        duration_s=_seconds(results, row, n_folds),
        fidelity=results.at("n_resources", row),
        scores=known if has_all and len(known) > 1 else (),
        details=_details(results, row),
    )
    return with_sound_score(trial)


def _seconds(results: _Results, row: int, n_folds: int) -> float:
    per_fold = (results.at(f"mean_{one}_time", row) or 0.0 for one in ("fit", "score"))
    return max(1, n_folds) * sum(per_fold)


def _details(results: _Results, row: int) -> Details:
    several = len(results.metrics) > 1
    tests = tuple(results.per_fold("test", one, row) for one in results.metrics) if several else ()
    trains = tuple(results.per_fold("train", one, row) for one in results.metrics)
    return Details(fold_scores=tests, train_scores=trains if any(trains) else ())


def _value(value: Any, name: str, row: int) -> Any:
    """Return a plain value; an estimator as its text."""
    if hasattr(value, "get_params") or callable(value):
        return " ".join(repr(value).split())
    return plain_value(value, f"cv_results_['params'][{row}][{name!r}]")


def _space(search: Any, configs: Sequence[Mapping[str, Any]]) -> SpaceVersion:
    """Return the ranges that were searched, where the search says them in plain values."""
    grid = getattr(search, "param_distributions", None) or getattr(search, "param_grid", None)
    if grid:
        try:
            version = from_distributions(grid).version
        except SpaceError:
            # Estimators among the choices, say: then what was tried has to do.
            version = None
        if version and all(one in version for config in configs for one in config):
            return version
    return observed_space(configs, "seen in cv_results_")


def _metric(search: Any, name: str) -> Metric:
    scoring = getattr(search, "scoring", None)
    if name == "score" and isinstance(scoring, str):
        name = scoring
    return metric_named(name, is_minimized=name.startswith("neg_"))
