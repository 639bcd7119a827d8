"""Compare searches at several fidelities on a simulated clock, and write the tables.

Results are kept in a file of lines, one per run, so that a run that was broken off goes on.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from clock import Clock, Run
from methods import METHODS
from problems import LADDER, PROBLEMS, Problem
from tuneboard.engine.trial import Trial

HERE = Path(__file__).parent
RESULTS = HERE / "results.jsonl"
TABLES = HERE.parents[1] / "docs" / "fidelity_results.md"
N_FULL = 64
N_WORKERS = 8
SHARES = (0.1, 0.2, 0.5, 1.0)
_N_RESAMPLES = 2_000

Record = dict[str, Any]
Key = tuple[str, str, int]


def measure(problem: Problem, name: str, seed: int) -> Record:
    """Run one search on one problem, and keep what the tables need."""
    method, full_budget_s = METHODS[name], N_FULL * problem.full_s
    search = method.make(problem, seed)
    clock = Clock(problem, search, seed=seed, n_workers=N_WORKERS, generation=method.generation)
    run = clock.run(full_budget_s * method.share)
    return {
        "problem": problem.name,
        "method": name,
        "seed": seed,
        "curve": [(round(spent / full_budget_s, 6), round(truth, 6)) for spent, truth in run.curve],
        "full_at": [
            round(spent / full_budget_s, 6)
            for spent, trial in zip(run.spent_s, run.trials, strict=True)
            if _rung(trial) == len(LADDER.rungs) - 1
        ],
        "n_trials": len(run.trials),
        **_promotions(run),
    }


def _promotions(run: Run) -> Record:
    """Return how the promotions from the lowest rung compare with its final top third."""
    lowest = [trial for trial in run.trials if _rung(trial) == 0]
    promoted = {
        parent
        for trial in run.trials
        if trial.provenance.operator == "promotion"
        for parent in trial.provenance.parents
    } & {trial.number for trial in lowest}
    share = len(lowest) // LADDER.eta
    top = {trial.number for trial in sorted(lowest, key=lambda one: -(one.score or 0.0))[:share]}
    return {
        "n_lowest": len(lowest),
        "n_promoted": len(promoted),
        "recall": len(top & promoted) / share if share else None,
        "precision": len(top & promoted) / len(promoted) if promoted else None,
    }


def _rung(trial: Trial) -> int:
    return LADDER.rung_of(trial.fidelity)


def load() -> dict[Key, Record]:
    """Return the runs that are there already."""
    lines = RESULTS.read_text().splitlines() if RESULTS.exists() else []
    records = [json.loads(line) for line in lines]
    return {(one["problem"], one["method"], one["seed"]): one for one in records}


def truth_at(record: Record, share: float) -> float:
    """Return the truth of the incumbent at a share of the budget."""
    known = [truth for spent, truth in record["curve"] if spent <= share]
    return known[-1] if known else float("nan")


def share_to(record: Record, truth: float) -> float:
    """Return the share of the budget from which on the incumbent is so good; inf if never.

    An incumbent may be lost again, to a worse one at a higher rung: only the last rise counts.
    """
    reached = float("inf")
    for spent, value in reversed(record["curve"]):
        if value < truth:
            break
        reached = spent
    return reached


def interval(values: list[float]) -> str:
    """Return mean and 95% bootstrap interval, in text."""
    array = np.array(values)
    if not np.isfinite(array).all():
        return "-"
    drawn = np.random.default_rng(0).choice(array, (_N_RESAMPLES, len(array))).mean(axis=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    return f"{array.mean():.3f} ({low:.3f} to {high:.3f})"


class Tables:
    """The tables, out of the runs of the seeds that all methods of a problem have."""

    def __init__(self, records: dict[Key, Record]) -> None:
        self._records = records

    def text(self) -> str:
        """Return all tables in Markdown."""
        parts = [_HEAD]
        for problem in PROBLEMS:
            parts += self._of_problem(problem.name)
        return "\n".join([*parts, "", *self._delayed(), "", *self._evolution(), ""])

    def _runs(self, problem: str, method: str) -> dict[int, Record]:
        keys = [key for key in self._records if key[:2] == (problem, method)]
        return {key[2]: self._records[key] for key in sorted(keys)}

    def _of_problem(self, problem: str) -> list[str]:
        base = self._runs(problem, "random")
        heads = " | ".join(f"{share:.0%}" for share in SHARES)
        lines = [f"\n### {problem}\n", f"| search | {heads} | cost to random's final | seeds |"]
        lines.append("|---" * (len(SHARES) + 3) + "|")
        for name, method in METHODS.items():
            runs = self._runs(problem, name)
            if runs:
                cells = [
                    interval([truth_at(one, share) for one in runs.values()])
                    if share <= method.share
                    else "-"
                    for share in SHARES
                ]
                costs = [
                    share_to(one, truth_at(base[seed], 1.0))
                    for seed, one in runs.items()
                    if seed in base
                ]
                cells += [_median(costs), str(len(runs))]
                lines.append(f"| {method.label} | {' | '.join(cells)} |")
        return lines

    def _delayed(self) -> list[str]:
        lines = ["### Delayed promotion against plain asynchronous halving\n"]
        lines.append(
            "| problem | difference at equal cost | the same, entry automatic | promoted, plain "
            "| promoted, delayed | share | recall, plain | recall, delayed | precision, plain "
            "| precision, delayed |"
        )
        lines.append("|---" * 10 + "|")
        for problem in PROBLEMS:
            names = "asha", "dasha", "dasha_automatic"
            plain, delayed, automatic = (self._runs(problem.name, one) for one in names)
            seeds = [seed for seed in plain if seed in delayed]
            if seeds:
                cells = [_difference(delayed, plain), _difference(automatic, plain)]
                cells += [_rate(plain, seeds), _rate(delayed, seeds), f"{1 / LADDER.eta:.1%}"]
                for what in ("recall", "precision"):
                    cells += [
                        f"{np.mean([runs[one][what] for one in seeds]):.1%}"
                        for runs in (plain, delayed)
                    ]
                lines.append(f"| {problem.name} | {' | '.join(cells)} |")
        return lines

    def _evolution(self) -> list[str]:
        lines = ["### Evolution with early stopping against generations\n"]
        lines.append(
            "| problem | generational search | with early stopping | its cost | its full trainings "
            "| reached in |"
        )
        lines.append("|---" * 6 + "|")
        for problem in PROBLEMS:
            lines += self._against(problem.name, "genetic", "evolution")
        return lines

    def _against(self, problem: str, theirs: str, ours: str) -> list[str]:
        slow, fast = self._runs(problem, theirs), self._runs(problem, ours)
        seeds = [seed for seed in slow if seed in fast]
        if not seeds:
            return []
        costs, trainings = [], []
        for seed in seeds:
            cost = share_to(fast[seed], truth_at(slow[seed], 1.0))
            n_full = sum(one <= cost for one in fast[seed]["full_at"])
            costs.append(cost)
            trainings.append(
                n_full / len(slow[seed]["full_at"]) if np.isfinite(cost) else float("inf")
            )
        cells = [METHODS[theirs].label, METHODS[ours].label, _median(costs), _median(trainings)]
        reached = f"{np.isfinite(costs).sum()} of {len(seeds)} seeds"
        return [f"| {problem} | {' | '.join(cells)} | {reached} |"]


def _difference(runs: dict[int, Record], others: dict[int, Record]) -> str:
    """Return by how much runs end better than others of the same seeds."""
    seeds = [seed for seed in runs if seed in others]
    apart = [truth_at(runs[one], 1.0) - truth_at(others[one], 1.0) for one in seeds]
    return f"{interval(apart)}, {len(seeds)} seeds" if seeds else "-"


def _rate(runs: dict[int, Record], seeds: list[int]) -> str:
    return f"{np.mean([runs[one]['n_promoted'] / runs[one]['n_lowest'] for one in seeds]):.1%}"


def _median(values: list[float]) -> str:
    """Return the median share with its 95% bootstrap interval; "never" counts as the largest."""
    array = np.array(values)
    if not len(array):
        return "-"
    drawn = np.random.default_rng(0).choice(array, (_N_RESAMPLES, len(array)))
    drawn = np.sort(drawn, axis=1)[:, len(array) // 2]
    low, high = np.sort(drawn)[[int(0.025 * _N_RESAMPLES), int(0.975 * _N_RESAMPLES) - 1]]
    texts = [
        f"{one:.0%}" if np.isfinite(one) else "never"
        for one in (np.sort(array)[len(array) // 2], low, high)
    ]
    return f"{texts[0]} ({texts[1]} to {texts[2]})"


_HEAD = f"""\
# Fidelity: results

Made by `benchmarks/fidelity/compare.py`, which says what each search is; do not edit by hand.

Simulated clock, {N_WORKERS} workers, ladder {", ".join(map(str, LADDER.rungs))} (R = 27, eta = 3).
The whole budget is that of {N_FULL} full trials, in CPU seconds of trials; what a proposer itself
takes is not counted. Shown is the truth (no noise, all of the resource; higher is better) of the
incumbent, which has the best score at the highest rung that has any, at shares of that budget:
mean over the seeds with its 95% bootstrap interval. "-": nothing has ended by then in some run,
or the search was not run so far. "Cost to random's final": the share of the budget from which on
the incumbent is, to the end of its run, as good as that of random search after all of it, seed by
seed: median, 95% bootstrap interval. Hyper-Tune was run to 30% of the budget only, and its first
cost is from before a full trial has ended. That it starts at the lowest rung until rungs can be
weighed was chosen on the first and the fourth of these problems, and the 12 results that equal
weights count as on the first and the third; the second and the fifth had no part in it.
"Its cost" and "its full trainings" in the last table are the same for the generational search:
shares of all that it had."""


def main() -> None:
    """Run what is missing, then write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--quick", action="store_true", help="two seeds, results not kept")
    parser.add_argument("--tables", action="store_true", help="write the tables and run nothing")
    parser.add_argument("--methods", nargs="*", default=list(METHODS), choices=METHODS)
    given = parser.parse_args()
    records = {} if given.quick else load()
    for name in given.methods if not given.tables else ():
        for problem in PROBLEMS:
            for seed in range(2 if given.quick else given.seeds):
                key = (problem.name, name, seed)
                if key not in records:
                    records[key] = measure(problem, name, seed)
                    if not given.quick:
                        with RESULTS.open("a") as file:
                            file.write(json.dumps(records[key]) + "\n")
            print(f"{name}: {problem.name}", flush=True)
    if given.quick:
        print(Tables(records).text())
    else:
        TABLES.write_text(Tables(records).text())


if __name__ == "__main__":
    main()
