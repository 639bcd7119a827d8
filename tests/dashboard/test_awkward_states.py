"""Views of studies that are hard to draw: long choices, many axes, one trial, none with a score."""

from __future__ import annotations

import pytest
from bokeh.models import Range1d
from tuneboard.dashboard.computed_view import Moment
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.view import FigureKit, add_axis
from tuneboard.dashboard.views.compare import CompareView
from tuneboard.dashboard.views.coverage import CoverageView
from tuneboard.dashboard.views.landscape import LandscapeView
from tuneboard.dashboard.views.lineage import LineageView
from tuneboard.dashboard.views.parallel import ParallelView
from tuneboard.dashboard.views.trade_off import TradeOffView
from tuneboard.dashboard.views.workers import WorkersView
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.trial import Provenance, Trial, TrialState

ACCURACY = Metric("accuracy", "accuracy")
LONG = tuple(f"a rather long label of choice number {number}" for number in range(12))
RATE = HyperParameter("rate", "real", 0.01, 1e-4, 1.0, log=True)
KERNEL = HyperParameter("kernel", "choice", LONG[0], choices=LONG)
TWO = SpaceVersion(1, (KERNEL, RATE))
THIRTY = SpaceVersion(
    1, (KERNEL, *(HyperParameter(f"rate_{n}", "real", 0.5, 0.0, 1.0) for n in range(29)))
)


def trial(number: int, score: float | None = None, *, parents: tuple[int, ...] = ()) -> Trial:
    config = {"rate": 0.01 * number, "kernel": LONG[number]}
    state = TrialState.FAILED if score is None else TrialState.COMPLETED
    return Trial(number, config, state, Provenance("random", "", parents=parents), score=score)


def source(trials: list[Trial], space: SpaceVersion = TWO) -> TrialSource:
    found = TrialSource(ACCURACY, space)
    found.append(trials)
    return found


def moment(trials: list[Trial]) -> Moment:
    return Moment(TWO, trials, ACCURACY)


def test_long_choices_stand_level_one_below_the_other_on_an_axis_at_the_left() -> None:
    trials, kit = source([trial(1, 0.5)]), FigureKit()
    plot = kit.new_figure("", 200, *_ranges())
    ticks = trials.axes["kernel"].ticks
    left, below = (add_axis(plot, place, kit, ticks=ticks) for place in ("left", "below"))

    assert left.major_label_orientation == "horizontal"
    assert below.major_label_orientation == pytest.approx(0.6)


def test_choices_on_two_rows_by_turns_are_on_one_at_the_left() -> None:
    one = HyperParameter("kind", "choice", "aaaaaaaaaa", choices=("a" * 10, "b" * 12, "c"))
    ticks = source([], SpaceVersion(1, (one,))).axes["kind"].ticks
    assert any("\n" in label for label in ticks.labels)
    kit = FigureKit()
    left = add_axis(kit.new_figure("", 200, *_ranges()), "left", kit, ticks=ticks)

    assert all(text == text.strip() for text in left.major_label_overrides.values())


def test_parallel_coordinates_of_thirty_leave_room_for_names_and_numbers() -> None:
    many, few = (ParallelView(source([], space)).figures[0] for space in (THIRTY, TWO))

    assert many.min_border_left > 60
    assert many.x_range.end - 30 > 2
    assert few.x_range.end == 2.5


def test_a_comparison_without_any_score_says_so_and_one_point_is_drawn() -> None:
    failed = [trial(1), trial(2)]
    view = CompareView(source(failed), "", None)
    view.show(view.work(moment(failed))())
    assert view.notice == "All 2 trials failed."

    single = [trial(1, 0.5)]
    view = CompareView(source(single), "", None)
    view.show(view.work(moment(single))())
    assert view.notice == ""
    assert list(view._sources[0].data["size"]) == [7]


def test_one_trial_is_counted_as_one() -> None:
    single = [trial(1, 0.5)]
    cover = CoverageView(source(single))
    cover.show(cover.work(moment(single))())
    assert "1 different configuration in 1 trial." in cover._words.object
    assert all(
        "trials" in what or what.startswith("1 trial,") for what in cover._source.data["what"]
    )

    trade = TradeOffView(source(single))
    trade.show(trade.work(moment(single))())
    assert trade.remark.startswith("1 trial is beaten by no other in both.")


def test_a_landscape_that_is_being_computed_says_so() -> None:
    assert LandscapeView(source([trial(1, 0.5)])).notice == "Being computed."


def test_without_parents_the_lineage_shows_no_flow() -> None:
    trials = [trial(1, 0.5), trial(2, 0.6)]
    view = LineageView(source(trials), lambda _numbers: None)
    view.show(view.work(moment(trials))())
    assert view._column.children == view.figures[:1]

    trials.append(trial(3, 0.7, parents=(1, 2)))
    view.trials.append(trials)
    view.show(view.work(moment(trials))())
    assert view._column.children == view.figures


def test_very_short_trials_are_seen_in_the_schedule() -> None:
    bar = WorkersView(source([]), lambda _number: None).figures[0].select_one({"name": "workers"})

    assert bar.glyph.line_width >= 1
    assert bar.glyph.line_color == bar.glyph.fill_color


def _ranges() -> tuple[Range1d, Range1d]:
    return Range1d(0, 1), Range1d(0, 1)
