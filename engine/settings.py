"""How a study is set up, as one frozen record."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from numbers import Integral
from typing import Any, Self

from .errors import StudyError
from .fidelity import Fidelity
from .given import is_number
from .metric import SCORE, Metric
from .optimizers import DEFAULT_SCHEDULER

PRUNERS = ("none", "median", "own")


@dataclass(frozen=True, slots=True)
class Settings:
    """A study's set-up; `changed` gives another, checked, one.

    Parameters
    ----------
    optimizer : str
        A name of `optimizers.OPTIMIZERS`.
    n_trials, n_workers, folds : int
        The budget, promotions included, the number of worker processes and of
        cross-validation folds.
    seed : int
        Fixes all random choices.
    metric : Metric
        What the score means.
    model : str
        The model in words.
    origin : dict or None
        What model and data can be made from again; see `problem.Problem`.
    fidelity : Fidelity or None
        The ladder that trials climb; None where each has all of the resource.
    scheduler : str
        A name of `optimizers.SCHEDULERS`: what decides how far a trial goes, where there is a
        fidelity.
    options : mapping
        Parameters of the optimizer alone, as plain data.
    is_racing : bool
        Whether trials stop after the folds that show that they cannot win.
    pruner : {"none", "median", "own"}
        What stops trials that report steps; "own" is a pruner that cannot be stored.
    timeout_s, memory_mb : float or None
        What one trial may use; see `executors.Limits`.
    max_failures : int or None
        So many failed trials in a row pause the study; None for never.
    holdout : float
        Share of the rows that no trial sees.
    more_metrics : tuple of Metric
        What the scores beside the first one mean.
    unstored : tuple of str
        Options of the objective that cannot be stored, and must be given again to resume.
    learn_from : tuple of str
        Ids of the earlier studies whose trials the optimizer knows from the start.
    max_seconds, target_score, patience, min_improvement_left : number or None
        When to end before the budget is used; see `stop_rules.StopRules`.

    Raises
    ------
    StudyError
        A count is not a whole number of at least 1, a stop rule is not valid, or the pruner is
        not known.
    """

    optimizer: str = "auto"
    n_trials: int = 50
    n_workers: int = 2
    folds: int = 5
    seed: int = 0
    metric: Metric = SCORE
    model: str = ""
    origin: Mapping[str, Any] | None = None
    fidelity: Fidelity | None = None
    scheduler: str = DEFAULT_SCHEDULER
    options: Mapping[str, Any] = field(default_factory=dict)
    is_racing: bool = False
    pruner: str = "none"
    timeout_s: float | None = None
    memory_mb: float | None = None
    max_failures: int | None = 10
    holdout: float = 0.0
    more_metrics: tuple[Metric, ...] = ()
    unstored: tuple[str, ...] = ()
    learn_from: tuple[str, ...] = ()
    max_seconds: float | None = None
    target_score: float | None = None
    patience: int | None = None
    min_improvement_left: float | None = None

    def __post_init__(self) -> None:
        for name in ("n_trials", "n_workers", "folds", "seed"):
            number = getattr(self, name)
            if isinstance(number, Integral) and not isinstance(number, bool):
                object.__setattr__(self, name, int(number))  # numpy's cannot be stored
        for name in ("n_trials", "n_workers"):
            check_count(f"Study.{name}", getattr(self, name))
        if self.max_failures is not None:
            check_count("Study.max_failures", self.max_failures)
        self._check_stop_rules()
        if self.pruner not in PRUNERS:
            rule = f"be one of {list(PRUNERS)}"
            raise StudyError.must("Study.pruner", rule, self.pruner, "Choose one of these.")

    def _check_stop_rules(self) -> None:
        if self.patience is not None:
            check_count("Study.patience", self.patience)
        for name in ("max_seconds", "target_score", "min_improvement_left"):
            given = getattr(self, name)
            if given is None:
                continue
            is_target = name == "target_score"
            if not is_number(given) or not math.isfinite(given) or not (is_target or given > 0):
                rule = "be a finite number" if is_target else "be a positive number"
                advice = "Give None for no such rule."
                raise StudyError.must(f"Study.{name}", rule, given, advice)
            object.__setattr__(self, name, float(given))

    def changed(self, **changes: Any) -> Self:
        """Return the settings with `changes`."""
        return replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as plain data."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the settings that `to_dict` described."""
        fidelity = data.get("fidelity")
        records = {
            "metric": Metric(**data["metric"]),
            "fidelity": None if fidelity is None else Fidelity.from_dict(fidelity),
            "more_metrics": tuple(Metric(**one) for one in data.get("more_metrics", ())),
            "unstored": tuple(data.get("unstored", ())),
            "learn_from": tuple(data.get("learn_from", ())),
        }
        return cls(**{**data, **records})


def check_count(name: str, count: Any) -> None:
    """Raise StudyError unless `count` is a whole number of at least 1."""
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise StudyError.must(name, "be a whole number of at least 1", count, "Give 1 or more.")
