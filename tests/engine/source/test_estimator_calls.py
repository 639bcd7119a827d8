"""Estimators in source code, named as scikit-learn names them."""

from __future__ import annotations

import pytest
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from tuneboard.engine.discovery import discover, preset_table
from tuneboard.engine.source.estimator_calls import (
    EstimatorCalls,
    defaults_of,
    is_known,
    positional,
    preset_of,
    rules_of,
)
from tuneboard.engine.source.parsed_code import ParsedCode


def names(text: str) -> list[str]:
    groups = EstimatorCalls(ParsedCode(text)).groups
    return [one.name for group in groups for one in group.found if one.is_tunable]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SVC(C=3)", ["C"]),
        ("svm.SVC(C=3)", ["C"]),
        ("from sklearn.svm import SVC as Machine\nMachine(C=3)", ["C"]),
        ("import sklearn.svm as SVM\nSVM.SVC(C=3)", ["C"]),
        ("SVC(C=3, random_state=1, cache_size=500)", ["C"]),
        ("SVC(C=c, **more)", []),
        ("SVC(3.0)", []),  # its arguments have names only
        ("KNeighborsClassifier(5, weights='distance')", ["n_neighbors", "weights"]),
        ("SelectKBest(f_classif, k=3)", ["k"]),
        ("BaggingClassifier(SVC(C=3), 20)", ["n_estimators", "estimator__C"]),
        ("PCA(*sizes, 2)", []),
        ('Pipeline([("scale", StandardScaler()), ("clf", SVC(C=3))])', ["clf__C"]),
        ('Pipeline(steps=(("s", "passthrough"), ["clf", SVC(C=3)]))', ["clf__C"]),
        ("make_pipeline(StandardScaler(), SVC(C=1))", ["svc__C"]),
        (
            "make_pipeline(PCA(n_components=2), 'passthrough', PCA(n_components=3), SVC(C=1))",
            ["pca-1__n_components", "pca-2__n_components", "svc__C"],
        ),
        ("make_union(PCA(n_components=2))", ["pca__n_components"]),
        ("FeatureUnion([('p', PCA(n_components=2))])", ["p__n_components"]),
        ("make_column_transformer((PCA(n_components=2), ['a']))", ["pca__n_components"]),
        ("ColumnTransformer([('p', PCA(n_components=2), [0])])", ["p__n_components"]),
        ("VotingClassifier([('svc', SVC(C=3))])", ["svc__C"]),
        (
            "StackingClassifier([('svc', SVC(C=3))], final_estimator=LogisticRegression(C=1.0))",
            ["svc__C", "final_estimator__C"],
        ),
        ("GridSearchCV(make_pipeline(SVC(C=3)), {'C': [1, 2]})", ["estimator__svc__C"]),
        (
            "AdaBoostClassifier(estimator=DecisionTreeClassifier(max_depth=2), n_estimators=50)",
            ["n_estimators", "estimator__max_depth"],
        ),
        ("model = SVC(C=3)\npipe = Pipeline([('clf', model)])", ["clf__C"]),
        ("a = SVC(C=3)\nVotingClassifier([('x', a), ('y', a)])", ["x__C"]),
        ("a = Pipeline([('x', a)])", []),
        ("m = SVC(C=3)\nm = SVC(C=4)\nmake_pipeline(m)", ["C", "C"]),
        ("def f():\n    return cross_val_score(SVC(C=3), X, y)", ["C"]),
        ("Path(C=3)", []),
    ],
)
def test_values_have_the_names_of_scikit_learn(text: str, expected: list[str]) -> None:
    assert names(text) == expected


def test_names_and_ranges_are_those_of_the_estimator_itself() -> None:
    text = (
        "make_pipeline(StandardScaler(), PCA(n_components=0.9), PCA(), "
        "SVC(C=3.0, kernel='poly', degree=4, tol=0.01, gamma='scale'))"
    )
    made = make_pipeline(
        StandardScaler(),
        PCA(n_components=0.9),
        PCA(),
        SVC(C=3.0, kernel="poly", degree=4, tol=0.01, gamma="scale"),
    )
    of_estimator = {one.name: one for one in discover(made)}
    found = [one for group in EstimatorCalls(ParsedCode(text)).groups for one in group.found]
    assert len(found) == 6
    for one in found:
        assert one.offered == of_estimator[one.name]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SVC(kernel='poly', degree=4)", {"kernel": "", "degree": "kernel == 'poly'"}),
        ("SVC(kernel=k, degree=4)", {"degree": ""}),
        ("SVC(degree=4, gamma=0.1)", {"gamma": ""}),  # the default kernel has no degree
        ("OneClassSVM(nu=0.3)", {"nu": ""}),
    ],
)
def test_conditions_of_the_presets_hold_among_what_is_written(
    text: str, expected: dict[str, str]
) -> None:
    groups = EstimatorCalls(ParsedCode(text)).groups
    found = [one for group in groups for one in group.found if one.is_tunable]
    assert {one.name: one.offered.active_when for one in found if one.offered} == expected


def test_defaults_and_presets_are_those_of_the_class() -> None:
    assert defaults_of("SVC")["kernel"] == "rbf"
    assert defaults_of("Nonesuch") == {}
    assert preset_of("SVC", "C") == preset_table().by_estimator["SVC"]["C"]
    assert preset_of("SVC", "nonesuch") is None
    assert preset_of("Nonesuch", "C") is None


def test_the_prefix_is_the_variable_or_the_class() -> None:
    groups = EstimatorCalls(ParsedCode("model = SVC(C=1)\nRidge(alpha=2.0)")).groups
    assert [group.prefix for group in groups] == ["model", "ridge"]


def test_what_is_computed_is_listed_but_not_names() -> None:
    calls = EstimatorCalls(ParsedCode("m = SVC(C=10 ** 2, gamma=g, tol=None, cache_size=2 * 3)"))
    (skipped,) = calls.skipped
    assert (skipped.what, skipped.line, skipped.column) == ("SVC(C=...)", 1, 10)
    assert "computed" in skipped.reason


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("MyOwnClassifier(depth=3)", "MyOwnClassifier(...)"),
        ("make_pipeline(StandardScaler(), MyStep(depth=3))", "MyStep(...)"),
        ("Pipeline([('a', MyStep(depth=3))])", "MyStep(...)"),
    ],
)
def test_an_unknown_estimator_is_listed(text: str, what: str) -> None:
    (skipped,) = EstimatorCalls(ParsedCode(text)).skipped
    assert skipped.what == what
    assert "no estimator of scikit-learn's" in skipped.reason


def test_every_class_with_presets_is_known() -> None:
    assert all(map(is_known, preset_table().by_estimator))
    assert is_known("StandardScaler")
    assert not is_known("Path")
    assert not is_known("CONFIG")


def test_positional_arguments_have_the_names_of_the_signature() -> None:
    assert positional("GridSearchCV", 0) == "estimator"
    assert positional("GridSearchCV", 99) == ""
    assert positional("Nonesuch", 0) == ""


def test_rules_are_those_of_the_class() -> None:
    assert rules_of("SVC", "tol")
    assert rules_of("SVC", "nonesuch") == []
    assert rules_of("Nonesuch", "tol") == []
