"""Studies and algorithms on shared axes: what is offered, chosen, drawn and said."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from tuneboard.dashboard.computed_view import Moment
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.views.compare import CompareView
from tuneboard.engine import Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.metric import Metric
from tuneboard.engine.objective import FunctionObjective
from tuneboard.engine.past_runs import PastRuns
from tuneboard.engine.study import Study

LOSS = Metric("loss", "loss", is_minimized=True)


class Space(SearchSpace):
    x = Real(0.5, bounds=(0.0, 1.0))


def score(config: dict[str, Any]) -> float:
    return config["x"]


def ran(history: History, name: str, model: Any = score, **settings: Any) -> Study:
    settings = {"n_trials": 12, "optimizer": "random", **settings}
    return Study(model, space=Space(), name=name, history=history, **settings).run(InProcess())


def shown(study: Study) -> CompareView:
    trials = TrialSource(study.metric, study.space.version)
    trials.append(study.trials)
    history = study.history
    past = None if history is None else PastRuns(history, study.metric.name)
    view = CompareView(trials, study.id, past)
    compute(view, study)
    return view


def compute(view: CompareView, study: Study) -> None:
    view.show(view.work(Moment(study.space.version, study.trials, study.metric))())


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db")


def drawn(view: CompareView) -> dict[str, list[float]]:
    found = {}
    for source in view._sources:
        if source.data["x"]:
            found[source.data["label"][0]] = list(source.data["middle"])
    return found


def test_the_other_studies_are_offered_and_those_chosen_are_drawn(history: History) -> None:
    other = ran(history, "other", optimizer="evolutionary")
    mine = ran(history, "mine")
    view = shown(mine)
    assert list(view._others.options.values()) == [other.id]
    assert list(drawn(view)) == ["mine"]

    view._others.value = [other.id]
    compute(view, mine)

    lines = drawn(view)
    assert list(lines) == ["mine", "other"]
    assert lines["mine"][-1] == mine.best_trial.score
    assert lines["other"][-1] == other.best_trial.score
    assert "<td>1</td>" in view._table.object


def test_the_runs_of_an_algorithm_become_one_line_with_a_band(history: History) -> None:
    runs = [ran(history, f"run {seed}", seed=seed) for seed in range(1, 6)]
    view = shown(runs[0])
    view._others.value = [one.id for one in runs[1:]]
    view._line.value = "algorithm"
    compute(view, runs[0])

    (source,) = (one for one in view._sources if one.data["x"])
    assert source.data["label"][0] == "Random search"
    assert source.data["runs"][-1] == 5
    lows, highs = source.data["low"], source.data["high"]
    assert all(low <= high for low, high in zip(lows, highs, strict=True))
    assert lows[0] < highs[0]


def test_studies_of_the_same_name_stay_apart(history: History) -> None:
    runs = [ran(history, "twin", seed=seed) for seed in (1, 2, 3)]
    view = shown(runs[0])
    assert set(view._others.options.values()) == {runs[1].id, runs[2].id}
    view._others.value = [runs[1].id]
    compute(view, runs[0])

    assert list(drawn(view)) == ["twin", f"twin ({runs[1].id[:6]})"]


def test_time_is_another_axis(history: History) -> None:
    view = shown(mine := ran(history, "mine"))
    view._by.value = "time"
    compute(view, mine)

    assert view.figures[0].below[0].axis_label == "seconds since the study began"
    assert math.isfinite(view.figures[0].x_range.end)


def test_a_study_of_another_metric_is_not_offered(history: History) -> None:
    ran(history, "loss", FunctionObjective(score, LOSS))
    view = shown(ran(history, "mine"))

    assert view._others.options == {}


def test_a_loss_falls_in_its_own_direction(history: History) -> None:
    mine = ran(history, "loss", FunctionObjective(score, LOSS))
    (line,) = drawn(shown(mine)).values()

    assert line == sorted(line, reverse=True)
    assert min(line) == min(one.config["x"] for one in mine.trials)


def test_too_many_lines_are_told(history: History) -> None:
    runs = [ran(history, f"run {seed}", n_trials=1) for seed in range(10)]
    view = shown(runs[0])
    view._others.value = [one.id for one in runs[1:]]
    compute(view, runs[0])

    assert view._remark.object == "2 more are left out: choose at most 8."


def test_without_a_history_the_study_stands_alone() -> None:
    mine = Study(score, space=Space(), n_trials=5, history=False).run(InProcess())
    view = shown(mine)

    assert not view._others.visible
    assert list(drawn(view)) == ["this study"]
