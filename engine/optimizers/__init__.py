"""The optimizers by name; each is imported on first use."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from ..errors import OptimizerError

if TYPE_CHECKING:
    from ..hyper_parameter import SpaceVersion
    from .base import Optimizer

OPTIMIZERS: dict[str, str] = {
    "random": "random:RandomSearch",
    "quasi_random": "quasi_random:QuasiRandomSearch",
    "grid": "grid:GridSearch",
    "sequential": "sequential:SequentialSearch",
    "evolutionary": "evolutionary:EvolutionarySearch",
    "genetic": "genetic:GeneticSearch",
    "differential_evolution": "differential_evolution:DifferentialEvolutionSearch",
    "cma_es": "cma_es:CMAESSearch",
    "nsga2": "nsga2:NSGA2Search",
}
"""Name -> "module:Class" in this package, in the order offered."""


def find_optimizer(name: str) -> type[Optimizer]:
    """Return the optimizer class of that name.

    Raises
    ------
    OptimizerError
        There is none.
    """
    if name not in OPTIMIZERS:
        names = ", ".join(OPTIMIZERS)
        raise OptimizerError.must(
            "Study.optimizer", f"be one of {names}", name, "Choose one of these."
        )
    module, _, class_name = OPTIMIZERS[name].partition(":")
    found: type[Optimizer] = getattr(import_module(f".{module}", __name__), class_name)
    return found


def make_optimizer(
    name: str, space: SpaceVersion, *, seed: int = 0, n_trials: int | None = None
) -> Optimizer:
    """Build the optimizer of that name.

    Raises
    ------
    OptimizerError
        There is none, or it refuses the space, the seed or the number of trials.
    """
    return find_optimizer(name)(space, seed=seed, n_trials=n_trials)


def optimizer_labels() -> dict[str, str]:
    """Return name -> what the page calls it, in the order offered."""
    return {name: find_optimizer(name).label for name in OPTIMIZERS}
