from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers import make_optimizer
from tuneboard.engine.optimizers.evolutionary import EvolutionarySearch
from tuneboard.engine.trial import Result, Trial, TrialState

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


def run(search, n_trials, score, *, start=1):
    trials = []
    for number in range(start, start + n_trials):
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        trials.append(trial.finished(Result(score(proposal.config))))
        search.tell(trials[-1])
    return trials


def best_score(name, seed, n_trials):
    """Search for a point of the cube drawn from the seed; the score falls with its distance."""
    encoding = Encoding(SPACE)
    optimum = np.random.default_rng([99, seed]).uniform(0.1, 0.9, encoding.n_dims)

    def score(config):
        return -float(np.sum((encoding.encode([config])[0] - optimum) ** 2))

    search = make_optimizer(name, SPACE, seed=seed, n_trials=n_trials)
    return max(trial.score for trial in run(search, n_trials, score))


def test_it_beats_random_search_on_most_problems():
    wins = [best_score("evolutionary", s, 64) > best_score("random", s, 64) for s in range(10)]
    assert sum(wins) >= 8


@pytest.mark.parametrize(
    ("n_trials", "n_start", "n_parents"),
    [(None, 20, 10), (1, 4, 4), (64, 12, 8), (400, 40, 20), (10_000, 40, 40)],
)
def test_start_and_population_follow_from_the_trials_planned(n_trials, n_start, n_parents):
    search = EvolutionarySearch(SPACE, n_trials=n_trials)
    assert (search.n_start, search.n_parents) == (n_start, n_parents)


def test_the_start_is_random_and_counts_completed_trials():
    trials = run(EvolutionarySearch(SPACE, n_trials=64), 20, lambda config: config["momentum"])
    is_child = [bool(trial.provenance.parents) for trial in trials]
    assert is_child == [False] * 12 + [True] * 8
    assert trials[5].provenance.reason == "random start: 5 of 12 completed"


def test_parents_are_among_the_best_known_by_then():
    search = EvolutionarySearch(SPACE, n_trials=64)
    trials = run(search, 64, lambda config: config["momentum"])
    for trial in trials[search.n_start :]:
        earlier = sorted(trials[: trial.number - 1], key=lambda one: -one.score)
        best = {one.number for one in earlier[: search.n_parents]}
        assert set(trial.provenance.parents) <= best


def test_a_child_carries_its_operator_and_what_changed():
    trials = run(EvolutionarySearch(SPACE, n_trials=64), 64, lambda config: config["momentum"])
    known = {trial.number: trial.config for trial in trials}
    operators = set()
    for trial in trials[12:]:
        made = trial.provenance
        operators.add(made.operator)
        assert len(made.parents) == (2 if "crossover" in made.operator else 1)
        first = known[made.parents[0]]
        changed = [name for name in first if first[name] != trial.config[name]]
        assert f": {', '.join(changed[:3])}" in made.reason
        assert made.reason.startswith(f"{made.operator} of trial")
    assert operators == {"crossover", "mutation", "crossover and mutation"}


def test_a_crossover_takes_every_value_from_one_of_its_parents():
    trials = run(EvolutionarySearch(SPACE, n_trials=64), 64, lambda config: config["momentum"])
    known = {trial.number: trial.config for trial in trials}
    children = [trial for trial in trials if trial.provenance.operator == "crossover"]
    for child in children:
        parents = [known[number] for number in child.provenance.parents]
        for name, value in child.config.items():
            assert any(parent[name] == pytest.approx(value) for parent in parents)


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
    run(search, 20, lambda config: config["momentum"])
    search.move_to(SPACE)
    trials = run(search, 20, lambda config: config["momentum"], start=21)
    assert all(trial.provenance.parents for trial in trials)
    assert len({trial.config["kernel"] for trial in trials}) == 4


def test_a_copy_of_a_parent_from_outside_an_edited_space_is_named_so():
    one = SpaceVersion(1, (HyperParameter("flag", "choice", 0, choices=(0,)), SPACE["depth"]))
    search = EvolutionarySearch(one, n_trials=4)
    run(search, 5, lambda config: -config["depth"])
    held = HyperParameter("seed", "int", 1, 1, 9, is_searched=False)
    search.move_to(SpaceVersion(2, (*one.hyper_parameters, held)))
    copies = [
        trial.provenance
        for trial in run(search, 10, lambda config: -config["depth"], start=6)
        if trial.provenance.operator == "copy"
    ]
    assert copies
    assert copies[0].reason.startswith(f"copy of trial {copies[0].parents[0]}: fixed values unlike")


def test_deap_gets_no_classes_of_ours():
    from deap import creator

    before = set(vars(creator))
    run(EvolutionarySearch(SPACE, n_trials=20), 20, lambda config: config["momentum"])
    assert set(vars(creator)) == before
