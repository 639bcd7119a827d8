"""Work off the page's thread."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from tuneboard.dashboard.background import Background


def wait_for(take: Callable[[], Any]) -> Any:
    for _ in range(500):
        outcome = take()
        if outcome is not None:
            return outcome
        time.sleep(0.01)
    raise TimeoutError("nothing came within 5 s")


def test_an_outcome_is_given_once() -> None:
    background = Background()
    background.submit(lambda: 7)
    assert wait_for(background.take) == 7
    assert background.take() is None


def test_the_job_does_not_run_in_the_callers_thread() -> None:
    background = Background()
    background.submit(threading.get_ident)
    assert wait_for(background.take) != threading.get_ident()


def test_of_waiting_jobs_only_the_newest_runs() -> None:
    background, gate, ran = Background(), threading.Event(), []
    background.submit(lambda: gate.wait(5))
    time.sleep(0.05)
    for number in (1, 2, 3):
        background.submit(lambda number=number: ran.append(number) or number)
    gate.set()
    while wait_for(background.take) != 3:
        pass
    assert ran == [3]


def test_what_a_job_raises_is_raised_where_it_is_taken() -> None:
    def job() -> None:
        raise ValueError("no trees")

    background = Background()
    background.submit(job)
    with pytest.raises(ValueError, match="no trees"):
        wait_for(background.take)


def test_kinds_of_jobs_wait_for_each_other_and_keep_their_own_outcomes() -> None:
    background = Background()
    background.submit(lambda: "ranking", "importance")
    background.submit(lambda: "front", "trade-off")

    assert wait_for(lambda: background.take("trade-off")) == "front"
    assert wait_for(lambda: background.take("importance")) == "ranking"
    assert background.take() is None


def test_what_the_user_has_asked_for_does_not_wait_for_a_rest() -> None:
    background = Background()
    background.submit(lambda: time.sleep(1.0) or 1, "slow")
    assert wait_for(lambda: background.take("slow")) == 1
    background.submit(lambda: 2, "later")
    time.sleep(0.1)
    assert background.take("later") is None

    background.submit(lambda: 3, "asked", is_asked=True)

    assert wait_for(lambda: background.take("asked")) == 3
