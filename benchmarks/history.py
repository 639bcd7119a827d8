"""How large and how fast a history of 100,000 trials is: opening, appending, bytes per trial."""

from __future__ import annotations

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tuneboard.engine.history import History
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.owner import Owner
from tuneboard.engine.settings import Settings
from tuneboard.engine.trial import Provenance, Trial, TrialState

NAMES = (
    "learning_rate",
    "max_depth",
    "n_estimators",
    "subsample",
    "colsample_bytree",
    "min_child_weight",
    "gamma",
    "reg_alpha",
    "reg_lambda",
    "max_leaves",
)
SPACE = SpaceVersion(1, tuple(HyperParameter(one, "real", 0.5, 0.0, 1.0) for one in NAMES))
BATCH = 1_000


def trials(n: int) -> Iterator[Trial]:
    """Yield trials of 10 values and 5 folds, as an optimizer and cross-validation make them."""
    drawn = random.Random(0)
    for number in range(1, n + 1):
        folds = tuple(drawn.uniform(0.8, 0.9) for _ in range(5))
        yield Trial(
            number,
            {name: drawn.random() for name in NAMES},
            TrialState.COMPLETED,
            Provenance("random", "drawn uniformly from the search space"),
            score=sum(folds) / 5,
            fold_scores=folds,
            started_at=1.7e9 + number,
            duration_s=drawn.uniform(0.1, 5.0),
            worker="host:12345",
        )


def filled(path: Path, n: int) -> tuple[History, str, Owner]:
    """Store a study of n trials."""
    history, owner = History(path), Owner()
    study_id = history.create("large", Settings(n_trials=n).to_dict(), SPACE)
    history.acquire(study_id, owner)
    batch: list[Trial] = []
    for trial in trials(n):
        batch.append(trial)
        if len(batch) == BATCH or trial.number == n:
            history.write(study_id, owner, trial.number, new=batch, changed=[])
            batch = []
    return history, study_id, owner


def seconds_to_frame(history: History, study_id: str, n: int) -> float:
    """Return the work of the best of three, in processor time: the machine may be busy."""
    times = []
    for _ in range(3):
        began = time.process_time()
        frame = history.frame(study_id)
        times.append(time.process_time() - began)
        if frame.shape[0] != n:
            raise RuntimeError(frame.shape)
    return min(times)


def append_ms(history: History, study_id: str, owner: Owner, n: int) -> float:
    """Return the median time of storing one more trial."""
    times = []
    (last,) = (one for one in trials(1))
    for more in range(1, 101):
        one = Trial(n + more, last.config, last.state, last.provenance, score=0.5)
        began = time.perf_counter()
        history.write(study_id, owner, n + more, new=[one], changed=[])
        times.append(time.perf_counter() - began)
    return 1000 * sorted(times)[50]


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--trials", type=int, default=100_000)
    n = parser.parse_args().trials
    folder = Path(tempfile.mkdtemp())
    small, small_id, small_owner = filled(folder / "small.db", 100)
    history, study_id, owner = filled(folder / "large.db", n)
    size = sum(one.stat().st_size for one in folder.glob("large.db*") if "wal" not in one.name)
    print(f"{n:,} trials of 10 values and 5 folds")
    print(f"  to a DataFrame        {seconds_to_frame(history, study_id, n):8.2f} s")
    began = time.process_time()
    history.trials(study_id)
    print(f"  to records            {time.process_time() - began:8.2f} s")
    print(f"  bytes per trial       {size / n:8.0f}")
    print(f"  appending one, at 100 {append_ms(small, small_id, small_owner, 100):8.2f} ms")
    print(f"  appending one, at the end {append_ms(history, study_id, owner, n):4.2f} ms")


if __name__ == "__main__":
    main()
