from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tuneboard.engine import plain
from tuneboard.engine.dataset import BUNDLED, load_bundled, make_dataset
from tuneboard.engine.errors import DataError
from tuneboard.engine.problem import MODELS, Problem

FRAME = pd.DataFrame(
    {
        "age": [31, 45, 28, 60, 39, 51, 33, 48],
        "income": [1.5, None, 2.25, 3.0, 0.5, None, 1.0, 2.0],
        "city": ["Rome", "Oslo", None, "Rome", "Oslo", "Rome", "Lima", "Lima"],
        "member": [True, False, True, True, False, False, True, False],
        "since": pd.date_range("2020-01-01", periods=8, freq="D"),
        "bought": ["yes", "no", "yes", "no", "yes", "no", "yes", "no"],
        "spent": [1.5, 2.5, 3.5, 4.5, 5.5, 6.5, 7.5, 8.5],
    }
)
BOUGHT = make_dataset("shop.csv", FRAME, "bought")


def there_and_back(problem: Problem, folder: Path) -> Problem:
    return Problem.from_dict(plain.loads(plain.dumps(problem.to_dict())), folder)


@pytest.mark.parametrize("name", BUNDLED)
def test_a_problem_that_ships_is_made_again_by_its_name_alone(name: str, tmp_path: Path) -> None:
    dataset = load_bundled(name)
    problem = Problem(dataset, next(iter(MODELS[dataset.task])))

    again = there_and_back(problem, tmp_path)

    assert again.is_bundled
    assert again.to_dict() == problem.to_dict()
    assert again.title == problem.title
    assert str(again.estimator(3)) == str(problem.estimator(3))


def test_data_that_ship_are_not_kept(tmp_path: Path) -> None:
    Problem(load_bundled("wine"), "svc").keep(tmp_path)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("target", ["bought", "spent", "member"])
def test_a_users_table_is_kept_and_made_again(target: str, tmp_path: Path) -> None:
    dataset = make_dataset("shop.csv", FRAME, target)
    problem = Problem(dataset, "random_forest")

    problem.keep(tmp_path)
    again = there_and_back(problem, tmp_path)

    assert not again.is_bundled
    assert again.to_dict() == problem.to_dict()
    pd.testing.assert_frame_equal(again.dataset.X, dataset.X)
    pd.testing.assert_series_equal(again.dataset.y, dataset.y)


def test_the_task_that_the_user_chose_is_kept(tmp_path: Path) -> None:
    dataset = make_dataset("shop.csv", FRAME, "age", task="regression")
    problem = Problem(dataset, "elastic_net")
    problem.keep(tmp_path)

    assert there_and_back(problem, tmp_path).dataset.task == "regression"


def test_a_table_is_kept_once_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    for model in ("random_forest", "svc"):
        Problem(BOUGHT, model).keep(tmp_path)

    files = [file.relative_to(tmp_path) for file in tmp_path.rglob("*") if file.is_file()]
    assert files == [Path("datasets") / f"{BOUGHT.fingerprint}.parquet"]


def test_a_table_cut_short_by_a_crash_is_written_again(tmp_path: Path) -> None:
    folder = tmp_path / "datasets"
    folder.mkdir()
    (folder / f"{BOUGHT.fingerprint}.part").write_bytes(b"PAR1 and no more")

    Problem(BOUGHT, "svc").keep(tmp_path)

    assert (
        there_and_back(Problem(BOUGHT, "svc"), tmp_path).dataset.fingerprint == BOUGHT.fingerprint
    )


def test_a_users_table_that_is_no_longer_there_is_missed_in_words(tmp_path: Path) -> None:
    message = (
        r"The table 'shop.csv' is no longer kept at .*parquet. Upload it again and start a new"
    )

    with pytest.raises(DataError, match=message) as caught:
        Problem.from_dict(Problem(BOUGHT, "svc").to_dict(), tmp_path)

    assert caught.value.name == "shop.csv"


def test_a_kept_table_that_is_damaged_is_refused_in_words(tmp_path: Path) -> None:
    problem = Problem(BOUGHT, "svc")
    problem.keep(tmp_path)
    (file,) = tmp_path.rglob("*.parquet")
    file.write_bytes(b"lr,depth")

    with pytest.raises(DataError, match=r"The table 'shop.csv', kept at .*, is damaged. Upload it"):
        there_and_back(problem, tmp_path)


@pytest.mark.parametrize("fingerprint", ["", "../../etc/passwd", "0123456789ABCDEF", "0" * 15])
def test_a_fingerprint_that_is_none_never_becomes_a_path(fingerprint: str, tmp_path: Path) -> None:
    data: dict[str, Any] = {**Problem(BOUGHT, "svc").to_dict(), "fingerprint": fingerprint}
    words = f"Dataset.fingerprint must be 16 hexadecimal digits, not {fingerprint!r}"

    with pytest.raises(DataError, match=re.escape(words)):
        Problem.from_dict(data, tmp_path)
