from __future__ import annotations

import math

import pytest
from tuneboard.engine.analysis.comparison import compare


def run(trial, *scores, pace=1.0):
    return [
        trial(n, {}, score, started_at=100 + n * pace, duration_s=pace)
        for n, score in enumerate(scores, 1)
    ]


def test_the_band_is_over_the_runs_of_a_label(trial):
    runs = {"a": [run(trial, 1, 2, 0), run(trial, 3, 1, 5), run(trial, 2, 2, 9)]}
    (band,) = compare(runs)
    assert band.x == (1, 2, 3)
    assert band.middles == (2, 2, 5)
    assert band.lows[0] == pytest.approx(1.5)
    assert band.highs[2] == pytest.approx(7)
    assert band.n_runs == (3, 3, 3)


def test_all_bands_share_one_axis_and_a_run_that_ended_keeps_its_best(trial):
    short, long = compare({"short": [run(trial, 1, 4)], "long": [run(trial, 0, 1, 2, 3)]})
    assert short.x == long.x == (1, 2, 3, 4)
    assert short.middles == (1, 4, 4, 4)
    assert short.n_going == (1, 1, 0, 0)
    assert long.middles == (0, 1, 2, 3)


def test_by_time_each_run_starts_at_its_own_zero(trial):
    slow, fast = compare(
        {"slow": [run(trial, 1, 2, pace=10.0)], "fast": [run(trial, 1, 2)]}, by="time", n_points=21
    )
    assert slow.x == pytest.approx(tuple(range(21)))
    assert math.isnan(slow.middles[9])
    assert (slow.middles[10], slow.middles[20]) == (1, 2)
    assert (fast.middles[1], fast.middles[2], fast.middles[20]) == (1, 2, 2)


def test_failed_trials_take_their_turn_without_a_score(trial):
    (band,) = compare({"a": [run(trial, None, 2)]})
    assert math.isnan(band.middles[0])
    assert (band.n_runs, band.middles[1]) == ((0, 1), 2)


def test_many_trials_are_a_bounded_number_of_points(trial):
    (band,) = compare({"a": [run(trial, *range(1_000))]}, n_points=50)
    assert len(band.x) == 50
    assert (band.x[0], band.x[-1]) == (1, 1_000)


def test_nothing_to_compare_is_no_band():
    assert compare({}) == ()
    assert compare({"a": [], "b": [[]]})[0].x == ()
