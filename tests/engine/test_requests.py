from __future__ import annotations

import time
from collections.abc import Callable

import pytest
from tuneboard.engine.errors import SpaceError, StudyError
from tuneboard.engine.study import Study, StudyState


def eventually(is_so: Callable[[], object], within_s: float = 30) -> None:
    give_up_at = time.monotonic() + within_s
    while not is_so():
        assert time.monotonic() < give_up_at, "it has not happened"
        time.sleep(0.05)


def n_trials(study: Study) -> int:
    study.refresh()
    return len(study.trials)


def test_another_process_pauses_resumes_changes_and_stops_the_study(elsewhere: Study) -> None:
    assert elsewhere.request("pause") == "Paused. Running trials finish."
    eventually(lambda: elsewhere.refresh() or all(t.state.is_finished for t in elsewhere.trials))
    n_before = n_trials(elsewhere)
    assert elsewhere.state is StudyState.PAUSED

    elsewhere.request("resume")
    eventually(lambda: n_trials(elsewhere) > n_before)
    elsewhere.request("change", n_trials=400)
    elsewhere.refresh()
    assert elsewhere.settings.n_trials == 400

    assert elsewhere.request("stop") == "Stopping."
    eventually(lambda: elsewhere.refresh() or elsewhere.state is StudyState.STOPPED)
    with pytest.raises(StudyError, match="'elsewhere' is not being run by any process. Run it"):
        elsewhere.request("pause")


def test_another_process_enqueues_and_what_does_not_fit_is_refused(elsewhere: Study) -> None:
    with pytest.raises(SpaceError, match=r"Study\.enqueue\.x must be a number from -1 to 1"):
        elsewhere.enqueue({"x": 2.0})

    elsewhere.enqueue({"x": 0.125})

    eventually(
        lambda: elsewhere.refresh() or [t for t in elsewhere.trials if t.config["x"] == 0.125]
    )


def test_a_running_trial_is_killed_from_another_process(elsewhere: Study) -> None:
    def kill_the_running_one() -> bool:
        try:
            elsewhere.refresh()
            elsewhere.request("kill", number=elsewhere.trials[-1].number)
        except StudyError:  # it had finished by then
            return False
        elsewhere.refresh()
        return any(trial.state == "killed" for trial in elsewhere.trials)

    eventually(kill_the_running_one)


def test_a_refusal_there_is_told_here_and_the_study_goes_on(elsewhere: Study) -> None:
    with pytest.raises(StudyError, match="kill must be given a running trial, not 9999"):
        elsewhere.request("kill", number=9999)
    with pytest.raises(StudyError, match="Study.n_workers must be a whole number of at least 1"):
        elsewhere.request("change", n_workers=0)
    with pytest.raises(StudyError, match="Study.request must be one of pause, resume, stop, kill"):
        elsewhere.request("explode")

    n_before = n_trials(elsewhere)
    eventually(lambda: n_trials(elsewhere) > n_before)
