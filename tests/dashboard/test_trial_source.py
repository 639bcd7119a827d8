"""The source appends finished trials once, at a constant cost, and keeps the selection."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from bokeh.document import Document
from bokeh.document.events import ColumnDataChangedEvent, ColumnsStreamedEvent
from tuneboard.dashboard.axis import Axis
from tuneboard.dashboard.trial_source import TrialSource, text_column, x_column
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.trial import Provenance, Trial, TrialState

LR = HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True)
KERNEL = HyperParameter("kernel", "choice", "rbf", choices=("rbf", "poly"))
SPACE = SpaceVersion(1, (LR, KERNEL))
ACCURACY = Metric("accuracy", "accuracy")
RMSE = Metric("neg_root_mean_squared_error", "RMSE", is_minimized=True)


def trial(number: int, score: float | None = 0.5, **changes: Any) -> Trial:
    """Return a completed trial; a failed one without a score."""
    config = changes.pop("config", {"lr": 0.01, "kernel": "poly"})
    state = TrialState.FAILED if score is None else TrialState.COMPLETED
    provenance = Provenance("random", "drawn at random")
    return Trial(number, config, changes.pop("state", state), provenance, score=score, **changes)


@pytest.fixture
def trials() -> TrialSource:
    return TrialSource(ACCURACY, SPACE)


@pytest.fixture
def events(trials: TrialSource) -> list[Any]:
    """All that a page would be sent."""
    heard: list[Any] = []
    document = Document()
    document.add_root(trials.source)
    document.on_change(heard.append)
    return heard


def column(trials: TrialSource, name: str) -> list[Any]:
    return list(trials.source.data[name])


def test_the_columns_of_one_trial(trials: TrialSource) -> None:
    one = trial(
        7, 0.91, fold_scores=(0.9, 0.92), duration_s=1.5, config={"lr": 0.1, "kernel": "poly"}
    )

    assert trials.append([one]) == 1

    row = {name: column(trials, name)[0] for name in trials.source.data}
    x_kernel = row.pop(x_column("kernel"))
    assert x_kernel == pytest.approx(1.0, abs=0.3)
    assert math.isnan(row.pop("failed"))
    assert row.pop("spread") == pytest.approx(0.01)
    assert row == {
        "trial": 7,
        "order": 1,
        "colour": 1,
        "level": 0,
        "score": 0.91,
        "incumbent": 0.91,
        "score_text": "0.91",
        "state": "completed",
        "duration_s": 1.5,
        "reason": "drawn at random",
        "operator": "",
        "error": "",
        "curve": "",
        x_column("lr"): -1.0,
        text_column("lr"): "0.1",
        text_column("kernel"): "poly",
    }


def test_a_failed_trial_has_no_score_and_the_last_line_of_its_traceback(
    trials: TrialSource,
) -> None:
    error = 'Traceback (most recent call last):\n  File "a.py", line 1\nValueError: no\n'

    trials.append([trial(1, None, error=error)])

    assert np.isnan(column(trials, "score")).all()
    assert column(trials, "failed") == [0.0]
    assert column(trials, "error") == ["ValueError: no"]
    assert (trials.n_trials, trials.n_failed, trials.n_completed) == (1, 1, 0)
    assert trials.best is None


def test_a_reason_of_a_thousand_letters_is_cut(trials: TrialSource) -> None:
    trials.append([trial(1, None, error="x" * 1000)])

    assert len(column(trials, "error")[0]) == 240


def test_running_interrupted_and_known_trials_are_left_out(trials: TrialSource) -> None:
    running = trial(1, None, state=TrialState.RUNNING)
    interrupted = trial(2, None, state=TrialState.INTERRUPTED)

    assert trials.append([running, interrupted]) == 0
    assert trials.append([trial(1), trial(1), trial(2)]) == 2
    assert trials.append([trial(2), trial(1)]) == 0
    assert column(trials, "trial") == [1, 2]


def test_incumbents_are_marked_and_ties_are_not(trials: TrialSource) -> None:
    scores = [0.5, None, 0.7, 0.7, 0.6, 0.9]

    trials.append([trial(1, 0.5)])
    trials.append([trial(number, score) for number, score in enumerate(scores[1:], start=2)])

    nan = math.nan
    assert column(trials, "incumbent") == pytest.approx([0.5, nan, 0.7, nan, nan, 0.9], nan_ok=True)
    assert trials.best is not None
    assert trials.best.number == 6


def test_a_minimized_metric_shows_its_own_values_and_the_lowest_is_best() -> None:
    trials = TrialSource(RMSE, SPACE)

    trials.append([trial(1, -3.0), trial(2, -2.0), trial(3, -2.5)])

    assert column(trials, "score") == [3.0, 2.0, 2.5]
    assert trials.best is not None
    assert trials.best.number == 2


@pytest.mark.parametrize("n_new", [1, 15, 16, 400])
def test_a_batch_is_one_small_message_however_many_trials_are_there(
    trials: TrialSource, events: list[Any], n_new: int
) -> None:
    trials.append(trial(number) for number in range(1, 1001))
    events.clear()

    trials.append(trial(number) for number in range(1001, 1001 + n_new))

    (event,) = events
    assert isinstance(event, ColumnsStreamedEvent)
    assert {len(values) for values in event.data.values()} == {n_new}
    assert {len(values) for values in trials.source.data.values()} == {1000 + n_new}
    assert column(trials, "order") == list(range(1, 1001 + n_new))


def test_nothing_is_sent_when_nothing_has_finished(trials: TrialSource, events: list[Any]) -> None:
    trials.append([trial(1, None, state=TrialState.RUNNING)])
    trials.move_to(SPACE)

    assert events == []


def test_the_selection_stays_while_trials_arrive(trials: TrialSource) -> None:
    trials.append(trial(number) for number in (5, 3, 9))
    trials.source.selected.indices = [2, 0]

    trials.append(trial(number) for number in (1, 2))

    assert trials.selected == (5, 9)


def test_the_selection_is_set_by_numbers_and_unknown_ones_are_left_out(
    trials: TrialSource,
) -> None:
    trials.append(trial(number) for number in (5, 3, 9))

    trials.selected = (9, 77, 5, 9)

    assert trials.source.selected.indices == [0, 2]
    assert trials.selected == (5, 9)


def test_a_callback_hears_the_numbers_of_each_new_selection_once(trials: TrialSource) -> None:
    heard: list[tuple[int, ...]] = []
    trials.append(trial(number) for number in (5, 3, 9))
    trials.on_select(heard.append)

    trials.source.selected.indices = [1]
    trials.selected = (3,)
    trials.selected = ()

    assert heard == [(3,), ()]


def edited(number: int, *hyper_parameters: HyperParameter) -> SpaceVersion:
    return SpaceVersion(number, hyper_parameters)


def test_a_new_hyper_parameter_gets_columns_and_old_trials_lack_it(
    trials: TrialSource, events: list[Any]
) -> None:
    trials.append([trial(1), trial(2)])
    events.clear()
    space = edited(2, LR, KERNEL, HyperParameter("depth", "int", 3, 1, 30))

    trials.move_to(space)
    trials.append([trial(3, config={"lr": 0.1, "kernel": "rbf", "depth": 4})])

    changed, streamed = events
    assert isinstance(changed, ColumnDataChangedEvent)
    assert set(changed.cols or ()) == {x_column("depth"), text_column("depth")}
    assert isinstance(streamed, ColumnsStreamedEvent)
    assert column(trials, x_column("depth")) == pytest.approx([math.nan, math.nan, 4], nan_ok=True)
    assert column(trials, text_column("depth")) == ["–", "–", "4"]


def test_a_trial_that_lacks_an_inactive_value_lies_on_a_lane_below_and_has_a_dash() -> None:
    gamma = HyperParameter("gamma", "real", 0.1, 0.01, 1.0, active_when="kernel == 'rbf'")
    shape = HyperParameter(
        "shape", "choice", None, choices=(None, "flat"), active_when="kernel == 'poly'"
    )
    trials = TrialSource(ACCURACY, SpaceVersion(1, (LR, KERNEL, gamma, shape)))

    trials.append(
        [
            trial(1, config={"lr": 0.1, "kernel": "rbf", "gamma": 0.5}),
            trial(2, config={"lr": 0.1, "kernel": "poly", "shape": None}),
        ]
    )

    axis = trials.axes["gamma"]
    active, inactive = column(trials, x_column("gamma"))
    assert active == 0.5
    assert axis.range[0] < inactive < axis.bounds[0]
    assert axis.ticks.labels[0] == "inactive"
    assert not axis.exceeds_bounds
    assert column(trials, text_column("gamma")) == ["0.5", "–"]
    shapes = column(trials, x_column("shape"))
    assert shapes == pytest.approx([-1, 0], abs=0.3)
    assert trials.axes["shape"].ticks.labels == ("inactive", "None", "flat")
    assert column(trials, text_column("shape")) == ["–", "None"]
    assert axis.range == Axis(gamma).range


def test_a_hyper_parameter_that_was_removed_keeps_its_columns(trials: TrialSource) -> None:
    trials.append([trial(1)])

    trials.move_to(edited(2, LR))
    trials.append([trial(2, config={"lr": 0.5})])

    assert column(trials, text_column("kernel")) == ["poly", "–"]


def test_new_bounds_send_nothing_and_keep_old_trials_in_range(
    trials: TrialSource, events: list[Any]
) -> None:
    trials.append([trial(1, config={"lr": 1e-4, "kernel": "rbf"})])
    events.clear()

    trials.move_to(edited(2, LR.edited(low=0.01), KERNEL))

    assert events == []
    assert trials.axes["lr"].bounds == (-2.0, 0.0)
    assert trials.axes["lr"].range[0] < -4.0


@pytest.mark.parametrize(
    ("change", "place"),
    [
        (lambda: (LR.edited(log=False), KERNEL), ("lr", 0.01)),
        (lambda: (LR, KERNEL.edited(choices=("poly", "rbf"))), ("kernel", 0.0)),
        (lambda: (LR, KERNEL.edited(choices=("rbf",))), ("kernel", 1.0)),
    ],
)
def test_a_new_scale_or_order_moves_the_trials(
    trials: TrialSource,
    change: Callable[[], tuple[HyperParameter, ...]],
    place: tuple[str, float],
) -> None:
    trials.append([trial(1)])

    trials.move_to(edited(2, *change()))

    name, x = place
    assert column(trials, x_column(name))[0] == pytest.approx(x, abs=0.3 * (name == "kernel"))


def test_trials_of_one_lane_are_spread_the_same_way_every_time(trials: TrialSource) -> None:
    trials.append(trial(number) for number in range(1, 101))
    again = TrialSource(ACCURACY, SPACE)
    again.append(trial(number) for number in range(1, 101))

    x = np.array(column(trials, x_column("kernel")))
    assert x.tolist() == column(again, x_column("kernel"))
    assert len(set(x)) == 100
    assert np.abs(x - 1).max() < 0.3


def test_the_score_range_covers_all_scores_with_room(trials: TrialSource) -> None:
    trials.append([trial(1, 0.5), trial(2, 0.9), trial(3, None)])

    low, high = trials.score_range()

    assert low < 0.5
    assert high > 0.9
    assert trials.n_beyond(low, high) == 0


@pytest.mark.parametrize("metric", [ACCURACY, RMSE])
def test_a_few_hopeless_scores_do_not_squeeze_all_others(metric: Metric) -> None:
    trials = TrialSource(metric, SPACE)
    trials.append(trial(number, -1.0 - 0.01 * (number % 50)) for number in range(1, 101))
    trials.append(trial(number, -1e9) for number in (101, 102))

    low, high = trials.score_range()

    assert high - low < 1
    assert trials.n_beyond(low, high) == 2


@pytest.mark.parametrize("scores", [[], [0.7], [0.7, 0.7], [0.0], [None]])
def test_the_score_range_is_never_empty(trials: TrialSource, scores: list[float | None]) -> None:
    trials.append(trial(number, score) for number, score in enumerate(scores, start=1))

    low, high = trials.score_range()

    assert low < high


def test_names_with_braces_make_columns_that_a_hover_can_name() -> None:
    assert text_column("a{b}") == "v:a(b)"


def test_names_of_our_own_columns_are_free_for_hyper_parameters() -> None:
    space = SpaceVersion(1, (HyperParameter("score", "real", 0.5, 0.0, 1.0),))
    trials = TrialSource(ACCURACY, space)

    trials.append([trial(1, 0.9, config={"score": 0.25})])

    assert column(trials, "score") == [0.9]
    assert column(trials, x_column("score")) == [0.25]


def test_a_column_that_a_view_measures_is_there_for_old_and_new_trials(
    trials: TrialSource,
) -> None:
    trials.append([trial(1, 0.5, duration_s=2.0)])
    trials.measure("twice", lambda one: 2 * one.duration_s if one.score else None)
    trials.append([trial(2, 0.5, duration_s=3.0), trial(3, None)])
    trials.measure("twice", lambda _one: 0.0)

    assert column(trials, "twice")[:2] == [4.0, 6.0]
    assert math.isnan(column(trials, "twice")[2])
