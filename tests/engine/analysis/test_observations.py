from __future__ import annotations

import numpy as np
import pytest
from tuneboard.engine.analysis.observations import column, observe
from tuneboard.engine.trial import TrialState


def test_what_cannot_be_compared_is_left_out(mixed, random_trials, trial):
    some = random_trials(mixed, 20, lambda c: c["idle"])
    config = some[0].config
    others = [
        trial(100, config, None),
        trial(101, config, 0.5, state=TrialState.STOPPED),
        trial(102, {**config, "lr": 99.0}, 0.5),
        trial(103, {"lr": 0.1}, 0.5),
        trial(104, config, float("nan")),
    ]
    seen = observe(mixed, [*others, *some])
    assert seen.numbers.tolist() == list(range(1, 21))
    assert seen.points.shape == (20, 6)


def test_the_latest_record_of_a_trial_counts(mixed, random_trials, trial):
    some = random_trials(mixed, 3, lambda c: c["idle"])
    seen = observe(mixed, [*some, trial(1, some[0].config, 9.0)])
    assert seen.targets[0] == 9


def test_words_become_a_column_each(mixed, random_trials):
    some = random_trials(mixed, 3, lambda c: c["idle"])
    seen = observe(mixed, some, target={1: "flat", 2: "diverging", 3: "flat", 77: "flat"})
    assert seen.words == ("diverging", "flat")
    assert seen.targets.tolist() == [[0, 1], [1, 0], [0, 1]]


def test_without_enough_of_any_the_fidelity_with_most_trials_counts(mixed, random_trials, trial):
    some = random_trials(mixed, 9, lambda c: c["idle"])
    low = [trial(one.number, one.config, 0.1, fidelity=1.0) for one in some[:6]]
    high = [trial(one.number, one.config, 0.1, fidelity=9.0) for one in some[6:]]
    assert observe(mixed, low + high).n == 6


def test_columns_of_every_kind_are_found(trial):
    one = trial(3, {}, 0.5, scores=(0.5, 0.7), fold_scores=(0.4, 0.6), duration_s=2.0)
    assert column([one], "scores[1]") == [0.7]
    assert column([one], "scores[2]") == [None]
    assert column([one], "fold_spread") == pytest.approx([np.std([0.4, 0.6], ddof=1)])
    assert column([one], "-duration_s") == [-2]
    assert column([trial(4, {}, None)], "fold_spread") == [None]
    assert column([one], "fidelity") == [None]
