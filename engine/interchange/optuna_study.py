"""Optuna's studies, from any storage and into any storage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..conversion.optional import load
from ..conversion.optuna_space import read_optuna, to_optuna
from ..conversion.quiet_optuna import quietly
from ..details import Details
from ..errors import DataError
from ..hyper_parameter import SpaceVersion
from ..metric import Metric
from ..plain import is_plain
from ..settings import Settings
from ..study_data import StudyData
from ..trial import Provenance, Trial, TrialState
from .merged_space import merged
from .outcome import with_sound_score

_SQLITE = "sqlite:///"
_REASON = "fail_reason"


def import_optuna(source: Any, study_name: str | None = None) -> StudyData:
    """Read a study of Optuna; trials that wait or run are left out.

    Parameters
    ----------
    source : optuna.Study, storage or str
        A study, or where it is stored: any URL that Optuna takes, the path of a journal file,
        or a storage object.
    study_name : str, optional
        Which study of a storage; not needed where there is one only.

    Returns
    -------
    StudyData
        Scores are turned so that higher is better. A trial that was pruned has the last value
        that it reported as its score, and all of them as its learning curve.

    Raises
    ------
    DataError
        There is no such storage or study; the message lists what there is.
    SpaceError
        Optuna is not installed, or a choice is no plain value.
    """
    load("optuna", "optuna")
    with quietly():
        study = source if hasattr(source, "trials") else _loaded(source, study_name)
        found = [one for one in study.get_trials(deepcopy=False) if one.state.is_finished()]
        signs = [-1.0 if one.name == "MINIMIZE" else 1.0 for one in study.directions]
    metrics = _metrics(study, signs)
    space = _space(found, study.study_name)
    trials = tuple(_trial(one, signs) for one in found)
    settings = Settings(
        optimizer="random",
        n_trials=max(1, len(trials)),
        metric=metrics[0],
        more_metrics=metrics[1:],
        model=study.study_name,
    )
    about = {"imported from": "Optuna", "study": study.study_name, **_attributes(study.user_attrs)}
    return StudyData(study.study_name, settings, (space,), trials, about)


def _loaded(source: Any, study_name: str | None) -> Any:
    """Load a study by its storage; no storage is ever made."""
    import optuna

    storage = _storage(source)
    try:
        names = optuna.get_all_study_names(storage)
    except Exception as error:
        message = f"Optuna cannot open {str(source)!r}: {error}. Check the URL."
        raise DataError(message, name="import_optuna.source", value=str(source)) from error
    if study_name is None and len(names) == 1:
        study_name = names[0]
    if study_name not in names:
        rule = f"be one of {names}"
        advice = "Choose one of these." if names else "The storage is empty: check the URL."
        raise DataError.must("import_optuna.study_name", rule, study_name, advice)
    return optuna.load_study(study_name=study_name, storage=storage)


def _storage(source: Any) -> Any:
    import optuna

    if not isinstance(source, (str, Path)):
        return source
    text = str(source)
    path = Path(text.removeprefix(_SQLITE)) if text.startswith(_SQLITE) else None
    if "://" not in text:
        path = Path(text)
    if path is not None and not path.exists():
        rule = "be a storage that is there"
        raise DataError.must("import_optuna.source", rule, text, "Check its name.")
    if "://" in text:
        return text
    if path is not None and path.read_bytes()[:15] == b"SQLite format 3":
        return f"{_SQLITE}{path}"
    from optuna.storages.journal import JournalFileBackend

    backend = JournalFileBackend(text)
    return optuna.storages.JournalStorage(backend)


def _metrics(study: Any, signs: Sequence[float]) -> tuple[Metric, ...]:
    names = study.metric_names or ["score", *(f"score {at}" for at in range(2, len(signs) + 1))]
    return tuple(
        Metric(name, name, is_minimized=sign < 0) for name, sign in zip(names, signs, strict=True)
    )


def _space(found: Sequence[Any], name: str) -> SpaceVersion:
    """Return one space of the ranges of all trials."""
    versions: dict[str, SpaceVersion] = {}
    for one in found:
        key = repr(sorted(one.distributions.items()))
        if key not in versions and one.distributions:
            records = [read_optuna(*entry) for entry in one.distributions.items()]
            versions[key] = SpaceVersion(1, tuple(records))
    if not versions:
        advice = "Run it first."
        raise DataError.must(f"Optuna's study {name!r}", "have a finished trial", 0, advice)
    return merged(list(versions.values()))


def _trial(one: Any, signs: Sequence[float]) -> Trial:
    values = _turned(one.values, signs)
    curve = tuple(
        (float(step), signs[0] * value) for step, value in sorted(one.intermediate_values.items())
    )
    state = _STATES[one.state.name]
    if state is TrialState.STOPPED:
        values = values or tuple(score for _step, score in curve[-1:])
    made = Provenance("optuna", "imported from Optuna", facts=_attributes(one.user_attrs))
    duration = one.duration
    trial = Trial(
        one.number + 1,
        dict(one.params),
        state,
        made,
        score=values[0] if values else None,
        # Optuna itself does not store why a trial has failed.
        error=str(one.system_attrs.get(_REASON, "Failed in Optuna.")) if state.is_failed else "",
        started_at=one.datetime_start.timestamp() if one.datetime_start else 0.0,
        duration_s=duration.total_seconds() if duration else 0.0,
        scores=values if len(values) > 1 else (),
        details=Details(curve=tuple(point for point in curve if math.isfinite(point[1]))),
    )
    return with_sound_score(trial)


_STATES = {
    "COMPLETE": TrialState.COMPLETED,
    "PRUNED": TrialState.STOPPED,
    "FAIL": TrialState.FAILED,
}


def _turned(values: Sequence[float] | None, signs: Sequence[float]) -> tuple[float, ...]:
    """Turn values so that higher is better; the same turns them back."""
    if not values:
        return ()
    return tuple(sign * value for sign, value in zip(signs, values, strict=True))


def _attributes(attributes: Any) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if is_plain(value)}


def export_optuna(data: StudyData, storage: Any = None, study_name: str | None = None) -> Any:
    """Write a study as one of Optuna's; `import_optuna` is the way back.

    Parameters
    ----------
    data : StudyData
        Trials that wait or run are left out, and so are conditions and constraints, which
        Optuna does not store.
    storage : str or storage, optional
        Where Optuna is to store it; in memory by default.
    study_name : str, optional
        The name there, which must not be taken; the study's own by default.

    Returns
    -------
    optuna.Study

    Raises
    ------
    DataError
        The name is taken.
    SpaceError
        Optuna is not installed, or cannot say the range of a hyper-parameter.
    """
    load("optuna", "optuna")
    import optuna

    metrics = (data.metric, *data.settings.more_metrics)
    distributions = to_optuna(merged(data.versions), with_held=True)
    signs = [-1.0 if one.is_minimized else 1.0 for one in metrics]
    with quietly():
        try:
            study = optuna.create_study(
                storage=storage,
                study_name=study_name or data.name,
                directions=["minimize" if sign < 0 else "maximize" for sign in signs],
            )
        except optuna.exceptions.DuplicatedStudyError as error:
            name, rule = "export_optuna.study_name", "be free"
            raise DataError.must(name, rule, study_name or data.name, "Choose another.") from error
        study.set_metric_names([one.name for one in metrics])
        finished = [one for one in data.trials if one.state.is_finished]
        study.add_trials([_frozen(one, distributions, signs) for one in finished])
    return study


def _frozen(trial: Trial, distributions: dict[str, Any], signs: Sequence[float]) -> Any:
    import optuna

    missing = [name for name in trial.config if name not in distributions]
    if missing:
        rule = "have no hyper-parameter but those of the space"
        raise DataError.must(f"Trial {trial.number}.config", rule, missing[0], "Add it there.")
    state = optuna.trial.TrialState
    words = {TrialState.COMPLETED: state.COMPLETE, TrialState.STOPPED: state.PRUNED}
    values = _turned(trial.objectives, signs)
    is_complete = trial.state is TrialState.COMPLETED
    frozen = optuna.trial.create_trial(
        state=words.get(trial.state, state.FAIL),
        params=trial.config,
        distributions={name: distributions[name] for name in trial.config},
        values=list(values) if is_complete else None,
        intermediate_values=_reported(trial, signs[0]) if len(signs) == 1 else {},
        user_attrs={"reason": trial.provenance.reason},
        system_attrs={_REASON: trial.error} if trial.error else {},
    )
    return _with_times(frozen, trial)


def _reported(trial: Trial, sign: float) -> dict[int, float]:
    """Return what was reported by step; of a trial that was stopped its score at the least."""
    steps = {int(step): sign * score for step, score in trial.details.curve}
    is_bare = trial.state is TrialState.STOPPED and not steps and trial.score is not None
    return {len(trial.fold_scores): sign * (trial.score or 0.0)} if is_bare else steps


def _with_times(frozen: Any, trial: Trial) -> Any:
    from datetime import datetime, timedelta

    if trial.started_at:
        frozen.datetime_start = datetime.fromtimestamp(trial.started_at)
        frozen.datetime_complete = frozen.datetime_start + timedelta(seconds=trial.duration_s)
    return frozen
