"""SMAC's run folders: runhistory.json, of versions 1 and 2, and the space beside it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..conversion.from_configspace import from_configspace
from ..errors import DataError, SpaceError
from ..hyper_parameter import SpaceVersion
from ..metric import Metric
from ..study_data import StudyData
from ..trial import Provenance, Trial, TrialState
from .observed_space import plain_value
from .outcome import as_score, with_sound_score
from .result_files import read_json, study_of

_FIELDS = (
    "config_id",
    "instance",
    "seed",
    "budget",
    "cost",
    "time",
    "cpu_time",
    "status",
    "starttime",
    "endtime",
    "additional_info",
)
"""The order of a run's values where they are a list, in SMAC 2."""

_STATES_2 = {1: TrialState.COMPLETED, 3: TrialState.TIMED_OUT, 4: TrialState.OUT_OF_MEMORY}
_STATES_1 = {
    "SUCCESS": TrialState.COMPLETED,
    "DONOTADVANCE": TrialState.STOPPED,
    "TIMEOUT": TrialState.TIMED_OUT,
    "MEMOUT": TrialState.OUT_OF_MEMORY,
}


def import_smac(
    source: str | Path, *, name: str | None = None, space: SpaceVersion | None = None
) -> StudyData:
    """Read a run of SMAC; its cost is minimized.

    Parameters
    ----------
    source : path
        The run's folder, or its runhistory.json.
    name, space : optional
        What to call the study, and its ranges; by default those of configspace.json beside it,
        if ConfigSpace is installed, else the values seen.

    Returns
    -------
    StudyData
        One trial per run; a budget is its fidelity, and several objectives are several scores.

    Raises
    ------
    DataError
        A file is missing or damaged, or an entry does not fit; the message names it.
    """
    path = Path(source)
    folder = path if path.is_dir() else path.parent
    path = path / "runhistory.json" if path.is_dir() else path
    data = read_json(path)
    for entry, kind in (("data", list), ("configs", dict)):
        if not isinstance(data, dict) or not isinstance(data.get(entry), kind):
            rule = f"have an entry {entry!r} that is a {kind.__name__}"
            found = data.get(entry) if isinstance(data, dict) else data
            raise DataError.must(str(path.name), rule, found, "Choose a runhistory.json.")
    runs = [_run(row, place) for place, row in enumerate(data["data"], 1)]
    full = max((run["budget"] for run in runs if run["budget"]), default=None)
    trials = [
        _trial(run, data["configs"], place, full)
        for place, run in enumerate(runs, 1)
        if _state(run["status"]) is not TrialState.RUNNING
    ]
    n_costs = max((len(one.scores) for one in trials), default=0)
    metric = Metric("cost", "cost", is_minimized=True)
    study = study_of(
        trials,
        name=name or folder.resolve().name,
        tool="SMAC",
        metric=metric,
        space=space or _space(folder, trials),
    )
    return _with_costs(study, n_costs)


def _with_costs(study: StudyData, n_costs: int) -> StudyData:
    from dataclasses import replace

    more = tuple(Metric(f"cost {at}", f"cost {at}", True) for at in range(2, n_costs + 1))
    return replace(study, settings=study.settings.changed(more_metrics=more))


def _space(folder: Path, trials: list[Trial]) -> SpaceVersion | None:
    """Return the ranges that lie beside the runs, where they can be read and fit the runs."""
    path = folder / "configspace.json"
    if not path.exists():
        return None
    try:
        from ConfigSpace import ConfigurationSpace

        found = from_configspace(ConfigurationSpace.from_json(path)).version
    except (ImportError, SpaceError, KeyError, TypeError, ValueError):
        # Of another version, or without ConfigSpace: the values seen have to do.
        return None
    return found if all(name in found for one in trials for name in one.config) else None


def _run(row: Any, place: int) -> dict[str, Any]:
    """Return one run as a dict, in whatever form its version of SMAC has written it."""
    owner = f"runhistory.json, run {place},"
    if isinstance(row, Mapping):
        run = dict(row)
    elif isinstance(row, list) and len(row) == 2 and all(isinstance(one, list) for one in row):
        key, value = row
        run = dict(zip(_FIELDS[:4], [*key, None][:4], strict=True))
        run |= dict(zip(("cost", "time", "status", "starttime", "endtime"), value, strict=False))
    elif isinstance(row, list):
        is_old = len(row) < len(_FIELDS)
        names = [one for one in _FIELDS if not (is_old and one == "cpu_time")]
        run = dict(zip(names, row, strict=False))
    else:
        raise DataError.must(owner, "be a list or a dict", row, "Choose a runhistory.json.")
    for entry in ("config_id", "cost", "status"):
        if entry not in run:
            raise DataError.must(
                owner, f"have an entry {entry!r}", row, "Choose a runhistory.json."
            )
    return {"budget": None, **run}


def _state(status: Any) -> TrialState:
    if isinstance(status, Mapping):
        word = str(status.get("__enum__", "")).rpartition(".")[2]
        return TrialState.RUNNING if word == "RUNNING" else _STATES_1.get(word, TrialState.FAILED)
    return TrialState.RUNNING if status == 0 else _STATES_2.get(status, TrialState.FAILED)


def _trial(run: dict[str, Any], configs: dict[str, Any], place: int, full: Any) -> Trial:
    owner = f"runhistory.json, run {place},"
    config = configs.get(str(run["config_id"]))
    if not isinstance(config, Mapping):
        advice = "Choose a whole runhistory.json."
        raise DataError.must(
            f"{owner} config_id", f"be one of {list(configs)}", run["config_id"], advice
        )
    costs = run["cost"] if isinstance(run["cost"], list) else [run["cost"]]
    scores = [as_score(one, f"{owner} cost", is_minimized=True) for one in costs]
    known = tuple(one for one in scores if one is not None)
    state = _state(run["status"])
    has_score = state in (TrialState.COMPLETED, TrialState.STOPPED)
    trial = Trial(
        place,
        {name: plain_value(one, f"{owner} {name!r}") for name, one in config.items()},
        state,
        Provenance("smac", f"imported from SMAC, configuration {run['config_id']}"),
        score=known[0] if known and has_score else None,
        error="" if has_score else f"Ended with status {run['status']} in SMAC.",
        started_at=float(run.get("starttime") or 0.0),
        duration_s=float(run.get("time") or 0.0),
        fidelity=None if run["budget"] in (None, 0, full) else float(run["budget"]),
        scores=known if len(known) > 1 and has_score else (),
    )
    return with_sound_score(trial)
