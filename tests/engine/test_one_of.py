"""`OneOf` stands wherever the estimator that it has chosen could."""

from __future__ import annotations

import pickle
import re
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import BaseEstimator, clone, is_classifier, is_regressor
from sklearn.cluster import KMeans
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler, TargetEncoder
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeRegressor
from sklearn.utils.estimator_checks import check_estimator
from tuneboard.engine.errors import SpaceError

from tuneboard import OneOf, SearchSpace, resolved

X, y = load_wine(return_X_y=True)
FRAME = load_wine(as_frame=True).data

# What asks for more than it can give: `named` takes only estimators, not any value, and which
# further arguments `fit` takes is the alternatives' own business, not in its signature.
EXPECTED = {
    "check_do_not_raise_errors_in_init_or_set_params",
    "check_classifiers_one_label_sample_weights",
}


def two() -> OneOf:
    return OneOf(bayes=GaussianNB(), logistic=LogisticRegression(max_iter=5000))


@pytest.mark.parametrize(
    "model",
    [
        OneOf([("logistic", LogisticRegression()), ("bayes", GaussianNB())]),
        OneOf([("bayes", GaussianNB()), ("logistic", LogisticRegression())]),
        OneOf([("ridge", Ridge()), ("tree", DecisionTreeRegressor())]),
        OneOf([("scale", StandardScaler()), ("no", "passthrough")]),
        OneOf([("scale", StandardScaler()), ("no", "passthrough")], chosen="no"),
        OneOf([("inner", OneOf([("ridge", Ridge())]))]),
    ],
    ids=repr,
)
def test_it_passes_the_checks_of_scikit_learn(model: OneOf) -> None:
    results = check_estimator(model, on_skip=None, on_fail=None)
    failed = {one["check_name"] for one in results if one["status"] == "failed"}
    assert len(results) > 30
    assert failed <= EXPECTED


def test_it_predicts_and_scores_as_the_chosen_alternative_does() -> None:
    model, alone = two().fit(X, y), GaussianNB().fit(X, y)
    assert (model.predict(X) == alone.predict(X)).all()
    assert (model.predict_proba(X) == alone.predict_proba(X)).all()
    assert model.score(X, y) == alone.score(X, y)
    assert (model.classes_ == alone.classes_).all()
    assert model.n_features_in_ == 13
    assert model.chosen_ == "bayes"


def test_the_first_is_used_until_another_is_chosen() -> None:
    model = two()
    assert model.chosen_name == "bayes"
    assert isinstance(model.set_params(chosen="logistic").fit(X, y).estimator_, LogisticRegression)


def test_the_list_and_the_named_are_the_same() -> None:
    by_list = OneOf([("bayes", GaussianNB()), ("svc", SVC())], chosen="svc")
    by_name = OneOf(bayes=GaussianNB(), svc=SVC(), chosen="svc")
    assert repr(by_list) == repr(by_name)


def test_the_alternatives_given_are_never_fitted() -> None:
    bayes = GaussianNB()
    OneOf(bayes=bayes).fit(X, y)
    assert not hasattr(bayes, "classes_")


def test_parameters_of_alternatives_are_set_by_their_path() -> None:
    model = OneOf(svc=SVC(), bayes=GaussianNB())
    model.set_params(chosen="svc", svc__C=3.0)
    assert model.get_params()["svc__C"] == 3.0
    model.set_params(svc=SVC(C=7.0))
    assert model.named_alternatives["svc"].C == 7.0


def test_a_clone_has_all_alternatives_and_the_choice() -> None:
    model = clone(two().set_params(chosen="logistic", logistic__C=2.0))
    assert (model.chosen, model.get_params()["logistic__C"]) == ("logistic", 2.0)


def test_it_can_be_pickled_before_and_after_fitting() -> None:
    model = pickle.loads(pickle.dumps(two()))
    fitted = pickle.loads(pickle.dumps(model.fit(X, y)))
    assert (fitted.predict(X) == model.predict(X)).all()


@pytest.mark.parametrize(
    ("model", "is_one", "is_other"),
    [
        (OneOf(svc=SVC()), True, False),
        (OneOf(svr=SVR()), False, True),
        (OneOf(scale=StandardScaler(), no="passthrough"), False, False),
        (OneOf(inner=OneOf(svc=SVC())), True, False),
        (Pipeline([("model", OneOf(svr=SVR()))]), False, True),
    ],
)
def test_it_is_taken_for_what_its_alternatives_are(
    model: Any, is_one: bool, is_other: bool
) -> None:
    assert (is_classifier(model), is_regressor(model)) == (is_one, is_other)


def test_it_has_the_methods_of_the_chosen_alternative_only() -> None:
    model = OneOf(svc=SVC(), bayes=GaussianNB())
    assert hasattr(model, "decision_function")
    assert not hasattr(model, "transform")
    model.set_params(chosen="bayes")
    assert not hasattr(model, "decision_function")
    assert hasattr(model, "predict_proba")
    assert not hasattr(model, "coef_")


@pytest.mark.parametrize("chosen", ["pca", "no"])
def test_a_step_may_be_left_out(chosen: str) -> None:
    step = OneOf(pca=PCA(2), no="passthrough")
    model = Pipeline([("reduce", step), ("bayes", GaussianNB())])
    model.set_params(reduce__chosen=chosen).fit(X, y)
    assert model.named_steps["bayes"].n_features_in_ == (2 if chosen == "pca" else 13)


def test_it_works_inside_every_composition() -> None:
    columns = ColumnTransformer(
        [("scale", OneOf(standard=StandardScaler(), no="passthrough"), [0, 1])]
    )
    union = FeatureUnion([("raw", OneOf(no="passthrough")), ("columns", columns)])
    bagged = BaggingClassifier(two(), n_estimators=2, random_state=0)
    model = Pipeline([("features", union), ("model", bagged)])
    assert cross_val_score(model, X, y, cv=3).mean() > 0.8


def test_it_can_be_nested_and_searched_by_scikit_learn() -> None:
    model = OneOf(bayes=GaussianNB(), rest=OneOf(svc=SVC(), forest=RandomForestClassifier(5)))
    grid = {"chosen": ["bayes", "rest"], "rest__chosen": ["svc", "forest"]}
    search = GridSearchCV(model, grid, cv=3).fit(X, y)
    assert search.best_params_["chosen"] in ("bayes", "rest")


def test_names_of_columns_pass_through() -> None:
    model = OneOf(no="passthrough", scale=MinMaxScaler()).fit(FRAME)
    assert list(model.get_feature_names_out()) == list(FRAME.columns)
    assert list(model.feature_names_in_) == list(FRAME.columns)
    assert (model.inverse_transform(model.transform(FRAME)) == FRAME).all(axis=None)


@pytest.mark.parametrize("chosen", ["no", "scale"])
def test_data_frames_come_out_where_they_are_asked_for(chosen: str) -> None:
    step = OneOf(no="passthrough", scale=MinMaxScaler(), chosen=chosen)
    model = Pipeline([("scale", step)]).set_output(transform="pandas")
    assert isinstance(model.fit_transform(FRAME), pd.DataFrame)


def test_fitting_and_transforming_at_once_is_the_alternatives_own() -> None:
    categories = np.arange(60)[:, None] % 3
    target = np.random.default_rng(0).random(60)
    with warnings.catch_warnings():
        # scikit-learn 1.9 takes the seed in another way, which 1.6 does not know.
        warnings.simplefilter("ignore", FutureWarning)
        ours = OneOf(encode=TargetEncoder(random_state=0)).fit_transform(categories, target)
        own = TargetEncoder(random_state=0).fit_transform(categories, target)
    assert (ours == own).all()


def test_a_transformer_that_has_only_fit_and_transform_will_do() -> None:
    class Plain(BaseEstimator):
        def fit(self, X: Any, y: Any = None) -> Plain:
            return self

        def transform(self, X: Any) -> Any:
            return 2 * X

    assert (OneOf(plain=Plain()).fit_transform(X, y) == 2 * X).all()


def test_clusters_are_fitted_and_predicted_at_once() -> None:
    labels = OneOf(means=KMeans(3, n_init=1, random_state=0)).fit_predict(X)
    assert set(labels) == {0, 1, 2}


def test_fitting_in_parts_goes_on_until_another_is_chosen() -> None:
    model = OneOf(one=GaussianNB(), other=GaussianNB())
    for _ in range(2):
        model.partial_fit(X, y, classes=[0, 1, 2])
    assert model.estimator_.class_count_.sum() == 2 * len(X)
    model.set_params(chosen="other").partial_fit(X, y, classes=[0, 1, 2])
    assert model.estimator_.class_count_.sum() == len(X)


def test_weights_of_rows_reach_the_alternative() -> None:
    weights = np.where(y == 0, 1.0, 0.0)
    assert (OneOf(bayes=GaussianNB()).fit(X, y, sample_weight=weights).class_prior_[1:] == 0).all()


def test_routed_weights_reach_the_alternative_inside_a_pipeline() -> None:
    weights = np.where(y == 0, 1.0, 0.0)
    with sklearn.config_context(enable_metadata_routing=True):
        bayes = GaussianNB().set_fit_request(sample_weight=True)
        model = Pipeline([("model", OneOf(bayes=bayes))])
        model.fit(X, y, sample_weight=weights)
    assert (model.named_steps["model"].class_prior_[1:] == 0).all()


def test_what_is_not_fitted_says_so() -> None:
    with pytest.raises(NotFittedError, match="OneOf instance is not fitted yet"):
        two().predict(X)


def test_an_estimator_without_tags_may_be_an_alternative() -> None:
    class Foreign:
        _estimator_type = "classifier"

        def get_params(self, deep: bool = True) -> dict[str, Any]:
            return {}

        def fit(self, X: Any, y: Any) -> Foreign:
            return self

    assert isinstance(OneOf(foreign=Foreign()).fit(X, y).estimator_, Foreign)
    with pytest.raises(SpaceError, match=r"all classifiers .* not \['Foreign', 'SVR'\]"):
        OneOf(foreign=Foreign(), svr=SVR()).fit(X, y)


def test_classifiers_and_regressors_are_not_mixed() -> None:
    message = "OneOf.alternatives must be all classifiers or all regressors, not ['SVC', 'SVR']"
    with pytest.raises(SpaceError, match=re.escape(message)):
        OneOf(svc=SVC(), svr=SVR()).fit(X, y)


def test_a_choice_that_is_not_there_is_refused_by_its_name() -> None:
    with pytest.raises(SpaceError, match=r"OneOf.chosen must be one of \['bayes'.*not 'svm'"):
        two().set_params(chosen="svm").fit(X, y)
    with pytest.raises(SpaceError, match=r"OneOf.chosen must be one of \['scale'\], not 'no'"):
        Pipeline([("a", OneOf(scale=PCA(), chosen="no")), ("b", SVC())]).fit(X, y)


@pytest.mark.parametrize(
    ("alternatives", "message"),
    [
        (None, "OneOf.alternatives must be named estimators, not None"),
        ([], r"OneOf.alternatives must be named estimators, not \[\]"),
        ([SVC()], "OneOf.alternatives must be named estimators"),
        ([("a", SVC()), ("a", SVC())], "OneOf.alternatives must be named once.*not 'a'"),
        ([("a__b", SVC())], "OneOf.alternatives must be named once.*not 'a__b'"),
        ([("chosen", SVC())], "OneOf.alternatives must be named once.*not 'chosen'"),
        ([(1, SVC())], "OneOf.alternatives must be named once.*not 1"),
        ([("a", "drop")], "OneOf.a must be an estimator or \"passthrough\", not 'drop'"),
        ([("a", SVC)], 'OneOf.a must be an estimator or "passthrough", not <class'),
    ],
)
def test_alternatives_that_cannot_be_used_are_refused(alternatives: Any, message: str) -> None:
    with pytest.raises(SpaceError, match=message):
        OneOf(alternatives).fit(X, y)


def test_the_model_is_resolved_to_plain_estimators() -> None:
    reduce = OneOf(pca=PCA(), no="passthrough", chosen="no")
    inner = OneOf(tree=Pipeline([("scale", OneOf(minmax=MinMaxScaler())), ("svc", SVC())]))
    model = Pipeline([("reduce", reduce), ("model", OneOf(inner=inner))])
    plain = resolved(model.set_params(model__inner__tree__svc__C=5.0))
    assert "OneOf" not in repr(plain)
    assert plain.named_steps["reduce"] == "passthrough"
    assert plain.named_steps["model"].named_steps["svc"].C == 5.0
    assert "OneOf" in repr(model)


def test_a_configuration_of_the_space_can_be_set_and_fitted() -> None:
    model = Pipeline([("model", OneOf(svc=SVC(), bayes=GaussianNB()))])
    space = SearchSpace.from_estimator(model)
    space.model__chosen = "bayes"
    assert not any(name.startswith("model__svc") for name in space.config)
    assert isinstance(resolved(model.set_params(**space.config)).fit(X, y)[-1], GaussianNB)


@pytest.mark.parametrize("alternatives", [None, [SVC()], [("svc", SVC)], 3])
def test_what_cannot_be_used_can_still_be_looked_at(alternatives: Any) -> None:
    assert not is_classifier(OneOf(alternatives))
    assert repr(OneOf(alternatives)).startswith("OneOf(")
