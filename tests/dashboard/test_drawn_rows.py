"""Draw less, know all: which rows are drawn."""

from __future__ import annotations

import numpy as np
from bokeh.models import ColumnDataSource
from bokeh.plotting import figure
from tuneboard.dashboard.drawn_rows import DrawnRows
from tuneboard.engine.analysis.representatives import N_MAX, levels_of, representatives
from tuneboard.engine.trial import Provenance, Trial, TrialState


def numbers(first: int, last: int) -> np.ndarray:
    return np.arange(first, last + 1, dtype=np.int64)


def test_up_to_three_thousand_trials_all_are_drawn() -> None:
    drawn = DrawnRows(ColumnDataSource({}))

    drawn.add(levels_of(numbers(1, N_MAX)))

    assert drawn.is_all
    assert (drawn.n_drawn, drawn.one_in, drawn.filter.args) == (N_MAX, 1, {"cut": 0})


def test_of_more_those_are_drawn_that_represent_the_rest() -> None:
    drawn = DrawnRows(ColumnDataSource({}))
    for first in range(1, 10_001, 500):
        drawn.add(levels_of(numbers(first, first + 499)))
    made = Provenance("random", "")
    trials = [Trial(n, {}, TrialState.COMPLETED, made, score=0.0) for n in range(1, 10_001)]
    wanted = representatives(trials)

    assert drawn.filter.args == {"cut": wanted.level}
    # The first trial is an incumbent, and so drawn in any case.
    assert drawn.n_drawn in (len(wanted.numbers), len(wanted.numbers) - 1)
    assert N_MAX / 3 < drawn.n_drawn <= N_MAX


def test_a_new_trial_sends_nothing_unless_the_sample_is_halved() -> None:
    drawn = DrawnRows(ColumnDataSource({}))
    drawn.add(levels_of(numbers(1, 6_000)))
    sent: list[object] = []
    drawn.filter.on_change("args", lambda _attr, _old, new: sent.append(new))

    drawn.add(levels_of(numbers(6_001, 6_001)))
    assert sent == []

    drawn.add(levels_of(numbers(6_002, 20_000)))
    assert len(sent) == 1


def test_boxes_of_a_plot_select_by_rule() -> None:
    drawn, plot = DrawnRows(ColumnDataSource({})), figure()

    drawn.select_by_rule(plot)

    assert list(plot.js_event_callbacks) == ["selectiongeometry"]
