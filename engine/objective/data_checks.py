"""What data must be for cross-validation: rows, targets and classes."""

from __future__ import annotations

from typing import Any

from ..errors import ObjectiveError

OWNER = "CrossValidation"


def n_rows(X: Any) -> int:
    """Return the number of rows of a table."""
    shape = getattr(X, "shape", None)
    if shape == () or (shape is None and not hasattr(X, "__len__")):
        raise ObjectiveError.must(f"{OWNER}.X", "be a table", X, "Pass an array or a DataFrame.")
    return int(shape[0]) if shape else len(X)


def as_target(y: Any, n_rows: int) -> Any:
    """Return y as an array of shape (n_rows,) without missing values."""
    import numpy as np
    import pandas as pd

    try:
        y = np.asarray(y)
    except ValueError:  # rows of different lengths
        y = np.empty((n_rows, 0))
    if y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y.ndim != 1:
        raise ObjectiveError.must(f"{OWNER}.y", "be one column", y.shape, "Pass one target.")
    if len(y) != n_rows:
        rule, advice = f"have {n_rows} rows like X", "Pass one target for each row."
        raise ObjectiveError.must(f"{OWNER}.y", rule, len(y), advice)
    n_bad = int(pd.isna(y).sum())
    if y.dtype.kind == "f":
        n_bad += int(np.isinf(y).sum())
    if n_bad:
        message = (
            f"{OWNER}.y must have a finite value in every row; {n_bad} of {n_rows} are NaN or "
            "infinite. Drop these rows or fill them in."
        )
        raise ObjectiveError(message, name=f"{OWNER}.y", value=n_bad)
    return y


def as_numbers(y: Any) -> Any:
    """Return a regressor's y as floats."""
    advice = "Turn it into numbers, or use a classifier."
    for one in y.tolist() if y.dtype.kind in "OUST" else ():
        if isinstance(one, (str, bytes)):
            raise ObjectiveError.must(f"{OWNER}.y", "be numbers for a regressor", one, advice)
    try:
        return y.astype(float)
    except (TypeError, ValueError):
        found = y.tolist()[0]
        raise ObjectiveError.must(
            f"{OWNER}.y", "be numbers for a regressor", found, advice
        ) from None


def as_classes(y: Any) -> Any:
    """Return a classifier's y as labels of one type, which can be sorted."""
    import numpy as np

    if y.dtype.kind == "f" and (y != np.floor(y)).any():
        number = float(y[y != np.floor(y)][0])
        advice = "Use a regressor, or turn the numbers into classes."
        raise ObjectiveError.must(f"{OWNER}.y", "be classes for a classifier", number, advice)
    if y.dtype.kind == "O":
        kinds = sorted({type(one).__name__ for one in y.tolist()})
        if len(kinds) > 1:
            advice = "Turn them all into text, say."
            raise ObjectiveError.must(f"{OWNER}.y", "have classes of one type", kinds, advice)
        y = np.array(y.tolist())
    return y


def check_classes(y: Any, folds: int) -> list[Any]:
    """Return the classes, checking that there are two or more, each with `folds` members."""
    import numpy as np

    labels, counts = np.unique(y, return_counts=True)
    if len(labels) < 2:
        advice = "Choose another target."
        raise ObjectiveError.must(f"{OWNER}.y", "have two classes", labels.tolist(), advice)
    smallest = int(counts.argmin())
    if folds > counts[smallest]:
        label = labels.tolist()[smallest]
        rule = f"be at most {counts[smallest]}, the size of the smallest class ({label!r})"
        advice = "Use fewer folds, or merge rare classes."
        raise ObjectiveError.must(f"{OWNER}.folds", rule, folds, advice)
    return list(labels.tolist())
