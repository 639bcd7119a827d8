"""The files that a study can be written to, by name: what the page and the terminal offer."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ..errors import DataError
from ..study_data import StudyData
from .json_file import export_json
from .mlflow_runs import export_mlflow
from .notebook import export_notebook
from .optuna_study import export_optuna
from .script import export_script
from .table import export_csv, export_parquet

_ASK = "# Make model, X and y here, as the study was made with them."


@dataclass(frozen=True)
class FileFormat:
    """One kind of file.

    Parameters
    ----------
    label : str
        What the page calls it.
    suffix : str
        How the file's name ends.
    write : function
        Called with the study, the file, the folder of the history's uploaded tables, and the
        number of the one trial that is meant, if it is one.
    is_of_trial : bool
        Whether it can be of one trial.
    """

    label: str
    suffix: str
    write: Callable[[StudyData, Path, str, int | None], object]
    is_of_trial: bool = False


def _optuna(data: StudyData, path: Path, _folder: str, _trial: int | None) -> None:
    if path.exists():
        advice = "Choose a new name."
        raise DataError.must("export_optuna.path", "name a file that is not there", path, advice)
    export_optuna(data, f"sqlite:///{path}", data.name)


def _mlflow(data: StudyData, path: Path, _folder: str, _trial: int | None) -> None:
    with tempfile.TemporaryDirectory(prefix="tuneboard-") as folder:
        runs = export_mlflow(data, Path(folder) / "mlruns")
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
            for file in sorted(runs.rglob("*")):
                packed.write(file, Path("mlruns") / file.relative_to(runs))


def _script(data: StudyData, path: Path, folder: str, trial: int | None) -> None:
    export_script(data, path, trial=trial, setup=_setup(data), folder=folder)


def _notebook(data: StudyData, path: Path, folder: str, trial: int | None) -> None:
    export_notebook(data, path, trial=trial, setup=_setup(data), folder=folder)


def _setup(data: StudyData) -> str:
    """Return what asks for model and data, where nothing recorded says how to make them."""
    is_known = data.settings.origin is not None or data.about.get("code")
    return "" if is_known else _ASK


FORMATS: dict[str, FileFormat] = {
    "csv": FileFormat("CSV", ".csv", lambda data, path, *_: export_csv(data, path)),
    "parquet": FileFormat("Parquet", ".parquet", lambda data, path, *_: export_parquet(data, path)),
    "json": FileFormat(
        "JSON, nothing lost", ".json", lambda data, path, *_: export_json(data, path)
    ),
    "optuna": FileFormat("Optuna (SQLite)", ".db", _optuna),
    "mlflow": FileFormat("MLflow runs (zip)", ".zip", _mlflow),
    "script": FileFormat("Python script", ".py", _script, is_of_trial=True),
    "notebook": FileFormat("Notebook", ".ipynb", _notebook, is_of_trial=True),
}
"""Name -> what is written."""
