"""The searches that are compared, each with the share of the budget that it is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from problems import LADDER, Problem
from tuneboard.engine.optimizers import find_optimizer, find_scheduler, make_optimizer
from tuneboard.engine.optimizers.base import Optimizer

N_PER_GENERATION = 20


@dataclass(frozen=True)
class Method:
    """A search by name; a generational one asks for so many trials at once and waits."""

    label: str
    make: Callable[[Problem, int], Optimizer]
    generation: int = 0
    share: float = 1.0


def _full(name: str, problem: Problem, seed: int, **options: Any) -> Optimizer:
    return make_optimizer(name, problem.space, seed=seed, options=options)


def _scheduled(scheduler: str, name: str, problem: Problem, seed: int, **options: Any) -> Optimizer:
    made = find_scheduler(scheduler)
    proposer = find_optimizer(name)
    return made(problem.space, seed=seed, proposer=proposer, fidelity=LADDER, **options)


def _asynchronous(name: str, **options: Any) -> Callable[[Problem, int], Optimizer]:
    return partial(_scheduled, "asynchronous_halving", name, **options)


METHODS: dict[str, Method] = {
    "random": Method("random search, full fidelity", partial(_full, "random")),
    # What a model can do there without any cheap trial: the measure where these tell nothing.
    "sequential": Method("sequential, full fidelity", partial(_full, "sequential")),
    "asha": Method(
        "plain asynchronous halving, random",
        _asynchronous("random", entry="lowest", is_delayed=False),
    ),
    "dasha": Method(
        "asynchronous halving with delayed promotion, random",
        _asynchronous("random", entry="lowest"),
    ),
    "dasha_automatic": Method(
        "asynchronous halving with delayed promotion, random, entry automatic",
        _asynchronous("random"),
    ),
    "halving": Method(
        "successive halving, random", partial(_scheduled, "successive_halving", "random")
    ),
    "hyperband": Method("Hyperband, random", partial(_scheduled, "hyperband", "random")),
    "genetic": Method(
        f"genetic, in generations of {N_PER_GENERATION}, full fidelity",
        partial(_full, "genetic", population=N_PER_GENERATION),
        N_PER_GENERATION,
    ),
    "evolution": Method(
        "evolutionary + asynchronous halving, entry lowest",
        _asynchronous("evolutionary", entry="lowest"),
    ),
    # What is asked of it is asked of a fifth of the budget.
    "hyper_tune": Method(
        "ensemble + asynchronous halving (Hyper-Tune)", _asynchronous("ensemble"), share=0.3
    ),
}
