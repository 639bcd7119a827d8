"""All engines by name behind one ask and tell: tuneboard's own here, peers in their processes."""

from __future__ import annotations

import time
from typing import Any, Protocol

from peer_process import PEERS, PeerEngine, find_peer
from problem import Config, Problem
from tuneboard.engine.optimizers import OPTIMIZERS, make_optimizer
from tuneboard.engine.trial import Provenance, Trial, TrialState


class Engine(Protocol):
    """What the run loop needs; `cpu_s` is what asks and tells have taken so far."""

    cpu_s: float

    def ask(self) -> Config:
        """Return the next configuration."""

    def tell(self, config: Config, loss: float) -> None:
        """Take in the loss, lower is better, of the configuration just asked for."""

    def recall(self, configs: list[Config], losses: list[float]) -> None:
        """Take in trials that were made elsewhere, before the first ask."""

    def close(self) -> None:
        """End what runs for it."""


class OwnEngine:
    """One of tuneboard's optimizers."""

    def __init__(self, name: str, problem: Problem, seed: int, n_trials: int) -> None:
        self._optimizer = make_optimizer(name, problem.space, seed=seed, n_trials=n_trials)
        self._n_asked = 0
        self._provenance = Provenance(name, "")
        self.cpu_s = 0.0

    def ask(self) -> Config:
        """Return the next configuration."""
        self._n_asked += 1
        began = time.process_time()
        proposal = self._optimizer.ask(self._n_asked)
        self.cpu_s += time.process_time() - began
        self._provenance = proposal.provenance
        return proposal.config

    def tell(self, config: Config, loss: float) -> None:
        """Take in the loss of the configuration just asked for."""
        trial = self._trial(self._n_asked, config, loss)
        began = time.process_time()
        self._optimizer.tell(trial)
        self.cpu_s += time.process_time() - began

    def recall(self, configs: list[Config], losses: list[float]) -> None:
        """Take in trials that were made elsewhere."""
        pairs = zip(configs, losses, strict=True)
        self._optimizer.recall(
            self._trial(number, *pair) for number, pair in enumerate(pairs, start=1)
        )
        self._n_asked = len(configs)

    def close(self) -> None:
        """Nothing runs for it."""

    def _trial(self, number: int, config: Config, loss: float) -> Trial:
        return Trial(number, config, TrialState.COMPLETED, self._provenance, score=-loss)


def start(name: str, problem: Problem, seed: int, n_trials: int) -> Engine:
    """Start an engine on a problem."""
    if name in OPTIMIZERS:
        return OwnEngine(name, problem, seed, n_trials)
    return PeerEngine(name, problem, seed, n_trials)


def engine_names(wanted: str | None) -> list[str]:
    """Return the engines named, parted by commas; without a word all that can run here.

    "own" are tuneboard's, "peers" the others that can run here.
    """
    runnable = [name for name in PEERS if find_peer(name) is not None]
    groups: dict[str | None, list[str]] = {
        None: [*OPTIMIZERS, *runnable],
        "own": [*OPTIMIZERS],
        "peers": runnable,
    }
    if wanted in groups:
        return groups[wanted]
    names = str(wanted).split(",")
    for name in names:
        if name not in OPTIMIZERS and name not in runnable:
            why = "cannot run here" if name in PEERS else "is not known"
            known = ", ".join([*OPTIMIZERS, *PEERS])
            raise SystemExit(f"The engine {name} {why}. There are {known}; see environments.py.")
    return names


def evaluations_of(name: str, n_evaluations: int) -> int:
    """Return how many evaluations an engine gets: slow ones stop at 64."""
    return min(n_evaluations, 64) if is_slow(name) else n_evaluations


def is_slow(name: str) -> bool:
    """Whether an engine is a peer that takes hundreds of milliseconds for a proposal."""
    return name in PEERS and PEERS[name].is_slow


def settings_of(engine: Any) -> str:
    """Return the version of a peer's packages; empty for tuneboard's own."""
    return str(getattr(engine, "version", ""))
