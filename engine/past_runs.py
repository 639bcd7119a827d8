"""Earlier studies of the same history that one can be compared with, and their trials."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from .history import History
from .optimizers import OPTIMIZERS, find_optimizer
from .settings import Settings
from .store_rows import StudyRecord
from .trial import Trial

N_OFFERED = 100


@dataclass(frozen=True)
class Run:
    """One study to compare with: what it is called, who searched, and on what.

    `origin` is what model and data were, as text; empty where the store does not tell.
    """

    id: str
    name: str
    algorithm: str
    origin: str
    n_trials: int


@dataclass
class PastRuns:
    """The studies of a history that are scored by the same metric, newest first.

    The trials of a study are read again only when it has grown.

    Parameters
    ----------
    history : History
        The store.
    metric : str
        Name of the metric.
    """

    history: History
    metric: str
    _known: dict[str, tuple[int, list[Trial]]] = field(default_factory=dict)

    def runs(self) -> list[Run]:
        """Return what there is to compare, at most a hundred."""
        found = []
        for record in self.history.studies():
            settings = Settings.from_dict(record.settings)
            if settings.metric.name == self.metric and record.n_finished:
                found.append(_run(record, settings))
        return found[:N_OFFERED]

    def trials(self, runs: Sequence[Run], ids: Collection[str]) -> dict[str, list[Trial]]:
        """Return the trials of the chosen studies, by id."""
        found = {}
        for run in runs:
            if run.id not in ids:
                continue
            n_known, trials = self._known.get(run.id, (-1, []))
            if n_known != run.n_trials:
                trials = self.history.trials(run.id)[0]
                self._known[run.id] = run.n_trials, trials
            found[run.id] = trials
        return found


def _run(record: StudyRecord, settings: Settings) -> Run:
    origin = "" if settings.origin is None else repr(sorted(settings.origin.items()))
    if not origin:
        data = record.about.get("data")
        origin = f"{settings.model} {data}" if data else ""
    return Run(record.id, record.name, _label(settings), origin, record.n_finished)


def _label(settings: Settings) -> str:
    name = settings.optimizer
    label = find_optimizer(name).label if name in OPTIMIZERS else name
    has_rungs = settings.fidelity is not None
    return f"{label}, {settings.scheduler}" if has_rungs else label
