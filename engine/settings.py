"""How a study is set up, as one frozen record."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from numbers import Integral
from typing import Any, Self

from .errors import StudyError
from .fidelity import Fidelity
from .metric import SCORE, Metric
from .optimizers import DEFAULT_SCHEDULER


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

    Raises
    ------
    StudyError
        A count is not a whole number of at least 1.
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

    def __post_init__(self) -> None:
        for name in ("n_trials", "n_workers", "folds", "seed"):
            number = getattr(self, name)
            if isinstance(number, Integral) and not isinstance(number, bool):
                object.__setattr__(self, name, int(number))  # numpy's cannot be stored
        for name in ("n_trials", "n_workers"):
            check_count(f"Study.{name}", getattr(self, name))

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
        }
        return cls(**{**data, **records})


def check_count(name: str, count: Any) -> None:
    """Raise StudyError unless `count` is a whole number of at least 1."""
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise StudyError.must(name, "be a whole number of at least 1", count, "Give 1 or more.")
