from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest
from tuneboard.engine.errors import HistoryError, OptimizerError
from tuneboard.engine.executors import Executor, InProcess, LocalWorkers, Outcome
from tuneboard.engine.job import Job
from tuneboard.engine.objective import FunctionObjective
from tuneboard.engine.runner import Runner
from tuneboard.engine.trial import Config, Provenance, Trial, TrialState

Until = Callable[[Callable[[], object]], None]


class CountingWork:
    """Work of so many trials, which keeps what was committed in which order."""

    def __init__(self, n_trials: int) -> None:
        self.n_trials = n_trials
        self.commits: list[list[Trial]] = []
        self.latest: dict[int, Trial] = {}
        self._number = 0
        self.trouble = ""

    def next_trial(self) -> Trial | None:
        if self._number >= self.n_trials:
            return None
        self._number += 1
        made = Provenance("counting", "the next number")
        return Trial(self._number, {"x": self._number}, TrialState.RUNNING, made)

    def job(self, trial: Trial) -> Job:
        return Job(trial.number, trial.config)

    def outcome(self, outcome: Outcome) -> Trial:
        number, result = outcome
        return self.latest[number].finished(result)

    def interrupted(self, number: int) -> Trial:
        return replace(self.latest[number], state=TrialState.INTERRUPTED)

    def commit(self, trials: list[Trial]) -> None:
        self.commits.append(trials)
        self.latest.update({trial.number: trial for trial in trials})

    @property
    def states(self) -> list[str]:
        return [self.latest[number].state.value for number in sorted(self.latest)]


class CommittedFirst(InProcess):
    """Checks that a trial is committed as running when it is submitted."""

    def __init__(self, work: CountingWork) -> None:
        super().__init__()
        self.work = work

    def submit(self, job: Job) -> None:
        assert self.work.latest[job.number].state is TrialState.RUNNING
        super().submit(job)


@pytest.fixture
def workers() -> Iterator[LocalWorkers]:
    workers = LocalWorkers(2)
    yield workers
    workers.close()


def opened(executor: Executor, objective: Callable[[Config], object]) -> Executor:
    executor.open(FunctionObjective(objective))
    return executor


def in_thread(runner: Runner) -> threading.Thread:
    thread = threading.Thread(target=runner.run)
    thread.start()
    return thread


def test_all_trials_run_in_their_order() -> None:
    work = CountingWork(5)

    Runner(work, opened(InProcess(), lambda config: config["x"])).run()

    assert [work.latest[number].score for number in work.latest] == [1.0, 2.0, 3.0, 4.0, 5.0]


def test_there_may_be_no_work_at_all() -> None:
    work = CountingWork(0)

    Runner(work, opened(InProcess(), lambda _: 1)).run()

    assert work.commits == []


def test_a_trial_is_committed_before_it_is_submitted() -> None:
    work = CountingWork(4)

    Runner(work, opened(CommittedFirst(work), lambda _: 1)).run()

    assert work.states == ["completed"] * 4


def test_an_outcome_and_the_next_trial_share_one_commit() -> None:
    work = CountingWork(3)

    Runner(work, opened(InProcess(), lambda _: 1)).run()

    assert [[(one.number, one.state.value) for one in commit] for commit in work.commits] == [
        [(1, "running")],
        [(1, "completed"), (2, "running")],
        [(2, "completed"), (3, "running")],
        [(3, "completed")],
    ]


def test_failed_trials_do_not_end_the_loop() -> None:
    work = CountingWork(4)

    Runner(work, opened(InProcess(), lambda config: 1 / (config["x"] % 2))).run()

    assert work.states == ["completed", "failed"] * 2


def test_all_slots_are_kept_busy(workers: LocalWorkers) -> None:
    work = CountingWork(6)

    Runner(work, opened(workers, lambda _: 1)).run()

    assert [one.number for one in work.commits[0]] == [1, 2]
    assert work.states == ["completed"] * 6


def test_a_stop_interrupts_what_runs_and_ends_the_loop(workers: LocalWorkers, until: Until) -> None:
    work = CountingWork(9)
    runner = Runner(work, opened(workers, lambda _: time.sleep(60)))
    thread = in_thread(runner)
    until(lambda: work.commits and workers.n_free == 0)
    began = time.monotonic()

    runner.stop()
    thread.join(30)

    assert time.monotonic() - began < 3
    assert runner.is_stopping
    assert work.states == ["interrupted"] * 2


def test_a_stop_before_the_start_does_nothing_else() -> None:
    work = CountingWork(9)
    runner = Runner(work, opened(InProcess(), lambda _: 1))

    runner.stop()
    runner.run()

    assert work.commits == []


def test_a_trial_that_has_finished_before_the_stop_is_kept() -> None:
    work = CountingWork(9)

    def objective(config: Config) -> int:
        if config["x"] == 2:
            runner.stop()
        return 1

    runner = Runner(work, opened(InProcess(), objective))
    runner.run()

    assert work.states == ["completed", "completed"]


def test_a_pause_lets_running_trials_finish_and_starts_no_more(until: Until) -> None:
    work = CountingWork(5)

    def objective(config: Config) -> int:
        if config["x"] == 2:
            runner.pause()
        return 1

    runner = Runner(work, opened(InProcess(), objective))
    thread = in_thread(runner)
    until(lambda: work.states == ["completed"] * 2)

    assert thread.is_alive()
    runner.resume()
    thread.join(30)
    assert work.states == ["completed"] * 5


def test_a_paused_loop_can_be_stopped(until: Until) -> None:
    work = CountingWork(5)

    def objective(config: Config) -> int:
        runner.pause()
        return 1

    runner = Runner(work, opened(InProcess(), objective))
    thread = in_thread(runner)
    until(lambda: work.states == ["completed"])

    runner.stop()
    thread.join(30)

    assert not thread.is_alive()
    assert work.states == ["completed"]


def test_a_loop_paused_before_its_start_waits_to_be_resumed() -> None:
    work = CountingWork(3)
    runner = Runner(work, opened(InProcess(), lambda _: 1))
    runner.pause()
    thread = in_thread(runner)
    assert work.commits == []

    runner.resume()
    thread.join(30)

    assert work.states == ["completed"] * 3


def test_what_has_finished_is_committed_when_the_next_proposal_fails() -> None:
    class Dry(CountingWork):
        def next_trial(self) -> Trial | None:
            if self.commits:
                message = "RandomSearch.space must have a hyper-parameter to search."
                raise OptimizerError(message)
            return super().next_trial()

    work = Dry(3)

    with pytest.raises(OptimizerError, match="RandomSearch.space must have a hyper-parameter"):
        Runner(work, opened(InProcess(), lambda _: 1)).run()

    assert work.states == ["completed"]


def test_nothing_is_submitted_when_the_commit_fails() -> None:
    class Full(CountingWork):
        def commit(self, trials: list[Trial]) -> None:
            message = "History cannot grow: the disk is full."
            raise HistoryError(message)

    executor = opened(InProcess(), lambda _: 1)

    with pytest.raises(HistoryError, match="History cannot grow: the disk is full"):
        Runner(Full(3), executor).run()

    assert executor.n_free == 1
