"""The contract: every optimizer runs through the same table."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from tuneboard.engine.errors import OptimizerError, SpaceError, SpaceExhaustedError
from tuneboard.engine.fidelity import Fidelity
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.optimizers import (
    OPTIMIZERS,
    OPTUNA_OPTIMIZERS,
    SCHEDULERS,
    find_optimizer,
    find_scheduler,
    make_optimizer,
    optimizer_labels,
    scheduler_labels,
)
from tuneboard.engine.trial import Provenance, Result, Trial, TrialState

N_TRIALS = 80

MIXED = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True),
        HyperParameter("solver", "choice", "adam", choices=("adam", "sgd"), is_searched=False),
        HyperParameter("depth", "int", 3, 1, 12),
        HyperParameter("units", "int", 64, 1, 512, log=True),
        HyperParameter("kernel", "choice", "rbf", choices=("rbf", "linear", None)),
        HyperParameter("dropout", "real", 0.1, 0.0, 0.5, step=0.1),
    ),
)
EDITED = SpaceVersion(
    2,
    (
        HyperParameter("lr", "real", 0.1, 1e-2, 10.0, log=True),
        HyperParameter("solver", "choice", "adam", choices=("adam", "sgd")),
        HyperParameter("depth", "int", 3, 1, 12, is_searched=False),
        HyperParameter("units", "choice", 64, choices=(64, 128)),
        HyperParameter("kernel", "choice", "poly", choices=("poly", "linear")),
        HyperParameter("alpha", "real", 0.1, 0.0, 1.0),
    ),
)
ONE_REAL = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
ONE_CHOICE = SpaceVersion(1, (HyperParameter("x", "choice", "a", choices=tuple("abcdefgh")),))
CHOICES = SpaceVersion(
    1,
    (
        HyperParameter("kernel", "choice", "a", choices=("a", "b", None)),
        HyperParameter("flag", "choice", True, choices=(True, False, 1, 0)),
    ),
)
CONDITIONAL = SpaceVersion(
    1,
    (
        # Behind what it depends on, and before.
        HyperParameter("gamma", "real", 0.1, 1e-3, 1.0, log=True, active_when="kernel in {rbf}"),
        HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly", "linear")),
        HyperParameter("degree", "int", 3, 1, 6, active_when="kernel == 'poly'"),
        HyperParameter("coef0", "real", 0.0, -1.0, 1.0, active_when="degree > 2"),
        HyperParameter(
            "shrinking",
            "choice",
            True,
            choices=(True, False),
            active_when="coef0 > 0",
            is_searched=False,
        ),
        HyperParameter("lr", "real", 0.1, 1e-3, 1.0, log=True),
    ),
    ("gamma < lr", "degree * lr < 3"),
)
FINITE_CONDITIONAL = SpaceVersion(
    1,
    (
        HyperParameter("kernel", "choice", "a", choices=("a", "b")),
        HyperParameter("n", "int", 1, 1, 4, active_when="kernel == 'b'"),
        HyperParameter("m", "int", 1, 1, 3),
    ),
    ("n != m",),
)
"""Of 24 points 3 are left of a, and 3 * 4 - 3 of b."""
CORNER = SpaceVersion(
    1,
    tuple(HyperParameter(name, "real", 1.0, 0.0, 1.0) for name in "abc"),
    ("a + b + c > 2.9",),
)
FINITE = SpaceVersion(
    1,
    (
        HyperParameter("n", "int", 1, 1, 4, log=True),
        HyperParameter("kernel", "choice", "a", choices=("a", "b", "c")),
    ),
)


# Where torch is missing, Optuna's Gaussian process is left out.
OFFERED = [*OPTIMIZERS, *(one for one in OPTUNA_OPTIMIZERS if find_optimizer(one).is_installed())]
LADDER = Fidelity("epochs", 1, 27)
PROPOSERS = ("random", "evolutionary", "ensemble")
SCHEDULED = [f"{scheduler} of {name}" for scheduler in SCHEDULERS for name in PROPOSERS]
each_configuration_once = pytest.mark.parametrize("name", OFFERED)
"""For what does not hold under a scheduler, which runs the best again."""


@pytest.fixture(params=[*OFFERED, *SCHEDULED])
def name(request):
    return request.param


def optimizer(name, space=MIXED, *, seed=7, n_trials=N_TRIALS):
    """Make an optimizer by its name, or by "<scheduler> of <name>"."""
    scheduler, _, proposer = name.rpartition(" of ")
    how = {"fidelity": LADDER, "scheduler": scheduler} if scheduler else {}
    return make_optimizer(proposer, space, seed=seed, n_trials=n_trials, **how)


def score_of(config):
    """Score a configuration of any space, better towards the middle of most ranges."""
    lr, depth = config.get("lr", 0.01), config.get("depth") or 0
    return -((math.log10(lr) + 2) ** 2) - (depth - 6) ** 2 / 36 - (config.get("kernel") == "rbf")


def running(number, proposal):
    made, fidelity = proposal.provenance, proposal.fidelity
    return Trial(number, proposal.config, TrialState.RUNNING, made, fidelity=fidelity)


def finished(trial, *, is_failed=False):
    score = None if is_failed else score_of(trial.config)
    return trial.finished(Result(score, error="boom" if is_failed else ""))


def ask(search, numbers):
    return [running(number, search.ask(number)) for number in numbers]


def tell(search, trials, *, is_failed=False):
    trials = [finished(trial, is_failed=is_failed) for trial in trials]
    for trial in trials:
        search.tell(trial)
    return trials


def run(search, numbers, *, is_failed=False):
    """Run trials one after the other."""
    return [trial for n in numbers for trial in tell(search, ask(search, [n]), is_failed=is_failed)]


def configs(trials):
    return [trial.config for trial in trials]


def distinct(trials):
    return {repr((trial.config, trial.fidelity)) for trial in trials}


@pytest.mark.parametrize("space", [MIXED, EDITED, ONE_REAL])
def test_every_proposal_lies_inside_the_space(name, space):
    for trial in run(optimizer(name, space), range(1, N_TRIALS // 2)):
        assert space.contains(trial.config)
        assert tuple(trial.config) == space.names
        assert space.fixed.items() <= trial.config.items()


@pytest.mark.parametrize("is_failed", [False, True])
def test_conditions_and_constraints_hold_for_every_proposal(name, is_failed):
    trials = run(optimizer(name, CONDITIONAL), range(1, 60), is_failed=is_failed)
    assert all(CONDITIONAL.contains(trial.config) for trial in trials)
    names = [tuple(trial.config) for trial in trials]
    assert ("gamma", "kernel", "lr") in names
    assert ("kernel", "lr") in names
    assert ("kernel", "degree", "coef0", "shrinking", "lr") in names
    assert len(distinct(trials)) == len(trials)


@pytest.mark.parametrize("name", ["random", "evolutionary"])
def test_a_feasible_corner_is_searched(name):
    trials = run(optimizer(name, CORNER), range(1, 30))
    assert all(CORNER.contains(trial.config) for trial in trials)
    assert len(distinct(trials)) == 29


@each_configuration_once
def test_a_finite_space_with_conditions_is_tried_once_and_then_exhausted(name):
    search = optimizer(name, FINITE_CONDITIONAL, n_trials=50)
    trials = run(search, range(1, 13))
    assert len(distinct(trials)) == 12
    with pytest.raises(SpaceExhaustedError, match="All 12 .* have been tried"):
        search.ask(13)


def test_constraints_that_nothing_meets_are_named_at_once(name):
    space = SpaceVersion(1, FINITE_CONDITIONAL.hyper_parameters, ("m > 0", "m > 3"))
    with pytest.raises(SpaceError, match=r"SearchSpace.constraints must leave something .*'m > 3'"):
        optimizer(name, space)


def test_a_search_stays_where_it_is_when_an_edit_leaves_nothing_feasible(name):
    search, twin = optimizer(name, FINITE_CONDITIONAL), optimizer(name, FINITE_CONDITIONAL)
    with pytest.raises(SpaceError, match=r"must leave something to try"):
        search.move_to(SpaceVersion(2, FINITE_CONDITIONAL.hyper_parameters, ("m > 3",)))
    assert run(search, range(1, 9)) == run(twin, range(1, 9))


@pytest.mark.parametrize(("before", "after"), [(MIXED, CONDITIONAL), (CONDITIONAL, MIXED)])
def test_a_search_moves_into_conditions_and_out_of_them(name, before, after):
    search = optimizer(name, before)
    history = run(search, range(1, 25))
    search.move_to(replace(after, number=2))
    trials = run(search, range(25, 45))
    assert all(after.contains(trial.config) for trial in trials)
    rebuilt = optimizer(name, after)
    rebuilt.recall(history)
    assert run(rebuilt, range(25, 45)) == trials


def test_every_proposal_says_who_made_it_and_why(name):
    for trial in run(optimizer(name), range(1, 40)):
        assert trial.provenance.optimizer in name.split(" of ")
        assert trial.provenance.reason
        assert all(parent < trial.number for parent in trial.provenance.parents)


def test_the_same_seed_gives_the_same_run(name):
    first, second = (run(optimizer(name), range(1, 50)) for _ in range(2))
    assert first == second


def test_another_seed_gives_another_run(name):
    first, second = (run(optimizer(name, seed=seed), range(1, 50)) for seed in (1, 2))
    assert configs(first) != configs(second)


def test_a_numpy_seed_is_as_good_as_a_python_one(name):
    first, second = (run(optimizer(name, seed=seed), range(1, 9)) for seed in (3, np.int64(3)))
    assert first == second


@pytest.mark.parametrize("n_before", [0, 5, 30])
def test_a_run_rebuilt_from_its_history_goes_on_as_if_never_stopped(name, n_before):
    straight = optimizer(name)
    history = run(straight, range(1, n_before + 1))
    pending = ask(straight, range(n_before + 1, n_before + 4))
    rebuilt = optimizer(name)
    rebuilt.recall([*pending, *reversed(history)])
    for search in (straight, rebuilt):
        tell(search, pending)
    numbers = range(n_before + 4, n_before + 20)
    assert run(rebuilt, numbers) == run(straight, numbers)


def test_recall_forgets_what_was_known_before(name):
    used, fresh = optimizer(name), optimizer(name)
    history = run(optimizer(name, seed=1), range(1, 25))
    run(used, range(1, 30))
    for search in (used, fresh):
        search.recall(history)
    assert run(used, range(25, 45)) == run(fresh, range(25, 45))


def test_an_interrupted_trial_is_pending_after_recall(name):
    search = optimizer(name)
    (trial,) = ask(optimizer(name), [1])
    search.recall([replace(trial, state=TrialState.INTERRUPTED)])
    search.tell(finished(trial))


def test_results_may_arrive_in_any_order(name):
    in_order, in_disorder = optimizer(name), optimizer(name)
    orders = np.random.default_rng(0)
    for start in range(1, 41, 8):
        numbers = range(start, start + 8)
        trials = ask(in_order, numbers)
        assert configs(ask(in_disorder, numbers)) == configs(trials)
        tell(in_order, trials)
        tell(in_disorder, [trials[index] for index in orders.permutation(8)])
    assert run(in_order, range(41, 50)) == run(in_disorder, range(41, 50))


def test_any_number_of_trials_may_be_pending(name):
    search = optimizer(name)
    run(search, range(1, 20))
    trials = ask(search, range(20, 50))
    assert len(distinct(trials)) == 30
    tell(search, trials)


def test_a_search_whose_trials_all_fail_goes_on(name):
    trials = run(optimizer(name), range(1, 40), is_failed=True)
    assert len(distinct(trials)) == 39


def test_failed_trials_are_never_parents(name):
    search, failed = optimizer(name), set()
    for number in range(1, 50):
        (trial,) = run(search, [number], is_failed=number % 3 == 0)
        assert not failed & set(trial.provenance.parents)
        failed |= {number} if number % 3 == 0 else set()


@each_configuration_once
@pytest.mark.parametrize(("space", "n_configs"), [(FINITE, 12), (CHOICES, 12), (ONE_CHOICE, 8)])
def test_a_finite_space_is_tried_once_and_then_said_to_be_exhausted(name, space, n_configs):
    search = optimizer(name, space, n_trials=50)
    trials = run(search, range(1, n_configs + 1))
    assert len(distinct(trials)) == n_configs
    with pytest.raises(
        SpaceExhaustedError,
        match=rf"All {n_configs} configurations have been tried",
    ):
        search.ask(51)


@each_configuration_once
def test_pending_trials_count_as_tried(name):
    search = optimizer(name, FINITE)
    assert len(distinct(ask(search, range(1, 13)))) == 12
    with pytest.raises(SpaceExhaustedError, match="All 12 configurations have been tried"):
        search.ask(13)


@each_configuration_once
def test_a_widened_space_is_not_exhausted(name):
    search = optimizer(name, FINITE)
    before = run(search, range(1, 13))
    kernel = FINITE["kernel"].edited(choices=("a", "b", "c", "d"))
    search.move_to(SpaceVersion(2, (FINITE["n"], kernel)))
    after = run(search, range(13, 17))
    assert {trial.config["kernel"] for trial in after} == {"d"}
    assert len(distinct(before + after)) == 16
    with pytest.raises(SpaceExhaustedError, match="All 16 configurations have been tried"):
        search.ask(17)


@each_configuration_once
def test_another_fixed_value_makes_all_configurations_new(name):
    momentum = HyperParameter("momentum", "real", 0.9, 0.0, 1.0, is_searched=False)
    search = optimizer(name, SpaceVersion(1, (*FINITE.hyper_parameters, momentum)))
    run(search, range(1, 13))
    search.move_to(SpaceVersion(2, (*FINITE.hyper_parameters, momentum.edited(value=0.5))))
    trials = run(search, range(13, 25))
    assert len(distinct(trials)) == 12
    assert {trial.config["momentum"] for trial in trials} == {0.5}


@pytest.mark.parametrize("n_before", [5, 30])
def test_a_search_moves_to_an_edited_space(name, n_before):
    search = optimizer(name)
    history = run(search, range(1, n_before + 1))
    pending = ask(search, range(n_before + 1, n_before + 4))
    search.move_to(EDITED)
    history += tell(search, pending)
    rebuilt = optimizer(name, EDITED)
    rebuilt.recall(history)
    numbers = range(n_before + 4, n_before + 24)
    trials = run(search, numbers)
    assert all(EDITED.contains(trial.config) for trial in trials)
    assert all(tuple(trial.config) == EDITED.names for trial in trials)
    assert run(rebuilt, numbers) == trials


def test_a_search_stays_where_it_is_when_the_edited_space_is_refused(name):
    search, twin = optimizer(name), optimizer(name)
    run(search, range(1, 9))
    run(twin, range(1, 9))
    with pytest.raises(OptimizerError, match=r"space must have a hyper-parameter to search"):
        search.move_to(SpaceVersion(2, (HyperParameter("x", "int", 1, 1, 9, is_searched=False),)))
    assert run(search, range(9, 30)) == run(twin, range(9, 30))


def test_the_global_generators_are_neither_used_nor_disturbed(name):
    random.seed(5)
    state = random.getstate()
    first = run(optimizer(name), range(1, 40))
    assert random.getstate() == state
    random.seed(6)
    assert run(optimizer(name), range(1, 40)) == first


def test_tell_fails_for_a_trial_that_was_never_asked(name):
    search = optimizer(name)
    (trial,) = run(optimizer(name), [7])
    with pytest.raises(OptimizerError, match=r"tell\(\) got trial 7, which ask\(\) never gave"):
        search.tell(trial)


def test_tell_fails_for_a_trial_that_was_told_before(name):
    search = optimizer(name)
    (trial,) = run(search, [3])
    with pytest.raises(OptimizerError, match=r"tell\(\) got trial 3, which was told before"):
        search.tell(trial)


def test_tell_fails_for_a_trial_that_is_still_running(name):
    search = optimizer(name)
    (trial,) = ask(search, [1])
    with pytest.raises(OptimizerError, match=r"tell\(\) got trial 1, which is running"):
        search.tell(trial)


@pytest.mark.parametrize("score", [math.nan, math.inf, None, "0.5", True])
def test_tell_fails_for_a_score_that_is_no_finite_number_and_the_trial_stays_pending(name, score):
    search = optimizer(name)
    (trial,) = ask(search, [2])
    with pytest.raises(OptimizerError, match=r"Trial 2.score must be a finite number") as caught:
        search.tell(replace(trial, state=TrialState.COMPLETED, score=score))
    assert caught.value.name == "Trial 2.score"
    tell(search, [trial])


def test_ask_fails_for_a_number_that_was_asked_for_before(name):
    search = optimizer(name)
    run(search, [4])
    with pytest.raises(OptimizerError, match=r"ask\(\) got trial 4, which was asked for before"):
        search.ask(4)


@pytest.mark.parametrize("number", [0, -1, 1.5, True, None])
def test_ask_fails_for_what_is_no_trial_number(name, number):
    with pytest.raises(OptimizerError, match=r"Trial.number must be a whole number of at least 1"):
        optimizer(name).ask(number)


def test_recall_fails_for_a_number_that_stands_twice_and_changes_nothing(name):
    search, twin = optimizer(name), optimizer(name)
    history = run(search, range(1, 5))
    run(twin, range(1, 5))
    with pytest.raises(OptimizerError, match=r"recall\(\) got trial 2, which it got before"):
        search.recall([*history, history[1]])
    assert run(search, range(5, 30)) == run(twin, range(5, 30))


def test_recall_fails_for_a_score_that_is_no_finite_number(name):
    trial = Trial(9, {}, TrialState.COMPLETED, Provenance("x", "x"), score=math.nan)
    with pytest.raises(OptimizerError, match=r"Trial 9.score must be a finite number"):
        optimizer(name).recall([trial])


@pytest.mark.parametrize("n_trials", [0, -3, 2.5, "ten"])
def test_the_number_of_trials_must_be_a_whole_number_above_zero(name, n_trials):
    with pytest.raises(OptimizerError, match=r"\w\.n_trials must be a whole number of at least 1"):
        optimizer(name, MIXED, n_trials=n_trials)


@pytest.mark.parametrize("seed", [-1, 0.5, None])
def test_the_seed_must_be_a_whole_number_that_is_not_negative(name, seed):
    with pytest.raises(OptimizerError, match=r"\w\.seed must be a whole number of at least 0"):
        optimizer(name, MIXED, seed=seed)


@pytest.mark.parametrize("space", [SpaceVersion(1), SpaceVersion(1, (MIXED["solver"],))])
def test_a_space_without_anything_to_search_is_refused(name, space):
    with pytest.raises(OptimizerError, match=r"\w\.space must have a hyper-parameter to search"):
        optimizer(name, space)


@each_configuration_once
def test_an_optimizer_describes_itself(name):
    found = find_optimizer(name)
    assert found.name == name
    assert optimizer_labels()[name] == found.label
    assert found.summary.endswith(".")


@pytest.mark.parametrize("name", SCHEDULERS)
def test_a_scheduler_describes_itself(name):
    found = find_scheduler(name)
    assert found.name == name
    assert scheduler_labels()[name] == found.label
    assert found.summary.endswith(".")


def test_an_unknown_scheduler_is_refused():
    with pytest.raises(
        OptimizerError,
        match=r"Study.scheduler must be one of asynchronous_halving, hyperband, .*, not 'magic'",
    ):
        make_optimizer("random", MIXED, fidelity=LADDER, scheduler="magic")


def test_an_unknown_optimizer_is_refused():
    with pytest.raises(
        OptimizerError,
        match=r"Study.optimizer must be one of auto, random, quasi_random, grid, .*, not 'magic'",
    ):
        make_optimizer("magic", MIXED)
