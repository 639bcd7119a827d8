from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from tuneboard.engine.errors import SpaceError, StudyError
from tuneboard.engine.executors import InProcess
from tuneboard.engine.history import History
from tuneboard.engine.ledger import Ledger
from tuneboard.engine.requests import REQUEST, RequestWatch
from tuneboard.engine.study import Study, StudyState


def n_trials(study: Study) -> int:
    study.refresh()
    return len(study.trials)


def test_another_process_pauses_resumes_changes_and_stops_the_study(
    elsewhere: Study, until: Callable[..., None]
) -> None:
    assert elsewhere.request("pause") == "Paused. Running trials finish."
    until(lambda: elsewhere.refresh() or all(t.state.is_finished for t in elsewhere.trials))
    n_before = n_trials(elsewhere)
    assert elsewhere.state is StudyState.PAUSED

    elsewhere.request("resume")
    until(lambda: n_trials(elsewhere) > n_before)
    elsewhere.request("change", n_trials=400)
    elsewhere.refresh()
    assert elsewhere.settings.n_trials == 400

    assert elsewhere.request("stop") == "Stopping."
    until(lambda: elsewhere.refresh() or elsewhere.state is StudyState.STOPPED)
    with pytest.raises(StudyError, match="'elsewhere' is not being run by any process. Run it"):
        elsewhere.request("pause")


def test_another_process_enqueues_and_what_does_not_fit_is_refused(
    elsewhere: Study, until: Callable[..., None]
) -> None:
    with pytest.raises(SpaceError, match=r"Study\.enqueue\.x must be a number from -1 to 1"):
        elsewhere.enqueue({"x": 2.0})

    elsewhere.enqueue({"x": 0.125})

    until(lambda: elsewhere.refresh() or [t for t in elsewhere.trials if t.config["x"] == 0.125])


def test_a_running_trial_is_killed_from_another_process(
    elsewhere: Study, until: Callable[..., None]
) -> None:
    def kill_the_running_one() -> bool:
        try:
            elsewhere.refresh()
            elsewhere.request("kill", number=elsewhere.trials[-1].number)
        except StudyError:  # it had finished by then
            return False
        elsewhere.refresh()
        return any(trial.state == "killed" for trial in elsewhere.trials)

    until(kill_the_running_one)


def test_a_refusal_there_is_told_here_and_the_study_goes_on(
    elsewhere: Study, until: Callable[..., None]
) -> None:
    with pytest.raises(StudyError, match="kill must be given a running trial, not 9999"):
        elsewhere.request("kill", number=9999)
    with pytest.raises(StudyError, match="Study.n_workers must be a whole number of at least 1"):
        elsewhere.request("change", n_workers=0)
    with pytest.raises(StudyError, match="Study.request must be one of pause, resume, stop, kill"):
        elsewhere.request("explode")

    n_before = n_trials(elsewhere)
    until(lambda: n_trials(elsewhere) > n_before)


def test_a_study_ends_only_after_its_last_request_has_an_answer(
    tmp_path: Path, until: Callable[..., None]
) -> None:
    history = History(tmp_path / "history.db")
    study = Study(
        lambda config: -config["x"], space={"x": (0.0, 1.0)}, history=history, n_trials=2
    ).run(InProcess(), show_progress=False)
    ledger = Ledger(history, study.id)
    may_answer, is_asked, events = threading.Event(), threading.Event(), list[str]()

    def take(_request: object) -> None:
        is_asked.set()
        may_answer.wait(30)
        events.append("answered")

    def end() -> None:
        watch.stop()
        events.append("ended")

    watch = RequestWatch(ledger, take)
    watch.start()
    ledger.note(REQUEST, {"key": "1", "what": "stop"})
    until(is_asked.is_set)
    ending = threading.Thread(target=end)
    ending.start()
    ending.join(0.2)
    may_answer.set()
    ending.join(30)
    assert events == ["answered", "ended"]
