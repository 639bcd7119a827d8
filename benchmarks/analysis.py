"""Seconds of every analysis on many trials, beside Optuna's PED-ANOVA in the same run."""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from tuneboard.engine.analysis.change_points import change_effects
from tuneboard.engine.analysis.density import density
from tuneboard.engine.analysis.diagnosis import diagnose
from tuneboard.engine.analysis.effective_range import effective_ranges
from tuneboard.engine.analysis.importance import importance
from tuneboard.engine.analysis.improvement_left import improvement_left
from tuneboard.engine.analysis.landscape import landscape
from tuneboard.engine.analysis.representatives import representatives
from tuneboard.engine.analysis.trend import trend
from tuneboard.engine.conversion import to_optuna
from tuneboard.engine.encoding import Encoding
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.trial import Provenance, Trial, TrialState


def space(n_dims: int) -> SpaceVersion:
    """Return as many of each kind as fit: real, log, whole and choice."""
    kinds = (
        lambda name: HyperParameter(name, "real", 0.5, 0.0, 1.0),
        lambda name: HyperParameter(name, "real", 0.1, 1e-4, 1.0, log=True),
        lambda name: HyperParameter(name, "int", 3, 1, 30),
        lambda name: HyperParameter(name, "choice", "a", choices=("a", "b", "c")),
    )
    return SpaceVersion(1, tuple(kinds[i % 4](f"p{i}") for i in range(n_dims)))


def trials(version: SpaceVersion, n: int) -> list[Trial]:
    """Return random trials whose score is a weighed sum of their places, with noise."""
    encoding, rng = Encoding(version), np.random.default_rng(0)
    points = rng.random((n, encoding.n_dims))
    scores = points @ 0.5 ** np.arange(encoding.n_dims) + rng.normal(0, 0.1, n)
    made = Provenance("random", "")
    return [
        Trial(i, config, TrialState.COMPLETED, made, score=float(score), started_at=float(i))
        for i, (config, score) in enumerate(zip(encoding.decode(points), scores, strict=True), 1)
    ]


def optuna_values(version: SpaceVersion, known: list[Trial]) -> Callable[[], dict[str, float]]:
    """Return what computes Optuna's PED-ANOVA of the same trials."""
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    warnings.simplefilter("ignore")
    study, ranges = optuna.create_study(direction="maximize"), to_optuna(version)
    study.add_trials(
        [
            optuna.trial.create_trial(params=one.config, distributions=ranges, value=one.score)
            for one in known
        ]
    )
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    return lambda: optuna.importance.get_param_importances(study, evaluator=evaluator)


def seconds(work: Callable[[], Any], n_runs: int) -> float:
    """Return the median time of some work."""
    times = []
    for _ in range(n_runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return sorted(times)[n_runs // 2]


def main() -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=10_000)
    parser.add_argument("--hyper-parameters", type=int, default=10)
    parser.add_argument("--runs", type=int, default=3, help="runs of each, the median counts")
    asked = parser.parse_args()
    version = space(asked.hyper_parameters)
    known = trials(version, asked.trials)
    theirs = optuna_values(version, known)
    works: dict[str, Callable[[], Any]] = {
        "PED-ANOVA": lambda: importance(version, known, n_resamples=0),
        "PED-ANOVA with intervals": lambda: importance(version, known),
        "PED-ANOVA of Optuna": theirs,
        "fANOVA with intervals": lambda: importance(version, known, method="fanova"),
        "fANOVA with pairs": lambda: importance(version, known, method="fanova", with_pairs=True),
        "permutation with intervals": lambda: importance(version, known, method="permutation"),
        "effective ranges of all": lambda: effective_ranges(version, known),
        "landscape of one pair": lambda: landscape(version, known, "p0", "p1"),
        "diagnosis": lambda: diagnose(version, known),
        "change effects": lambda: change_effects(version, known),
        "trends of all": lambda: [trend(version, known, one) for one in version.names],
        "densities of all": lambda: [density(version, known, one) for one in version.names],
        "representatives": lambda: representatives(known),
        "improvement left": lambda: improvement_left(version, known),
    }
    for work in works.values():
        work()  # what is imported on first use is not counted
    taken = {label: seconds(work, asked.runs) for label, work in works.items()}
    print(f"{asked.trials:,} trials x {asked.hyper_parameters} hyper-parameters, seconds")
    for label, one in taken.items():
        print(f"{label:<28}{one:>8.2f}")
    ratio = taken["PED-ANOVA of Optuna"] / taken["PED-ANOVA"]
    ours = importance(version, known, n_resamples=0)
    values = theirs()
    apart = max(abs(values[name] - one) for name, one in zip(ours.names, ours.values, strict=True))
    print(f"PED-ANOVA against Optuna's: {ratio:.1f} times as fast, values {apart:.0e} apart")


if __name__ == "__main__":
    main()
