"""Generations, rungs and batches as stretches of the trials."""

from __future__ import annotations

from typing import Any

from tuneboard.engine.analysis.stretches import MAX_STRETCHES, Stretch, stretches
from tuneboard.engine.trial import Provenance, Trial, TrialState


def trial(number: int, parents: tuple[int, ...] = (), **more: Any) -> Trial:
    facts = more.pop("facts", {})
    provenance = Provenance("evolutionary", "", parents, facts=facts)
    return Trial(number, {"k": number}, TrialState.COMPLETED, provenance, score=0.0, **more)


def test_generations_follow_from_the_parents() -> None:
    trials = [trial(1), trial(2), trial(3, (1, 2)), trial(4, (2,)), trial(5, (3,))]

    assert stretches(trials) == (
        Stretch("generation 0", 1, 2),
        Stretch("generation 1", 3, 4),
        Stretch("generation 2", 5, 5),
    )


def test_generations_that_the_optimizer_names_begin_with_their_first_trial() -> None:
    named = [1, 1, 2, 1, 2, 3]
    trials = [trial(n, facts={"generation": g}) for n, g in enumerate(named, start=1)]

    assert [(one.label, one.first, one.last) for one in stretches(trials)] == [
        ("generation 1", 1, 2),
        ("generation 2", 3, 5),
        ("generation 3", 6, 6),
    ]


def test_rungs_are_stretches_of_one_fidelity() -> None:
    trials = [trial(n, fidelity=f) for n, f in enumerate([1.0, 1.0, 3.0, None], start=1)]

    assert [one.label for one in stretches(trials)] == ["1", "3", "all of it"]


def test_trials_that_started_together_are_a_batch() -> None:
    starts = [0.0, 0.1, 0.2, 5.0, 5.1, 5.2]
    trials = [trial(n, started_at=s, duration_s=4.0) for n, s in enumerate(starts, start=1)]

    assert [(one.first, one.last) for one in stretches(trials)] == [(1, 3), (4, 6)]


def test_nothing_is_shaded_where_it_would_tell_nothing() -> None:
    alone = [trial(n, started_at=float(n), duration_s=0.5) for n in range(1, 9)]
    many = [trial(n, facts={"generation": n}) for n in range(1, MAX_STRETCHES + 2)]

    assert stretches([]) == ()
    assert stretches(alone) == ()
    assert stretches(many) == ()
