from __future__ import annotations

import pytest
from tuneboard.engine.analysis.change_points import ChangeKind, change_effects, change_points
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.trial import Provenance

SPACE = SpaceVersion(
    1, tuple(HyperParameter(name, "real", 0.5, 0.0, 1.0) for name in ("a", "b", "idle"))
)


def child(number, parent):
    return Provenance("evolutionary", "", (parent,), "mutation")


@pytest.fixture
def story(trial):
    """Return five trials, of which the last two are children of the first."""
    return [
        trial(1, {"a": 0.1, "b": 0.1, "idle": 0.0}, 0.5),
        trial(2, {"a": 0.2, "b": 0.1, "idle": 0.0}, 0.7),
        trial(3, {"a": 0.3, "b": 0.9, "idle": 0.0}, 0.6),
        trial(4, {"a": 0.1, "b": 0.4, "idle": 0.0}, 0.9, provenance=child(4, 1)),
        trial(5, {"a": 0.6, "b": 0.1, "idle": 0.0}, None, provenance=child(5, 1)),
    ]


def of(kind, points):
    return [point for point in points if point.kind is kind]


def test_values_are_compared_with_the_parent_or_else_with_the_trial_before(story):
    found = of(ChangeKind.VALUE, change_points(SPACE, story))
    assert [(p.trial, p.hyper_parameter, p.before, p.after, p.against) for p in found] == [
        (2, "a", 0.1, 0.2, 1),
        (3, "a", 0.2, 0.3, 2),
        (3, "b", 0.1, 0.9, 2),
        (4, "b", 0.1, 0.4, 1),
        (5, "a", 0.1, 0.6, 1),
    ]
    assert [p.gain for p in found] == pytest.approx([0.2, -0.1, -0.1, 0.4, None])
    assert [p.n_changed for p in found] == [1, 2, 2, 1, 1]


def test_new_bests_come_with_what_they_gained(story):
    found = of(ChangeKind.NEW_BEST, change_points(SPACE, story))
    assert [(p.trial, p.against) for p in found] == [(1, None), (2, 1), (4, 2)]
    assert [p.gain for p in found] == pytest.approx([None, 0.2, 0.2])


def test_effects_tell_what_a_change_alone_and_with_others_did(story):
    a, b, idle = change_effects(SPACE, story)
    assert (a.name, a.n_changes, a.n_alone) == ("a", 3, 2)
    assert (a.median_alone, a.median_with_others) == pytest.approx((0.2, -0.1))
    assert (b.n_changes, b.n_alone, b.median_alone) == (2, 1, pytest.approx(0.4))
    assert (idle.n_changes, idle.median_alone, idle.median_with_others) == (0, None, None)


def test_the_size_of_a_change_counts_whatever_its_sign(trial):
    some = [trial(n, {"a": n / 10, "b": 0.0, "idle": 0.0}, float(n % 2)) for n in range(1, 10)]
    a = change_effects(SPACE, some)[0]
    assert (a.median_alone, a.size_alone) == (0, 1)


def test_different_fidelities_are_not_compared(trial):
    some = [
        trial(1, {"a": 0.1, "b": 0.0, "idle": 0.0}, 0.5, fidelity=1.0),
        trial(2, {"a": 0.2, "b": 0.0, "idle": 0.0}, 0.9, fidelity=9.0),
    ]
    assert of(ChangeKind.VALUE, change_points(SPACE, some))[0].gain is None


def test_a_value_that_became_inactive_is_a_change_to_none(trial):
    some = [trial(1, {"a": 0.1, "b": 0.2}), trial(2, {"a": 0.1})]
    (found,) = of(ChangeKind.VALUE, change_points(SPACE, some))
    assert (found.hyper_parameter, found.before, found.after) == ("b", 0.2, None)


def test_edits_and_switches_are_seen_from_the_trials(trial):
    config = {"a": 0.1}
    some = [
        trial(1, config),
        trial(2, config, space_version=2),
        trial(3, config, space_version=2, provenance=Provenance("sequential", "")),
    ]
    (edit,) = of(ChangeKind.EDIT, change_points(SPACE, some))
    (switch,) = of(ChangeKind.SWITCH, change_points(SPACE, some))
    assert (edit.trial, edit.before, edit.after) == (2, 1, 2)
    assert (switch.trial, switch.before, switch.after) == (3, "random", "sequential")


def test_what_the_user_did_stands_before_the_next_trial(story):
    actions = [
        {"at": 2.5, "kind": "settings", "optimizer": "grid"},
        {"at": 3.5, "kind": "note", "text": "looks odd"},
        {"at": 99.0, "kind": "settings", "n_trials": 500},
    ]
    points = change_points(SPACE, story, actions)
    (switch,) = of(ChangeKind.SWITCH, points)
    (note,) = of(ChangeKind.NOTE, points)
    (other,) = of(ChangeKind.ACTION, points)
    assert (switch.trial, switch.after) == (3, "grid")
    assert (note.trial, note.text) == (4, "looks odd")
    assert (other.trial, other.text) == (None, "n_trials: 500")
    assert points[-1] is other


def test_points_come_in_the_order_of_the_trials(story):
    numbers = [point.trial for point in change_points(SPACE, list(reversed(story)))]
    assert numbers == sorted(numbers)


def test_a_step_of_the_user_is_told_once_with_its_own_words() -> None:
    change = {"name": "lr", "what": "high", "before": 1.0, "after": 0.5}
    actions = [
        {"at": 1.0, "kind": "look", "colour": "order"},
        {"at": 2.0, "kind": "space", "version": 2, "changes": [change]},
        {"at": 2.1, "kind": "space", "version": 3, "changes": [change]},
        {"at": 2.2, "kind": "steer", "text": "Search lr from 0.1 to 0.5"},
        {"at": 60.0, "kind": "space", "version": 4, "changes": [change]},
        {"at": 90.0, "kind": "steer", "text": "Enqueue 4 trials around trial 7"},
    ]

    points = change_points(SPACE, [], actions)

    assert [(one.kind, one.text) for one in points] == [
        (ChangeKind.EDIT, "Search lr from 0.1 to 0.5"),
        (ChangeKind.EDIT, "lr high: 1.0 → 0.5"),
        (ChangeKind.ACTION, "Enqueue 4 trials around trial 7"),
    ]


def test_a_promotion_and_what_the_user_enqueued_are_no_switch_of_the_algorithm(trial):
    promoted = Provenance("asynchronous_halving", "", (1,), "promotion")
    trials = [
        trial(1, {"a": 0.1, "b": 0.1, "idle": 0.0}, 0.5, provenance=Provenance("random", "")),
        trial(2, {"a": 0.1, "b": 0.1, "idle": 0.0}, 0.6, provenance=promoted),
        trial(3, {"a": 0.2, "b": 0.1, "idle": 0.0}, 0.5, provenance=Provenance("user", "")),
        trial(4, {"a": 0.3, "b": 0.1, "idle": 0.0}, 0.5, provenance=Provenance("random", "")),
        trial(5, {"a": 0.4, "b": 0.1, "idle": 0.0}, 0.5, provenance=Provenance("tpe", "")),
    ]

    switches = of(ChangeKind.SWITCH, change_points(SPACE, trials))

    assert [(one.trial, one.before, one.after) for one in switches] == [(5, "random", "tpe")]
