"""An interrupted and resumed run gives the trials of an uninterrupted one."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.optimizers import OPTIMIZERS
from tuneboard.engine.study import Study, StudyState

N_TRIALS = 24
KILL_POINTS = (1, 7, 16, 23)


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))
    depth = Int(3, bounds=(1, 9))
    kind = Choice("a", choices=["a", "b", "c"])


def score(config: Any) -> float:
    if config["depth"] == 9:
        raise ValueError(config["depth"])
    return float(-(config["x"] ** 2) - 0.1 * config["depth"] + (config["kind"] == "b"))


def trials(study: Study) -> list[Any]:
    return [(one.number, one.config, one.state, one.score, one.provenance) for one in study.trials]


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_optimizer_goes_on_as_if_it_had_never_been_killed(
    optimizer: str, tmp_path: Path
) -> None:
    # A copy of the store while trial n runs is what a driver that is killed there leaves behind.
    place = tmp_path / "unbroken.db"
    seen = []

    def watched(config: Any) -> float:
        seen.append(config)
        if len(seen) in KILL_POINTS:
            source, target = (
                sqlite3.connect(file) for file in (place, tmp_path / f"killed_{len(seen)}.db")
            )
            with target:
                source.backup(target)
                target.execute("UPDATE studies SET owner = NULL")
            source.close()
            target.close()
        return score(config)

    settings: dict[str, Any] = {"space": Space(), "optimizer": optimizer, "seed": 3}
    unbroken = Study(watched, n_trials=N_TRIALS, history=place, **settings).run(InProcess())
    expected = trials(unbroken)
    assert len(expected) == N_TRIALS

    for point in KILL_POINTS:
        killed = Study.open(unbroken.id, tmp_path / f"killed_{point}.db", model=score)
        assert killed.state is StudyState.INTERRUPTED
        assert killed.progress().n_finished == point - 1
        killed.run(InProcess())
        assert trials(killed) == expected
        assert [one.attempt for one in killed.trials][point - 1] == 2


@pytest.mark.parametrize("optimizer", ["random", "evolutionary"])
def test_a_race_over_folds_goes_on_as_if_it_had_never_been_killed(
    optimizer: str, tmp_path: Path
) -> None:
    from sklearn.datasets import load_wine
    from sklearn.tree import DecisionTreeClassifier

    X, y = load_wine(return_X_y=True)
    place = tmp_path / "broken.db"
    model = DecisionTreeClassifier(random_state=0)
    space = {"max_depth": (1, 12), "min_samples_leaf": (1, 60)}
    settings: dict[str, Any] = {"space": space, "optimizer": optimizer, "racing": True}
    unbroken = Study(model, X, y, n_trials=20, history=False, **settings).run(InProcess())

    broken = Study(model, X, y, n_trials=8, history=place, **settings).run(InProcess())
    if optimizer == "random":  # others plan by the number of trials
        broken.change(n_trials=20)
        broken.run(InProcess())
        assert trials(broken) == trials(unbroken)
    assert {one.state.value for one in unbroken.trials} == {"completed", "stopped early"}
    stopped = [one for one in unbroken.trials if one.state.value == "stopped early"]
    assert all("behind the best trial on the same folds" in one.details.note for one in stopped)
