"""Trials as one model that votes."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.datasets import load_diabetes, load_wine
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.svm import LinearSVC
from tuneboard.engine.errors import ObjectiveError, StudyError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.study import Study


def run(model: Any, load: Any, **settings: Any) -> Study:
    study = Study(model, *load(return_X_y=True), n_trials=6, folds=3, history=False, **settings)
    return study.run(InProcess(), show_progress=False)


def test_classifiers_vote_by_their_probabilities_and_are_scored_on_unseen_rows() -> None:
    study = run(KNeighborsClassifier(), load_wine, holdout=0.3)
    numbers = [one.number for one in study.trials[:3]]

    made = study.voting_model(numbers)

    assert isinstance(made.model, VotingClassifier)
    assert made.model.voting == "soft"
    assert made.trials == tuple(numbers)
    assert [voter.n_neighbors for voter in made.model.estimators_] == [
        one.config["n_neighbors"] for one in study.trials[:3]
    ]
    held = study._objective._held
    assert made.is_held_out
    assert made.scores["accuracy"] == pytest.approx(made.model.score(held.X, held.y))
    assert study.actions()[-1]["trials"] == numbers


def test_regressors_vote_by_their_mean_and_are_cross_validated_without_a_holdout() -> None:
    study = run(KNeighborsRegressor(), load_diabetes)

    made = study.voting_model([1, 2, 3])

    assert isinstance(made.model, VotingRegressor)
    assert not made.is_held_out
    assert set(made.scores) == {"r2"}
    assert made.model.predict(study._objective.X[:2]).shape == (2,)


def test_classifiers_without_probabilities_vote_by_majority() -> None:
    assert run(LinearSVC(), load_wine).voting_model([1, 2, 3]).model.voting == "hard"


def test_only_two_or_more_completed_trials_of_a_model_can_vote() -> None:
    study = run(KNeighborsClassifier(), load_wine)

    with pytest.raises(ObjectiveError, match="VotingModel must be made of at least two trials"):
        study.voting_model([1])
    with pytest.raises(StudyError, match=r"Study.voting_model must be given completed.*99"):
        study.voting_model([1, 99])


def test_a_function_has_no_model_to_vote_with() -> None:
    study = Study(lambda config: config["x"], space={"x": (0.0, 1.0)}, n_trials=3, history=False)
    study.run(InProcess(), show_progress=False)

    with pytest.raises(ObjectiveError, match="A function has no model to vote with"):
        study.voting_model([1, 2])
