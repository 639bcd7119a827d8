"""What the colours of trials show, in all views at once."""

from __future__ import annotations

import math

import numpy as np
import pytest
from tuneboard.dashboard.colouring import OTHERS
from tuneboard.dashboard.legend import legend
from tuneboard.dashboard.theme import LIGHT, MAX_WORDS, trial_colors
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.views.split import SplitView
from tuneboard.dashboard.views.timeline import TimelineView
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("lr", "real", 0.01, 1e-4, 1.0, log=True),
        HyperParameter("kernel", "choice", "<rbf>", choices=("<rbf>", "poly")),
    ),
)


def trial(number: int, lr: float = 0.1, kernel: str = "poly", score: float = 0.5) -> Trial:
    config = {"lr": lr, "kernel": kernel}
    return Trial(number, config, TrialState.COMPLETED, Provenance("random", ""), score=score)


@pytest.fixture
def trials() -> TrialSource:
    source = TrialSource(Metric("accuracy", "accuracy"), SPACE)
    source.append([trial(1, 0.001), trial(2, 0.1, "<rbf>"), trial(3, 1.0)])
    return source


def colours(trials: TrialSource) -> list[float]:
    return np.asarray(trials.source.data["colour"], dtype=float).tolist()


def test_the_order_is_shown_until_something_else_is_chosen(trials: TrialSource) -> None:
    assert colours(trials) == [1, 2, 3]
    assert trials.colour_names[:3] == ("order", "accuracy", "state")

    trials.colour_by("lr")
    trials.colour_by("no such column")

    assert trials.colours.chosen == "order"
    assert colours(trials) == [1, 2, 3]


def test_a_log_scale_is_kept_and_new_trials_take_the_same_colours(trials: TrialSource) -> None:
    trials.colour_by("lr")
    trials.append([trial(4, 0.01)])

    assert colours(trials) == pytest.approx([-3, -1, 0, -2])
    assert trials.colours.ends == ("0.001", "1")


def test_words_have_colours_of_their_own_in_all_views(trials: TrialSource) -> None:
    views = [SplitView(trials), TimelineView(trials)]
    trials.colour_by("kernel")
    for view in views:
        view.paint(True)
        view.paint(False)

    assert colours(trials) == [0, 1, 0]
    assert trials.colours.mapper.palette == list(LIGHT.words[:2])
    mappers = {
        figure.select_one({"name": "points"}).glyph.fill_color.transform
        for view in views
        for figure in view.figures
        if figure.select_one({"name": "points"})
    }
    assert mappers == {trials.colours.mapper}


def test_more_words_than_colours_share_the_last_one(trials: TrialSource) -> None:
    trials.colours.offers["word"] = lambda one: f"word {one.number}"
    trials.colour_by("word")
    trials.append([trial(number) for number in range(4, 20)])

    assert max(colours(trials)) == MAX_WORDS - 1
    assert trials.colours.words[-1] == OTHERS
    assert len(trial_colors(False, trials.colours.mapper.tags)) == MAX_WORDS


def test_a_value_that_is_missing_has_no_colour(trials: TrialSource) -> None:
    trials.colour_by("fidelity")

    assert all(math.isnan(one) for one in colours(trials))


def test_the_legend_escapes_the_users_words(trials: TrialSource) -> None:
    trials.colour_by("kernel")

    html = legend(trials.colours, is_dark=False, states=trials.states)

    assert "&lt;rbf&gt;" in html
    assert "<rbf>" not in html
    assert "stopped early" not in html


def test_kin_is_lit_up_in_every_plot_and_put_out_again(trials: TrialSource) -> None:
    views = [SplitView(trials), TimelineView(trials)]

    trials.light_kin([1, 3, 99], is_dark=False)

    assert trials.kin.rows == [0, 2]
    for figure in (*views[0].figures, views[1].figures[0]):
        ring = figure.select_one({"name": "kin"})
        assert ring.view.filter is trials.kin.filter
        assert ring.data_source is trials.source

    trials.light_kin([], is_dark=False)

    assert trials.kin.rows == []
