"""The run loop: one engine on one problem with one seed, and many of these side by side."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

import numpy as np
from catalogue import problems
from engines import evaluations_of, settings_of, start
from problem import Problem
from results import Key, Run
from threadpoolctl import threadpool_limits
from tuneboard.engine.errors import SpaceExhaustedError

Job = tuple[str, str, int, int]
"""Engine, problem, seed, evaluations."""


def run(engine_name: str, problem: Problem, seed: int, n_evaluations: int) -> Run:
    """Run one engine; a failure is a result too."""
    at: list[int] = []
    value: list[float] = []
    done, error, cpu_s, version = 0, "", 0.0, ""
    lowest_told = np.inf
    engine = None
    try:
        engine = start(engine_name, problem, seed, n_evaluations)
        version = settings_of(engine)
        while done < n_evaluations:
            config = engine.ask()
            told, truth = problem.evaluate(config, np.random.default_rng([seed, done]))
            engine.tell(config, told)
            done += 1
            if told < lowest_told:
                lowest_told = told
                at.append(done)
                value.append(float(f"{truth:.7g}"))
        cpu_s = engine.cpu_s
    except SpaceExhaustedError:
        cpu_s = engine.cpu_s if engine else 0.0
    except Exception as failure:  # noqa: BLE001 (whatever a peer does is to be told)
        error = f"{type(failure).__name__}: {failure}"
    finally:
        if engine is not None:
            engine.close()
    cpu_ms = round(1000 * cpu_s / max(done, 1), 4)
    return Run(
        engine_name, problem.name, seed, n_evaluations, at, value, done, cpu_ms, version, error
    )


def jobs(
    engines: Iterable[str],
    chosen: Iterable[Problem],
    seeds: Iterable[int],
    n_evaluations: int,
    finished: dict[Key, Run],
) -> list[Job]:
    """List what is still to be run: seed by seed, so that a part of all is a fair part."""
    names, on = list(engines), list(chosen)
    wanted = [
        (engine, problem.name, seed, evaluations_of(engine, n_evaluations))
        for seed in seeds
        for engine in names
        for problem in on
    ]
    return [job for job in wanted if not _is_done(job, finished)]


def run_all(todo: list[Job], n_jobs: int) -> Iterator[Run]:
    """Run jobs side by side, and yield each when it is done."""
    if n_jobs == 1:
        yield from map(run_job, todo)
        return
    with ProcessPoolExecutor(n_jobs, mp_context=get_context("spawn")) as pool:
        for future in as_completed([pool.submit(run_job, job) for job in todo]):
            yield future.result()


def run_job(job: Job) -> Run:
    """Run one job on one core."""
    engine, problem, seed, n_evaluations = job
    with threadpool_limits(1):
        return run(engine, problems()[problem], seed, n_evaluations)


def _is_done(job: Job, finished: dict[Key, Run]) -> bool:
    engine, problem, seed, n_evaluations = job
    run = finished.get((engine, problem, seed))
    return run is not None and not run.error and run.n_evaluations >= n_evaluations
