from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuneboard.engine.errors import DataError
from tuneboard.engine.interchange import export_csv, export_parquet, import_table
from tuneboard.engine.interchange.cells import cell_of, value_of
from tuneboard.engine.plain import is_plain
from tuneboard.engine.study_data import StudyData
from tuneboard.engine.trial import TrialState

from .conftest import outcomes

ATOMS = st.one_of(st.text(), st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())


@given(st.one_of(ATOMS, st.tuples(ATOMS, ATOMS)))
def test_every_plain_value_survives_the_way_through_a_cell(value: object) -> None:
    again = value_of(cell_of(value))

    assert again == value
    assert type(again) is type(value)


@given(st.text())
def test_any_text_of_another_tool_is_read_as_some_plain_value(text: str) -> None:
    value = value_of(text)

    assert is_plain(value) or value != value


def test_a_csv_file_brings_every_value_back_with_its_type(study: StudyData, tmp_path: Path) -> None:
    path = export_csv(study, tmp_path / "study.csv")

    again = import_table(path, name=study.name)

    assert outcomes(again) == outcomes(study)
    assert again.trials[0].fold_scores == pytest.approx(study.trials[0].fold_scores)
    assert again.trials[2].error == study.trials[2].error


def test_a_parquet_file_brings_the_space_and_the_metric_back_too(
    study: StudyData, tmp_path: Path
) -> None:
    again = import_table(export_parquet(study, tmp_path / "study.parquet"))

    assert outcomes(again) == outcomes(study)
    assert (again.name, again.settings, again.versions) == (
        study.name,
        study.settings,
        study.versions,
    )


def test_columns_of_any_name_become_hyper_parameters_by_a_mapping() -> None:
    frame = pd.DataFrame({"C value": [1.0, 10.0], "loss": [0.5, None], "note": ["a", "b"]})

    data = import_table(frame, score="loss", is_minimized=True, hyper_parameters={"C value": "C"})

    assert [one.config for one in data.trials] == [{"C": 1.0}, {"C": 10.0}]
    assert [one.score for one in data.trials] == [-0.5, None]
    assert [one.state for one in data.trials] == [TrialState.COMPLETED, TrialState.FAILED]
    assert data.metric.is_minimized
    assert data.metric.shown(data.best_trial().score or 0) == 0.5


def test_the_frame_of_optunas_trials_is_read_by_its_prefix() -> None:
    frame = pd.DataFrame(
        {"value": [0.1, 0.2], "params_x": [1, 3], "params_k": ["a", "b"], "state": ["COMPLETE"] * 2}
    )

    data = import_table(frame, score="value", hyper_parameters="params_")

    assert data.space.names == ("x", "k")
    assert (data.space["x"].low, data.space["x"].high) == (1, 3)


def test_whole_numbers_stay_whole_where_some_are_missing() -> None:
    data = import_table(pd.DataFrame({"k": [1, None, 5], "score": [1.0, 2.0, 3.0]}))

    assert [one.config for one in data.trials] == [{"k": 1}, {}, {"k": 5}]
    assert type(data.trials[0].config["k"]) is int


def test_numbers_over_many_magnitudes_give_a_log_scale() -> None:
    data = import_table(pd.DataFrame({"lr": [1e-5, 1e-1], "m": [0.5, 0.9], "score": [1.0, 2.0]}))

    assert (data.space["lr"].log, data.space["m"].log) == (True, False)
    assert data.space["lr"].source == "seen in a DataFrame"


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        ({"k": [1]}, {}, r"import_table\.score must be one of \['k'\], not 'score'"),
        ({"k": [1], "score": ["high"]}, {}, "Row 1, column 'score', must be a number, not 'high'"),
        (
            {"k": [1], "score": [1.0]},
            {"hyper_parameters": ["lr"]},
            r"import_table\.hyper_parameters must be of \['k', 'score'\], not 'lr'",
        ),
        (
            {"score": [1.0]},
            {},
            r"import_table\.hyper_parameters must name a column, not None\. The columns are",
        ),
        (
            {"k": [1], "score": [1.0], "state": ["unheard of"]},
            {},
            "Row 1, column 'state', must be one of .* not 'unheard of'",
        ),
        (
            {"k": [1], "score": [1.0], "trial": ["one"]},
            {},
            "Row 1, column 'trial', must be a whole number, not 'one'",
        ),
        (
            {"k": [1], "score": [1.0], "folds": [3.5]},
            {},
            r"Row 1, column 'folds', must be a list of numbers, not 3\.5",
        ),
        (
            {"k": [object], "score": [1.0]},
            {},
            "Row 1, column 'k', must be text, a number, True, False, None or a list",
        ),
        (
            {"k": [1, 2], "score": [1.0, 2.0], "trial": [1, 1]},
            {},
            r"StudyData\.trials must have each number once, not 1",
        ),
        ({"k": [1], 3: [1.0]}, {}, "DataFrame must have column names that are text, not 3"),
    ],
)
def test_a_bad_table_is_refused_with_the_name_of_the_column(
    columns: dict[str, list[object]], options: dict[str, object], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        import_table(pd.DataFrame(columns), **options)  # type: ignore[arg-type]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"nowhere\.csv' cannot be read: No such file"):
        import_table(tmp_path / "nowhere.csv")


def test_a_file_of_pickled_objects_is_refused_unread(tmp_path: Path) -> None:
    pd.DataFrame({"a": [1]}).to_pickle(tmp_path / "frame.pkl")

    with pytest.raises(DataError, match=r"must be a CSV .* this one ends in \.pkl"):
        import_table(tmp_path / "frame.pkl")
