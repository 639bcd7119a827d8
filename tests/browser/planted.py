"""Studies whose every feature is known: they run in the test's process, into the server's store."""

from __future__ import annotations

import math
from typing import Any

from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from tuneboard.engine import Choice, Fidelity, Int, Real, SearchSpace
from tuneboard.engine.dataset import load_bundled
from tuneboard.engine.executors import InProcess
from tuneboard.engine.objective import CrossValidation
from tuneboard.engine.problem import Problem
from tuneboard.engine.study import Study

from .server_process import Server

N_EPOCHS = 27


class NetSpace(SearchSpace):
    """Hyper-parameters of a small network."""

    rate = Real(0.01, bounds=(1e-4, 1.0), log=True)
    momentum = Real(0.5, bounds=(0.0, 0.99))
    width = Int(32, bounds=(4, 256), log=True)
    solver = Choice("sgd", choices=["sgd", "adam", "rmsprop"])


def train(trial: Any) -> float:
    """Report what such a network would: slow at low rates, unsteady at high ones."""
    rate, width = trial["rate"], trial["width"]
    speed = 60 * rate * (1.6 if trial["solver"] == "adam" else 1.0)
    best = 0.93 - 0.02 * abs(math.log10(rate) + 1.6) - 0.05 * (trial["momentum"] - 0.8) ** 2
    value = 0.5
    for epoch in range(1, int(trial.fidelity or N_EPOCHS) + 1):
        learnt = 1 - math.exp(-speed * epoch / N_EPOCHS)
        forgotten = 0.004 * max(0, epoch - 9) if width > 100 and learnt > 0.9 else 0.0
        swing = 0.1 * (-1) ** epoch if rate > 0.35 else 0.0
        fall = 0.03 * epoch if rate > 0.7 else 0.0
        value = 0.5 + (best - 0.5) * learnt - forgotten + swing - fall
        trial.report(epoch, value, train=0.5 + 0.48 * learnt)
    return value


def study_of(server: Server, name: str, objective: Any = train, **settings: Any) -> str:
    """Return the id of a finished study of that name, run now unless it is in the store."""
    known = [one.id for one in server.studies() if one.name == name]
    if known:
        return known[0]
    settings = {"space": NetSpace(), "seed": 2, "n_trials": 60, **settings}
    study = Study(objective, name=name, history=server.history, **settings)
    return study.run(InProcess()).id


def rungs(server: Server) -> str:
    """Return a study whose trials are promoted from 1 to 27 epochs."""
    fidelity = Fidelity("epochs", 1, N_EPOCHS)
    return study_of(server, "Network by epochs", fidelity=fidelity, n_trials=120)


def evolved(server: Server) -> str:
    """Return a study by a genetic algorithm."""
    return study_of(server, "Network, bred", optimizer="evolutionary", n_trials=100)


def modelled(server: Server) -> str:
    """Return a study by a Gaussian process."""
    return study_of(server, "Network, modelled", optimizer="sequential", n_trials=50)


def compared(server: Server) -> str:
    """Return a study among others of the same function, by several algorithms."""
    for name, optimizer in (("random", "random"), ("bred", "evolutionary")):
        for seed in (1, 2, 3):
            study_of(server, f"Network, {name} {seed}", optimizer=optimizer, seed=seed)
    return study_of(server, "Network, modelled", optimizer="sequential", n_trials=50)


def stored(server: Server) -> str:
    """Return a study whose model and data the server can make again."""
    problem = Problem(load_bundled("breast_cancer"), "svc")
    known = [one.id for one in server.studies() if one.name == problem.title]
    if known:
        return known[0]
    study = Study(
        problem.estimator(seed=4),
        problem.dataset.X,
        problem.dataset.y,
        folds=3,
        n_trials=24,
        name=problem.title,
        history=server.history,
        origin=problem.to_dict(),
    )
    return study.run(InProcess()).id


def measured(server: Server) -> str:
    """Return a study of a forest, with its learning curves and training scores."""
    known = [one.id for one in server.studies() if one.name == "Breast cancer, forest"]
    if known:
        return known[0]
    problem = Problem(load_bundled("breast_cancer"), "random_forest")
    data = problem.dataset
    objective = CrossValidation(
        problem.estimator(seed=4),
        data.X,
        data.y,
        folds=3,
        with_train_scores=True,
        with_curve=True,
        seed=4,
    )
    space = {
        "max_features": (0.05, 1.0),
        "n_estimators": (5, 40),
        "max_depth": (1, 12),
    }
    study = Study(
        objective,
        space=space,
        n_trials=16,
        n_workers=2,
        name="Breast cancer, forest",
        history=server.history,
        origin=problem.to_dict(),
    )
    return study.run().id


def two_metrics(server: Server) -> str:
    """Return a study of 30 trials with two metrics."""
    known = [one.id for one in server.studies() if one.name == "split"]
    if known:
        return known[0]
    study = Study(
        KNeighborsClassifier(),
        *load_wine(return_X_y=True),
        metric=["accuracy", "f1_macro"],
        optimizer="evolutionary",
        n_trials=30,
        folds=3,
        seed=1,
        name="split",
        history=server.history,
    )
    return study.run(InProcess()).id


def curves(server: Server) -> str:
    """Return a study all of whose trials are trained in full."""
    return study_of(server, "Network", optimizer="random")
