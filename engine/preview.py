"""What a study will cost, told before it starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .encoding import Encoding
from .history import History
from .hyper_parameter import SpaceVersion
from .progress import count_of, seconds_left_range, time_range
from .settings import Settings
from .trial import Trial

_N_RECENT = 50


@dataclass(frozen=True, slots=True)
class Preview:
    """What is still to run.

    Attributes
    ----------
    n_configs : int
        Configurations in the budget; no more than a finite space has.
    n_known : int
        Those of them that have been tried already.
    n_workers : int
        How many run at once.
    seconds_range : (float, float) or None
        How long the rest takes; None where no trial of this model has been seen.
    """

    n_configs: int
    n_known: int
    n_workers: int
    seconds_range: tuple[float, float] | None

    def __str__(self) -> str:
        known = f", {self.n_known:,} already known" if self.n_known else ""
        workers = count_of(self.n_workers, "worker")
        if self.n_known >= self.n_configs:
            time = "nothing left to run"
        elif self.seconds_range is None:
            time = f"time unknown until a trial has run, on {workers}"
        else:
            time = f"about {time_range(*self.seconds_range)} on {workers}"
        return f"{count_of(self.n_configs, 'configuration')}{known}, {time}"


def preview_of(
    settings: Settings, version: SpaceVersion, trials: Sequence[Trial], history: History | None
) -> Preview:
    """Tell what a study will cost, by its own trials or by others of the same model."""
    size = Encoding(version).n_configs
    n_configs = settings.n_trials if size is None else min(settings.n_trials, size)
    n_known = min(n_configs, sum(trial.state.is_finished for trial in trials))
    seen = _durations(trials) or _durations_elsewhere(settings, history)
    left = seconds_left_range(seen, n_configs - n_known, settings.n_workers)
    return Preview(n_configs, n_known, settings.n_workers, left)


def _durations(trials: Sequence[Trial]) -> list[float]:
    done = [one.duration_s for one in trials if one.state.is_finished and not one.state.is_failed]
    return done[-_N_RECENT:]


def _durations_elsewhere(settings: Settings, history: History | None) -> list[float]:
    """Return the durations in the latest study of the same model and data."""
    if history is None:
        return []
    mine = settings.to_dict()
    for record in history.studies():
        theirs = record.settings
        if all(theirs.get(name) == mine[name] for name in ("model", "origin", "folds")):
            trials, _ = history.trials(record.id)
            if durations := _durations(trials):
                return durations
    return []
