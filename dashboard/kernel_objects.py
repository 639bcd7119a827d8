"""What the variables of a notebook offer to be tuned: estimators, tables, targets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def estimators(namespace: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that hold a scikit-learn estimator, with a line about each.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> estimators({"model": SVC(), "SVC": SVC, "_hidden": SVC()})
    {'model': 'model: SVC'}
    """
    return {
        name: f"{name}: {type(one).__name__}"
        for name, one in _own(namespace)
        if not isinstance(one, type) and hasattr(one, "get_params") and hasattr(one, "fit")
    }


def tables(namespace: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that may be X: what has rows and columns."""
    return {
        name: f"{name}: {one.shape[0]:,} × {one.shape[1]:,} {type(one).__name__}"
        for name, one in _own(namespace)
        if len(_shape(one)) == 2 and one.shape[0] > 1
    }


def targets(namespace: Mapping[str, Any], n_rows: int | None = None) -> dict[str, str]:
    """Return the variables that may be y: one value a row.

    Parameters
    ----------
    namespace : mapping of str to object
        The variables.
    n_rows : int, optional
        The rows of X; only what has as many is returned.
    """
    return {
        name: f"{name}: {one.shape[0]:,} values, {_n_different(one):,} different"
        for name, one in _own(namespace)
        if len(_shape(one)) == 1 and one.shape[0] in (one.shape[0] if n_rows is None else n_rows,)
    }


def _own(namespace: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield the user's own variables; IPython keeps its own with an underscore before them."""
    for name, one in list(namespace.items()):
        if name.isidentifier() and not name.startswith("_") and name not in ("In", "Out"):
            yield name, one


def _shape(one: Any) -> tuple[Any, ...]:
    """Return the shape of an array, a table or a column; empty for all else."""
    shape = () if isinstance(one, type) else getattr(one, "shape", ())
    is_data = isinstance(shape, tuple) and (hasattr(one, "dtype") or hasattr(one, "columns"))
    return shape if is_data else ()


def _n_different(one: Any) -> int:
    import pandas as pd

    return int(pd.Series(one).nunique(dropna=False))
