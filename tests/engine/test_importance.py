from __future__ import annotations

from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.importance import Importance, importance
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("idle", "real", 0.5, 0.0, 1.0),
        HyperParameter("lr", "real", 0.1, 1e-4, 1.0, log=True),
        HyperParameter("depth", "int", 3, 1, 10),
        HyperParameter("kernel", "choice", "a", choices=("a", "b", "c", "d")),
        HyperParameter("seed", "int", 1, 0, 9, is_searched=False),
    ),
)
ENCODING = Encoding(SPACE)


def additive(config):
    """Score with known shares.

    Over the space the variances are 3**2 for lr, whose logarithm is uniform, 2**2 for
    depth, 1 for kernel and 0 for idle.
    """
    lr = 3 * np.sqrt(12) * np.log10(config["lr"]) / 4
    depth = 2 * (config["depth"] - 5.5) / np.sqrt(99 / 12)
    return float(lr + depth + ("abcd".index(config["kernel"]) < 2) * 2)


SHARES = {"lr": 9 / 14, "depth": 4 / 14, "kernel": 1 / 14, "idle": 0.0}


def trial(number, config, score, **more):
    state = TrialState.FAILED if score is None else TrialState.COMPLETED
    return Trial(number, config, state, Provenance("random", ""), score=score, **more)


def trials(n, score=additive, seed=0):
    configs = ENCODING.decode(np.random.default_rng(seed).random((n, ENCODING.n_dims)))
    return [trial(number, config, score(config)) for number, config in enumerate(configs, 1)]


def by_name(found):
    return dict(zip(found.names, found.values, strict=True))


@pytest.mark.parametrize("seed", [0, 1])
def test_the_shares_of_an_additive_score_are_found(seed):
    found = by_name(importance(SPACE, trials(1_000, seed=seed)))
    assert found == pytest.approx(SHARES, abs=0.04)


def test_the_total_variance_is_that_of_the_score():
    found = importance(SPACE, trials(1_000))
    assert found.total_variance == pytest.approx(14, rel=0.1)


def test_a_score_of_two_hyper_parameters_jointly_has_no_main_effects():
    found = importance(
        SPACE, trials(1_000, lambda c: float((c["idle"] - 0.5) * (c["depth"] - 5.5)))
    )
    assert sum(found.values) < 0.2


def test_the_largest_comes_first_and_lies_in_its_interval():
    found = importance(SPACE, trials(300))
    assert found.names == ("lr", "depth", "kernel", "idle")
    assert list(found.values) == sorted(found.values, reverse=True)
    for low, value, high in zip(found.lows, found.values, found.highs, strict=True):
        assert 0 <= low <= value <= high <= 1


def test_the_marginals_of_a_tree_agree_with_its_predictions():
    from sklearn.ensemble import RandomForestRegressor

    two = SpaceVersion(1, (SPACE["idle"], SPACE["lr"]))
    some = trials(200, lambda config: (config["idle"] - 0.3) ** 2 * np.log10(config["lr"]))
    points = Encoding(two).encode([one.config for one in some])
    tree = RandomForestRegressor(1, min_samples_leaf=3, random_state=0)
    tree.fit(points, [one.score for one in some])
    ticks = (np.arange(400) + 0.5) / 400
    table = tree.predict(np.array(np.meshgrid(ticks, ticks)).reshape(2, -1).T).reshape(400, 400)
    found = by_name(importance(two, some, n_trees=1))
    assert found["idle"] == pytest.approx(table.mean(axis=0).var() / table.var(), abs=0.01)
    assert found["lr"] == pytest.approx(table.mean(axis=1).var() / table.var(), abs=0.01)


def test_the_same_seed_gives_the_same_values_whatever_the_order_of_trials():
    some = trials(100)
    assert importance(SPACE, some, seed=3) == importance(SPACE, reversed(some), seed=3)
    assert importance(SPACE, some, seed=3).values != importance(SPACE, some, seed=4).values


def test_values_do_not_depend_on_the_unit_of_the_score():
    plain = importance(SPACE, trials(100))
    huge = importance(SPACE, trials(100, lambda config: 1e200 * additive(config)))
    assert huge.names == plain.names
    assert huge.values == pytest.approx(plain.values, abs=0.02)


def test_the_method_names_forest_and_seed():
    found = importance(SPACE, trials(30), seed=5, n_trees=8)
    assert found.method == "fANOVA main effects on a random forest of 8 trees, seed 5"


def test_failed_trials_are_left_out():
    some = trials(40)
    failed = [trial(number, some[0].config, None) for number in range(100, 140)]
    assert importance(SPACE, some + failed) == importance(SPACE, some)


@pytest.mark.parametrize("change", [{"lr": 50.0}, {"kernel": "gone"}, {"lr": None}])
def test_trials_outside_the_space_are_left_out(change):
    some = trials(40)
    outside = [trial(100 + one.number, {**one.config, **change}, 9e9) for one in some]
    found = importance(SPACE, some + outside)
    assert found == importance(SPACE, some)
    assert found.n_trials == 40


def test_trials_from_before_a_hyper_parameter_was_added_are_left_out():
    some = trials(40)
    old = [trial(100 + one.number, {"lr": one.config["lr"]}, 9e9) for one in some]
    assert importance(SPACE, old + some) == importance(SPACE, some)


def test_too_few_trials_are_said():
    found = importance(SPACE, trials(7))
    assert found.verdict == "Too few trials to say: 7 of at least 16."
    assert (found.names, found.values, found.lows, found.highs) == ((), (), (), ())
    assert found.n_trials == 7


def test_sixteen_trials_are_enough():
    found = importance(SPACE, trials(16))
    assert found.verdict == ""
    assert len(found.values) == 4


def test_equal_scores_are_said():
    found = importance(SPACE, trials(40, lambda _: 0.5))
    assert (found.verdict, found.values) == ("All scores are equal.", ())


def test_scores_that_differ_between_equal_configurations_are_explained_by_nothing():
    config = trials(1)[0].config
    some = [trial(number, config, float(number)) for number in range(1, 41)]
    found = importance(SPACE, some)
    assert (found.verdict, found.values) == ("No hyper-parameter explains the scores.", ())


def test_a_space_without_anything_to_search_is_said():
    found = importance(SpaceVersion(1, (SPACE["seed"],)), trials(40))
    assert found.verdict == "No hyper-parameter is searched."


def test_the_only_hyper_parameter_explains_everything():
    found = importance(SpaceVersion(1, (SPACE["lr"],)), trials(50))
    assert (found.names, found.values) == (("lr",), pytest.approx((1.0,)))


def test_more_than_two_thousand_trials_are_sampled():
    found = importance(SPACE, trials(2_100), n_trees=4)
    assert (found.n_trials, found.n_sampled) == (2_100, 2_000)


def test_trials_all_over_the_space_need_no_caution():
    assert importance(SPACE, trials(100)).caution == ""


def test_trials_that_crowd_are_said():
    points = np.random.default_rng(0).random((100, 4))
    points[:95, 1] = 0.8 + points[:95, 1] / 100
    points[:95, 3] = 0.1
    configs = ENCODING.decode(points)
    found = importance(SPACE, [trial(n, one, additive(one)) for n, one in enumerate(configs, 1)])
    assert found.caution == "Read with care: most trials lie close together in lr, kernel."


def test_an_importance_cannot_be_changed():
    with pytest.raises(FrozenInstanceError):
        Importance("by hand").verdict = "changed"


def test_what_is_active_only_at_times_is_ranked_with_the_rest():
    space = SpaceVersion(
        1,
        (
            HyperParameter("kernel", "choice", "a", choices=("a", "b")),
            HyperParameter("gamma", "real", 0.5, 0.0, 1.0, active_when="kernel == 'b'"),
            HyperParameter("idle", "real", 0.5, 0.0, 1.0),
        ),
    )
    encoding = Encoding(space)
    configs = encoding.decode(np.random.default_rng(0).random((400, 3)))
    history = [
        trial(number, config, 3.0 * config.get("gamma", 0.5))
        for number, config in enumerate(configs, 1)
    ]
    found = importance(space, history)
    assert found.names[0] == "gamma"
    assert found.n_trials == 400
    assert by_name(found)["idle"] < 0.05
