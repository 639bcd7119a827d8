"""MLflow's runs: its folder of text files is read and written by hand, any server by MLflow."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..conversion.optional import load
from ..details import Details
from ..errors import DataError
from ..metric import Metric
from ..study_data import StudyData
from ..trial import Provenance, Trial, TrialState
from .cells import cell_of, value_of
from .outcome import as_score, metric_named, with_sound_score
from .result_files import as_folder, chosen_score, read_text, study_of


@dataclass(frozen=True)
class _Run:
    """One run as MLflow knows it; `metrics` hold all (step, value) of each."""

    id: str
    name: str
    status: str
    started_ms: float
    ended_ms: float
    params: dict[str, str]
    metrics: dict[str, list[tuple[float, float]]]


def import_mlflow(
    source: str | Path,
    *,
    experiment: str | None = None,
    score: str | None = None,
    is_minimized: bool = False,
    name: str | None = None,
) -> StudyData:
    """Read the runs of one experiment of MLflow.

    Parameters
    ----------
    source : path or URL
        The folder ``mlruns``; or a tracking URI, for which MLflow must be installed.
    experiment : str, optional
        Its name or id; not needed where there is one only.
    score : str, optional
        The metric that is the score; not needed where there is one only.
    is_minimized : bool
        Whether a lower one is better.
    name : str, optional
        What to call the study; the experiment's name by default.

    Returns
    -------
    StudyData
        Parameters are read as numbers, truth values or text; a metric that was logged by steps
        is the learning curve, its last value the score.

    Raises
    ------
    DataError
        There is no such folder, experiment or metric, or a file is damaged; the message
        names it.
    """
    is_url = "://" in str(source) and not str(source).startswith("file://")
    title, runs = (
        _runs_of_server(str(source), experiment)
        if is_url
        else _runs_of_folder(str(source).removeprefix("file://"), experiment)
    )
    if not runs:
        rule = "have a run that has ended"
        raise DataError.must(f"MLflow's experiment {title!r}", rule, 0, "Choose another.")
    found = sorted({metric for run in runs for metric in run.metrics})
    chosen = chosen_score(found, score, "import_mlflow")
    metric = metric_named(chosen, is_minimized=is_minimized)
    runs = sorted(runs, key=lambda run: (run.started_ms, run.name))
    trials = [_trial(run, metric, is_minimized=is_minimized) for run in runs]
    return study_of(trials, name=name or title, tool="MLflow", metric=metric, space=None)


def _trial(run: _Run, metric: Metric, *, is_minimized: bool) -> Trial:
    points = sorted(run.metrics.get(metric.name, []))
    owner = f"MLflow's run {run.name!r}, metric {metric.name!r},"
    curve = [(step, as_score(value, owner, is_minimized=is_minimized)) for step, value in points]
    is_failed = run.status in ("FAILED", "KILLED")
    trial = Trial(
        1,
        {param: value_of(text) for param, text in run.params.items()},
        TrialState.KILLED if run.status == "KILLED" else _state(is_failed=is_failed),
        Provenance("mlflow", f"imported from MLflow, run {run.name} ({run.id})"),
        score=curve[-1][1] if curve and not is_failed else None,
        error=f"The run ended as {run.status.lower()} in MLflow." if is_failed else "",
        started_at=run.started_ms / 1000,
        duration_s=max(0.0, run.ended_ms - run.started_ms) / 1000,
        details=Details(
            curve=tuple((step, one) for step, one in curve if one is not None)
            if len(curve) > 1
            else ()
        ),
    )
    return with_sound_score(trial)


def _state(*, is_failed: bool) -> TrialState:
    return TrialState.FAILED if is_failed else TrialState.COMPLETED


def _runs_of_folder(source: str, experiment: str | None) -> tuple[str, list[_Run]]:
    root = as_folder(source, "import_mlflow.source")
    metas = {path.parent: _meta(path) for path in sorted(root.glob("*/meta.yaml"))}
    names = {folder: meta.get("name", folder.name) for folder, meta in metas.items()}
    filled = [folder for folder in names if any(folder.glob("*/meta.yaml"))]
    chosen = [folder for folder in names if experiment in (names[folder], folder.name)]
    if experiment is None and len(filled) == 1:
        chosen = filled
    if not chosen:
        rule = f"be one of {sorted(names.values())}"
        raise DataError.must("import_mlflow.experiment", rule, experiment, "Choose one of these.")
    folder = chosen[0]
    runs = [_run_of_folder(path.parent) for path in sorted(folder.glob("*/meta.yaml"))]
    return names[folder], [run for run in runs if run is not None]


def _run_of_folder(folder: Path) -> _Run | None:
    """Read one run; None of one that was deleted or has not ended."""
    meta = _meta(folder / "meta.yaml")
    status = _STATUSES.get(meta.get("status", ""), meta.get("status", ""))
    if meta.get("lifecycle_stage") == "deleted" or status in ("RUNNING", "SCHEDULED"):
        return None
    return _Run(
        folder.name,
        meta.get("run_name") or _tag(folder, "mlflow.runName") or folder.name,
        status,
        _milliseconds(meta, "start_time", folder),
        _milliseconds(meta, "end_time", folder),
        {name: read_text(path) for name, path in _files(folder / "params")},
        {name: _points(path) for name, path in _files(folder / "metrics")},
    )


_STATUSES = {"1": "RUNNING", "2": "SCHEDULED", "3": "FINISHED", "4": "FAILED", "5": "KILLED"}


def _milliseconds(meta: dict[str, str], entry: str, folder: Path) -> float:
    text = meta.get(entry, "")
    if text in ("", "null"):
        return 0.0
    if not text.isdigit():
        owner = f"{folder.name}/meta.yaml, {entry},"
        raise DataError.must(owner, "be a number of milliseconds", text, "Copy the run again.")
    return float(text)


def _tag(folder: Path, name: str) -> str:
    path = folder / "tags" / name
    return read_text(path).strip() if path.exists() else ""


def _files(folder: Path) -> Iterable[tuple[str, Path]]:
    """Yield the files of a folder by their name in it; ``a/b`` is one name to MLflow."""
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path


def _meta(path: Path) -> dict[str, str]:
    """Read the flat lines ``key: value`` of a meta.yaml."""
    meta = {}
    for line in read_text(path).splitlines():
        key, colon, text = line.partition(":")
        if colon and not line.startswith((" ", "-", "#")):
            meta[key.strip()] = _scalar(text.strip())
    return meta


def _scalar(text: str) -> str:
    """Return the text of one value of YAML, without its quotes."""
    if text[:1] == "'":
        return text.strip("'").replace("''", "'")
    if text[:1] != '"':
        return text
    try:
        return str(json.loads(text))
    except ValueError:
        return text.strip('"')


def _points(path: Path) -> list[tuple[float, float]]:
    """Read the lines ``timestamp value step`` of a metric as (step, value)."""
    points = []
    for number, line in enumerate(read_text(path).splitlines(), 1):
        parts = line.split()
        try:
            points.append((float(parts[2]) if len(parts) > 2 else 0.0, float(parts[1])))
        except (IndexError, ValueError):
            owner = f"metric {path.name!r}, line {number},"
            rule = "be a timestamp, a value and a step"
            raise DataError.must(owner, rule, line, "Copy the run again.") from None
    return points


def _runs_of_server(uri: str, experiment: str | None) -> tuple[str, list[_Run]]:
    """Read runs through MLflow's own client."""
    client = load("mlflow", "mlflow").MlflowClient(tracking_uri=uri)
    known = {one.name: one for one in client.search_experiments()}
    chosen = [one for one in known.values() if experiment in (one.name, one.experiment_id)]
    filled = [
        one for one in known.values() if client.search_runs([one.experiment_id], max_results=1)
    ]
    if experiment is None and len(filled) == 1:
        chosen = filled
    if not chosen:
        rule = f"be one of {sorted(known)}"
        raise DataError.must("import_mlflow.experiment", rule, experiment, "Choose one of these.")
    found = _all_runs(client, chosen[0].experiment_id)
    return chosen[0].name, [_run_of_server(client, one) for one in found]


def _all_runs(client: Any, experiment_id: str) -> list[Any]:
    runs, token = [], None
    while True:
        page = client.search_runs([experiment_id], page_token=token)
        runs += [one for one in page if one.info.status not in ("RUNNING", "SCHEDULED")]
        token = page.token
        if not token:
            return runs


def _run_of_server(client: Any, run: Any) -> _Run:
    metrics = {
        name: [
            (float(one.step), one.value) for one in client.get_metric_history(run.info.run_id, name)
        ]
        for name in run.data.metrics
    }
    info = run.info
    params = dict(run.data.params)
    times = float(info.start_time or 0), float(info.end_time or 0)
    return _Run(info.run_id, info.run_name or info.run_id, info.status, *times, params, metrics)


def export_mlflow(data: StudyData, folder: str | Path) -> Path:
    """Write a study as an experiment of MLflow's folder ``mlruns``, one run per trial.

    Metrics have their own direction, as MLflow's users expect; each is logged once, a learning
    curve step by step. `import_mlflow` is the way back.

    Returns
    -------
    Path
        The experiment's folder.

    Raises
    ------
    DataError
        The folder has an experiment of that name already.
    """
    root = Path(folder)
    taken = [_meta(path).get("name") for path in root.glob("*/meta.yaml")]
    if data.name in taken:
        rule = "have no experiment of that name"
        raise DataError.must("export_mlflow.folder", rule, data.name, "Choose another folder.")
    experiment_id = str(uuid.uuid4().int % 10**18)
    place = root / experiment_id
    place.mkdir(parents=True)
    _write_meta(
        place,
        artifact_location=place.resolve().as_uri(),
        experiment_id=experiment_id,
        lifecycle_stage="active",
        name=data.name,
    )
    for trial in data.trials:
        if trial.state.is_finished:
            _write_run(place, experiment_id, trial, (data.metric, *data.settings.more_metrics))
    return place


def _write_run(place: Path, experiment_id: str, trial: Trial, metrics: tuple[Metric, ...]) -> None:
    run_id = uuid.uuid4().hex
    folder = place / run_id
    for part in ("params", "metrics", "tags", "artifacts"):
        (folder / part).mkdir(parents=True)
    started = int(trial.started_at * 1000)
    ended = started + int(trial.duration_s * 1000)
    status = "5" if trial.state is TrialState.KILLED else "4" if trial.state.is_failed else "3"
    _write_meta(
        folder,
        artifact_uri=(folder / "artifacts").resolve().as_uri(),
        end_time=ended,
        entry_point_name="",
        experiment_id=experiment_id,
        lifecycle_stage="active",
        run_id=run_id,
        run_name=f"trial {trial.number}",
        run_uuid=run_id,
        source_name="",
        source_type=4,
        source_version="",
        start_time=started,
        status=int(status),
        tags=[],
        user_id="",
    )
    for name, value in trial.config.items():
        _write(folder / "params", name, cell_of(value))
    for metric, score in zip(metrics, trial.objectives, strict=False):
        points = _logged(trial, metric, score, metrics[0])
        lines = [f"{ended} {value!r} {step}" for step, value in points]
        _write(folder / "metrics", metric.name, "\n".join(lines) + "\n")
    tags = {"mlflow.runName": f"trial {trial.number}", "tuneboard.state": trial.state.value}
    for tag, text in tags.items():
        _write(folder / "tags", tag, text)


def _logged(trial: Trial, metric: Metric, score: float, first: Metric) -> list[tuple[int, float]]:
    if metric is first and trial.details.curve:
        return [(int(step), metric.shown(one)) for step, one in trial.details.curve]
    return [(0, metric.shown(score))]


def _write(folder: Path, name: str, text: str) -> None:
    """Write a file, which must lie in its folder whatever its name says."""
    path = folder / name
    if ".." in path.parts or path == folder or not path.is_relative_to(folder):
        rule = "have names that a file can have"
        raise DataError.must("export_mlflow", rule, name, "Rename it.")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def _write_meta(folder: Path, **entries: Any) -> None:
    # JSON's texts, numbers and empty lists are YAML too.
    lines = [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in entries.items()]
    (folder / "meta.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
