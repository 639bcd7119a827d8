"""Compare optimizers: runs what has not been run yet, and prints the table.

python benchmarks/optimizers/run.py --quick
python benchmarks/optimizers/run.py --engines own,optuna_tpe --problems design --seeds 3
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from catalogue import chosen
from engines import engine_names, is_slow
from loop import jobs, run_all
from report import report
from results import GROWING, KEPT, Run, append, read


def main() -> None:
    """Run what the command line asks for."""
    options = _options()
    engines, problems = engine_names(options.engines), chosen(options.problems)
    if options.quick and not options.engines:
        engines = [name for name in engines if not is_slow(name)]
    finished = {} if options.again else read(*_sources(options))
    seeds = range(1, options.seeds + 1)
    todo = jobs(engines, problems, seeds, options.evaluations, finished)
    print(f"{len(todo)} runs to do; results go to {options.results}", flush=True)
    began = time.monotonic()
    for number, run in enumerate(run_all(todo, options.jobs), start=1):
        append(options.results, run)
        _tell(run, number, len(todo), time.monotonic() - began)
    runs = read(*_sources(options))
    wanted = {one.name for one in problems}
    print(report([run for run in runs.values() if run.engine in engines and run.problem in wanted]))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--engines", help="names parted by commas, own, or peers; otherwise all")
    parser.add_argument(
        "--problems", default="all", help="all, design, report, a family, or names parted by commas"
    )
    parser.add_argument("--seeds", type=int, default=5, help="seeds 1 to this")
    parser.add_argument("--evaluations", type=int, default=128, help="slow peers stop at 64")
    parser.add_argument("--jobs", type=int, default=1, help="runs side by side")
    parser.add_argument(
        "--quick", action="store_true", help="1 seed, 64 evaluations, no slow peers"
    )
    parser.add_argument("--again", action="store_true", help="run what has been run before too")
    parser.add_argument("--results", type=Path, default=GROWING, help="where results are added")
    options = parser.parse_args()
    if options.quick:
        options.seeds, options.evaluations = 1, 64
    return options


def _sources(options: argparse.Namespace) -> list[Path]:
    """Return where finished runs are read from: a file of one's own is read alone."""
    return [KEPT, GROWING] if options.results == GROWING else [options.results]


def _tell(run: Run, number: int, n_runs: int, seconds: float) -> None:
    outcome = f"FAILED {run.error}" if run.error else f"{run.cpu_ms:.2f} ms per ask and tell"
    where = f"{run.engine} on {run.problem}, seed {run.seed}"
    print(f"{number}/{n_runs} {seconds:.0f} s  {where}: {outcome}", flush=True)


if __name__ == "__main__":
    main()
