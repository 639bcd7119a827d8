"""A simulated clock: the job with the least time left ends next, and no worker sleeps."""

from __future__ import annotations

import heapq
from collections import deque
from dataclasses import dataclass, field

from problems import LADDER, Problem
from tuneboard.engine.optimizers.base import Optimizer
from tuneboard.engine.trial import Result, Trial, TrialState


@dataclass
class Run:
    """What one search did on one problem.

    `curve` holds (CPU seconds spent by then, truth of the incumbent) at each change; the
    incumbent has the best score at the highest rung that has any. `trials` are those that
    ended in time, `spent_s` what all workers had by the end of each.
    """

    curve: list[tuple[float, float]] = field(default_factory=list)
    trials: list[Trial] = field(default_factory=list)
    spent_s: list[float] = field(default_factory=list)


class Clock:
    """Runs a search on `n_workers` until they have had `budget_s` CPU seconds between them.

    With a `generation` so many trials are asked for at once, and all of them waited for.
    """

    def __init__(
        self, problem: Problem, search: Optimizer, *, seed: int, n_workers: int, generation: int = 0
    ) -> None:
        self.problem, self.search, self.seed = problem, search, seed
        self.n_workers, self.generation = n_workers, generation
        self.now_s = 0.0
        self._n_asked = 0
        self._queue: deque[Trial] = deque()
        self._running: list[tuple[float, int, Trial]] = []
        self._done: dict[int, float] = {}

    def run(self, budget_s: float) -> Run:
        """Return what the search did."""
        run, best = Run(), (-1, float("-inf"))
        while True:
            self._start_jobs()
            self.now_s, _, trial = heapq.heappop(self._running)
            if self.now_s * self.n_workers > budget_s:
                return run
            trial = self._ended(trial)
            run.trials.append(trial)
            run.spent_s.append(self.now_s * self.n_workers)
            rank = (LADDER.rung_of(trial.fidelity), trial.score or 0.0)
            if rank > best:
                best = rank
                run.curve.append((run.spent_s[-1], self.problem.truth(trial.config)))

    def _start_jobs(self) -> None:
        while len(self._running) < self.n_workers:
            if not self._queue:
                if self.generation and self._running:
                    return
                self._queue.extend(self._asked() for _ in range(self.generation or 1))
            trial = self._queue.popleft()
            before = [self._done[one] for one in trial.provenance.parents if _is_promoted(trial)]
            cost_s = self.problem.cost_s(_amount(trial), max(before, default=0.0))
            heapq.heappush(self._running, (self.now_s + cost_s, trial.number, trial))

    def _asked(self) -> Trial:
        self._n_asked += 1
        made = self.search.ask(self._n_asked)
        return Trial(
            self._n_asked,
            made.config,
            TrialState.RUNNING,
            made.provenance,
            fidelity=made.fidelity,
        )

    def _ended(self, trial: Trial) -> Trial:
        score = self.problem.score(trial.config, _amount(trial), self.seed)
        trial = trial.finished(Result(score))
        self.search.tell(trial)
        self._done[trial.number] = _amount(trial)
        return trial


def _amount(trial: Trial) -> float:
    return LADDER.high if trial.fidelity is None else trial.fidelity


def _is_promoted(trial: Trial) -> bool:
    return trial.provenance.operator == "promotion"
