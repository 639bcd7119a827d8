"""Searching a history: by a query, and by likeness of code, notes and names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from .history import History, StudyRecord
from .marks import NO_MARKS, Marks
from .metric import Metric
from .query import Completion, Facts, check_names, completions, parse_query
from .settings import Settings
from .trial import Trial


def search_studies(history: History, text: str) -> list[StudyRecord]:
    """Return the studies that a query asks for, newest first.

    Hyper-parameters that are compared are those of the best configuration. Archived studies
    are left out unless the query has ``is:archived``.

    Raises
    ------
    QueryError
        The query cannot be read, or names what no study has.
    """
    records = history.studies()
    facts = _facts_of_studies(history, records)
    query = parse_query(text)
    check_names(query, {name for one in facts.values() for name in one.values})
    wants_archived = "is:archived" in text.lower()
    return [
        one
        for one in records
        if query.matches(facts[one.id]) and (wants_archived or not one.marks.is_archived)
    ]


def search_trials(history: History, study_id: str, text: str) -> list[Trial]:
    """Return the trials of a study that a query asks for, newest first.

    Raises
    ------
    QueryError
        The query cannot be read, or names what no trial has.
    HistoryError
        There is no such study.
    """
    settings = Settings.from_dict(history.study(study_id).settings)
    return find_trials(history.trials(study_id)[0], settings, history.marks(study_id), text)


def find_trials(
    trials: Iterable[Trial], settings: Settings, marks: Mapping[int, Marks], text: str
) -> list[Trial]:
    """Return those of a study's trials that a query asks for, newest first.

    Raises
    ------
    QueryError
        The query cannot be read, or names what no trial has.
    """
    query = parse_query(text)
    ordered = sorted(trials, key=lambda one: -one.number)
    facts = [_facts_of(one, settings, marks) for one in ordered]
    check_names(query, {name for one in facts for name in one.values})
    return [one for one, known in zip(ordered, facts, strict=True) if query.matches(known)]


def complete_trials(
    trials: Iterable[Trial], settings: Settings, marks: Mapping[int, Marks], text: str
) -> list[Completion]:
    """Return how the last word of a query for trials may go on."""
    facts = [_facts_of(one, settings, marks) for one in trials]
    known: dict[str, set[str]] = {
        one: {fact.texts[one] for fact in facts if fact.texts[one]}
        for one in ("state", "optimizer")
    }
    known["tag"] = {tag for one in marks.values() for tag in one.tags}
    return completions(text, known, sorted({name for fact in facts for name in fact.values}))


def _facts_of(trial: Trial, settings: Settings, marks: Mapping[int, Marks]) -> Facts:
    metrics = (settings.metric, *settings.more_metrics)
    return trial_facts(trial, metrics, marks.get(trial.number, NO_MARKS))


def complete(history: History, text: str) -> list[Completion]:
    """Return how the last word of a query may go on, by what the history has."""
    records = history.studies()
    facts = _facts_of_studies(history, records).values()
    fields = ("model", "name", "optimizer", "metric", "state", "file")
    known: dict[str, set[str]] = {
        one: {fact.texts[one] for fact in facts if fact.texts.get(one)} for one in fields
    }
    known["tag"] = {tag for record in records for tag in record.marks.tags}
    origins = [Settings.from_dict(one.settings).origin or {} for one in records]
    known["data"] = {str(one["dataset"]) for one in origins if one.get("dataset")}
    return completions(text, known, sorted({name for fact in facts for name in fact.values}))


def _facts_of_studies(history: History, records: list[StudyRecord]) -> dict[str, Facts]:
    best = history.best_configs()
    return {one.id: study_facts(one, best.get(one.id, (0, {}))[1]) for one in records}


def study_facts(record: StudyRecord, config: Mapping[str, Any]) -> Facts:
    """Return what can be searched of a study whose best configuration is `config`."""
    settings = Settings.from_dict(record.settings)
    about = record.about
    origin = settings.origin or {}
    texts = {
        "name": record.name,
        "model": settings.model,
        "data": f"{origin.get('dataset', '')} {_entry(about, 'data', 'hash')}".strip(),
        "optimizer": settings.optimizer,
        "metric": f"{settings.metric.name} {settings.metric.label}",
        "state": record.shown_state,
        "code": str(about.get("code", "")),
        "file": str(about.get("code_name", "")),
        "commit": _entry(about, "git", "commit"),
        **_said(record.marks),
    }
    values: dict[str, Any] = {"trials": record.n_finished}
    if record.best_score is not None:
        shown = settings.metric.shown(record.best_score)
        values |= {"score": shown, settings.metric.name: shown}
    return Facts(texts, {**config, **values}, _flags(record.marks), record.created_at)


def _entry(about: Mapping[str, Any], part: str, name: str) -> str:
    """Return an entry of what was recorded; what another tool calls by that name is none."""
    found = about.get(part)
    return str(found.get(name) or "") if isinstance(found, Mapping) else ""


def trial_facts(trial: Trial, metrics: tuple[Metric, ...], marks: Marks) -> Facts:
    """Return what can be searched of a trial."""
    texts = {
        "state": trial.state.value,
        "optimizer": trial.provenance.optimizer,
        "reason": trial.provenance.reason,
        "error": trial.error,
        **_said(marks),
    }
    values: dict[str, Any] = {"trial": trial.number, "duration": trial.duration_s}
    if trial.fidelity is not None:
        values["fidelity"] = trial.fidelity
    scores = [one.shown(score) for one, score in zip(metrics, trial.objectives, strict=False)]
    values |= dict(zip([one.name for one in metrics], scores, strict=False))
    if scores:
        values["score"] = scores[0]
    return Facts(texts, {**trial.config, **values}, _flags(marks), trial.started_at)


def _said(marks: Marks) -> dict[str, str]:
    return {"tag": " ".join(marks.tags), "note": marks.note}


def _flags(marks: Marks) -> frozenset[str]:
    names = ("starred", "archived", "excluded")
    return frozenset(one for one in names if getattr(marks, f"is_{one}"))


@dataclass(frozen=True, slots=True)
class Hit:
    """A study that is like what was asked for; `likeness` lies in (0, 1]."""

    record: StudyRecord
    likeness: float


@dataclass(frozen=True, slots=True)
class HitGroup:
    """The hits of one notebook or file, the most alike first; `place` may be empty."""

    place: str
    hits: tuple[Hit, ...]


class LikenessIndex:
    """Finds studies by TF-IDF over code, notes, tags, model, names and hyper-parameters.

    Words are cut at capitals and underscores too, so that ``RandomForestClassifier`` is found by
    "random forest", and pieces of words count a little, which forgives endings and slips.

    Parameters
    ----------
    history : History
        What to search; it is read once, here.

    References
    ----------
    Salton and Buckley (1988), term weighting in automatic text retrieval.
    """

    def __init__(self, history: History) -> None:
        from scipy.sparse import hstack
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._records = history.studies()
        facts = _facts_of_studies(history, self._records)
        texts = [document(facts[one.id]) for one in self._records]
        words = TfidfVectorizer(analyzer=pieces, sublinear_tf=True)
        letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
        self._vectorizers = (words, letters)
        if self._records:
            self._matrix = hstack([one.fit_transform(texts) for one in self._vectorizers]).tocsr()

    def find(self, text: str, n: int = 20) -> list[Hit]:
        """Return the n studies most like a text; none where nothing is shared."""
        from scipy.sparse import hstack

        if not self._records or not text.strip():
            return []
        vector = hstack([one.transform([text]) for one in self._vectorizers]).tocsr()
        likeness = (self._matrix @ vector.T).toarray().ravel() / 2
        order = sorted(range(len(likeness)), key=lambda at: -likeness[at])[:n]
        return [Hit(self._records[at], float(likeness[at])) for at in order if likeness[at] > 1e-9]

    def grouped(self, text: str, n: int = 20) -> list[HitGroup]:
        """Return the same, grouped by notebook or file, the best group first."""
        groups: dict[str, list[Hit]] = {}
        for hit in self.find(text, n):
            groups.setdefault(str(hit.record.about.get("code_name", "")), []).append(hit)
        return [HitGroup(place, tuple(hits)) for place, hits in groups.items()]


def document(facts: Facts) -> str:
    """Return all text that stands for one study."""
    config = " ".join(f"{name} {value}" for name, value in facts.values.items())
    return "\n".join([*facts.texts.values(), config])


def pieces(text: str) -> list[str]:
    """Cut text into words, also at capitals, digits and underscores.

    Examples
    --------
    >>> pieces("RandomForest max_depth")
    ['random', 'forest', 'max', 'depth']
    """
    import re

    return [one.lower() for one in re.findall(r"[A-Z]?[a-zß-öø-ÿ]+|[A-Z]+(?![a-z])|\d+", text)]
