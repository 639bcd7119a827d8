"""Tables of the real tasks: made once by `python benchmarks/optimizers/tabulation.py`, and read."""

from __future__ import annotations

import argparse
import csv
import gzip
import io
import time
import warnings
from pathlib import Path
from typing import Any

from dimension import grid
from tasks import TASKS, Task
from threadpoolctl import threadpool_limits

TABLES = Path(__file__).parent / "tables"
Key = tuple[int | None, ...]


def key_of(task: Task, config: dict[str, Any]) -> Key:
    """Return the places of the nearest levels, None for what is inactive."""
    return tuple(
        one.nearest(config[one.name]) if one.is_active(config) else None for one in task.dimensions
    )


def tabulate(task: Task) -> dict[Key, float]:
    """Cross-validate every configuration of the task's grid."""
    data = task.load()
    return {key_of(task, config): evaluate(task, config, data) for config in grid(task.dimensions)}


def evaluate(task: Task, config: dict[str, Any], data: Any) -> float:
    """Return one loss, as the table has it."""
    with warnings.catch_warnings(), threadpool_limits(1):
        warnings.simplefilter("ignore")  # many of them do not converge, and that is data
        return float(f"{task.loss(config, data):.6g}")


def write(task: Task, table: dict[Key, float]) -> None:
    """Write one row per configuration: the places of the levels, and the loss."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*(one.name for one in task.dimensions), "loss"])
    writer.writerows([*key, loss] for key, loss in table.items())
    # Without the time of day the same table is the same file.
    packed = gzip.compress(text.getvalue().encode(), mtime=0)
    (TABLES / f"{task.name}.csv.gz").write_bytes(packed)


def read(task: Task) -> dict[Key, float]:
    """Read the task's table: the places of the levels -> loss."""
    with gzip.open(TABLES / f"{task.name}.csv.gz", "rt", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    if rows[0] != [*(one.name for one in task.dimensions), "loss"]:
        raise SystemExit(f"The table of {task.name} is of other hyper-parameters. Make it anew.")
    return {
        tuple(int(place) if place else None for place in row[:-1]): float(row[-1])
        for row in rows[1:]
    }


def main() -> None:
    """Make the tables that are missing, or those named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="tasks to tabulate, even if there is a table")
    names = parser.parse_args().names
    TABLES.mkdir(exist_ok=True)
    for task in TASKS:
        is_wanted = task.name in names if names else not has_table(task)
        if is_wanted:
            began = time.process_time()
            table = tabulate(task)
            write(task, table)
            print(f"{task.name:<40}{len(table):>6} in {time.process_time() - began:>6.0f} s CPU")


def has_table(task: Task) -> bool:
    """Whether the task has been tabulated."""
    return (TABLES / f"{task.name}.csv.gz").exists()


if __name__ == "__main__":
    main()
