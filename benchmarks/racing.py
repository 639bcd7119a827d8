"""Fold racing against RandomizedSearchCV: the same configurations, folds and final score."""

from __future__ import annotations

import argparse
import warnings
from typing import Any

import numpy as np
from sklearn import datasets
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.model_selection import RandomizedSearchCV, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from tuneboard.engine.executors import InProcess
from tuneboard.engine.study import Study

PROBLEMS: dict[str, tuple[Any, dict[str, Any]]] = {
    "breast_cancer, SVC": (
        make_pipeline(StandardScaler(), SVC()),
        {"svc__C": (0.01, 1000.0, "log"), "svc__gamma": (1e-5, 1.0, "log")},
    ),
    "digits, extra trees": (
        ExtraTreesClassifier(25, random_state=0),
        {"max_depth": (1, 16), "min_samples_leaf": (1, 40), "max_features": (0.02, 1.0)},
    ),
    "wine, tree": (
        DecisionTreeClassifier(random_state=0),
        {"max_depth": (1, 12), "min_samples_leaf": (1, 60), "ccp_alpha": (1e-4, 0.3, "log")},
    ),
}
DATA = {"breast_cancer": "load_breast_cancer", "digits": "load_digits", "wine": "load_wine"}
N_TRIALS, N_FOLDS = 60, 5


def compare(name: str, seed: int) -> tuple[float, float, int, int, int]:
    """Return both best scores, the fits that racing ran, and what `wrongly_stopped` counts."""
    model, space = PROBLEMS[name]
    X, y = getattr(datasets, DATA[name.split(",")[0]])(return_X_y=True)
    study = Study(
        model,
        X,
        y,
        space=space,
        n_trials=N_TRIALS,
        folds=N_FOLDS,
        seed=seed,
        optimizer="random",
        racing=True,
        history=False,
    ).run(InProcess())
    # The peer is given the same configurations and splits, so that only racing differs.
    grid = [{key: [value] for key, value in one.config.items()} for one in study.trials]
    splits = StratifiedKFold(N_FOLDS, shuffle=True, random_state=seed)
    peer = RandomizedSearchCV(
        study._objective.estimator,
        grid,
        n_iter=len(grid),
        cv=splits,
        random_state=seed,
        refit=False,
    ).fit(X, y)
    results = peer.cv_results_
    scores = {
        repr(sorted(params.items())): score
        for params, score in zip(results["params"], results["mean_test_score"], strict=True)
    }
    n_fits = sum(len(one.fold_scores) for one in study.trials)
    return (
        study.best_trial.score or 0.0,
        float(results["mean_test_score"].max()),
        n_fits,
        *wrongly_stopped(study, scores),
    )


def wrongly_stopped(study: Study, scores: dict[str, float]) -> tuple[int, int]:
    """Count the trials that on all folds beat the incumbent of their moment.

    Returns
    -------
    (int, int)
        Those of them that were stopped, and all of them.
    """
    best, wrong, n_better = -np.inf, 0, 0
    for one in study.trials:
        full = scores[repr(sorted(one.config.items()))]
        is_better = full > best + 1e-12
        n_better += is_better
        if one.state == "stopped early":
            wrong += is_better
        elif one.score is not None:
            best = max(best, one.score)
    return int(wrong), int(n_better)


def main() -> None:
    """Print one row per problem."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=5)
    n_seeds = parser.parse_args().seeds
    warnings.simplefilter("ignore")
    print(f"{'problem':<22}{'racing':>9}{'peer':>9}{'same':>7}{'fits':>7}{'wrongly stopped':>24}")
    for name in PROBLEMS:
        rows = np.array([compare(name, seed) for seed in range(n_seeds)])
        ours, theirs, fits, wrong, better = rows.T
        same = (ours >= theirs - 1e-12).mean()
        share = fits.mean() / (N_TRIALS * N_FOLDS)
        stopped = f"{wrong.sum():.0f} of {better.sum():.0f} improvements"
        print(
            f"{name:<22}{ours.mean():>9.4f}{theirs.mean():>9.4f}{same:>7.0%}{share:>7.0%}"
            f"{stopped:>24}"
        )


if __name__ == "__main__":
    main()
