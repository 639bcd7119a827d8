"""Batches wait until the page has drawn the last one, but never for ever."""

from __future__ import annotations

import pytest
from tuneboard.dashboard import pace
from tuneboard.dashboard.trial_source import TrialSource
from tuneboard.engine.hyper_parameter import HyperParameter, SpaceVersion
from tuneboard.engine.metric import SCORE
from tuneboard.engine.trial import Provenance, Trial, TrialState

SPACE = SpaceVersion(1, (HyperParameter("lr", "real", 0.5, 0.0, 1.0),))


def trial(number: int) -> Trial:
    provenance = Provenance("random", "")
    return Trial(number, {"lr": 0.5}, TrialState.COMPLETED, provenance, score=0.5)


@pytest.fixture
def trials() -> TrialSource:
    return TrialSource(SCORE, SPACE)


def page_has_drawn(trials: TrialSource, n_rows: int) -> None:
    """Do what the page does when all its plots have drawn so many rows."""
    trials._pace._drawn.end = n_rows


def test_nothing_waits_where_there_is_no_page(trials: TrialSource) -> None:
    assert [trials.append([trial(number)]) for number in (1, 2, 3)] == [1, 1, 1]


def test_trials_wait_while_the_page_draws_and_then_come_together(trials: TrialSource) -> None:
    trials.append([trial(1)])
    page_has_drawn(trials, 1)

    assert trials.append([trial(2)]) == 1
    assert trials.append([trial(3)]) == 0
    assert trials.append([trial(3), trial(4)]) == 0
    assert trials.n_trials == 2

    page_has_drawn(trials, 2)

    assert trials.append([]) == 2
    assert list(trials.source.data["trial"]) == [1, 2, 3, 4]


def test_a_page_that_falls_silent_is_sent_the_next_batch_after_a_while(
    trials: TrialSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(pace.time, "monotonic", lambda: now)
    trials.append([trial(1)])
    page_has_drawn(trials, 1)
    trials.append([trial(2)])

    now = pace.PATIENCE_S
    assert trials.append([trial(3)]) == 0

    now = pace.PATIENCE_S + 0.1
    assert trials.append([trial(4)]) == 2
