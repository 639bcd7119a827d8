from __future__ import annotations

import ctypes
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent import futures
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import psutil
import pytest
from loky.process_executor import ProcessPoolExecutor
from tuneboard.engine.errors import ExecutorLostError, ObjectiveError, StudyError
from tuneboard.engine.executors import (
    WORKER_DIED,
    Executor,
    InProcess,
    Limits,
    LocalWorkers,
    as_executor,
)
from tuneboard.engine.job import Job
from tuneboard.engine.objective import FunctionObjective
from tuneboard.engine.trial import Result, TrialState

Until = Callable[[Callable[[], object]], None]

# Functions for the workers are made inside functions: a worker cannot import this file.


@pytest.fixture(params=["in process", "local workers", "threads", "loky"])
def executor(request: pytest.FixtureRequest) -> Iterator[Executor]:
    if request.param == "in process":
        executor: Executor = InProcess()
        yield executor
    elif request.param == "local workers":
        executor = LocalWorkers(1)
        yield executor
    else:
        kind = futures.ThreadPoolExecutor if request.param == "threads" else ProcessPoolExecutor
        with kind(max_workers=1) as pool:
            executor = as_executor(pool, 1)
            yield executor
            executor.close()
        return
    executor.close()


@pytest.fixture
def workers() -> Iterator[LocalWorkers]:
    workers = LocalWorkers(2)
    yield workers
    workers.close()


def collect(executor: Executor, n_outcomes: int = 1) -> dict[int, Result]:
    """Wait for so many outcomes."""
    outcomes: dict[int, Result] = {}
    give_up_at = time.monotonic() + 60
    while len(outcomes) < n_outcomes:
        assert time.monotonic() < give_up_at, "waited in vain"
        outcomes.update(executor.collect(1.0))
    return outcomes


def run(executor: Executor, objective: Any, config: dict[str, Any] | None = None) -> Result:
    executor.open(objective)
    executor.submit(Job(1, config or {}))
    return collect(executor)[1]


def pid_of(file: Path) -> int:
    """Return the number that a trial has written into the file; 0 until it has."""
    return int(file.read_text() or 0) if file.exists() else 0


def telling(file: Path, seconds: float = 60) -> Callable[[Any], float]:
    """Return an objective that writes its process's number into the file, and sleeps."""

    def objective(config: Any) -> float:
        file.write_text(str(os.getpid()))
        time.sleep(seconds)
        return 1.0

    return objective


# What every executor does


def test_a_trial_runs_and_gives_back_its_score_under_its_number(executor: Executor) -> None:
    executor.open(FunctionObjective(lambda config: config["x"] ** 2))
    executor.submit(Job(7, {"x": 3}))

    (number, result), *others = executor.collect(60)

    assert (number, result.score, result.error, others) == (7, 9.0, "", [])
    assert result.worker


def test_a_slot_is_taken_while_its_trial_runs_and_free_again_after(executor: Executor) -> None:
    executor.open(FunctionObjective(lambda _: 1))
    assert executor.n_free == 1
    executor.submit(Job(1, {}))
    assert executor.n_free == 0

    collect(executor)

    assert executor.n_free == 1


def test_several_trials_run_one_after_another(executor: Executor) -> None:
    executor.open(FunctionObjective(lambda config: config["x"]))
    scores = []
    for number in range(1, 6):
        executor.submit(Job(number, {"x": number}))
        scores.append(collect(executor)[number].score)

    assert scores == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_an_objective_that_raises_gives_back_its_traceback(executor: Executor) -> None:
    def objective(config: Any) -> float:
        return float(1 / config["x"])

    result = run(executor, FunctionObjective(objective), {"x": 0})

    assert result.state is TrialState.FAILED
    assert result.error.startswith("Traceback")
    assert 'return float(1 / config["x"])' in result.error
    assert result.error.endswith("ZeroDivisionError: division by zero")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "text", None, [1.0], True])
def test_an_objective_that_returns_no_finite_number_fails_in_words(value: Any) -> None:
    result = run(InProcess(), FunctionObjective(lambda _: value))

    assert result.score is None
    assert result.error.startswith(f"Objective must return a finite number, not {value!r}.")


def test_the_words_for_no_finite_number_come_back_from_a_worker(workers: LocalWorkers) -> None:
    workers.open(FunctionObjective(lambda config: config["score"]))
    for number, score in enumerate([float("nan"), "text"], 1):
        workers.submit(Job(number, {"score": score}))

    results = collect(workers, 2)

    assert results[1].error.startswith("Objective must return a finite number, not nan.")
    assert results[2].error.startswith("Objective must return a finite number, not 'text'.")


def test_the_configuration_is_not_changed_by_the_objective(executor: Executor) -> None:
    config = {"x": 1}

    result = run(executor, FunctionObjective(lambda config: config.pop("x")), config)

    assert (result.score, config) == (1.0, {"x": 1})


def test_collecting_gives_up_when_nothing_comes(executor: Executor) -> None:
    executor.open(FunctionObjective(lambda _: 1))

    assert executor.collect(0.01) == []


def test_a_waiting_collect_returns_when_it_is_woken(executor: Executor) -> None:
    executor.open(FunctionObjective(lambda _: 1))
    waking = threading.Timer(0.05, executor.wake)
    waking.start()
    began = time.monotonic()

    assert executor.collect(60) == []
    assert time.monotonic() - began < 30
    waking.join()


def test_a_wake_before_the_collect_is_not_lost(executor: Executor) -> None:
    executor.open(FunctionObjective(lambda _: 1))
    executor.wake()
    began = time.monotonic()

    assert executor.collect(60) == []
    assert time.monotonic() - began < 30


def test_a_cancelled_trial_gives_back_nothing(executor: Executor) -> None:
    executor.open(FunctionObjective(lambda _: time.sleep(1)))
    executor.submit(Job(4, {}))

    assert executor.cancel() == [4]
    assert executor.collect(0.3) == []


def test_there_may_be_nothing_to_cancel(executor: Executor) -> None:
    executor.open(FunctionObjective(lambda _: 1))

    assert executor.cancel() == []


def test_a_closed_executor_can_be_opened_again_for_another_objective(executor: Executor) -> None:
    run(executor, FunctionObjective(lambda _: 1))
    executor.close()

    assert run(executor, FunctionObjective(lambda _: 2)).score == 2.0


# Pools of concurrent.futures


def test_a_pool_that_breaks_is_told_as_lost() -> None:
    with ProcessPoolExecutor(max_workers=1) as pool:
        executor = as_executor(pool, 1)
        executor.open(FunctionObjective(lambda _: os._exit(1)))
        executor.submit(Job(1, {}))
        with pytest.raises(ExecutorLostError, match=r"The workers are gone: ProcessPoolExecutor"):
            collect(executor)
        executor.close()


def test_a_pool_that_was_shut_down_is_told_as_lost() -> None:
    pool = futures.ThreadPoolExecutor(1)
    pool.shutdown()
    executor = as_executor(pool, 1)
    executor.open(FunctionObjective(lambda _: 1))
    with pytest.raises(ExecutorLostError, match=r"The workers are gone: ThreadPoolExecutor says"):
        executor.submit(Job(1, {}))


def test_in_a_pool_a_late_or_killed_trial_is_told_at_once_and_keeps_its_worker_busy() -> None:
    go = threading.Event()
    with futures.ThreadPoolExecutor(2) as pool:
        executor = as_executor(pool, 2)
        executor.open(FunctionObjective(lambda _: go.wait(30)), Limits(timeout_s=0.3))
        executor.submit(Job(1, {}))
        executor.submit(Job(2, {}))
        executor.kill(1)
        results = collect(executor, 2)
        n_free = executor.n_free
        go.set()

    assert results[1].state is TrialState.KILLED
    assert results[2].state is TrialState.TIMED_OUT
    assert "cannot be stopped" in results[2].error
    assert (n_free, executor.n_free) == (0, 2)


@pytest.mark.parametrize("executor", [3, object()])
def test_what_runs_nothing_is_refused(executor: Any) -> None:
    with pytest.raises(StudyError, match=r"Study.executor must be an executor, a concurrent"):
        as_executor(executor, 1)


# Worker processes


@pytest.mark.parametrize("n_workers", [0, -1, 1.5, "2", True])
def test_a_number_of_workers_below_1_is_refused(n_workers: Any) -> None:
    message = rf"Study\.n_workers must be a whole number of at least 1, not {n_workers!r}\."

    with pytest.raises(StudyError, match=message):
        LocalWorkers(n_workers)
    with pytest.raises(StudyError, match=message):
        LocalWorkers(1).resize(n_workers)


def test_trials_run_in_processes_of_their_own_at_the_same_time(
    workers: LocalWorkers, tmp_path: Path
) -> None:
    def meeting(config: Any) -> int:
        """Come back only when the other trial is here too."""
        mine, other = tmp_path / config["mine"], tmp_path / config["other"]
        mine.touch()
        while not other.exists():
            time.sleep(0.01)
        return os.getpid()

    workers.open(FunctionObjective(meeting))
    workers.submit(Job(1, {"mine": "a", "other": "b"}))
    workers.submit(Job(2, {"mine": "b", "other": "a"}))

    pids = {result.score for result in collect(workers, 2).values()}

    assert len(pids) == 2
    assert os.getpid() not in pids


def test_a_worker_is_kept_for_the_next_trial(workers: LocalWorkers) -> None:
    workers.open(FunctionObjective(lambda _: os.getpid()))
    pids = set()
    for number in (1, 2, 3):
        workers.submit(Job(number, {}))
        pids.add(collect(workers)[number].score)

    assert len(pids) == 1


def test_a_worker_computes_with_one_thread(workers: LocalWorkers) -> None:
    result = run(workers, FunctionObjective(lambda _: int(os.environ["OMP_NUM_THREADS"])))

    assert result.score == 1.0


DEATHS: dict[str, tuple[Callable[[], Any], str]] = {
    "exit": (lambda: os._exit(3), "It ended with code 3."),
    "kill": (lambda: os.kill(os.getpid(), signal.SIGKILL), "It ended by SIGKILL."),
    "segfault": (lambda: ctypes.string_at(0), "It ended by SIGSEGV."),
}


@pytest.mark.parametrize("death", DEATHS)
def test_a_worker_that_dies_fails_its_own_trial_in_words_and_no_other(
    workers: LocalWorkers, tmp_path: Path, death: str
) -> None:
    (die, how), is_dead = DEATHS[death], tmp_path / "dead"

    def objective(config: Any) -> float:
        if config["dies"]:
            print("nearly there", flush=True)
            die()
        while not is_dead.exists():
            time.sleep(0.01)
        return 1.0

    workers.open(FunctionObjective(objective))
    workers.submit(Job(1, {"dies": True}))
    workers.submit(Job(2, {"dies": False}))

    failed = collect(workers)[1]
    is_dead.touch()

    assert (failed.state, failed.error) == (TrialState.CRASHED, f"{WORKER_DIED} {how}")
    assert failed.details.log.startswith("nearly there")
    assert ("in objective" in failed.details.log) == (death == "segfault")
    assert failed.duration_s > 0
    assert collect(workers)[2].score == 1.0
    workers.submit(Job(3, {"dies": False}))
    assert collect(workers)[3].score == 1.0


def test_a_worker_that_dies_while_it_is_idle_is_replaced(
    workers: LocalWorkers, until: Until
) -> None:
    workers.open(FunctionObjective(lambda _: os.getpid()))
    workers.submit(Job(1, {}))
    pid = int(collect(workers)[1].score or 0)
    threads = set(threading.enumerate())
    os.kill(pid, signal.SIGKILL)
    # Loky's thread ends when it has found out.
    until(lambda: not all(thread.is_alive() for thread in threads))

    workers.submit(Job(2, {}))

    assert collect(workers)[2].score not in (None, pid)


def test_a_trial_whose_worker_was_killed_once_from_outside_runs_again(
    workers: LocalWorkers, tmp_path: Path
) -> None:
    def objective(config: Any) -> float:
        if not (tmp_path / "first").exists():
            (tmp_path / "first").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    assert run(workers, FunctionObjective(objective)).score == 1.0


def test_a_killed_trial_comes_back_as_killed_with_its_log_and_its_sibling_goes_on(
    workers: LocalWorkers, tmp_path: Path, until: Until
) -> None:
    file, go = tmp_path / "pid", tmp_path / "go"

    def objective(config: Any) -> float:
        if config["is_long"]:
            print("epoch 1", flush=True)
            file.write_text(str(os.getpid()))
            time.sleep(60)
        while not go.exists():
            time.sleep(0.01)
        return 1.0

    workers.open(FunctionObjective(objective))
    workers.submit(Job(1, {"is_long": True}))
    workers.submit(Job(2, {"is_long": False}))
    until(lambda: pid_of(file))

    workers.kill(1)
    killed = collect(workers)[1]
    _, alive = psutil.wait_procs(_processes(pid_of(file)), timeout=2)
    go.touch()

    assert alive == []
    assert (killed.state, killed.error) == (TrialState.KILLED, "Killed by the user.")
    assert killed.details.log == "epoch 1"
    assert collect(workers)[2].score == 1.0


def _processes(pid: int) -> list[psutil.Process]:
    return [psutil.Process(pid)] if psutil.pid_exists(pid) else []


def test_a_trial_that_takes_too_long_is_ended_and_its_sibling_goes_on(
    workers: LocalWorkers,
) -> None:
    def objective(config: Any) -> float:
        time.sleep(config["seconds"])
        return 1.0

    workers.open(FunctionObjective(objective), Limits(timeout_s=0.5))
    workers.submit(Job(1, {"seconds": 60}))
    workers.submit(Job(2, {"seconds": 0}))

    results = collect(workers, 2)

    assert results[1].state is TrialState.TIMED_OUT
    assert results[1].error == "Ended after 0.5 s, the time that a trial may take."
    assert results[2].score == 1.0


def test_the_start_of_a_worker_does_not_count_as_time_of_its_trial() -> None:
    workers = LocalWorkers(1)
    result = None
    try:
        workers.open(FunctionObjective(lambda _: 1), Limits(timeout_s=0.1))
        workers.submit(Job(1, {}))
        result = collect(workers)[1]
    finally:
        workers.close()

    assert result.score == 1.0


def test_a_trial_that_takes_too_much_memory_is_ended_and_its_sibling_goes_on(
    workers: LocalWorkers,
) -> None:
    def objective(config: Any) -> float:
        held = bytearray(config["n_bytes"])
        held[::4096] = b"x" * len(held[::4096])
        time.sleep(60 if len(held) > 1000 else 0)
        return 1.0

    workers.open(FunctionObjective(objective), Limits(memory_mb=400))
    workers.submit(Job(1, {"n_bytes": 600_000_000}))
    workers.submit(Job(2, {"n_bytes": 1}))

    results = collect(workers, 2)

    assert results[1].state is TrialState.OUT_OF_MEMORY
    assert "a trial may use 400 MB of memory." in results[1].error
    assert results[2].score == 1.0


def test_a_memory_error_is_named_as_such(executor: Executor) -> None:
    def objective(config: Any) -> float:
        raise MemoryError

    assert run(executor, FunctionObjective(objective)).state is TrialState.OUT_OF_MEMORY


@pytest.mark.parametrize("limit", [0, -1, True, "much"])
def test_a_limit_that_is_no_positive_number_is_refused(limit: Any) -> None:
    with pytest.raises(StudyError, match=r"Study.timeout_s must be a positive number"):
        Limits(timeout_s=limit)
    with pytest.raises(StudyError, match=r"Study.memory_mb must be a positive number"):
        Limits(memory_mb=limit)


def test_a_failed_trial_takes_along_what_it_printed_last(workers: LocalWorkers) -> None:
    def objective(config: Any) -> float:
        for line in range(100):
            print("line", line)
        print("trouble ahead", file=sys.stderr)
        return float(1 / config["x"])

    workers.open(FunctionObjective(objective))
    workers.submit(Job(1, {"x": 0}))
    failed = collect(workers)[1]
    workers.submit(Job(2, {"x": 1}))

    lines = failed.details.log.splitlines()
    assert set(lines) >= {"line 99", "trouble ahead"}
    assert "line 1" not in lines
    assert not collect(workers)[2].details


def test_data_are_sent_to_the_workers_once_and_not_with_each_trial(workers: LocalWorkers) -> None:
    data = np.ones((1000, 1000))
    frame = pd.DataFrame(data)

    def objective(config: Any) -> float:
        with open("/proc/self/io") as file:
            n_read = int(file.readline().split()[1])
        return float(n_read + 0 * (data.sum() + frame.to_numpy().sum()))

    workers.open(FunctionObjective(objective))
    n_read = []
    for number in range(1, 6):
        workers.submit(Job(number, {"x": number}))
        n_read.append(collect(workers)[number].score or 0)

    # The worker maps 16 MB; by reading it takes in no more than the trial itself.
    assert max(after - before for before, after in pairwise(n_read[1:])) < 10_000


def test_a_trial_may_write_into_its_data_without_harm_to_others(workers: LocalWorkers) -> None:
    data = np.zeros(100_000)

    def objective(config: Any) -> float:
        data[0] += config["add"]
        return float(data[0])

    workers.open(FunctionObjective(objective))
    workers.submit(Job(1, {"add": 1}))
    workers.submit(Job(2, {"add": 2}))

    assert sorted(result.score or 0 for result in collect(workers, 2).values()) == [1.0, 2.0]
    assert data[0] == 0


def test_nothing_is_left_in_the_temporary_folder_after_the_close(
    workers: LocalWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    run(workers, FunctionObjective(lambda _: 1))

    workers.close()

    assert list(tmp_path.glob("tuneboard-*")) == []


def test_an_objective_that_exits_fails_in_words(workers: LocalWorkers) -> None:
    result = run(workers, FunctionObjective(lambda _: sys.exit(3)))

    assert result.score is None
    assert result.error == "The run ended without a result: SystemExit: 3"


def test_stopping_ends_a_long_trial_and_its_process_at_once(
    workers: LocalWorkers, tmp_path: Path, until: Until
) -> None:
    file = tmp_path / "pid"
    workers.open(FunctionObjective(telling(file)))
    workers.submit(Job(1, {}))
    until(lambda: pid_of(file))
    began = time.monotonic()

    assert workers.cancel() == [1]
    until(lambda: not psutil.pid_exists(pid_of(file)))

    assert time.monotonic() - began < 3


def test_stopping_ends_the_processes_that_the_trial_has_started(
    workers: LocalWorkers, tmp_path: Path, until: Until
) -> None:
    file = tmp_path / "pid"

    def objective(config: Any) -> float:
        import subprocess

        with subprocess.Popen(["sleep", "60"]) as process:
            file.write_text(str(process.pid))
        return 1.0

    workers.open(FunctionObjective(objective))
    workers.submit(Job(1, {}))
    until(lambda: pid_of(file))

    workers.cancel()

    until(lambda: not psutil.pid_exists(pid_of(file)))


def test_after_a_stop_the_same_number_can_run_again(workers: LocalWorkers, tmp_path: Path) -> None:
    def objective(config: Any) -> float:
        time.sleep(config["seconds"])
        return 1.0

    workers.open(FunctionObjective(objective))
    workers.submit(Job(1, {"seconds": 60}))
    workers.cancel()
    workers.submit(Job(1, {"seconds": 0}))

    assert collect(workers)[1].score == 1.0


def test_an_interrupt_meant_for_the_parent_does_not_fail_the_trial(
    workers: LocalWorkers, tmp_path: Path, until: Until
) -> None:
    file = tmp_path / "pid"
    workers.open(FunctionObjective(telling(file, seconds=0.3)))
    workers.submit(Job(1, {}))
    until(lambda: pid_of(file))

    os.kill(pid_of(file), signal.SIGINT)

    assert collect(workers)[1].score == 1.0


def test_more_workers_take_more_trials_at_once(workers: LocalWorkers) -> None:
    workers.open(FunctionObjective(lambda _: 1))
    workers.submit(Job(1, {}))
    assert workers.n_free == 1

    workers.resize(3)

    assert workers.n_free == 2


def test_fewer_workers_let_running_trials_finish(
    workers: LocalWorkers, tmp_path: Path, until: Until
) -> None:
    go = tmp_path / "go"

    def objective(config: Any) -> int:
        while not go.exists():
            time.sleep(0.01)
        return os.getpid()

    workers.open(FunctionObjective(objective))
    workers.submit(Job(1, {}))
    workers.submit(Job(2, {}))
    workers.resize(1)
    assert workers.n_free == 0
    go.touch()

    pids = [int(result.score or 0) for result in collect(workers, 2).values()]

    workers.collect(0.01)
    assert workers.n_free == 1
    until(lambda: sum(map(psutil.pid_exists, pids)) == 1)


def test_fewer_workers_end_an_idle_one_at_the_next_collect(
    workers: LocalWorkers, until: Until
) -> None:
    workers.open(FunctionObjective(lambda _: os.getpid()))
    workers.submit(Job(1, {}))
    workers.submit(Job(2, {}))
    pids = [int(result.score or 0) for result in collect(workers, 2).values()]
    assert len(set(pids)) == 2

    workers.resize(1)
    workers.collect(0.01)

    until(lambda: sum(map(psutil.pid_exists, pids)) == 1)


def test_an_objective_that_cannot_be_sent_is_refused(workers: LocalWorkers) -> None:
    lock = threading.Lock()

    with pytest.raises(
        ObjectiveError, match="Study.model must be something that can be sent"
    ) as no:
        workers.open(FunctionObjective(lambda _: lock.locked()))

    assert "lock" in str(no.value)
    assert no.value.name == "Study.model"


def test_an_objective_that_a_worker_cannot_load_fails_in_words(
    workers: LocalWorkers, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = ModuleType("only_here")
    exec("def objective(config): return 1", module.__dict__)  # noqa: S102 (a module made in place)
    monkeypatch.setitem(sys.modules, "only_here", module)

    result = run(workers, FunctionObjective(module.objective))

    assert result.score is None
    assert result.error == (
        "The model could not be loaded in the worker process. "
        "ModuleNotFoundError: No module named 'only_here'"
    )
