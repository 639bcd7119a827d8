from __future__ import annotations

from pathlib import Path
from typing import Any

from tuneboard.engine import Int, Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.preview import Preview
from tuneboard.engine.study import Study


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))


class Small(SearchSpace):
    depth = Int(3, bounds=(1, 9))


def bowl(config: Any) -> float:
    return 1.0


def test_a_new_study_tells_its_size_and_that_its_time_is_unknown() -> None:
    preview = Study(bowl, space=Space(), n_trials=48, history=False).preview()
    assert str(preview) == ("48 configurations, time unknown until a trial has run, on 2 workers")


def test_a_finite_space_has_no_more_configurations_than_it_has() -> None:
    assert Study(bowl, space=Small(), n_trials=48, history=False).preview().n_configs == 9


def test_trials_that_have_run_are_known_and_tell_the_time() -> None:
    study = Study(bowl, space=Space(), n_trials=17, history=False).run(InProcess())
    assert str(study.preview()) == "17 configurations, 17 already known, nothing left to run"
    study.change(n_trials=48)
    preview = study.preview()
    assert (preview.n_configs, preview.n_known) == (48, 17)
    assert preview.seconds_range is not None


def test_a_study_of_the_same_model_in_the_history_tells_the_time(tmp_path: Path) -> None:
    place = tmp_path / "history.db"
    Study(bowl, space=Space(), n_trials=5, history=place).run(InProcess())
    assert Study(bowl, space=Space(), n_trials=9, history=place).preview().seconds_range is not None
    other = Study(lambda _: 1, space=Space(), n_trials=9, history=place)
    assert other.preview().seconds_range is None


def test_the_preview_is_one_sentence() -> None:
    preview = Preview(48, 17, 2, (300.0, 400.0))
    assert str(preview) == "48 configurations, 17 already known, about 5 to 7 min on 2 workers"
    assert "1 worker" in str(Preview(9, 0, 1, (1.0, 2.0)))
