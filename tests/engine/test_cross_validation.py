"""What cross-validation can do beyond a score: splitters, metrics, curves, fidelity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cloudpickle
import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import (
    AdaBoostClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.linear_model import LogisticRegression, Ridge, SGDClassifier
from sklearn.metrics import make_scorer, mean_pinball_loss
from sklearn.model_selection import (
    GroupKFold,
    RepeatedKFold,
    ShuffleSplit,
    TimeSeriesSplit,
    cross_validate,
)
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from tuneboard.engine.errors import ObjectiveError
from tuneboard.engine.job import Job
from tuneboard.engine.objective import CrossValidation, run_objective
from tuneboard.engine.trial import Result, TrialState
from tuneboard.engine.trial_run import TrialRun

WINE = load_wine(return_X_y=True)
CANCER = load_breast_cancer(return_X_y=True)
DIABETES = load_diabetes(return_X_y=True)
ROWS, HALVES = np.arange(40.0).reshape(20, 2), np.array([0] * 10 + [1] * 10)


def at_fidelity(
    objective: CrossValidation, resource: str, amount: float, config: Any = None, **where: str
) -> Result:
    job = Job(1, config or {}, fidelity=amount, resource=resource, **where)  # type: ignore[arg-type]
    return objective(TrialRun(job))


# --- splits


@pytest.mark.parametrize(
    "splitter", [TimeSeriesSplit(4), RepeatedKFold(n_splits=2, n_repeats=2, random_state=3)]
)
def test_any_splitter_of_scikit_learn_gives_the_folds(splitter: Any) -> None:
    result = CrossValidation(Ridge(), *DIABETES, folds=splitter)({"alpha": 0.1})
    expected = cross_validate(Ridge(alpha=0.1), *DIABETES, cv=splitter, scoring="r2")
    assert result.fold_scores == pytest.approx(expected["test_score"])


def test_a_splitter_without_a_seed_splits_alike_in_every_trial_and_worker() -> None:
    objective = CrossValidation(Ridge(), *DIABETES, folds=ShuffleSplit(3))
    copy = cloudpickle.loads(cloudpickle.dumps(objective))
    assert objective({}).fold_scores == objective({}).fold_scores == copy({}).fold_scores


def test_splits_may_be_given_as_row_numbers() -> None:
    rows = np.arange(20)
    splits = [(rows[::2], rows[1::2]), (rows[1::2], rows[::2])]
    result = CrossValidation(GaussianNB(), ROWS, HALVES, folds=iter(splits))({})
    assert len(result.fold_scores) == 2


@pytest.mark.parametrize("folds", [5, GroupKFold(5)])
def test_rows_of_one_group_are_never_on_both_sides(folds: Any) -> None:
    groups = np.arange(178) // 4
    objective = CrossValidation(GaussianNB(), *WINE, folds=folds, groups=groups)
    for train, test in objective.splits:
        assert not set(groups[train]) & set(groups[test])
    assert objective({}).score is not None


@pytest.mark.parametrize(
    ("splits", "message"),
    [
        ([([0, 1], [2, 3])], "must give two splits, not 1"),
        ([([0, 1], [2, 99])] * 2, "must give row numbers from 0 to 19"),
        ([([0, 1], [])] * 2, "must give row numbers from 0 to 19"),
        ([1, 2], "must be able to split the data"),
    ],
)
def test_splits_that_do_not_fit_are_refused(splits: Any, message: str) -> None:
    with pytest.raises(ObjectiveError, match=rf"CrossValidation.folds {message}"):
        CrossValidation(GaussianNB(), ROWS, HALVES, folds=splits)


# --- metrics and weights


def test_several_metrics_are_scored_and_the_first_is_the_score() -> None:
    names = ["f1_macro", "neg_log_loss", "recall_macro"]
    objective = CrossValidation(GaussianNB(), *WINE, metric=names, folds=3)
    result = objective({})
    assert [one.name for one in objective.metrics] == names
    assert [one.is_minimized for one in objective.metrics] == [False, True, False]
    assert result.score == result.scores[0]
    assert len(result.scores) == 3
    assert result.details.fold_scores[0] == result.fold_scores
    assert [len(one) for one in result.details.fold_scores] == [3, 3, 3]


def test_any_scorer_of_scikit_learn_or_of_the_user_scores() -> None:
    pinball = make_scorer(mean_pinball_loss, greater_is_better=False, alpha=0.9)

    def size(model: Any, X: Any, y: Any) -> float:
        return -float(abs(model.coef_).sum())

    objective = CrossValidation(Ridge(), *DIABETES, metric=[pinball, size, "explained_variance"])
    assert [one.name for one in objective.metrics] == [
        "mean_pinball_loss",
        "size",
        "explained_variance",
    ]
    assert objective.metric.is_minimized
    assert objective({}).scores[1] < 0


def test_a_metric_that_is_named_twice_is_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"Study.metric must name different metrics"):
        CrossValidation(GaussianNB(), *WINE, metric=["accuracy", "accuracy"])


def test_train_scores_and_times_are_kept_by_fold() -> None:
    result = CrossValidation(GaussianNB(), *WINE, folds=3, with_train_scores=True)({})
    assert len(result.details.train_scores[0]) == 3
    assert min(result.details.fit_s + result.details.score_s) > 0
    assert CrossValidation(GaussianNB(), *WINE, folds=3)({}).details.train_scores == ()


def test_weights_reach_the_fit_and_the_scorer() -> None:
    weight = np.where(HALVES == 0, 1.0, 0.0)
    model = make_pipeline(StandardScaler(), LogisticRegression())
    noisy = np.where(np.arange(20) % 3 == 0, 1 - HALVES, HALVES)
    plain = CrossValidation(model, ROWS, noisy, folds=2)({})
    weighted = CrossValidation(model, ROWS, noisy, folds=2, sample_weight=weight + 0.01)({})
    assert plain.score != weighted.score


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0] * 19, "must have 20 values"),
        ([-1.0] + [1.0] * 19, "must be finite numbers"),
        ([0.0] * 20, "must be finite numbers"),
        (["a"] * 20, "must be finite numbers"),
    ],
)
def test_weights_that_make_no_sense_are_refused(weights: Any, message: str) -> None:
    with pytest.raises(ObjectiveError, match=rf"CrossValidation.sample_weight {message}"):
        CrossValidation(GaussianNB(), ROWS, HALVES, sample_weight=weights)


def test_weights_for_a_model_that_takes_none_are_refused() -> None:
    with pytest.raises(ObjectiveError, match=r"must be left out for KNeighborsClassifier"):
        CrossValidation(KNeighborsClassifier(), ROWS, HALVES, sample_weight=[1.0] * 20)


# --- rows held out


def test_rows_held_out_are_seen_by_no_trial_and_by_no_worker() -> None:
    X, y = WINE
    numbered = np.column_stack([X, np.arange(len(y))])
    objective = CrossValidation(GaussianNB(), numbered, y, holdout=0.25, folds=3, seed=1)
    seen = set(objective.X[:, -1].astype(int))
    assert len(objective.y) == 133
    assert len(seen) == 133
    copy = cloudpickle.loads(cloudpickle.dumps(objective))
    with pytest.raises(ObjectiveError, match=r"CrossValidation.holdout must be above 0"):
        copy.final_scores({})
    scores = objective.final_scores({})
    assert 0.5 < scores["accuracy"] <= 1


def test_a_final_estimate_of_a_minimized_metric_is_in_its_own_value() -> None:
    name = "neg_mean_absolute_error"
    scores = CrossValidation(Ridge(), *DIABETES, metric=name, holdout=0.2).final_scores({})
    assert scores[name] > 0


@pytest.mark.parametrize("share", [-0.1, 1, 1.5, "a", True])
def test_a_share_that_is_none_is_refused(share: Any) -> None:
    with pytest.raises(ObjectiveError, match=r"CrossValidation.holdout must be a share"):
        CrossValidation(GaussianNB(), *WINE, holdout=share)


def test_row_numbers_do_not_go_with_rows_held_out() -> None:
    splits = [([0, 1], [2, 3])] * 2
    with pytest.raises(ObjectiveError, match=r"must be a number or a splitter where rows are held"):
        CrossValidation(GaussianNB(), ROWS, HALVES, folds=splits, holdout=0.2)


# --- curves


@pytest.mark.parametrize(
    ("model", "data", "last"),
    [
        (RandomForestClassifier(20), WINE, 20),
        (HistGradientBoostingClassifier(max_iter=15), WINE, 15),
        (GradientBoostingRegressor(n_estimators=12), DIABETES, 12),
        (make_pipeline(StandardScaler(), AdaBoostClassifier(n_estimators=8)), CANCER, 8),
        (make_pipeline(StandardScaler(), SGDClassifier(max_iter=6)), CANCER, 6),
        (make_pipeline(StandardScaler(), MLPClassifier(8, max_iter=5)), WINE, 5),
    ],
)
def test_a_model_that_can_grow_gives_a_learning_curve(model: Any, data: Any, last: int) -> None:
    result = CrossValidation(model, *data, folds=3, with_curve=True)({})
    steps = [step for step, _ in result.details.curve]
    assert steps == sorted(set(steps))
    assert (steps[-1], min(len(steps), 4)) == (last, 4)
    assert result.details.curve[-1][1] == pytest.approx(result.score)


def test_a_curve_that_is_read_off_the_stages_changes_no_score() -> None:
    model = HistGradientBoostingClassifier(max_iter=10)
    for metric in ("accuracy", "neg_log_loss"):
        plain = CrossValidation(model, *WINE, folds=3, metric=metric)({})
        with_curve = CrossValidation(model, *WINE, folds=3, metric=metric, with_curve=True)({})
        assert with_curve.fold_scores == plain.fold_scores
        assert len(with_curve.details.curve) == 10


@pytest.mark.parametrize(
    "model", [GradientBoostingClassifier(n_estimators=10), SGDClassifier(max_iter=12)]
)
def test_the_curve_of_the_training_rows_comes_with_both(model: Any) -> None:
    measured = {"with_curve": True, "with_train_scores": True}
    details = CrossValidation(model, *WINE, folds=3, **measured)({}).details
    assert [step for step, _ in details.train_curve] == [step for step, _ in details.curve]
    assert details.train_curve[-1][1] == pytest.approx(sum(details.train_scores[0]) / 3)
    alone = CrossValidation(model, *WINE, folds=3, with_curve=True)({}).details
    assert alone.curve == details.curve
    assert alone.train_curve == ()


def test_a_model_that_cannot_grow_gives_no_curve() -> None:
    assert CrossValidation(GaussianNB(), *WINE, with_curve=True)({}).details.curve == ()


# --- fidelity


def test_a_share_of_the_training_rows_lies_within_a_larger_one() -> None:
    objective = CrossValidation(GaussianNB(), *WINE, folds=3)
    train, _ = objective.splits[0]
    parts = [
        set(objective._part(train, TrialRun(Job(1, {}, 1, share, "training fraction")), 0))
        for share in (0.1, 0.3, 1.0)
    ]
    assert parts[0] < parts[1] < parts[2] == set(train)
    assert {objective.y[row] for row in parts[0]} == {0, 1, 2}
    assert at_fidelity(objective, "training fraction", 0.3).score is not None


def test_a_hyper_parameter_as_resource_is_set_to_the_fidelity() -> None:
    objective = CrossValidation(RandomForestClassifier(50), *WINE, folds=3)
    low = at_fidelity(objective, "n_estimators", 2, {"max_depth": 2})
    full = CrossValidation(RandomForestClassifier(2), *WINE, folds=3)({"max_depth": 2})
    assert low.fold_scores == full.fold_scores


@pytest.mark.parametrize(
    ("model", "resource", "amounts"),
    [
        (RandomForestClassifier(), "n_estimators", (3, 9, 27)),
        (ExtraTreesClassifier(), "n_estimators", (3, 9, 27)),
        (HistGradientBoostingClassifier(), "max_iter", (2, 6, 18)),
        (make_pipeline(StandardScaler(), SGDClassifier()), "sgdclassifier__max_iter", (1, 3, 9)),
        (make_pipeline(StandardScaler(), MLPClassifier(8)), "mlpclassifier__max_iter", (1, 2, 4)),
    ],
)
def test_a_promoted_trial_goes_on_from_its_parent_and_scores_as_from_the_start(
    model: Any, resource: str, amounts: tuple[int, ...], tmp_path: Path
) -> None:
    objective = CrossValidation(model, *CANCER, folds=2, seed=4)
    for number, amount in enumerate(amounts):
        parent = str(tmp_path / str(number - 1)) if number else ""
        result = at_fidelity(
            objective, resource, amount, folder=str(tmp_path / str(number)), parent_folder=parent
        )
        assert len(list((tmp_path / str(number)).glob("*.model"))) == 2
        fresh = at_fidelity(objective, resource, amount)
        assert result.fold_scores == fresh.fold_scores


def test_a_promoted_trial_does_not_fit_again_what_its_parent_has(tmp_path: Path) -> None:
    objective = CrossValidation(RandomForestClassifier(), *CANCER, folds=2)
    first, second = str(tmp_path / "1"), str(tmp_path / "2")
    low = at_fidelity(objective, "n_estimators", 200, folder=first)
    high = at_fidelity(objective, "n_estimators", 201, folder=second, parent_folder=first)
    assert sum(high.details.fit_s) < sum(low.details.fit_s) / 3


def test_a_checkpoint_of_anybody_else_is_never_loaded(tmp_path: Path) -> None:
    objective = CrossValidation(RandomForestClassifier(), *CANCER, folds=2)
    folder = tmp_path / "1"
    folder.mkdir()

    class Trap:
        def __reduce__(self) -> Any:
            return (Path.touch, (tmp_path / "sprung",))

    for fold in range(2):
        (folder / f"fold_{fold}.model").write_bytes(b"x" * 32 + cloudpickle.dumps(Trap()))
    result = at_fidelity(objective, "n_estimators", 4, folder=str(folder))
    assert result.score is not None
    assert not (tmp_path / "sprung").exists()


def test_a_resource_that_says_nothing_to_the_model_is_refused() -> None:
    objective = CrossValidation(GaussianNB(), *WINE)
    with pytest.raises(ObjectiveError, match=r"Fidelity.resource must be 'training fraction' or a"):
        objective.check_resource("epochs")
    assert "must be 'training fraction'" in at_error(objective, "epochs")


def at_error(objective: CrossValidation, resource: str) -> str:
    result = run_objective(objective, Job(1, {}, fidelity=2.0, resource=resource))
    assert result.state is TrialState.FAILED
    return result.error
