from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers import make_optimizer
from tuneboard.engine.optimizers.tpe import TPESearch
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

X = HyperParameter("x", "real", 0.5, 0.0, 1.0)
KIND = HyperParameter("kind", "choice", "a", choices=("a", "b", "c"))
LINE = SpaceVersion(1, (X,))
MIXED = SpaceVersion(
    1,
    (
        KIND,
        HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True),
        HyperParameter("depth", "int", 3, 1, 10),
        HyperParameter("gamma", "real", 0.5, 0.0, 1.0, active_when="kind == 'b'"),
    ),
)


def completed(number, config, score, state=TrialState.COMPLETED):
    return Trial(number, config, state, Provenance("random", ""), score=score)


def on_a_line(n, score=lambda x: x):
    return [completed(i + 1, {"x": i / n}, score(i / n)) for i in range(n)]


def density(search, numbers):
    return search._density(numbers, np.ones(len(numbers)))


def score_of(config):
    lr = np.log10(config["lr"])
    own = (config["gamma"] - 0.7) ** 2 if config["kind"] == "b" else 0.5
    return -own - 0.1 * (lr + 2) ** 2 - 0.02 * (config["depth"] - 7) ** 2


def best_of(name, seed, n_trials):
    search, best = make_optimizer(name, MIXED, seed=seed, n_trials=n_trials), -np.inf
    for number in range(1, n_trials + 1):
        proposal = search.ask(number)
        score = score_of(proposal.config)
        running = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        search.tell(running.finished(Result(score)))
        best = max(best, score)
    return best


def test_it_beats_random_search_on_a_mixed_conditional_space():
    pairs = [(best_of("tpe", seed, 60), best_of("random", seed, 60)) for seed in range(5)]
    assert sum(ours > random for ours, random in pairs) >= 4


def test_the_good_group_is_the_best_fifteen_percent_and_at_most_25():
    search = TPESearch(LINE)
    search.recall(on_a_line(80))
    good, rest = search._split(search._ranked())
    assert sorted(good) == list(range(69, 81))
    assert len(rest) == 68
    search.recall(on_a_line(400))
    assert len(search._split(search._ranked())[0]) == 25


def test_the_proposal_has_the_largest_ratio_of_the_two_densities():
    # Bergstra et al. 2011, eq. 3: expected improvement grows with l/g. Where all good trials lie
    # at the upper end and the rest below, the ratio does too.
    search = TPESearch(LINE)
    search.recall(on_a_line(100))
    proposals = [search.ask(number) for number in range(101, 106)]
    assert all(proposal.config["x"] > 0.85 for proposal in proposals)
    good, rest = (density(search, one) for one in search._split(search._ranked()))
    assert search._columns[0].n_levels == 0
    points = np.linspace(0, 1, 50)[:, None]
    ratios = good.log_density(points) - rest.log_density(points)
    assert ratios.argmax() > 42


def test_the_reason_names_the_ratio_and_the_good_group():
    search = TPESearch(LINE)
    search.recall(on_a_line(80))
    proposal = search.ask(81)
    assert proposal.provenance.reason.startswith("l/g ratio ")
    assert proposal.provenance.reason.endswith("candidates; good group: 12 of 80 trials")
    assert proposal.provenance.facts["n_good"] == 12
    assert proposal.provenance.facts["n_rest"] == 68


def test_pending_trials_are_sent_to_different_places():
    def asked(number, pending):
        search = TPESearch(LINE)
        search.recall([*on_a_line(40, lambda x: -abs(x - 0.5)), *pending])
        return search.ask(number).config["x"]

    apart, alone, pending = [], [], []
    for number in range(41, 61):
        alone.append(asked(number, []))
        apart.append(asked(number, pending))
        provenance = Provenance("tpe", "")
        pending.append(Trial(number, {"x": apart[-1]}, TrialState.RUNNING, provenance))
    assert np.std(apart) > 1.2 * np.std(alone)


def test_failed_trials_drive_the_search_away():
    trials = on_a_line(40, lambda x: -abs(x - 0.5))
    failed = [
        replace(completed(41 + i, {"x": 0.5 + i / 200}, None), state=TrialState.FAILED)
        for i in range(20)
    ]
    densities = []
    for history in (trials, [*trials, *failed]):
        search = TPESearch(LINE)
        search.recall(history)
        rest = density(search, search._split(search._ranked())[1])
        densities.append(rest.log_density(np.array([[0.55]]))[0])
    assert densities[1] > densities[0] + 0.5


def test_trials_stopped_early_stand_behind_those_that_were_not():
    search = TPESearch(LINE)
    stopped = [completed(31 + i, {"x": 0.1}, 99.0, TrialState.STOPPED) for i in range(10)]
    search.recall([*on_a_line(30), *stopped])
    good, _ = search._split(search._ranked())
    assert sorted(good) == [25, 26, 27, 28, 29, 30]


def test_starred_trials_are_good_and_excluded_ones_have_no_say():
    search = TPESearch(LINE)
    search.recall(on_a_line(40))
    search.steer(starred={3}, excluded={40})
    good, rest = search._split(search._ranked())
    assert set(good) == {34, 35, 36, 37, 38, 39, 3}
    assert 40 not in rest


def test_a_choice_that_is_always_good_is_proposed_most():
    space = SpaceVersion(1, (KIND, X))
    rng = np.random.default_rng(0)
    configs = Encoding(space).decode(rng.random((60, 2)))
    search = TPESearch(space)
    search.recall(
        completed(i, config, float(config["kind"] == "b")) for i, config in enumerate(configs, 1)
    )
    kinds = [search.ask(number).config["kind"] for number in range(61, 71)]
    assert kinds.count("b") >= 8


@pytest.mark.parametrize("n_start", [10])
def test_the_first_trials_are_quasi_random(n_start):
    search, sobol = TPESearch(MIXED, seed=3), make_optimizer("quasi_random", MIXED, seed=3)
    for number in range(1, n_start + 1):
        proposal = search.ask(number)
        assert proposal.config == sobol.ask(number).config
        assert proposal.provenance.reason == f"quasi-random start: {number - 1} of 10 completed"
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        search.tell(trial.finished(Result(1.0 * number)))
    assert search.ask(11).provenance.reason.startswith("l/g ratio")


def test_a_good_trial_weighs_more_the_better_it_is():
    search = TPESearch(LINE)
    search.recall(on_a_line(20, lambda x: max(x - 0.8, 0.0)))
    ranked = search._ranked()
    # Scores 0.15, 0.10 and 0.05 against 0: weights 1/2 + 1/2 of 1.5, 1 and 0.5.
    assert search._weights(ranked[:3], ranked) == pytest.approx([1.25, 1.0, 0.75])
    assert search._weights(ranked[5:8], ranked[5:]) == pytest.approx([1, 1, 1])
