"""A study and a selection as Python, which gives back just these."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from tuneboard.engine.space import SearchSpace
from tuneboard.engine.study import Study
from tuneboard.engine.study_code import Names, selection_code, study_code

from tuneboard import Fidelity, Int, Real

X, y = load_wine(return_X_y=True)
START = SearchSpace.from_estimator(SVC()).version


def run(code: str, **names: Any) -> dict[str, Any]:
    exec(code, names)  # noqa: S102 - the code was written above
    return names


def remade(study: Study, code: str) -> Study:
    # The default history would be the user's own.
    code = code.replace("Study(model, X, y", "Study(model, X, y, history=False")
    made: Study = run(code, model=SVC(), X=X, y=y)["study"]
    return made


def test_a_study_as_it_comes_is_one_line() -> None:
    study = Study(SVC(), X, y, history=False)
    code = study_code(study.settings, study.space.version, START)
    assert code == "from tuneboard import Study\n\nstudy = Study(model, X, y)"


def test_a_range_that_was_changed_three_times_is_one_statement() -> None:
    study = Study(SVC(), X, y, history=False, n_trials=80, optimizer="random")
    for high in (10.0, 50.0, 100.0):
        study.space.edit("C", high=high)
    study.space.edit("kernel", choices=["rbf", "poly"])
    study.space.edit("gamma", is_searched=False, value=0.5)
    study.space.constrain("C < 90", "gamma < 3")
    code = study_code(study.settings, study.space.version, START)
    assert code.count('space.edit("C"') == 1
    assert 'space.edit("C", high=100.0)' in code
    made = remade(study, code)
    assert made.space.version.hyper_parameters == study.space.version.hyper_parameters
    assert made.space.constraints == study.space.constraints
    assert made.settings == study.settings


def test_rules_limits_and_fidelity_are_written_too() -> None:
    study = Study(
        SVC(),
        X,
        y,
        history=False,
        max_seconds=60,
        target_score=0.99,
        patience=20,
        min_improvement_left=0.001,
        max_failures=None,
        timeout_s=30,
        memory_mb=2000,
        holdout=0.2,
        racing=True,
        fidelity=Fidelity("training fraction", 0.1, 1.0),
        scheduler="hyperband",
    )
    code = study_code(study.settings, study.space.version, START)
    assert code.startswith("from tuneboard import Fidelity, Study\n")
    assert remade(study, code).settings == study.settings


def test_a_space_of_ones_own_is_declared() -> None:
    class Own(SearchSpace):
        C = Real(1.0, bounds=(0.1, 10.0), log=True)
        degree = Int(3, bounds=(2, 5))

    study = Study(SVC(), X, y, space=Own(), history=False, folds=3, seed=7)
    code = study_code(study.settings, study.space.version, START)
    assert code.startswith("from tuneboard import Int, Real, SearchSpace, Study\n")
    made = remade(study, code)
    assert made.space.version.hyper_parameters == study.space.version.hyper_parameters
    assert made.settings == study.settings


def test_the_users_own_names_are_used() -> None:
    machine, data = SVC(), X
    names = Names.found_in({"_": data, "machine": machine, "wine": data}, machine, data, y)
    assert names == Names("machine", "wine", "y")
    study = Study(machine, data, y, history=False)
    code = study_code(study.settings, study.space.version, START, names, "TuningDashboard")
    assert code.endswith("\n\nboard = TuningDashboard(machine, wine, y)")


def test_a_long_statement_has_one_argument_a_line() -> None:
    study = Study(
        SVC(),
        X,
        y,
        history=False,
        optimizer="quasi_random",
        n_trials=80,
        n_workers=1,
        folds=3,
        seed=5,
    )
    code = study_code(study.settings, START, None)
    assert "study = Study(\n    model,\n    X,\n    y,\n    space=space,\n" in code


FRAME = pd.DataFrame(
    {
        "C": [0.1, 1.0, 5.0, 20.0, None],
        "kernel": ["rbf", "rbf", "poly", "poly", "rbf"],
        "depth": [None, 3, 3, 4, 5],
        "score": [0.1, 0.9, 0.8, 0.2, 0.5],
    },
    index=pd.Index([3, 1, 4, 7, 9], name="trial"),
)
COLUMNS = ["C", "kernel", "depth", "score"]


@pytest.mark.parametrize(
    ("numbers", "expected"),
    [
        ([4, 7], 'trials[trials["C"] >= 5.0]'),
        ([1, 3], 'trials[trials["C"] <= 1.0]'),
        ([4, 3, 1], 'trials[trials["C"] <= 5.0]'),
        ([3, 1, 9], 'trials[trials["kernel"] == "rbf"]'),
        ([1, 4], 'trials[trials["C"].between(1.0, 5.0)]'),
        ([3, 1], 'trials[trials["C"] <= 1.0]'),
        ([3, 1, 4, 7, 9], "trials"),
        ([1, 7], "trials.loc[[1, 7]]"),
        ([], "trials.loc[[]]"),
        ([3, 1, 4, 7], 'trials[trials["C"].notna()]'),
    ],
)
def test_a_selection_is_a_rule_where_one_says_just_these(numbers: list[int], expected: str) -> None:
    assert selection_code(FRAME, numbers, COLUMNS) == expected


VALUES = st.one_of(st.none(), st.integers(-3, 3), st.sampled_from([0.5, 1.5, "a", True]))


@given(
    columns=st.lists(st.lists(VALUES, min_size=6, max_size=6), min_size=1, max_size=3),
    numbers=st.sets(st.integers(0, 5)),
)
def test_the_expression_gives_exactly_the_selected_trials(
    columns: list[list[Any]], numbers: set[int]
) -> None:
    frame = pd.DataFrame({f"h{n}": pd.Series(one) for n, one in enumerate(columns)})
    code = selection_code(frame, numbers, frame.columns)
    selected = eval(code, {"trials": frame})  # noqa: S307 - the code was written above
    assert set(selected.index) == numbers
