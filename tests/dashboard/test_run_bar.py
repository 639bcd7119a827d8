"""The bar that starts and stops a study."""

from __future__ import annotations

from typing import Any

import pytest
from tuneboard.dashboard.run_bar import RunBar, Status, duration
from tuneboard.engine.metric import SCORE, Metric
from tuneboard.engine.progress import Progress
from tuneboard.engine.study import StudyState
from tuneboard.engine.trial import Provenance, Trial, TrialState

MADE = Provenance("random", "drawn at random")


def status(state: StudyState = StudyState.READY, **changes: Any) -> Status:
    best = changes.pop("best", None)
    n_finished, n_trials = changes.pop("n", (0, 50))
    given = {"name": "wine", "message": "", "error": "", "metric": SCORE, "can_start": True}
    progress = Progress(n_finished, n_trials, changes.pop("n_failed", 0), best, 12.0)
    return Status(state=state, progress=progress, **{**given, **changes})


def bar() -> tuple[RunBar, list[str]]:
    clicks: list[str] = []
    return RunBar(clicks.append), clicks


@pytest.mark.parametrize(
    ("state", "label", "action"),
    [
        (StudyState.READY, "Start", "start"),
        (StudyState.RUNNING, "Pause", "pause"),
        (StudyState.PAUSED, "Resume", "resume"),
        (StudyState.STOPPED, "Resume", "resume"),
        (StudyState.INTERRUPTED, "Resume", "resume"),
    ],
)
def test_the_main_button_does_what_the_state_allows(
    state: StudyState, label: str, action: str
) -> None:
    shown, clicks = bar()
    shown.report(status(state))
    assert shown._go.label == label
    shown._go.clicks += 1
    assert clicks == [action]


def test_a_finished_study_goes_on_only_with_a_larger_budget() -> None:
    shown, _ = bar()
    shown.report(status(StudyState.FINISHED, n=(50, 50)))
    assert not shown._go.visible
    shown.report(status(StudyState.FINISHED, n=(50, 80)))
    assert shown._go.visible


def test_what_is_to_come_is_told_below_and_the_area_by_its_button() -> None:
    shown, clicks = bar()
    shown.report(status(cost="48 configurations, about 6 min on 2 workers"))
    assert "48 configurations, about 6 min on 2 workers" in shown.text
    shown._control.clicks += 1
    assert clicks == ["control"]
    shown.say_open(True)
    assert shown._control.label == "Less control"


def test_counts_time_left_and_best_are_shown() -> None:
    best = Trial(17, {}, TrialState.COMPLETED, MADE, score=-54.21)
    shown, _ = bar()
    metric = Metric("neg_root_mean_squared_error", "RMSE", is_minimized=True)
    shown.report(status(StudyState.RUNNING, n=(23, 50), n_failed=2, best=best, metric=metric))
    assert "23 / 50 trials" in shown.text
    assert "2 failed" in shown.text
    assert "about 12 s left" in shown.text
    assert "54.21</b> in trial 17" in shown.text
    assert 'aria-valuenow="23"' in shown.text


def test_names_and_errors_are_text_never_markup() -> None:
    shown, _ = bar()
    shown.report(status(name="<script>x</script>", error="<img src=y>"))
    assert "<script>" not in shown.text
    assert "<img" not in shown.text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "under 1 s"), (40.0, "about 40 s"), (180.0, "about 3 min"), (9000.0, "about 2.5 h")],
)
def test_durations_are_rounded_to_what_can_be_told(seconds: float, words: str) -> None:
    assert duration(seconds) == words
