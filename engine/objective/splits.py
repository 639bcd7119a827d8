"""The splits of cross-validation, the part that is held out, and parts of the training rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from ..errors import ObjectiveError
from ..metric import Task

if TYPE_CHECKING:
    import numpy as np

    Split = tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]

OWNER = "CrossValidation"


def is_count(folds: Any) -> bool:
    """Whether `folds` is meant as a number (or as none of what it may be)."""
    has_splits = hasattr(folds, "split") or hasattr(folds, "__iter__")
    return isinstance(folds, str) or not has_splits


def check_count_of_folds(folds: Any, n_rows: int) -> int:
    """Return `folds` as an int of at least 2 and at most the number of rows."""
    name = f"{OWNER}.folds"
    if not hasattr(folds, "__index__") or isinstance(folds, bool) or folds < 2:
        advice = "Use 2 or more, such as 5, or a splitter of scikit-learn."
        raise ObjectiveError.must(name, "be a whole number of at least 2", folds, advice)
    if folds > n_rows:
        rule = f"be at most {n_rows}, the number of rows"
        raise ObjectiveError.must(name, rule, folds, "Use fewer folds.")
    return int(folds)


def splits_of_count(
    n_folds: int, X: Any, y: Any, groups: Any, task: Task, seed: int
) -> list[Split]:
    """Split into shuffled folds: stratified for classes, groups never torn apart."""
    from sklearn import model_selection

    kind = "Stratified" * (task == "classification") + "Group" * (groups is not None) + "KFold"
    splitter = getattr(model_selection, kind)(n_folds, shuffle=True, random_state=seed)
    return list(splitter.split(X, y, groups))


def splits_of(folds: Any, X: Any, y: Any, groups: Any) -> list[Split]:
    """Return the splits of a scikit-learn splitter, or of an iterable of (train, test).

    They are made once: a splitter that draws anew each time would score the same configuration
    differently in each trial.

    Raises
    ------
    ObjectiveError
        There are fewer than two splits, or one that does not fit the rows.
    """
    import numpy as np

    name, n_rows = f"{OWNER}.folds", len(y)
    try:
        pairs = list(folds.split(X, y, groups) if hasattr(folds, "split") else folds)
        splits = [(np.asarray(train), np.asarray(test)) for train, test in pairs]
    except (TypeError, ValueError) as error:
        message = f"{name} must be able to split the data. {error}"
        raise ObjectiveError(message, name=name, value=folds) from error
    if len(splits) < 2:
        advice = "Give two splits or more, or a number."
        raise ObjectiveError.must(name, "give two splits", len(splits), advice)
    for split in splits:
        _check_split(name, split, n_rows)
    return splits


def _check_split(name: str, split: Split, n_rows: int) -> None:
    for part in split:
        is_rows = part.ndim == 1 and part.dtype.kind in "iu" and part.size > 0
        if not is_rows or part.min() < 0 or part.max() >= n_rows:
            rule = f"give row numbers from 0 to {n_rows - 1} for training and test"
            raise ObjectiveError.must(name, rule, part.tolist()[:5], "Check the splitter.")


def holdout_rows(share: Any, y: Any, groups: Any, task: Task, seed: int) -> Split:
    """Return (rows for the trials, rows held out), drawn by classes or by whole groups.

    Raises
    ------
    ObjectiveError
        `share` does not lie between 0 and 1, or leaves too few rows of a class.
    """
    import numpy as np
    from sklearn.model_selection import GroupShuffleSplit, train_test_split

    name = f"{OWNER}.holdout"
    is_number = isinstance(share, (int, float)) and not isinstance(share, bool)
    if not is_number or not 0 < share < 1:
        advice = "Give 0.2, for example."
        raise ObjectiveError.must(name, "be a share between 0 and 1", share, advice)
    rows = np.arange(len(y))
    try:
        if groups is not None:
            splitter = GroupShuffleSplit(1, test_size=share, random_state=seed)
            return next(splitter.split(rows, y, groups))  # type: ignore[no-any-return]
        classes = y if task == "classification" else None
        seen, held = train_test_split(rows, test_size=share, random_state=seed, stratify=classes)
    except ValueError as error:
        message = f"{name} must leave rows of every class on both sides. {error}"
        raise ObjectiveError(message, name=name, value=share) from error
    return np.sort(seen), np.sort(held)


def part_of_rows(train: Any, y: Any, share: float, task: Task, seed: int) -> Any:
    """Return a share of the training rows; a smaller share lies within a larger one.

    Of classes the same share of each is taken, one row at least.
    """
    import numpy as np

    if share >= 1:
        return train
    order = np.random.default_rng(seed).permutation(train)
    if task == "regression":
        return np.sort(order[: max(2, math.ceil(share * len(order)))])
    labels = y[order]
    kept = [
        rows[: max(1, math.ceil(share * len(rows)))]
        for label in np.unique(labels)
        for rows in [order[labels == label]]
    ]
    return np.sort(np.concatenate(kept))
