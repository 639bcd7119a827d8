from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.differential_evolution import DifferentialEvolutionSearch
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

SPHERE = SpaceVersion(
    1, tuple(HyperParameter(name, "real", 1.0, -5.12, 5.12) for name in ("x1", "x2", "x3"))
)


def sphere(config):
    return -sum(value**2 for value in config.values())


def run(search, numbers, score=sphere):
    trials = []
    for number in numbers:
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        trials.append(trial.finished(Result(score(proposal.config))))
        search.tell(trials[-1])
    return trials


def children(trials):
    return [trial for trial in trials if trial.provenance.parents]


def test_the_step_is_that_of_the_paper():
    # Zhang and Sanderson 2009, eq. 6: x + F (x_p - x) + F (x_1 - x_2).
    search = DifferentialEvolutionSearch(SPHERE)
    points = np.array([[0.2, 0.1, 0.9], [0.6, 0.0, 1.0], [0.5, 0.1, 0.8], [0.3, 0.9, 0.2]])
    moved = search._moved(points, 0.5, 1.0, np.random.default_rng(0))
    # 0.2 + 0.5 * 0.4 + 0.5 * 0.2; over an end half the way to it: 0.1 / 2, (1 + 0.9) / 2.
    assert moved.tolist() == pytest.approx([0.5, 0.05, 0.95])


def test_without_crossover_one_gene_is_taken():
    search = DifferentialEvolutionSearch(SPHERE)
    points = np.array([[0.2] * 3, [0.6] * 3, [0.5] * 3, [0.3] * 3])
    moved = search._moved(points, 0.5, 0.0, np.random.default_rng(0))
    assert np.count_nonzero(moved != 0.2) == 1


def test_on_a_sphere_it_comes_as_close_as_that_of_scipy_with_the_same_strategy():
    from scipy.optimize import differential_evolution

    def of_scipy(seed):
        found = differential_evolution(
            lambda x: float((x**2).sum()),
            [(-5.12, 5.12)] * 3,
            strategy="currenttobest1bin",
            popsize=5,  # times three dimensions
            maxiter=26,
            polish=False,
            tol=0,
            rng=seed,
        )
        return found.fun, found.nfev

    theirs, n_evaluations = np.median([of_scipy(seed) for seed in range(5)], axis=0)
    ours = [
        -max(
            trial.score
            for trial in run(
                DifferentialEvolutionSearch(SPHERE, seed=seed, population=15),
                range(1, int(n_evaluations) + 1),
            )
        )
        for seed in range(5)
    ]
    # Both fall by some six powers of ten; one is the chance of five seeds.
    assert np.median(ours) < 10 * theirs


def test_a_child_goes_on_from_the_best_of_its_place():
    trials = run(DifferentialEvolutionSearch(SPHERE, n_trials=96, population=8), range(1, 97))
    for trial in children(trials):
        rivals = [t for t in trials[: trial.number - 1] if (t.number - trial.number) % 8 == 0]
        assert trial.provenance.parents[0] == max(rivals, key=lambda one: one.score).number
        assert trial.provenance.operator == "a differential step"
        assert set(trial.provenance.facts["changed"]) <= set(SPHERE.names)


def test_the_factors_follow_what_has_made_better_children():
    def told(scale, is_better):
        search = DifferentialEvolutionSearch(SPHERE, population=4)
        trials = run(search, range(1, 5))
        for number in range(5, 25):
            search.ask(number)
            facts = {"scale": scale, "rate": 0.9}
            made = Provenance(search.name, "", (trials[0].number,), "step", facts)
            score = trials[0].score + (1 if is_better else -1)
            trial = Trial(number, trials[0].config, TrialState.COMPLETED, made, score=score)
            search.tell(trial)
        factors = [search._factors(np.random.default_rng(seed)) for seed in range(200)]
        return np.median(factors, axis=0)

    prior = told(0.9, is_better=False)
    assert prior == pytest.approx([0.5, 0.5], abs=0.03)
    # Ten times the prior of 0.5 and twenty successes; eq. 12 weighs large scales more.
    assert told(0.9, is_better=True) == pytest.approx([18.7 / 23, 23 / 30], abs=0.03)


def test_a_choice_is_one_that_another_member_has():
    space = SpaceVersion(
        1, (*SPHERE.hyper_parameters, HyperParameter("c", "choice", 0, choices=tuple(range(9))))
    )

    def score(config):
        return -abs(config["c"] - 7) - config["x1"] ** 2

    trials = run(DifferentialEvolutionSearch(space, n_trials=96, population=8), range(1, 97), score)
    start = {trial.config["c"] for trial in trials if not trial.provenance.parents}
    assert {trial.config["c"] for trial in children(trials)} <= start


def test_a_starred_trial_holds_its_place_and_an_excluded_one_does_not():
    search = DifferentialEvolutionSearch(SPHERE, n_trials=200, population=8)
    trials = run(search, range(1, 65))
    worst = min(trials[8:16], key=lambda trial: trial.score).number
    best = max(trials, key=lambda trial: trial.score).number
    search.steer({worst}, {best})
    later = run(search, range(65, 129))
    places = [t.provenance.parents[0] for t in later if (t.number - worst) % 8 == 0]
    assert places == [worst] * 8
    assert best not in {number for trial in later for number in trial.provenance.parents}


def test_past_trials_spare_the_start():
    past = [
        replace(trial, number=trial.number - 30)
        for trial in run(DifferentialEvolutionSearch(SPHERE), range(1, 31))
    ]
    search = DifferentialEvolutionSearch(SPHERE, population=8)
    search.recall(past)
    assert all(search.ask(number).provenance.parents for number in range(1, 9))
