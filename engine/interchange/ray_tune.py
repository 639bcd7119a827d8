"""Ray Tune's result folders: one folder per trial, with params.json and result.json."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from ..details import Details
from ..errors import DataError
from ..given import is_number
from ..hyper_parameter import SpaceVersion
from ..metric import Metric
from ..study_data import StudyData
from ..trial import Provenance, Trial, TrialState
from .observed_space import plain_value
from .outcome import as_score, metric_named, with_sound_score
from .result_files import (
    as_folder,
    chosen_score,
    flattened,
    read_json,
    read_json_lines,
    read_text,
    study_of,
)

_TIMES = frozenset(
    [
        "timestamp",
        "time_this_iter_s",
        "time_total_s",
        "time_since_restore",
        "iterations_since_restore",
        "training_iteration",
        "pid",
    ]
)
"""Numbers that Ray reports by itself."""


def import_ray_tune(
    folder: str | Path,
    *,
    score: str | None = None,
    is_minimized: bool = False,
    name: str | None = None,
    space: SpaceVersion | None = None,
) -> StudyData:
    """Read the results of one experiment of Ray Tune.

    Parameters
    ----------
    folder : path
        The experiment's folder; each trial has a folder in it.
    score : str, optional
        The reported metric that is the score; not needed where there is one only.
    is_minimized : bool
        Whether a lower one is better.
    name, space : optional
        What to call the study, and its ranges; the folder's name and the values seen by default.

    Returns
    -------
    StudyData
        Each trial has the last reported score, and all of them as its learning curve. Nested
        hyper-parameters have names such as ``"model/lr"``.

    Raises
    ------
    DataError
        There is no such folder or metric, or a file is damaged; the message names it.
    """
    root = as_folder(folder, "import_ray_tune.folder")
    folders = sorted(path.parent for path in root.glob("*/params.json"))
    if not folders:
        rule = "hold folders with a params.json"
        advice = "Name the folder of one experiment."
        raise DataError.must("import_ray_tune.folder", rule, str(folder), advice)
    reports = {one: _reports(one) for one in folders}
    names = {
        key for rows in reports.values() for row in rows for key in row if _is_metric(key, row)
    }
    chosen = chosen_score(sorted(names), score, "import_ray_tune")
    metric = metric_named(chosen, is_minimized=is_minimized)
    trials = [_trial(one, reports[one], metric, is_minimized=is_minimized) for one in folders]
    trials.sort(key=lambda one: one.started_at)
    return study_of(trials, name=name or root.name, tool="Ray Tune", metric=metric, space=space)


def _reports(folder: Path) -> list[dict[str, Any]]:
    path = folder / "result.json"
    if not path.exists():
        return []
    rows = read_json_lines(path)
    for number, row in enumerate(rows, 1):
        if not isinstance(row, dict):
            raise DataError.must(
                f"{str(path)!r}, line {number},", "be a dict", row, "Copy it again."
            )
    return [{**flattened({key: row[key] for key in row if key != "config"})} for row in rows]


def _is_metric(key: str, row: dict[str, Any]) -> bool:
    return key not in _TIMES and is_number(row[key])


def _trial(
    folder: Path, rows: list[dict[str, Any]], metric: Metric, *, is_minimized: bool
) -> Trial:
    params = flattened(read_json(folder / "params.json"))
    owner = f"{folder.name}/params.json"
    config = {key: plain_value(value, f"{owner}, {key!r},") for key, value in params.items()}
    scored = [
        (
            float(row.get("training_iteration", place)),
            as_score(
                row[metric.name],
                f"{folder.name}/result.json, {metric.name!r},",
                is_minimized=is_minimized,
            ),
        )
        for place, row in enumerate(rows, 1)
        if metric.name in row
    ]
    error = folder / "error.txt"
    last = rows[-1] if rows else {}
    ended_at, duration_s = float(last.get("timestamp", 0.0)), float(last.get("time_total_s", 0.0))
    trial = Trial(
        1,
        config,
        TrialState.FAILED if error.exists() else TrialState.COMPLETED,
        Provenance(
            "ray tune", f"imported from Ray Tune, trial {last.get('trial_id', folder.name)}"
        ),
        score=scored[-1][1] if scored and not error.exists() else None,
        error=read_text(error) if error.exists() else "",
        started_at=ended_at - duration_s,
        duration_s=duration_s,
        details=Details(curve=_curve(scored)),
    )
    return with_sound_score(trial)


def _curve(scored: list[tuple[float, float | None]]) -> tuple[tuple[float, float], ...]:
    if len(scored) < 2:
        return ()
    known = [(step, one) for step, one in scored if one is not None]
    return tuple(point for point in known if math.isfinite(point[1]))
