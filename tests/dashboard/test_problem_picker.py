"""Choosing data and model."""

from __future__ import annotations

import io
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tuneboard.dashboard.problem_picker import ProblemPicker
from tuneboard.engine.dataset import load_bundled
from tuneboard.engine.problem import Problem


def csv(**columns: Any) -> bytes:
    return pd.DataFrame(columns).to_csv(index=False).encode()


def table(n: int = 40) -> dict[str, Any]:
    x = np.arange(n)
    return {"size": x / 7, "kind": np.where(x % 2, "red", "blue"), "price": x * 1.5 + 0.25}


def test_it_opens_on_a_problem_that_ships() -> None:
    problem = ProblemPicker().problem
    assert problem is not None
    assert problem.is_bundled


def test_each_bundled_dataset_offers_two_models_or_more() -> None:
    picker = ProblemPicker()
    for name in ("digits", "breast_cancer", "wine", "diabetes"):
        picker._data.value = name
        assert picker.problem is not None
        assert picker.problem.dataset.name == name
        assert len(picker._model.options) >= 2


def test_choosing_another_model_makes_another_problem() -> None:
    picker = ProblemPicker()
    seen: list[str] = []
    picker.param.watch(lambda event: seen.append(event.new.model), "problem")
    for name in picker._model.options.values():
        picker._model.value = name
    assert len(set(seen)) >= 2
    assert picker.problem is not None
    assert picker.problem.model == seen[-1]


def test_an_uploaded_table_is_used_with_its_last_column_as_target() -> None:
    picker = ProblemPicker()
    picker.upload("houses.csv", csv(**table()))
    assert picker.error == ""
    assert picker.problem is not None
    assert picker.problem.dataset.task == "regression"
    assert picker._target.value == "price"


def test_another_target_column_may_be_chosen() -> None:
    picker = ProblemPicker()
    picker.upload("houses.csv", csv(**table()))
    picker._target.value = "kind"
    assert picker.problem is not None
    assert picker.problem.dataset.task == "classification"


def test_a_parquet_file_is_read() -> None:
    content = io.BytesIO()
    pd.DataFrame(table()).to_parquet(content)
    picker = ProblemPicker()
    picker.upload("houses.parquet", content.getvalue())
    assert picker.problem is not None


@pytest.mark.parametrize(
    ("filename", "content", "words"),
    [
        ("notes.docx", b"PK\x03\x04", r"notes\.docx.* must be a CSV"),
        ("houses.csv", b"\x00\x01\x02\xff\xfe binary", r"houses\.csv"),
        ("houses.parquet", b"size,price\n1,2\n", r"houses\.parquet"),
        ("empty.csv", b"", r"empty\.csv.* empty"),
        ("gap.csv", csv(size=[1.0, 2.0, 3.0], price=[1.0, None, 3.0]), "price"),
    ],
)
def test_a_file_that_cannot_be_used_is_said_and_leaves_no_problem(
    filename: str, content: bytes, words: str
) -> None:
    picker = ProblemPicker()
    picker.upload(filename, content)
    assert picker.problem is None
    assert re.search(words, picker.error)


def test_going_back_to_bundled_data_clears_the_error() -> None:
    picker = ProblemPicker()
    picker.upload("empty.csv", b"")
    picker._data.value = "wine"
    assert picker.error == ""
    assert picker.problem is not None


def test_a_stored_problem_is_shown() -> None:
    picker = ProblemPicker()
    picker.choose(Problem(load_bundled("diabetes"), "random_forest"))
    assert picker._data.value == "diabetes"
    assert picker._model.value == "random_forest"
