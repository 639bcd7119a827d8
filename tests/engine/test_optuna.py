from __future__ import annotations

import importlib.util
import math
import subprocess
import sys

import numpy as np
import optuna
import pytest
from tuneboard.engine.conversion.quiet_optuna import quietly
from tuneboard.engine.errors import OptimizerError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers import (
    OPTIMIZERS,
    OPTUNA_OPTIMIZERS,
    find_optimizer,
    make_optimizer,
    optimizer_labels,
)
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

NUMBERS = SpaceVersion(
    1,
    (
        HyperParameter("x", "real", 0.0, -2.0, 3.0),
        HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True),
        HyperParameter("k", "int", 3, 1, 20),
    ),
)
ODD = SpaceVersion(
    1,
    (
        HyperParameter("flag", "choice", True, choices=(True, 1, (2, 3), None)),
        HyperParameter("size", "real", 1.0, 1.0, 64.0, log=True, step=0.5),
        HyperParameter("rate", "real", 0.1, 0.1, 0.7, step=0.2),
        HyperParameter("depth", "int", 1, 1, 9, step=2, active_when="flag == None"),
    ),
)


def score_of(config):
    return -((config["x"] - 1) ** 2) - (math.log10(config["lr"]) + 2) ** 2 - abs(config["k"] - 7)


def run(search, numbers, objectives=lambda config: (score_of(config),)):
    trials = []
    for number in numbers:
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        scores = objectives(proposal.config)
        search.tell(trial := trial.finished(Result(scores[0], scores=scores)))
        trials.append(trial)
    return trials


def natively(make_sampler, n_trials, seed):
    """Run a study of Optuna that is given a freshly seeded sampler for each trial."""
    configs = []
    with quietly():
        study = optuna.create_study(direction="maximize")
        for number in range(1, n_trials + 1):
            study.sampler = make_sampler(
                int(np.random.default_rng([seed, number, 0]).integers(2**31))
            )
            trial = study.ask()
            config = {
                "x": trial.suggest_float("x", -2.0, 3.0),
                "lr": trial.suggest_float("lr", 1e-4, 1.0, log=True),
                "k": trial.suggest_int("k", 1, 20),
            }
            study.tell(trial, score_of(config))
            configs.append(config)
    return configs


@pytest.mark.parametrize(
    ("name", "make_sampler"),
    [
        (
            "optuna_tpe",
            lambda seed: optuna.samplers.TPESampler(
                seed=seed, multivariate=True, constant_liar=True
            ),
        ),
        ("optuna_cmaes", lambda seed: optuna.samplers.CmaEsSampler(seed=seed)),
        ("optuna_nsgaii", lambda seed: optuna.samplers.NSGAIISampler(seed=seed)),
        ("optuna_random", lambda seed: optuna.samplers.RandomSampler(seed=seed)),
    ],
)
def test_one_worker_runs_what_optuna_runs_also_when_resumed(name, make_sampler):
    n_trials = 64  # NSGA-II crosses from the second generation on, after 50
    search = make_optimizer(name, NUMBERS, seed=5)
    trials = run(search, range(1, 58))
    resumed = make_optimizer(name, NUMBERS, seed=5)
    resumed.recall(trials)
    trials += run(resumed, range(58, n_trials + 1))
    known = natively(make_sampler, n_trials, 5)
    assert [trial.config["k"] for trial in trials] == [config["k"] for config in known]
    for one in ("x", "lr"):
        found = [trial.config[one] for trial in trials]
        assert found == pytest.approx([config[one] for config in known], rel=1e-9)


def test_quasi_random_proposals_are_those_of_one_sequence():
    places = [
        trial.config["x"] for trial in run(make_optimizer("optuna_qmc", NUMBERS), range(1, 34))
    ]
    # The first trial tells Optuna the space; the 32 after it lie in 32 cells of equal width.
    assert len({int((x + 2) / 5 * 32) for x in places[1:]}) == 32


@pytest.mark.parametrize("name", ["optuna_tpe", "optuna_nsgaii"])
def test_choices_and_steps_that_optuna_cannot_say_are_searched_too(name):
    trials = run(make_optimizer(name, ODD), range(1, 25), lambda config: (config["size"],))
    assert all(ODD.contains(trial.config) for trial in trials)
    assert {type(trial.config["flag"]) for trial in trials} == {bool, int, tuple, type(None)}


@pytest.mark.parametrize("name", ["optuna_tpe", "optuna_nsgaii", "optuna_nsgaiii"])
def test_several_metrics_are_passed_on(name):
    def objectives(config):
        return config["x"], -(config["x"] ** 2)

    trials = run(make_optimizer(name, NUMBERS), range(1, 61), objectives)
    assert trials[-1].provenance.facts["n_known"] == 59


def test_an_optimizer_for_one_metric_takes_the_first_of_several():
    trials = run(
        make_optimizer("optuna_cmaes", NUMBERS), range(1, 12), lambda config: (config["x"], 0.0)
    )
    assert trials[-1].provenance.facts["n_known"] == 10


def test_trials_that_failed_or_were_stopped_are_passed_on():
    states = [TrialState.FAILED, TrialState.STOPPED, TrialState.COMPLETED, TrialState.TIMED_OUT]
    for name in ("optuna_tpe", "optuna_cmaes", "optuna_nsgaii"):
        search = make_optimizer(name, NUMBERS)
        trials = [
            Trial(
                number,
                {"x": number / 10, "lr": 0.1, "k": number},
                states[number % 4],
                Provenance("", ""),
                score=1.0 * number if number % 4 in (1, 2) else None,
            )
            for number in range(1, 17)
        ]
        search.recall(trials)
        assert search.ask(17).provenance.facts["n_known"] == 16


def test_excluded_trials_and_those_outside_the_space_are_not_passed_on():
    search = make_optimizer("optuna_tpe", NUMBERS)
    trials = run(make_optimizer("random", NUMBERS), range(1, 13))
    search.recall(
        [*trials, Trial(13, {"x": 1.0}, TrialState.COMPLETED, Provenance("", ""), score=9)]
    )
    search.steer((), {1, 2})
    assert search.ask(14).provenance.facts["n_known"] == 10


def test_the_reason_names_the_sampler_and_the_trials_it_knew():
    trials = run(make_optimizer("optuna_tpe", NUMBERS), range(1, 4))
    assert trials[2].provenance.reason == "proposed by Optuna's TPESampler from 2 trials"


def test_optunas_own_verbosity_stays_as_it_was(capfd):
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.INFO)
    try:
        run(make_optimizer("optuna_tpe", NUMBERS), range(1, 4))
        assert optuna.logging.get_verbosity() == optuna.logging.INFO
    finally:
        optuna.logging.set_verbosity(before)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "package", "line"),
    [
        ("optuna_tpe", "optuna", r"pip install 'tuneboard\[optuna\]'"),
        ("optuna_gp", "torch", r"pip install torch"),
        ("optuna_cmaes", "cmaes", r"pip install 'tuneboard\[optuna\]'"),
    ],
)
def test_what_is_not_installed_is_named_and_not_offered(monkeypatch, name, package, line):
    real = importlib.util.find_spec
    monkeypatch.setattr(
        "tuneboard.engine.optimizers.optuna.find_spec",
        lambda one: None if one == package else real("sys"),
    )
    with pytest.raises(OptimizerError, match=rf"{package} must be installed for {name}.*{line}"):
        make_optimizer(name, NUMBERS)
    assert name not in optimizer_labels()
    assert set(OPTIMIZERS) <= set(optimizer_labels())
    assert find_optimizer(name).name == name


def test_what_is_installed_is_offered_behind_our_own():
    labels = list(optimizer_labels())
    assert labels[: len(OPTIMIZERS)] == list(OPTIMIZERS)
    assert {"optuna_tpe", "optuna_nsgaii"} <= set(labels) <= {*OPTIMIZERS, *OPTUNA_OPTIMIZERS}


def test_to_list_the_optimizers_does_not_load_optuna():
    code = (
        "import sys; from tuneboard.engine.optimizers import optimizer_labels; "
        "optimizer_labels(); sys.exit('optuna' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
