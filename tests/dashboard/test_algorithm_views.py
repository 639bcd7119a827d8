"""What an algorithm did: lineage, model, rungs and coverage of planted studies."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from tuneboard.dashboard.computed_view import ComputedView, Moment
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.views.coverage import CoverageView
from tuneboard.dashboard.views.lineage import LineageView
from tuneboard.dashboard.views.model import ModelView
from tuneboard.dashboard.views.rungs import FIDELITY_PLACE, RungsView
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(
    1,
    (
        HyperParameter("x", "real", 0.5, 0.0, 1.0),
        HyperParameter("kernel", "choice", "a", choices=("a", "b", "c")),
    ),
)
ACCURACY = Metric("accuracy", "accuracy")
RANDOM = Provenance("random", "drawn at random")


def made(number: int, x: float, kernel: str = "a", **more: Any) -> Trial:
    config = {"x": x, "kernel": kernel}
    more = {"score": x, "provenance": RANDOM, **more}
    return Trial(number, config, more.pop("state", TrialState.COMPLETED), **more)


def child(number: int, x: float, *parents: int, operator: str = "crossover", **more: Any) -> Trial:
    return made(number, x, provenance=Provenance("e", "bred", parents, operator), **more)


def source(trials: list[Trial], space: SpaceVersion = SPACE) -> TrialSource:
    one = TrialSource(ACCURACY, space)
    one.append(trials)
    return one


def fill(view: ComputedView, trials: list[Trial]) -> None:
    view.show(view.work(Moment(view.trials.space, trials, ACCURACY, view.trials.selected))())


FAMILY = [
    made(1, 0.1),
    made(2, 0.9, "b"),
    child(3, 0.1, 1, 2),
    child(4, 0.3, 3, operator="mutation"),
    child(5, 0.8, 2, operator="mutation"),
]


def lineage_view(on_choose: Callable[..., Any] = print) -> LineageView:
    view = LineageView(source(FAMILY), on_choose)
    fill(view, FAMILY)
    return view


def test_there_is_a_line_from_each_parent_to_its_child() -> None:
    lines = lineage_view()._lines.data

    edges = sorted(zip(lines["x0"], lines["y0"], lines["x1"], lines["y1"], strict=True))
    assert edges == [(1, 0.1, 3, 0.1), (2, 0.9, 3, 0.1), (2, 0.9, 5, 0.8), (3, 0.1, 4, 0.3)]


def test_the_family_of_the_selected_trial_is_lit_up_and_can_be_selected() -> None:
    chosen: list[Any] = []
    view = lineage_view(chosen.append)
    assert view._choose.disabled

    view.trials.selected = (4,)
    view._show_family()
    view._choose.clicks += 1

    assert chosen == [(1, 2, 3, 4)]
    assert len(view._kin.data["x0"]) == 3


def test_the_genes_of_a_trial_name_the_parents_that_they_are_from() -> None:
    view = lineage_view()
    view.trials.selected = (3,)
    view._show_family()

    table = view._genes.object
    assert "Trial 3: crossover of trial 1 and trial 2" in table
    assert "<td>x</td><td>0.1</td><td>trial 1</td>" in table
    assert "<td>kernel</td><td>a</td><td>trial 1</td>" in table
    assert "2 ancestors, 1 descendants" in table


def test_flows_are_as_wide_as_they_have_children() -> None:
    view = lineage_view()

    flows, nodes = view._flow._flows.data, view._flow._nodes.data
    assert sorted(flows["what"])[0].startswith("1 children of generation 0 from 0 – 0.17")
    assert nodes["what"][0] == "generation 0, 0 – 0.17: 1 trials"
    assert len(flows["width"]) == 4


def test_a_search_without_parents_has_no_lineage_and_says_so() -> None:
    trials = [made(number, number / 9) for number in range(1, 9)]
    view = LineageView(source(trials), print)
    fill(view, trials)

    assert view.notice == "No trial has a parent: this search makes none from others."


def test_promotions_are_lines_between_the_rungs() -> None:
    trials = [
        made(1, 0.2, fidelity=1.0),
        made(2, 0.4, fidelity=1.0),
        child(3, 0.4, 2, operator="promotion", fidelity=3.0, score=0.7),
    ]
    view = RungsView(source(trials), "epochs")
    fill(view, trials)

    lines = view._lines.data
    assert (lines["y0"], lines["y1"]) == ([0.4], [0.7])
    assert lines["x1"][0] == pytest.approx(math.log(3), abs=0.13)
    assert list(view.figures[0].below[0].major_label_overrides.values()) == ["1", "3"]
    assert "<td>1 (50%)</td>" in view._table.object
    assert view.trials.source.data[FIDELITY_PLACE][0] == pytest.approx(0, abs=0.13)


def test_a_study_without_a_fidelity_has_no_rungs_and_says_so() -> None:
    view = RungsView(source(FAMILY), "")

    assert view.notice.startswith("This study has no fidelity")


def test_what_was_never_tried_is_an_empty_cell_and_is_said() -> None:
    trials = [made(number, 0.5 * number / 40) for number in range(1, 41)]
    view = CoverageView(source(trials))
    fill(view, trials)

    data = view._source.data
    empty = [value == 0 for value in data["empty"]]
    assert [data["values"][row] for row in range(len(empty)) if empty[row]][-2:] == ["b", "c"]
    assert "Never tried: kernel = b or c." in view._words.object
    assert "Never tried: x from 0.5 to 1" in view._words.object


def smooth() -> list[Trial]:
    places = [(number * 0.618) % 1 for number in range(1, 41)]
    return [
        made(number, x, "abc"[number % 3], score=-((x - 0.3) ** 2))
        for number, x in enumerate(places, 1)
    ]


def test_scores_are_drawn_against_what_the_model_foretells() -> None:
    trials = smooth()
    view = ModelView(source(trials))
    fill(view, trials)

    data = view._rows.source.data
    assert len(data["trial"]) == 40
    assert view._remark.object.startswith("The model foretells the scores")
    curves = view._promise._curves.data
    best = curves["x"][curves["promise"].index(max(curves["promise"]))]
    assert best == pytest.approx(0.3, abs=0.1)


def test_the_promise_of_choices_is_drawn_as_bars() -> None:
    trials = smooth()
    view = ModelView(source(trials))
    view._along.value = "kernel"
    fill(view, trials)

    assert view._promise._curves.data["x"] == []
    assert view._promise._lanes.data["x"] == [0.0, 1.0, 2.0]


def test_the_model_says_when_no_proposal_was_made_by_one() -> None:
    trials = smooth()
    view = ModelView(source(trials))
    view._way.value = "proposed"
    fill(view, trials)

    assert view.notice == "Too few proposals of a model: 0 of at least 16."
