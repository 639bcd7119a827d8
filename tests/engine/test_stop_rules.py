from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from tuneboard.engine import Real, SearchSpace, Study, StudyState
from tuneboard.engine.errors import StudyError
from tuneboard.engine.executors import InProcess


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))


def run(objective: Any, place: Path | bool = False, **settings: Any) -> Study:
    given = {"n_trials": 60, "n_workers": 1, "optimizer": "random", "history": place, **settings}
    return Study(objective, space=Space(), **given).run(InProcess())


def test_no_trial_starts_once_the_seconds_have_passed() -> None:
    study = run(lambda config: time.sleep(0.05) or config["x"], max_seconds=0.2)

    assert study.state is StudyState.FINISHED
    assert 1 <= len(study.trials) < 60
    assert study.message == (
        "Ended by max_seconds: 0.2 s have passed. Change the rule and resume to go on."
    )


def test_a_score_as_high_as_the_target_ends_the_study() -> None:
    study = run(lambda config: config["x"], target_score=0.5)

    assert [trial.score >= 0.5 for trial in study.trials].index(True) == len(study.trials) - 1
    assert study.message.startswith(f"Ended by target_score: trial {len(study.trials)} has 0.")


def test_so_many_trials_without_improvement_end_the_study_failed_ones_included() -> None:
    def objective(config: Any) -> float:
        if config["x"] > 0:
            raise ValueError("no")
        return 1.0

    study = run(objective, patience=7, max_failures=None)

    assert len(study.trials) == study.best_trial.number + 7
    assert study.message.startswith("Ended by patience: no improvement in the last 7 trials.")


def test_little_left_to_gain_ends_the_study() -> None:
    study = run(
        lambda config: time.sleep(0.02) or -(config["x"] ** 2),
        n_trials=2_000,
        min_improvement_left=0.5,
    )

    assert 10 <= len(study.trials) < 2_000
    assert study.message.startswith("Ended by min_improvement_left: the next trial is expected ")


def test_much_left_to_gain_lets_the_study_go_on() -> None:
    study = run(lambda config: -(config["x"] ** 2), n_trials=25, min_improvement_left=1e-300)

    assert (len(study.trials), study.message) == (25, "")


def test_a_rule_is_stored_and_may_be_changed_to_go_on(tmp_path: Path) -> None:
    study = run(lambda config: config["x"], tmp_path / "history.db", target_score=-2.0)
    assert len(study.trials) == 1

    study.change(target_score=None, n_trials=5)
    study.run(InProcess())

    assert (len(study.trials), study.message) == (5, "")


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("max_seconds", 0, "be a positive number"),
        ("min_improvement_left", -1.0, "be a positive number"),
        ("max_seconds", "1", "be a positive number"),
        ("target_score", float("nan"), "be a finite number"),
        ("patience", 0, "be a whole number of at least 1"),
    ],
)
def test_a_rule_that_means_nothing_is_refused(name: str, value: Any, rule: str) -> None:
    message = re.escape(f"Study.{name} must {rule}, not {value!r}. Give ")
    with pytest.raises(StudyError, match=message):
        run(lambda config: config["x"], **{name: value})
