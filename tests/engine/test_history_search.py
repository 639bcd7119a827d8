from __future__ import annotations

from pathlib import Path

import pytest
from tuneboard.engine.errors import QueryError
from tuneboard.engine.history import History
from tuneboard.engine.history_search import (
    LikenessIndex,
    complete,
    search_studies,
    search_trials,
)
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.settings import Settings
from tuneboard.engine.study_data import StudyData
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(1, (HyperParameter("lr", "real", 0.1, 0.0, 1.0),))
RMSE = Metric("neg_root_mean_squared_error", "RMSE", is_minimized=True)


def study(name: str, model: str, scores: list[float], code: str = "", file: str = "") -> StudyData:
    trials = tuple(
        Trial(
            number,
            {"lr": number / 10},
            TrialState.COMPLETED,
            Provenance("random", "drawn"),
            score=score,
            started_at=1e9 + number,
        )
        for number, score in enumerate(scores, 1)
    )
    about = {"code": code, "code_name": file}
    settings = Settings(model=model, metric=RMSE, n_trials=len(scores))
    return StudyData(name, settings, (SPACE,), trials, about)


@pytest.fixture
def history(tmp_path: Path) -> History:
    history = History(tmp_path / "history.db")
    forest = "clf = RandomForestClassifier()  # customers who leave"
    history.add(study("churn", "RandomForestClassifier()", [-0.5, -0.2], forest, "a.ipynb"))
    history.add(study("prices", "SVR()", [-3.0], "svr on house prices", "b.ipynb"))
    history.add(study("old prices", "SVR()", [-5.0], "svr on house prices, first try", "b.ipynb"))
    return history


def names(history: History, text: str) -> list[str]:
    return [one.name for one in search_studies(history, text)]


def test_studies_are_found_by_their_facts_newest_first(history: History) -> None:
    assert names(history, "") == ["old prices", "prices", "churn"]
    assert names(history, "model:SVR") == ["old prices", "prices"]
    assert names(history, "score<1") == ["churn"]  # the metric's own direction
    assert names(history, "neg_root_mean_squared_error>4") == ["old prices"]
    assert names(history, "lr=0.2") == ["churn"]  # of the best configuration
    assert names(history, "trials>1 since:today") == ["churn"]
    assert names(history, "customers") == ["churn"]
    assert names(history, "file:b.ipynb") == ["old prices", "prices"]


def test_archived_studies_are_out_of_the_way_until_asked_for(history: History) -> None:
    (old, *_) = search_studies(history, "name:old")
    history.mark(old.id, is_archived=True, tags=["first try"], note="no <b>good</b>")

    assert names(history, "") == ["prices", "churn"]
    assert names(history, "is:archived") == ["old prices"]
    assert names(history, 'is:archived tag:"first try" note:"<b>good"') == ["old prices"]


def test_trials_of_one_study_are_found(history: History) -> None:
    (churn,) = search_studies(history, "churn")
    history.mark(churn.id, 1, is_starred=True)

    def numbers(text: str) -> list[int]:
        return [one.number for one in search_trials(history, churn.id, text)]

    assert numbers("") == [2, 1]
    assert numbers("score<0.3") == [2]
    assert numbers("lr<0.15 state:completed optimizer:random") == [1]
    assert numbers("is:starred") == [1]
    assert numbers("trial>=2 duration<1") == [2]


def test_names_that_nothing_has_are_refused(history: History) -> None:
    with pytest.raises(QueryError, match="not 'gamma'"):
        search_studies(history, "gamma<1")
    with pytest.raises(QueryError, match=r"not 'lrr'\. Did you mean lr"):
        search_trials(history, history.studies()[0].id, "lrr<1")


def test_the_box_completes_what_the_history_has(history: History) -> None:
    history.mark(history.studies()[0].id, tags=["first try"])

    (model,) = complete(history, "model:ran")
    assert model.text == 'model:"RandomForestClassifier()"'
    assert [one.text for one in complete(history, "tag:")] == ['tag:"first try"']
    assert "lr" in [one.text for one in complete(history, "l")]


def test_alike_studies_are_found_by_other_words_and_grouped_by_file(history: History) -> None:
    index = LikenessIndex(history)

    assert index.find("random forests for leaving customers")[0].record.name == "churn"
    groups = index.grouped("support vector svr for the price of a house")
    assert groups[0].place == "b.ipynb"
    assert {one.record.name for one in groups[0].hits} == {"prices", "old prices"}
    assert index.find("  ") == []
    assert index.find("zzzz") == []


def test_an_empty_history_has_nothing_alike(tmp_path: Path) -> None:
    assert LikenessIndex(History(tmp_path / "empty.db")).find("forest") == []
