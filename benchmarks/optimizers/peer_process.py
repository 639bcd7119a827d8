"""Peers: each runs in a process of its own, and is spoken to in lines of JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar

from problem import Config, Problem

HERE = Path(__file__).parent
ENVIRONMENTS = HERE.parents[1] / "build" / "bench"
READY = "ready"
"""The file that an environment has when all of it is installed."""

_SECONDS_TO_END = 10
_LIBRARIES = ("OMP", "OPENBLAS", "MKL", "NUMBA")
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in _LIBRARIES}


@dataclass(frozen=True)
class Peer:
    """One peer.

    Parameters
    ----------
    script : str
        The file in `peers/` that speaks for it.
    environment : str
        The environment under `build/bench` that it runs in, made by `environments.py`.
    module : str
        What must be importable where there is no such environment.
    options : dict
        What the script is told besides the space.
    is_slow : bool
        Whether it gets 64 evaluations only.
    """

    script: str
    environment: str
    module: str
    options: dict[str, Any] = field(default_factory=dict)
    is_slow: bool = False


def _optuna(sampler: str, module: str = "optuna", is_slow: bool = False, **options: Any) -> Peer:
    told = {"sampler": sampler, **options}
    return Peer("optuna_samplers.py", "optuna", module, told, is_slow)


PEERS = {
    "optuna_random": _optuna("RandomSampler"),
    "optuna_tpe": _optuna("TPESampler"),
    "optuna_tpe_multivariate": _optuna("TPESampler", multivariate=True, group=True),
    "optuna_nsga2": _optuna("NSGAIISampler", population_size=16),
    "optuna_cmaes": _optuna("CmaEsSampler", module="cmaes"),
    "optuna_gp": _optuna("GPSampler", module="torch", is_slow=True),
    "optuna_gp_flat": _optuna("GPSampler", module="torch", is_slow=True, is_flat=True),
    "hebo": Peer("hebo_peer.py", "hebo", "hebo", is_slow=True),
    "smac3": Peer("smac_peer.py", "smac3", "smac", is_slow=True),
    "hyperopt": Peer("hyperopt_peer.py", "hyperopt", "hyperopt"),
    "sklearn_genetic_opt": Peer("genetic_opt_peer.py", "sklearn_genetic_opt", "sklearn_genetic"),
    "dehb": Peer("dehb_peer.py", "dehb", "dehb"),
}


def find_peer(name: str) -> str | None:
    """Return the Python that can run a peer; None where there is none."""
    folder = ENVIRONMENTS / PEERS[name].environment
    if (folder / READY).exists():
        return str(folder / "bin" / "python")
    return sys.executable if find_spec(PEERS[name].module) else None


class PeerError(Exception):
    """A peer failed; the text is its own."""


class PeerProcess:
    """The process of a peer; it is started once and serves one run after the other."""

    def __init__(self, name: str) -> None:
        python, peer = find_peer(name), PEERS[name]
        if python is None:
            raise PeerError(f"{name} is not installed. Run environments.py {peer.environment}.")
        self.name = name
        ENVIRONMENTS.mkdir(parents=True, exist_ok=True)
        self._log = (ENVIRONMENTS / f"{name}.log").open("a")
        self._process = subprocess.Popen(
            [python, str(HERE / "peers" / peer.script)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env={**os.environ, **ONE_THREAD, "PYTHONWARNINGS": "ignore", "PYTHONHASHSEED": "0"},
        )

    def call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request and wait for its answer."""
        if self._process.stdin is None or self._process.stdout is None:
            raise PeerError("The process has no pipes.")
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise PeerError(f"It ended with code {self._process.wait()}.")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise PeerError(answer["error"])
        return answer

    def end(self) -> None:
        """End the process."""
        with suppress(BrokenPipeError, subprocess.TimeoutExpired):
            self._process.communicate(timeout=_SECONDS_TO_END)
        self._process.kill()
        self._process.wait()
        self._log.close()


class PeerEngine:
    """A peer on one problem.

    Parameters
    ----------
    name : str
        One of `PEERS`.
    problem : Problem
        Whose space it searches.
    seed, n_trials : int
        As for tuneboard's own.
    """

    _idle: ClassVar[PeerProcess | None] = None

    def __init__(self, name: str, problem: Problem, seed: int, n_trials: int) -> None:
        self._choices = {one.name: one.choices for one in problem.dimensions if one.choices}
        self._process = self._take(name)
        self._has_failed = False
        space = [self._told(one.described) for one in problem.dimensions]
        options = PEERS[name].options
        started = {"space": space, "seed": seed, "n_trials": n_trials, "options": options}
        self.cpu_s = 0.0
        try:
            self.version: str = self._call({"start": started})["version"]
        except PeerError:
            self.close()
            raise
        self.cpu_s = 0.0  # of asks and tells only

    def ask(self) -> Config:
        """Return the next configuration."""
        config = self._call({"ask": True})["config"]
        return {name: self._value(name, value) for name, value in config.items()}

    def tell(self, config: Config, loss: float) -> None:
        """Take in the loss of the configuration just asked for."""
        self._call({"tell": loss})

    def recall(self, configs: list[Config], losses: list[float]) -> None:
        """Take in trials that were made elsewhere."""
        told = [{name: self._place(name, one[name]) for name in one} for one in configs]
        self._process.call({"recall": {"configs": told, "losses": losses}})

    def close(self) -> None:
        """Leave the process to the next run; end it where it failed."""
        if self._has_failed:
            self._process.end()
        else:
            PeerEngine._idle = self._process

    @classmethod
    def end_idle(cls) -> None:
        """End the process that waits for a next run."""
        if cls._idle is not None:
            cls._idle.end()
            cls._idle = None

    @classmethod
    def _take(cls, name: str) -> PeerProcess:
        """Return the idle process of that peer, or a new one in its place."""
        idle = cls._idle
        if idle is not None and idle.name == name:
            cls._idle = None
            return idle
        cls.end_idle()
        return PeerProcess(name)

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            answer = self._process.call(request)
        except PeerError:
            self._has_failed = True
            raise
        self.cpu_s += answer["cpu_s"]
        return answer

    def _value(self, name: str, value: Any) -> Any:
        return self._choices[name][value] if name in self._choices else value

    def _place(self, name: str, value: Any) -> Any:
        return self._choices[name].index(value) if name in self._choices else value

    def _told(self, described: dict[str, Any]) -> dict[str, Any]:
        """Word a condition by the places of choices, which is all that a peer knows of them."""
        if not described["when"]:
            return described
        parent, *values = described["when"]
        return {**described, "when": [parent, *(self._place(parent, one) for one in values)]}
