"""What `discover` reads out of estimators, and what presets.toml may say."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from catboost import CatBoostClassifier
from hypothesis import given, settings
from hypothesis import strategies as st
from lightgbm import LGBMClassifier
from sklearn.base import BaseEstimator, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import Lasso, LogisticRegression, Perceptron, SGDClassifier
from sklearn.manifold import TSNE
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import KBinsDiscretizer, SplineTransformer, StandardScaler
from sklearn.svm import SVC, SVR, NuSVC
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.discovery import all_estimators
from tuneboard.engine.discovery import FROM_ALTERNATIVES, FROM_CODE, discover
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.errors import SpaceError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.one_of import OneOf
from xgboost import XGBClassifier

KINDS: dict[str, type] = dict(all_estimators())

COMMON = [
    *("SVC", "RandomForestClassifier", "HistGradientBoostingRegressor", "LogisticRegression"),
    *("MLPClassifier", "KNeighborsClassifier", "SGDRegressor", "AdaBoostClassifier", "OPTICS"),
    *("GaussianNB", "PCA", "TfidfVectorizer", "OneHotEncoder", "DummyClassifier"),
]


class Thing(BaseEstimator):
    """An estimator whose one hyper-parameter holds anything."""

    def __init__(self, thing: Any = None) -> None:
        self.thing = thing

    def fit(self, X: Any, y: Any = None) -> Thing:
        return self


class Unreadable:
    def get_params(self, deep: bool = True) -> dict[str, Any]:
        raise RuntimeError("not today")


class OddRules(Thing):
    @property
    def _parameter_constraints(self) -> dict[str, Any]:
        raise KeyError("gone")


def found(estimator: Any) -> dict[str, HyperParameter]:
    return {one.name: one for one in discover(estimator)}


def searched(estimator: Any) -> list[str]:
    return [one.name for one in discover(estimator) if one.is_searched]


def test_the_current_value_is_the_estimators_own() -> None:
    assert found(SVC(C=2.5))["C"].value == 2.5
    assert found(KNeighborsClassifier(weights="distance"))["weights"].value == "distance"
    assert found(RandomForestClassifier(n_estimators=np.int64(17)))["n_estimators"].value == 17


def test_the_estimator_is_not_changed() -> None:
    model = Pipeline([("scale", StandardScaler()), ("svc", SVC(C=2.0))])
    before = repr(model.get_params())
    discover(model)
    assert repr(model.get_params()) == before


def test_searched_hyper_parameters_come_first_in_the_order_of_the_table() -> None:
    hyper_parameters = discover(RandomForestClassifier())
    flags = [one.is_searched for one in hyper_parameters]
    assert flags == sorted(flags, reverse=True)
    assert searched(RandomForestClassifier()) == [
        "max_features",
        "min_samples_leaf",
        "min_samples_split",
        "max_depth",
    ]


def test_the_number_of_trees_is_shown_but_not_searched() -> None:
    n_estimators = found(RandomForestClassifier(n_estimators=42))["n_estimators"]
    assert (n_estimators.value, n_estimators.is_searched) == (42, False)


@pytest.mark.parametrize(
    ("estimator", "name", "low", "high"),
    [
        (SVC(C=5000.0), "C", 0.001, 5000.0),
        (SVC(C=1e-6), "C", 1e-6, 1000.0),
        (SVC(C=5000), "C", 0.001, 5000.0),
        (DecisionTreeClassifier(max_depth=100), "max_depth", 1, 100),
        (KNeighborsClassifier(n_neighbors=64), "n_neighbors", 1, 64),
    ],
)
def test_a_value_outside_the_preset_widens_the_range(
    estimator: Any, name: str, low: float, high: float
) -> None:
    one = found(estimator)[name]
    assert (one.low, one.high, one.is_searched) == (low, high, True)
    assert one.value == getattr(estimator, name)


@pytest.mark.parametrize(
    ("estimator", "name", "start"),
    [
        (DecisionTreeClassifier(max_depth=None), "max_depth", 30),
        (SVC(gamma="scale"), "gamma", 0.01),
        (RandomForestClassifier(max_features="sqrt"), "max_features", 0.3),
        (HistGradientBoostingClassifier(l2_regularization=0.0), "l2_regularization", 1e-10),
        (Lasso(alpha=0), "alpha", 0.001),
    ],
)
def test_a_value_left_to_the_estimator_starts_where_the_table_says(
    estimator: Any, name: str, start: float
) -> None:
    one = found(estimator)[name]
    assert (one.value, one.is_searched) == (start, True)


@pytest.mark.parametrize(
    ("estimator", "name"),
    [
        (RandomForestClassifier(max_features=3), "max_features"),
        (RandomForestClassifier(min_samples_leaf=0.1), "min_samples_leaf"),
        (MLPClassifier(hidden_layer_sizes=(50, 20)), "hidden_layer_sizes"),
        (SVC(C=float("inf")), "C"),
        (SVC(C=-1.0), "C"),
    ],
)
def test_a_value_of_another_kind_is_shown_and_left_as_it_is(estimator: Any, name: str) -> None:
    one = found(estimator)[name]
    assert (one.value, one.is_searched) == (None, False)


def test_a_share_of_one_is_not_taken_for_a_count() -> None:
    assert found(ExtraTreesRegressor(max_features=1.0))["max_features"].value == 1.0
    assert found(ExtraTreesRegressor(max_features=1))["max_features"].value is None


def test_one_hidden_layer_is_its_number_of_units() -> None:
    one = found(MLPClassifier(hidden_layer_sizes=(64,)))["hidden_layer_sizes"]
    assert (one.kind, one.value, one.is_searched) == ("int", 64, True)


def test_a_choice_of_the_user_joins_the_choices() -> None:
    one = found(KNeighborsClassifier(metric="manhattan"))["metric"]
    assert (one.value, one.choices[0]) == ("manhattan", "manhattan")
    assert found(KNeighborsClassifier(p=2.0))["p"].choices == (1, 2)
    assert found(SGDClassifier(penalty=None))["penalty"].choices[0] is None


@pytest.mark.parametrize("kernel", ["precomputed", np.dot])
def test_a_kernel_that_has_no_alternative_is_left_out(kernel: Any) -> None:
    assert "kernel" not in found(SVC(kernel=kernel))


def test_steps_of_nested_pipelines_are_named_by_their_path() -> None:
    inner = Pipeline([("scale", StandardScaler()), ("svc", SVC())])
    outer = Pipeline([("features", "passthrough"), ("model", inner)])
    assert searched(outer) == ["model__svc__C", "model__svc__gamma"]
    assert "features" not in found(outer)


def test_members_of_compositions_are_walked() -> None:
    union = FeatureUnion([("one", StandardScaler())])
    columns = ColumnTransformer([("union", union, [0]), ("rest", "drop", [1])])
    vote = VotingClassifier([("svc", SVC()), ("tree", DecisionTreeClassifier())])
    names = searched(Pipeline([("prepare", columns), ("vote", vote)]))
    assert names[:2] == ["vote__svc__C", "vote__svc__gamma"]
    assert names[2] == "vote__tree__max_depth"


def test_a_fitted_model_inside_is_not_looked_into() -> None:
    assert discover(FrozenEstimator(SVC())) == ()


def test_a_subclass_takes_the_lines_of_its_parent() -> None:
    class MySVC(SVC):
        pass

    assert searched(MySVC()) == ["C", "gamma"]


def test_what_is_not_tunable_is_left_out() -> None:
    names = set(found(RandomForestClassifier())) | set(found(SVC())) | set(found(StandardScaler()))
    assert names.isdisjoint(
        {"random_state", "n_jobs", "verbose", "warm_start", "copy", "cache_size", "with_mean"}
    )


@pytest.mark.parametrize(
    ("value", "kind", "low", "high", "log"),
    [
        (0.5, "real", 0.005, 50.0, True),
        (1e-6, "real", 1e-8, 1e-4, True),
        (0.0, "real", 0.0, 1.0, False),
        (-2.0, "real", -4.0, 0.0, False),
        (10, "int", 5, 20, False),
        (1, "int", 1, 2, False),
        (0, "int", 0, 1, False),
        (np.float32(0.5), "real", 0.005, 50.0, True),
    ],
)
def test_a_number_without_preset_gets_a_range_around_it(
    value: Any, kind: str, low: float, high: float, log: bool
) -> None:
    one = found(Thing(value))["thing"]
    assert (one.kind, one.value, one.low, one.high, one.log) == (kind, value, low, high, log)
    assert (one.is_searched, one.source) == (False, FROM_CODE)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "text",
        -1,
        float("nan"),
        float("inf"),
        5e-324,
        1e308,
        [1, 2],
        (1, 2),
        {"a": 1},
        np.arange(3),
        np.dot,
        SVC,
        1j,
        object(),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_value_that_cannot_be_read_is_left_out(value: Any) -> None:
    assert discover(Thing(value)) == ()


def test_a_truth_value_is_a_choice_of_both() -> None:
    one = found(Thing(True))["thing"]
    assert (one.kind, one.value, one.choices) == ("choice", True, (False, True))
    assert not one.is_searched


def test_options_come_from_scikit_learns_own_rules() -> None:
    assert found(LogisticRegression())["solver"].choices[:2] == ("lbfgs", "liblinear")
    assert found(NuSVC())["class_weight"].choices == (None, "balanced")
    assert found(HistGradientBoostingClassifier())["early_stopping"].choices == (
        False,
        True,
        "auto",
    )


def test_a_deprecated_value_is_no_option() -> None:
    assert all("deprecated" not in one.choices for one in discover(LogisticRegression()))


def test_a_range_stays_inside_scikit_learns_own_limits() -> None:
    fraction = found(Perceptron())["validation_fraction"]
    assert (fraction.low, fraction.high) == (0.001, 0.991)
    angle = found(TSNE())["angle"]
    assert (angle.low, angle.high) == (0.0, 1.0)


def test_rules_that_cannot_be_read_are_done_without() -> None:
    assert found(OddRules(2.0))["thing"].high == 200.0
    assert discover(OddRules("text")) == ()


def test_an_estimator_that_cannot_be_read_has_nothing_to_show() -> None:
    assert discover(Unreadable()) == ()


@settings(deadline=None)
@given(
    st.one_of(
        st.floats(),
        st.integers(),
        st.text(),
        st.booleans(),
        st.none(),
        st.tuples(st.integers()),
        st.lists(st.floats()),
    ),
    st.sampled_from(COMMON),
    st.data(),
)
def test_no_value_of_any_hyper_parameter_makes_it_raise(
    value: Any, name: str, data: st.DataObject
) -> None:
    estimator = KINDS[name]()
    hyper_parameter = data.draw(st.sampled_from(sorted(estimator.get_params())))
    for one in discover(estimator.set_params(**{hyper_parameter: value})):
        assert one.value is None or one.contains(one.value)
        assert one.value is not None or not one.is_searched or one.contains(None)


@pytest.mark.parametrize("thing", [3, "SVC", None, np.arange(3)])
def test_what_is_no_estimator_is_refused_by_its_type(thing: Any) -> None:
    with pytest.raises(SpaceError, match=rf"type {type(thing).__name__} have no get_params"):
        discover(thing)


def test_a_class_is_refused_with_the_way_to_make_an_object() -> None:
    with pytest.raises(SpaceError, match=r"estimator must be an object.*Write SVC\(\)"):
        discover(SVC)


def test_what_only_another_uses_is_active_under_its_condition() -> None:
    hyper_parameters = found(Pipeline([("my-svc", SVC())]))
    assert hyper_parameters["my-svc__degree"].active_when == "`my-svc__kernel` == 'poly'"
    space = SpaceVersion(1, tuple(hyper_parameters.values()))
    config = {"my-svc__kernel": "linear", "my-svc__C": 1.0, "my-svc__gamma": 0.1}
    assert space.conditions.active(config) == {"my-svc__kernel": "linear", "my-svc__C": 1.0}


@pytest.mark.parametrize("kernel", ["precomputed", np.dot])
def test_what_the_kernel_in_the_code_never_uses_is_left_out(kernel: Any) -> None:
    assert set(found(SVC(kernel=kernel))).isdisjoint({"kernel", "gamma", "degree", "coef0"})


def test_a_condition_that_the_code_meets_for_good_is_dropped() -> None:
    class AlwaysPoly(SVC):
        def get_params(self, deep: bool = True) -> dict[str, Any]:
            params: dict[str, Any] = super().get_params(deep)
            del params["kernel"]
            return params

    assert found(AlwaysPoly())["degree"].active_when == ""


def test_choices_of_tuples_are_offered() -> None:
    one = found(TfidfVectorizer(ngram_range=(2, 2)))["ngram_range"]
    assert (one.value, one.choices) == ((2, 2), ((2, 2), (1, 1), (1, 2), (1, 3)))


def test_alternatives_are_a_choice_with_their_own_conditional_on_it() -> None:
    model = Pipeline(
        [
            ("reduce", OneOf(pca=PCA(), no="passthrough")),
            ("clf", OneOf(svc=SVC(), bayes=GaussianNB())),
        ]
    )
    hyper_parameters = found(model)
    chosen = hyper_parameters["clf__chosen"]
    assert (chosen.value, chosen.choices, chosen.is_searched) == ("svc", ("svc", "bayes"), True)
    assert chosen.source == FROM_ALTERNATIVES
    assert hyper_parameters["reduce__chosen"].choices == ("pca", "no")
    assert hyper_parameters["clf__svc__C"].active_when == "clf__chosen == 'svc'"
    assert hyper_parameters["clf__svc__degree"].active_when == (
        "clf__chosen == 'svc' and clf__svc__kernel == 'poly'"
    )


def test_alternatives_within_alternatives_are_active_only_on_the_way_to_them() -> None:
    inner = OneOf(svc=SVC(), bayes=GaussianNB())
    model = OneOf(tree=DecisionTreeClassifier(), rest=Pipeline([("model", inner)]))
    space = SpaceVersion(1, discover(model))
    assert space["rest__model__chosen"].active_when == "chosen == 'rest'"
    config = {"chosen": "tree", "rest__model__chosen": "svc", "rest__model__svc__C": 1.0}
    assert space.conditions.active(config) == {"chosen": "tree"}
    assert space.conditions.active({**config, "chosen": "rest"}) == {**config, "chosen": "rest"}


def test_a_single_alternative_is_no_search() -> None:
    one = found(OneOf(svc=SVC()))["chosen"]
    assert (one.choices, one.is_searched) == (("svc",), False)


def test_random_configurations_of_a_composition_fit() -> None:
    union = FeatureUnion(
        [("spline", SplineTransformer()), ("raw", OneOf(pca=PCA(), no="passthrough"))]
    )
    columns = ColumnTransformer(
        [("union", union, [0, 1, 2]), ("bins", KBinsDiscretizer(), [3]), ("rest", "drop", [4])]
    )
    vote = VotingClassifier([("svc", SVC()), ("tree", DecisionTreeClassifier())])
    stack = StackingClassifier([("bayes", GaussianNB()), ("knn", KNeighborsClassifier())])
    model = Pipeline(
        [("prepare", columns), ("model", OneOf(vote=vote, stack=stack, nested=OneOf(svc=SVC())))]
    )
    rng = np.random.default_rng(0)
    X, y = rng.random((60, 5)), np.arange(60) % 2
    encoding = Encoding(SpaceVersion(1, discover(model)))
    for config in encoding.decode(rng.random((20, encoding.n_dims))):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clone(model).set_params(**encoding.space.conditions.active(config)).fit(X, y)


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (Pipeline([("svc", StandardScaler()), ("svc", SVC())]), "svc"),
        (Pipeline([("memory", StandardScaler()), ("svc", SVC())]), "memory"),
        (Pipeline([("my__svc", SVC())]), "my__svc"),
        (VotingClassifier([("a", SVC()), ("a", GaussianNB())]), "a"),
        (Pipeline([("in", FeatureUnion([("x", PCA()), ("x", PCA())]))]), "x"),
    ],
)
def test_two_parts_of_one_name_are_refused_by_that_name(model: Any, name: str) -> None:
    with pytest.raises(SpaceError, match=rf"SearchSpace.{name} must be a name of its own"):
        discover(model)


def test_alternatives_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(SpaceError, match="OneOf.alternatives must be all classifiers"):
        discover(OneOf(svc=SVC(), svr=SVR()))


def test_what_catboost_does_not_tell_is_offered_all_the_same() -> None:
    hyper_parameters = found(CatBoostClassifier())
    depth = hyper_parameters["depth"]
    assert (depth.value, depth.low, depth.high, depth.is_searched) == (6, 4, 10, True)
    assert hyper_parameters["iterations"].value is None
    assert hyper_parameters["bootstrap_type"].value is None


def test_a_hyper_parameter_keeps_the_name_that_the_code_uses() -> None:
    hyper_parameters = found(CatBoostClassifier(max_depth=3))
    assert (hyper_parameters["max_depth"].value, hyper_parameters["max_depth"].low) == (3, 3)
    assert "depth" not in hyper_parameters


def test_the_number_for_no_limit_is_no_value() -> None:
    max_depth = found(LGBMClassifier())["max_depth"]
    assert (max_depth.value, max_depth.low) == (None, 3)
    assert found(LGBMClassifier(max_depth=20))["max_depth"].high == 20


def test_xgboost_begins_at_its_own_defaults() -> None:
    hyper_parameters = found(XGBClassifier())
    assert (hyper_parameters["max_depth"].value, hyper_parameters["learning_rate"].value) == (
        6,
        0.3,
    )
    assert "2022" in hyper_parameters["max_depth"].source


class NeuralNet(Thing):
    """What skorch's class of that name looks like from outside."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {
            "module": Thing,
            "lr": 0.01,
            "module__n_units": 10,
            "callbacks": [("log", Thing())],
            "callbacks__log__sink": 3,
        }


def test_the_values_that_skorch_passes_on_to_the_module_are_listed() -> None:
    hyper_parameters = found(NeuralNet())
    assert set(hyper_parameters) == {"lr", "module__n_units"}
    assert hyper_parameters["lr"].is_searched
    assert not hyper_parameters["module__n_units"].is_searched
