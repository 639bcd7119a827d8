"""Ensemble search beyond the contract."""

from __future__ import annotations

from tuneboard.engine.fidelity import Fidelity
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers import make_optimizer
from tuneboard.engine.trial import Result, Trial, TrialState

SPACE = SpaceVersion(1, tuple(HyperParameter(name, "real", 0.5, 0.0, 1.0) for name in "xyz"))
LADDER = Fidelity("epochs", 1, 9)


def run(search, n_trials, score):
    trials = []
    for number in range(1, n_trials + 1):
        made = search.ask(number)
        trial = Trial(
            number, made.config, TrialState.RUNNING, made.provenance, fidelity=made.fidelity
        )
        trials.append(trial.finished(Result(score(trial))))
        search.tell(trials[-1])
    return trials


def hill(trial):
    bonus = 0.0 if trial.fidelity is None else trial.fidelity**0.5
    return bonus - sum((value - 0.3) ** 2 for value in trial.config.values())


def distance(trial):
    return sum((value - 0.3) ** 2 for value in trial.config.values())


def test_it_learns_from_low_fidelities_where_the_top_lies():
    search = make_optimizer("ensemble", SPACE, seed=2, fidelity=LADDER)
    trials = run(search, 60, hill)
    full = [trial for trial in trials if trial.fidelity == 9]
    assert min(map(distance, full)) < 0.01


def test_without_a_fidelity_it_is_a_search_with_one_model():
    trials = run(make_optimizer("ensemble", SPACE, seed=2), 40, hill)
    assert min(map(distance, trials)) < 0.01
    assert "weights" not in trials[-1].provenance.facts


def test_it_says_what_the_models_expect_and_how_they_are_weighed():
    search = make_optimizer("ensemble", SPACE, seed=2, fidelity=LADDER)
    made = [trial.provenance for trial in run(search, 60, hill)]
    modelled = [one for one in made if "mean" in one.facts and "weights" in one.facts]
    assert modelled
    assert all("largest expected improvement" in one.reason for one in modelled)
    assert all("weights of the models: " in one.reason for one in modelled)
    assert all(len(one.facts["weights"]) == 3 for one in modelled)


def test_one_configuration_in_five_or_so_is_random():
    trials = run(make_optimizer("ensemble", SPACE, seed=2), 60, hill)
    later = [trial.provenance.reason for trial in trials[12:]]
    n_random = sum(reason.startswith("drawn at random, as one in five is") for reason in later)
    assert 3 <= n_random <= 20
