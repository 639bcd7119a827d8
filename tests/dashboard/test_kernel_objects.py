"""What the variables of a notebook offer, and the page that asks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.svm import SVC
from tuneboard.dashboard.kernel_objects import estimators, tables, targets
from tuneboard.dashboard.kernel_picker import KernelPicker
from tuneboard.engine.errors import SpaceError

X = pd.DataFrame({"a": [1, 2, 3], "b": [4, 5, 6]})
NAMESPACE = {
    "model": SVC(),
    "SVC": SVC,
    "_": SVC(),
    "In": ["model"],
    "X": X,
    "big": np.zeros((1000, 4)),
    "y": np.array([0, 1, 1]),
    "labels": X["a"],
    "short": np.zeros(2),
    "pd": pd,
    "scalar": np.float64(3),
}


def test_estimators_are_objects_that_can_be_fitted() -> None:
    assert estimators(NAMESPACE) == {"model": "model: SVC"}


def test_tables_have_rows_and_columns() -> None:
    assert tables(NAMESPACE) == {"X": "X: 3 × 2 DataFrame", "big": "big: 1,000 × 4 ndarray"}


def test_targets_have_one_value_a_row() -> None:
    assert list(targets(NAMESPACE)) == ["y", "labels", "short"]
    assert targets(NAMESPACE, 3)["y"] == "y: 3 values, 2 different"
    assert "short" not in targets(NAMESPACE, 3)


class Chosen(list[Any]):
    def __call__(self, *objects: Any) -> None:
        self.append(objects)


def test_nothing_is_guessed_where_there_is_more_than_one() -> None:
    chosen = Chosen()
    picker = KernelPicker(NAMESPACE, chosen)
    assert picker._model.value == "model"
    assert picker._X.value is None
    assert picker._open.disabled
    assert "What is to be tuned?" in picker.text
    picker._X.value = "X"
    assert list(picker._y.options.values()) == [None, "y", "labels"]
    picker._y.value = "y"
    assert not picker._open.disabled
    picker._open.clicks += 1
    assert chosen == [(NAMESPACE["model"], X, NAMESPACE["y"])]


@pytest.mark.parametrize(
    ("namespace", "words"),
    [({}, "No variable holds an estimator"), ({"m": SVC(), "X": X}, "No variable holds a table")],
)
def test_what_is_missing_is_said(namespace: dict[str, Any], words: str) -> None:
    picker = KernelPicker(namespace, Chosen())
    assert words in picker.text
    assert picker._open.disabled


def test_a_look_again_finds_what_was_run_since() -> None:
    namespace: dict[str, Any] = {}
    picker = KernelPicker(namespace, Chosen())
    namespace.update(model=SVC(), X=X, y=X["a"])
    picker._again.clicks += 1
    assert (picker._model.value, picker._X.value, picker._y.value) == ("model", "X", "y")


def test_what_a_board_refuses_is_said() -> None:
    def refuse(*_objects: Any) -> None:
        raise SpaceError("This cannot be tuned.")

    picker = KernelPicker({}, refuse)
    picker._shipped.clicks += 1
    assert picker.text == "This cannot be tuned."
