from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers import make_optimizer
from tuneboard.engine.optimizers.model_search import on_one_core
from tuneboard.engine.optimizers.sequential import MAX_KNOWN, SequentialSearch
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

# Five models of five hyper-parameters each, of which one model's count at a time.
MODELS = ("ridge", "svm", "forest", "boosting", "neighbours")
CONDITIONAL = SpaceVersion(
    1,
    (
        HyperParameter("model", "choice", "ridge", choices=MODELS),
        *(
            HyperParameter(
                f"{model}_{part}", "real", 0.5, 0.0, 1.0, active_when=f"model == '{model}'"
            )
            for model in MODELS
            for part in "abcde"
        ),
        *(HyperParameter(f"shared_{part}", "real", 0.5, 0.0, 1.0) for part in "abcd"),
    ),
)


def conditional_score(config):
    model = config["model"]
    offset = MODELS.index(model)
    own = sum((config[f"{model}_{part}"] - 0.15 * offset) ** 2 for part in "ab")
    return -own - (config["shared_a"] - 0.3) ** 2 - 0.1 * abs(offset - 2)


def best_of(name, space, score, *, seed, n_trials):
    search = make_optimizer(name, space, seed=seed, n_trials=n_trials)
    scores = []
    for number in range(1, n_trials + 1):
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        scores.append(score(proposal.config))
        search.tell(trial.finished(Result(scores[-1])))
    return max(scores)


def test_it_beats_random_search_on_a_conditional_space_of_thirty():
    wins = 0
    for seed in range(2):
        ours, random = (
            best_of(name, CONDITIONAL, conditional_score, seed=seed, n_trials=45)
            for name in ("sequential", "random")
        )
        wins += ours > random
    assert wins == 2


def test_a_bowl_is_solved_in_thirty_trials():
    space = SpaceVersion(1, tuple(HyperParameter(n, "real", 0.5, 0.0, 1.0) for n in "abc"))
    best = best_of(
        "sequential",
        space,
        lambda config: -sum((value - 0.37) ** 2 for value in config.values()),
        seed=1,
        n_trials=30,
    )
    assert best > -1e-3


def test_pending_trials_are_sent_to_different_places():
    space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    search = SequentialSearch(space)
    for number in range(1, 11):
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        search.tell(trial.finished(Result(-abs(proposal.config["x"] - 0.6))))
    places = [search.ask(number).config["x"] for number in range(11, 15)]
    assert min(np.diff(sorted(places))) > 1e-4


def test_workers_side_by_side_hunt_in_different_ways():
    space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    search = SequentialSearch(space)
    for number in range(1, 11):
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        search.tell(trial.finished(Result(-abs(proposal.config["x"] - 0.6))))
    reasons = [search.ask(number).provenance.reason.split(":")[0] for number in range(11, 15)]
    assert reasons == [
        "largest expected improvement",
        "highest of mean and two deviations",
        "largest expected improvement",
        "most probable to be better",
    ]


def test_the_reason_says_what_the_model_expects():
    space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    search = SequentialSearch(space)
    reasons = []
    for number in range(1, 9):
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        search.tell(trial.finished(Result(proposal.config["x"])))
        reasons.append(proposal.provenance.reason)
    assert reasons[5] == "quasi-random start: 5 of 6 completed"
    assert reasons[6].startswith("largest expected improvement: the model expects ")


def test_the_facts_give_what_is_expected_in_units_of_the_score():
    space = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
    search = SequentialSearch(space)
    for number in range(1, 13):
        proposal = search.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        search.tell(trial.finished(Result(100 - (proposal.config["x"] - 0.4) ** 2)))
    facts = search.ask(13).provenance.facts
    assert 99 < facts["expected_low"] <= facts["expected"] <= facts["expected_high"] <= 100
    assert facts["n_known"] == 12


def test_no_more_trials_than_the_limit_are_modelled_and_the_best_are_among_them():
    search = SequentialSearch(SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),)))
    provenance = Provenance("random", "")
    many = [
        Trial(n, {"x": n / 500}, TrialState.COMPLETED, provenance, score=n / 500)
        for n in range(1, 401)
    ]
    search.recall(many)
    known = [trial.number for trial in search._known()]
    assert len(known) == MAX_KNOWN
    assert set(range(301, 401)) <= set(known)
    assert search.ask(401).config["x"] > 0.7


def test_a_search_whose_first_thirty_trials_failed_goes_on_from_the_others():
    search = SequentialSearch(SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),)))
    provenance = Provenance("random", "")
    failed = [Trial(n, {"x": n / 40}, TrialState.FAILED, provenance) for n in range(1, 31)]
    scored = [
        Trial(n, {"x": n / 40}, TrialState.COMPLETED, provenance, score=n / 40)
        for n in range(31, 39)
    ]
    search.recall(failed + scored)
    assert "the model expects" in search.ask(39).provenance.reason


def test_the_limit_to_one_core_holds_until_the_last_thread_has_left():
    def n_threads():
        libraries = threadpool_info()
        return max(one["num_threads"] for one in libraries if one["user_api"] == "blas")

    with threadpool_limits(2, user_api="blas"):
        first, second = on_one_core(), on_one_core()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert n_threads() == 1
        second.__exit__(None, None, None)
        assert n_threads() == 2
