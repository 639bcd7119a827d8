"""Boxes and lassos in every plot of trials: the rule that each was, in the trials' own units."""

from __future__ import annotations

from typing import Any

import pytest
from bokeh.events import SelectionGeometry
from bokeh.models import BoxSelectTool, LassoSelectTool, Plot, Range1d
from tuneboard.dashboard.selection_rule import Rule, numbers_of
from tuneboard.dashboard.strips import Strips
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.view import FigureKit, add_axis, add_trials
from tuneboard.dashboard.views.parallel import ParallelView
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True),
        HyperParameter("depth", "real", 3.0, 0.0, 10.0),
    ),
)


def trial(number: int) -> Trial:
    config = {"lr": 10 ** (-4 + number / 10), "depth": number / 4}
    made = Provenance("random", "drawn")
    if number % 10 == 0:
        return Trial(number, config, TrialState.FAILED, made, error="no")
    return Trial(number, config, TrialState.COMPLETED, made, score=number / 40)


@pytest.fixture
def trials() -> TrialSource:
    source = TrialSource(Metric("accuracy", "accuracy"), SPACE)
    source.append(trial(number) for number in range(1, 41))
    return source


@pytest.fixture
def rules(trials: TrialSource) -> list[Rule]:
    found: list[Rule] = []
    trials.tools.on_draw(found.append)
    return found


def drag(plot: Plot, **geometry: Any) -> None:
    plot._trigger_event(SelectionGeometry(plot, geometry=geometry, final=True))


def box(plot: Plot, x0: float, x1: float, y0: float, y1: float) -> None:
    drag(plot, type="rect", x0=x0, x1=x1, y0=y0, y1=y1)


def test_a_box_on_a_strip_is_a_range_of_its_hyper_parameter(
    trials: TrialSource, rules: list[Rule]
) -> None:
    strips = Strips(trials, Range1d(0, 41), FigureKit())
    strips.show(["lr", "depth"], is_dark=False)
    low, high = trials.axes["depth"].range

    def height(value: float) -> float:
        return strips.floor("depth") + 0.72 * (value - low) / (high - low)

    box(strips.figure, 4.5, 30.5, height(2.1), height(5.1))

    assert numbers_of(rules[-1], trials) == list(range(9, 21))


def test_a_lasso_around_several_strips_takes_what_lies_in_any(
    trials: TrialSource, rules: list[Rule]
) -> None:
    strips = Strips(trials, Range1d(0, 41), FigureKit())
    strips.show(["lr", "depth"], is_dark=False)

    drag(strips.figure, type="poly", x=[2.5, 8.5, 8.5, 2.5], y=[0.0, 0.0, 2.0, 2.0])

    assert numbers_of(rules[-1], trials) == list(range(3, 9))


def test_a_strip_that_is_not_shown_any_more_is_not_asked(
    trials: TrialSource, rules: list[Rule]
) -> None:
    strips = Strips(trials, Range1d(0, 41), FigureKit())
    strips.show(["lr", "depth"], is_dark=False)
    strips.show(["depth"], is_dark=False)

    box(strips.figure, 0, 41, -0.2, 0.36)

    low, high = trials.axes["depth"].range
    middle = 4 * (low + high) / 2
    assert numbers_of(rules[-1], trials) == [n for n in range(1, 41) if n <= middle]


def test_the_lane_of_failed_trials_is_part_of_the_rule(
    trials: TrialSource, rules: list[Rule]
) -> None:
    kit = FigureKit()
    plot = kit.new_figure("", 100, Range1d(0, 41), Range1d(0, 1))
    for place in ("below", "left"):
        add_axis(plot, place, kit)
    add_trials(plot, trials, "order", kit, [])

    box(plot, 5, 25, 0.0, 0.5)

    assert numbers_of(rules[-1], trials) == list(range(5, 21))


def test_a_box_on_an_axis_of_parallel_coordinates_is_a_range(
    trials: TrialSource, rules: list[Rule]
) -> None:
    view = ParallelView(trials)
    (plot,) = view.figures
    start, end = trials.axes["depth"].range
    low, high = ((value - start) / (end - start) for value in (2.1, 5.1))

    box(plot, 0.9, 1.1, low, high)

    assert numbers_of(rules[-1], trials) == list(range(9, 21))


def test_the_lasso_takes_the_place_of_the_box_in_every_plot_and_gives_it_back(
    trials: TrialSource,
) -> None:
    strips = Strips(trials, Range1d(0, 41), FigureKit())
    strips.show(["lr"], is_dark=False)
    (parallel,) = ParallelView(trials).figures

    trials.tools.use_lasso(True)
    strips.show(["lr", "depth"], is_dark=False)

    for plot in (strips.figure, parallel):
        assert plot.select_one(BoxSelectTool) is None
    assert len(strips.figure.select_one(LassoSelectTool).renderers) == 2

    trials.tools.use_lasso(False)

    for plot in (strips.figure, parallel):
        assert plot.select_one(LassoSelectTool) is None
        assert plot.select_one(BoxSelectTool) is not None
    assert len(strips.figure.select_one(BoxSelectTool).renderers) == 2
