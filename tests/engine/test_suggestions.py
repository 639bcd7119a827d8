"""Models to try next, out of the user's own code and past studies."""

from __future__ import annotations

import pytest
from tuneboard.engine.metric import find_metric
from tuneboard.engine.settings import Settings
from tuneboard.engine.store_rows import StudyRecord
from tuneboard.engine.suggestions import Suggestion, kind_of, suggest_models

HERE = {"hash": "here"}


def record(number: int, model: str, data: str, score: float) -> StudyRecord:
    metric = find_metric("accuracy", "classification")
    settings = Settings(model=model, metric=metric).to_dict()
    return StudyRecord(
        str(number),
        "past",
        0.0,
        "finished",
        settings,
        best_score=score,
        about={"data": {"hash": data}},
    )


def suggested(
    *records: StudyRecord, code: str = "", **configs: dict[str, object]
) -> list[Suggestion]:
    best = {name.lstrip("s"): (1, config) for name, config in configs.items()}
    return suggest_models("SVC", HERE, "accuracy", records, best, {"a": code} if code else None)


def test_without_code_and_history_nothing_is_suggested() -> None:
    assert suggested() == []


def test_what_did_better_on_these_data_comes_first_with_its_values() -> None:
    found = suggested(
        record(1, "SVC()", "here", 0.90),
        record(2, "RandomForestClassifier(n_estimators=5)", "here", 0.95),
        record(3, "GaussianNB()", "here", 0.80),
        s2={"max_depth": 7},
        code="from sklearn.neighbors import KNeighborsClassifier",
    )
    assert [one.kind for one in found] == ["RandomForestClassifier", "KNeighborsClassifier"]
    assert found[0].reason == (
        "It reached accuracy 0.95 on these data in an earlier study, and SVC 0.9."
    )
    assert found[0].estimator.max_depth == 7
    assert found[0].space.config["max_depth"] == 7


def test_what_was_not_tried_here_is_ordered_by_what_it_beat_elsewhere() -> None:
    found = suggested(
        *(record(n, "GaussianNB()", f"d{n}", 0.5) for n in range(3)),
        *(record(10 + n, "LogisticRegression()", f"d{n}", 0.9) for n in range(3)),
        code="from sklearn.tree import DecisionTreeClassifier",
    )
    assert [one.kind for one in found] == [
        "LogisticRegression",
        "DecisionTreeClassifier",
        "GaussianNB",
    ]
    assert "compared on 3 other data sets, it beat 100% of the other models" in found[0].reason
    assert found[1].reason == "Your code has it, and it was not tried on these data."


def test_only_models_of_the_task_are_suggested_and_never_the_own_one() -> None:
    code = "from sklearn.svm import SVC, SVR\nfrom sklearn.preprocessing import StandardScaler"
    assert suggested(code=code) == []


def test_the_last_step_of_a_pipeline_is_the_model() -> None:
    found = suggested(
        record(1, "Pipeline(steps=[('s', StandardScaler()), ('m', GaussianNB())])", "x", 0.9)
    )
    assert [one.kind for one in found] == ["GaussianNB"]


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("AdaBoostClassifier(estimator=SVC())", "AdaBoostClassifier"),
        ("train", "train"),
    ],
)
def test_the_kind_is_the_class_that_is_made(model: str, kind: str) -> None:
    assert kind_of(model) == kind


def test_code_that_cannot_be_read_suggests_nothing() -> None:
    assert suggested(code="from sklearn.svm import") == []
