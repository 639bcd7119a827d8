from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from tuneboard.engine.analysis.curves import convergence, learning_curves
from tuneboard.engine.analysis.learning_curve import CurveState
from tuneboard.engine.details import Details
from tuneboard.engine.trial import Provenance, Trial

MakeTrial = Callable[..., Trial]


def promoted(parent: int) -> Provenance:
    return Provenance("asynchronous_halving", "", (parent,), "promotion")


def told(*points: tuple[float, float], train: Any = ()) -> Details:
    return Details(curve=points, train_curve=tuple(train))


def test_what_trials_have_reported_is_their_curve(trial: MakeTrial) -> None:
    one = trial(1, {}, 0.5, details=told((1, 0.1), (2, 0.2), train=[(1, 0.3), (2, 0.4)]))
    silent = trial(2, {}, 0.5)
    (curve,) = learning_curves([silent, one]).values()
    assert curve == ((1, 2), (0.1, 0.2), (0.3, 0.4))


def test_a_promoted_trial_goes_on_where_the_other_had_ended(trial: MakeTrial) -> None:
    first = trial(1, {}, 0.2, fidelity=2, details=told((1, 0.1), (2, 0.2)))
    second = trial(2, {}, 0.4, provenance=promoted(1), details=told((3, 0.3), (4, 0.4)))
    third = trial(3, {}, 0.6, provenance=promoted(2), details=told((4, 0.5), (5, 0.6)))
    found = learning_curves([first, second, third])
    assert found[2] == ((1, 2, 3, 4), (0.1, 0.2, 0.3, 0.4), None)
    assert found[3] == ((1, 2, 3, 4, 5), (0.1, 0.2, 0.3, 0.5, 0.6), None)


def test_a_child_of_crossover_does_not_go_on_from_its_parent(trial: MakeTrial) -> None:
    first = trial(1, {}, 0.2, details=told((1, 0.1)))
    child = trial(2, {}, 0.4, provenance=Provenance("e", "", (1,), "crossover"))
    assert list(learning_curves([first, child])) == [1]


def test_scores_by_fidelity_are_a_curve_for_each_rung_reached(trial: MakeTrial) -> None:
    trials = [
        trial(1, {}, 0.2, fidelity=1),
        trial(2, {}, 0.3, fidelity=3, provenance=promoted(1)),
        trial(3, {}, 0.5, fidelity=9, provenance=promoted(2)),
        trial(4, {}, None, fidelity=3),
    ]
    found = learning_curves(trials, over="fidelity")
    assert {number: curve.values for number, curve in found.items()} == {
        2: (0.2, 0.3),
        3: (0.2, 0.3, 0.5),
    }


def test_damaged_parents_make_no_circle(trial: MakeTrial) -> None:
    one = trial(1, {}, 0.2, provenance=promoted(1), details=told((1, 0.1)))
    lost = trial(2, {}, 0.2, provenance=promoted(77), details=told((1, 0.1)))
    assert len(learning_curves([one, lost])) == 2


@pytest.mark.parametrize("train", [(), [(step, 0.5 + step / 20) for step in range(10)]])
def test_the_state_of_a_trial_is_that_of_its_curve(trial: MakeTrial, train: Any) -> None:
    hump = [0.5, 0.7, 0.85, 0.9, 0.9, 0.88, 0.86, 0.84, 0.82, 0.8]
    one = trial(1, {}, 0.8, details=told(*enumerate(hump), train=train))
    found = convergence(one, lambda _number: None)
    assert found is not None
    assert found.state is (CurveState.OVERFITTING if train else CurveState.DIVERGING)
    assert convergence(trial(2, {}, 0.8), lambda _number: None) is None
