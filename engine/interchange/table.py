"""Trials as a table: CSV, Parquet and DataFrame, in with a mapping of columns, and out."""

from __future__ import annotations

import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import plain
from ..errors import DataError
from ..hyper_parameter import SpaceVersion
from ..settings import Settings
from ..study_data import StudyData
from ..table_file import CSV_ENDINGS, read_table
from ..trial import Provenance, Trial, TrialState
from ..trial_table import frame_of
from .cells import cell_of, value_of
from .observed_space import observed_space, plain_value
from .outcome import as_score, metric_named, with_sound_score

if TYPE_CHECKING:
    import pandas as pd

_KEY = "tuneboard"
_OWN = (
    "trial",
    "state",
    "folds",
    "duration_s",
    "started_at",
    "optimizer",
    "reason",
    "space_version",
    "error",
)
"""Columns of our own tables beside the score and the hyper-parameters."""
_WORDS = ("state", "optimizer", "reason", "error")
"""Those of them that are text whatever it looks like."""


@dataclass(frozen=True)
class _Columns:
    """Which column is what."""

    score: str
    config: Mapping[str, str]
    is_file: bool
    is_csv: bool


def import_table(
    source: str | Path | pd.DataFrame,
    *,
    score: str = "score",
    is_minimized: bool = False,
    hyper_parameters: str | Sequence[str] | Mapping[str, str] | None = None,
    name: str | None = None,
    space: SpaceVersion | None = None,
) -> StudyData:
    """Read a study from a CSV or Parquet file, or from a DataFrame; one row per trial.

    Parameters
    ----------
    source : path or DataFrame
        The file's ending says which of the two it is.
    score : str
        The column of the score.
    is_minimized : bool
        Whether a lower score is better.
    hyper_parameters : sequence of str, mapping or str, optional
        The columns of the hyper-parameters; as a mapping their names to ours; as text what all
        of these columns begin with, such as ``"params_"``. By default all columns but the
        score and those that our own tables have beside (``state``, ``duration_s``, ...).
    name : str, optional
        What to call the study; the name of the file by default.
    space : SpaceVersion, optional
        The ranges; read from the values by default.

    Returns
    -------
    StudyData
        An empty score is a failed trial; an empty hyper-parameter an inactive one.

    Raises
    ------
    DataError
        The file cannot be read, a column is missing, or a cell is of the wrong type; the
        message names it.
    """
    frame, title = _frame(source)
    kept = plain.loads(frame.attrs[_KEY]) if isinstance(frame.attrs.get(_KEY), str) else {}
    is_file = isinstance(source, (str, Path))
    is_csv = is_file and str(source).lower().endswith(CSV_ENDINGS)
    columns = _Columns(score, _chosen(frame, score, hyper_parameters), is_file, is_csv)
    rows = _rows(frame, columns, kept.get("encoded", ()))
    metric = metric_named(score, is_minimized=is_minimized)
    trials = tuple(
        _trial(place, row, columns, is_minimized=is_minimized) for place, row in enumerate(rows, 1)
    )
    if kept and space is None and hyper_parameters is None:
        return _own_study(kept, trials)
    space = space or observed_space([one.config for one in trials], f"seen in {title}")
    settings = Settings(
        n_trials=max(1, len(trials)), metric=metric, optimizer="random", model=name or title
    )
    trials = tuple(replace(one, space_version=space.number) for one in trials)
    return StudyData(name or title, settings, (space,), trials, {"imported from": title})


def _frame(source: Any) -> tuple[pd.DataFrame, str]:
    import pandas as pd

    if isinstance(source, pd.DataFrame):
        _check_names(list(source.columns), "DataFrame")
        is_own = source.index.name == "trial" and "trial" not in source.columns
        return (source.reset_index() if is_own else source), "a DataFrame"
    path = Path(source)
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{str(path)!r} cannot be read: {error.strerror}. Check its name."
        raise DataError(message, name=str(path)) from error
    frame = read_table(path.name, content)
    if path.suffix.lower() in (".parquet", ".pq"):
        return pd.read_parquet(io.BytesIO(content)).reset_index(), path.name
    separator = _separator(content)
    text = pd.read_csv(
        io.BytesIO(content), sep=separator, dtype=str, keep_default_na=False, index_col=False
    )
    return text.rename(columns=str.strip) if len(text) == len(frame) else frame, path.name


def _separator(content: bytes) -> str:
    header = content.partition(b"\n")[0].decode(errors="replace")
    return max(",;\t", key=header.count)


def _check_names(names: list[Any], owner: str) -> None:
    for place, name in enumerate(names):
        if not isinstance(name, str):
            advice = "Rename that column."
            raise DataError.must(owner, "have column names that are text", name, advice)
        if name in names[:place]:
            raise DataError.must(owner, "name each column once", name, "Rename one of the two.")


def inputs_among(names: Sequence[str], score: str) -> list[str]:
    """Return the columns that are hyper-parameters where nobody says which are."""
    return [one for one in names if one not in (*_OWN, score, "index")]


def _chosen(
    frame: pd.DataFrame, score: str, chosen: str | Sequence[str] | Mapping[str, str] | None
) -> dict[str, str]:
    """Return column -> hyper-parameter."""
    names = list(frame.columns)
    if score not in names:
        advice = "Name the column of the score by score=."
        raise DataError.must("import_table.score", f"be one of {names}", score, advice)
    if isinstance(chosen, str):
        mapping = {one: one.removeprefix(chosen) for one in names if one.startswith(chosen)}
    elif isinstance(chosen, Mapping):
        mapping = dict(chosen)
    elif chosen is not None:
        mapping = {one: one for one in chosen}
    else:
        mapping = {one: one.removeprefix("config.") for one in inputs_among(names, score)}
    for one in mapping:
        if one not in names:
            advice = "Check the spelling."
            raise DataError.must("import_table.hyper_parameters", f"be of {names}", one, advice)
    if not mapping:
        advice = f"The columns are {names}."
        raise DataError.must("import_table.hyper_parameters", "name a column", chosen, advice)
    return mapping


def _rows(frame: pd.DataFrame, columns: _Columns, encoded: Sequence[str]) -> list[dict[str, Any]]:
    """Return the cells that are used, row by row, as plain Python."""
    used = [one for one in frame.columns if one in (*_OWN, columns.score, *columns.config)]
    cells = []
    for one in used:
        is_encoded = one in encoded or (columns.is_csv and one not in _WORDS)
        values = _cells_of(frame[one], is_encoded=is_encoded, is_none_missing=columns.is_file)
        cells.append(values if is_encoded else _whole(values, frame[one]))
    return [dict(zip(used, row, strict=True)) for row in zip(*cells, strict=True)]


def _cells_of(column: pd.Series[Any], *, is_encoded: bool, is_none_missing: bool) -> list[Any]:
    """Return the values of a column; `_ABSENT` where there is none."""
    is_empty_missing = is_encoded or column.name in _OWN
    return [
        _ABSENT
        if (is_none_missing and each is None)
        or (isinstance(each, float) and math.isnan(each))
        or (is_empty_missing and isinstance(each, str) and not each)
        else value_of(each)
        if is_encoded
        else each
        for each in column.tolist()
    ]


_ABSENT: Any = object()


def _whole(values: list[Any], column: pd.Series[Any]) -> list[Any]:
    """Make whole numbers again of those that became floats because some are missing."""
    is_float = column.dtype.kind == "f"
    if not is_float or not column.isna().any():
        return values
    known = [one for one in values if one is not _ABSENT]
    if not known or not all(float(one).is_integer() for one in known):
        return values
    return [one if one is _ABSENT else int(one) for one in values]


def _trial(place: int, row: dict[str, Any], columns: _Columns, *, is_minimized: bool) -> Trial:
    """Read one row; a message names row and column."""
    found = row[columns.score]
    owner = f"Row {place}, column {columns.score!r},"
    score = as_score(None if found is _ABSENT else found, owner, is_minimized=is_minimized)
    config = {
        ours: plain_value(row[column], f"Row {place}, column {column!r},")
        for column, ours in columns.config.items()
        if row[column] is not _ABSENT
    }
    about = {one: row[one] for one in _OWN if row.get(one, _ABSENT) is not _ABSENT}
    made = Provenance(str(about.get("optimizer", "imported")), str(about.get("reason", "imported")))
    state = _state(about.get("state"), score, place)
    trial = Trial(
        _number(about.get("trial"), place),
        config,
        state,
        made,
        _count(about.get("space_version", 1), place, "space_version"),
        score if state in (TrialState.COMPLETED, TrialState.STOPPED) else None,
        _folds(about.get("folds", ()), place),
        str(about.get("error", "")),
        _number_in(about, "started_at", place),
        _number_in(about, "duration_s", place),
    )
    return with_sound_score(trial)


def _state(found: Any, score: float | None, place: int) -> TrialState:
    if found is None:
        return TrialState.FAILED if score is None else TrialState.COMPLETED
    words = str(found).lower()
    if words in _STATES:
        return _STATES[words]
    rule = f"be one of {[one.value for one in TrialState]}"
    raise DataError.must(f"Row {place}, column 'state',", rule, found, "Rename the column.")


_STATES = {one.value: one for one in TrialState} | {
    "complete": TrialState.COMPLETED,
    "finished": TrialState.COMPLETED,
    "success": TrialState.COMPLETED,
    "pruned": TrialState.STOPPED,
    "fail": TrialState.FAILED,
    "error": TrialState.FAILED,
}


def _number(found: Any, place: int) -> int:
    return place if found is None else _count(found, place, "trial")


def _count(found: Any, place: int, column: str) -> int:
    if isinstance(found, bool) or not isinstance(found, (int, float)) or found != int(found):
        rule, advice = "be a whole number", "Rename the column."
        raise DataError.must(f"Row {place}, column {column!r},", rule, found, advice)
    return int(found)


def _number_in(about: dict[str, Any], column: str, place: int) -> float:
    owner = f"Row {place}, column {column!r},"
    return as_score(about.get(column, 0.0), owner, is_minimized=False) or 0.0


def _folds(found: Any, place: int) -> tuple[float, ...]:
    if hasattr(found, "tolist"):
        found = found.tolist()
    values = [] if found in ("", None) else found
    owner = f"Row {place}, column 'folds',"
    if not isinstance(values, (list, tuple)):
        raise DataError.must(owner, "be a list of numbers", found, "Rename the column.")
    scores = [as_score(one, owner, is_minimized=False) for one in values]
    return tuple(one for one in scores if one is not None)


def _own_study(kept: Mapping[str, Any], trials: tuple[Trial, ...]) -> StudyData:
    """Put a study together again of which a Parquet file has kept all."""
    return StudyData(
        kept["name"],
        Settings.from_dict(kept["settings"]),
        tuple(SpaceVersion.from_dict(one) for one in kept["versions"]),
        trials,
        kept["about"],
    )


def _export_frame(data: StudyData) -> tuple[pd.DataFrame, list[str]]:
    """Return the table of all trials, and the columns of hyper-parameters."""
    frame = frame_of(data.trials)
    return frame, [one for one in frame.columns if one not in (*_OWN, "score")]


def export_csv(data: StudyData, path: str | Path) -> Path:
    """Write one row per trial, `score` higher-is-better; `import_table` is the way back.

    An empty cell is an inactive hyper-parameter. Text that could be read as something else
    stands in JSON's quotes, so that every value keeps its type.
    """
    frame, names = _export_frame(data)
    for name in names:
        frame[name] = _cells(data, name)
    if "folds" in frame:
        frame["folds"] = [plain_list(one.fold_scores) for one in data.trials]
    path = Path(path)
    frame.to_csv(path)
    return path


def plain_list(values: Sequence[float]) -> str:
    """Write numbers as one cell."""
    return cell_of(tuple(values)) if values else ""


def _cells(data: StudyData, column: str) -> list[str]:
    name = column.removeprefix("config.") if column.startswith("config.") else column
    return [cell_of(one.config[name]) if name in one.config else "" for one in data.trials]


def export_parquet(data: StudyData, path: str | Path) -> Path:
    """Write the same table as Parquet, with the space and the set-up beside it.

    A column that holds values of several types is written as text, as in CSV.
    """
    frame, names = _export_frame(data)
    encoded = [name for name in names if not _is_uniform(data, name)]
    for name in encoded:
        frame[name] = [cell or None for cell in _cells(data, name)]
    if "folds" in frame:
        frame["folds"] = [list(one.fold_scores) for one in data.trials]
    whole = data.to_dict()
    about = {key: whole[key] for key in ("name", "settings", "versions", "about")}
    frame.attrs = {_KEY: plain.dumps({**about, "encoded": encoded})}
    path = Path(path)
    frame.reset_index().to_parquet(path, index=False)
    return path


def _is_uniform(data: StudyData, column: str) -> bool:
    name = column.removeprefix("config.")
    kinds = {type(one.config[name]) for one in data.trials if name in one.config}
    has_gaps = any(name not in one.config for one in data.trials)
    return len(kinds) == 1 and kinds <= ({str, float} if has_gaps else {str, float, int, bool})
