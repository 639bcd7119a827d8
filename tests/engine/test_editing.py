"""A search space that is edited again and again while a study of it runs."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.optimizers import OPTIMIZERS
from tuneboard.engine.study import Study

N_BETWEEN = 3


class Space(SearchSpace):
    lr = Real(1e-3, bounds=(1e-5, 1e-1), log=True)
    kernel = Choice("rbf", choices=["rbf", "poly", "linear"])
    gamma = Real(0.5, bounds=(0.0, 1.0), active_when="kernel in {rbf, poly}")
    degree = Int(3, bounds=(1, 9), active_when="kernel == 'poly' and gamma > 0.2")
    share = Real(0.5, bounds=(0.0, 1.0), step=0.1)
    size = Choice("S", choices=["S", "M", "L"], ordered=True)
    held = Int(3, bounds=(1, 9), is_searched=False)


EDITS: list[Callable[[SearchSpace], None]] = [
    lambda space: space.edit("lr", low=1e-4, high=1e-2),  # narrower
    lambda space: space.edit("lr", low=1e-7, high=10.0),  # wider
    lambda space: space.edit("kernel", choices=["rbf", "poly"]),
    lambda space: space.edit("kernel", choices=["rbf", "poly", "sigmoid", None]),
    lambda space: space.edit("share", is_searched=False, value=0.3),  # frozen
    lambda space: space.edit("held", is_searched=True),
    lambda space: space.edit("degree", is_searched=False),
    lambda space: space.edit("share", is_searched=True, step=None),
    lambda space: space.edit("lr", log=False),
    lambda space: space.constrain("lr < 1"),
    lambda space: space.edit("gamma", active_when=""),
    lambda space: space.edit("degree", is_searched=True, active_when="held > 4"),
    lambda space: space.edit("size", choices=["L", "S"], ordered=False),
]


def score(config: dict[str, Any]) -> float:
    return -abs(math.log10(max(config["lr"], 1e-9)) + 3)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_every_search_goes_on_through_every_edit(optimizer: str, tmp_path: Path) -> None:
    place, waiting = tmp_path / "history.sqlite", list(EDITS)

    def objective(config: dict[str, Any]) -> float:
        if study.trials and len(study.trials) % N_BETWEEN == 0 and waiting:
            waiting.pop(0)(study.space)
        return score(config)

    settings: dict[str, Any] = {"n_trials": N_BETWEEN * (len(EDITS) + 2), "n_workers": 1}
    study = Study(objective, space=Space(), optimizer=optimizer, history=place, **settings)
    study.run(InProcess())

    assert not waiting
    assert {trial.state.value for trial in study.trials} == {"completed"}
    versions = {one.number: one for one in History(place).versions(study.id)}
    assert len({trial.space_version for trial in study.trials}) == len(EDITS) + 1
    for trial in study.trials:
        assert versions[trial.space_version].contains(trial.config)
    again = Study.open(study.id, place)
    assert [trial.config for trial in again.trials] == [trial.config for trial in study.trials]
    assert len(again.to_frame()) == len(study.trials)


@pytest.mark.parametrize("optimizer", ["sequential", "evolutionary"])
def test_what_was_learnt_before_an_edit_is_used_after_it(optimizer: str) -> None:
    def mean_after(name: str) -> float:
        study = Study(score, space=Space(), optimizer=name, n_trials=40, n_workers=1)
        study.run(InProcess())
        study.space.edit("kernel", choices=["rbf", "poly", "sigmoid"])
        study.space.edit("share", is_searched=False, value=0.3)
        study.change(n_trials=50)
        study.run(InProcess())
        later = [trial.score for trial in study.trials if trial.number > 40]
        return sum(one for one in later if one is not None) / len(later)

    assert mean_after(optimizer) > mean_after("random") / 2  # less than half as far away
