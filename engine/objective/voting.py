"""Several configurations as one fitted model that votes, with its score on unseen rows."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..errors import ObjectiveError
from ..trial import Config, Result
from .cross_validation import CrossValidation


@dataclass(frozen=True)
class VotingModel:
    """A fitted ensemble of trials.

    Parameters
    ----------
    model : sklearn.ensemble.VotingClassifier or VotingRegressor
        Fitted on the rows that trials see.
    scores : dict
        Name of each metric -> its own value.
    is_held_out : bool
        Whether the scores are of rows that no trial has seen; else they are the mean over the
        folds of the study, which is a little too good for trials picked by it.
    trials : tuple of int
        Numbers of the trials.
    """

    model: Any
    scores: Mapping[str, float]
    is_held_out: bool
    trials: tuple[int, ...]


def voting_model(objective: CrossValidation, configs: Mapping[int, Config]) -> VotingModel:
    """Fit a VotingClassifier or VotingRegressor of configurations.

    Classifiers vote by their mean probabilities where all have them, else by majority.

    Parameters
    ----------
    objective : CrossValidation
        Brings the estimator, the rows and the metrics.
    configs : mapping of int to dict
        Number of a trial -> its configuration.

    Raises
    ------
    ObjectiveError
        There are fewer than two.
    """
    if len(configs) < 2:
        advice = "Pick more trials: one alone has nobody to vote with."
        rule = "be made of at least two trials"
        raise ObjectiveError.must("VotingModel", rule, sorted(configs), advice)
    ensemble = _voters(objective, configs)
    whole = objective.of_model(ensemble)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = whole.fitted({})
        scores = whole.held_out_scores(model) or _shown(objective, whole({}))
    return VotingModel(model, scores, bool(objective.holdout), tuple(configs))


def _voters(objective: CrossValidation, configs: Mapping[int, Config]) -> Any:
    from sklearn.base import clone
    from sklearn.ensemble import VotingClassifier, VotingRegressor

    voters = [
        (f"trial_{number}", clone(objective.estimator).set_params(**config))
        for number, config in configs.items()
    ]
    if objective.task == "regression":
        return VotingRegressor(voters)
    is_soft = all(hasattr(voter, "predict_proba") for _, voter in voters)
    return VotingClassifier(voters, voting="soft" if is_soft else "hard")


def _shown(objective: CrossValidation, result: Result) -> dict[str, float]:
    scores = result.scores or (result.score,)
    named = zip(objective.metrics, scores, strict=True)
    return {metric.name: metric.shown(float(score or 0.0)) for metric, score in named}
