"""Successive halving and Hyperband against their published schedules."""

from __future__ import annotations

from collections import Counter

import pytest
from tuneboard.engine.fidelity import Fidelity
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.halving import (
    Hyperband,
    SuccessiveHalving,
    hyperband_brackets,
)
from tuneboard.engine.optimizers.random import RandomSearch
from tuneboard.engine.trial import Result, Trial, TrialState

SPACE = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
LADDER = Fidelity("epochs", 1, 27)


def make(kind):
    return kind(SPACE, seed=1, proposer=RandomSearch, fidelity=LADDER)


def start(search, number):
    made = search.ask(number)
    return Trial(number, made.config, TrialState.RUNNING, made.provenance, fidelity=made.fidelity)


def run(search, numbers):
    trials = []
    for number in numbers:
        trial = start(search, number)
        trials.append(trial.finished(Result(trial.config["x"])))
        search.tell(trials[-1])
    return trials


def test_brackets_of_81_are_those_of_table_1_of_the_hyperband_paper():
    # Li et al. 2018, JMLR 18 (185), table 1: R = 81, eta = 3. The paper's bracket s = 3 has 34
    # configurations by the formula of algorithm 1, of which the table keeps 27.
    sizes = [bracket.sizes for bracket in hyperband_brackets(5, 3)]
    assert sizes[0] == (81, 27, 9, 3, 1)
    assert sizes[1] == (34, 11, 3, 1)
    assert sizes[2:] == [(15, 5, 1), (8, 2), (5,)]


def test_brackets_of_27_start_27_12_6_and_4_configurations():
    brackets = hyperband_brackets(4, 3)
    assert [bracket.sizes for bracket in brackets] == [(27, 9, 3, 1), (12, 4, 1), (6, 2), (4,)]
    assert [bracket.entry for bracket in brackets] == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("kind", "n_trials", "counts"),
    [
        (SuccessiveHalving, 40, {1: 27, 3: 9, 9: 3, 27: 1}),
        # 27/9/3/1, 12/4/1, 6/2 and 4: each rung counts over the brackets.
        (Hyperband, 69, {1: 27, 3: 9 + 12, 9: 3 + 4 + 6, 27: 1 + 1 + 2 + 4}),
    ],
)
def test_one_worker_runs_through_the_brackets_one_by_one(kind, n_trials, counts):
    trials = run(make(kind), range(1, n_trials + 1))
    assert Counter(trial.fidelity for trial in trials) == counts
    assert make(kind).ask(1).fidelity == 1
    assert [trial.provenance.facts["bracket"] for trial in trials] == sorted(
        trial.provenance.facts["bracket"] for trial in trials
    )


@pytest.mark.parametrize("kind", [SuccessiveHalving, Hyperband])
def test_nothing_is_promoted_before_the_whole_rung_has_ended(kind):
    search = make(kind)
    first, *others = [start(search, number) for number in range(1, 28)]
    for trial in others:
        search.tell(trial.finished(Result(trial.config["x"])))
    waiting = start(search, 28)
    assert not waiting.provenance.parents
    assert waiting.provenance.facts["bracket"] == 1
    search.tell(first.finished(Result(first.config["x"])))
    promoted = [start(search, number) for number in range(29, 39)]
    best = sorted([first, *others], key=lambda one: -one.config["x"])[:9]
    assert [one.provenance.parents for one in promoted[:9]] == [(one.number,) for one in best]
    assert not promoted[9].provenance.parents


def test_a_bracket_whose_trials_all_failed_is_over_and_the_next_one_begins():
    search = make(SuccessiveHalving)
    for number in range(1, 28):
        search.tell(start(search, number).finished(Result(None, error="boom")))
    trial = start(search, 28)
    assert (trial.provenance.facts["bracket"], trial.fidelity) == (1, 1)


def test_brackets_begun_with_other_rungs_are_finished_with_those_that_are_there():
    history = run(make(SuccessiveHalving), range(1, 10))
    fewer = SuccessiveHalving(SPACE, seed=1, n_trials=20, proposer=RandomSearch, fidelity=LADDER)
    fewer.recall(history)
    trials = run(fewer, range(10, 20))
    assert {trial.fidelity for trial in trials} <= {3, 9, 27}
    assert trials[0].provenance.parents == (max(history, key=lambda one: one.score).number,)
