from __future__ import annotations

from dataclasses import replace

import pytest
from tuneboard.engine.errors import StudyError
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.settings import Settings
from tuneboard.engine.side_by_side import (
    ABSENT,
    Row,
    changes_of,
    compare_studies,
    compare_trials,
    what_moved_the_score,
)
from tuneboard.engine.study_data import StudyData
from tuneboard.engine.trial import Mutation, Provenance, Trial, TrialState

LR = HyperParameter("lr", "real", 0.1, 0.0, 1.0)
ONE, TWO = SpaceVersion(1, (LR,)), SpaceVersion(2, (replace(LR, high=0.5),))
LOSS = Metric("loss", "loss", is_minimized=True)


def trial(number: int, score: float | None, *parents: int, **config: float) -> Trial:
    state = TrialState.FAILED if score is None else TrialState.COMPLETED
    made = Provenance("evolutionary", "made", parents, "crossover" if parents else "")
    return Trial(number, dict(config), state, made, 1 + (number > 2), score, fold_scores=(1.0,))


TRIALS = (
    trial(1, -1.0, lr=0.1, k=1),
    trial(2, None, lr=0.2, k=1),
    trial(3, -0.5, 1, 2, lr=0.1, k=5),
    trial(4, -0.75, lr=0.4, k=5),
)
STUDY = StudyData("churn", Settings(metric=LOSS), (ONE, TWO), TRIALS, {"code": "a = 1\nb = 2"})


def test_each_trial_is_compared_with_its_best_parent_or_the_one_before() -> None:
    changes = changes_of(TRIALS)

    assert [(one.number, one.against, one.gain) for one in changes] == [
        (2, 1, None),
        (3, 1, 0.5),
        (4, 3, -0.25),
    ]
    assert changes[1].mutations == (Mutation("k", 1, 5),)


def test_the_change_that_moved_the_score_most_comes_first() -> None:
    assert [one.number for one in what_moved_the_score(changes_of(TRIALS))] == [3, 4]


def test_configurations_stand_side_by_side_with_scores_in_their_own_direction() -> None:
    found = compare_trials(STUDY, [1, 3])

    assert found.titles == ("trial 1", "trial 3")
    assert found.config == (Row("lr", (0.1, 0.1)), Row("k", (1, 5)))
    assert [row.differs for row in found.config] == [False, True]
    assert found.score[0] == Row("loss", (1.0, 0.5))
    assert found.space == ((), ("lr high: 1.0 → 0.5",))
    assert "k" in {row.name for row in found.differing}


def test_studies_differ_in_configuration_space_code_data_and_versions() -> None:
    about = {"code": "a = 1\nb = 3", "data": {"hash": "x"}, "versions": {"numpy": "2"}}
    other = StudyData("later", Settings(metric=LOSS, seed=5), (ONE,), TRIALS[:2], about)

    found = compare_studies([STUDY, other])

    assert Row("best loss", (0.5, 1.0)) in found.score
    assert Row("seed", (0, 5)) in found.setup
    assert found.data == (Row("hash", (ABSENT, "x")),)
    assert found.versions == (Row("numpy", (ABSENT, "2")),)
    assert found.space[1] == ("lr high: 0.5 → 1.0",)
    assert found.code.splitlines()[-2:] == ["-b = 2", "+b = 3"]


def test_studies_without_a_score_can_be_compared() -> None:
    empty = replace(STUDY, trials=())

    assert Row("trials", (0, 0)) in compare_studies([empty, empty]).score


def test_one_alone_cannot_be_compared() -> None:
    with pytest.raises(StudyError, match="compare must be given two or more, not 1"):
        compare_trials(STUDY, [1])
