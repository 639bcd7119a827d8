from __future__ import annotations

from collections.abc import Callable

import pytest
from tuneboard.engine.analysis.ladder import RungFacts, ladder
from tuneboard.engine.trial import Provenance, Trial, TrialState

MakeTrial = Callable[..., Trial]


def promoted(parent: int) -> Provenance:
    return Provenance("asynchronous_halving", "", (parent,), "promotion")


def test_rungs_are_counted_with_those_that_went_on(trial: MakeTrial) -> None:
    trials = [
        trial(1, {"x": 1}, 0.2, fidelity=1.0),
        trial(2, {"x": 2}, 0.4, fidelity=1.0),
        trial(3, {"x": 3}, None, fidelity=1.0),
        trial(4, {"x": 4}, 0.1, fidelity=1.0, state=TrialState.STOPPED),
        trial(5, {"x": 2}, 0.6, fidelity=3.0, provenance=promoted(2), duration_s=2.0),
        trial(6, {"x": 1}, None, fidelity=3.0, provenance=promoted(1), state=TrialState.RUNNING),
        trial(7, {"x": 9}, 0.9),
    ]
    found = ladder(trials)
    assert found.promotions == ((2, 5), (1, 6))
    assert found.rungs == (
        RungFacts(1.0, 4, 1, 1, 2, 0.4, 2.0, 1),
        RungFacts(3.0, 1, 0, 0, 0, 0.6, 2.0),
    )


@pytest.mark.parametrize("sign", [1, -1])
def test_a_rung_that_foretells_the_highest_one_is_told_from_one_that_misleads(
    trial: MakeTrial, sign: int
) -> None:
    low = [trial(n, {"x": n}, n / 10, fidelity=1.0) for n in range(1, 9)]
    high = [
        trial(n + 8, {"x": n}, sign * n / 10, fidelity=9.0, provenance=promoted(n))
        for n in range(1, 9)
    ]
    first, last = ladder([*low, *high]).rungs
    assert (first.n_pairs, first.correlation) == (8, pytest.approx(sign))
    assert last.correlation is None


def test_few_pairs_and_equal_scores_tell_nothing(trial: MakeTrial) -> None:
    low = [trial(n, {"x": n}, n / 10, fidelity=1.0) for n in range(1, 9)]
    few = [trial(n + 8, {"x": n}, 0.5, fidelity=9.0) for n in range(1, 5)]
    equal = [trial(n + 8, {"x": n}, 0.5, fidelity=9.0) for n in range(1, 9)]
    assert ladder([*low, *few]).rungs[0].correlation is None
    assert ladder([*low, *equal]).rungs[0].correlation is None


def test_a_study_without_fidelities_has_no_rungs(trial: MakeTrial) -> None:
    assert ladder([trial(1, {"x": 1}, 0.5)]).rungs == ()
