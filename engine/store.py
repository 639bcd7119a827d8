"""The place of the store: an SQLite file or a database by URL, of this version's tables."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import finalize

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from .errors import HistoryAwayError, HistoryError
from .store_schema import MIGRATIONS, SCHEMA_VERSION, about, schema

_SCHEMA_LOCK = 7_483_921
"""What PostgreSQL's processes lock while they look at the tables; any number of our own."""


def default_path() -> Path:
    """Where the history is kept: `TUNEBOARD_HISTORY`, else the user's data directory."""
    import platformdirs

    place = os.environ.get("TUNEBOARD_HISTORY")
    return Path(place) if place else Path(platformdirs.user_data_dir("tuneboard")) / "history.db"


class Store:
    """A store that is open: made when missing, brought up to this version, refused in words.

    Parameters
    ----------
    place : str or Path, optional
        An SQLite file or an SQLAlchemy URL; `default_path()` otherwise.

    Raises
    ------
    HistoryError
        The file is not ours, is damaged, is read-only or was written by a newer tuneboard.
    """

    def __init__(self, place: str | Path | None = None) -> None:
        place = default_path() if place is None else place
        # Absolute: the same store whatever the working directory becomes.
        self.place = str(place) if "://" in str(place) else str(Path(place).absolute())
        self._check_schema()
        if "://" not in self.place:
            self._keep_wal()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            raise self._unusable(error) from error

    def _read(self) -> AbstractContextManager[Connection]:
        return self._connection(begin="BEGIN")

    @contextmanager
    def _connection(self, *, begin: str) -> Iterator[Connection]:
        try:
            with self._engine.execution_options(begin=begin).connect() as connection:
                yield connection
        except sa.exc.DBAPIError as error:
            raise self._unusable(error) from error

    def _unusable(self, error: sa.exc.DBAPIError) -> HistoryError:
        cause = str(error.orig)
        words = {
            "not a database": "is not an SQLite database. Choose another file.",
            "malformed": "is damaged. Restore a copy, or choose another file.",
            "readonly": "is read-only. Make it writable, or choose another file.",
            "unable to open": "cannot be opened. Check that its folder exists and is writable.",
            "disk is full": "cannot grow: the disk is full. Free some space and resume the study.",
        }
        why = next((text for key, text in words.items() if key in cause), f"failed: {cause}.")
        kind = HistoryAwayError if _is_passing(error) else HistoryError
        return kind(f"History {self.place} {why}", name="History", value=self.place)

    @cached_property
    def _engine(self) -> Engine:
        engine = self._engine_of_url() if "://" in self.place else self._engine_of_file()
        finalize(self, engine.dispose)  # SQLite's connections want to be closed
        return engine

    def _engine_of_file(self) -> Engine:
        self._check_file()
        engine = sa.create_engine(
            sa.URL.create("sqlite", database=self.place), connect_args={"timeout": 30.0}
        )
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
        return engine

    def _engine_of_url(self) -> Engine:
        try:
            # A connection that the server has dropped meanwhile is noticed before it is used.
            return sa.create_engine(self.place, pool_pre_ping=True)
        except (sa.exc.ArgumentError, ImportError) as error:
            raise HistoryError(
                f"History {self.place} cannot be opened: {error}. Check the URL, and whether the "
                "database's driver is installed.",
                name="History",
                value=self.place,
            ) from error

    def _check_file(self) -> None:
        path = Path(self.place)
        if not path.exists():
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise HistoryError(
                    f"The folder of history {self.place} cannot be made: {error.strerror}. "
                    "Choose another place.",
                    name="History",
                    value=self.place,
                ) from error
        elif path.is_dir():
            raise HistoryError.must(
                "History", "be a file", self.place, "Name a file inside that folder."
            )
        elif not path.stat().st_mode & (stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH):
            raise HistoryError(
                f"History {self.place} is read-only. Make it writable, or choose another file.",
                name="History",
                value=self.place,
            )

    def _check_schema(self) -> None:
        with self._write() as connection:
            if connection.dialect.name == "postgresql":
                # SQLite has one writer at a time anyway: two that migrate wait for one another.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_SCHEMA_LOCK)))
            tables = set(sa.inspect(connection).get_table_names())
            if not tables:
                schema.create_all(connection)
                row = {"key": "schema_version", "value": str(SCHEMA_VERSION)}
                connection.execute(sa.insert(about).values(**row))
                return
            if about.name not in tables:
                raise HistoryError(
                    f"History {self.place} is a database of another program. Choose another file.",
                    name="History",
                    value=self.place,
                )
            query = sa.select(about.c.value).where(about.c.key == "schema_version")
            found = int(connection.execute(query).scalar_one())
            if found < SCHEMA_VERSION:
                self._migrate(connection, found)
        if found > SCHEMA_VERSION:
            raise HistoryError(
                f"History {self.place} was written by a newer tuneboard (schema {found}, this one "
                f"reads {SCHEMA_VERSION}). Update tuneboard, or choose another file.",
                name="History",
                value=self.place,
            )

    def _migrate(self, connection: Connection, found: int) -> None:
        """Bring the tables up to this version, all or nothing."""
        for version in range(found, SCHEMA_VERSION):
            for statement in MIGRATIONS[version]:
                connection.exec_driver_sql(statement)
        now = {"value": str(SCHEMA_VERSION)}
        connection.execute(sa.update(about).where(about.c.key == "schema_version").values(now))

    def _keep_wal(self) -> None:
        """Let readers and the writer of a file not block one another.

        This is written into the file, so only once it is known to be ours. Of several processes
        that open a new file at once, the last one does it: SQLite lets none wait for that lock.
        """
        with suppress(HistoryError), self._connection(begin="") as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")


def _is_passing(error: sa.exc.DBAPIError) -> bool:
    """Whether the same statement may succeed a little later."""
    if error.connection_invalidated:
        return True
    cause = str(error.orig)
    if type(error.orig).__module__.startswith("sqlite3"):
        return any(words in cause for words in ("locked", "disk is full", "disk I/O error"))
    return isinstance(error, (sa.exc.OperationalError, sa.exc.InterfaceError))


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # We begin transactions ourselves (see `_begin_sqlite`): the driver begins none for reads.
    connection.isolation_level = None
    # NORMAL: what is committed survives the end of any process; a loss of power may take the
    # last moments, never the file. FULL would wait for the disk at each trial (a fifth of the
    # speed where it was measured).
    for setting in ("synchronous=NORMAL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    # IMMEDIATE: two writers wait for one another, instead of one failing when it upgrades.
    begin = connection.get_execution_options().get("begin", "BEGIN IMMEDIATE")
    if begin:
        connection.exec_driver_sql(begin)
