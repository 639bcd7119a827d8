"""The table's columns: which are shown, how that is kept, and the user's marks in one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tuneboard.dashboard.column_chooser import kept_hidden
from tuneboard.dashboard.marks_text import marks_text
from tuneboard.dashboard.state import BoardState
from tuneboard.dashboard.study_views import StudyViews
from tuneboard.dashboard.trial_source import text_column
from tuneboard.engine import Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.marks import Marks
from tuneboard.engine.study import Study


class Space(SearchSpace):
    x = Real(0.5, bounds=(0.0, 1.0))
    y = Real(0.5, bounds=(0.0, 1.0))


@pytest.fixture
def study(tmp_path: Path) -> Study:
    history = History(tmp_path / "history.db")
    study = Study(lambda config: config["x"], space=Space(), n_trials=4, history=history)
    return study.run(InProcess())


def fields(views: StudyViews) -> list[str]:
    return [one.field for one in views.table.table.columns]


def hide(views: StudyViews, *hidden: str) -> None:
    chooser = views.table._chooser
    chooser.choose(one for one in chooser._boxes.options.values() if one not in hidden)


def test_columns_are_hidden_and_shown_again_in_their_order(study: Study) -> None:
    views = StudyViews(study, BoardState())
    before = fields(views)

    hide(views, "reason", text_column("y"))

    assert fields(views) == [one for one in before if one not in ("reason", text_column("y"))]
    hide(views)
    assert fields(views) == before


def test_what_is_hidden_is_kept_with_the_study(study: Study) -> None:
    hide(StudyViews(study, BoardState()), "reason", "seconds", "operator")

    assert "reason" not in fields(StudyViews(study, BoardState()))
    assert kept_hidden(study.actions()) == ("reason", "operator")


@pytest.mark.parametrize("broken", ["reason", [1], None, {"a": 1}])
def test_damaged_data_hides_nothing(broken: Any) -> None:
    assert kept_hidden([{"kind": "columns", "hidden": broken}]) == ()


def test_a_hidden_hyper_parameter_stays_hidden_when_it_was_away(study: Study) -> None:
    views = StudyViews(study, BoardState())
    hide(views, text_column("y"))
    study.space.edit("y", is_searched=False)
    views.poll()
    study.space.edit("y", is_searched=True)
    views.poll()

    assert text_column("y") not in fields(views)


def test_stars_tags_and_notes_are_in_the_table(study: Study) -> None:
    views = StudyViews(study, BoardState())
    study.mark(2, is_starred=True, tags=["churn"], note="too\nslow")

    views.show_marks(study.marks())
    assert list(views.trials.source.data["marks"]) == ["", "★ #churn too slow", "", ""]

    study.mark(2, is_starred=False, tags=[], note="")
    views.show_marks(study.marks())
    assert list(views.trials.source.data["marks"]) == [""] * 4


def test_a_long_note_is_cut() -> None:
    assert marks_text(Marks(note="n" * 500)).endswith("n…")
    assert len(marks_text(Marks(note="n" * 500))) == 120
    assert marks_text(Marks(is_excluded=True)) == "excluded"
