"""Seeded runs in which drivers, workers and the store are hit at random moments.

`TUNEBOARD_FAULT_RUNS` says how many: 20 by default, 200 in `.ci/nightly`.
"""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

N_RUNS = int(os.environ.get("TUNEBOARD_FAULT_RUNS", "20"))
N_TRIALS = 30
OPTIMIZERS = ("random", "quasi_random", "evolutionary")

DRIVER = """
import sys, time
from tuneboard.engine import Int, Real, SearchSpace
from tuneboard.engine.study import Study

class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))
    depth = Int(3, bounds=(1, 9))

place, study_id, optimizer, seed = sys.argv[1:]

def objective(config):
    time.sleep(0.01 * config["depth"])
    return -config["x"] ** 2 - config["depth"]

if study_id:
    study = Study.open(study_id, place, model=objective)
else:
    study = Study(objective, space=Space(), optimizer=optimizer, n_trials=30, n_workers=2,
                  seed=int(seed), history=place)
n_told = len(study.changes)
study.start()
print("study", study.id, flush=True)
while study.is_running_here or n_told < len(study.changes):
    time.sleep(0.005)
    for trial in study.changes[n_told:]:
        print(trial.state.name, trial.number, repr(trial.score), flush=True)
        n_told += 1
print("END", study.state.name, study.message, flush=True)
"""


class Run:
    """One study, driven by one process after another."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.place = folder / "history.db"
        self.rng = np.random.default_rng([20, seed])
        self.seed, self.optimizer = seed, str(self.rng.choice(OPTIMIZERS))
        self.study_id = ""
        self.told: dict[int, float] = {}
        self.faults: list[str] = []
        self.process = self.start()

    def start(self) -> subprocess.Popen[str]:
        arguments = [str(self.place), self.study_id, self.optimizer, str(self.seed)]
        return subprocess.Popen(
            [sys.executable, "-c", DRIVER, *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def read(self, n_finished: int) -> bool:
        """Take in what the driver tells, until so many trials have finished; False at its end."""
        for line in self.process.stdout or ():
            words = line.split()
            if words[0] == "study":
                self.study_id = words[1]
            elif words[0] == "END":
                assert words[1] == "FINISHED", line
            elif words[0] in ("COMPLETED", "CRASHED"):
                number = int(words[1])
                assert number not in self.told, f"trial {number} was counted twice"
                self.told[number] = float("nan") if words[2] == "None" else float(words[2])
                n_finished -= 1
                if n_finished <= 0:
                    return True
        return False

    def hit(self) -> None:
        fault = str(self.rng.choice(["driver", "worker", "store", "sleep"]))
        self.faults.append(fault)
        getattr(self, f"hit_{fault}")()

    def hit_driver(self) -> None:
        self.process.kill()
        self.read(10**6)
        self.end()
        self.process = self.start()

    def hit_worker(self) -> None:
        children = psutil.Process(self.process.pid).children(recursive=True)
        workers = [one for one in children if any("LokyProcess" in word for word in _words(one))]
        if workers:
            with suppress(psutil.Error):
                workers[int(self.rng.integers(len(workers)))].kill()

    def hit_store(self) -> None:
        connection = sqlite3.connect(self.place, isolation_level=None, timeout=30)
        connection.execute("BEGIN IMMEDIATE")
        time.sleep(0.3)
        connection.rollback()
        connection.close()

    def hit_sleep(self) -> None:
        self.process.send_signal(signal.SIGSTOP)
        time.sleep(0.2)
        self.process.send_signal(signal.SIGCONT)

    def end(self) -> None:
        with self.process:
            _, errors = self.process.communicate(timeout=60)
        assert "Traceback" not in errors, errors

    def stored(self) -> dict[int, tuple[str, Any]]:
        connection = sqlite3.connect(self.place)
        rows = connection.execute("SELECT number, state, score FROM trials").fetchall()
        connection.close()
        assert len({row[0] for row in rows}) == len(rows)
        return {number: (state, score) for number, state, score in rows}


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.mark.parametrize("seed", range(N_RUNS))
def test_no_trial_is_lost_and_none_is_counted_twice(seed: int, tmp_path: Path) -> None:
    run = Run(tmp_path, seed)
    try:
        for _ in range(int(run.rng.integers(1, 4))):
            if not run.read(int(run.rng.integers(1, 8))):
                break
            run.hit()
        while run.read(10**6):
            pass
        run.end()
    finally:
        with run.process:  # waits, and closes the pipes
            run.process.kill()

    kept = run.stored()
    assert set(kept) == set(range(1, N_TRIALS + 1)), run.faults
    assert {state for state, _ in kept.values()} <= {"completed", "crashed"}, run.faults
    lost = {n: score for n, score in run.told.items() if score == score and kept[n][1] != score}
    assert lost == {}, run.faults
