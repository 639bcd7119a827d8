"""What can be done with selected trials."""

from __future__ import annotations

from typing import Any

import pytest
from tuneboard.dashboard.selection_actions import code_of, exclusion, in_words, narrowing
from tuneboard.engine import Choice, Int, Real, SearchSpace
from tuneboard.engine.trial import Provenance, Trial, TrialState


class Space(SearchSpace):
    lr = Real(0.01, bounds=(1e-4, 1.0), log=True)
    depth = Int(3, bounds=(1, 30))
    kernel = Choice("rbf", choices=["rbf", "poly"])


def trials() -> list[Trial]:
    def config(number: int) -> dict[str, Any]:
        return {
            "lr": 10 ** (-4 + 4 * number / 59),
            "depth": 1 + number * 7 % 30,
            "kernel": ("rbf", "poly")[number % 2],
        }

    made = Provenance("random", "")
    return [Trial(n, config(n), TrialState.COMPLETED, made, score=0.5) for n in range(60)]


def test_a_selection_narrows_what_sets_it_apart_and_nothing_else() -> None:
    space, all_trials = Space(), trials()
    selected = [one for one in all_trials if one.config["lr"] < 0.003]

    edits = narrowing(space.version, selected, all_trials)

    assert list(edits) == ["lr"]
    assert edits["lr"]["low"] == pytest.approx(1e-4)
    assert 0.002 < edits["lr"]["high"] < 0.003
    for name, edit in edits.items():
        space.edit(name, **edit)
    assert space["lr"].high == edits["lr"]["high"]


def test_choices_that_a_selection_leaves_out_are_dropped_if_that_is_no_accident() -> None:
    space, all_trials = Space(), trials()
    of_one_kernel = [one for one in all_trials if one.config["kernel"] == "poly"]

    assert narrowing(space.version, of_one_kernel, all_trials) == {"kernel": {"choices": ("poly",)}}
    assert "kernel" not in narrowing(space.version, of_one_kernel[:2], all_trials)


def test_all_trials_and_a_single_one_narrow_nothing() -> None:
    space, all_trials = Space(), trials()

    assert narrowing(space.version, all_trials, all_trials) == {}
    assert narrowing(space.version, all_trials[:1], all_trials) == {}
    assert narrowing(space.version, [], all_trials) == {}


def test_the_exclusion_forbids_what_the_edits_would_search() -> None:
    space = Space()
    edits = {"lr": {"low": 0.001, "high": 0.1}, "kernel": {"choices": ("rbf",)}}

    space.constrain(exclusion(space.version, edits))

    inside = {"lr": 0.01, "depth": 3, "kernel": "rbf"}
    assert not space.version.contains(inside)
    assert space.version.contains({**inside, "lr": 0.5})
    assert space.version.contains({**inside, "kernel": "poly"})
    assert exclusion(space.version, {}) == ""
    assert in_words(edits) == "lr from 0.001 to 0.1, kernel only rbf"


def test_the_code_of_a_selection_picks_it_out_again() -> None:
    assert code_of({3, 1}) == "trials = study.to_frame().loc[[1, 3]]"
    assert code_of(()) == ""
