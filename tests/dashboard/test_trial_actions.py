"""What is done with the selected trials: near them, to them, with them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.neighbors import KNeighborsClassifier
from tuneboard.dashboard.trial_actions import TrialActions
from tuneboard.engine import Fidelity
from tuneboard.engine.executors import InProcess
from tuneboard.engine.study import Study
from tuneboard.engine.trial import Trial


class Page:
    """The study, the selection and what was said, as the page has them."""

    def __init__(self, study: Study) -> None:
        self.study = study
        self.selected: Sequence[Trial] = ()
        self.said: list[str] = []
        self.actions = TrialActions(lambda: self.study, lambda: self.selected, self.said.append)

    def select(self, *numbers: int) -> None:
        self.selected = [one for one in self.study.trials if one.number in numbers]


@pytest.fixture
def page(tmp_path: Path) -> Page:
    study = Study(
        KNeighborsClassifier(),
        *load_wine(return_X_y=True),
        n_trials=8,
        folds=3,
        holdout=0.2,
        optimizer="random",
        history=tmp_path / "history.db",
    )
    return Page(study.run(InProcess(), show_progress=False))


def test_configurations_around_the_selection_are_run_next_and_recorded(page: Page) -> None:
    page.select(2, 3)

    page.actions.enqueue_around(4)
    page.study.change(n_trials=12)
    page.study.run(InProcess(), show_progress=False)

    new = page.study.trials[8:]
    assert [one.provenance.optimizer for one in new] == ["user"] * 4
    assert page.said == ["4 configurations around trials 2, 3 run next."]
    step = [one for one in page.study.actions() if one["kind"] == "steer"]
    assert step[-1]["text"] == "4 configurations around trials 2, 3 run next"


def test_trials_are_starred_tagged_and_noted(page: Page) -> None:
    page.select(1, 4)

    page.actions.star()
    page.actions.tag("final")
    page.actions.tag("churn")
    page.actions.annotate("to be tried on more data")

    marks = page.study.marks()
    assert set(marks) == {1, 4}
    assert all(one.is_starred for one in marks.values())
    assert marks[4].tags == ("final", "churn")
    assert marks[1].note == "to be tried on more data"
    assert page.said[0] == "trials 1, 4 starred."

    page.actions.star()

    assert not any(one.is_starred for one in page.study.marks().values())


def test_a_tag_that_breaks_a_rule_is_answered(page: Page) -> None:
    page.select(1)

    page.actions.tag("x" * 200)

    assert "characters" in page.said[-1]
    assert page.study.marks() == {}


def test_the_selection_is_exported_as_a_table(page: Page) -> None:
    page.select(2, 5, 6)

    table = pd.read_csv(page.actions.csv(), index_col="trial")

    assert table.index.tolist() == [2, 5, 6]
    assert table.score.tolist() == pytest.approx([one.score for one in page.selected])
    assert "n_neighbors" in table


def test_the_selection_votes_and_is_scored_on_rows_that_no_trial_has_seen(page: Page) -> None:
    page.select(1, 2, 3)

    page.actions.vote()
    _wait(page.actions.poll)

    made = page.actions.voting
    assert made is not None
    assert made.trials == (1, 2, 3)
    assert page.said[-1].startswith("VotingClassifier of 3 trials: accuracy 0.")
    assert "on rows that no trial has seen" in page.said[-1]
    assert "study.voting_model([1, 2, 3]).model" in page.said[-1]


def test_one_trial_alone_cannot_vote(page: Page) -> None:
    page.select(1)

    page.actions.vote()
    _wait(page.actions.poll)

    assert "at least two trials" in page.said[-1]


def test_trials_with_less_are_promoted_to_all_of_the_resource(tmp_path: Path) -> None:
    def score(trial: Any) -> float:
        return float(trial["x"]) - 1 / trial.fidelity

    study = Study(
        score,
        space={"x": (0.0, 1.0)},
        fidelity=Fidelity("epochs", 1, 9),
        n_trials=9,
        history=tmp_path / "history.db",
    )
    page = Page(study.run(InProcess(), show_progress=False))
    lows = [one.number for one in study.trials if one.fidelity == 3]
    page.select(lows[0])

    page.actions.promote()
    study.change(n_trials=10)
    study.run(InProcess(), show_progress=False)

    assert study.trials[-1].config == study.trials[lows[0] - 1].config
    assert study.trials[-1].fidelity == 9
    assert page.said == [f"trial {lows[0]} run again next, with all of the resource."]

    page.select(study.trials[-1].number)
    page.actions.promote()

    assert page.said[-1] == "The selected trials have had all of the resource already."


def _wait(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)
