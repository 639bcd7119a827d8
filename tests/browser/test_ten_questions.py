"""Ten questions that a person asks of a history, each answered in at most three actions."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, expect
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import Metric
from tuneboard.engine.settings import Settings
from tuneboard.engine.study import Study
from tuneboard.engine.study_data import StudyData
from tuneboard.engine.trial import Provenance, Trial, TrialState

from .board_page import BoardPage
from .server_process import Server

N_ACTIONS_MAX = 3
F1 = Metric("f1", "F1")
SPACE = SpaceVersion(
    1,
    (
        HyperParameter("rate", "real", 0.1, 0.01, 1.0, log=True),
        HyperParameter("depth", "int", 3, 1, 9),
    ),
)
CODE = (
    "from sklearn.ensemble import GradientBoostingClassifier\nmodel = GradientBoostingClassifier()"
)


class Person:
    """Does things in the page, and counts them: a search is one, a click is one."""

    def __init__(self, board: BoardPage) -> None:
        self.board = board
        self.n_actions = 0

    def search(self, label: str, text: str) -> None:
        self.n_actions += 1
        self.board.selector(label).fill(text)
        self.board.selector(label).press("Enter")

    def click(self, what: Locator) -> None:
        self.n_actions += 1
        what.click()

    def press(self, name: str) -> None:
        self.click(self.board.button(name).last)

    def choose(self, label: str, option: str) -> None:
        self.n_actions += 1
        options = self.board.selector(label).locator("option", has_text=option)
        value = options.first.get_attribute("value")
        self.board.selector(label).select_option(value=value)

    def tick(self, study: str) -> None:
        box = self.board.tab.locator("input[type=checkbox]")
        row = self.board.tab.locator(".slick-row", has=box).filter(has_text=study)
        self.click(row.locator("input[type=checkbox]"))


def made(name: str, model: str, metric: Metric, scores: list[float], **origin: Any) -> StudyData:
    """Return a finished study whose trial 2 comes from trial 1 by mutation, and so on."""
    trials = tuple(
        Trial(
            number,
            {"rate": round(0.05 * number, 3), "depth": number},
            TrialState.COMPLETED,
            Provenance(
                "evolutionary", f"bred for {name}", (number - 1,) if number > 1 else (), "mutation"
            ),
            score=score,
            started_at=1_790_000_000.0 + number,
            duration_s=20.0 if number == 2 else 1.0,
        )
        for number, score in enumerate(scores, 1)
    )
    settings = Settings(n_trials=len(trials), model=model, metric=metric, origin=origin or None)
    about = {"code": CODE, "code_name": f"{name.split()[0]}.py"}
    return StudyData(name, settings, (SPACE,), trials, about)


def bowl(config: dict[str, Any]) -> float:
    if config["rate"] > 0.8:
        raise FloatingPointError("the solver diverged")
    return -abs(config["rate"] - 0.6) - 0.001 * config["depth"]


def at(history: History, name: str, day: str) -> None:
    """Date a study back."""
    with sqlite3.connect(history.place) as store:
        moment = datetime.fromisoformat(day).timestamp()
        store.execute("UPDATE studies SET created_at = ? WHERE name = ?", (moment, name))
    store.close()


@pytest.fixture(scope="module")
def bowls(shared_server: Server) -> Study:
    """Fill the store with five studies, and return the one that was run and edited here."""
    history = shared_server.history
    boosting = "GradientBoostingClassifier()"
    better = made("boost better", boosting, F1, [0.71, 0.8, 0.93])
    history.add(made("boost third", boosting, F1, [0.6, 0.64, 0.75]))
    history.add(
        StudyData(
            better.name,
            better.settings.changed(n_trials=3),
            better.versions,
            better.trials,
            {**better.about, "code": CODE + "\nmodel.set_params(subsample=0.5)"},
        )
    )
    history.add(made("forest", "RandomForestClassifier()", F1, [0.99, 0.2]))
    history.add(
        made("wine old", "SVC()", Metric("accuracy", "accuracy"), [0.5, 0.95], dataset="wine")
    )
    history.add(
        made("wine new", "SVC()", Metric("accuracy", "accuracy"), [0.5, 0.97], dataset="wine")
    )
    for name, day in (
        ("boost third", "2026-10-03 12:00"),
        ("boost better", "2026-10-19 12:00"),
        ("forest", "2026-10-04 12:00"),
        ("wine old", "2026-08-01 12:00"),
        ("wine new", "2026-10-08 12:00"),
    ):
        at(history, name, day)
    space = {"rate": (0.01, 1.0), "depth": (1, 9)}
    given: dict[str, Any] = {"n_trials": 30, "optimizer": "random", "history": history, "seed": 2}
    study = Study(bowl, space=space, name="bowls", code="churn = 1\n", code_name="b.py", **given)
    study.run(InProcess(), show_progress=False)
    study.mark(7, is_starred=True, tags=["keep"], note="odd but steady")
    study.mark(note="the churn data")
    study.space.edit("depth", is_searched=False)
    return study


@pytest.fixture
def ask(open_board: Callable[..., BoardPage], bowls: Study) -> Callable[..., Person]:
    """Return a function that opens the page, on a new study or on "bowls", for a question."""

    def opened(*, on_bowls: bool = False) -> Person:
        board = open_board(bowls.id if on_bowls else "")
        if on_bowls:
            board.wait_for_trials(len(bowls.trials))
        expect(board.tab.locator(".slick-row", has_text="boost third")).to_be_visible()
        return Person(board)

    return opened


def said(person: Person, words: str | re.Pattern[str]) -> None:
    """Check that the answer is there, and that it did not take too many actions."""
    expect(person.board.tab.get_by_text(words).first).to_be_visible()
    assert 1 <= person.n_actions <= N_ACTIONS_MAX, person.n_actions


def test_1_what_is_the_best_f1_ever_with_gradient_boosting(ask: Callable[..., Person]) -> None:
    person = ask()
    person.search("Find studies", "model:GradientBoosting metric:f1")
    said(person, "2 found, best F1 0.93 in boost better")


def test_2_what_changed_between_the_run_of_the_3rd_and_the_best_one(
    ask: Callable[..., Person],
) -> None:
    person = ask()
    person.tick("2026-10-03")
    person.tick("boost better")
    said(person, "+model.set_params(subsample=0.5)")
    table = person.board.tab.locator("tr", has_text="best F1")
    expect(table.locator("td")).to_have_text(["best F1", "0.75", "0.93"])


def test_3_which_hyper_parameters_were_dropped_from_the_space_and_when(
    ask: Callable[..., Person], bowls: Study
) -> None:
    person = ask()
    person.choose("Study", "bowls")
    person.press("Story")
    said(person, re.compile("search space, version 2: depth held"))
    when = bowls.actions()[-1]["at"]
    row = person.board.tab.locator("tr", has_text="depth held")
    expect(row).to_contain_text(datetime.fromtimestamp(when).strftime("%Y-%m-%d %H:%M:%S"))


def test_4_which_change_moved_the_score_most(ask: Callable[..., Person]) -> None:
    person = ask()
    person.choose("Study", "boost better")
    person.board.wait_for_trials(3)
    person.search("Find trials", "trial>=1")
    person.press("Compare")
    said(person, "Which change moved the score")
    moves = person.board.tab.locator("tr", has_text="against").last.locator("xpath=..")
    first = moves.locator("tr").nth(1)
    expect(first).to_have_text(re.compile(r"trial 3trial 2rate 0.1 → 0.15, depth 2 → 3\+0.13"))


def test_5_was_a_rate_above_a_half_tried_and_how_good_was_it(
    ask: Callable[..., Person], bowls: Study
) -> None:
    person = ask(on_bowls=True)
    person.search("Find trials", "rate>0.5 state:completed")
    tried = [one for one in bowls.trials if one.config["rate"] > 0.5 and one.score is not None]
    best = max(tried, key=lambda one: one.score or 0.0)
    words = f"{len(tried)} trials found, the best is trial {best.number}, score {best.score:.5g}"
    said(person, re.compile(re.escape(words)))


def test_6_which_trials_failed_and_of_what(ask: Callable[..., Person], bowls: Study) -> None:
    person = ask(on_bowls=True)
    failed = [one.number for one in bowls.trials if one.state is TrialState.FAILED]
    assert failed
    person.search("Find trials", "state:failed")
    wait = "(n) => lookInto.selected().length === n"
    person.board.tab.wait_for_function(wait, arg=len(failed))
    person.press("One trial")
    said(person, re.compile("FloatingPointError: the solver diverged"))
    assert person.board.look("selected") == failed


def test_7_what_did_i_star_and_what_did_i_say_of_it(ask: Callable[..., Person]) -> None:
    person = ask(on_bowls=True)
    person.search("Find trials", "is:starred")
    said(person, re.compile("1 trial found, the best is trial 7"))
    expect(person.board.field("Note of the trial")).to_have_value("odd but steady")
    expect(person.board.field("Tags of the trial")).to_have_value("keep")


def test_8_what_code_did_the_study_of_the_churn_data_start_from(
    ask: Callable[..., Person],
) -> None:
    person = ask()
    person.search("Find studies", 'note:"churn data"')
    person.choose("Study", "bowls")
    person.press("About")
    said(person, "Started from b.py")
    expect(person.board.tab.locator("pre", has_text="churn = 1").first).to_be_attached()


def test_9_where_did_the_best_configuration_come_from(ask: Callable[..., Person]) -> None:
    person = ask()
    person.choose("Study", "boost better")
    person.board.wait_for_trials(3)
    person.press("One trial")
    said(person, re.compile("Trial 3 · completed · the best"))
    expect(person.board.tab.locator("th", has_text=re.compile("^trial 2$"))).to_be_visible()
    expect(person.board.tab.get_by_text("bred for boost better").first).to_be_visible()


def test_10_which_runs_since_october_on_the_wine_data_scored_above_point_nine(
    ask: Callable[..., Person],
) -> None:
    person = ask()
    person.search("Find studies", "since:2026-10 data:wine score>0.9")
    said(person, "1 found, best accuracy 0.97 in wine new")
    expect(person.board.tab.locator(".slick-row", has_text="wine old")).to_have_count(0)
