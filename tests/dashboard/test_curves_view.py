"""The learning curves: what is drawn, how it is coloured, scaled and selected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from tuneboard.dashboard.computed_view import Moment
from tuneboard.dashboard.state_colors import DARK, LIGHT
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.views.curves import N_CURVES, N_POINTS, CurvesView
from tuneboard.engine.analysis.learning_curve import CurveState
from tuneboard.engine.details import Details
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
ACCURACY = Metric("accuracy", "accuracy")
LOSS = Metric("loss", "loss", is_minimized=True)
RISING = tuple((step, 0.9 - 0.5 * float(np.exp(-step / 20))) for step in range(1, 31))
FALLING = tuple((step, 0.8 - 0.02 * step) for step in range(1, 31))


def made(number: int, curve: Sequence[tuple[float, float]] = (), **more: Any) -> Trial:
    provenance = more.pop("provenance", Provenance("random", ""))
    details = Details(curve=tuple(curve))
    score = curve[-1][1] if curve else 0.5
    state = TrialState.COMPLETED
    return Trial(number, {"x": 0.5}, state, provenance, score=score, details=details, **more)


def computed(trials: list[Trial], *, metric: Metric = ACCURACY, **given: Any) -> CurvesView:
    source = TrialSource(metric, SPACE)
    source.append(trials)
    view = CurvesView(source, given.get("resource", ""), given.get("on_choose", print))
    view._over.value = given.get("over", "steps")
    view.show(view.work(Moment(SPACE, trials, metric, given.get("selection", ())))())
    return view


def test_each_curve_is_drawn_with_its_state_and_the_key_counts_them() -> None:
    view = computed([made(1, RISING), made(2, FALLING), made(3)])

    data = view._layer.source.data
    assert data["trial"] == [1, 2]
    assert data["state"] == ["improving", "diverging"]
    assert data["ys"][0] == [value for _, value in RISING]
    labels = [one.label for one in view._keys.buttons.values() if one.visible]
    assert labels == ["1 improving", "1 diverging"]
    assert view.notice == ""


def test_the_session_s_source_has_the_state_as_a_column() -> None:
    view = computed([made(1, RISING), made(2)])

    assert list(view.trials.source.data["curve"]) == ["improving", ""]


def test_a_key_selects_the_trials_of_its_state() -> None:
    chosen: list[tuple[int, ...]] = []
    view = computed([made(1, RISING), made(2, FALLING), made(3, FALLING)], on_choose=chosen.append)

    view._keys.buttons[CurveState.DIVERGING].clicks += 1

    assert chosen == [(2, 3)]


def test_selected_trials_keep_their_highlight_when_more_curves_come() -> None:
    first = [made(1, RISING), made(2, FALLING)]
    view = computed(first)
    view.trials.selected = (2,)
    more = [*first, made(3, RISING)]
    view.trials.append(more)

    view.show(view.work(Moment(SPACE, more, ACCURACY, (2,)))())

    source = view._layer.source
    assert [source.data["trial"][row] for row in source.selected.indices] == [2]


def test_a_loss_is_drawn_in_its_own_direction() -> None:
    view = computed([made(1, FALLING)], metric=LOSS)

    assert view._layer.source.data["ys"][0] == [-value for _, value in FALLING]
    assert view.figures[0].y_range.start < min(-value for _, value in FALLING)


def test_of_many_curves_a_sample_and_the_selected_are_drawn_and_that_is_said() -> None:
    long = tuple((step, step / 500) for step in range(500))
    trials = [made(number, long) for number in range(1, 4 * N_CURVES)]
    unlucky = next(
        number
        for number in range(2, 4 * N_CURVES)
        if number not in computed(trials)._layer.source.data["trial"]
    )

    view = computed(trials, selection=(unlucky,))

    drawn = view._layer.source.data["trial"]
    assert unlucky in drawn
    assert len(drawn) <= N_CURVES + 2
    assert {len(xs) for xs in view._layer.source.data["xs"]} == {N_POINTS}
    assert f"of {len(trials)} curves are drawn" in view._remark.object


def test_scores_by_fidelity_lie_on_an_axis_of_the_rungs() -> None:
    promoted = [Provenance("asha", "", (number,), "promotion") for number in (1, 2)]
    trials = [
        made(1, fidelity=1.0),
        made(2, fidelity=3.0, provenance=promoted[0]),
        made(3, fidelity=9.0, provenance=promoted[1]),
    ]

    view = computed(trials, over="fidelity", resource="epochs")

    axis = view.figures[0].below[0]
    assert axis.axis_label == "epochs"
    assert list(axis.major_label_overrides.values()) == ["1", "3", "9"]
    assert [len(xs) for xs in view._layer.source.data["xs"]] == [2, 3]


@pytest.mark.parametrize(
    ("over", "sentence"), [("steps", "No trial has reported"), ("fidelity", "No configuration")]
)
def test_a_study_without_curves_says_how_to_get_some(over: str, sentence: str) -> None:
    view = computed([made(1), made(2)], over=over, resource="epochs")

    assert view.notice.startswith(sentence)
    assert not view._keys._row.visible


def test_states_have_colours_of_their_own_in_both_modes() -> None:
    view = computed([made(1, RISING)])
    for is_dark, colors in ((True, DARK), (False, LIGHT)):
        view.paint(is_dark)
        assert view._layer._mapper.palette == list(colors.values())
        assert len(set(colors.values())) == len(CurveState)
