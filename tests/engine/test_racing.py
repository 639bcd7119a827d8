from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy.stats import t as student
from tuneboard.engine.details import Details
from tuneboard.engine.racing import (
    ERROR_RATE,
    EarlyStopping,
    MedianBar,
    Race,
    variance_prior,
)
from tuneboard.engine.trial import Provenance, Trial, TrialState


def trial(number: int, folds: Any = (), state: Any = TrialState.COMPLETED, **rest: Any) -> Trial:
    made = Provenance("random", "drawn at random")
    folds = tuple(float(one) for one in folds)
    score = sum(folds) / len(folds) if folds else rest.pop("score", 0.0)
    return Trial(number, {}, state, made, score=score, fold_scores=folds, **rest)


def raced(race: Race, folds: Any) -> int:
    """Return the folds after which the race is lost; 0 where it runs to its end."""
    for n_done in range(1, len(folds)):
        if race.after_fold(folds[:n_done], len(folds)):
            return n_done
    return 0


def test_a_hopeless_configuration_stops_after_one_fold_once_the_variance_is_known() -> None:
    race = Race((0.9, 0.8, 0.85, 0.9, 0.95), prior_variance=0.01**2, prior_df=10)
    why = race.after_fold((0.5,), 5)
    assert why.startswith("Stopped after 1 of 5 folds: 0.4 behind the best trial on the same folds")
    assert "with less than 10% probability." in why


def test_without_finished_trials_one_fold_says_nothing() -> None:
    race = Race((0.9, 0.8, 0.85, 0.9, 0.95))
    assert race.after_fold((0.5,), 5) == ""
    assert race.after_fold((0.5, 0.4, 0.451), 5) != ""


def test_a_configuration_that_leads_never_stops() -> None:
    race = Race((0.5,) * 5, prior_variance=1e-9, prior_df=math.inf)
    assert raced(race, (0.5, 0.6, 0.6, 0.5, 0.5)) == 0


def test_the_rule_is_students_t_with_finite_population_correction() -> None:
    rival, folds = np.zeros(5), np.array([-0.2, -0.35, -0.27])
    n_done, n_folds, prior_df, prior_variance = 3, 5, 4.0, 0.02
    s2 = (prior_df * prior_variance + 2 * folds.var(ddof=1)) / (prior_df + 2)
    spread = math.sqrt(s2 / n_done * (1 - n_done / n_folds))
    limit = student.ppf(ERROR_RATE * 2 / 10, prior_df + 2) * spread
    for shift, is_lost in ((-1e-9, True), (1e-9, False)):
        moved = tuple(folds - folds.mean() + limit + shift)
        race = Race(tuple(rival), prior_variance, prior_df)
        assert bool(race.after_fold(moved, n_folds)) == is_lost


@pytest.mark.parametrize(
    ("folds", "n_folds"), [((), 5), ((0.1,) * 5, 5), ((0.1, 0.1), 4), ((0.1,), 1)]
)
def test_other_folds_than_the_incumbents_are_not_compared(folds: Any, n_folds: int) -> None:
    assert Race((0.9,) * 5, 1e-6, math.inf).after_fold(folds, n_folds) == ""


@pytest.mark.parametrize("n_folds", [3, 5, 10])
@pytest.mark.parametrize("true_df", [3.0, 12.0])
def test_the_error_rate_is_kept_for_configurations_that_would_have_won(
    n_folds: int, true_df: float
) -> None:
    # Differences as the rule supposes them, their variances drawn around 0.04^2.
    rng = np.random.default_rng(n_folds)
    wrong = n_winners = 0
    for _ in range(1500):
        variance = 0.04**2 * true_df / rng.chisquare(true_df)
        differences = rng.normal(-0.01, math.sqrt(variance), n_folds)
        if differences.mean() > 0:
            n_winners += 1
            race = Race((0.0,) * n_folds, 0.04**2, true_df)
            wrong += raced(race, tuple(differences)) > 0
    assert n_winners > 150
    assert wrong / n_winners <= ERROR_RATE + 0.02


@pytest.mark.parametrize("true_df", [4.0, 20.0, math.inf])
def test_the_prior_is_found_again_from_many_variances(true_df: float) -> None:
    rng = np.random.default_rng(0)
    n, df, variance = 4000, 4, 0.03**2
    scale = np.ones(n) if math.isinf(true_df) else true_df / rng.chisquare(true_df, n)
    found, found_df = variance_prior(list(variance * scale * rng.chisquare(df, n) / df), df)
    assert found == pytest.approx(variance, rel=0.1)
    assert found_df > 50 if math.isinf(true_df) else found_df == pytest.approx(true_df, rel=0.3)


def test_a_prior_needs_three_variances() -> None:
    assert variance_prior([0.1, 0.2, 0.0], 4) == (0.0, 0.0)
    assert variance_prior([0.1, 0.2, 0.3], 4)[0] > 0


def test_the_incumbent_and_its_rivals_make_the_next_race() -> None:
    stopping = EarlyStopping(is_racing=True, has_medians=False)
    assert stopping.rules(trial(9)) == ()
    rng = np.random.default_rng(1)
    finished = [trial(n, rng.normal(0.8, 0.02, 5)) for n in range(1, 8)]
    stopping.take_in([*finished, trial(8, (1.0, 1.0), TrialState.STOPPED)])
    (race,) = stopping.rules(trial(9))
    assert isinstance(race, Race)
    assert race.rival == max(finished, key=lambda one: one.score or 0).fold_scores
    assert race.prior_df > 0


def test_a_trial_on_a_lower_fidelity_does_not_race() -> None:
    stopping = EarlyStopping(is_racing=True, has_medians=False)
    stopping.take_in([trial(n, (0.8, 0.9)) for n in range(1, 5)])
    assert stopping.rules(trial(9, fidelity=3.0)) == ()
    assert len(stopping.rules(trial(9))) == 1


def test_medians_are_of_running_means_from_five_curves_on() -> None:
    stopping = EarlyStopping(is_racing=False, has_medians=True)
    curves = [((1.0, 0.1 * n), (2.0, 0.3 * n)) for n in range(1, 6)]
    finished = [trial(n, details=Details(curve=curve)) for n, curve in enumerate(curves, 1)]
    stopping.take_in(finished[:4])
    assert stopping.rules(trial(9)) == ()
    stopping.take_in(finished[4:])
    (bar,) = stopping.rules(trial(9))
    assert isinstance(bar, MedianBar)
    assert bar.medians == pytest.approx({1.0: 0.3, 2.0: 0.6})
    assert bar.after_step([(1.0, 0.31), (2.0, 0.1)]).startswith("Stopped at step 2: the best")
    assert bar.after_step([(1.0, 0.31)]) == ""
    assert bar.after_step([(3.0, -9.0)]) == ""
