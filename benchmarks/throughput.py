"""Trials per second with an objective that does nothing, and asks per second per optimizer."""

from __future__ import annotations

import argparse
import tempfile
import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.executors import InProcess, LocalWorkers
from tuneboard.engine.optimizers import OPTIMIZERS, make_optimizer
from tuneboard.engine.study import Study
from tuneboard.engine.trial import Trial, TrialState

PEERS = {
    "random": "RandomSampler",
    "quasi_random": "QMCSampler",
    "tpe": "TPESampler",
    "genetic": "NSGAIISampler",
    "nsga2": "NSGAIISampler",
    "cma_es": "CmaEsSampler",
}
"""Optuna's sampler of the same kind; its Gaussian process needs PyTorch."""


class Space(SearchSpace):
    """Eight hyper-parameters of all kinds."""

    lr = Real(1e-3, bounds=(1e-5, 1e-1), log=True)
    l2 = Real(1e-3, bounds=(1e-6, 1.0), log=True)
    subsample = Real(0.8, bounds=(0.1, 1.0))
    momentum = Real(0.9, bounds=(0.0, 0.99))
    max_depth = Int(6, bounds=(1, 12))
    n_units = Int(32, bounds=(8, 512), log=True)
    kernel = Choice("rbf", choices=["rbf", "poly", "linear"])
    is_balanced = Choice(True, choices=[True, False])


def noop(_config: dict[str, Any]) -> float:
    """Score every configuration alike."""
    return 0.5


def study_rate(n_trials: int, history: Any, executor: Any) -> float:
    """Return trials per second of one whole study by random search."""
    study = Study(noop, space=Space(), optimizer="random", n_trials=n_trials, history=history)
    began = time.perf_counter()
    study.run(executor)
    seconds = time.perf_counter() - began
    if len(study.trials) != n_trials:
        raise RuntimeError(study.message)
    return n_trials / seconds


def suggest(trial: Any) -> None:
    """Ask for the values of `Space` as users of Optuna do."""
    trial.suggest_float("lr", 1e-5, 1e-1, log=True)
    trial.suggest_float("l2", 1e-6, 1.0, log=True)
    trial.suggest_float("subsample", 0.1, 1.0)
    trial.suggest_float("momentum", 0.0, 0.99)
    trial.suggest_int("max_depth", 1, 12)
    trial.suggest_int("n_units", 8, 512, log=True)
    trial.suggest_categorical("kernel", ["rbf", "poly", "linear"])
    trial.suggest_categorical("is_balanced", [True, False])


def optuna_study(sampler: str, storage: str | None = None) -> Any:
    """Return a study in Optuna with one of its samplers."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
    made = getattr(optuna.samplers, sampler)(seed=0)
    return optuna.create_study(sampler=made, storage=storage)


def optuna_rate(n_trials: int, storage: str | None) -> float:
    """Return trials per second of the same study in Optuna."""

    def objective(trial: Any) -> float:
        suggest(trial)
        return 0.5

    study = optuna_study("RandomSampler", storage)
    began = time.perf_counter()
    study.optimize(objective, n_trials=n_trials)
    return n_trials / (time.perf_counter() - began)


def score(config: dict[str, Any]) -> float:
    """Give an optimizer something to learn."""
    return -abs(float(config["subsample"]) - 0.5) - float(config["max_depth"]) / 100


def cpu_ms(once: Callable[[int], None], n_before: int, n_asks: int = 200) -> float:
    """Return milliseconds of CPU per call of `once`, after `n_before` calls."""
    for number in range(1, n_before + 1):
        once(number)
    began = time.process_time()
    for number in range(n_before + 1, n_before + n_asks + 1):
        once(number)
    return 1000 * (time.process_time() - began) / n_asks


def ask_ms(name: str, n_before: int, n_asks: int = 200) -> float:
    """Return milliseconds per ask and tell after `n_before` trials."""
    optimizer = make_optimizer(name, Space().version, n_trials=10 * (n_before + n_asks))

    def once(number: int) -> None:
        proposal = optimizer.ask(number)
        trial = Trial(number, proposal.config, TrialState.RUNNING, proposal.provenance)
        finished = replace(trial, state=TrialState.COMPLETED, score=score(proposal.config))
        optimizer.tell(finished)

    return cpu_ms(once, n_before, n_asks)


def optuna_ask_ms(sampler: str, n_before: int) -> float:
    """Return milliseconds per ask and tell of one of Optuna's samplers, in memory."""
    study = optuna_study(sampler)

    def once(_number: int) -> None:
        trial = study.ask()
        suggest(trial)
        study.tell(trial, -score(trial.params))

    return cpu_ms(once, n_before, 100)


def compare_asks() -> None:
    """Print what each optimizer needs per trial, and Optuna's nearest sampler beside it."""
    title = "ms of CPU per ask and tell"
    print(f"\n{title:<34}{'100 trials':>12}{'1,000':>9}{'asks/s':>9}  Optuna after 1,000")
    for name in OPTIMIZERS:
        few, many = ask_ms(name, 100), ask_ms(name, 1_000)
        line = f"{name:<34}{few:>12.3f}{many:>9.3f}{1000 / many:>9,.0f}"
        if name in PEERS:
            peer = optuna_ask_ms(PEERS[name], 1_000)
            line += f"  {PEERS[name]} {peer:.3f} ms, ratio {peer / many:.1f}x"
        print(line)


def compare(title: str, ours: Callable[[], float], peer: Callable[[], float], n: int) -> None:
    """Print the median rate of both over `n` runs in turn, and their ratio."""
    pairs = [(ours(), peer()) for _ in range(n)]
    mine, theirs = (sorted(rates)[n // 2] for rates in zip(*pairs, strict=True))
    print(f"{title:<34}{mine:>12,.0f}{theirs:>12,.0f}{mine / theirs:>9.1f}x")


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each, the median counts")
    n = parser.parse_args().runs
    folder = Path(tempfile.mkdtemp())
    count = iter(range(10_000))

    def place() -> str:
        return str(folder / f"{next(count)}.db")

    print(f"{'trials per second':<34}{'tuneboard':>12}{'Optuna':>12}{'ratio':>10}")
    compare(
        "in memory, 5,000 trials",
        lambda: study_rate(5_000, False, InProcess()),
        lambda: optuna_rate(2_000, None),
        n,
    )
    compare(
        "SQLite, 1,000 trials",
        lambda: study_rate(1_000, place(), InProcess()),
        lambda: optuna_rate(150, f"sqlite:///{place()}"),
        n,
    )
    rates = sorted(study_rate(500, place(), LocalWorkers(2)) for _ in range(n))
    print(f"{'SQLite, 2 worker processes':<34}{rates[n // 2]:>12,.0f}")
    compare_asks()


if __name__ == "__main__":
    main()
