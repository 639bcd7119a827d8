"""What holds for every scheduler, whatever comes of the trials and in whatever order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tuneboard.engine.errors import SpaceExhaustedError
from tuneboard.engine.fidelity import Fidelity
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers import SCHEDULERS, find_scheduler, make_optimizer
from tuneboard.engine.optimizers.asynchronous_halving import AsynchronousHalving
from tuneboard.engine.optimizers.random import RandomSearch
from tuneboard.engine.optimizers.rungs import PROMOTION
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

SPACE = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
FINITE = SpaceVersion(1, (HyperParameter("n", "int", 1, 1, 9),))
LADDER = Fidelity("epochs", 1, 9)


@pytest.fixture(params=SCHEDULERS)
def scheduler(request):
    return request.param


def make(scheduler, proposer="random", space=SPACE, ladder=LADDER, n_trials=None):
    return make_optimizer(
        proposer, space, seed=3, n_trials=n_trials, fidelity=ladder, scheduler=scheduler
    )


def start(search, number):
    made = search.ask(number)
    return Trial(number, made.config, TrialState.RUNNING, made.provenance, fidelity=made.fidelity)


def run(search, numbers, score=lambda config: config.get("x", 0.0)):
    trials = []
    for number in numbers:
        trial = start(search, number)
        trials.append(trial.finished(Result(score(trial.config))))
        search.tell(trials[-1])
    return trials


def is_promotion(trial):
    return trial.provenance.operator == PROMOTION


class History:
    """A run in which every promotion is checked when it is made."""

    def __init__(self, search):
        self.search, self.running, self.ended = search, {}, {}
        self.promoted: set[int] = set()

    def start(self, number):
        trial = start(self.search, number)
        if is_promotion(trial):
            self._check(trial)
        self.running[number] = trial

    def end(self, which, outcome):
        trial = self.running.pop(sorted(self.running)[which % len(self.running)])
        if outcome == "failed":
            trial = trial.finished(Result(None, error="boom"))
        elif outcome == "stopped early":
            trial = replace(trial, state=TrialState.STOPPED, score=99.0)
        else:
            trial = trial.finished(Result(outcome))
        self.ended[trial.number] = trial
        self.search.tell(trial)

    def _check(self, trial):
        (parent,) = trial.provenance.parents
        below = self.ended[parent]  # it has ended
        assert below.state is TrialState.COMPLETED
        assert below.config == trial.config
        assert LADDER.rung_of(trial.fidelity) == LADDER.rung_of(below.fidelity) + 1
        assert parent not in self.promoted
        self.promoted.add(parent)
        rung = [one for one in self.ended.values() if one.fidelity == below.fidelity]
        n_promoted = len(self.promoted & {one.number for one in rung})
        assert n_promoted <= len(rung) // LADDER.eta


OUTCOMES = st.one_of(st.floats(-1, 1), st.sampled_from(["failed", "stopped early"]))


@settings(max_examples=40)
@given(
    st.sampled_from(list(SCHEDULERS)),
    st.sampled_from([SPACE, FINITE]),
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(0, 5), OUTCOMES), max_size=90),
)
def test_promotions_keep_to_their_share_and_never_take_what_failed_runs_or_went_before(
    scheduler, space, n_workers, ends
):
    history, number = History(make(scheduler, space=space)), 0
    for which, outcome in ends:
        while len(history.running) < n_workers:
            try:
                history.start(number + 1)
            except SpaceExhaustedError:
                break
            number += 1
        if not history.running:
            break
        history.end(which, outcome)
    trials = [*history.ended.values(), *history.running.values()]
    assert len({repr((one.config, one.fidelity)) for one in trials}) == len(trials)


@pytest.mark.parametrize("ladder", [LADDER, Fidelity("training fraction", 0.1, 1.0, eta=2)])
def test_one_configuration_climbs_to_the_full_amount(scheduler, ladder):
    trials = run(make(scheduler, ladder=ladder), range(1, 60))
    by_number = {trial.number: trial for trial in trials}
    top = next(one for one in trials if is_promotion(one) and one.fidelity == ladder.high)
    climbed = [top]
    while climbed[-1].provenance.parents:
        climbed.append(by_number[climbed[-1].provenance.parents[0]])
    assert [one.fidelity for one in reversed(climbed)][-2:] == list(ladder.rungs[-2:])
    assert len({repr(one.config) for one in climbed}) == 1


def test_a_promotion_gives_its_reason_in_words_and_numbers(scheduler):
    trials = run(make(scheduler), range(1, 40))
    promoted = next(trial for trial in trials if is_promotion(trial))
    made = promoted.provenance
    assert made.optimizer == scheduler
    below, above = promoted.fidelity // 3, promoted.fidelity
    rank, n_ranked = made.facts["rank"], made.facts["n_ranked"]
    words = {1: "", 2: "2nd ", 3: "3rd "}[rank]
    assert made.reason == (
        f"promoted to {above} epochs: {words}best of {n_ranked} on the rung of {below} epochs"
    )
    assert made.facts["scheduler"] == scheduler
    assert made.facts["rung"] == LADDER.rung_of(above)
    assert "bracket" in made.facts


def test_a_new_configuration_says_who_made_it_and_where_it_starts(scheduler):
    (trial,) = run(make(scheduler), [1])
    assert trial.provenance.optimizer == "random"
    assert trial.provenance.reason == "drawn at random; starts at 1 epochs"
    assert trial.provenance.facts["rung"] == 0
    assert trial.fidelity == 1


def test_the_proposer_draws_what_it_would_draw_alone(scheduler):
    alone = make_optimizer("random", SPACE, seed=3)
    assert run(make(scheduler), [1])[0].config == alone.ask(1).config


def test_trials_that_the_user_excluded_are_not_promoted(scheduler):
    search, twin = make(scheduler), make(scheduler)
    first = next(one for one in run(twin, range(1, 40)) if is_promotion(one))
    search.steer((), first.provenance.parents)
    run(search, range(1, first.number))
    trial = start(search, first.number)
    assert trial.provenance.parents != first.provenance.parents


def test_what_an_edit_has_put_outside_the_space_is_not_promoted(scheduler):
    search = make(scheduler)
    trials = run(search, range(1, 9))
    x = SPACE["x"].edited(high=0.5)
    search.move_to(SpaceVersion(2, (x,)))
    trials = run(search, range(9, 60))
    assert any(map(is_promotion, trials))
    assert all(trial.config["x"] <= 0.5 for trial in trials)


def test_trials_of_another_optimizer_at_the_full_amount_stay_known(scheduler):
    before = run(make_optimizer("evolutionary", SPACE, seed=3), range(1, 31))
    search = make(scheduler, "evolutionary")
    search.recall(before)
    trial = start(search, 31)
    assert trial.fidelity in LADDER.rungs
    assert set(trial.provenance.parents) <= {one.number for one in before}
    assert trial.provenance.parents


def test_few_trials_leave_out_the_lowest_rungs(scheduler):
    # 9 + 3 + 1 are needed for all three rungs, and 3 + 1 for two.
    lowest = [make(scheduler, n_trials=n).lowest for n in (3, 4, 12, 13, None)]
    assert lowest == [2, 1, 1, 0, 0]
    trials = run(make(scheduler, n_trials=12), range(1, 13))
    assert {trial.fidelity for trial in trials} == {3, 9}


def test_a_finite_space_is_halved_to_its_end_and_then_said_to_be_exhausted(scheduler):
    search = make(scheduler, space=FINITE)
    trials = run(search, range(1, 10), score=lambda config: float(config["n"]))
    for number in range(10, 30):
        try:
            trial = start(search, number)
        except SpaceExhaustedError:
            break
        trials.append(trial.finished(Result(float(trial.config["n"]))))
        search.tell(trials[-1])
    with pytest.raises(SpaceExhaustedError, match="All 9 configurations have been tried"):
        search.ask(number)
    assert any(map(is_promotion, trials))
    assert 9 in {trial.fidelity for trial in trials}
    assert len({repr((one.config, one.fidelity)) for one in trials}) == len(trials)


def test_a_proposer_is_told_one_result_per_configuration(scheduler):
    told = []

    class Listener(RandomSearch):
        def _learn(self, trial):
            told.append(trial)

        def _forget(self):
            super()._forget()
            told.clear()

    search = find_scheduler(scheduler)(SPACE, seed=3, proposer=Listener, fidelity=LADDER)
    trials = run(search, range(1, 41))
    while is_promotion(trial := start(search, len(trials) + 1)):
        trials.append(trial.finished(Result(0.5)))
        search.tell(trials[-1])
    configs = {repr(trial.config) for trial in trials}
    assert len(told) == len(configs)
    highest = {repr(one.config): one.number for one in sorted(trials, key=lambda o: o.fidelity)}
    assert {one.number for one in told} == set(highest.values())


def test_the_number_of_promotions_of_plain_halving_may_pass_the_share_and_delayed_does_not():
    counts = []
    for is_delayed in (False, True):
        search = AsynchronousHalving(
            SPACE,
            seed=1,
            proposer=RandomSearch,
            fidelity=LADDER,
            entry="lowest",
            is_delayed=is_delayed,
        )
        run(search, range(1, 60))
        lowest = search.rungs[0]
        counts.append((lowest.n_promoted, lowest.n_finished // 3))
    assert counts[0][0] > counts[0][1]
    assert counts[1][0] <= counts[1][1]


def test_a_pending_promotion_of_an_interrupted_run_stays_pending(scheduler):
    search, twin = make(scheduler), make(scheduler)
    history = run(search, range(1, 40))
    first = next(index for index, one in enumerate(history) if is_promotion(one))
    cut = replace(history[first], state=TrialState.INTERRUPTED, score=None)
    twin.recall([*history[:first], cut])
    trial = start(twin, first + 2)
    assert trial.provenance.parents != cut.provenance.parents
    twin.tell(history[first])


def test_foreign_facts_do_not_disturb_the_brackets(scheduler):
    made = Provenance("user", "by hand", facts={"bracket": "mine"})
    foreign = Trial(1, {"x": 0.5}, TrialState.COMPLETED, made, score=1.0, fidelity=1)
    search = make(scheduler)
    search.recall([foreign])
    assert len(run(search, range(2, 30))) == 28


def test_automatic_search_has_the_ensemble_make_its_configurations(scheduler):
    search, twin = make(scheduler, "auto"), make(scheduler, "auto")
    trials = run(search, range(1, 40))
    later = [one.provenance for one in trials[1:] if not is_promotion(one)]
    assert {made.facts["member"] for made in later} == {"ensemble"}
    assert any("largest expected improvement" in made.reason for made in later)
    twin.recall(trials[:20])
    assert run(twin, range(21, 40)) == trials[20:]
