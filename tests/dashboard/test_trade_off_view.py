"""The trade-off: which front is drawn, against what, and what is said where there is none."""

from __future__ import annotations

from typing import Any

import pytest
from tuneboard.dashboard.computed_view import Moment
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.views.trade_off import GAP, TradeOffView
from tuneboard.engine.details import Details
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
ACCURACY = Metric("accuracy", "accuracy")
RECALL, LOSS = Metric("recall", "recall"), Metric("loss", "loss", is_minimized=True)


def made(number: int, score: float, **more: Any) -> Trial:
    provenance = Provenance("random", "")
    return Trial(number, {"x": 0.5}, TrialState.COMPLETED, provenance, score=score, **more)


def shown(trials: list[Trial], against: str, metrics: tuple[Metric, ...] = ()) -> TradeOffView:
    source = TrialSource(ACCURACY, SPACE)
    source.append(trials)
    view = TradeOffView(source, metrics)
    view._cost.value = next(one for label, one in view._options.items() if against in label)
    view.show(view.work(Moment(SPACE, trials, ACCURACY))())
    return view


def front(view: TradeOffView) -> list[tuple[float, float]]:
    return list(zip(view._front.data["x"], view._front.data["y"], strict=True))


def test_the_gap_between_training_and_validation_is_a_cost() -> None:
    trials = [
        made(1, 0.8, details=Details(train_scores=((0.9, 0.9),))),
        made(2, 0.9, details=Details(train_scores=((1.0, 1.0),))),
        made(3, 0.7, details=Details(train_scores=((0.75, 0.75),))),
        made(4, 0.6, details=Details(train_scores=((0.9, 0.9),))),
    ]
    view = shown(trials, "gap")

    expected = [(0.05, 0.7), (0.1, 0.9)]
    assert front(view) == [pytest.approx(one) for one in expected]
    assert list(view.trials.source.data[GAP]) == pytest.approx([0.1, 0.1, 0.05, 0.3])


def test_a_study_without_training_scores_says_how_to_get_them() -> None:
    view = shown([made(1, 0.8), made(2, 0.9)], "gap")

    assert view.notice.startswith("No trial was scored on its training rows")
    view._cost.value = next(one for label, one in view._options.items() if "time" in label)
    assert view.notice == ""


def test_two_metrics_that_are_both_to_be_high_have_a_front_that_falls() -> None:
    pairs = [(0.9, 0.5), (0.8, 0.7), (0.6, 0.9), (0.6, 0.4)]
    trials = [made(number, a, scores=(a, b)) for number, (a, b) in enumerate(pairs, 1)]
    view = shown(trials, "recall", (RECALL,))

    assert front(view) == [(0.5, 0.9), (0.7, 0.8), (0.9, 0.6)]
    assert view._step.glyph.mode == "before"
    assert view.figures[0].below[0].axis_label == "recall"


def test_a_second_metric_that_is_minimized_is_shown_in_its_own_direction() -> None:
    trials = [made(number, 0.5 + number / 10, scores=(0.5, -number / 10)) for number in (1, 2, 3)]
    view = shown(trials, "loss", (LOSS,))

    assert front(view) == [pytest.approx(one) for one in [(0.1, 0.6), (0.2, 0.7), (0.3, 0.8)]]
    assert view._step.glyph.mode == "after"
    assert view._cost.value.label == "loss (lower is better)"
