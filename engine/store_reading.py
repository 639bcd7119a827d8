"""What a store has: studies, their trials, versions, marks and actions, read as records."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from . import plain
from .errors import HistoryError
from .hyper_parameter import SpaceVersion
from .marks import Marks
from .store import Store
from .store_rows import StudyRecord, marks_of, read_rows, study_record, trial_of
from .store_schema import actions, marks, studies, trials, versions
from .trial import Trial, TrialState
from .trial_table import FRAME_COLUMNS, frame_of_columns

if TYPE_CHECKING:
    import pandas as pd

_studies_and_marks = studies.outerjoin(
    marks, (marks.c.study_id == studies.c.id) & (marks.c.number == 0)
)
_record_columns = (*studies.c, *(one for one in marks.c if one.name not in ("study_id", "number")))
_fidelity = sa.func.coalesce(trials.c.fidelity, sys.float_info.max)  # None is all of it


@dataclass(frozen=True, slots=True)
class Action:
    """One stored action: its id, above those of earlier ones, its kind, and what was done."""

    id: int
    kind: str
    detail: dict[str, Any]


class StoreReading(Store):
    """The reading half of a `History`."""

    def marks(self, study_id: str) -> dict[int, Marks]:
        """Return the marks of a study's trials by number, those of the study itself as 0."""
        query = sa.select(marks).where(marks.c.study_id == study_id)
        with self._read() as connection:
            rows = connection.execute(query).all()
        found = read_rows(rows, marks_of, lambda row: f"The marks of trial {row.number}")
        return {row.number: one for row, one in zip(rows, found, strict=True)}

    def studies(self) -> list[StudyRecord]:
        """List all studies, newest first; one whose row is broken is left out (see `check`)."""
        is_finished = trials.c.state.in_([state.value for state in TrialState if state.is_finished])
        counts = (
            sa.select(trials.c.study_id, sa.func.count().label("n"))
            .where(is_finished)
            .group_by(trials.c.study_id)
            .subquery()
        )
        best = _best_scores()
        query = (
            sa.select(*_record_columns, counts.c.n, best.c.best)
            .select_from(
                _studies_and_marks.outerjoin(counts, counts.c.study_id == studies.c.id).outerjoin(
                    best, best.c.study_id == studies.c.id
                )
            )
            .order_by(studies.c.created_at.desc())
        )
        with self._read() as connection:
            found: Sequence[Any] = connection.execute(query).all()
        return [record for row in found if (record := _listed(row)) is not None]

    def best_configs(self) -> dict[str, tuple[int, dict[str, Any]]]:
        """Return of each study the number and the configuration of its best trial."""
        best = _best_scores()
        same = (
            (trials.c.study_id == best.c.study_id)
            & (trials.c.score == best.c.best)
            & (_fidelity == best.c.fidelity)
            & (trials.c.state == TrialState.COMPLETED.value)
        )
        query = (
            sa.select(trials.c.study_id, trials.c.number, trials.c.config)
            .join(best, same)
            .order_by(trials.c.number.desc())
        )
        with self._read() as connection:
            rows = connection.execute(query).all()
        # By falling number: the earliest of equals comes last, and stays.
        return {row.study_id: (row.number, plain.loads(row.config)) for row in rows}

    def study(self, study_id: str) -> StudyRecord:
        """Return one study.

        Raises
        ------
        HistoryError
            There is no such study.
        """
        query = sa.select(*_record_columns).select_from(_studies_and_marks)
        with self._read() as connection:
            row: Any = connection.execute(query.where(studies.c.id == study_id)).first()
        if row is None:
            raise HistoryError.must(
                "History", "have the study that is asked for", study_id, "Choose one of the list."
            )
        return read_rows([row], study_record, lambda row: f"Study {row.name!r}")[0]

    def versions(self, study_id: str) -> list[SpaceVersion]:
        """Return the versions of a study's space, oldest first."""
        query = sa.select(versions).where(versions.c.study_id == study_id)
        with self._read() as connection:
            rows = connection.execute(query.order_by(versions.c.number)).all()
        return read_rows(
            rows,
            lambda row: SpaceVersion.from_dict(plain.loads(row.definition)),
            lambda row: f"Version {row.number} of a space",
        )

    def trials(self, study_id: str, after: int = 0) -> tuple[list[Trial], int]:
        """Return trials changed after a revision, in the order of change, and the last revision."""
        query = sa.select(trials).where(trials.c.study_id == study_id, trials.c.revision > after)
        with self._read() as connection:
            rows = connection.execute(query.order_by(trials.c.revision, trials.c.number)).all()
        found = read_rows(rows, trial_of, lambda row: f"Trial {row.number} of study {study_id}")
        return found, rows[-1].revision if rows else after

    def frame(self, study_id: str) -> pd.DataFrame:
        """Return all trials as `trial_table.frame_of` does, without making records of them."""
        columns = [trials.c[name] for name in FRAME_COLUMNS]
        query = sa.select(*columns).where(trials.c.study_id == study_id).order_by(trials.c.number)
        with self._read() as connection:
            rows = connection.execute(query).fetchall()
        return frame_of_columns(dict(zip(FRAME_COLUMNS, zip(*rows, strict=True), strict=False)))

    def has_revision(self, study_id: str, revision: int) -> bool:
        """Whether a write of this revision has been stored."""
        mine = (trials.c.study_id == study_id) & (trials.c.revision == revision)
        with self._read() as connection:
            return connection.execute(sa.select(trials.c.number).where(mine)).first() is not None

    def actions(self, study_id: str) -> list[dict[str, Any]]:
        """Return what the user did to a study, oldest first."""
        query = sa.select(actions).where(actions.c.study_id == study_id).order_by(actions.c.id)
        with self._read() as connection:
            rows = connection.execute(query).all()
        return read_rows(
            rows,
            lambda row: {"at": row.at, "kind": row.kind, **plain.loads(row.detail)},
            lambda row: f"Action {row.id}",
        )

    def actions_of(self, study_id: str, kinds: Sequence[str], after: int = 0) -> list[Action]:
        """Return the actions of these kinds whose id is above `after`, oldest first."""
        table = actions.c
        query = sa.select(actions).where(
            table.study_id == study_id, table.kind.in_(kinds), table.id > after
        )
        with self._read() as connection:
            rows = connection.execute(query.order_by(table.id)).all()
        return [Action(row.id, row.kind, plain.loads(row.detail)) for row in rows]


def _listed(row: Any) -> StudyRecord | None:
    """Read a study for the list; None where its row is broken: the others are to be seen."""
    try:
        return study_record(row, row.n or 0, row.best)
    except Exception:  # noqa: BLE001 (whatever a broken row brings; `check` tells what)
        return None


def _best_scores() -> sa.Subquery:
    """Select each study's best score among the completed trials of its highest fidelity."""
    completed = (trials.c.state == TrialState.COMPLETED.value) & trials.c.score.is_not(None)
    top = (
        sa.select(trials.c.study_id, sa.func.max(_fidelity).label("fidelity"))
        .where(completed)
        .group_by(trials.c.study_id)
        .subquery()
    )
    return (
        sa.select(trials.c.study_id, top.c.fidelity, sa.func.max(trials.c.score).label("best"))
        .join(top, (trials.c.study_id == top.c.study_id) & (_fidelity == top.c.fidelity))
        .where(completed)
        .group_by(trials.c.study_id, top.c.fidelity)
        .subquery()
    )
