"""CPU milliseconds per ask and tell after 100 and after 1,000 trials of eight hyper-parameters.

python benchmarks/optimizers/timing.py
python benchmarks/optimizers/timing.py --engines sequential,optuna_gp
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from catalogue import problems
from engines import Engine, engine_names, evaluations_of, start
from peer_process import PeerError
from problem import Config, Problem
from threadpoolctl import threadpool_limits
from tuneboard.engine.encoding import Encoding

KEPT = Path(__file__).parent / "timing.json"
N_BEFORE = (100, 1000)
PROBLEM = "mixed_8"


def random_trials(problem: Problem, n_trials: int) -> tuple[list[Config], list[float]]:
    """Return random configurations and their losses, always the same ones."""
    rng = np.random.default_rng(0)
    encoding = Encoding(problem.space)
    configs = encoding.decode(rng.random((n_trials, encoding.n_dims)))
    return configs, [problem.evaluate(config, rng)[0] for config in configs]


def turn(engine: Engine, problem: Problem, number: int) -> None:
    """Ask once and tell."""
    config = engine.ask()
    engine.tell(config, problem.evaluate(config, np.random.default_rng(number))[0])


def ms_after(name: str, n_before: int) -> float:
    """Return the mean of some asks and tells after so many trials.

    The trials are random ones told beforehand where the engine can be told, and its own where
    it cannot.
    """
    problem = problems()[PROBLEM]
    n_turns = 20 if evaluations_of(name, n_before) == n_before else 5
    engine = start(name, problem, 1, n_before + n_turns + 1)
    try:
        try:
            engine.recall(*random_trials(problem, n_before))
        except PeerError:
            for number in range(n_before):
                turn(engine, problem, number)
        turn(engine, problem, n_before)  # the first one also loads what is loaded once
        before = engine.cpu_s
        for number in range(n_turns):
            turn(engine, problem, n_before + number)
        return 1000 * (engine.cpu_s - before) / n_turns
    finally:
        engine.close()


def measured() -> dict[str, dict[str, float]]:
    """Return engine -> number of trials -> milliseconds, as kept."""
    return json.loads(KEPT.read_text("utf-8")) if KEPT.exists() else {}


def rows() -> list[list[str]]:
    """Return the table of what is kept, the fastest at 100 trials first."""
    found = sorted(measured().items(), key=lambda item: item[1].get("100", np.inf))
    titles = ["ms per ask and tell", *(f"{n_before:,} trials" for n_before in N_BEFORE)]
    shown = [[one.get(str(n_before)) for n_before in N_BEFORE] for _, one in found]
    cells = [
        ["" if ms is None else (f"{ms:,.0f}" if ms >= 100 else f"{ms:.3g}") for ms in row]
        for row in shown
    ]
    return [titles, *([name, *row] for (name, _), row in zip(found, cells, strict=True))]


def main() -> None:
    """Measure what the command line asks for, and keep it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engines", help="names parted by commas, own, or peers; otherwise all")
    parser.add_argument("--trials", type=int, nargs="*", default=list(N_BEFORE))
    options = parser.parse_args()
    for name in engine_names(options.engines):
        for n_before in options.trials:
            with threadpool_limits(1):
                ms = ms_after(name, n_before)
            found = measured()
            found.setdefault(name, {})[str(n_before)] = float(f"{ms:.3g}")
            KEPT.write_text(json.dumps(found, indent=1, sort_keys=True) + "\n", "utf-8")
            print(f"{name:<28}{n_before:>6} trials {ms:>10.3f} ms", flush=True)


if __name__ == "__main__":
    main()
