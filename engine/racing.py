"""Early stopping of trials that cannot plausibly win: a race over folds, medians over steps."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from .job import StoppingRule
from .pruning import Curve, should_stop
from .trial import Trial, TrialState

ERROR_RATE = 0.1
"""Of the configurations that would beat the incumbent, at most this share is stopped."""
MIN_VARIANCES = 3
"""From so many finished trials on, their variances tell what to expect of the next."""
MIN_CURVES = 5
"""From so many finished curves on, a trial is compared with their medians."""


@dataclass(frozen=True, slots=True)
class Race:
    """Stops a configuration that, by its first folds, will not beat the incumbent's mean.

    Let d be the differences to the incumbent on the k of K folds that have run. All K folds
    are the same for both, so the question is not whether the configuration is worse in
    general, but whether the mean of the K differences can still come out above 0. For normal,
    exchangeable differences the K - k missing ones are predicted by Student's t with the
    correction for a finite population (Cochran, Sampling Techniques, 3rd ed., 1977, eq. 2.15):

        t = mean(d) / sqrt(s^2 / k * (1 - k / K))

    With two or three folds their own variance tells next to nothing. So it is shrunk towards
    that of the finished trials of the study, an inverse chi-square prior with `prior_df`
    degrees of freedom around `prior_variance` (the moderated t of Smyth, 2004, Statistical
    Applications in Genetics and Molecular Biology 3:3, sections 3 and 6.2):

        s^2 = (prior_df * prior_variance + (k - 1) * var(d)) / (prior_df + k - 1)

    with prior_df + k - 1 degrees of freedom. There are K - 1 looks, which share the error rate
    in proportion to the folds that each may save, K - k (a weighted Bonferroni correction): of
    the configurations that would have beaten the incumbent, at most `error_rate` are stopped.

    Parameters
    ----------
    rival : tuple of float, length K
        The incumbent's score on each fold, higher is better.
    prior_variance, prior_df : float
        What the finished trials say of the variance of d; 0 degrees of freedom for nothing.
    error_rate : float
        Between 0 and 1, for all looks together.
    """

    rival: tuple[float, ...]
    prior_variance: float = 0.0
    prior_df: float = 0.0
    error_rate: float = ERROR_RATE

    def after_fold(self, fold_scores: Sequence[float], n_folds: int) -> str:
        """Return why to stop, or nothing."""
        n_done = len(fold_scores)
        if n_folds != len(self.rival) or not 0 < n_done < n_folds:
            return ""
        pairs = zip(fold_scores, self.rival, strict=False)
        differences = [mine - theirs for mine, theirs in pairs]
        df = self.prior_df + n_done - 1
        mean = sum(differences) / n_done
        if df <= 0 or mean >= 0 or mean >= self._limit(differences, df):
            return ""
        return (
            f"Stopped after {n_done} of {n_folds} folds: {-mean:.4g} behind the best trial on "
            f"the same folds, which the rest would make up for with less than "
            f"{self.error_rate:.0%} probability."
        )

    def _limit(self, differences: list[float], df: float) -> float:
        """Return the mean difference below which the race is lost."""
        from scipy.special import stdtrit

        n_done, n_folds = len(differences), len(self.rival)
        own = _variance(differences) * (n_done - 1)
        # Degrees of freedom without bound: the variance is known.
        variance = (
            self.prior_variance
            if math.isinf(df)
            else (self.prior_df * self.prior_variance + own) / df
        )
        spread = math.sqrt(variance / n_done * (1 - n_done / n_folds))
        share = (n_folds - n_done) / (n_folds * (n_folds - 1) / 2)
        # Beyond a million degrees Student's t is the normal distribution.
        return float(stdtrit(min(df, 1e6), self.error_rate * share)) * spread

    def after_step(self, curve: Sequence[tuple[float, float]]) -> str:
        """Go on: steps say nothing here."""
        return ""


@dataclass(frozen=True, slots=True)
class MedianBar:
    """Stops a trial whose best report so far is below the median of the others' means.

    The median stopping rule (Golovin et al., 2017, Google Vizier, section 3.2.2): at step s
    the best value up to s is compared with the median, over the finished trials, of their
    running means up to s. It promises no error rate.

    Parameters
    ----------
    medians : dict
        Step -> median of the running means.
    """

    medians: dict[float, float]

    def after_fold(self, fold_scores: Sequence[float], n_folds: int) -> str:
        """Go on: folds say nothing here."""
        return ""

    def after_step(self, curve: Sequence[tuple[float, float]]) -> str:
        """Return why to stop, or nothing."""
        step = curve[-1][0]
        median = self.medians.get(step)
        best = max(score for _, score in curve)
        if median is None or best >= median:
            return ""
        return (
            f"Stopped at step {step:g}: the best score so far, {best:.4g}, is below {median:.4g}, "
            "the median of the finished trials at this step."
        )


@dataclass(frozen=True, slots=True)
class PrunerRule:
    """Stops a trial when a pruner of Optuna says so.

    Parameters
    ----------
    pruner : optuna.pruners.BasePruner
        Whom to ask.
    number : int
        Of the trial.
    others : tuple of Curve
        What the finished trials have reported.
    """

    pruner: Any
    number: int
    others: tuple[Curve, ...]

    def after_fold(self, fold_scores: Sequence[float], n_folds: int) -> str:
        """Go on: folds say nothing here."""
        return ""

    def after_step(self, curve: Sequence[tuple[float, float]]) -> str:
        """Return why to stop, or nothing."""
        if not should_stop(self.pruner, self.number, _steps(curve), self.others):
            return ""
        return f"Stopped at step {curve[-1][0]:g} by {type(self.pruner).__name__}."


class EarlyStopping:
    """Learns from finished trials what the next ones have to beat.

    Parameters
    ----------
    is_racing : bool
        Whether trials race over their folds.
    has_medians : bool
        Whether trials that report steps are compared with the medians.
    pruner : optuna.pruners.BasePruner, optional
        Whom to ask about trials that report steps.
    """

    def __init__(self, *, is_racing: bool, has_medians: bool, pruner: Any = None) -> None:
        self.is_racing, self.has_medians, self.pruner = is_racing, has_medians, pruner
        self._curves: list[Curve] = []
        self._best: Trial | None = None
        self._full: list[Trial] = []
        self._prior: tuple[float, float] | None = None
        self._means: dict[float, list[float]] = {}

    def take_in(self, trials: Iterable[Trial]) -> None:
        """Learn from trials that have finished; others are passed over."""
        for trial in trials:
            if self.pruner is not None and trial.state.is_finished:
                self._curves.append(Curve(trial.number, _steps(trial.details.curve), trial.state))
            if trial.state is TrialState.COMPLETED:
                self._take_folds(trial)
                self._take_curve(trial)

    def rules(self, trial: Trial) -> tuple[StoppingRule, ...]:
        """Return what may stop this trial."""
        rules: list[StoppingRule] = []
        # On a lower fidelity a trial need not win: it need only be among the promoted.
        if self.is_racing and trial.fidelity is None and self._best is not None:
            rules.append(Race(self._best.fold_scores, *self._expected()))
        if self.has_medians:
            medians = {
                step: _median(means)
                for step, means in self._means.items()
                if len(means) >= MIN_CURVES
            }
            if medians:
                rules.append(MedianBar(medians))
        if self.pruner is not None:
            rules.append(PrunerRule(self.pruner, trial.number, tuple(self._curves)))
        return tuple(rules)

    def _take_folds(self, trial: Trial) -> None:
        if not self.is_racing or trial.fidelity is not None or len(trial.fold_scores) < 2:
            return
        score = _score(trial)
        if self._best is None or score > _score(self._best):
            self._best = trial
        # The latest are enough, and do not make a long study slow.
        self._full = [*self._full[-99:], trial]
        self._prior = None

    def _take_curve(self, trial: Trial) -> None:
        if not self.has_medians:
            return
        total = 0.0
        for count, (step, score) in enumerate(trial.details.curve, 1):
            total += score
            insort(self._means.setdefault(step, []), total / count)

    def _expected(self) -> tuple[float, float]:
        """Return (variance, degrees of freedom) of the prior."""
        if self._prior is None and self._best is not None:
            rival = self._best.fold_scores
            others = [one.fold_scores for one in self._full if one.number != self._best.number]
            variances = [
                _variance([a - b for a, b in zip(scores, rival, strict=True)])
                for scores in others
                if len(scores) == len(rival)
            ]
            self._prior = variance_prior(variances, len(rival) - 1)
        return self._prior or (0.0, 0.0)


def variance_prior(variances: Sequence[float], df: int) -> tuple[float, float]:
    """Estimate the prior of variances, each found with `df` degrees of freedom.

    Fits the scaled F distribution by the moments of the logarithms (Smyth, 2004, section 6.2).

    Returns
    -------
    (float, float)
        The prior's variance and its degrees of freedom, infinite where the variances differ by
        no more than chance; (0, 0) for fewer than `MIN_VARIANCES` that are above 0.
    """
    import numpy as np
    from scipy.special import digamma, polygamma

    logs = np.log([one for one in variances if one > 0])
    if len(logs) < MIN_VARIANCES:
        return 0.0, 0.0
    shifted = logs - digamma(df / 2) + math.log(df / 2)
    excess = float(shifted.var(ddof=1) - polygamma(1, df / 2))
    if excess <= 0:
        return float(np.exp(shifted.mean())), math.inf
    prior_df = 2 * _inverse_trigamma(excess)
    scale = shifted.mean() + digamma(prior_df / 2) - math.log(prior_df / 2)
    return float(np.exp(scale)), prior_df


def _inverse_trigamma(value: float) -> float:
    """Solve trigamma(x) = value by Newton's method (Smyth, 2004, appendix)."""
    from scipy.special import polygamma

    x = 0.5 + 1 / value
    for _ in range(50):
        trigamma = float(polygamma(1, x))
        step = trigamma * (1 - trigamma / value) / float(polygamma(2, x))
        x += step
        if abs(step) < 1e-8 * x:
            break
    return x


def _steps(curve: Sequence[tuple[float, float]]) -> dict[int, float]:
    # One that is no whole number is left for the pruner to refuse.
    return {int(step) if step.is_integer() else step: score for step, score in curve}  # type: ignore[misc]


def _score(trial: Trial) -> float:
    return -math.inf if trial.score is None else trial.score


def _variance(values: Sequence[float]) -> float:
    if len(values) < 2:
        return 0.0
    mean = sum(values) / len(values)
    return sum((one - mean) ** 2 for one in values) / (len(values) - 1)


def _median(ordered: Sequence[float]) -> float:
    middle = len(ordered) // 2
    return (ordered[middle] + ordered[~middle]) / 2
