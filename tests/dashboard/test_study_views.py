"""All views of one study together: one selection, more views, steering, what is computed."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from bokeh.document import Document
from sklearn.datasets import load_wine
from sklearn.svm import SVC
from tuneboard.dashboard.selection_bar import EXCLUDE, INVERT, UNDO
from tuneboard.dashboard.state import BoardState
from tuneboard.dashboard.study_views import StudyViews
from tuneboard.engine import Int, Real, SearchSpace
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.study import Study

from tuneboard import TuningDashboard


class Space(SearchSpace):
    lr = Real(0.01, bounds=(1e-4, 1.0), log=True)
    depth = Int(3, bounds=(1, 30))


def score(config: dict[str, Any]) -> float:
    return 1 - (math.log10(config["lr"]) + 2) ** 2 / 4 - abs(config["depth"] - 12) / 100


@pytest.fixture
def study(tmp_path: Path) -> Study:
    history = History(tmp_path / "history.db")
    study = Study(score, space=Space(), optimizer="random", n_trials=60, seed=1, history=history)
    return study.run(InProcess())


@pytest.fixture
def views(study: Study) -> StudyViews:
    views = StudyViews(study, BoardState())
    views.__panel__()
    return views


def poll_until(views: StudyViews, is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not is_so():
        views.poll()
        if time.monotonic() > end:
            raise TimeoutError("nothing was computed within a minute")
        time.sleep(0.05)


def select(views: StudyViews, is_in: Callable[[dict[str, Any]], bool]) -> list[int]:
    numbers = [one.number for one in views.study.trials if is_in(one.config)]
    views.steering.choose(numbers)
    return numbers


def test_a_view_is_made_when_it_is_opened_and_kept(views: StudyViews) -> None:
    assert list(views.more.views) == ["Trials"]

    first = views.more.open("Parallel")
    views.more.open("Trials")

    assert views.more.open("Parallel") is first
    assert list(views.more.views) == ["Trials", "Parallel"]
    assert views.more.chosen == "Parallel"


def test_every_view_can_be_opened_and_is_filled(views: StudyViews) -> None:
    for name in views.more._buttons:
        views.more.open(name)

    poll_until(views, lambda: bool(views.importance.ranked))
    poll_until(views, lambda: bool(views.more.views["Ranges"]._plots["lr"]._changes))
    poll_until(views, lambda: len(views.more.views["Landscape"]._source.data["mean"]) > 0)
    poll_until(views, lambda: views.more.views["Trade-off"]._n_front > 0)
    poll_until(views, lambda: len(views.more.views["Workers"]._source.data["trial"]) == 60)
    poll_until(views, lambda: len(views.timeline._marks[1].sources["up"].data["x"]) > 0)
    document = Document()
    views.__panel__().server_doc(document)
    assert document.to_json()
    assert views.importance.ranked[0] == "lr"


def test_the_ranking_is_of_the_selected_trials_while_there_are_some(views: StudyViews) -> None:
    poll_until(views, lambda: bool(views.importance.ranked))
    numbers = select(views, lambda config: config["depth"] < 20)

    poll_until(views, lambda: f"Of the {len(numbers)} selected" in views.importance._remark.object)
    views.steering.clear()
    poll_until(views, lambda: "selected" not in views.importance._remark.object)


def test_another_method_is_computed_when_it_is_chosen(views: StudyViews) -> None:
    poll_until(views, lambda: bool(views.importance.ranked))

    views.importance._method.value = "permutation"

    poll_until(views, lambda: "permutation" in views.importance._code.object)
    assert "permutation" in views.importance._remark.object.lower()


def test_searching_where_the_selection_lies_narrows_the_space_and_is_recorded(
    views: StudyViews,
) -> None:
    select(views, lambda config: 0.003 < config["lr"] < 0.03)

    views.steering.search_here()

    lr = views.study.space["lr"]
    assert (0.003 < lr.low < lr.high < 0.03, views.study.space["depth"].high) == (True, 30)
    assert views._bar.message.startswith("Search lr from 0.00")
    (words,) = [one["text"] for one in views.study.actions() if one["kind"] == "steer"]
    assert words.startswith("Search lr from 0.00")


def test_a_selection_all_over_the_space_changes_nothing_and_says_so(views: StudyViews) -> None:
    select(views, lambda config: config["depth"] > 0)

    views.steering.search_here()
    views.steering.exclude()

    assert views.study.space.version.number == 1
    assert "there is no range to narrow" in views._bar.message
    assert views.study.actions() == []


def test_what_is_excluded_is_not_searched_any_more(views: StudyViews) -> None:
    numbers = select(views, lambda config: 0.003 < config["lr"] < 0.03)

    views.steering.exclude()

    space = views.study.space.version
    chosen = [one.config for one in views.study.trials if one.number in numbers]
    assert not any(space.contains(config) for config in chosen)


def test_a_range_is_searched_from_its_button(views: StudyViews) -> None:
    ranges = views.more.open("Ranges")
    plot = ranges._plots["lr"]
    poll_until(views, lambda: bool(plot._changes))

    plot._button.clicks += 1

    assert views.study.space["lr"].high == plot._changes["high"]


def test_selections_are_inverted_and_undone(views: StudyViews) -> None:
    numbers = select(views, lambda config: config["depth"] < 10)

    views.steering.invert()
    inverted = set(views._state.selection)
    views.steering.undo()

    assert inverted == {one.number for one in views.study.trials} - set(numbers)
    assert views._state.selection == numbers
    views.steering.undo()
    assert views._state.selection == []
    assert not views.steering.can_undo
    assert all(views._bar._buttons[label].disabled for label in (UNDO, INVERT, EXCLUDE))


def test_a_click_on_a_change_point_opens_its_record_and_brings_its_moment_back(
    views: StudyViews,
) -> None:
    space = views.study.space
    before = space.version
    space.edit("lr", high=0.5)
    marks = views.timeline._marks[1].sources["up"]
    poll_until(views, lambda: len(marks.data["x"]) > 0)

    marks.selected.indices = [0]

    number = int(marks.data["trial"][0].removeprefix("Trial "))
    assert marks.selected.indices == []
    assert views.moment.is_open
    assert f"Trial {number} · " in views.moment.text
    assert marks.data["what"][0].partition(":")[0] in views.moment.text

    views.moment._restore.clicks += 1

    trial = views.trials.trial(number)
    assert trial is not None
    assert space["lr"].high == before["lr"].high
    assert space.config == trial.config
    assert views._state.selection == [number]
    assert views.study.actions()[-1]["text"] == f"Back to the moment of trial {number}"

    views.moment._open.clicks += 1

    assert views.more.views["One trial"].trial.number == number


def test_the_boards_selection_is_the_same_filter_in_pandas(study: Study) -> None:
    board = TuningDashboard(SVC(), *load_wine(return_X_y=True), history=False)
    board._show(study)
    board.poll()

    board._state.selection = [one.number for one in study.trials if one.config["depth"] < 10]

    frame = study.to_frame()
    assert board.selection.equals(frame[frame["depth"] < 10])
    board.close()


def test_findings_select_their_trials(tmp_path: Path) -> None:
    def at_the_edge(config: dict[str, Any]) -> float:
        return math.log10(config["lr"])

    history = History(tmp_path / "edge.db")
    study = Study(
        at_the_edge, space=Space(), optimizer="evolutionary", n_trials=80, history=history
    )
    views = StudyViews(study.run(InProcess()), BoardState())

    poll_until(views, lambda: bool(views.findings.findings))
    finding = next(one for one in views.findings.findings if one.trials)
    line = views.findings.lines[list(views.findings.findings).index(finding)]
    line[1].clicks += 1

    assert views._state.selection == list(finding.trials)
