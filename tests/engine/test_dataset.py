"""The problems that ship, and what becomes of a user's table."""

from __future__ import annotations

import datetime
import io
import pickle
import re
from decimal import Decimal
from typing import Any

import cloudpickle
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuneboard.engine import table_file
from tuneboard.engine.dataset import BUNDLED, Dataset, load_bundled, make_dataset
from tuneboard.engine.discovery import discover
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.errors import DataError, ObjectiveError
from tuneboard.engine.hyper_parameter import SpaceVersion
from tuneboard.engine.objective import CrossValidation, run_objective
from tuneboard.engine.problem import MODELS, build_model
from tuneboard.engine.table_file import UPLOAD_LIMIT_MB, read_table

PAIRS = [
    (name, model)
    for name in BUNDLED
    for model in MODELS["regression" if name == "diabetes" else "classification"]
]


def mixed_table(n_rows: int = 40) -> pd.DataFrame:
    """Return a table with text, gaps, truth values and times."""
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "size": rng.normal(size=n_rows),
            "count": rng.integers(0, 5, n_rows),
            "colour": rng.choice(["red", "green", "blue"], n_rows),
            "is_new": rng.random(n_rows) < 0.5,
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 99, n_rows), "D"),
            "price": rng.normal(size=n_rows).round(3),
            "kind": ["a", "b"] * (n_rows // 2),
        }
    )
    frame.loc[3, "size"] = np.nan
    frame.loc[4, "size"] = np.inf
    frame.loc[5, "colour"] = None
    frame.loc[6, "day"] = pd.NaT
    return frame


def parquet(frame: pd.DataFrame, **options: Any) -> bytes:
    buffer = io.BytesIO()
    frame.to_parquet(buffer, **options)
    return buffer.getvalue()


def check_read_or_refused(name: str, content: bytes) -> None:
    try:
        words, n_columns = name, read_table(name, content).shape[1]
    except DataError as refusal:
        words, n_columns = str(refusal), 2
    assert name in words
    assert n_columns >= 2


# --- what ships


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("digits", "1,797 rows, 64 features, 10 classes"),
        ("breast_cancer", "569 rows, 30 features, 2 classes"),
        ("wine", "178 rows, 13 features, 3 classes"),
        ("diabetes", "442 rows, 10 features, target from 25 to 346"),
    ],
)
def test_the_bundled_data_are_described_by_their_size(name: str, size: str) -> None:
    dataset = load_bundled(name)
    assert dataset.describe() == size
    assert dataset.name == name
    assert dataset.feature_names == tuple(dataset.X.columns)
    assert dataset.y.name == "target"
    assert not dataset.needs_preparation


def test_unknown_bundled_data_are_refused() -> None:
    with pytest.raises(DataError, match=r"Dataset.name must be one of \['digits'.*not 'iris'"):
        load_bundled("iris")


@pytest.mark.parametrize("name", BUNDLED)
def test_every_dataset_has_two_models_or_more(name: str) -> None:
    choices = MODELS[load_bundled(name).task]
    assert len(choices) >= 2
    assert len({choice.label for choice in choices.values()}) == len(choices)


@pytest.mark.parametrize(("name", "model"), PAIRS)
def test_random_configurations_of_every_bundled_problem_score(name: str, model: str) -> None:
    dataset = load_bundled(name)
    estimator = build_model(dataset, model, 0)
    encoding = Encoding(SpaceVersion(1, discover(estimator)))
    assert encoding.n_dims >= 1
    rows = np.random.default_rng(1).permutation(len(dataset.y))[:200]
    objective = CrossValidation(estimator, dataset.X.iloc[rows], dataset.y.iloc[rows], folds=2)
    for config in encoding.decode(np.random.default_rng(2).random((4, encoding.n_dims))):
        result = run_objective(objective, config)
        assert result.score is not None, result.error


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"Study.model must be one of.*regression.*not 'svc'"):
        build_model(load_bundled("diabetes"), "svc", 0)


def test_the_seed_reaches_the_model() -> None:
    forest = build_model(load_bundled("wine"), "random_forest", 42)
    assert forest.get_params()["random_state"] == 42


# --- reading a file


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_csv_is_read_by_its_separator_and_encoding(
    separator: str, encoding: str, ending: str
) -> None:
    rows = [["größe", "Stück zahl", "name"], ["1.5", "2", "café"], ["2.5", "3", "naïve"]]
    text = ending.join(separator.join(row) for row in rows)
    frame = read_table("DATA.CSV", text.encode(encoding))
    assert list(frame.columns) == ["größe", "Stück zahl", "name"]
    assert frame["größe"].tolist() == [1.5, 2.5]
    assert frame["name"].tolist() == ["café", "naïve"]


def test_csv_of_windows_keeps_its_euro_sign() -> None:
    frame = read_table("a.csv", "a,b\n1,€\n2,’\n".encode("cp1252"))
    assert frame["b"].tolist() == ["€", "’"]


def test_csv_with_decimal_commas_is_read_as_numbers() -> None:
    frame = read_table("a.csv", b"a;b\n1,5;x\n-2,25;y\n")
    assert frame["a"].tolist() == [1.5, -2.25]


def test_a_comma_in_a_text_is_no_decimal_sign_where_numbers_have_points() -> None:
    frame = read_table("a.csv", b"a;b\n1.5;3,4\n2.5;x\n")
    assert frame["a"].tolist() == [1.5, 2.5]
    assert frame["b"].tolist() == ["3,4", "x"]


@pytest.mark.parametrize(
    "content",
    [
        b'"a,1",b\n"x,y",2\n"multi\nline",3\n',
        b"\n\na, b \n1, 2\n\n3, 4\n",
        b"a,b,\n1,2,\n3,4,\n",
        b"a,b\n1,2,\n3,4,\n",
        b"a,b\n1\n2,3\n",
    ],
)
def test_csv_with_quirks_is_read(content: bytes) -> None:
    frame = read_table("a.csv", content)
    assert len(frame) == 2
    assert frame.columns[1] == "b"


def test_csv_with_long_lines_is_read() -> None:
    header = ",".join(f"column_{n}" for n in range(9000))
    frame = read_table("a.csv", f"{header}\n{'1.25,' * 8999}1\n".encode())
    assert frame.shape == (1, 9000)


@pytest.mark.parametrize("ending", ["parquet", "pq", "PARQUET"])
def test_parquet_is_read(ending: str) -> None:
    table = mixed_table()
    frame = read_table(f"table.{ending}", parquet(table))
    assert list(frame.columns) == list(table.columns)
    assert frame["price"].tolist() == table["price"].tolist()


def test_a_named_index_of_parquet_is_a_column_and_a_nameless_one_is_not() -> None:
    table = pd.DataFrame({"a": [1, 2], "b": [3, 4]}, index=[7, 9])
    assert list(read_table("t.parquet", parquet(table)).columns) == ["a", "b"]
    named = table.rename_axis("key")
    assert list(read_table("t.parquet", parquet(named)).columns) == ["key", "a", "b"]


@pytest.mark.parametrize("name", ["t.csv", "t.parquet"])
@pytest.mark.parametrize("content", [b"", b"  \n \r\n "])
def test_an_empty_file_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(DataError, match=rf"'{name}' must have content; it is empty") as why:
        read_table(name, content)
    assert why.value.name == name


def test_a_file_of_nothing_but_a_byte_order_mark_is_refused() -> None:
    with pytest.raises(DataError, match=r"'t.csv' must be a regular CSV table"):
        read_table("t.csv", b"\xef\xbb\xbf")


@pytest.mark.parametrize(
    "name", ["book.xlsx", "t.pkl", "t.csv.gz", "t.json", "noending", "", ".", "a.csv/b"]
)
def test_a_file_of_another_kind_is_refused_with_what_is_accepted(name: str) -> None:
    accepted = r"must be a CSV \(.csv, .tsv, .txt\) or Parquet \(.parquet, .pq\) file"
    with pytest.raises(DataError, match=accepted):
        read_table(name, b"a,b\n1,2\n")


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04\x14\x00\x06\x00",
        bytes(range(256)) * 4,
        pickle.dumps({"a": [1, 2]}),
        b"PAR1\x15\x04\x15",
        "a,b\n1,2\n".encode("utf-16"),
    ],
)
def test_binary_content_in_a_csv_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match=r"'t.csv' must be text.*it is binary.*CSV.*Parquet"):
        read_table("t.csv", content)


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", pickle.dumps([1]), b"\x00\x01"])
def test_other_content_in_a_parquet_file_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match=r"'t.parquet' must be Parquet, as its ending says"):
        read_table("t.parquet", content)


@pytest.mark.parametrize("keep", [4, 10, 200, -1])
def test_a_cut_parquet_file_is_refused(keep: int) -> None:
    content = parquet(mixed_table())[:keep]
    with pytest.raises(DataError, match=r"'t.parquet' must be a whole Parquet file"):
        read_table("t.parquet", content)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", b"a\n1\n2\n"),
        ("t.csv", b"just some words\n"),
        ("t.parquet", parquet(pd.DataFrame({"a": [1, 2]}))),
    ],
)
def test_a_single_column_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(DataError, match=rf"'{name}' must have two columns or more.*it has one"):
        read_table(name, content)


def test_a_header_without_rows_is_refused() -> None:
    with pytest.raises(DataError, match=r"'t.csv' must have rows below its header"):
        read_table("t.csv", b"a,b\n")


def test_a_file_over_the_limit_is_refused_with_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    assert UPLOAD_LIMIT_MB == 50
    monkeypatch.setattr(table_file, "UPLOAD_LIMIT_MB", 1)
    content = b"a,b\n" + b"1,2\n" * 400_000
    with pytest.raises(DataError, match=r"'t.csv' must have at most 1 MB; it has 1.6 MB"):
        read_table("t.csv", content)


def test_a_column_name_that_is_there_twice_is_refused() -> None:
    with pytest.raises(DataError, match=r"'t.csv' must name each column once; 'b' is there 2"):
        read_table("t.csv", b"a,b, b\n1,2,3\n")
    buffer = io.BytesIO()
    pq.write_table(pa.table([[1, 2], [3, 4]], names=["a", "a"]), buffer)
    with pytest.raises(DataError, match=r"'t.parquet' must name each column once; 'a' is there 2"):
        read_table("t.parquet", buffer.getvalue())


@pytest.mark.parametrize("content", [b"a,b\n1,2\n1,2,3\n", b"a,b\n1,2,3\n4,5,6\n", b'a,b\n"1,2\n'])
def test_an_irregular_csv_is_refused(content: bytes) -> None:
    with pytest.raises(DataError, match=r"'t.csv' must be a regular CSV table \("):
        read_table("t.csv", content)


@settings(deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["t.csv", "t.tsv", "t.parquet"]))
def test_any_content_is_read_or_refused_in_words(content: bytes, name: str) -> None:
    check_read_or_refused(name, content)


@settings(deadline=None)
@given(st.text(st.sampled_from('ab1,;\t\n"\r .-'), max_size=60))
def test_any_text_is_read_or_refused_in_words(text: str) -> None:
    check_read_or_refused("t.csv", text.encode())


# --- choosing a target


@pytest.mark.parametrize(
    ("target", "task"),
    [
        (["yes", "no"] * 10, "classification"),
        ([True, False] * 10, "classification"),
        (pd.Categorical([1, 2] * 10), "classification"),
        ([1, 2, 3, 4] * 5, "classification"),
        ([1.0, 2.0] * 10, "classification"),
        (pd.array([1, 2] * 10, dtype="Int64"), "classification"),
        ([Decimal(1), Decimal(2)] * 10, "classification"),
        ([0.5, 1.5] * 10, "regression"),
        (list(range(21)), "regression"),
        ([float(n) for n in range(21)], "regression"),
    ],
)
def test_the_task_is_guessed_from_the_target(target: Any, task: str) -> None:
    frame = pd.DataFrame({"x": range(len(target)), "y": target})
    dataset = make_dataset("mine", frame, "y")
    assert dataset.task == task
    assert not dataset.y.isna().any()
    model = build_model(dataset, "random_forest", 0).set_params(n_estimators=2)
    result = run_objective(CrossValidation(model, dataset.X, dataset.y, folds=2), {})
    assert result.score is not None, result.error


def test_the_user_may_say_the_task() -> None:
    frame = pd.DataFrame({"x": range(8), "y": [1, 2, 3, 4] * 2})
    assert make_dataset("mine", frame, "y", task="regression").task == "regression"
    wide = pd.DataFrame({"x": range(60), "y": [*range(30)] * 2})
    assert make_dataset("mine", wide, "y").task == "regression"
    assert make_dataset("mine", wide, "y", task="classification").describe().endswith("30 classes")


def test_an_unknown_task_is_refused() -> None:
    frame = pd.DataFrame({"x": [1, 2], "y": [1, 2]})
    with pytest.raises(DataError, match=r"Dataset.task must be one of.*not 'clustering'"):
        make_dataset("mine", frame, "y", task="clustering")  # type: ignore[arg-type]


def test_a_target_that_is_not_there_is_refused_with_the_columns() -> None:
    with pytest.raises(
        DataError, match=r"Dataset.target must be a column of mine \(size, count.*not 'weight'"
    ):
        make_dataset("mine", mixed_table(), "weight")
    wide = pd.DataFrame(np.zeros((2, 50)))
    with pytest.raises(DataError, match=r"\(0, 1, .*11, \.\.\.\), not 'x'"):
        make_dataset("wide", wide, "x")


def test_columns_are_known_by_their_text() -> None:
    dataset = make_dataset("mine", pd.DataFrame({0: [1.5, 2, 3], 1: [1.5, 2.5, 3]}), "1")
    assert dataset.feature_names == ("0",)


@pytest.mark.parametrize(
    "values",
    [
        [None, None, *"abababab"],
        [np.nan, np.inf, *range(8)],
        pd.array([None, None, *range(8)], dtype="Int64"),
        pd.to_datetime([None, None, *["2024-01-01"] * 8]),
    ],
)
def test_gaps_in_the_target_are_counted_and_refused(values: Any) -> None:
    frame = pd.DataFrame({"x": range(10), "grade": values})
    with pytest.raises(DataError, match=r"Dataset.grade must have a value.*2 of 10 rows") as why:
        make_dataset("mine", frame, "grade")
    assert (why.value.name, why.value.value) == ("Dataset.grade", 2)


def test_text_is_no_target_for_regression() -> None:
    with pytest.raises(DataError, match=r"Dataset.kind must hold numbers for regression, not 'a'"):
        make_dataset("mine", mixed_table(), "kind", task="regression")


def test_fractions_are_no_target_for_classification() -> None:
    frame = pd.DataFrame({"x": range(4), "y": [1.0, 2.0, 2.5, 1.0]})
    with pytest.raises(DataError, match=r"Dataset.y must hold classes for classification, not 2.5"):
        make_dataset("mine", frame, "y", task="classification")


@pytest.mark.parametrize("value", ["a", 1, 2.5, True])
def test_a_constant_target_is_refused(value: Any) -> None:
    frame = pd.DataFrame({"x": range(4), "y": [value] * 4})
    with pytest.raises(DataError, match=r"Dataset.y must vary to be the target"):
        make_dataset("mine", frame, "y")


def test_a_class_with_one_member_is_refused_by_its_name() -> None:
    frame = pd.DataFrame({"x": range(5), "y": list("aabbc")})
    with pytest.raises(DataError, match=r"Dataset.y must have two rows or more.*'c' has one"):
        make_dataset("mine", frame, "y")
    with pytest.raises(DataError, match=r"class; 3 has one.*or choose regression"):
        make_dataset("mine", frame.assign(y=[1, 1, 2, 2, 3]), "y")


@pytest.mark.parametrize("target", ["list", "bytes"])
def test_a_target_of_a_strange_type_is_refused(target: str) -> None:
    frame = pd.DataFrame({"x": [1, 2], "list": [[1], [2]], "bytes": [b"1", b"2"]})
    with pytest.raises(DataError, match=rf"Dataset.{target} must hold numbers.*not '{target}'"):
        make_dataset("mine", frame, target)


@pytest.mark.parametrize("values", [[[1], [2]], [{"a": 1}, {}], [b"1", b"2"], [1j, 2j]])
def test_a_feature_of_a_strange_type_is_refused_by_its_name(values: list[Any]) -> None:
    frame = pd.DataFrame({"odd": values, "y": [0.5, 1.5]})
    name = type(values[0]).__name__
    with pytest.raises(DataError, match=rf"Dataset.odd must hold numbers, text.*not '{name}"):
        make_dataset("mine", frame, "y")


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (pd.DataFrame({"y": [1, 2]}), r"Dataset must have a feature beside the target"),
        (pd.DataFrame({"x": [], "y": []}), r"Dataset must have rows"),
        (pd.DataFrame([[1, 2, 3]], columns=["x", "y", "y"]), r"name each column once; 'y'"),
    ],
)
def test_a_table_that_cannot_be_learnt_from_is_refused(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(DataError, match=message):
        make_dataset("mine", frame, "y")


def test_features_become_numbers_and_text() -> None:
    dataset = make_dataset("mine", mixed_table(), "kind")
    assert dataset.text_columns == ["colour"]
    numbers = dataset.X.drop(columns="colour")
    assert set(numbers.dtypes) == {np.dtype(float)}
    assert numbers.isna().sum().to_dict() == {
        "size": 2, "count": 0, "is_new": 0, "day": 1, "price": 0,
    }  # fmt: skip
    assert dataset.X["colour"].isna().sum() == 1


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([datetime.date(1970, 1, 2), None], [1.0, np.nan]),
        (pd.to_datetime(["1970-01-03", None], utc=True), [2.0, np.nan]),
        (pd.to_timedelta(["36h", None]), [1.5, np.nan]),
        ([Decimal("1.5"), None], [1.5, np.nan]),
        (pd.array([True, None], dtype="boolean"), [1.0, np.nan]),
        (np.array([1, pd.NA], dtype=object), [1.0, np.nan]),
        ([None, None], [np.nan, np.nan]),
        ([np.inf, 2], [np.nan, 2.0]),
        ([1, "a"], ["1", "a"]),
        (pd.Categorical([3, None]), ["3", np.nan]),
    ],
)
def test_each_kind_of_feature_is_read(values: Any, expected: list[Any]) -> None:
    dataset = make_dataset("mine", pd.DataFrame({"x": values, "y": [0.5, 1.5]}), "y")
    pd.testing.assert_series_equal(dataset.X["x"], pd.Series(expected, name="x"), check_dtype=False)


def test_the_users_table_is_not_changed() -> None:
    frame = mixed_table()
    before = frame.copy(deep=True)
    make_dataset("mine", frame, "kind")
    pd.testing.assert_frame_equal(frame, before)


# --- models for a user's table


@pytest.mark.parametrize(("target", "task"), [("kind", "classification"), ("price", "regression")])
@pytest.mark.parametrize("index", range(3))
def test_every_model_learns_from_text_and_gaps(target: str, task: Any, index: int) -> None:
    dataset = make_dataset("mine", mixed_table(), target)
    assert dataset.task == task
    model = list(MODELS[dataset.task])[index]
    estimator = build_model(dataset, model, 0)
    encoding = Encoding(SpaceVersion(1, discover(estimator)))
    objective = CrossValidation(estimator, dataset.X, dataset.y, folds=3)
    for config in encoding.decode(np.random.default_rng(0).random((3, encoding.n_dims))):
        result = run_objective(objective, config)
        assert result.score is not None, result.error


def test_a_text_seen_only_when_scoring_is_no_failure() -> None:
    frame = pd.DataFrame({"x": [f"only {n}" for n in range(20)], "y": [0, 1] * 10})
    dataset = make_dataset("mine", frame, "y")
    objective = CrossValidation(build_model(dataset, "svc", 0), dataset.X, dataset.y)
    assert run_objective(objective, {}).score is not None


def test_a_column_without_any_value_is_no_failure() -> None:
    frame = pd.DataFrame({"x": range(20), "void": [np.nan] * 20, "y": [0, 1] * 10})
    dataset = make_dataset("mine", frame, "y")
    objective = CrossValidation(build_model(dataset, "svc", 0), dataset.X, dataset.y)
    assert run_objective(objective, {}).score is not None


def test_a_table_of_whole_numbers_needs_no_preparation() -> None:
    frame = pd.DataFrame({"x": range(20), "y": [0, 1] * 10})
    dataset = make_dataset("mine", frame, "y")
    assert not dataset.needs_preparation
    assert [name for name, _ in build_model(dataset, "svc", 0).steps] == ["scale", "svc"]


def test_what_was_read_from_a_file_can_be_tuned() -> None:
    content = mixed_table().to_csv(index=False).encode()
    dataset = make_dataset("mine.csv", read_table("mine.csv", content), "kind")
    assert dataset.describe() == "40 rows, 6 features, 2 classes"
    estimator = build_model(dataset, "random_forest", 0)
    assert "forest__max_features" in [one.name for one in discover(estimator)]
    objective = CrossValidation(estimator, dataset.X, dataset.y, folds=2)
    assert run_objective(objective, {"forest__max_features": 0.5}).score is not None


def test_a_dataset_and_its_model_can_be_sent_to_a_worker() -> None:
    dataset = make_dataset("mine", mixed_table(), "kind")
    copy: Dataset = cloudpickle.loads(cloudpickle.dumps(dataset))
    assert copy.fingerprint == dataset.fingerprint
    assert cloudpickle.loads(cloudpickle.dumps(MODELS))["regression"].keys()


def test_one_of_a_thing_is_not_many() -> None:
    frame = pd.DataFrame({"x": range(4), "y": [0.5, 1, 2, 3]})
    assert make_dataset("mine", frame, "y").describe() == "4 rows, 1 feature, target from 0.5 to 3"


# --- fingerprints


def test_the_fingerprint_is_short_and_stays() -> None:
    first, second = (make_dataset("mine", mixed_table(), "kind").fingerprint for _ in range(2))
    assert first == second
    assert re.fullmatch(r"[0-9a-f]{16}", first)


@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.assign(price=frame["price"] + 1e-9),
        lambda frame: frame.rename(columns={"price": "cost"}),
        lambda frame: frame.iloc[::-1],
        lambda frame: frame.drop(columns="size"),
        lambda frame: frame.iloc[:-2],
        lambda frame: frame.assign(kind=["b", "a"] * 20),
        lambda frame: frame.assign(colour=frame["colour"].fillna("red")),
    ],
)
def test_the_fingerprint_changes_with_the_data(change: Any) -> None:
    before = make_dataset("mine", mixed_table(), "kind").fingerprint
    assert make_dataset("mine", change(mixed_table()), "kind").fingerprint != before


@pytest.mark.parametrize("target", ["kind", "price", "is_new", "count"])
def test_a_dataset_that_was_written_and_read_again_has_the_same_fingerprint(target: str) -> None:
    dataset = make_dataset("mine", mixed_table(), target)
    table = dataset.X.assign(**{target: dataset.y})
    frame = read_table("mine.parquet", parquet(table, index=False))
    again = make_dataset("mine", frame, target, task=dataset.task)
    assert again.fingerprint == dataset.fingerprint
