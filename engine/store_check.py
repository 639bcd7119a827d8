"""Whether all that is stored can be read, and what to do about what cannot."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from . import plain
from .hyper_parameter import SpaceVersion
from .settings import Settings
from .store_rows import marks_of, trial_of
from .store_schema import actions, marks, studies, trials, versions

_BATCH = 5_000


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in the store that is not as it should be.

    Attributes
    ----------
    table : str
        Where: "trials", "studies", ...; "file" for the database itself.
    study_id : str
        Of which study; empty where that is not known.
    key : int
        Number of the trial or version, id of the action; 0 for a study.
    what : str
        What is wrong, in words.
    is_repairable : bool
        Whether `History.repair` can set it right, by taking the row out.
    """

    table: str
    study_id: str
    key: int
    what: str
    is_repairable: bool = True

    def __str__(self) -> str:
        names = {"trials": "trial", "space_versions": "space version", "actions": "action"}
        where = f"{names.get(self.table, self.table)} {self.key or ''}".strip()
        of_study = f" of study {self.study_id}" if self.study_id else ""
        return f"{where}{of_study}: {self.what}"


def faults(connection: Connection) -> list[Fault]:
    """Read every row of the store and return what is wrong."""
    if damage := _damage(connection):
        return damage
    known = set(connection.execute(sa.select(studies.c.id)).scalars())
    numbers = {
        (row.study_id, row.number)
        for row in connection.execute(sa.select(versions.c.study_id, versions.c.number))
    }

    def check_trial(row: Row[Any]) -> str:
        trial = trial_of(row)
        if (row.study_id, trial.space_version) not in numbers:
            return f"names version {trial.space_version} of the space, which is not there"
        return ""

    return [
        *_unreadable(connection, studies, "id", _check_study, None),
        *_unreadable(connection, versions, "number", _check_version, known),
        *_unreadable(connection, trials, "number", check_trial, known),
        *_unreadable(connection, marks, "number", lambda row: str(marks_of(row))[:0], known),
        *_unreadable(
            connection, actions, "id", lambda row: str(plain.loads(row.detail))[:0], known
        ),
        *_empty(known, {study_id for study_id, _number in numbers}),
    ]


def _damage(connection: Connection) -> list[Fault]:
    """Return what the database says of its own file; only SQLite has a word on that."""
    if connection.dialect.name != "sqlite":
        return []
    lines = connection.exec_driver_sql("PRAGMA integrity_check(20)").scalars().all()
    advice = "Restore a copy of the file."
    return [
        Fault("file", "", 0, f"{line}. {advice}", is_repairable=False)
        for line in lines
        if line != "ok"
    ]


def _unreadable(
    connection: Connection,
    table: sa.Table,
    key: str,
    check: Callable[[Row[Any]], str],
    known: set[str] | None,
) -> Iterator[Fault]:
    """Yield the rows of a table that cannot be read, or belong to no study."""
    for row in connection.execute(sa.select(table)).yield_per(_BATCH):
        study_id = row.id if known is None else row.study_id
        number = 0 if known is None else getattr(row, key)
        try:
            what = check(row)
        except Exception as error:  # noqa: BLE001 (whatever a broken row brings is its fault)
            what = f"cannot be read: {type(error).__name__}: {error}"[:300]
        if known is not None and study_id not in known:
            what = "belongs to a study that is not there"
        if what:
            yield Fault(table.name, study_id, number, what)


def _check_study(row: Row[Any]) -> str:
    Settings.from_dict(plain.loads(row.settings))
    if row.about:
        plain.loads(row.about)
    return ""


def _check_version(row: Row[Any]) -> str:
    number = SpaceVersion.from_dict(plain.loads(row.definition)).number
    return "" if number == row.number else f"says of itself that it is version {number}"


def _empty(known: set[str], having: set[str]) -> list[Fault]:
    what = "has no version of its space"
    return [Fault("studies", study_id, 0, what) for study_id in sorted(known - having)]


def take_out(connection: Connection, fault: Fault) -> None:
    """Delete the row that a fault names; a study goes with all that belongs to it."""
    if fault.table == "studies":
        for table in (trials, versions, marks, actions):
            connection.execute(sa.delete(table).where(table.c.study_id == fault.study_id))
        connection.execute(sa.delete(studies).where(studies.c.id == fault.study_id))
        return
    table = {one.name: one for one in (trials, versions, marks, actions)}[fault.table]
    key = table.c.id if table is actions else table.c.number
    mine = (table.c.study_id == fault.study_id) & (key == fault.key)
    connection.execute(sa.delete(table).where(mine))
