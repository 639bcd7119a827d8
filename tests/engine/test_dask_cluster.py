"""Trials on a real Dask cluster of worker processes."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from tuneboard.engine import Real, SearchSpace
from tuneboard.engine.errors import ExecutorLostError, ObjectiveError, StudyError
from tuneboard.engine.executors import InProcess, Limits, as_executor
from tuneboard.engine.job import Job
from tuneboard.engine.objective import FunctionObjective
from tuneboard.engine.study import Study, StudyState
from tuneboard.engine.trial import Result, TrialState

dask = pytest.importorskip("dask")
distributed = pytest.importorskip("distributed")
from tuneboard.engine.executors.dask_cluster import DaskWorkers  # noqa: E402

Until = Callable[[Callable[[], object]], None]


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    # Dask tries a trial that ends its worker on other workers: here once, not three times.
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 1}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
    ):
        yield cluster


@pytest.fixture
def client(cluster: Any) -> Iterator[Any]:
    with distributed.Client(cluster) as client:
        client.wait_for_workers(2)
        yield client


@pytest.fixture
def workers(client: Any) -> Iterator[DaskWorkers]:
    workers = DaskWorkers(client)
    yield workers
    workers.close()


def collect(workers: DaskWorkers, n_outcomes: int = 1) -> dict[int, Result]:
    outcomes: dict[int, Result] = {}
    give_up_at = time.monotonic() + 60
    while len(outcomes) < n_outcomes:
        assert time.monotonic() < give_up_at, "waited in vain"
        outcomes.update(workers.collect(1.0))
    return outcomes


def test_trials_run_at_the_same_time_in_the_workers_of_the_cluster(
    workers: DaskWorkers, tmp_path: Path
) -> None:
    def meeting(config: Any) -> int:
        mine, other = tmp_path / config["mine"], tmp_path / config["other"]
        mine.touch()
        while not other.exists():
            time.sleep(0.01)
        return os.getpid()

    workers.open(FunctionObjective(meeting))
    assert workers.n_free == 2
    workers.submit(Job(1, {"mine": "a", "other": "b"}))
    workers.submit(Job(2, {"mine": "b", "other": "a"}))
    assert workers.n_free == 0

    pids = {result.score for result in collect(workers, 2).values()}

    assert len(pids - {os.getpid()}) == 2


def test_the_data_are_sent_once_and_not_with_each_trial(workers: DaskWorkers, client: Any) -> None:
    data = np.ones(1_000_000)
    workers.open(FunctionObjective(lambda config: data.sum() + config["x"]))

    def n_sent() -> int:
        return int(client.run_on_scheduler(_bytes_read))

    before = n_sent()
    for number in range(1, 21):
        workers.submit(Job(number, {"x": number}))
        assert collect(workers)[number].score == 1_000_000 + number

    assert n_sent() - before < 2_000_000  # 20 trials with their data would be 160 MB


def _bytes_read() -> int:
    """Return the bytes that this process has taken in: LocalCluster's scheduler is our own."""
    return int(Path("/proc/self/io").read_text().split()[1])


def test_failures_come_back_in_words(workers: DaskWorkers) -> None:
    def objective(config: Any) -> float:
        if config["x"] == 2:
            raise SystemExit(3)
        return float(1 / config["x"])

    workers.open(FunctionObjective(objective))
    workers.submit(Job(1, {"x": 0}))
    workers.submit(Job(2, {"x": 2}))

    results = collect(workers, 2)

    assert results[1].error.endswith("ZeroDivisionError: division by zero")
    assert 'float(1 / config["x"])' in results[1].error
    assert results[2].error == "The run ended without a result: SystemExit: 3"


def test_a_trial_whose_worker_is_killed_is_run_again_by_another(
    workers: DaskWorkers, tmp_path: Path
) -> None:
    def objective(config: Any) -> float:
        if not (tmp_path / "first").exists():
            (tmp_path / "first").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return 1.0

    workers.open(FunctionObjective(objective))
    workers.submit(Job(1, {}))

    assert collect(workers)[1].score == 1.0


def test_a_trial_that_takes_every_worker_along_has_crashed(
    workers: DaskWorkers, client: Any
) -> None:
    workers.open(FunctionObjective(lambda _: os._exit(1)))
    workers.submit(Job(1, {}))

    result = collect(workers)[1]

    assert result.state is TrialState.CRASHED
    assert result.error.startswith("Each Dask worker that ran this trial died")
    client.wait_for_workers(2)


def test_killed_and_late_trials_are_told_at_once(
    workers: DaskWorkers, tmp_path: Path, until: Until
) -> None:
    def objective(config: Any) -> float:
        (tmp_path / str(config["x"])).touch()
        give_up_at = time.monotonic() + 30
        while not (tmp_path / "go").exists() and time.monotonic() < give_up_at:
            time.sleep(0.01)
        return 1.0

    workers.open(FunctionObjective(objective), Limits(timeout_s=3))
    workers.submit(Job(1, {"x": 1}))
    workers.submit(Job(2, {"x": 2}))
    until(lambda: (tmp_path / "1").exists() and (tmp_path / "2").exists())
    workers.kill(1)

    killed, late = collect(workers)[1], collect(workers)[2]
    (tmp_path / "go").touch()

    assert killed.state is TrialState.KILLED
    assert late.state is TrialState.TIMED_OUT
    assert "cannot be stopped: it stays taken until the trial ends by itself" in late.error


def test_a_study_runs_on_a_client_and_gives_what_it_gives_in_process(
    client: Any, tmp_path: Path
) -> None:
    def run(name: str, executor: Any) -> dict[int, Any]:
        study = Study(
            lambda config: -(config["x"] ** 2),
            space=Space(),
            optimizer="random",
            n_trials=12,
            history=tmp_path / f"{name}.db",
        ).run(executor)
        assert study.state is StudyState.FINISHED
        return {trial.number: (trial.config, trial.score) for trial in study.trials}

    assert run("dask", client) == run("here", InProcess())
    assert client.status == "running"


def test_a_lost_scheduler_interrupts_the_study_in_words_and_loses_nothing(
    tmp_path: Path, until: Until
) -> None:
    script = tmp_path / "scheduler.py"
    place = tmp_path / "history.db"
    script.write_text(
        "from distributed import LocalCluster\n"
        "import time\n"
        "if __name__ == '__main__':\n"
        "    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None)\n"
        f"    open({str(tmp_path / 'address')!r}, 'w').write(cluster.scheduler_address)\n"
        "    time.sleep(120)\n"
    )
    import subprocess
    import sys

    with subprocess.Popen([sys.executable, str(script)], stderr=subprocess.DEVNULL) as process:
        until(lambda: (tmp_path / "address").exists() and (tmp_path / "address").read_text())
        client = distributed.Client((tmp_path / "address").read_text(), timeout=20)

        def objective(config: Any) -> float:
            time.sleep(0.1)
            return -float(config["x"] ** 2)

        study = Study(objective, space=Space(), n_trials=200, history=place).start(client)
        until(lambda: study.progress().n_finished >= 5)
        _kill_tree(process.pid)
        study.wait(60)
    finished = {one.number: one.score for one in study.trials if one.state.is_finished}
    client.close()

    assert study.state is StudyState.INTERRUPTED
    assert study.message.startswith("Interrupted. The connection to the Dask scheduler is lost"), (
        study.message
    )
    assert {one.state for one in study.trials} == {TrialState.COMPLETED, TrialState.INTERRUPTED}
    again = Study.open(study.id, place, model=lambda config: -(config["x"] ** 2)).run(InProcess())
    assert again.progress().n_finished == 200
    assert {one.number: one.score for one in again.trials if one.number in finished} == finished


def _kill_tree(pid: int) -> None:
    process = psutil.Process(pid)
    for one in (process, *process.children(recursive=True)):
        one.kill()


def test_an_objective_that_cannot_be_sent_is_refused(workers: DaskWorkers) -> None:
    import threading

    lock = threading.Lock()
    with pytest.raises(ObjectiveError, match=r"Study.model must be something that can be sent"):
        workers.open(FunctionObjective(lambda _: lock.locked()))


def test_a_study_runs_at_the_address_of_a_scheduler_and_leaves_no_connection(
    cluster: Any,
) -> None:
    address = cluster.scheduler_address
    study = Study(lambda trial: trial["x"], space=Space(), n_trials=4, history=False)
    before = set(distributed.Client._instances)

    study.run(address.removeprefix("tcp://"), show_progress=False)

    assert [one.state for one in study.trials] == [TrialState.COMPLETED] * 4
    assert os.getpid() not in {int(one.worker or 0) for one in study.trials if one.worker.isdigit()}
    assert all(one.status == "closed" for one in set(distributed.Client._instances) - before)


def test_no_more_trials_than_were_asked_for_run_on_a_cluster(cluster: Any) -> None:
    workers = DaskWorkers.at(cluster.scheduler_address, 1)
    try:
        assert (workers.n_threads, workers.n_free) == (2, 1)
    finally:
        workers.close()


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("tcp://127.0.0.1:9", "Connect call failed"),
        ("127.0.0.1:99999", "99999 is no port"),
        ("head", "missing port number"),
        ("", "missing port number"),
    ],
)
def test_an_address_without_a_scheduler_is_refused_in_words(address: str, why: str) -> None:
    message = rf"The Dask scheduler at '{address}' cannot be reached \(.*{why}.*\)\. Check the ad"
    with pytest.raises(StudyError, match=message):
        as_executor(address, 2)


def test_a_server_that_is_no_scheduler_is_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"tcp://127.0.0.1:{server.getsockname()[1]}"
        with pytest.raises(StudyError, match=r"\(no scheduler answers there\)"):
            as_executor(address, 2)


def test_without_dask_the_line_that_installs_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(StudyError, match=r"Install it by: pip install 'tuneboard\[dask\]'"):
        as_executor("tcp://127.0.0.1:8786", 2)


def test_a_closed_client_is_refused(cluster: Any) -> None:
    client = distributed.Client(cluster)
    client.close()
    with pytest.raises(StudyError, match=r"Study.executor must be a connected Dask client"):
        as_executor(client, 2)


def test_a_client_that_is_closed_meanwhile_is_told_as_lost(cluster: Any) -> None:
    client = distributed.Client(cluster)
    workers = DaskWorkers(client)
    workers.open(FunctionObjective(lambda _: time.sleep(1)))
    workers.submit(Job(1, {}))
    client.close()
    with pytest.raises(ExecutorLostError, match=r"The connection to the Dask scheduler is lost"):
        collect(workers)
