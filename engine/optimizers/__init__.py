"""The optimizers by name; each is imported on first use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any

from ..errors import OptimizerError

if TYPE_CHECKING:
    from ..fidelity import Fidelity
    from ..hyper_parameter import SpaceVersion
    from .base import Optimizer
    from .scheduler import Scheduler

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
    "ensemble": "ensemble:EnsembleSearch",
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

SCHEDULERS: dict[str, str] = {
    "asynchronous_halving": "asynchronous_halving:AsynchronousHalving",
    "hyperband": "halving:Hyperband",
    "successive_halving": "halving:SuccessiveHalving",
}
"""Name -> "module:Class" of what decides how far a trial goes, in the order offered."""

DEFAULT_SCHEDULER = "asynchronous_halving"


def find_optimizer(name: str) -> type[Optimizer]:
    """Return the optimizer class of that name.

    Raises
    ------
    OptimizerError
        There is none.
    """
    found: type[Optimizer] = _find(name, OPTIMIZERS | OPTUNA_OPTIMIZERS, "optimizer")
    return found


def find_scheduler(name: str) -> type[Scheduler]:
    """Return the scheduler class of that name.

    Raises
    ------
    OptimizerError
        There is none.
    """
    found: type[Scheduler] = _find(name, SCHEDULERS, "scheduler")
    return found


def make_optimizer(
    name: str,
    space: SpaceVersion,
    *,
    seed: int = 0,
    n_trials: int | None = None,
    fidelity: Fidelity | None = None,
    scheduler: str = DEFAULT_SCHEDULER,
    options: Mapping[str, Any] | None = None,
) -> Optimizer:
    """Build the optimizer of that name.

    Parameters
    ----------
    name : str
        A name of `OPTIMIZERS`.
    space, seed, n_trials
        As for every optimizer. Promotions count as trials.
    fidelity : Fidelity or None
        The ladder that trials climb. A scheduler then decides how far each goes, and the
        optimizer of that name makes its new configurations.
    scheduler : str
        A name of `SCHEDULERS`; without a fidelity it has no say.
    options : mapping
        Parameters of that optimizer alone, such as ``{"levels": {"lr": 5}}`` of grid search.

    Raises
    ------
    OptimizerError
        There is none of that name, it has no such option, it refuses the space, the seed or the
        number of trials, or a package that it needs is not installed.
    """
    _check_options(name, options or {})
    optimizer: Callable[..., Optimizer] = find_optimizer(name)
    proposer = partial(optimizer, **(options or {}))
    if fidelity is None:
        return proposer(space, seed=seed, n_trials=n_trials)
    found = find_scheduler(scheduler)
    return found(space, seed=seed, n_trials=n_trials, proposer=proposer, fidelity=fidelity)


def optimizer_labels() -> dict[str, str]:
    """Return name -> what the page calls it, in the order offered."""
    found = (find_optimizer(name) for name in OPTIMIZERS | OPTUNA_OPTIMIZERS)
    return {one.name: one.label for one in found if one.is_installed()}


def scheduler_labels() -> dict[str, str]:
    """Return name -> what the page calls it, in the order offered."""
    return {name: find_scheduler(name).label for name in SCHEDULERS}


def _check_options(name: str, options: Mapping[str, Any]) -> None:
    parameters = signature(find_optimizer(name)).parameters
    known = [one for one in parameters if one not in ("space", "seed", "n_trials")]
    for option in options:
        if option not in known:
            has = f"be one of {', '.join(known)}" if known else "be left out"
            raise OptimizerError.must(
                "Study.options", f"{has} for {name}", option, "Remove it, or check its spelling."
            )


def _find(name: str, registry: Mapping[str, str], what: str) -> Any:
    if name not in registry:
        names = ", ".join(registry)
        raise OptimizerError.must(
            f"Study.{what}", f"be one of {names}", name, "Choose one of these."
        )
    module, _, class_name = registry[name].partition(":")
    return getattr(import_module(f".{module}", __name__), class_name)
