"""What the code says of one model."""

from __future__ import annotations

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.source.model_reading import ModelReading, read_model

SVC_CELLS = {
    "a": "%matplotlib inline\nfrom sklearn.svm import SVC as Machine\nc = 0.5  # tune: 0.1..10",
    "b": "!ls\nmodel = Machine(C=c, kernel='poly',  # tune: {'poly', 'rbf'}\n    gamma=width())",
}


def read(*cells: str, model: object, variable: str = "model") -> ModelReading:
    texts = {str(number): text for number, text in enumerate(cells)}
    return read_model(texts, variable, model.get_params())  # type: ignore[attr-defined]


def test_values_are_read_across_cells_by_the_names_of_the_model() -> None:
    reading = read_model(SVC_CELLS, "model", SVC().get_params())
    assert (reading.cell, reading.kind, reading.problem) == ("b", "SVC", "")
    assert reading.values == {"C": 0.5, "kernel": "poly"}
    assert "degree" in reading.absent
    assert set(reading.computed) == {"gamma"}


def test_tune_comments_say_what_may_vary_and_presets_under_which_condition() -> None:
    records = {
        one.name: one for one in read_model(SVC_CELLS, "model", SVC().get_params()).records(SVC())
    }
    assert (records["C"].low, records["C"].high, records["C"].value) == (0.1, 10.0, 0.5)
    assert records["kernel"].choices == ("poly", "rbf")
    assert records["degree"].active_when == "kernel == 'poly'"


def test_what_is_not_written_any_more_is_the_default_again() -> None:
    live = RandomForestClassifier(max_depth=4, min_samples_leaf=7)
    reading = read("model = RandomForestClassifier(max_depth=9)", model=live)
    records = {one.name: one for one in reading.records(live)}
    assert (records["max_depth"].value, records["min_samples_leaf"].value) == (9, 1)
    assert live.max_depth == 4


def test_steps_of_a_pipeline_are_named_as_scikit_learn_names_them() -> None:
    live = make_pipeline(StandardScaler(), SVC())
    reading = read(
        "pipe = make_pipeline(StandardScaler(), SVC(C=3.0))", model=live, variable="pipe"
    )
    assert reading.values["svc__C"] == 3.0
    assert reading.kind == ""
    assert {one.name: one.value for one in reading.records(live)}["svc__C"] == 3.0


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("other = SVC()", "No estimator model is made in the code."),
        ("model = SVC()\nmodel = SVC(C=2)", "model is assigned 2 times"),
        ("model = build()", "no estimator that can be read"),
        ("model = SVC(C=", "line 1"),
        ("model = SVC(C=1.0, gamma=0.1)  # tune: 1..2", "stand beside one value"),
    ],
)
def test_what_cannot_be_read_is_said(cell: str, words: str) -> None:
    assert words in read(cell, model=SVC()).problem


def test_a_broken_cell_does_not_hide_the_others() -> None:
    assert read("for", "model = SVC(C=2.0)", model=SVC()).values["C"] == 2.0


def test_a_value_that_the_model_does_not_take_is_said() -> None:
    reading = ModelReading("model", values={"nonsense": 3})
    with pytest.raises(SpaceError, match="model: Invalid parameter 'nonsense'"):
        reading.records(SVC())
