from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from tuneboard.engine.progress import Progress, seconds_left, seconds_left_range, time_range
from tuneboard.engine.trial import Provenance, Trial, TrialState


def trials(*durations_s: float) -> list[Trial]:
    made = Provenance("random", "drawn at random")
    return [
        Trial(number, {}, TrialState.COMPLETED, made, duration_s=duration_s)
        for number, duration_s in enumerate(durations_s, 1)
    ]


def test_nothing_is_left_of_a_study_that_is_done() -> None:
    assert seconds_left([], n_left=0, n_workers=2) == 0.0


def test_the_time_left_cannot_be_told_before_a_trial_has_finished() -> None:
    assert seconds_left([], n_left=10, n_workers=2) is None


def test_the_time_left_is_the_mean_duration_shared_among_the_workers() -> None:
    assert seconds_left(trials(1.0, 3.0), n_left=10, n_workers=2) == pytest.approx(10.0)


def test_workers_that_have_no_trial_left_do_not_help() -> None:
    assert seconds_left(trials(2.0), n_left=1, n_workers=8) == pytest.approx(2.0)


def test_the_range_of_the_time_left_holds_as_often_as_it_says() -> None:
    rng = np.random.default_rng(0)
    n_held = 0
    for _ in range(400):
        seen, coming = rng.gamma(4, 0.5, 20), rng.gamma(4, 0.5, 30)
        low, high = seconds_left_range(list(seen), 30, 1) or (0, 0)
        n_held += low <= coming.sum() <= high
    assert 0.9 < n_held / 400 < 0.99


@pytest.mark.parametrize(("durations", "n_left"), [([1.0], 5), ([], 5), ([1.0, 2.0], 0)])
def test_without_enough_to_go_by_there_is_no_range(durations: list[float], n_left: int) -> None:
    assert seconds_left_range(durations, n_left, 2) is None


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [(3, 5, "3 to 5 s"), (1, 1.2, "1 s"), (200, 400, "3 to 7 min"), (3000, 9000, "1 to 2 h")],
)
def test_a_range_of_time_is_said_in_one_unit(low: float, high: float, words: str) -> None:
    assert time_range(low, high) == words


def test_progress_is_said_in_one_line() -> None:
    best = replace(trials(1.0)[0], score=0.9, fold_scores=(0.88, 0.92))
    now = Progress(9, 20, 2, best, 30.0, n_running=2, n_stopped=3, seconds_left_range=(20.0, 40.0))
    assert now.words() == (
        "4 done, 2 running, 2 failed, 3 stopped early, best 0.9 ± 0.02, 20 to 40 s left"
    )
    assert Progress(0, 20, 0, None, None).words() == "0 done"
