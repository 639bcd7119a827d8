from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers import make_optimizer
from tuneboard.engine.optimizers.acquisition import log_expected_improvement
from tuneboard.engine.optimizers.hypervolume import (
    MAX_KNOWN,
    HypervolumeSearch,
    _known,
    log_expected_gain,
)
from tuneboard.engine.pareto import front_of, gain_boxes, hypervolume
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

CUBE = SpaceVersion(1, tuple(HyperParameter(f"x{i}", "real", 0.5, 0.0, 1.0) for i in range(5)))
LINE = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))


def zdt1(config):
    """The first test problem of Zitzler, Deb and Thiele (2000), turned so that more is better."""
    first, *others = config.values()
    g = 1 + 9 * np.mean(others)
    return -first, -g * (1 - math.sqrt(first / g))


def run(search, objectives, numbers, *, fails=lambda _number, _x: False):
    trials = []
    for number in numbers:
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        if fails(number, next(iter(proposal.config.values()))):
            trial = trial.finished(Result(None, error="boom"))
        else:
            scores = objectives(proposal.config)
            trial = trial.finished(Result(scores[0], scores=scores))
        search.tell(trial)
        trials.append(trial)
    return trials


def volume(trials, reference):
    values = np.array([trial.objectives for trial in trials if trial.objectives])
    return hypervolume(values, np.array(reference))


def test_it_beats_random_search_on_zdt1():
    for seed in range(5):
        ours, random = (
            volume(run(make_optimizer(name, CUBE, seed=seed), zdt1, range(1, 31)), (-1.1, -6.0))
            for name in ("hypervolume", "random")
        )
        assert ours > random
        assert ours > 0.85 * (1.1 * 6 - 1 / 3)  # of all that there is


def test_it_beats_random_search_on_accuracy_and_sparsity_of_a_linear_model():
    X, y = load_digits(return_X_y=True)
    X, y = X[:300] / 16, y[:300]
    space = SpaceVersion(
        1,
        (
            HyperParameter("alpha", "real", 1e-3, 1e-5, 1.0, log=True),
            HyperParameter("l1_ratio", "real", 0.5, 0.0, 1.0),
            HyperParameter("eta0", "real", 0.1, 1e-3, 1.0, log=True),
            HyperParameter("max_iter", "int", 5, 1, 10),
        ),
    )

    def objectives(config):
        model = SGDClassifier(
            penalty="elasticnet", learning_rate="constant", tol=None, random_state=0, **config
        )
        accuracy = model.fit(X[:200], y[:200]).score(X[200:], y[200:])
        return float(accuracy), -float((model.coef_ != 0).mean())

    volumes = {
        name: [
            volume(
                run(make_optimizer(name, space, seed=seed), objectives, range(1, 26)), (0.5, -1.0)
            )
            for seed in range(5)
        ]
        for name in ("hypervolume", "random")
    }
    assert np.mean(volumes["hypervolume"]) > np.mean(volumes["random"])


def test_the_gain_of_a_certain_point_is_that_of_the_worked_example():
    # botorch, test/acquisition/multi_objective/test_monte_carlo.py: these points, reference
    # (0, 0); a point at (6.5, 4.5) gains 1.5 x 1.0.
    points = np.array([[4.0, 5.0], [5.0, 5.0], [8.5, 3.5], [8.5, 3.0], [9.0, 1.0]])
    lower, upper = gain_boxes(front_of(points), np.zeros(2))
    found = log_expected_gain(np.array([[6.5, 4.5]]), np.full((1, 2), 1e-9), lower, upper)
    assert math.exp(found[0]) == pytest.approx(1.5)


@pytest.mark.parametrize("n_objectives", [2, 3])
def test_the_expected_gain_is_the_mean_gain_of_many_draws(n_objectives):
    rng = np.random.default_rng(0)
    front, reference = front_of(rng.random((6, n_objectives))), np.full(n_objectives, -0.1)
    mean, deviation = np.full((1, n_objectives), 0.6), np.full((1, n_objectives), 0.3)
    lower, upper = gain_boxes(front, reference)
    found = log_expected_gain(mean, deviation, lower, upper)
    draws = mean + deviation * rng.standard_normal((4000, n_objectives))
    before = hypervolume(front, reference)
    gains = [hypervolume(np.vstack([front, draw]), reference) - before for draw in draws]
    assert math.exp(found[0]) == pytest.approx(np.mean(gains), rel=0.08)


def test_with_one_objective_the_gain_is_the_expected_improvement():
    mean, deviation = np.linspace(-40, 3, 60), np.full(60, 0.7)
    lower, upper = gain_boxes(np.array([[0.5], [1.2]]), np.array([-3.0]))
    found = log_expected_gain(mean[:, None], deviation[:, None], lower, upper)
    assert found == pytest.approx(log_expected_improvement(mean, deviation, 1.2))


def test_one_metric_is_searched_as_by_expected_improvement():
    def bowl(config):
        return (-sum((value - 0.37) ** 2 for value in list(config.values())[:2]),)

    trials = run(HypervolumeSearch(CUBE, seed=1), bowl, range(1, 31))
    assert max(trial.score for trial in trials) > -2e-3


def test_failures_that_mean_nothing_cost_little():
    def objectives(config):
        return config["x"], 1 - config["x"] ** 2

    search = HypervolumeSearch(LINE)
    trials = run(search, objectives, range(1, 26), fails=lambda number, _: number % 3 == 0)
    assert volume(trials, (0.0, 0.0)) > 0.61  # of 2/3


def test_a_region_where_trials_fail_is_left():
    def objectives(config):
        return config["x"], 1 - config["x"] ** 2

    trials = run(HypervolumeSearch(LINE), objectives, range(1, 41), fails=lambda _, x: x > 0.6)
    assert sum(trial.state.is_failed for trial in trials[20:]) < 8  # of 20


def test_trials_that_all_failed_before_do_not_stop_the_models():
    def objectives(config):
        return config["x"], -config["x"]

    trials = run(
        HypervolumeSearch(LINE), objectives, range(1, 131), fails=lambda number, _: number <= 122
    )
    assert trials[-1].provenance.reason.startswith("largest expected hypervolume")


def test_pending_trials_are_sent_to_different_places():
    search = HypervolumeSearch(LINE)
    run(search, lambda config: (config["x"], 1 - config["x"] ** 2), range(1, 11))
    places = sorted(search.ask(number).config["x"] for number in range(11, 17))
    assert min(np.diff(places)) > 1e-3


def test_the_reason_names_the_gain_and_the_front():
    search = HypervolumeSearch(LINE)
    trials = run(search, lambda config: (config["x"], 1 - config["x"]), range(1, 9))
    assert trials[5].provenance.reason == "quasi-random start: 5 of 6 completed"
    reason = trials[6].provenance.reason
    assert reason.startswith("largest expected hypervolume: ")
    assert "above the front of " in reason
    assert set(trials[6].provenance.facts) == {"expected_gain", "n_front", "mean", "deviation"}


def test_trials_of_before_a_metric_was_added_are_left_out():
    search = HypervolumeSearch(LINE)
    old = run(HypervolumeSearch(LINE), lambda config: (config["x"],), range(1, 13))
    search.recall(old)
    assert search.ask(13).provenance.reason.startswith("largest expected")
    search.recall(
        [
            *old,
            Trial(
                13,
                {"x": 0.1},
                TrialState.COMPLETED,
                Provenance("", ""),
                score=1.0,
                scores=(1.0, 2.0),
            ),
        ]
    )
    assert search.ask(14).provenance.reason == "quasi-random start: 1 of 6 completed"


def test_excluded_trials_have_no_say():
    search, never = HypervolumeSearch(LINE), HypervolumeSearch(LINE)
    trials = run(HypervolumeSearch(LINE), lambda config: (config["x"], -config["x"]), range(1, 13))
    odd = Trial(
        13, {"x": 0.5}, TrialState.COMPLETED, Provenance("", ""), score=9.0, scores=(9.0, 9.0)
    )
    search.recall([*trials, odd])
    search.steer((), {13})
    never.recall(trials)
    assert search.ask(14).config == never.ask(14).config


def test_no_more_trials_than_the_limit_are_modelled_and_the_front_is_among_them():
    trials = [
        Trial(n, {"x": n / 500}, TrialState.COMPLETED, Provenance("", ""), score=s[0], scores=s)
        for n, s in ((n, (n / 500, min(n, 480) / 500 - n / 5000)) for n in range(1, 501))
    ]
    known = [trial.number for trial in _known(trials)]
    assert len(known) == MAX_KNOWN
    assert known == sorted(known)
    assert set(range(480, 501)) <= set(known)
