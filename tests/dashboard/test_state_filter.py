from __future__ import annotations

from typing import Any

from bokeh.models import AllIndices, GroupFilter, UnionFilter
from tuneboard.dashboard.failure_text import MAX_CHARACTERS, failure_markup
from tuneboard.dashboard.state_filter import ALL, FAILURES, StateFilter
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.dashboard.views.trial_page import TrialPage
from tuneboard.dashboard.views.trials_table import TrialsTable
from tuneboard.engine.details import Details
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import SCORE
from tuneboard.engine.trial import Provenance, Trial, TrialState

MADE = Provenance("random", "drawn at random")
SPACE = SpaceVersion(1, (HyperParameter("x", "real", 0.5, 0.0, 1.0),))
TRACEBACK = "Traceback (most recent call last):\n  File <b>\nValueError: x must be < 1"


def trial(number: int, state: TrialState, **facts: Any) -> Trial:
    score = 0.5 if state in (TrialState.COMPLETED, TrialState.STOPPED) else None
    return Trial(number, {"x": 0.5}, state, MADE, score=score, **facts)


def one_of_each() -> list[Trial]:
    finished = [state for state in TrialState if state.is_finished]
    return [trial(number, state) for number, state in enumerate(finished, 1)]


def test_every_state_that_occurs_is_offered_and_no_other() -> None:
    states = StateFilter()
    states.follow([trial(1, TrialState.COMPLETED)])
    assert list(states.widget.options) == ["all trials", "completed"]
    states.follow(one_of_each())
    assert list(states.widget.options) == [
        "all trials",
        "all without a score (5)",
        "completed",
        "stopped early (1)",
        "failed (1)",
        "timed out (1)",
        "out of memory (1)",
        "crashed (1)",
        "killed (1)",
    ]


def test_a_choice_filters_the_table_and_stays_while_trials_come() -> None:
    states = StateFilter()
    states.follow(one_of_each())
    assert isinstance(states.view.filter, AllIndices)
    states.choose(TrialState.TIMED_OUT)
    assert isinstance(states.view.filter, GroupFilter)
    assert states.view.filter.group == "timed out"
    states.follow([*one_of_each(), trial(9, TrialState.FAILED)])
    assert states.widget.value == "timed out"
    states.choose(FAILURES)
    assert isinstance(states.view.filter, UnionFilter)
    assert {one.group for one in states.view.filter.operands} == {
        state.value for state in TrialState if state.is_failed
    }
    states.choose(ALL)
    assert isinstance(states.view.filter, AllIndices)


def test_a_state_that_no_longer_occurs_gives_way_to_all() -> None:
    states = StateFilter()
    states.follow(one_of_each())
    states.choose(TrialState.CRASHED)
    states.follow([trial(1, TrialState.COMPLETED)])
    assert states.widget.value == ALL


def test_one_click_on_a_failed_trial_shows_reason_traceback_and_log() -> None:
    trials = TrialSource(SCORE, SPACE)
    table = TrialsTable(trials)
    log = Details(log="epoch 1\nepoch 2 <i>")
    trials.append(
        [trial(1, TrialState.COMPLETED), trial(2, TrialState.FAILED, error=TRACEBACK, details=log)]
    )
    table.follow()
    assert table.why == ""

    trials.source.selected.indices = [1]

    assert "Trial 2 · failed" in table.why
    assert "ValueError: x must be &lt; 1" in table.why
    assert "epoch 2 &lt;i&gt;" in table.why
    assert "<b>" not in table.why
    trials.source.selected.indices = [0]
    assert table.why == ""
    assert not table._why.visible


def test_the_page_of_a_trial_tells_the_log_and_why_it_was_stopped() -> None:
    trials = TrialSource(SCORE, SPACE)
    page = TrialPage(trials, lambda _trial: None, lambda _number: None)
    note = Details(note="2 folds were enough", log="warned")
    trials.append([trial(1, TrialState.STOPPED, details=note)])
    page.follow()
    trials.source.selected.indices = [0]
    assert "2 folds were enough" in page._text.object
    assert "<pre>warned</pre>" in page._text.object


def test_of_an_endless_text_the_end_is_shown() -> None:
    markup = failure_markup(trial(1, TrialState.FAILED, error="x" * 100_000 + "END"))
    assert "END</pre>" in markup
    assert len(markup) < MAX_CHARACTERS + 100
