"""Trials of earlier studies that a new one learns from: made to fit, numbered from 0 down."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .errors import HistoryError, StudyError
from .history import History
from .hyper_parameter import SpaceVersion
from .settings import Settings
from .trial import Config, Provenance, Trial, TrialState

SCALED_AT = (3, 6, 12, 24, 48)
"""After so many own scores the scores of other data are fitted to the own scale anew."""


@dataclass(frozen=True)
class PastStudy:
    """One earlier study, its trials as they fit into the space of the new one.

    Attributes
    ----------
    name : str
        What it is called.
    trials : tuple of Trial
        Under their own numbers, with configurations of the new space and own scores.
    is_same_data : bool
        Whether its scores can be compared with the new ones as they are: same data, same
        metric.
    n_left_out : int
        How many finished trials do not fit.
    """

    name: str
    trials: tuple[Trial, ...]
    is_same_data: bool
    n_left_out: int


def read_past(
    history: History | None,
    ids: Sequence[str],
    space: SpaceVersion,
    settings: Settings,
    data: Mapping[str, Any],
) -> list[PastStudy]:
    """Read earlier studies from the history.

    Parameters
    ----------
    history : History or None
        The store.
    ids : sequence of str
        The studies, in the order that the user gave.
    space : SpaceVersion
        That of the new study. A trial fits if it has allowed values; what it says nothing of
        was at its current value then, for it was not searched.
    settings : Settings
        Those of the new study, whose metric counts.
    data : mapping
        The fingerprint of its data; see `surroundings.data_fingerprint`.

    Raises
    ------
    StudyError
        Nothing of a study fits; the message says why.
    HistoryError
        There is no such study.
    """
    if not ids:
        return []
    if history is None:
        raise HistoryError.must("Study.history", "be a store to learn from", None, "Give one.")
    return [_read(history, one, space, settings, data) for one in ids]


@dataclass(frozen=True)
class PastOffer:
    """An earlier study that a new one may learn from.

    Attributes
    ----------
    id, name : str
        Which study.
    n_trials, n_left_out : int
        How many of its trials fit, and how many do not.
    is_same_data : bool
        Whether its scores count as they are; else they are standardised and fitted.
    """

    id: str
    name: str
    n_trials: int
    n_left_out: int
    is_same_data: bool


def past_offers(
    history: History,
    space: SpaceVersion,
    settings: Settings,
    data: Mapping[str, Any],
    *,
    n_looked_at: int = 30,
) -> list[PastOffer]:
    """Return which of the newest studies fit, those of the same data first; see `read_past`.

    Parameters
    ----------
    history, space, settings, data
        As in `read_past`.
    n_looked_at : int
        How many studies that have trials are read.
    """
    found = []
    records = [one for one in history.studies() if one.n_finished and not one.marks.is_archived]
    for record in records[:n_looked_at]:
        try:
            past = _read(history, record.id, space, settings, data)
        except StudyError:  # nothing of it fits
            continue
        n_trials = len(past.trials)
        found.append(
            PastOffer(record.id, record.name, n_trials, past.n_left_out, past.is_same_data)
        )
    return sorted(found, key=lambda one: not one.is_same_data)


def _read(
    history: History,
    study_id: str,
    space: SpaceVersion,
    settings: Settings,
    data: Mapping[str, Any],
) -> PastStudy:
    record = history.study(study_id)
    theirs = Settings.from_dict(record.settings)
    excluded = {number for number, one in history.marks(study_id).items() if one.is_excluded}
    found = [
        one
        for one in history.trials(study_id)[0]
        if one.state is TrialState.COMPLETED and one.fidelity is None and one.number not in excluded
    ]
    fitting = [one for one in (_fitted(trial, space) for trial in found) if one is not None]
    if not fitting:
        rule = "have a completed trial that fits into the space of this one"
        advice = f"It has {len(found)} completed trials, of hyper-parameters {_names(found)}."
        raise StudyError.must(f"Study {record.name!r}", rule, list(space.names), advice)
    same = data.get("hash") is not None and record.about.get("data", {}).get("hash") == data["hash"]
    is_comparable = same and theirs.metric == settings.metric
    trials = tuple(sorted(fitting, key=lambda one: one.number))
    return PastStudy(record.name, trials, is_comparable, len(found) - len(fitting))


def _names(trials: Iterable[Trial]) -> list[str]:
    return list(dict.fromkeys(name for one in trials for name in one.config))


def _fitted(trial: Trial, space: SpaceVersion) -> Trial | None:
    """Return a trial with a configuration of the space; None where it has no place there."""
    if not any(one.name in trial.config for one in space.searched):
        return None
    values: Config = {}
    for one in space.hyper_parameters:
        if one.is_searched:
            values[one.name] = trial.config.get(one.name, one.value)
        elif not one.is_unset:
            values[one.name] = one.value
    config = space.conditions.active(values) if space.is_conditional else values
    return replace(trial, config=config) if space.contains_all(config) else None


def as_prior(past: Sequence[PastStudy], own: Sequence[Trial]) -> list[Trial]:
    """Return the trials of earlier studies as `Optimizer.recall` takes them.

    Scores of the same data stay as they are. Those of other data are standardised within their
    study, and then fitted to the own scale: mean and standard deviation of the first own scores
    (`SCALED_AT` says of how many). So the result depends on the own history alone, not on when
    it is asked for.

    Parameters
    ----------
    past : sequence of PastStudy
        The earlier studies.
    own : sequence of Trial
        The new study's trials.

    Returns
    -------
    list of Trial
        Numbered from 0 down, the last trial of the last study as number 0.
    """
    mean, spread = own_scale(own)
    prior: list[Trial] = []
    for study in past:
        scores = [one.score or 0.0 for one in study.trials]
        if not study.is_same_data:
            scores = [mean + spread * one for one in standardised(scores)]
        prior += [_told(study, *pair) for pair in zip(study.trials, scores, strict=True)]
    first = 1 - len(prior)
    return [replace(one, number=number) for number, one in enumerate(prior, first)]


def n_scaled(n_own: int) -> int:
    """Return of how many own scores the scale is taken, once there are so many."""
    return max((count for count in SCALED_AT if count <= n_own), default=0)


def own_scale(own: Sequence[Trial]) -> tuple[float, float]:
    """Return mean and standard deviation of the first own scores; 0 and 1 without enough."""
    scores = [
        one.score for one in own if one.state is TrialState.COMPLETED and one.score is not None
    ]
    known = scores[: n_scaled(len(scores))]
    if not known:
        return (scores[0] if scores else 0.0), 1.0
    return statistics.fmean(known), statistics.pstdev(known) or 1.0


def standardised(scores: Sequence[float]) -> list[float]:
    """Return scores with mean 0 and standard deviation 1; all 0 where they are equal."""
    mean = statistics.fmean(scores)
    spread = statistics.pstdev(scores) or 1.0
    return [(one - mean) / spread for one in scores]


def _told(study: PastStudy, trial: Trial, score: float) -> Trial:
    facts = {"study": study.name, "trial": trial.number, "own score": trial.score}
    made = Provenance("earlier", f"trial {trial.number} of study {study.name}", facts=facts)
    return replace(trial, score=score, scores=(), fold_scores=(), provenance=made, space_version=1)
