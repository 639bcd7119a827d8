"""Tables to learn from: the data that ship with the project, and a user's own table."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .errors import DataError
from .metric import METRICS, Task
from .table_file import check_header

if TYPE_CHECKING:
    import pandas as pd

MAX_CLASSES = 20  # more distinct whole numbers than this are a number to predict
MAX_SHOWN = 12  # names of columns in a message


_HELD = {
    **dict.fromkeys(("string", "categorical", "mixed-integer"), "text"),
    **dict.fromkeys(("boolean", "integer", "floating", "decimal", "empty"), "number"),
    **dict.fromkeys(("mixed-integer-float", "integer-na"), "number"),
    **dict.fromkeys(("date", "datetime", "datetime64", "timedelta", "timedelta64"), "time"),
}
"""What pandas says that a column holds -> how it is used."""


BUNDLED: dict[str, str] = {
    "digits": "Handwritten digits",
    "breast_cancer": "Breast cancer",
    "wine": "Wine",
    "diabetes": "Diabetes progression",
}
"""Names of the data that ship with scikit-learn -> what the page calls them."""


@dataclass(frozen=True, eq=False)
class Dataset:
    """A table to learn from.

    Parameters
    ----------
    name : str
        One of `BUNDLED`, or the name of the user's file.
    X : DataFrame, shape (n, n_features)
        Numbers, and text as object columns; missing values are NaN.
    y : Series, length n
        Classes, or finite numbers; none missing.
    task : {"classification", "regression"}
        What is to be predicted.
    feature_names : tuple of str
        Columns of `X`.
    fingerprint : str
        16 hexadecimal digits that change with the data.
    """

    name: str
    X: pd.DataFrame
    y: pd.Series[Any]
    task: Task
    feature_names: tuple[str, ...]
    fingerprint: str

    @property
    def needs_preparation(self) -> bool:
        """Whether the table has text or missing values, which most models cannot take."""
        return bool(self.text_columns) or bool(self.X.isna().to_numpy().any())

    @property
    def text_columns(self) -> list[str]:
        """Names of the columns that hold text."""
        return [name for name in self.feature_names if self.X[name].dtype == object]

    def describe(self) -> str:
        """Return the size in words: "1,797 rows, 64 features, 10 classes"."""
        n_rows, n_features = self.X.shape
        size = f"{counted(n_rows, 'row')}, {counted(n_features, 'feature')}"
        if self.task == "classification":
            return f"{size}, {self.y.nunique()} classes"
        return f"{size}, target from {self.y.min():.4g} to {self.y.max():.4g}"


def load_bundled(name: str) -> Dataset:
    """Load one of the `BUNDLED` data.

    Raises
    ------
    DataError
        There are no data of that name.

    Examples
    --------
    >>> load_bundled("wine").describe()
    '178 rows, 13 features, 3 classes'
    """
    if name not in BUNDLED:
        raise DataError.must("Dataset.name", f"be one of {list(BUNDLED)}", name, "Choose one.")
    from sklearn import datasets

    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    task: Task = "regression" if name == "diabetes" else "classification"
    return _dataset(name, bunch.data, bunch.target.rename("target"), task)


def make_dataset(
    name: str, frame: pd.DataFrame, target: str, *, task: Task | None = None
) -> Dataset:
    """Make a dataset of a table by choosing its target column.

    Parameters
    ----------
    name : str
        What the dataset is called.
    frame : DataFrame
        Not changed.
    target : str
        The column to predict; all others are features.
    task : {"classification", "regression"} or None
        None for a guess: classes for text, truth values and up to 20 distinct whole numbers.

    Raises
    ------
    DataError
        The target is not there, has gaps or does not suit the task; a feature has a type
        that is neither number, text, truth value nor time.
    """
    frame = frame.set_axis([str(column) for column in frame.columns], axis=1)
    _check_columns(name, frame, target)
    y = frame[target].reset_index(drop=True)
    _check_complete(y, target)
    is_text = _kind(y) != "number"
    y = y.astype(str).astype(object) if is_text else _as_numbers(y)
    task = _task_for(y, task, is_text=is_text)
    if task == "classification" and not is_text:
        y = y.astype("int64")
    features = frame.drop(columns=target).reset_index(drop=True)
    return _dataset(name, features.apply(_as_feature), y, task)


def _dataset(name: str, X: pd.DataFrame, y: pd.Series[Any], task: Task) -> Dataset:
    return Dataset(name, X, y, task, tuple(X.columns), _fingerprint(X, y))


def _fingerprint(X: pd.DataFrame, y: pd.Series[Any]) -> str:
    """Hash shape, names, types and values."""
    import pandas as pd

    digest = hashlib.sha256(repr((X.shape, list(X.columns), y.name)).encode())
    digest.update(repr([str(dtype) for dtype in [*X.dtypes, y.dtype]]).encode())
    for values in (X, y):
        digest.update(pd.util.hash_pandas_object(values, index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]


def counted(number: int, noun: str) -> str:
    """Return how many there are of something, in words: "1 row", "1,797 rows"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _check_columns(name: str, frame: pd.DataFrame, target: str) -> None:
    names = list(frame.columns)
    if target not in names:
        shown = ", ".join(names[:MAX_SHOWN]) + (", ..." if len(names) > MAX_SHOWN else "")
        advice = "Choose one of these."
        raise DataError.must("Dataset.target", f"be a column of {name} ({shown})", target, advice)
    if len(names) < 2:
        raise DataError.must("Dataset", "have a feature beside the target", names, "Add a column.")
    if frame.empty:
        raise DataError.must(
            "Dataset", "have rows", len(frame), f"Choose another table than {name}."
        )
    check_header(name, names)


def _check_complete(y: pd.Series[Any], target: str) -> None:
    """Check that the target has a finite value in every row."""
    import numpy as np

    n_missing = int(y.isna().sum() + y.isin([np.inf, -np.inf]).sum())
    if n_missing:
        message = (
            f"Dataset.{target} must have a value in every row to be the target; {n_missing:,} of "
            f"{len(y):,} rows have none (or an infinite one). Fill them in or drop these rows."
        )
        raise DataError(message, name=f"Dataset.{target}", value=n_missing)


def _kind(column: pd.Series[Any]) -> str:
    """Return "number", "text" or "time", by what the column holds besides missing values."""
    import pandas as pd

    held = pd.api.types.infer_dtype(column, skipna=True)
    if held in _HELD:
        return _HELD[held]
    found = type(column.dropna().iloc[0]).__name__
    advice = "Convert or drop this column."
    name = f"Dataset.{column.name}"
    raise DataError.must(name, "hold numbers, text, truth values or times", found, advice)


def _task_for(y: pd.Series[Any], task: Task | None, *, is_text: bool) -> Task:
    """Return the task, guessed if None, checking that the target suits it."""
    name, n_values = f"Dataset.{y.name}", y.nunique()
    fractions = y.iloc[:0] if is_text else y[y != y.round()]
    if n_values < 2:
        value = y.iloc[0] if is_text else float(y.iloc[0])
        raise DataError.must(name, "vary to be the target", value, "Choose another column.")
    if task is None:
        is_few = n_values <= MAX_CLASSES and fractions.empty
        task = "classification" if is_text or is_few else "regression"
    if task not in METRICS:
        raise DataError.must("Dataset.task", f"be one of {list(METRICS)}", task, "Choose one.")
    if task == "regression":
        if is_text:
            advice = "Choose classification, or another column."
            raise DataError.must(name, "hold numbers for regression", y.iloc[0], advice)
        return task
    if not fractions.empty:
        advice = "Choose regression, or another column."
        number = float(fractions.iloc[0])
        raise DataError.must(name, "hold classes for classification", number, advice)
    _check_class_sizes(name, y, is_text=is_text)
    return task


def _check_class_sizes(name: str, y: pd.Series[Any], *, is_text: bool) -> None:
    counts = y.value_counts()
    if (singles := counts.index[counts == 1]).empty:
        return
    label = singles[0] if is_text else int(singles[0])
    advice = "Drop that row or merge rare classes" + ("." if is_text else ", or choose regression.")
    message = f"{name} must have two rows or more of each class; {label!r} has one. {advice}"
    raise DataError(message, name=name, value=label)


def _as_feature(column: pd.Series[Any]) -> pd.Series[Any]:
    """Return a column as numbers, or as text with NaN for what is missing.

    Truth values become 0 and 1, times become days; an infinite value counts as missing.
    """
    import pandas as pd

    kind = _kind(column)
    if kind == "text":
        return column.astype(object).map(str, na_action="ignore").astype(object)
    if kind == "time":
        if not pd.api.types.is_timedelta64_dtype(column.dtype):
            column = pd.to_datetime(column, utc=True) - pd.Timestamp(0, tz="UTC")
        days: pd.Series[Any] = column.dt.total_seconds() / 86_400
        return days
    return _as_numbers(column)


def _as_numbers(column: pd.Series[Any]) -> pd.Series[Any]:
    import numpy as np

    known = column.where(column.notna(), np.nan) if column.dtype == object else column
    return known.astype(float).replace([np.inf, -np.inf], np.nan)
