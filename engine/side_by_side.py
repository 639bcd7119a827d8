"""Compare configurations and studies: what differs, and what the score did."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from .errors import StudyError
from .space_changes import in_words, space_changes
from .study_data import StudyData
from .trial import Mutation, Trial, mutations

ABSENT = "—"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a comparison: a name and what each side has there; `ABSENT` for nothing."""

    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether the sides are not all the same."""
        return len({repr(one) for one in self.values}) > 1


@dataclass(frozen=True)
class Comparison:
    """Two or more configurations or studies, side by side.

    Attributes
    ----------
    titles : tuple of str
        What each side is called.
    config, score, data, versions, setup : tuple of Row
        The configurations, what the score did, the data, the packages and the set-up.
    space : tuple of tuples of str
        How the space of each side differs from the first one's, in words, side by side.
    code : str
        The difference of the first two sides' code, as a unified diff; empty where it is equal.
    """

    titles: tuple[str, ...]
    config: tuple[Row, ...]
    score: tuple[Row, ...]
    setup: tuple[Row, ...] = ()
    data: tuple[Row, ...] = ()
    versions: tuple[Row, ...] = ()
    space: tuple[tuple[str, ...], ...] = ()
    code: str = ""

    @property
    def differing(self) -> tuple[Row, ...]:
        """All lines in which the sides differ."""
        parts = (self.config, self.score, self.setup, self.data, self.versions)
        return tuple(row for part in parts for row in part if row.differs)


@dataclass(frozen=True, slots=True)
class Change:
    """How a trial differs from the one that it is compared with, and what the score did.

    Attributes
    ----------
    number, against : int
        The trial, and its best parent, or the trial before it where it has none.
    mutations : tuple of Mutation
        What changed, from what to what.
    gain : float or None
        The score of the one less that of the other, higher is better; None where one has none.
    """

    number: int
    against: int
    mutations: tuple[Mutation, ...]
    gain: float | None


def changes_of(trials: Iterable[Trial]) -> list[Change]:
    """Return of each trial what changed against its parent or the previous trial, by number.

    Of several parents the one with the best score counts; without parents it is the trial
    before. The first trial has nothing to be compared with.

    Examples
    --------
    >>> from tuneboard.engine.trial import Provenance, TrialState
    >>> made = Provenance("random", "")
    >>> one = Trial(1, {"k": 1, "q": 5}, TrialState.COMPLETED, made, score=0.5)
    >>> two = Trial(2, {"k": 3, "q": 5}, TrialState.COMPLETED, made, score=0.75)
    >>> changes_of([one, two])
    [Change(number=2, against=1, mutations=(Mutation(name='k', before=1, after=3),), gain=0.25)]
    """
    ordered = sorted(trials, key=lambda one: one.number)
    known: dict[int, Trial] = {}
    found = []
    before: Trial | None = None
    for trial in ordered:
        parents = [known[one] for one in trial.provenance.parents if one in known]
        other = max(parents, key=_rank) if parents else before
        if other is not None:
            moved = mutations(other.config, trial.config)
            found.append(Change(trial.number, other.number, moved, _gain(other, trial)))
        known[trial.number] = before = trial
    return found


def _rank(trial: Trial) -> float:
    return float("-inf") if trial.score is None else trial.score


def _gain(before: Trial, after: Trial) -> float | None:
    if before.score is None or after.score is None:
        return None
    return after.score - before.score


def what_moved_the_score(changes: Iterable[Change], n: int = 10) -> list[Change]:
    """Return the changes with the largest gains and losses, the largest first."""
    known = [one for one in changes if one.gain is not None and one.mutations]
    return sorted(known, key=lambda one: -abs(one.gain or 0.0))[:n]


def compare_trials(data: StudyData, numbers: Sequence[int]) -> Comparison:
    """Compare configurations of one study.

    Raises
    ------
    StudyError
        Fewer than two are given.
    DataError
        There is no such trial.
    """
    _check_several(numbers)
    trials = [data.trial(number) for number in numbers]
    versions = {one.number: one for one in data.versions}
    first = versions[trials[0].space_version]
    return Comparison(
        tuple(f"trial {one.number}" for one in trials),
        _rows([one.config for one in trials]),
        _rows([_scores(data, one) for one in trials]),
        _rows([_setup_of_trial(one) for one in trials]),
        space=tuple(
            tuple(map(in_words, space_changes(first, versions[one.space_version])))
            for one in trials
        ),
    )


def compare_studies(studies: Sequence[StudyData]) -> Comparison:
    """Compare studies: their best configurations, scores, spaces, code, data and versions.

    Raises
    ------
    StudyError
        Fewer than two are given.
    """
    _check_several(studies)
    best = [one.best_trial().config if one.completed else {} for one in studies]
    about = [one.about for one in studies]
    return Comparison(
        tuple(one.name for one in studies),
        _rows(best),
        _rows([_progress(one) for one in studies]),
        _rows([_setup(one) for one in studies]),
        _rows([_part(one, "data") for one in about]),
        _rows(
            [_part(one, "versions") | _part(one, "git") | _part(one, "machine") for one in about]
        ),
        tuple(tuple(map(in_words, space_changes(studies[0].space, one.space))) for one in studies),
        code_diff(
            str(about[0].get("code", "")),
            str(about[1].get("code", "")),
            (studies[0].name, studies[1].name),
        ),
    )


def code_diff(before: str, after: str, titles: tuple[str, str] = ("before", "after")) -> str:
    """Return the unified diff of two texts; empty where they are equal."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), titles[0], titles[1], lineterm=""
    )
    return "\n".join(lines)


def _check_several(sides: Sequence[Any]) -> None:
    if len(sides) < 2:
        advice = "Choose one more."
        raise StudyError.must("compare", "be given two or more", len(sides), advice)


def _rows(sides: Sequence[Mapping[str, Any]]) -> tuple[Row, ...]:
    names = dict.fromkeys(name for side in sides for name in side)
    return tuple(Row(name, tuple(side.get(name, ABSENT) for side in sides)) for name in names)


def _scores(data: StudyData, trial: Trial) -> dict[str, Any]:
    metrics = (data.metric, *data.settings.more_metrics)
    named = zip(metrics, trial.objectives, strict=False)
    scores = {metric.label: metric.shown(score) for metric, score in named}
    folds = [data.metric.shown(one) for one in trial.fold_scores]
    return {**scores, "folds": folds, "state": trial.state.value, "seconds": trial.duration_s}


def _setup_of_trial(trial: Trial) -> dict[str, Any]:
    made = trial.provenance
    return {"optimizer": made.optimizer, "reason": made.reason, "parents": list(made.parents)}


def _progress(data: StudyData) -> dict[str, Any]:
    row: dict[str, Any] = {"trials": len(data.trials), "completed": len(data.completed)}
    if data.completed:
        best = data.best_trial()
        score = data.metric.shown(best.score or 0.0)
        row |= {f"best {data.metric.label}": score, "best trial": best.number}
    row["failed"] = sum(one.state.is_failed for one in data.trials)
    row["seconds of trials"] = round(sum(one.duration_s for one in data.trials), 3)
    return row


def _setup(data: StudyData) -> dict[str, Any]:
    settings = data.settings
    return {
        "model": settings.model,
        "optimizer": settings.optimizer,
        "n_trials": settings.n_trials,
        "folds": settings.folds,
        "seed": settings.seed,
        "metric": settings.metric.label,
    }


def _part(about: Mapping[str, Any], name: str) -> dict[str, Any]:
    part = about.get(name)
    return dict(part) if isinstance(part, Mapping) else {}
