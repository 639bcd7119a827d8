"""The report: normalised regret with intervals, average rank and time, as a table."""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from catalogue import problems
from results import GROWING, KEPT, Run, forget, keep, read
from scipy.stats import rankdata
from timing import rows
from tuneboard.engine.optimizers import OPTIMIZERS

CHECKPOINTS = (16, 32, 64, 128)
RANKED_AT = 64
N_RESAMPLES = 1000

Regrets = dict[str, list[float]]
"""Problem -> the regret of each seed."""


def regrets(runs: Iterable[Run], n_evaluations: int) -> Regrets:
    """Return the normalised regrets of one engine after so many evaluations."""
    found: Regrets = defaultdict(list)
    for run in runs:
        loss = run.incumbent(n_evaluations)
        if loss is not None:
            found[run.problem].append(problems()[run.problem].regret(loss))
    return dict(found)


def mean(found: Regrets) -> float:
    """Return the mean over problems of the means over seeds: each problem counts alike."""
    return float(np.mean([np.mean(seeds) for seeds in found.values()]))


def interval(found: Regrets, rng: np.random.Generator) -> tuple[float, float]:
    """Return the 95% bootstrap interval of `mean`: problems are drawn anew, then their seeds."""
    n_problems, n_seeds = len(found), np.array([len(seeds) for seeds in found.values()])
    padded = np.zeros((n_problems, n_seeds.max()))
    for row, seeds in zip(padded, found.values(), strict=True):
        row[: len(seeds)] = seeds
    drawn = rng.integers(n_problems, size=(N_RESAMPLES, n_problems))
    places = rng.random((*drawn.shape, n_seeds.max())) * n_seeds[drawn][..., None]
    values = padded[drawn[..., None], places.astype(int)]
    # As many seeds as the problem has, of those drawn for the problem that has most.
    is_counted = np.arange(n_seeds.max()) < n_seeds[drawn][..., None]
    means = (values * is_counted).sum(axis=2) / n_seeds[drawn]
    low, high = np.quantile(means.mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


def ranks(runs: Sequence[Run], engines: Sequence[str]) -> dict[str, float]:
    """Return the average rank of engines at 64 evaluations, where all of them have run."""
    losses: dict[tuple[str, int], dict[str, float]] = defaultdict(dict)
    for run in runs:
        loss = run.incumbent(RANKED_AT)
        if loss is not None:
            losses[run.problem, run.seed][run.engine] = loss
    complete = [found for found in losses.values() if set(engines) <= set(found)]
    if not complete:
        return {}
    table = np.array([rankdata([found[name] for name in engines]) for found in complete])
    return dict(zip(engines, table.mean(axis=0).tolist(), strict=True))


def beats_random(runs: Sequence[Run]) -> dict[str, str]:
    """Return on how many problems and seeds each engine is below random search at 64.

    Those on which both are the same count half.
    """
    chance = {(run.problem, run.seed): run for run in runs if run.engine == "random"}
    points: dict[str, list[float]] = defaultdict(list)
    for run in runs:
        yardstick = chance.get((run.problem, run.seed))
        pair = (run.incumbent(RANKED_AT), yardstick.incumbent(RANKED_AT) if yardstick else None)
        if pair[0] is not None and pair[1] is not None and run is not yardstick:
            points[run.engine].append((np.sign(pair[1] - pair[0]) + 1) / 2)
    return {name: f"{sum(won):g} of {len(won)}" for name, won in points.items()}


def table(runs: Sequence[Run]) -> list[list[str]]:
    """Return one row per engine, the best at 64 evaluations first, under one row of titles."""
    by_engine: dict[str, list[Run]] = defaultdict(list)
    for run in runs:
        by_engine[run.engine].append(run)
    rank, wins = ranks(runs, list(by_engine)), beats_random(runs)
    lines = [
        _row(name, found, rank.get(name), wins.get(name, "")) for name, found in by_engine.items()
    ]
    order = np.argsort([value for value, _ in lines], kind="stable")
    titles = ["engine", *map(str, CHECKPOINTS), "rank", "beats random", "ms", "runs"]
    return [titles, *(lines[place][1] for place in order)]


def _row(name: str, runs: list[Run], rank: float | None, wins: str) -> tuple[float, list[str]]:
    cells = [name]
    key = np.inf
    for n_evaluations in CHECKPOINTS:
        found = regrets(runs, n_evaluations)
        if not found:
            cells.append("")
            continue
        low, high = interval(found, np.random.default_rng(0))
        cells.append(f"{mean(found):.3f} ({low:.3f}–{high:.3f})")
        key = mean(found) if n_evaluations <= RANKED_AT else key
    ms = float(np.median([run.cpu_ms for run in runs]))
    n_problems = len({run.problem for run in runs})
    shown = "" if rank is None else f"{rank:.1f}"
    return key, [*cells, shown, wins, f"{ms:.2f}", f"{len(runs)} on {n_problems}"]


def report(runs: Sequence[Run], *, as_markdown: bool = False) -> str:
    """Return the tables of all problems, of each half, and of the extra ones."""
    fine = [run for run in runs if not run.error]
    parts = []
    for title, belongs in (
        ("All problems", lambda one: bool(one.half)),
        ("Design half", lambda one: one.half == "design"),
        ("Report half", lambda one: one.half == "report"),
        ("Extra", lambda one: not one.half),
    ):
        some = [run for run in fine if belongs(problems()[run.problem])]
        if some:
            few = partial(some)
            full = [run for run in some if run.engine not in few]
            parts.append(_section(title, table(full), as_markdown))
            parts += [_left_out(few)] if few else []
    return "\n\n".join([*parts, *_failures(runs)])


def speed(*, as_markdown: bool = False) -> str:
    """Return the table of what `timing.py` measured."""
    return _section("Speed", rows(), as_markdown)


def _section(title: str, rows: list[list[str]], as_markdown: bool) -> str:
    if as_markdown:
        head, *body = ["| " + " | ".join(row) + " |" for row in rows]
        return "\n".join([f"### {title}", "", head, "|---" * len(rows[0]) + "|", *body])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    return "\n".join([title, *lines])


def partial(runs: Sequence[Run]) -> dict[str, int]:
    """Return the engines that have not run on all problems -> on how many they have.

    Their means would be of other problems than those of the rest.
    """
    on: dict[str, set[str]] = defaultdict(set)
    for run in runs:
        on[run.engine].add(run.problem)
    n_problems = len({run.problem for run in runs})
    return {name: len(some) for name, some in on.items() if len(some) < n_problems}


def _left_out(few: dict[str, int]) -> str:
    names = ", ".join(f"{name} ({n_problems})" for name, n_problems in few.items())
    return f"Left out, as they have not run on all problems yet: {names}."


def _failures(runs: Iterable[Run]) -> list[str]:
    """Say what failed, one line for each engine and error."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for run in runs:
        if run.error:
            found[run.engine, run.error].append(f"{run.problem} seed {run.seed}")
    return [
        f"{engine} failed on {len(where)} runs ({where[0]} ...): {error}"
        for (engine, error), where in found.items()
    ]


def write_into(page: Path, text: str) -> None:
    """Put the tables between the two marks of a page."""
    before, begin, rest = page.read_text("utf-8").partition("<!-- results -->\n")
    _, end, after = rest.partition("<!-- end of results -->")
    if not end:
        raise SystemExit(f"{page} has no marks for the results.")
    page.write_text(f"{before}{begin}\n{text}\n\n{end}{after}", "utf-8")


def main() -> None:
    """Print the table of the results so far."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, nargs="*", default=[KEPT, GROWING])
    parser.add_argument("--keep", action="store_true", help="add them to those committed")
    parser.add_argument("--forget", help="engines, parted by commas or own, to be run anew")
    parser.add_argument("--write", type=Path, help="put the table into this page")
    options = parser.parse_args()
    for path in options.results if options.forget else ():
        forget(path, OPTIMIZERS if options.forget == "own" else options.forget.split(","))
    runs = list(read(*options.results).values())
    if options.keep:
        keep(KEPT, runs)
    if options.write:
        parts = [report(runs, as_markdown=True), speed(as_markdown=True)]
        write_into(options.write, "\n\n".join(parts))
    print(f"{report(runs)}\n\n{speed()}")


if __name__ == "__main__":
    main()
