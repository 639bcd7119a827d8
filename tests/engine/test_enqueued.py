from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tuneboard.engine import Choice, Fidelity, Int, Real, SearchSpace, Study
from tuneboard.engine.enqueued import read_configs
from tuneboard.engine.errors import DataError, SpaceError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.optimizers import OPTIMIZERS


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))
    depth = Int(3, bounds=(1, 9))
    kernel = Choice("rbf", choices=["rbf", "poly", None, 2])
    degree = Int(2, bounds=(2, 5), active_when="kernel == 'poly'")
    constraints = ("depth > x",)


SPACE = Space().version
ONE = {"x": 0.5, "depth": 4, "kernel": "rbf"}
OTHER = {"x": -0.25, "depth": 7, "kernel": "poly", "degree": 5}


def bowl(config: Any) -> float:
    return float(-(config["x"] ** 2) - config["depth"])


def study_of(place: Path | bool, **settings: Any) -> Study:
    given = {"n_trials": 8, "n_workers": 1, "optimizer": "random", "history": place, **settings}
    return Study(bowl, space=Space(), **given)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "history.db"


def test_a_dict_a_list_and_a_table_say_the_same(tmp_path: Path) -> None:
    frame = pd.DataFrame([ONE, OTHER])
    file = tmp_path / "mine.csv"
    frame.to_csv(file, index=False)

    assert read_configs(ONE, SPACE) == [ONE]
    for given in ([ONE, OTHER], frame, file, str(file)):
        read = read_configs(given, SPACE)
        assert read == [ONE, OTHER]
        assert [list(map(type, one.values())) for one in read] == [
            [float, int, str],
            [float, int, str, int],
        ]


def test_a_file_and_a_table_hold_choices_that_are_no_text(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text("x, depth,kernel\n0,4,None\n0.5,5,2\n", encoding="utf-8")

    assert [one["kernel"] for one in read_configs(file, SPACE)] == [None, 2]
    frame = pd.DataFrame({"x": [0, 1], "depth": [4, 5], "kernel": [None, "rbf"]})
    assert [one["kernel"] for one in read_configs(frame, SPACE)] == [None, "rbf"]


def test_numbers_of_numpy_become_numbers_of_python() -> None:
    (read,) = read_configs({"x": np.float32(0.5), "depth": np.int64(4), "kernel": "rbf"}, SPACE)

    assert repr(read) == repr(ONE)


BAD = {
    "an unknown name": ({**ONE, "dpeth": 3}, "must name hyper-parameters of the space (x, depth"),
    "a missing name": (
        {"x": 0.5, "kernel": "rbf"},
        "must have a value for depth, not {'kernel': 'rbf', 'x': 0.5}",
    ),
    "a missing one that counts": ({**ONE, "kernel": "poly"}, "must have a value for degree"),
    "one that does not count": (
        {**ONE, "degree": 3},
        ".degree must be left out unless kernel == 'poly', not 3. Leave it out.",
    ),
    "a value too high": ({**ONE, "depth": 10}, ".depth must be a whole number from 1 to 9, not 10"),
    "half of a whole": ({**ONE, "depth": 2.5}, ".depth must be a whole number from 1 to 9, not 2"),
    "no number": ({**ONE, "x": "high"}, ".x must be a number from -1 to 1, not 'high'"),
    "not a number": ({**ONE, "x": float("nan")}, ".x must be a number from -1 to 1, not nan"),
    "a truth for a number": ({**ONE, "depth": True}, ".depth must be a whole number from 1 to 9"),
    "another choice": ({**ONE, "kernel": "sine"}, ".kernel must be one of ['rbf', 'poly', None, 2"),
    "a broken constraint": ({**ONE, "x": 1.0, "depth": 1}, "must meet depth > x, not {'depth': 1"),
    "no dict": (3, "must be a dict, not 3. Write"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_refused_in_words_with_its_row_and_nothing_is_added(
    case: str, place: Path
) -> None:
    config, words = BAD[case]
    study = study_of(place, n_trials=2)

    with pytest.raises(SpaceError, match=re.escape(words)) as caught:
        study.enqueue([ONE, config])

    assert str(caught.value).startswith("Study.enqueue[row 2]")
    made = {trial.provenance.optimizer for trial in study.run(InProcess()).trials}
    assert made == {"random"}


@pytest.mark.parametrize("given", [[], 3, None])
def test_what_holds_no_configuration_is_refused(given: Any) -> None:
    with pytest.raises(SpaceError, match=r"Study\.enqueue must be given "):
        read_configs(given, SPACE)


def test_a_held_value_may_be_left_out_and_not_be_changed() -> None:
    space = Space()
    space.edit("depth", is_searched=False)

    assert read_configs({"x": 0.0, "kernel": "rbf"}, space.version)[0]["depth"] == 3
    with pytest.raises(SpaceError, match=r"\.depth must be 3, not 4. It is not searched"):
        read_configs(ONE, space.version)


def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="none.csv' cannot be read: No such file or directory."):
        read_configs(tmp_path / "none.csv", SPACE)
    (tmp_path / "bad.csv").write_bytes(b"x,depth\n\xff\xfe,3\n")
    with pytest.raises(DataError, match="bad.csv' cannot be read: 'utf-8' codec"):
        read_configs(tmp_path / "bad.csv", SPACE)


@pytest.mark.parametrize("stored", [True, False])
def test_what_is_enqueued_runs_first_and_counts_in_the_budget(stored: bool, place: Path) -> None:
    study = study_of(place if stored else False, n_trials=4)

    assert study.enqueue([ONE, OTHER]) == 2
    study.run(InProcess())

    assert [trial.config for trial in study.trials[:2]] == [ONE, OTHER]
    assert [trial.provenance.reason for trial in study.trials[:2]] == [
        "enqueued by the user, 1 of 2",
        "enqueued by the user, 2 of 2",
    ]
    made = [trial.provenance.optimizer for trial in study.trials]
    assert made == ["user", "user", "random", "random"]


def test_what_another_object_has_enqueued_runs_once_in_however_many_runs(place: Path) -> None:
    study = study_of(place, n_trials=2).run(InProcess())
    from tuneboard.engine.study_running import OPEN

    OPEN.clear()  # as another process, which has an object of its own
    other = Study.open(study.id, place)
    assert other is not study
    other.enqueue([ONE, OTHER])

    for n_trials in (3, 5, 6):
        study.change(n_trials=n_trials)
        study.run(InProcess())

    made = [trial.provenance.optimizer for trial in study.trials]
    assert made == ["random", "random", "user", "user", "random", "random"]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_goes_on_as_before_when_resumed_among_enqueued_ones(
    optimizer: str, tmp_path: Path
) -> None:
    def run(file: str, *budgets: int) -> list[Any]:
        study = study_of(tmp_path / file, optimizer=optimizer, n_trials=10)
        study.enqueue([ONE, OTHER, ONE, {**OTHER, "depth": 2}])
        if len(budgets) > 1:  # stopped after so many, and started anew each time
            n_started = 0

            def stopping(config: Any) -> float:
                nonlocal n_started
                n_started += 1
                if n_started in budgets[:-1]:
                    raise KeyboardInterrupt
                return bowl(config)

            study = Study(
                stopping,
                space=Space(),
                n_trials=10,
                n_workers=1,
                optimizer=optimizer,
                history=tmp_path / f"stopped {file}",
            )
            study.enqueue([ONE, OTHER, ONE, {**OTHER, "depth": 2}])
            while len([one for one in study.trials if one.state.is_finished]) < 10:
                study.run(InProcess())
        else:
            study.run(InProcess())
        return [(one.number, one.config, one.provenance.optimizer) for one in study.trials]

    whole = run("one.db", 10)

    assert [made for *_, made in whole[:4]] == ["user"] * 4
    assert run("two.db", 2, 6, 10) == whole


def test_an_opened_csv_file_is_read_as_one_on_disk() -> None:
    file = io.StringIO("x,depth,kernel\n0.5,3,rbf\n-0.5,4,2\n")
    assert [one["depth"] for one in read_configs(file, SPACE)] == [3, 4]
    with pytest.raises(SpaceError, match=r"Study.enqueue\[row 2\].x must be a number from"):
        read_configs(io.StringIO("x,depth,kernel\n0.5,3,rbf\nabc,4,rbf\n"), SPACE)


def test_with_a_fidelity_an_enqueued_one_has_all_of_the_resource(place: Path) -> None:
    study = study_of(place, n_trials=6, fidelity=Fidelity("epochs", 1, 9))
    study.enqueue(ONE)

    study.run(InProcess())

    assert study.trials[0].config == ONE
    assert study.trials[0].fidelity == 9
