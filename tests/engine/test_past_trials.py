from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from tuneboard.engine import History, Int, Real, SearchSpace, Study
from tuneboard.engine.errors import HistoryError, StudyError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.optimizers import OPTIMIZERS, make_optimizer
from tuneboard.engine.past_trials import as_prior, own_scale, read_past, standardised
from tuneboard.engine.settings import Settings
from tuneboard.engine.trial import Provenance, Trial, TrialState


class Space(SearchSpace):
    x = Real(0.0, bounds=(-1.0, 1.0))
    depth = Int(3, bounds=(1, 9))


SPACE = Space().version


def bowl(config: Any) -> float:
    return float(-((config["x"] - 0.3) ** 2))


def far_bowl(config: Any) -> float:
    return 1000.0 + 500 * bowl(config)


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "history.db")


def ran(objective: Any, history: History, n_trials: int = 8, **options: Any) -> Study:
    settings: dict[str, Any] = {"optimizer": "random", "space": Space(), **options}
    return Study(objective, n_trials=n_trials, history=history, **settings).run(InProcess())


def prior(n: int = 6) -> list[Trial]:
    """Return trials of an earlier study as they are given to `recall`."""
    made = Provenance("earlier", "")
    return [
        Trial(1 - n + at, {"x": at / n, "depth": at + 1}, TrialState.COMPLETED, made, score=at / n)
        for at in range(n)
    ]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_optimizer_takes_earlier_trials_and_proposes_the_same_twice(name: str) -> None:
    proposals = []
    for _ in range(2):
        optimizer = make_optimizer(name, SPACE, seed=1, n_trials=8)
        optimizer.recall(prior())
        asked = [optimizer.ask(number).config for number in range(1, 4)]
        proposals.append(asked)

    assert proposals[0] == proposals[1]
    assert all(SPACE.contains(config) for config in proposals[0])


@pytest.mark.parametrize("name", ["sequential", "tpe", "evolutionary"])
def test_what_earlier_trials_found_is_searched_first(name: str) -> None:
    known = [replace(one, score=-abs(one.config["x"] - 0.9)) for one in prior(30)]
    near = []
    for seed in range(5):
        for trials in (known, []):
            optimizer = make_optimizer(name, SPACE, seed=seed, n_trials=30)
            optimizer.recall(trials)
            near.append(abs(optimizer.ask(1).config["x"] - 0.9))

    assert sum(near[::2]) < sum(near[1::2])


def test_scores_of_the_same_data_stay_and_others_are_fitted_to_the_own_scale(
    history: History,
) -> None:
    earlier = ran(far_bowl, history)
    own = [
        replace(one, number=n, score=s)
        for n, (one, s) in enumerate(zip(earlier.trials, [1.0, 2.0, 3.0, 99.0], strict=False), 1)
    ]
    (past,) = read_past(history, [earlier.id], SPACE, Settings(), {"hash": "abc"})

    told = as_prior([past], own)

    assert not past.is_same_data
    assert own_scale(own) == (2.0, pytest.approx(0.8165, abs=1e-4))
    scores = [one.score or 0.0 for one in told]
    assert sum(scores) / len(scores) == pytest.approx(2.0)
    assert [one.number for one in told] == list(range(-7, 1))
    assert told[-1].provenance.facts["own score"] == earlier.trials[-1].score
    same = as_prior([replace(past, is_same_data=True)], own)
    assert [one.score for one in same] == [one.score for one in earlier.trials]


def test_equal_scores_have_no_spread() -> None:
    assert standardised([2.0, 2.0]) == [0.0, 0.0]


@pytest.mark.parametrize("name", ["auto", "tpe"])
def test_a_resumed_study_goes_on_as_an_unbroken_one(history: History, name: str) -> None:
    earlier = ran(far_bowl, history)
    options: dict[str, Any] = {"optimizer": name, "learn_from": [earlier.id]}

    whole = ran(bowl, history, 9, **options)
    broken = ran(bowl, history, 5, **options)
    broken.change(n_trials=9)
    broken.run(InProcess())
    again = ran(bowl, history, 9, **options)

    assert [one.config for one in again.trials] == [one.config for one in whole.trials]
    if name != "auto":  # which plans by the number of trials
        assert [one.config for one in broken.trials] == [one.config for one in whole.trials]
    assert [one.number for one in whole.trials] == list(range(1, 10))


def test_trials_outside_the_new_space_are_left_out_and_new_names_filled_in(
    history: History,
) -> None:
    earlier = ran(bowl, history, space={"x": (-5.0, 5.0)})

    (past,) = read_past(history, [earlier.id], SPACE, Settings(), {})

    assert past.n_left_out == 8 - len(past.trials) > 0
    assert {one.config["depth"] for one in past.trials} == {3}


def test_a_study_of_which_nothing_fits_is_refused_by_name(history: History) -> None:
    earlier = ran(lambda config: config["y"], history, space={"y": (0.0, 1.0)}, name="other")

    with pytest.raises(
        StudyError, match=r"Study 'other' must have a completed trial that fits .*names \['y'\]|y"
    ):
        Study(bowl, space=Space(), history=history, learn_from=[earlier.id])


def test_learning_needs_a_store(history: History) -> None:
    with pytest.raises(HistoryError, match=r"Study\.history must be a store to learn from"):
        Study(bowl, space=Space(), history=False, learn_from=["x"])
    with pytest.raises(HistoryError, match="History must have the study that is asked for"):
        Study(bowl, space=Space(), history=history, learn_from=["x"])


def test_excluded_trials_teach_nothing(history: History) -> None:
    earlier = ran(bowl, history)
    earlier.mark(2, is_excluded=True)

    (past,) = read_past(history, [earlier.id], SPACE, Settings(), {})

    assert [one.number for one in past.trials] == [1, 3, 4, 5, 6, 7, 8]
