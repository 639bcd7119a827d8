"""Files that a user hands over: told apart by their ending and content, never unpickled."""

from __future__ import annotations

import io
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path

from ..errors import DataError
from ..study_data import StudyData
from ..table_file import CSV_ENDINGS, PARQUET_ENDINGS, UPLOAD_LIMIT_MB
from .json_file import import_json
from .mlflow_runs import import_mlflow
from .optuna_study import import_optuna
from .ray_tune import import_ray_tune
from .result_files import read_json
from .smac_run import import_smac
from .table import import_table

TABLES = CSV_ENDINGS + PARQUET_ENDINGS
ENDINGS = (*TABLES, ".json", ".zip", ".db", ".sqlite", ".sqlite3")
_PICKLES = (".pkl", ".pickle", ".joblib", ".dill", ".pt", ".pth", ".npy", ".npz")
_PICKLE_STARTS = tuple(b"\x80" + bytes([protocol]) for protocol in range(2, 6))
_N_FILES_MAX, _UNPACKED_MB_MAX = 20_000, 500


def check_upload(filename: str, content: bytes) -> None:
    """Refuse what is never opened.

    Raises
    ------
    DataError
        The file is pickled, too large, or of no kind that can be read.
    """
    ending = ending_of(filename)
    if ending in _PICKLES or content.startswith(_PICKLE_STARTS):
        message = (
            f"{filename!r} must not be a pickled file (pickle, joblib): opening one can run any "
            "code, so none is ever opened here. In Python, give the fitted search itself to "
            "import_search_cv, or save its cv_results_ as CSV."
        )
        raise DataError(message, name=filename)
    if ending not in ENDINGS:
        rule = f"end in one of {', '.join(ENDINGS)}"
        advice = "Export it as one of these."
        raise DataError.must(repr(filename), rule, ending, advice)
    if len(content) > 1e6 * UPLOAD_LIMIT_MB:
        rule = f"have at most {UPLOAD_LIMIT_MB} MB"
        found = f"{len(content) / 1e6:.1f} MB"
        raise DataError.must(repr(filename), rule, found, "Import it in Python.")


def import_upload(
    filename: str,
    content: bytes,
    *,
    score: str = "",
    is_minimized: bool = False,
    hyper_parameters: Sequence[str] | None = None,
    name: str = "",
) -> StudyData:
    """Read a study from a file that was handed over.

    Parameters
    ----------
    filename : str
        CSV and Parquet are tables; JSON is a study that tuneboard exported or SMAC's
        runhistory; a zip holds the result folder of Ray Tune, SMAC or MLflow; .db, .sqlite and
        .sqlite3 are storages of Optuna.
    content : bytes
        What is in it.
    score : str
        The column or metric of the score, where the file has several.
    is_minimized : bool
        Whether a lower one is better, where the file does not say.
    hyper_parameters : sequence of str, optional
        The columns of a table that are hyper-parameters; by default those that are nothing else.
    name : str
        What to call the study.

    Raises
    ------
    DataError, SpaceError
        The file is refused or cannot be read; the message says why.
    """
    check_upload(filename, content)
    ending = ending_of(filename)
    with tempfile.TemporaryDirectory(prefix="tuneboard-") as folder:
        path = Path(folder) / f"upload{ending}"
        path.write_bytes(content)
        if ending in TABLES:
            return import_table(
                path,
                score=score or "score",
                is_minimized=is_minimized,
                hyper_parameters=hyper_parameters,
                name=name or filename,
            )
        if ending == ".zip":
            place = Path(folder) / "unpacked"
            _unpack(filename, content, place)
            return _of_folder(filename, place, score, is_minimized=is_minimized, name=name)
        if ending == ".json":
            return _of_json(path, name or filename)
        return import_optuna(f"sqlite:///{path}", name or None)


def ending_of(filename: str) -> str:
    """Return how a file's name ends, in small letters."""
    return Path(filename).suffix.lower()


def _of_json(path: Path, name: str) -> StudyData:
    data = read_json(path)
    is_smac = isinstance(data, dict) and {"data", "configs"} <= set(data)
    return import_smac(path, name=name) if is_smac else import_json(path)


def _unpack(filename: str, content: bytes, place: Path) -> None:
    """Unpack a zip, whose entries stay inside the folder, and within bounds."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            entries = packed.infolist()
            size_mb = sum(one.file_size for one in entries) / 1e6
            if len(entries) > _N_FILES_MAX or size_mb > _UNPACKED_MB_MAX:
                rule = f"have at most {_N_FILES_MAX:,} files of {_UNPACKED_MB_MAX} MB together"
                found = f"{len(entries):,} of {size_mb:.0f} MB"
                raise DataError.must(repr(filename), rule, found, "Import the folder in Python.")
            packed.extractall(place)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
        message = f"{filename!r} must be a whole zip file ({error}). Pack the folder again."
        raise DataError(message, name=filename) from error


def _of_folder(
    filename: str, place: Path, score: str, *, is_minimized: bool, name: str
) -> StudyData:
    """Read the results in a folder, whichever tool they are of."""
    title = name or Path(filename).stem
    given = {"score": score or None, "is_minimized": is_minimized, "name": title}
    for found in sorted(place.rglob("runhistory.json")):
        return import_smac(found.parent, name=title)
    for found in sorted(place.rglob("params.json")):
        return import_ray_tune(found.parent.parent, **given)  # type: ignore[arg-type]
    for found in sorted(place.rglob("meta.yaml"), key=lambda one: len(one.parts)):
        return import_mlflow(found.parent.parent, **given)  # type: ignore[arg-type]
    message = (
        f"{filename!r} must hold results of Ray Tune (params.json), SMAC (runhistory.json) or "
        "MLflow (meta.yaml). Pack the folder of one experiment."
    )
    raise DataError(message, name=filename)
