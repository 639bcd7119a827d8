from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any

import numpy as np
import pytest
from tuneboard.engine import plain
from tuneboard.engine.errors import StudyError
from tuneboard.engine.fidelity import Fidelity
from tuneboard.engine.metric import Metric
from tuneboard.engine.settings import Settings, check_count

SETTINGS = Settings(
    optimizer="grid",
    n_trials=12,
    n_workers=3,
    folds=4,
    seed=7,
    metric=Metric("neg_log_loss", "log loss", is_minimized=True),
    model="SVC()",
    origin={"dataset": "wine", "model": "svc"},
    fidelity=Fidelity("epochs", 1, 27),
    scheduler="hyperband",
)


@pytest.mark.parametrize("count", [0, -1, 2.5, "3", None, True])
@pytest.mark.parametrize("name", ["n_trials", "n_workers"])
def test_a_count_that_is_no_whole_number_of_at_least_1_is_refused(name: str, count: Any) -> None:
    message = rf"Study\.{name} must be a whole number of at least 1, not {count!r}\. Give 1 or more"

    with pytest.raises(StudyError, match=message) as caught:
        Settings(**{name: count})

    assert (caught.value.name, caught.value.value) == (f"Study.{name}", count)


def test_whole_numbers_of_numpy_become_numbers_of_python() -> None:
    counts = {name: np.int64(3) for name in ("n_trials", "n_workers", "folds", "seed")}

    settings = Settings(**counts)

    assert [type(getattr(settings, name)) for name in counts] == [int] * 4
    assert Settings.from_dict(plain.loads(plain.dumps(settings.to_dict()))) == settings


def test_one_is_enough() -> None:
    check_count("Study.n_trials", 1)


def test_changed_settings_are_others_and_the_old_ones_stay() -> None:
    changed = SETTINGS.changed(n_trials=20)

    assert (changed.n_trials, SETTINGS.n_trials) == (20, 12)
    assert changed.changed(n_trials=12) == SETTINGS


def test_a_change_is_checked() -> None:
    with pytest.raises(StudyError, match="Study.n_workers must be a whole number of at least 1"):
        SETTINGS.changed(n_workers=0)


def test_settings_cannot_be_changed_in_place() -> None:
    with pytest.raises(FrozenInstanceError, match="n_trials"):
        SETTINGS.n_trials = 3  # type: ignore[misc]


@pytest.mark.parametrize("settings", [Settings(), SETTINGS])
def test_settings_survive_the_way_through_text(settings: Settings) -> None:
    assert Settings.from_dict(plain.loads(plain.dumps(settings.to_dict()))) == settings


def test_settings_stored_before_there_were_fidelities_still_load() -> None:
    stored = SETTINGS.to_dict()
    del stored["fidelity"], stored["scheduler"]

    settings = Settings.from_dict(plain.loads(plain.dumps(stored)))

    assert (settings.fidelity, settings.scheduler) == (None, "asynchronous_halving")
    assert settings.changed(fidelity=SETTINGS.fidelity, scheduler="hyperband") == SETTINGS
