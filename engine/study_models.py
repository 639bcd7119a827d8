"""What a study makes of its trials' configurations: estimates, examinations, voting models."""

from __future__ import annotations

from collections.abc import Iterable

from .errors import (
    ObjectiveError,
    StudyError,
)
from .objective import (
    CrossValidation,
    Examination,
    examine,
)
from .objective.voting import VotingModel, voting_model
from .study_base import StudyBase
from .trial import TrialState


class StudyModels(StudyBase):
    """The part of a `Study` that fits models again: a `Study` inherits it."""

    def final_estimate(self) -> dict[str, float]:
        """Score the best configuration on the rows that were held out and no trial has seen.

        What is known from then on is written into the history: a configuration chosen by this
        number would be chosen on rows that are no longer unseen.

        Returns
        -------
        dict
            Name of each metric -> its own value.

        Raises
        ------
        StudyError
            The study runs, or has no completed trial.
        ObjectiveError
            Nothing was held out.
        """
        if self._run is not None:
            message = f"Study {self.name!r} is running. Wait for its end, or stop it first."
            raise StudyError(message, name=self.name)
        trial = self.best_trial
        self._check()
        if not isinstance(self._objective, CrossValidation):
            rule, advice = "be given an estimator with holdout=", "A function has no such rows."
            raise ObjectiveError.must("Study.model", rule, self._settings.model, advice)
        scores = self._objective.final_scores(trial.config)
        self._ledger.note("final estimate", {"trial": trial.number, **scores})
        return scores

    def voting_model(self, numbers: Iterable[int]) -> VotingModel:
        """Return trials as one fitted VotingClassifier or VotingRegressor, with its score.

        The score is of the rows that were held out, where there are some, and that look at them is
        recorded, as with `final_estimate`; else it is cross-validated on the study's folds.

        Parameters
        ----------
        numbers : iterable of int
            At least two completed trials.

        Raises
        ------
        StudyError
            One of them is no completed trial.
        ObjectiveError
            There are fewer than two, or the study is of a function.
        """
        known = {one.number: one for one in self.trials if one.state is TrialState.COMPLETED}
        chosen = tuple(dict.fromkeys(numbers))
        unknown = [number for number in chosen if number not in known]
        if unknown:
            advice = "Choose others."
            raise StudyError.must(
                "Study.voting_model", "be given completed trials", unknown, advice
            )
        self._check()
        if not isinstance(self._objective, CrossValidation):
            rule, advice = "be an estimator", "A function has no model to vote with."
            raise ObjectiveError.must("Study.model", rule, self._settings.model, advice)
        made = voting_model(self._objective, {one: known[one].config for one in chosen})
        if made.is_held_out:
            self._ledger.note("final estimate", {"trials": list(chosen), **made.scores})
        return made

    def examine(self, number: int) -> Examination:
        """Fit a trial's configuration anew, and return what it predicts of unseen rows.

        Takes about seven times as long as the trial did, in the calling thread.

        Raises
        ------
        ObjectiveError
            The study is of a function or a command, whose model is not known.
        StudyError
            The study was opened without its model and data.
        """
        self._check()
        return examine(self._objective, self._log[number].config)
