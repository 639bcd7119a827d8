from __future__ import annotations

import pytest
from tuneboard.engine.errors import OptimizerError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.cma_es import CMAESSearch
from tuneboard.engine.optimizers.differential_evolution import DifferentialEvolutionSearch
from tuneboard.engine.optimizers.generations import Generations
from tuneboard.engine.optimizers.genetic import GeneticSearch
from tuneboard.engine.optimizers.nsga2 import NSGA2Search
from tuneboard.engine.trial import Provenance, Trial, TrialState

ONE = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
SEARCHES = [GeneticSearch, DifferentialEvolutionSearch, CMAESSearch, NSGA2Search]


def trial(number, generation, *, optimizer="genetic", state=TrialState.COMPLETED):
    made = Provenance(optimizer, "", facts={"generation": generation})
    return Trial(number, {"x": 0.5}, state, made, score=float(number))


def numbers(trials):
    return [one.number for one in trials]


def test_a_generation_is_closed_when_as_many_have_finished_as_the_population_has_members():
    generations = Generations("genetic", 3)
    assert generations.add(trial(1, 1)) == []
    assert generations.add(trial(3, 1, state=TrialState.FAILED)) == []
    assert generations.open == 1
    assert numbers(generations.add(trial(2, 1))) == [1, 2, 3]
    assert generations.open == 2


def test_what_finishes_after_its_generation_was_closed_is_known_at_once():
    generations = Generations("genetic", 2)
    for one in (trial(2, 1), trial(3, 1)):
        generations.add(one)
    late = trial(1, 1)
    assert generations.add(late) == [late]
    assert numbers(generations.members(1)) == [1, 2]


def test_trials_of_other_optimizers_are_known_at_once_and_close_nothing():
    generations = Generations("genetic", 1)
    other = trial(1, 1, optimizer="random")
    assert generations.add(other) == [other]
    assert generations.open == 1
    assert generations.foreign() == [other]


@pytest.mark.parametrize("label", [None, "two", -4, 1.0])
def test_a_label_that_is_no_generation_counts_as_none(label):
    generations = Generations("genetic", 1)
    generations.add(trial(1, label))
    assert generations.open == 1


@pytest.mark.parametrize("search", SEARCHES)
def test_the_population_must_not_be_larger_than_the_trials_planned(search):
    match = (
        rf"{search.__name__}.population must be at most the number of trials planned, 16, not 40"
    )
    with pytest.raises(OptimizerError, match=match):
        search(ONE, n_trials=16, population=40)
    assert search(ONE, n_trials=40, population=40).n_start == 40


@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("population", [3, 0, 7.5, "ten"])
def test_the_population_must_have_four_members(search, population):
    with pytest.raises(OptimizerError, match=r"population must be a whole number of at least 4"):
        search(ONE, population=population)
