"""Delayed promotion, and the choice of the rung to start at."""

from __future__ import annotations

from collections import Counter

import pytest
from tuneboard.engine.errors import OptimizerError
from tuneboard.engine.fidelity import Fidelity
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.asynchronous_halving import AsynchronousHalving
from tuneboard.engine.optimizers.ensemble import EnsembleSearch
from tuneboard.engine.optimizers.random import RandomSearch
from tuneboard.engine.trial import Result, Trial, TrialState

SPACE = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
LADDER = Fidelity("epochs", 1, 27)


def make(proposer=RandomSearch, ladder=LADDER, **options):
    return AsynchronousHalving(SPACE, seed=1, proposer=proposer, fidelity=ladder, **options)


def start(search, number):
    made = search.ask(number)
    return Trial(number, made.config, TrialState.RUNNING, made.provenance, fidelity=made.fidelity)


def run(search, numbers, score=lambda trial: trial.config["x"]):
    trials = []
    for number in numbers:
        trial = start(search, number)
        trials.append(trial.finished(Result(score(trial))))
        search.tell(trials[-1])
    return trials


def test_no_rung_promotes_before_its_share_of_a_full_bracket_has_ended():
    # D-ASHA of Hyper-Tune with its threshold: 27, 9 and 3 for R = 27, eta = 3.
    search, n_ended, counts = make(entry="lowest"), Counter(), {}
    for number in range(1, 80):
        (trial,) = run(search, [number])
        if trial.provenance.parents:
            below = trial.fidelity // 3
            counts.setdefault(below, n_ended[below])
        n_ended[trial.fidelity] += 1
    assert counts == {1: 27, 3: 9, 9: 3}


def test_27_results_in_any_order_promote_the_true_best_9():
    # Of 27 exchangeable results plain halving promotes 10.5 on average, some of them wrongly.
    search = make(entry="lowest")
    trials = run(search, range(1, 28))
    promoted = [start(search, number) for number in range(28, 37)]
    best = sorted(trials, key=lambda one: -one.config["x"])[:9]
    assert [one.provenance.parents for one in promoted] == [(one.number,) for one in best]
    assert not start(search, 37).provenance.parents


def test_plain_halving_promotes_after_3_results():
    search = make(entry="lowest", is_delayed=False)
    run(search, range(1, 4))
    assert start(search, 4).provenance.parents


def test_turns_mix_the_entry_rungs_as_hyperband_does():
    trials = [start(make(entry="round robin"), number) for number in [1]]
    search = make(entry="round robin")
    trials = [start(search, number) for number in range(1, 50)]
    assert Counter(one.fidelity for one in trials) == {1: 27, 3: 12, 9: 6, 27: 4}
    assert len({one.fidelity for one in trials[:10]}) == 4


def noisy(trial):
    """Score by x where all of the resource was used, and by nothing at all below."""
    x = trial.config["x"]
    return x if trial.fidelity == 9 else (x * 7919) % 1


@pytest.mark.parametrize("proposer", [RandomSearch, EnsembleSearch])
def test_a_rung_that_orders_as_the_top_does_is_started_at(proposer):
    search = make(proposer, Fidelity("epochs", 1, 9))
    trials = run(search, range(1, 70))
    weighed = [one for one in trials if "weights" in one.provenance.facts]
    entered = Counter(one.fidelity for one in weighed if not one.provenance.parents)
    assert entered[1] > 0.6 * entered.total()


def test_rungs_that_tell_nothing_lose_their_weight():
    search = make(RandomSearch, Fidelity("epochs", 1, 9))
    trials = run(search, range(1, 120), noisy)
    weighed = [one for one in trials if "weights" in one.provenance.facts]
    weights = weighed[-1].provenance.facts["weights"]
    assert len(weights) == 3
    assert sum(weights) == pytest.approx(1.0)
    assert weights[2] > 0.6


def test_an_unknown_entry_is_refused():
    with pytest.raises(
        OptimizerError,
        match=r"AsynchronousHalving.entry must be one of automatic, .*, not 'middle'\. Choose one",
    ):
        make(entry="middle")
