from __future__ import annotations

from dataclasses import FrozenInstanceError
from functools import partial

import numpy as np
import pytest
from tuneboard.engine.analysis.importance import Importance, importance
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.errors import AnalysisError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
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
fanova = partial(importance, method="fanova")


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
    found = by_name(fanova(SPACE, trials(1_000, seed=seed)))
    assert found == pytest.approx(SHARES, abs=0.04)


def test_the_total_variance_is_that_of_the_score():
    found = fanova(SPACE, trials(1_000))
    assert found.total_variance == pytest.approx(14, rel=0.1)


def test_a_score_of_two_hyper_parameters_jointly_has_no_main_effects():
    found = fanova(SPACE, trials(1_000, lambda c: float((c["idle"] - 0.5) * (c["depth"] - 5.5))))
    assert sum(found.values) < 0.2


def test_the_largest_comes_first_and_lies_in_its_interval():
    found = fanova(SPACE, trials(300))
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
    found = by_name(fanova(two, some, n_trees=1))
    assert found["idle"] == pytest.approx(table.mean(axis=0).var() / table.var(), abs=0.01)
    assert found["lr"] == pytest.approx(table.mean(axis=1).var() / table.var(), abs=0.01)


def test_the_same_seed_gives_the_same_values_whatever_the_order_of_trials():
    some = trials(100)
    assert fanova(SPACE, some, seed=3) == fanova(SPACE, reversed(some), seed=3)
    assert fanova(SPACE, some, seed=3).values != fanova(SPACE, some, seed=4).values


def test_values_do_not_depend_on_the_unit_of_the_score():
    plain = fanova(SPACE, trials(100))
    huge = fanova(SPACE, trials(100, lambda config: 1e200 * additive(config)))
    assert huge.names == plain.names
    assert huge.values == pytest.approx(plain.values, abs=0.02)


def test_the_method_names_forest_and_seed():
    found = fanova(SPACE, trials(30), seed=5, n_trees=8)
    assert found.method == "fANOVA main effects on a random forest of 8 trees, seed 5"


def test_failed_trials_are_left_out():
    some = trials(40)
    failed = [trial(number, some[0].config, None) for number in range(100, 140)]
    assert fanova(SPACE, some + failed) == fanova(SPACE, some)


@pytest.mark.parametrize("change", [{"lr": 50.0}, {"kernel": "gone"}, {"lr": None}])
def test_trials_outside_the_space_are_left_out(change):
    some = trials(40)
    outside = [trial(100 + one.number, {**one.config, **change}, 9e9) for one in some]
    found = fanova(SPACE, some + outside)
    assert found == fanova(SPACE, some)
    assert found.n_trials == 40


def test_trials_from_before_a_hyper_parameter_was_added_are_left_out():
    some = trials(40)
    old = [trial(100 + one.number, {"lr": one.config["lr"]}, 9e9) for one in some]
    assert fanova(SPACE, old + some) == fanova(SPACE, some)


def test_too_few_trials_are_said():
    found = fanova(SPACE, trials(7))
    assert found.verdict == "Too few trials to say: 7 of at least 16."
    assert (found.names, found.values, found.lows, found.highs) == ((), (), (), ())
    assert found.n_trials == 7


def test_sixteen_trials_are_enough():
    found = fanova(SPACE, trials(16))
    assert found.verdict == ""
    assert len(found.values) == 4


def test_equal_scores_are_said():
    found = fanova(SPACE, trials(40, lambda _: 0.5))
    assert (found.verdict, found.values) == ("All scores are equal.", ())


def test_scores_that_differ_between_equal_configurations_are_explained_by_nothing():
    config = trials(1)[0].config
    some = [trial(number, config, float(number)) for number in range(1, 41)]
    found = fanova(SPACE, some)
    assert (found.verdict, found.values) == ("No hyper-parameter explains the scores.", ())


def test_a_space_without_anything_to_search_is_said():
    found = fanova(SpaceVersion(1, (SPACE["seed"],)), trials(40))
    assert found.verdict == "No hyper-parameter is searched."


def test_the_only_hyper_parameter_explains_everything():
    found = fanova(SpaceVersion(1, (SPACE["lr"],)), trials(50))
    assert (found.names, found.values) == (("lr",), pytest.approx((1.0,)))


def test_more_than_two_thousand_trials_are_sampled():
    found = fanova(SPACE, trials(2_100), n_trees=4)
    assert (found.n_trials, found.n_sampled) == (2_100, 2_000)


def test_trials_all_over_the_space_need_no_caution():
    assert fanova(SPACE, trials(100)).caution == ""


def test_trials_that_crowd_are_said():
    points = np.random.default_rng(0).random((100, 4))
    points[:95, 1] = 0.8 + points[:95, 1] / 100
    points[:95, 3] = 0.1
    configs = ENCODING.decode(points)
    found = fanova(SPACE, [trial(n, one, additive(one)) for n, one in enumerate(configs, 1)])
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
    found = fanova(space, history)
    assert found.names[0] == "gamma"
    assert found.n_trials == 400
    assert by_name(found)["idle"] < 0.05


# What follows holds for all methods, or for one of the others.

METHODS = ("ped_anova", "fanova", "permutation")


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_what_matters_and_what_does_not(method):
    found = importance(SPACE, trials(600), method=method)
    assert found.names[0] == "lr"
    assert found.names[-1] == "idle"
    assert found.caution == ""
    for low, value, high in zip(found.lows, found.values, found.highs, strict=True):
        assert 0 <= low <= value <= high


@pytest.mark.parametrize("method", METHODS)
def test_the_code_beside_a_ranking_computes_it_again(method):
    class study:  # noqa: N801 (as the code names it)
        class space:  # noqa: N801
            version = SPACE

        trials = globals()["trials"](120)

    only = [*range(1, 100), 105, 110, 111]
    found = (
        importance(SPACE, study.trials, method=method, seed=7, only=only, target="score", n_trees=8)
        if method != "ped_anova"
        else importance(SPACE, study.trials, seed=7, only=only)
    )
    *imports, statement = found.code.splitlines()
    names = {"study": study}
    exec("\n".join(imports), names)  # noqa: S102
    assert eval(statement, names) == found  # noqa: S307
    assert "only={*range(1, 100), 105, 110, 111}" in statement
    assert "seed=7" in statement


@pytest.mark.parametrize("method", METHODS)
def test_every_method_gives_the_same_for_the_same_seed(method):
    some = trials(60)
    first = importance(SPACE, some, method=method, seed=3, n_trees=8)
    assert first == importance(SPACE, reversed(some), method=method, seed=3, n_trees=8)


def optuna_study(space, some, direction="maximize"):
    optuna = pytest.importorskip("optuna")
    from tuneboard.engine.conversion import to_optuna

    sign = 1 if direction == "maximize" else -1
    study = optuna.create_study(direction=direction)
    ranges = to_optuna(space)
    for one in some:
        known = {name: value for name, value in one.config.items() if name in ranges}
        study.add_trial(
            optuna.trial.create_trial(
                params=known,
                distributions={name: ranges[name] for name in known},
                value=sign * one.score,
            )
        )
    return study


@pytest.mark.filterwarnings("ignore::optuna.exceptions.ExperimentalWarning")
@pytest.mark.parametrize("direction", ["maximize", "minimize"])
@pytest.mark.parametrize("n", [60, 500])
def test_ped_anova_agrees_with_optuna_in_either_direction(n, direction):
    optuna = pytest.importorskip("optuna")
    space = SpaceVersion(1, (*SPACE.hyper_parameters, HyperParameter("w", "int", 5, 1, 200)))
    encoding = Encoding(space)
    configs = encoding.decode(np.random.default_rng(1).random((n, encoding.n_dims)))
    some = [trial(number, one, additive(one)) for number, one in enumerate(configs, 1)]
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    theirs = optuna.importance.get_param_importances(
        optuna_study(space, some, direction), evaluator=evaluator
    )
    ours = by_name(importance(space, some, n_resamples=0))
    assert ours == pytest.approx(theirs, abs=1e-9)


def test_ped_anova_looks_at_the_highest_scores():
    # Only where scores are low does idle matter, only where they are high does lr.
    def score(config):
        lr = np.log10(config["lr"]) / 4 + 1
        return 2 + lr if lr > 0.5 else config["idle"]

    found = importance(SPACE, trials(500, score))
    assert found.names[0] == "lr"
    assert "idle" in found.unclear
    low = importance(SPACE, trials(500, lambda config: -score(config)))
    assert by_name(low)["idle"] > by_name(found)["idle"] + 0.2


def test_what_matters_among_the_good_ones_may_be_something_else():
    def score(config):  # lr tells good from bad, depth the best from the good
        return 10 * (config["lr"] > 0.01) + config["depth"] / 10

    some = trials(800, score)
    good = [one.number for one in some if one.score > 9]
    assert fanova(SPACE, some).names[0] == "lr"
    for method in METHODS:
        among = importance(SPACE, some, method=method, only=good)
        assert among.names[0] == "depth"
        assert among.n_trials == len(good)


def test_noise_stands_out_from_chance_seldom():
    rng = np.random.default_rng(0)
    n_clear = 0
    for seed in range(20):
        found = importance(SPACE, trials(80, lambda _: float(rng.normal()), seed=seed))
        n_clear += len(found.names) - len(found.unclear)
    assert n_clear <= 10  # of 80, where 4 are to be expected
    assert (
        found.caution == ("Too few trials to say: no hyper-parameter stands out from chance.")
        or len(found.unclear) < 4
    )


@pytest.mark.parametrize("method", ["fanova", "permutation"])
def test_a_forest_that_foretells_nothing_is_said(method):
    rng = np.random.default_rng(0)
    found = importance(SPACE, trials(80, lambda _: float(rng.normal())), method=method)
    told = found.caution or found.verdict
    assert "Too few trials to say" in told or "explains" in told


def test_the_convergence_state_can_be_explained():
    some = trials(400)
    states = {
        one.number: "diverging"
        if one.config["lr"] > 0.1
        else "flat"
        if one.config["depth"] < 3
        else "improving"
        for one in some
    }
    for method in METHODS:
        found = importance(SPACE, some, method=method, target=states)
        assert found.names[:2] == ("lr", "depth")
        assert found.n_trials == 400


def test_any_numeric_column_can_be_explained():
    some = [
        trial(one.number, one.config, 0.5, duration_s=one.config["depth"] * 2.0)
        for one in trials(200)
    ]
    found = importance(SPACE, some, target="duration_s")
    assert found.names[0] == "depth"
    assert "target='duration_s'" in found.code


def test_an_unknown_column_is_refused():
    message = r"Analysis.column must be one of score, .* not 'loss'. Check the spelling."
    with pytest.raises(AnalysisError, match=message):
        importance(SPACE, trials(20), target="loss")


def test_an_unknown_method_is_refused():
    message = "importance.method must be one of ped_anova, fanova, permutation, not 'shap'."
    with pytest.raises(AnalysisError, match=message):
        importance(SPACE, trials(20), method="shap")


def test_pairs_are_refused_where_the_method_has_none():
    message = "importance.method must be fanova for pairs, not 'ped_anova'. Or leave with_pairs out"
    with pytest.raises(AnalysisError, match=message):
        importance(SPACE, trials(20), with_pairs=True)


def test_an_interaction_is_found_with_its_share():
    found = fanova(
        SPACE,
        trials(1_500, lambda c: float((c["idle"] - 0.5) * (c["depth"] - 5.5))),
        with_pairs=True,
    )
    assert found.pairs[0] == ("idle", "depth")
    assert found.pair_values[0] > 0.6
    assert found.pair_values[1] < 0.1
    assert found.pair_lows[0] <= found.pair_values[0] <= found.pair_highs[0]
    assert "interactions" in found.method


def test_an_additive_score_has_no_interactions():
    found = fanova(SPACE, trials(1_000), with_pairs=True)
    assert max(found.pair_values) < 0.05


def test_only_trials_of_the_highest_fidelity_with_enough_are_compared():
    low = [trial(n, t.config, -9e3, fidelity=1.0) for n, t in enumerate(trials(200, seed=1), 1)]
    full = [trial(300 + n, t.config, t.score, fidelity=9.0) for n, t in enumerate(trials(50), 1)]
    few = [trial(900 + n, t.config, 9e3, fidelity=27.0) for n, t in enumerate(trials(5), 1)]
    found = importance(SPACE, low + full + few)
    assert found.n_trials == 50
    assert found.values == importance(SPACE, full).values


def test_a_conditional_hyper_parameter_agrees_with_optuna():
    optuna = pytest.importorskip("optuna")
    space = SpaceVersion(
        1,
        (
            HyperParameter("kernel", "choice", "a", choices=("a", "b")),
            HyperParameter("gamma", "real", 0.5, 0.0, 1.0, active_when="kernel == 'b'"),
            HyperParameter("idle", "real", 0.5, 0.0, 1.0),
        ),
    )
    configs = Encoding(space).decode(np.random.default_rng(0).random((400, 3)))
    some = [
        trial(number, config, 3.0 * config.get("gamma", 0.6) + config["idle"] / 9)
        for number, config in enumerate(configs, 1)
    ]
    study = optuna.create_study(direction="maximize")
    ranges = {
        "kernel": optuna.distributions.CategoricalDistribution(("a", "b")),
        "gamma": optuna.distributions.FloatDistribution(0, 1),
        "idle": optuna.distributions.FloatDistribution(0, 1),
    }
    for one in some:
        held = {name: ranges[name] for name in one.config}
        study.add_trial(
            optuna.trial.create_trial(params=one.config, distributions=held, value=one.score)
        )
    theirs = optuna.importance.get_param_importances(
        study, evaluator=optuna.importance.PedAnovaImportanceEvaluator()
    )
    assert by_name(importance(space, some, n_resamples=0)) == pytest.approx(theirs, abs=1e-9)
