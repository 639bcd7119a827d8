"""The optimizers by name; each is imported on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import OptimizerError

if TYPE_CHECKING:
    from ..hyper_parameter import SpaceVersion
    from .base import Optimizer

OPTIMIZERS: dict[str, str] = {
    "auto": "auto:AutoSearch",
    "random": "random:RandomSearch",
    "quasi_random": "quasi_random:QuasiRandomSearch",
    "grid": "grid:GridSearch",
    "sequential": "sequential:SequentialSearch",
    "tpe": "tpe:TPESearch",
    "evolutionary": "evolutionary:EvolutionarySearch",
    "genetic": "genetic:GeneticSearch",
    "differential_evolution": "differential_evolution:DifferentialEvolutionSearch",
    "cma_es": "cma_es:CMAESSearch",
    "nsga2": "nsga2:NSGA2Search",
    "hypervolume": "hypervolume:HypervolumeSearch",
}
"""Name -> "module:Class" in this package, in the order offered."""

OPTUNA_OPTIMIZERS: dict[str, str] = {
    "optuna_tpe": "optuna:OptunaTPESearch",
    "optuna_gp": "optuna:OptunaGPSearch",
    "optuna_cmaes": "optuna:OptunaCMAESSearch",
    "optuna_nsgaii": "optuna:OptunaNSGAIISearch",
    "optuna_nsgaiii": "optuna:OptunaNSGAIIISearch",
    "optuna_qmc": "optuna:OptunaQMCSearch",
    "optuna_random": "optuna:OptunaRandomSearch",
}
"""The same for what needs optuna: always found by name, offered where it is installed."""


def find_optimizer(name: str) -> type[Optimizer]:
    """Return the optimizer class of that name.

    Raises
    ------
    OptimizerError
        There is none.
    """
    known = OPTIMIZERS | OPTUNA_OPTIMIZERS
    if name not in known:
        names = ", ".join(known)
        raise OptimizerError.must(
            "Study.optimizer", f"be one of {names}", name, "Choose one of these."
        )
    module, _, class_name = known[name].partition(":")
    found: type[Optimizer] = getattr(import_module(f".{module}", __name__), class_name)
    return found


def make_optimizer(
    name: str, space: SpaceVersion, *, seed: int = 0, n_trials: int | None = None
) -> Optimizer:
    """Build the optimizer of that name.

    Raises
    ------
    OptimizerError
        There is none, it refuses the space, the seed or the number of trials, or a package
        that it needs is not installed.
    """
    return find_optimizer(name)(space, seed=seed, n_trials=n_trials)


def optimizer_labels() -> dict[str, str]:
    """Return name -> what the page calls it, in the order offered."""
    found = (find_optimizer(name) for name in OPTIMIZERS | OPTUNA_OPTIMIZERS)
    return {one.name: one.label for one in found if one.is_installed()}
