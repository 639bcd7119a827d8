"""The history: all studies, their trials, what the user did and said, in one store."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from . import plain
from .errors import HistoryError
from .hyper_parameter import HyperParameter, SpaceVersion
from .marks import NO_MARKS, Marks
from .owner import Owner
from .settings import Settings
from .store import default_path
from .store_check import Fault, faults, take_out
from .store_claims import StoreClaims
from .store_reading import Action, StoreReading
from .store_rows import (
    LEASE_S,
    StudyRecord,
    marks_of,
    marks_row,
    storable,
    trial_row,
)
from .store_schema import SCHEMA_VERSION, actions, marks, studies, trials, versions
from .study_data import StudyData
from .trial import Trial, TrialState

if TYPE_CHECKING:
    pass

__all__ = [
    "LEASE_S",
    "SCHEMA_VERSION",
    "Action",
    "History",
    "StudyRecord",
    "as_history",
    "default_path",
]

_insert_trial = sa.insert(trials)
_update_trial = (
    sa.update(trials)
    .where(trials.c.study_id == sa.bindparam("of_study"), trials.c.number == sa.bindparam("of"))
    .values(
        {c.name: sa.bindparam(c.name) for c in trials.c if c.name not in ("study_id", "number")}
    )
)
_MAX_ROUNDS = 3
"""Taking one row out may leave another without what it belongs to."""


class History(StoreReading, StoreClaims):
    """All studies and their trials in one store; may be shared by threads and processes.

    Parameters
    ----------
    place : str or Path, optional
        An SQLite file, made when missing, or an SQLAlchemy URL; `default_path()` otherwise.

    Raises
    ------
    HistoryError
        The file is not ours, is damaged, is read-only or was written by a newer tuneboard.

    Examples
    --------
    >>> import tempfile
    >>> history = History(Path(tempfile.mkdtemp()) / "history.db")
    >>> history.studies()
    []
    """

    @property
    def folder(self) -> Path:
        """Where files that belong to the studies are kept: beside the store."""
        place = default_path() if "://" in self.place else Path(self.place)
        return place.parent

    def create(
        self,
        name: str,
        settings: dict[str, Any],
        version: SpaceVersion,
        about: Mapping[str, Any] | None = None,
    ) -> str:
        """Store a new study and return its id; `about` is what it records of its surroundings."""
        with self._write() as connection:
            return self._create(connection, name, settings, [version], about or {})

    def add(self, data: StudyData) -> str:
        """Store a whole study, imported or copied, as a new one and return its id.

        Trials that were running count as interrupted: they run again when it is resumed.
        """
        is_over = all(one.state.is_finished for one in data.trials)
        state = "finished" if is_over and len(data.trials) >= data.settings.n_trials else "stopped"
        rows = [trial_row(_settled(one), 1) for one in data.trials]
        with self._write() as connection:
            settings = data.settings.to_dict()
            study_id = self._create(
                connection, data.name, settings, data.versions, data.about, state
            )
            numbered = [
                {**row, "study_id": study_id, "number": one.number}
                for row, one in zip(rows, data.trials, strict=True)
            ]
            if numbered:
                connection.execute(_insert_trial, numbered)
        return study_id

    def data(self, study_id: str) -> StudyData:
        """Return a whole study, to be exported or handed on.

        Raises
        ------
        HistoryError
            There is no such study.
        """
        record = self.study(study_id)
        found, _revision = self.trials(study_id)
        return StudyData(
            record.name,
            Settings.from_dict(record.settings),
            tuple(self.versions(study_id)),
            tuple(sorted(found, key=lambda one: one.number)),
            record.about,
        )

    def _create(
        self,
        connection: Connection,
        name: str,
        settings: dict[str, Any],
        known: Sequence[SpaceVersion],
        about: Mapping[str, Any],
        state: str = "ready",
    ) -> str:
        study_id = uuid.uuid4().hex
        row = {"id": study_id, "name": storable(name), "created_at": time.time(), "state": state}
        texts = {"settings": plain.dumps(settings), "about": plain.dumps(dict(about))}
        connection.execute(sa.insert(studies).values(**row, **texts))
        for version in known:
            self._add_version(connection, study_id, version)
        return study_id

    def rename(self, study_id: str, name: str) -> None:
        """Give a study another name; its id stays.

        Raises
        ------
        HistoryError
            The name is empty.
        """
        if not isinstance(name, str) or not name.strip():
            raise HistoryError.must("Study.name", "be text", name, "Give it a name.")
        with self._write() as connection:
            query = sa.update(studies).where(studies.c.id == study_id)
            connection.execute(query.values(name=storable(name)))
            self._add_action(connection, study_id, "rename", {"name": name})

    def mark(self, study_id: str, number: int = 0, **changes: Any) -> Marks:
        """Star, tag, note, archive or exclude a trial, or as number 0 the study itself.

        Parameters
        ----------
        study_id : str
            The study.
        number : int
            The trial's number; 0 for the study.
        **changes
            What is to change of `Marks`: `is_starred`, `is_archived`, `is_excluded`, `tags`,
            `note`.

        Returns
        -------
        Marks
            As they are now.

        Raises
        ------
        HistoryError
            A mark breaks a rule, or there is no such trial; nothing has changed then.
        """
        with self._write() as connection:
            self._check_there(connection, study_id, number)
            mine = (marks.c.study_id == study_id) & (marks.c.number == number)
            row = connection.execute(sa.select(marks).where(mine)).first()
            changed = (NO_MARKS if row is None else marks_of(row)).changed(**changes)
            values = marks_row(changed)
            if row is None:
                key = {"study_id": study_id, "number": number}
                connection.execute(sa.insert(marks).values(**key, **values))
            else:
                connection.execute(sa.update(marks).where(mine).values(**values))
            now = {name: getattr(changed, name) for name in changes}
            self._add_action(connection, study_id, "mark", {"trial": number, **now})
        return changed

    def _check_there(self, connection: Connection, study_id: str, number: int) -> None:
        """Raise HistoryError where there is no such study or trial."""
        query = sa.select(studies.c.id).where(studies.c.id == study_id)
        if number:
            mine = (trials.c.study_id == study_id) & (trials.c.number == number)
            query = sa.select(trials.c.number).where(mine)
        if connection.execute(query).first() is None:
            what = f"the trial {number}" if number else "the study"
            rule = f"have {what} that is to be marked"
            raise HistoryError.must("History", rule, study_id, "Choose one of the list.")

    def add_version(self, study_id: str, version: SpaceVersion, detail: dict[str, Any]) -> None:
        """Store an edit of the space at once: the new version, if it is one, and the action."""
        mine = (versions.c.study_id == study_id) & (versions.c.number == version.number)
        with self._write() as connection:
            row = connection.execute(sa.select(versions.c.definition).where(mine)).first()
            if row is not None and not _is_same_version(row.definition, version):
                message = "The space was edited by another process just now. Look at it there."
                raise HistoryError(message, name="Study.space", value=version.number)
            self._add_version(connection, study_id, version)
            self._add_action(connection, study_id, "space", {"version": version.number, **detail})

    def update(
        self, study_id: str, *, state: str | None = None, settings: dict[str, Any] | None = None
    ) -> None:
        """Change a study's state or settings."""
        changes = {"state": state, "settings": None if settings is None else plain.dumps(settings)}
        given = {key: value for key, value in changes.items() if value is not None}
        with self._write() as connection:
            connection.execute(sa.update(studies).where(studies.c.id == study_id).values(**given))

    def add_action(self, study_id: str, kind: str, detail: dict[str, Any]) -> None:
        """Store something that the user did to a study."""
        with self._write() as connection:
            self._add_action(connection, study_id, kind, detail)

    def _add_action(
        self, connection: Connection, study_id: str, kind: str, detail: dict[str, Any]
    ) -> None:
        row = {"study_id": study_id, "at": time.time(), "kind": kind}
        connection.execute(sa.insert(actions).values(**row, detail=plain.dumps(detail)))

    def write(
        self,
        study_id: str,
        owner: Owner,
        revision: int,
        *,
        new: Sequence[Trial],
        changed: Sequence[Trial],
        versions: Sequence[SpaceVersion] = (),
    ) -> None:
        """Store trials, all or none, durably before it returns.

        Parameters
        ----------
        study_id : str
            The study.
        owner : Owner
            Its owner, whose claim is renewed by the way.
        revision : int
            A number above all earlier ones; `trials` can be asked for what is above it.
        new, changed : sequence of Trial
            Trials not stored yet, and trials stored before.
        versions : sequence of SpaceVersion
            Versions of the space not stored yet.

        Raises
        ------
        StudyBusyError
            `owner` has lost the study to another one; nothing is stored then.
        """
        with self._write() as connection:
            self._renew(connection, study_id, owner)
            for version in versions:
                self._add_version(connection, study_id, version)
            if changed:
                rows = [
                    {**trial_row(trial, revision), "of_study": study_id, "of": trial.number}
                    for trial in changed
                ]
                connection.execute(_update_trial, rows)
            if new:
                rows = [
                    {**trial_row(trial, revision), "study_id": study_id, "number": trial.number}
                    for trial in new
                ]
                connection.execute(_insert_trial, rows)

    def check(self) -> list[Fault]:
        """Read all that is stored and return what is wrong with it; nothing is changed.

        Raises
        ------
        HistoryError
            The file is too damaged to be read at all.
        """
        with self._read() as connection:
            return faults(connection)

    def repair(self) -> list[Fault]:
        """Take out the rows that cannot be read, and return what is still wrong.

        A copy of an SQLite file is kept beside it first, with ``.before-repair`` behind its
        name. A trial or an action goes alone, a study with all that belongs to it.

        Raises
        ------
        HistoryError
            The file is too damaged to be read at all.
        """
        for _round in range(_MAX_ROUNDS):
            found = [one for one in self.check() if one.is_repairable]
            if not found:
                break
            self._keep_copy()
            with self._write() as connection:
                for fault in found:
                    take_out(connection, fault)
        return self.check()

    def _keep_copy(self) -> None:
        """Copy an SQLite file as it stands, unless that has been done before."""
        copy = f"{self.place}.before-repair"
        if "://" in self.place or Path(copy).exists():
            return
        with self._connection(begin="") as connection:
            connection.exec_driver_sql("VACUUM INTO ?", (copy,))

    def _add_version(self, connection: Connection, study_id: str, version: SpaceVersion) -> None:
        """Store a version; one that an edit has stored already stays."""
        row = {"study_id": study_id, "number": version.number}
        insert = _INSERTS.get(connection.dialect.name, sa.insert)
        query = insert(versions).values(**row, definition=plain.dumps(version.to_dict()))
        connection.execute(query.on_conflict_do_nothing() if insert is not sa.insert else query)


_INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
"""Inserts that can leave a row alone that is there already."""


def _is_same_version(definition: str, version: SpaceVersion) -> bool:
    """Whether a stored version says the same; current values of what is searched do not count."""
    known = SpaceVersion.from_dict(plain.loads(definition))
    return [_rules(one) for one in known.hyper_parameters] == [
        _rules(one) for one in version.hyper_parameters
    ] and known.constraints == version.constraints


def _rules(one: HyperParameter) -> str:
    return repr(
        replace(one, value=one.clamp(None) if one.is_searched else one.value, label="", unit="")
    )


def _settled(trial: Trial) -> Trial:
    """Return a trial of which nothing runs any more."""
    is_running = trial.state is TrialState.RUNNING
    return replace(trial, state=TrialState.INTERRUPTED) if is_running else trial


def as_history(history: History | str | Path | bool) -> History | None:
    """Open the store that is meant: True is the default place, False is none."""
    if isinstance(history, History):
        return history
    if isinstance(history, bool):
        return History() if history else None
    return History(history)
