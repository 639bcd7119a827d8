from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers.cma_es import CMAESSearch
from tuneboard.engine.optimizers.mixed_normal import MixedNormal
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

CUBE = SpaceVersion(1, tuple(HyperParameter(f"x{n}", "real", 0.5, 0.0, 1.0) for n in range(5)))
MIXED = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True),
        HyperParameter("depth", "int", 3, 1, 12),
        HyperParameter("units", "int", 64, 1, 5000),
        HyperParameter("kernel", "choice", "a", choices=("a", "b", "c")),
        HyperParameter("flag", "choice", True, choices=(True, False)),
        HyperParameter("fixed", "choice", "only", choices=("only",)),
        HyperParameter("gamma", "real", 0.5, 0.0, 1.0, active_when="kernel == 'b'"),
    ),
)


def sphere(config):
    return -sum((config[name] - 0.6) ** 2 for name in CUBE.names)


def mixed(config):
    far = abs(np.log10(config["lr"]) + 2) + abs(config["depth"] - 9) / 3
    return -far - (config["kernel"] != "b") - (config["flag"]) + config.get("gamma", 0.0)


def ask(search, number):
    proposal = search.ask(number)
    return Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)


def run(search, numbers, score=sphere):
    trials = []
    for number in numbers:
        trial = ask(search, number)
        trials.append(trial.finished(Result(score(trial.config))))
        search.tell(trials[-1])
    return trials


def test_after_a_generation_it_draws_what_the_library_draws():
    from cmaes import CatCMAwM

    search = CMAESSearch(CUBE, seed=5)
    trials = sorted(run(search, range(1, 9)), key=lambda trial: -trial.score)
    library = CatCMAwM(x_space=[[0, 1]] * 5, mean=np.full(5, 0.5), sigma=0.3, cov=np.eye(5))
    assert library.population_size == search.n_start == 8
    points = Encoding(CUBE).encode([trial.config for trial in trials])
    solutions = [CatCMAwM.Solution(x=point, _v_raw=point) for point in points]
    library.tell([(solution, float(rank)) for rank, solution in enumerate(solutions)])
    for number in range(9, 17):
        library.reseed_rng(int(np.random.default_rng([5, number]).integers(2**32)))
        assert list(search.ask(number).config.values()) == pytest.approx(library.ask().x)


def test_it_comes_within_a_millionth_of_the_optimum_of_a_sphere():
    trials = run(CMAESSearch(CUBE, seed=1), range(1, 501))
    assert max(trial.score for trial in trials) > -1e-6


def test_it_finds_choices_and_whole_numbers_too():
    best = max(run(CMAESSearch(MIXED, seed=3), range(1, 301), mixed), key=lambda one: one.score)
    assert (best.config["kernel"], best.config["flag"], best.config["depth"]) == ("b", False, 9)
    assert best.config["gamma"] > 0.8


def test_the_first_generation_is_quasi_random_and_later_ones_say_what_they_were_drawn_from():
    trials = run(CMAESSearch(CUBE), range(1, 25))
    assert trials[3].provenance.reason == "generation 1: quasi-random start: 3 of 8 completed"
    made = trials[20].provenance
    assert made.reason == (
        "generation 3: drawn from the distribution that began around the middle and has learnt "
        "from 2 generations"
    )
    second = sorted(trials[8:16], key=lambda trial: -trial.score)
    assert made.parents == tuple(trial.number for trial in second[:4])
    assert made.operator == "distribution"


def test_what_is_inactive_keeps_the_place_that_was_drawn_for_it():
    trials = run(CMAESSearch(MIXED), range(1, 40), mixed)
    drawn = [trial for trial in trials if "inactive" in trial.provenance.facts]
    for trial in drawn:
        names = {"gamma"} - set(trial.config)
        assert set(trial.provenance.facts["inactive"]) == names
    assert any(trial.provenance.facts["inactive"] for trial in drawn)


def test_no_worker_waits_for_a_generation():
    search = CMAESSearch(CUBE)
    pending = [ask(search, number) for number in range(1, 31)]
    assert {trial.provenance.facts["generation"] for trial in pending} == {1}
    for trial in pending[10:18]:
        search.tell(trial.finished(Result(sphere(trial.config))))
    assert search.ask(31).provenance.facts["generation"] == 2


def test_a_result_that_comes_late_counts_as_if_it_had_come_in_time():
    late, timely = CMAESSearch(CUBE), CMAESSearch(CUBE)
    pending = [ask(late, number) for number in range(1, 11)]
    finished = [trial.finished(Result(sphere(trial.config))) for trial in pending]
    for trial in finished[1:]:
        late.tell(trial)
    late.ask(11)
    late.tell(finished[0])
    timely.recall([*finished, ask(late, 12)])
    assert late.ask(13) == timely.ask(13)


def test_starred_trials_count_as_the_best_and_excluded_ones_as_the_worst():
    plain, steered = CMAESSearch(CUBE), CMAESSearch(CUBE)
    trials = run(plain, range(1, 9))
    run(steered, range(1, 9))
    by_score = sorted(trials, key=lambda trial: -trial.score)
    steered.steer({by_score[-1].number}, {by_score[0].number})
    proposal = steered.ask(9)
    assert proposal.provenance.parents[0] == by_score[-1].number
    assert by_score[0].number not in proposal.provenance.parents
    assert plain.ask(9).config != proposal.config


def test_it_begins_at_the_best_trial_of_another_optimizer():
    made = Provenance("random", "drawn at random")
    past = [
        Trial(number, dict.fromkeys(CUBE.names, place), TrialState.COMPLETED, made, score=-place)
        for number, place in ((0, 0.9), (-1, 0.1))
    ]
    search = CMAESSearch(CUBE, seed=2)
    search.recall(past)
    proposals = [search.ask(number) for number in range(1, 200)]
    assert "began around trial -1 " in proposals[0].provenance.reason
    values = [list(proposal.config.values()) for proposal in proposals]
    assert np.median(values) == pytest.approx(0.1, abs=0.03)


def test_a_distribution_that_has_shrunk_to_a_point_begins_anew_around_the_best():
    one = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    trials = run(CMAESSearch(one), range(1, 401), lambda config: -((config["x"] - 0.4) ** 2))
    later = [trial for trial in trials if "around trial" in trial.provenance.reason]
    assert later
    best = max(trials[: later[0].number - 1], key=lambda trial: trial.score)
    assert f"began around trial {best.number} " in later[0].provenance.reason


def test_members_from_elsewhere_do_not_throw_it_off():
    normal = MixedNormal(Encoding(CUBE), None, 8)
    rng = np.random.default_rng(0)
    for width in 10.0 ** -np.arange(1, 5):
        points = np.clip(0.3 + width * rng.standard_normal((8, 5)), 0, 1)
        points[0] = 0.99
        assert normal.learn(points, np.arange(8) > 0)
    drawn = np.array([normal.draw(seed) for seed in range(50)])
    assert np.abs(drawn - 0.3).mean() < 0.25


def test_a_generation_of_one_point_is_its_end():
    normal = MixedNormal(Encoding(CUBE), None, 8)
    assert not normal.learn(np.full((8, 5), 0.25), np.ones(8, dtype=bool))
    assert not normal.learn(np.random.default_rng(0).random((8, 5)), np.zeros(8, dtype=bool))


def test_what_an_import_has_written_into_the_provenance_does_no_harm():
    search = CMAESSearch(MIXED)
    trials = run(search, range(1, 30), mixed)
    odd = [{"inactive": 3}, {"inactive": {"gamma": "x"}}, {"inactive": {"gamma": 7.0}}]
    history = [
        replace(
            trial,
            provenance=replace(
                trial.provenance, facts={**trial.provenance.facts, **odd[trial.number % 3]}
            ),
        )
        for trial in trials
    ]
    search.recall(history)
    assert MIXED.contains(search.ask(30).config)
