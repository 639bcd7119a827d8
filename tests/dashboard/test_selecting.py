"""Selections by rules, locked ranges that outlast them, and following new trials."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from tuneboard.dashboard.selecting import NO_RULE, Selecting
from tuneboard.dashboard.selection_rule import AllOf, Best, Box, Lasso, Ranges, numbers_of
from tuneboard.dashboard.state import BoardState
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.marks import Marks
from tuneboard.engine.metric import Metric
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True),
        HyperParameter("depth", "real", 3.0, 1.0, 9.0),
        HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly")),
    ),
)
N = 4_000
"""More than are drawn."""


def trial(number: int) -> Trial:
    rng = np.random.default_rng(number)
    config: dict[str, Any] = {
        "lr": float(10 ** rng.uniform(-4, 0)),
        "depth": float(rng.uniform(1, 9)),
        "kernel": "rbf" if rng.random() < 0.5 else "poly",
    }
    made = Provenance("random", "drawn")
    if number % 50 == 0:
        return Trial(number, config, TrialState.FAILED, made, error="no")
    return Trial(number, config, TrialState.COMPLETED, made, score=-float(rng.random()))


LOSS = Metric("loss", "loss", is_minimized=True)


@pytest.fixture(scope="module")
def many() -> TrialSource:
    source = TrialSource(LOSS, SPACE)
    source.append(trial(number) for number in range(1, N + 1))
    return source


@pytest.fixture
def trials() -> TrialSource:
    source = TrialSource(LOSS, SPACE)
    source.append(trial(number) for number in range(1, 101))
    return source


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def selecting(trials: TrialSource, said: list[str]) -> Selecting:
    return Selecting(trials, BoardState(), said.append)


def frame(trials: TrialSource) -> pd.DataFrame:
    rows = [
        {"trial": one.number, "loss": None if one.score is None else -one.score, **one.config}
        for one in trials.shown
    ]
    return pd.DataFrame(rows).set_index("trial")


def test_a_box_means_the_same_filter_in_pandas_drawn_or_not(many: TrialSource) -> None:
    box = Box("x:lr", -3.0, -1.0, "score", 0.2, 0.6)
    table = frame(many)
    by_pandas = table[table.lr.between(1e-3, 1e-1) & table.loss.between(0.2, 0.6)]

    assert not many.drawn.is_all
    assert len(by_pandas) > 500
    assert numbers_of(box, many) == by_pandas.index.tolist()


def test_a_lasso_selects_what_lies_within_its_line(many: TrialSource) -> None:
    # A triangle below the diagonal of depth and loss.
    lasso = Lasso("x:depth", (1.0, 9.0, 9.0), "score", (0.0, 0.0, 1.0))
    table = frame(many)
    by_pandas = table[table.loss < (table.depth - 1) / 8]

    assert numbers_of(lasso, many) == by_pandas.index.tolist()


def test_ranges_and_words_all_have_to_fit(many: TrialSource) -> None:
    ranges = Ranges({"x:depth": (2.0, 4.0)}, {"v:kernel": frozenset({"poly"})})
    table = frame(many)
    by_pandas = table[table.depth.between(2, 4) & (table.kernel == "poly")]

    assert numbers_of(ranges, many) == by_pandas.index.tolist()


def test_the_best_are_the_lowest_of_what_is_minimized(many: TrialSource) -> None:
    table = frame(many)
    n_best = int(np.ceil(table.loss.count() * 0.05))
    by_pandas = table.loss.nsmallest(n_best)

    assert set(numbers_of(Best(5.0), many)) == set(by_pandas.index)


def test_nothing_is_the_best_where_nothing_has_a_score() -> None:
    source = TrialSource(LOSS, SPACE)
    source.append([trial(50)])

    assert numbers_of(Best(50.0), source) == []


def test_words_select_by_the_language_of_the_search_box(
    selecting: Selecting, trials: TrialSource
) -> None:
    selecting.by_words("depth>5 kernel=poly loss<0.5 -is:starred", {3: Marks(is_starred=True)})

    table = frame(trials)
    fits = table[(table.depth > 5) & (table.kernel == "poly") & (table.loss < 0.5)]
    assert selecting._state.selection == [one for one in fits.index if one != 3]


@pytest.mark.parametrize(
    ("text", "message"),
    [("depht>5", "Did you mean depth?"), ("depth>", "ends too early"), ('"x', "quotation mark")],
)
def test_words_that_mean_nothing_are_answered(
    selecting: Selecting, said: list[str], text: str, message: str
) -> None:
    selecting._state.selection = [1, 2]

    selecting.by_words(text, {})

    assert message in said[-1]
    assert selecting._state.selection == [1, 2]


def test_a_locked_range_outlasts_new_selections(selecting: Selecting, trials: TrialSource) -> None:
    locked = Ranges({"x:depth": (1.0, 4.0)})
    selecting.by_ranges(Ranges({"x:depth": (1.0, 4.0), "score": (0.0, 0.5)}), locked)
    inside = set(numbers_of(locked, trials))
    assert set(selecting._state.selection) < inside

    brushed = selecting.brushed(range(1, 60))
    selecting.best(50.0)

    assert set(brushed) == {one for one in inside if one < 60}
    assert set(selecting._state.selection) == inside & set(numbers_of(Best(50.0), trials))


def test_following_takes_in_new_trials_that_fit(selecting: Selecting, trials: TrialSource) -> None:
    box = Box("x:depth", 2.0, 6.0, "score", 0.0, 1.0)
    selecting.by(box)
    before = list(selecting._state.selection)
    assert selecting.follow(True)

    trials.append(trial(number) for number in range(101, 141))
    selecting.arrived()

    assert selecting._state.selection == numbers_of(box, trials)
    assert set(before) < set(selecting._state.selection)

    selecting.follow(False)
    kept = list(selecting._state.selection)
    trials.append(trial(number) for number in range(141, 161))
    selecting.arrived()

    assert selecting._state.selection == kept


def test_a_selection_by_hand_has_no_rule_to_follow(selecting: Selecting, said: list[str]) -> None:
    selecting.by(Best(10.0))
    selecting._state.selection = [1, 5, 9]
    selecting.changed()

    assert not selecting.follow(True)
    assert said == [NO_RULE]


def test_a_box_is_the_rule_only_if_it_explains_the_selection(
    selecting: Selecting, trials: TrialSource
) -> None:
    box = Box("x:depth", 2.0, 6.0, "score", 0.0, 1.0)
    selecting._state.selection = numbers_of(box, trials)

    selecting.drawn(box)
    assert selecting.rule is box

    selecting._state.selection = [*selecting._state.selection, 50]
    selecting.drawn(box)
    assert selecting.rule is None


def test_several_rules_have_to_fit_together(trials: TrialSource) -> None:
    rules = (Best(50.0), Ranges({"x:depth": (1.0, 5.0)}))

    both = numbers_of(AllOf(rules), trials)

    assert set(both) == set(numbers_of(rules[0], trials)) & set(numbers_of(rules[1], trials))
