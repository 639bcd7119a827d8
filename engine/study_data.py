"""A whole study as plain records: what is imported, exported and handed on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from .details import Details
from .errors import DataError
from .hyper_parameter import SpaceVersion
from .metric import Metric
from .settings import Settings
from .trial import Provenance, Trial, TrialState


@dataclass(frozen=True)
class StudyData:
    """One study: its set-up, the versions of its space, its trials, and where it is from.

    Parameters
    ----------
    name : str
        What the page calls it.
    settings : Settings
        The set-up; `settings.metric` says what the scores mean.
    versions : tuple of SpaceVersion
        At least one, by rising number; trials refer to them.
    trials : tuple of Trial
        By rising number, from 1.
    about : mapping of str to plain data
        Where it is from: ``{"imported from": "Optuna", ...}``.

    Raises
    ------
    DataError
        There is no version of the space, a number stands twice, or a trial names a version
        that is not there.
    """

    name: str
    settings: Settings
    versions: tuple[SpaceVersion, ...]
    trials: tuple[Trial, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = [one.number for one in self.versions]
        if not known:
            raise DataError.must("StudyData.versions", "have a version", known, "Give the space.")
        check_each_once("StudyData.versions", known)
        check_each_once("StudyData.trials", [one.number for one in self.trials])
        for trial in self.trials:
            if trial.space_version not in known:
                rule = f"be one of {known}"
                name, found = f"Trial {trial.number}.space_version", trial.space_version
                raise DataError.must(name, rule, found, "Give that version of the space too.")

    @property
    def metric(self) -> Metric:
        """What the score means."""
        return self.settings.metric

    @property
    def space(self) -> SpaceVersion:
        """The latest version of the space."""
        return self.versions[-1]

    @property
    def completed(self) -> tuple[Trial, ...]:
        """The trials that have a score of a whole run."""
        return tuple(one for one in self.trials if one.state is TrialState.COMPLETED)

    def best_trial(self) -> Trial:
        """Return the completed trial with the highest score, the earliest of equals.

        Raises
        ------
        DataError
            None has completed.
        """
        if not self.completed:
            advice = "Run the study first."
            raise DataError.must(f"Study {self.name!r}", "have a completed trial", 0, advice)
        return max(self.completed, key=lambda one: (one.score or 0.0, -one.number))

    def trial(self, number: int) -> Trial:
        """Return one trial.

        Raises
        ------
        DataError
            There is no such trial.
        """
        for trial in self.trials:
            if trial.number == number:
                return trial
        advice = "Choose one of the study's."
        raise DataError.must(f"Study {self.name!r}", "have the trial asked for", number, advice)

    def to_dict(self) -> dict[str, Any]:
        """Return all of it as plain data; `from_dict` is the way back."""
        return {
            "name": self.name,
            "settings": self.settings.to_dict(),
            "versions": [one.to_dict() for one in self.versions],
            "trials": [trial_to_dict(one) for one in self.trials],
            "about": dict(self.about),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> StudyData:
        """Build the study that `to_dict` described.

        Raises
        ------
        DataError, SpaceError
            An entry is missing or does not fit; the message names it.
        """
        for name in ("name", "settings", "versions", "trials"):
            if not isinstance(data, Mapping) or name not in data:
                advice = "Give what to_dict() returned."
                raise DataError.must("StudyData", f"have an entry {name}", list(data), advice)
        trials = [trial_from_dict(one, f"trials[{at}]") for at, one in enumerate(data["trials"])]
        try:
            settings = Settings.from_dict(data["settings"])
        except (TypeError, KeyError) as error:
            advice = f"It fails with: {error}."
            found = data["settings"]
            raise DataError.must("StudyData.settings", "be a set-up", found, advice) from error
        versions = tuple(SpaceVersion.from_dict(one) for one in data["versions"])
        return cls(str(data["name"]), settings, versions, tuple(trials), data.get("about") or {})


def check_each_once(name: str, numbers: Sequence[int]) -> None:
    """Raise DataError where a number stands twice."""
    seen: set[int] = set()
    for number in numbers:
        if number in seen:
            raise DataError.must(name, "have each number once", number, "Renumber one of the two.")
        seen.add(number)


def trial_to_dict(trial: Trial) -> dict[str, Any]:
    """Return a trial as plain data; what is empty is left out."""
    row: dict[str, Any] = {one.name: getattr(trial, one.name) for one in fields(trial)}
    made = asdict(trial.provenance)
    row |= {
        "state": trial.state.value,
        "provenance": {name: value for name, value in made.items() if value},
        "fold_scores": list(trial.fold_scores),
        "scores": list(trial.scores),
        "details": trial.details.to_dict(),
    }
    kept = ("number", "config", "state")
    return {name: value for name, value in row.items() if name in kept or value not in _EMPTY}


_EMPTY: tuple[Any, ...] = (None, "", [], {}, 0.0)


def trial_from_dict(data: Any, owner: str = "Trial") -> Trial:
    """Build the trial that `trial_to_dict` described.

    Raises
    ------
    DataError
        An entry is missing or of the wrong type; the message names it.
    """
    if not isinstance(data, Mapping):
        raise DataError.must(owner, "be a dict", data, "Give what was exported.")
    for name, kind, words in (
        ("number", int, "a whole number"),
        ("config", dict, "a dict"),
        ("state", str, "text"),
    ):
        if not isinstance(data.get(name), kind):
            advice = "Give what was exported."
            raise DataError.must(f"{owner}.{name}", f"be {words}", data.get(name), advice)
    states = [one.value for one in TrialState]
    if data["state"] not in states:
        rule = f"be one of {states}"
        raise DataError.must(f"{owner}.state", rule, data["state"], "Check the spelling.")
    made = {"optimizer": "", "reason": "", **data.get("provenance", {})}
    parts = {
        "state": TrialState(data["state"]),
        "provenance": Provenance(**{**made, "parents": tuple(made.get("parents", ()))}),
        "fold_scores": tuple(data.get("fold_scores", ())),
        "scores": tuple(data.get("scores", ())),
        "details": Details.from_dict(data.get("details", {})),
    }
    try:
        return Trial(**{**data, **parts})
    except TypeError as error:
        advice = f"It fails with: {error}."
        raise DataError.must(owner, "have a trial's entries", sorted(data), advice) from error
