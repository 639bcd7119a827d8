"""How well the hardware is used: local workers, a long history, and a cluster of 100 workers."""

from __future__ import annotations

import argparse
import math
import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import numpy as np
from tuneboard.engine import Real, SearchSpace
from tuneboard.engine.executors import InProcess, LocalWorkers
from tuneboard.engine.study import Study


class Space(SearchSpace):
    """Four numbers; the first also says how long a trial takes."""

    a = Real(0.5, bounds=(0.0, 1.0))
    b = Real(0.5, bounds=(0.0, 1.0))
    c = Real(0.5, bounds=(0.0, 1.0))
    d = Real(0.5, bounds=(0.0, 1.0))


def sleeper(seconds: float, spread: float = 0.0) -> Callable[[Any], float]:
    """Return an objective that sleeps `seconds`, give or take the share `spread`.

    It returns when it has ended, by the clock of its worker.
    """

    def objective(config: Any) -> float:
        time.sleep(seconds * (1 + spread * (2 * config["a"] - 1)))
        return time.time()

    return objective


def place() -> str:
    """Return a new store."""
    return str(Path(mkdtemp()) / "history.db")


def local(optimizer: str, seconds: float, n_trials: int) -> float:
    """Return the efficiency of two worker processes: serial time over workers' time."""
    study = Study(
        sleeper(seconds), space=Space(), optimizer=optimizer, n_trials=n_trials, history=place()
    )
    study.run(LocalWorkers(2))
    return two_at_a_time([one.score or 0.0 for one in study.trials], seconds)


def cpu_ms(n_trials: int = 300) -> tuple[float, float]:
    """Return milliseconds of CPU per trial: of the driver, and of a worker.

    Other load on the machine does not change them, as it does what is measured by the clock.
    """
    study = Study(
        lambda _: time.process_time(),
        space=Space(),
        optimizer="random",
        n_trials=n_trials,
        history=place(),
    )
    began = time.process_time()
    study.run(LocalWorkers(2))
    driver = time.process_time() - began
    spent: dict[str, list[float]] = {}
    for one in study.trials:
        spent.setdefault(one.worker, []).append(one.score or 0.0)
    worker = sum(max(one) - min(one) for one in spent.values()) / (n_trials - len(spent))
    return 1000 * driver / n_trials, 1000 * worker


def bare_loky(seconds: float, n_trials: int) -> float:
    """Return the same for tasks that are all given to a pool of loky beforehand."""
    from loky.process_executor import ProcessPoolExecutor

    task = sleeper(seconds)
    with ProcessPoolExecutor(2) as pool:
        return two_at_a_time(list(pool.map(task, [{"a": 0.5}] * n_trials)), seconds)


def two_at_a_time(ends: list[float], seconds: float) -> float:
    """Return the serial time over the time of two workers, from the second end on.

    The first two tasks also start the processes.
    """
    first, *_, last = sorted(ends)[1:]
    return (len(ends) - 2) * seconds / (2 * (last - first))


def overhead_ms(n_before: int, n_more: int = 500) -> float:
    """Return milliseconds per trial that does nothing, at so many trials in the history."""
    given = {"optimizer": "random", "history": place()}
    study = Study(lambda _: 0.5, space=Space(), n_trials=n_before, **given)
    study.run(InProcess())
    study.change(n_trials=n_before + n_more)
    finished = len(study.changes)
    study.run(InProcess())
    starts = [one.started_at for one in study.changes[finished:] if one.state == "running"]
    return 1000 * (starts[-1] - starts[0]) / (len(starts) - 1)


def cluster_of(n_workers: int) -> AbstractContextManager[Any]:
    """Return a client of a cluster of so many threads, which only sleep."""
    from distributed import Client

    return Client(
        processes=False, n_workers=1, threads_per_worker=n_workers, dashboard_address=None
    )


def on_dask(client: Any, n_workers: int, seconds: float, n_rounds: int = 6) -> float:
    """Return the busy share of the cluster's workers under a study."""
    n_trials = n_rounds * n_workers
    study = Study(
        sleeper(seconds, 0.5),
        space=Space(),
        optimizer="random",
        n_trials=n_trials,
        history=place(),
    )
    study.run(client)
    return busy_share(
        [one.score for one in study.trials],
        [one.duration_s for one in study.trials],
        n_workers,
    )


def bare_dask(client: Any, n_workers: int, seconds: float, n_rounds: int = 6) -> float:
    """Return the same for tasks that are submitted to the client as the others complete."""
    from distributed import as_completed

    rng = np.random.default_rng(0)
    lengths = iter(seconds * (0.5 + rng.random(n_rounds * n_workers)))

    def task(length: float) -> tuple[float, float]:
        time.sleep(length)
        return time.time(), length

    futures = [client.submit(task, next(lengths), pure=False) for _ in range(n_workers)]
    queue, done = as_completed(futures, with_results=True), []
    for _, result in queue:
        done.append(result)
        if (length := next(lengths, None)) is not None:
            queue.add(client.submit(task, length, pure=False))
    ends, durations = zip(*done, strict=True)
    return busy_share(ends, durations, n_workers)


def busy_share(ends: Any, durations: Any, n_workers: int) -> float:
    """Return the work done per worker and second, between the first and the last full round.

    Ends are as the workers' clock says, so that waiting at the scheduler is not taken for work.
    """
    order = np.argsort(ends)
    ends, durations = np.asarray(ends)[order], np.asarray(durations)[order]
    inside = slice(n_workers, len(ends) - n_workers)
    seconds = ends[inside][-1] - ends[n_workers - 1]
    return min(1.0, float(durations[inside].sum() / (n_workers * seconds)))


def shortest(measure: Callable[[float], float], lengths: tuple[float, ...]) -> str:
    """Return the shortest of falling lengths that still keeps the workers 95% busy."""
    last = math.nan
    for seconds in lengths:
        if measure(seconds) < 0.95:
            break
        last = seconds
    return "none" if math.isnan(last) else f"{last:g} s"


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=100)
    n_workers = parser.parse_args().workers
    print(f"load of the last minute            {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    ours, bare = local("random", 0.05, 200), bare_loky(0.05, 200)
    print(f"2 local workers, random, 50 ms     efficiency {ours:.2f}, bare loky {bare:.2f}")
    driver, worker = cpu_ms()
    left = 50 / (50 + driver + worker)
    print(f"CPU per trial                      driver {driver:.2f} ms, worker {worker:.2f} ms")
    print(f"efficiency that this leaves        {left:.2f} with 50 ms trials")
    ours = local("sequential", 2.0, 24)
    print(f"2 local workers, sequential, 2 s   efficiency {ours:.2f}")
    for n_before in (100, 10_000):
        cost = overhead_ms(n_before)
        print(f"overhead at {n_before:>6,} trials          {cost:.2f} ms per trial")
    with cluster_of(n_workers) as client:
        ours, bare = on_dask(client, n_workers, 2.0), bare_dask(client, n_workers, 2.0)
        print(f"{n_workers} Dask workers, 2 s trials      busy {ours:.1%}, bare {bare:.1%}")
        lengths = (2.0, 1.4, 1.0, 0.7, 0.5, 0.35, 0.25)
        for name, run in (("tuneboard", on_dask), ("bare distributed", bare_dask)):
            found = shortest(lambda one, run=run: run(client, n_workers, one), lengths)
            print(f"shortest trial at 95%, {name:<18}{found}")


if __name__ == "__main__":
    main()
