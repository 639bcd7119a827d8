"""Rows of the store as records, and back; nothing is ever unpickled."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.engine import Row

from . import plain
from .details import NO_DETAILS, Details
from .errors import HistoryError
from .marks import NO_MARKS, Marks
from .owner import Owner
from .trial import Provenance, Trial, TrialState

Read = TypeVar("Read")
"""What a row is read as."""

LEASE_S = 15.0
"""An owner that has not been heard of for this long has lost its study."""


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """What the store knows of a study.

    `state` is the word last written; `is_owned` tells whether a living process holds the
    study, so "running" without an owner means that it was interrupted. `best_score` is
    higher-is-better, and that of the completed trials at the highest fidelity. `about` is what
    the study recorded of its surroundings; see `surroundings.surroundings`.
    """

    id: str
    name: str
    created_at: float
    state: str
    settings: dict[str, Any]
    is_owned: bool = False
    owner: str = ""
    n_finished: int = 0
    best_score: float | None = None
    marks: Marks = NO_MARKS
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def shown_state(self) -> str:
        """The state as it is: what "runs" without a living owner was interrupted."""
        is_lost = self.state in ("running", "paused") and not self.is_owned
        return "interrupted" if is_lost else self.state


def read_rows(
    rows: Iterable[Row[Any]], read: Callable[[Row[Any]], Read], called: Callable[[Row[Any]], str]
) -> list[Read]:
    """Read rows as records.

    Parameters
    ----------
    rows : iterable of Row
        As the store has them.
    read : function
        Makes a record of one.
    called : function
        Says which row it is.

    Raises
    ------
    HistoryError
        A row is broken; the message says which one, and what to do.
    """
    rows = list(rows)
    try:
        return [read(row) for row in rows]
    except Exception:  # noqa: BLE001 (whatever a broken row brings is told below)
        return [_read_row(row, read, called) for row in rows]


def _read_row(
    row: Row[Any], read: Callable[[Row[Any]], Read], called: Callable[[Row[Any]], str]
) -> Read:
    try:
        return read(row)
    except Exception as error:
        message = (
            f"{called(row)} in the history cannot be read ({type(error).__name__}: {error}). "
            "`tuneboard history check` lists all that is broken, `tuneboard history repair` takes "
            "it out."
        )
        raise HistoryError(message, name=called(row)) from error


def is_owned(row: Row[Any]) -> bool:
    """Whether a living process holds the study."""
    if row.owner is None or time.time() - row.heartbeat_at > LEASE_S:
        return False
    return not Owner.from_text(row.owner).is_dead


def study_record(row: Row[Any], n_finished: int = 0, best: float | None = None) -> StudyRecord:
    """Read a study, joined with its marks."""
    owned = is_owned(row)
    return StudyRecord(
        row.id,
        row.name,
        row.created_at,
        row.state,
        plain.loads(row.settings),
        owned,
        str(Owner.from_text(row.owner)) if owned else "",
        n_finished,
        best,
        NO_MARKS if row.is_starred is None else marks_of(row),
        plain.loads(row.about) if row.about else {},
    )


def marks_of(row: Row[Any]) -> Marks:
    """Read the marks of a study or a trial."""
    tags = tuple(plain.loads(row.tags))
    return Marks(row.is_starred, row.is_archived, row.is_excluded, tags, row.note)


def marks_row(marks: Marks) -> dict[str, Any]:
    """Write marks as columns."""
    return {
        "is_starred": marks.is_starred,
        "is_archived": marks.is_archived,
        "is_excluded": marks.is_excluded,
        "tags": plain.dumps(list(marks.tags)),
        "note": storable(marks.note),
    }


def trial_row(trial: Trial, revision: int) -> dict[str, Any]:
    """Write a trial as columns, all but its study and its number."""
    made = trial.provenance
    return {
        "revision": revision,
        "attempt": trial.attempt,
        "state": trial.state.value,
        "space_version": trial.space_version,
        "config": plain.dumps(trial.config),
        "score": trial.score,
        "fold_scores": plain.dumps(list(trial.fold_scores)),
        "provenance": plain.dumps(_provenance_row(made)),
        "error": storable(trial.error),
        "started_at": trial.started_at,
        "duration_s": trial.duration_s,
        "worker": storable(trial.worker),
        "fidelity": trial.fidelity,
        "scores": plain.dumps(list(trial.scores)) if trial.scores else None,
        "details": _details_row(trial.details) if trial.details else None,
    }


def _details_row(details: Details) -> str:
    named = details.to_dict().items()
    return plain.dumps(
        {name: storable(one) if isinstance(one, str) else one for name, one in named}
    )


def storable(text: str) -> str:
    """Return text without what no database can hold."""
    # A traceback may quote text that UTF-8 cannot hold, such as a file's broken name; and
    # PostgreSQL has no place for the character NUL.
    return text.encode(errors="replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")


def _provenance_row(made: Provenance) -> list[Any]:
    row = [made.optimizer, made.reason, list(made.parents), made.operator]
    return [*row, dict(made.facts)] if made.facts else row


def trial_of(row: Row[Any]) -> Trial:
    """Read a trial."""
    optimizer, reason, parents, *rest = plain.loads(row.provenance)
    return Trial(
        row.number,
        plain.loads(row.config),
        TrialState(row.state),
        Provenance(optimizer, reason, tuple(parents), *rest),
        row.space_version,
        row.score,
        tuple(plain.loads(row.fold_scores)),
        row.error,
        row.started_at,
        row.duration_s,
        row.worker,
        row.attempt,
        row.fidelity,
        tuple(plain.loads(row.scores)) if row.scores else (),
        Details.from_dict(plain.loads(row.details)) if row.details else NO_DETAILS,
    )
