"""Results of runs: one line of JSON per run, in a file that grows and one that is kept."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

KEPT = Path(__file__).parent / "results.jsonl.gz"
"""The results that are committed."""

GROWING = Path(__file__).parents[2] / "build" / "bench" / "results.jsonl"
"""The results of this machine, until `report.py --keep` adds them to those kept."""

Key = tuple[str, str, int]


@dataclass(frozen=True)
class Run:
    """One engine on one problem with one seed.

    Parameters
    ----------
    engine, problem : str
        Their names.
    seed : int
        From 1.
    n_evaluations : int
        How many were asked for.
    at, value : list
        The incumbent: from evaluation `at[i]` on its loss without noise was `value[i]`. Which
        one is the incumbent is told by the losses that the engine saw.
    n_done : int
        How many were evaluated: fewer where the engine had nothing more to propose.
    cpu_ms : float
        Mean CPU milliseconds per ask and tell.
    version : str
        The peer's packages.
    error : str
        Why the run failed; it is then left out of the report, and run again next time.
    """

    engine: str
    problem: str
    seed: int
    n_evaluations: int
    at: list[int]
    value: list[float]
    n_done: int = 0
    cpu_ms: float = 0.0
    version: str = ""
    error: str = ""

    @property
    def key(self) -> Key:
        """What makes it the same run."""
        return self.engine, self.problem, self.seed

    def incumbent(self, n_evaluations: int) -> float | None:
        """Return the incumbent's loss after so many; None where the run was not that long."""
        if n_evaluations > self.n_evaluations:
            return None
        return [
            value for at, value in zip(self.at, self.value, strict=True) if at <= n_evaluations
        ][-1]


def read(*paths: Path) -> dict[Key, Run]:
    """Read runs; of the same run the last that did not fail counts, the longer one first."""
    found: dict[Key, Run] = {}
    for path in paths:
        for line in _lines(path):
            run = Run(**json.loads(line))
            before = found.get(run.key)
            is_worse = before is not None and (
                bool(run.error) or run.n_evaluations < before.n_evaluations
            )
            if not is_worse:
                found[run.key] = run
    return found


def append(path: Path, run: Run) -> None:
    """Add a run to a file at once, so that a run that is stopped loses nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(run)) + "\n")


def keep(path: Path, runs: Iterable[Run]) -> None:
    """Write runs as a compressed file; those that failed too, with their error."""
    lines = [json.dumps(asdict(run)) for run in sorted(runs, key=lambda run: run.key)]
    path.write_bytes(gzip.compress("\n".join([*lines, ""]).encode(), mtime=0))


def forget(path: Path, engines: Iterable[str]) -> None:
    """Drop the runs of some engines from a file, for them to be run anew."""
    dropped = set(engines)
    kept = [line for line in _lines(path) if json.loads(line)["engine"] not in dropped]
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress("".join(kept).encode(), mtime=0))
    elif path.exists():
        path.write_text("".join(kept), "utf-8")


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    # A last line without its end was cut off by whatever stopped the run.
    return [line for line in text.splitlines(keepends=True) if line.endswith("\n")]
