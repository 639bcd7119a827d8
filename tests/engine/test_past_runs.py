from __future__ import annotations

from pathlib import Path
from typing import Any

from tuneboard.engine import Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.past_runs import PastRuns
from tuneboard.engine.study import Study


class Space(SearchSpace):
    x = Real(0.5, bounds=(0.0, 1.0))


def score(config: dict[str, Any]) -> float:
    return config["x"]


def ran(history: History, name: str, n_trials: int) -> Study:
    settings: dict[str, Any] = {"optimizer": "random", "history": history, "n_trials": n_trials}
    return Study(score, space=Space(), name=name, **settings).run(InProcess())


def test_studies_of_the_metric_are_listed_with_their_algorithm(tmp_path: Path) -> None:
    history = History(tmp_path / "history.db")
    study = ran(history, "one", 4)
    (run,) = PastRuns(history, study.metric.name).runs()
    assert (run.id, run.name, run.algorithm, run.n_trials) == (
        study.id,
        "one",
        "Random search",
        4,
    )
    assert PastRuns(history, "another").runs() == []


def test_trials_are_read_again_only_when_a_study_has_grown(tmp_path: Path) -> None:
    history = History(tmp_path / "history.db")
    study = ran(history, "one", 4)
    past = PastRuns(history, study.metric.name)
    first = past.trials(past.runs(), {study.id})[study.id]
    assert past.trials(past.runs(), {study.id})[study.id] is first
    assert past.trials(past.runs(), ()) == {}
    study.change(n_trials=6)
    study.resume().wait(30)
    assert len(past.trials(past.runs(), {study.id})[study.id]) == 6
