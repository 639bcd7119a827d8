from __future__ import annotations

from dataclasses import replace

from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.evolutionary import EvolutionarySearch
from tuneboard.engine.optimizers.genetic import GeneticSearch
from tuneboard.engine.trial import Result, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        *(HyperParameter(name, "real", 0.5, 0.0, 1.0) for name in "abc"),
        HyperParameter("kernel", "choice", "p", choices=("p", "q", "r")),
    ),
)


def score(config):
    return -sum((config[name] - 0.3) ** 2 for name in "abc") - (config["kernel"] != "q")


def ask(search, number):
    proposal = search.ask(number)
    return Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)


def tell(search, trial):
    finished = trial.finished(Result(score(trial.config)))
    search.tell(finished)
    return finished


def run(search, numbers):
    return [tell(search, ask(search, number)) for number in numbers]


def generation(trial):
    return trial.provenance.facts["generation"]


def test_one_after_the_other_every_generation_has_as_many_trials_as_the_population():
    trials = run(GeneticSearch(SPACE, n_trials=50, population=10), range(1, 51))
    assert [generation(trial) for trial in trials] == [1 + n // 10 for n in range(50)]
    assert trials[30].provenance.reason.startswith("generation 4: ")


def test_parents_are_the_best_of_the_closed_generations():
    trials = run(GeneticSearch(SPACE, n_trials=80, population=10), range(1, 81))
    for trial in trials[10:]:
        closed = [one for one in trials if generation(one) < generation(trial)]
        best = sorted(closed, key=lambda one: -one.score)[:24]
        assert set(trial.provenance.parents) <= {one.number for one in best}


def test_no_worker_waits_for_a_generation():
    search = GeneticSearch(SPACE, n_trials=80, population=10)
    run(search, range(1, 11))
    pending = [ask(search, number) for number in range(11, 41)]
    assert {generation(trial) for trial in pending} == {2}
    assert {n for trial in pending for n in trial.provenance.parents} <= set(range(1, 11))
    for trial in pending[:9]:
        tell(search, trial)
    assert generation(ask(search, 41)) == 2
    tell(search, pending[9])
    assert generation(ask(search, 42)) == 3


def test_results_of_an_open_generation_change_nothing_before_it_is_closed():
    first, second = (GeneticSearch(SPACE, n_trials=80, population=10) for _ in range(2))
    for search in (first, second):
        run(search, range(1, 11))
        trials = [ask(search, number) for number in range(11, 16)]
        if search is first:
            for trial in trials:
                tell(search, trial)
    assert ask(first, 16) == ask(second, 16)


def test_with_one_trial_a_generation_it_would_be_the_steady_state():
    # A population has four members or more; past trials make up for the first generation.
    past = [
        replace(trial, number=trial.number - 12)
        for trial in run(EvolutionarySearch(SPACE, n_trials=96), range(1, 13))
    ]
    steady = EvolutionarySearch(SPACE, n_trials=96)
    genetic = GeneticSearch(SPACE, n_trials=96, population=12)
    steady.recall(past)
    genetic.recall(past)
    assert steady.ask(1).config == genetic.ask(1).config


def test_it_finds_the_optimum_of_a_sphere_with_a_choice():
    best = max(
        run(GeneticSearch(SPACE, seed=1, n_trials=150), range(1, 151)), key=lambda t: t.score
    )
    assert best.config["kernel"] == "q"
    assert best.score > -0.01
