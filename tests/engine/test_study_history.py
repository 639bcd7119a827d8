from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from sklearn.datasets import load_iris
from sklearn.svm import SVC
from tuneboard.engine import History, Int, Real, SearchSpace, Study
from tuneboard.engine.errors import HistoryError, SpaceError, StudyError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.optimizers.random import RandomSearch
from tuneboard.engine.surroundings import git_state


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))
    depth = Int(3, bounds=(1, 9))


def bowl(config: Any) -> float:
    return float(-(config["x"] ** 2) - config["depth"])


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db")


def ran(history: Any, n_trials: int = 4, **options: Any) -> Study:
    settings = {"optimizer": "random", "space": Space(), **options}
    return Study(bowl, n_trials=n_trials, history=history, **settings).run(InProcess())


def kinds(study: Study, history: History) -> list[str]:
    return [one["kind"] for one in history.actions(study.id)]


def test_an_edit_of_a_finished_study_is_stored_at_once(history: History) -> None:
    study = ran(history)

    study.space.edit("x", low=-0.5)
    study.space.x = 0.25

    assert [one.number for one in history.versions(study.id)] == [1, 2]
    edit, value = history.actions(study.id)
    assert edit["version"] == 2
    assert edit["changes"] == [{"name": "x", "what": "low", "before": -1.0, "after": -0.5}]
    assert value["changes"] == [{"name": "x", "what": "value", "before": 0.0, "after": 0.25}]


def test_a_study_that_is_opened_again_stands_in_the_edited_space(history: History) -> None:
    study = ran(history)
    study.space.edit("x", low=-0.5)
    study_id = study.id
    del study

    again = Study.open(study_id, history)

    assert again.space["x"].low == -0.5
    assert kinds(again, history) == ["space"]


def test_an_edit_while_the_store_is_away_counts_and_says_so(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = ran(history)

    def away(*_arguments: Any) -> None:
        message = "nobody answers"
        raise HistoryError(message)

    monkeypatch.setattr(History, "add_version", away)
    study.space.edit("x", low=-0.5)

    assert study.space["x"].low == -0.5
    assert study.message == "The edit is not stored yet: nobody answers"


def test_two_processes_that_edit_at_once_do_not_mix_their_versions(history: History) -> None:
    study = ran(history)
    other = History(history.place)
    theirs = SearchSpace.from_dict(study.space.to_dict())
    theirs.edit("x", low=-0.25)
    other.add_version(study.id, theirs.version, {})

    study.space.edit("x", low=-0.5)
    assert "The space was edited by another process just now" in study.message
    study.refresh()

    assert study.space["x"].low == -0.25


def test_what_a_study_was_run_in_is_recorded(history: History) -> None:
    X, y = load_iris(return_X_y=True)
    code = "model = SVC()  # 🙂 <b>"
    study = Study(
        SVC(), X, y, n_trials=1, folds=2, history=history, code=code, code_name="iris.ipynb"
    ).run(InProcess())

    about = history.study(study.id).about
    assert (about["code"], about["code_name"]) == (code, "iris.ipynb")
    assert about["data"]["shape"] == [150, 4]
    assert about["versions"]["scikit-learn"]
    assert about["machine"]["n_cores"] > 0


def test_the_commit_and_whether_files_differ_from_it_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert git_state() == {}
    identity = ["-c", "user.name=x", "-c", "user.email=x@y"]
    for words in (["init", "-q"], [*identity, "commit", "-q", "--allow-empty", "-m", "first"]):
        subprocess.run(["git", *words], check=True)

    clean = git_state()
    (tmp_path / "new.txt").touch()

    assert (len(clean["commit"]), clean["is_dirty"]) == (40, False)
    assert git_state() == {"commit": clean["commit"], "is_dirty": True}


def test_the_optimizer_heeds_stars_and_exclusions_from_the_next_proposal_on(
    history: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    study = ran(history)
    study.mark(1, is_starred=True)
    study.mark(2, is_excluded=True)
    steered: list[Any] = []
    monkeypatch.setattr(RandomSearch, "steer", lambda _self, *hints: steered.append(hints))

    study.change(n_trials=5)
    study.run(InProcess())

    assert steered[0] == (frozenset({1}), frozenset({2}))


@pytest.mark.parametrize("is_stored", [True, False])
def test_marks_are_kept_with_and_without_a_history(history: History, is_stored: bool) -> None:
    study = ran(history if is_stored else False)

    study.mark(3, note="odd one", tags=["later"])

    assert study.marks()[3].note == "odd one"
    with pytest.raises(HistoryError, match=r"Study\.mark must be given a trial, not 99"):
        study.mark(99, is_starred=True)


def test_a_configuration_is_applied_and_taken_back(history: History) -> None:
    study = ran(history)
    study.apply({"x": 0.5, "depth": 7}, source="trial 2")
    study.apply({"x": -0.5, "depth": 1})

    study.revert()
    assert study.space.config == {"x": 0.5, "depth": 7}
    study.revert()
    assert study.space.config == {"x": 0.0, "depth": 3}
    with pytest.raises(StudyError, match=r"Study\.revert must have an applied configuration"):
        study.revert()
    assert [kind for kind in kinds(study, history) if kind != "space"] == ["apply"] * 2 + [
        "revert"
    ] * 2


def test_a_configuration_of_another_space_is_refused_in_words_or_applied_in_part(
    history: History,
) -> None:
    study = ran(history)
    config = {"x": 0.5, "gamma": 1.0, "C": 2.0}

    with pytest.raises(
        SpaceError,
        match="3 hyper-parameters there, 2 here; missing: depth; unknown: gamma, C. Apply the comm",
    ):
        study.apply(config)
    assert study.space.config == {"x": 0.0, "depth": 3}

    assert study.apply(config, only_common=True) == {"x": 0.5}
    assert study.space.config == {"x": 0.5, "depth": 3}
    with pytest.raises(SpaceError, match="unknown: gamma. Choose another configuration"):
        study.apply({"gamma": 1.0}, only_common=True)
    with pytest.raises(SpaceError, match="not allowed: x"):
        study.apply({"x": 5.0, "depth": 3})


def test_a_fork_has_the_trials_up_to_its_moment_and_goes_on_alone(history: History) -> None:
    study = ran(history, 6)

    fork = Study.open(study.fork(3), history, model=bowl)
    assert [one.config for one in fork.trials] == [one.config for one in study.trials[:3]]
    fork.run(InProcess())

    assert [one.config for one in fork.trials] == [one.config for one in study.trials]
    assert len(history.trials(study.id)[0]) == 6
    assert history.study(fork.id).about["forked from"] == {"study": study.id, "trial": 3}
    assert kinds(study, history) == ["fork"]


def test_a_new_study_around_a_configuration_starts_from_its_values(history: History) -> None:
    study = ran(history)

    around = Study.open(study.around({"x": 0.5, "depth": 7}), history, model=bowl)

    assert (around.space.config, around.trials) == ({"x": 0.5, "depth": 7}, [])
    assert study.space.config == {"x": 0.0, "depth": 3}


def test_a_study_that_is_not_stored_cannot_be_forked() -> None:
    with pytest.raises(StudyError, match="must be stored for this"):
        ran(False).fork(1)
