from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers import make_optimizer
from tuneboard.engine.optimizers.evolutionary import EvolutionarySearch
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True),
        HyperParameter("momentum", "real", 0.5, 0.0, 1.0),
        HyperParameter("dropout", "real", 0.5, 0.0, 1.0),
        HyperParameter("offset", "real", 0.0, -5.0, 5.0),
        HyperParameter("depth", "int", 3, 1, 20),
        HyperParameter("units", "int", 30, 1, 1000, log=True),
        HyperParameter("kernel", "choice", "a", choices=("a", "b", "c", "d")),
        HyperParameter("flag", "choice", True, choices=(True, False)),
    ),
)
BITS = SpaceVersion(
    1, tuple(HyperParameter(f"bit{n}", "choice", 0, choices=(0, 1)) for n in range(10))
)


def run(search, n_trials, score, *, start=1):
    trials = []
    for number in range(start, start + n_trials):
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        trials.append(trial.finished(Result(score(proposal.config))))
        search.tell(trials[-1])
    return trials


def momentum(config):
    return config["momentum"]


def best_score(name, seed, n_trials):
    """Search for a point of the cube drawn from the seed; the score falls with its distance."""
    encoding = Encoding(SPACE)
    optimum = np.random.default_rng([99, seed]).uniform(0.1, 0.9, encoding.n_dims)

    def score(config):
        return -float(np.sum((encoding.encode([config])[0] - optimum) ** 2))

    search = make_optimizer(name, SPACE, seed=seed, n_trials=n_trials)
    return max(trial.score for trial in run(search, n_trials, score))


@pytest.mark.parametrize("n_trials", [32, 64])
def test_it_beats_random_search_on_most_problems(n_trials):
    wins = [
        best_score("evolutionary", seed, n_trials) > best_score("random", seed, n_trials)
        for seed in range(10)
    ]
    assert sum(wins) >= 8


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_it_finds_the_ten_ones_of_onemax(seed):
    # Random search needs 1,024 draws on average, the (1+1) EA about e n ln n = 63 (Droste,
    # Jansen and Wegener 2002, "On the analysis of the (1+1) evolutionary algorithm").
    search = EvolutionarySearch(BITS, seed=seed, n_trials=100)
    trials = run(search, 100, lambda config: float(sum(config.values())))
    assert max(trial.score for trial in trials) == 10


@pytest.mark.parametrize(
    ("n_trials", "n_start"), [(None, 12), (1, 6), (64, 8), (128, 16), (10_000, 24)]
)
def test_the_start_follows_from_the_trials_planned(n_trials, n_start):
    assert EvolutionarySearch(SPACE, n_trials=n_trials).n_start == n_start


def test_the_start_is_quasi_random_and_counts_completed_trials():
    trials = run(EvolutionarySearch(SPACE, n_trials=64), 20, momentum)
    assert [trial.provenance.parents for trial in trials[:8]] == [()] * 8
    assert trials[5].provenance.reason == "quasi-random start: 5 of 8 completed"
    sobol = run(make_optimizer("quasi_random", SPACE), 8, momentum)
    assert [trial.config for trial in trials[:8]] == [trial.config for trial in sobol]


def test_parents_are_among_the_best_known_by_then():
    search = EvolutionarySearch(SPACE, n_trials=64)
    trials = run(search, 64, momentum)
    for trial in trials[search.n_start :]:
        earlier = sorted(trials[: trial.number - 1], key=lambda one: -one.score)
        assert set(trial.provenance.parents) <= {one.number for one in earlier[:24]}


def test_of_parents_that_lie_close_together_only_the_better_one_is_kept():
    search = EvolutionarySearch(SPACE, n_trials=64)
    run(search, 60, momentum)
    places = [parent.trial for parent in search._parents(np.random.default_rng(0))]
    points = Encoding(SPACE).encode([trial.config for trial in places])
    gaps = [np.sqrt(((a - b) ** 2).mean()) for i, a in enumerate(points) for b in points[:i]]
    assert len(places) == 8
    assert min(gaps) > 0.05


def test_a_child_carries_its_operator_and_what_changed():
    trials = run(EvolutionarySearch(SPACE, n_trials=64), 64, momentum)
    known = {trial.number: trial.config for trial in trials}
    operators = set()
    for trial in trials[8:]:
        made = trial.provenance
        operators.add(made.operator)
        if not made.parents:
            assert made.reason.startswith("newcomer drawn at random, chosen of ")
            assert ": its 5 nearest trials let expect the best " in made.reason
            continue
        first = known[made.parents[0]]
        assert made.facts["changed"] == {
            name: [first[name], trial.config[name]]
            for name in first
            if first[name] != trial.config[name]
        }
        assert f" by {made.operator}: {next(iter(made.facts['changed']))} " in made.reason
        assert 0 <= made.facts["expected"] <= 1
    assert operators == {"", "crossover", "mutation", "crossover and mutation"}


def test_a_starred_trial_is_a_parent_at_once_and_an_excluded_one_never_again():
    search = EvolutionarySearch(SPACE, n_trials=200)
    history = run(search, 60, momentum)
    ranked = sorted(history, key=lambda trial: trial.score)
    worst, best = ranked[0].number, {trial.number for trial in ranked[-10:]}
    search.steer({worst}, best)
    children = run(search, 40, momentum, start=61)
    parents = {number for trial in children for number in trial.provenance.parents}
    assert worst in parents
    assert not parents & best


def test_with_enough_starred_trials_no_other_is_a_parent():
    search = EvolutionarySearch(SPACE, n_trials=200)
    run(search, 60, momentum)
    search.steer(set(range(1, 11)), ())
    for number in range(61, 90):
        assert set(search.ask(number).provenance.parents) <= set(range(1, 11))


def test_a_search_whose_trials_are_all_excluded_draws_newcomers():
    search = EvolutionarySearch(SPACE, n_trials=64)
    run(search, 20, momentum)
    search.steer((), set(range(1, 21)))
    assert not search.ask(21).provenance.parents


def test_a_trial_stopped_early_is_a_parent_only_where_too_few_were_completed():
    search = EvolutionarySearch(SPACE, n_trials=200)
    run(search, 40, momentum)
    for number in range(41, 60):
        proposal = search.ask(number)
        stopped = Trial(number, proposal.config, TrialState.STOPPED, proposal.provenance, score=9.0)
        search.tell(stopped)
    assert not {n for n in search.ask(60).provenance.parents if n > 40}
    search.steer((), set(range(1, 41)))
    later = [search.ask(number).provenance.parents for number in range(61, 80)]
    assert {number for parents in later for number in parents} <= set(range(41, 60))
    assert any(later)


def test_past_trials_of_other_studies_spare_the_start():
    past = [
        replace(trial, number=trial.number - 20)
        for trial in run(make_optimizer("random", SPACE), 20, momentum)
    ]
    search = EvolutionarySearch(SPACE, n_trials=64)
    search.recall(past)
    trials = run(search, 20, momentum)
    assert any(number <= 0 for trial in trials for number in trial.provenance.parents)
    again = EvolutionarySearch(SPACE, n_trials=64)
    again.recall([*past, *trials[:10]])
    assert run(again, 10, momentum, start=11) == trials[10:]


def test_what_an_import_has_written_into_the_provenance_does_no_harm():
    search = EvolutionarySearch(SPACE, n_trials=64)
    odd = Provenance("evolutionary", "?", (99,), "?", {"step": "wide", "rate": -1.0, "changed": 3})
    history = [replace(trial, provenance=odd) for trial in run(search, 20, momentum)]
    search.recall(history)
    assert all(SPACE.contains(trial.config) for trial in run(search, 10, momentum, start=21))


def test_no_configuration_comes_twice_even_when_there_are_few():
    small = SpaceVersion(1, (SPACE["depth"], SPACE["kernel"]))
    search = EvolutionarySearch(small, n_trials=80)
    trials = run(search, 80, lambda config: -config["depth"])
    assert len({repr(trial.config) for trial in trials}) == 80


def test_a_search_without_new_children_says_that_it_draws_at_random():
    one = SpaceVersion(1, (HyperParameter("n", "int", 1, 1, 60),))
    trials = run(EvolutionarySearch(one, n_trials=60), 60, lambda config: -config["n"])
    assert any("children had been tried before" in t.provenance.reason for t in trials)


def test_a_gene_that_old_trials_lack_is_drawn_at_random():
    search = EvolutionarySearch(SpaceVersion(1, SPACE.hyper_parameters[:3]), n_trials=64)
    run(search, 20, momentum)
    search.move_to(SPACE)
    trials = run(search, 20, momentum, start=21)
    children = [trial for trial in trials if trial.provenance.parents]
    assert len({trial.config["kernel"] for trial in children}) == 4
    assert "offset inactive -> " in " ".join(child.provenance.reason for child in children)


def test_deap_gets_no_classes_of_ours():
    from deap import creator

    before = set(vars(creator))
    run(EvolutionarySearch(SPACE, n_trials=20), 20, momentum)
    assert set(vars(creator)) == before
