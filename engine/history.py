"""The store of studies and trials: SQLite by default, any SQLAlchemy URL otherwise."""

from __future__ import annotations

import os
import stat
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from weakref import finalize

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from . import plain
from .details import NO_DETAILS, Details
from .errors import HistoryAwayError, HistoryError, StudyBusyError
from .hyper_parameter import SpaceVersion
from .owner import Owner
from .trial import Provenance, Trial, TrialState

SCHEMA_VERSION = 3
LEASE_S = 15.0
"""An owner that has not been heard of for this long has lost its study."""

_schema = sa.MetaData()

_about = sa.Table(
    "tuneboard",
    _schema,
    sa.Column("key", sa.String(40), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
_studies = sa.Table(
    "studies",
    _schema,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("settings", sa.Text, nullable=False),
    sa.Column("owner", sa.Text),
    sa.Column("heartbeat_at", sa.Float),
)
_versions = sa.Table(
    "space_versions",
    _schema,
    sa.Column("study_id", sa.ForeignKey("studies.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("definition", sa.Text, nullable=False),
)
_trials = sa.Table(
    "trials",
    _schema,
    sa.Column("study_id", sa.ForeignKey("studies.id"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("attempt", sa.Integer, nullable=False),
    sa.Column("state", sa.String(20), nullable=False),
    sa.Column("space_version", sa.Integer, nullable=False),
    sa.Column("config", sa.Text, nullable=False),
    sa.Column("score", sa.Float),
    sa.Column("fold_scores", sa.Text, nullable=False),
    sa.Column("provenance", sa.Text, nullable=False),
    sa.Column("error", sa.Text, nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("duration_s", sa.Float, nullable=False),
    sa.Column("worker", sa.Text, nullable=False),
    sa.Column("fidelity", sa.Float),
    sa.Column("scores", sa.Text),
    sa.Column("details", sa.Text),
    sa.Index("trials_by_revision", "study_id", "revision"),
)
_actions = sa.Table(
    "actions",
    _schema,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("study_id", sa.ForeignKey("studies.id"), nullable=False, index=True),
    sa.Column("at", sa.Float, nullable=False),
    sa.Column("kind", sa.String(40), nullable=False),
    sa.Column("detail", sa.Text, nullable=False),
)

_MIGRATIONS: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE trials ADD COLUMN fidelity FLOAT",
        "ALTER TABLE trials ADD COLUMN scores TEXT",
    ),
    2: ("ALTER TABLE trials ADD COLUMN details TEXT",),
}
"""What turns each earlier schema into the next one."""

_insert_trial = sa.insert(_trials)
_update_trial = (
    sa.update(_trials)
    .where(_trials.c.study_id == sa.bindparam("of_study"), _trials.c.number == sa.bindparam("of"))
    .values(
        {c.name: sa.bindparam(c.name) for c in _trials.c if c.name not in ("study_id", "number")}
    )
)
_renew_claim = (
    sa.update(_studies)
    .where(_studies.c.id == sa.bindparam("of_study"), _studies.c.owner == sa.bindparam("of_owner"))
    .values(heartbeat_at=sa.bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class StudyRecord:
    """What the store knows of a study.

    `state` is the word last written; `is_owned` tells whether a living process holds the
    study, so "running" without an owner means that it was interrupted. `best_score` is
    higher-is-better.
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


def default_path() -> Path:
    """Where the history is kept: `TUNEBOARD_HISTORY`, else the user's data directory."""
    import platformdirs

    place = os.environ.get("TUNEBOARD_HISTORY")
    return Path(place) if place else Path(platformdirs.user_data_dir("tuneboard")) / "history.db"


class History:
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

    def __init__(self, place: str | Path | None = None) -> None:
        place = default_path() if place is None else place
        # Absolute: the same store whatever the working directory becomes.
        self.place = str(place) if "://" in str(place) else str(Path(place).absolute())
        self._check_schema()
        if "://" not in self.place:
            self._keep_wal()

    @property
    def folder(self) -> Path:
        """Where files that belong to the studies are kept: beside the store."""
        place = default_path() if "://" in self.place else Path(self.place)
        return place.parent

    def create(self, name: str, settings: dict[str, Any], version: SpaceVersion) -> str:
        """Store a new study and return its id."""
        study_id = uuid.uuid4().hex
        row = {"id": study_id, "name": name, "created_at": time.time(), "state": "ready"}
        with self._write() as connection:
            connection.execute(sa.insert(_studies).values(**row, settings=plain.dumps(settings)))
            self._add_version(connection, study_id, version)
        return study_id

    def update(
        self, study_id: str, *, state: str | None = None, settings: dict[str, Any] | None = None
    ) -> None:
        """Change a study's state or settings."""
        changes = {"state": state, "settings": None if settings is None else plain.dumps(settings)}
        given = {key: value for key, value in changes.items() if value is not None}
        with self._write() as connection:
            connection.execute(sa.update(_studies).where(_studies.c.id == study_id).values(**given))

    def add_action(self, study_id: str, kind: str, detail: dict[str, Any]) -> None:
        """Store something that the user did to a study."""
        row = {"study_id": study_id, "at": time.time(), "kind": kind}
        with self._write() as connection:
            connection.execute(sa.insert(_actions).values(**row, detail=plain.dumps(detail)))

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
                    {**_row(trial, revision), "of_study": study_id, "of": trial.number}
                    for trial in changed
                ]
                connection.execute(_update_trial, rows)
            if new:
                rows = [
                    {**_row(trial, revision), "study_id": study_id, "number": trial.number}
                    for trial in new
                ]
                connection.execute(_insert_trial, rows)

    def studies(self) -> list[StudyRecord]:
        """List all studies, newest first."""
        finished = sa.func.count(_trials.c.number).filter(
            _trials.c.state.in_([state.value for state in TrialState if state.is_finished])
        )
        query = (
            sa.select(_studies, finished.label("n"), sa.func.max(_trials.c.score).label("best"))
            .select_from(_studies.outerjoin(_trials))
            .group_by(_studies.c.id)
            .order_by(_studies.c.created_at.desc())
        )
        with self._read() as connection:
            return [_study_record(row, row.n, row.best) for row in connection.execute(query)]

    def study(self, study_id: str) -> StudyRecord:
        """Return one study.

        Raises
        ------
        HistoryError
            There is no such study.
        """
        with self._read() as connection:
            row = connection.execute(sa.select(_studies).where(_studies.c.id == study_id)).first()
        if row is None:
            raise HistoryError.must(
                "History", "have the study that is asked for", study_id, "Choose one of the list."
            )
        return _study_record(row)

    def versions(self, study_id: str) -> list[SpaceVersion]:
        """Return the versions of a study's space, oldest first."""
        query = sa.select(_versions.c.definition).where(_versions.c.study_id == study_id)
        with self._read() as connection:
            texts = connection.execute(query.order_by(_versions.c.number)).scalars().all()
        return [SpaceVersion.from_dict(plain.loads(text)) for text in texts]

    def trials(self, study_id: str, after: int = 0) -> tuple[list[Trial], int]:
        """Return trials changed after a revision, in the order of change, and the last revision."""
        query = sa.select(_trials).where(_trials.c.study_id == study_id, _trials.c.revision > after)
        with self._read() as connection:
            rows = connection.execute(query.order_by(_trials.c.revision, _trials.c.number)).all()
        return [_trial(row) for row in rows], rows[-1].revision if rows else after

    def has_revision(self, study_id: str, revision: int) -> bool:
        """Whether a write of this revision has been stored."""
        mine = (_trials.c.study_id == study_id) & (_trials.c.revision == revision)
        with self._read() as connection:
            return connection.execute(sa.select(_trials.c.number).where(mine)).first() is not None

    def actions(self, study_id: str) -> list[dict[str, Any]]:
        """Return what the user did to a study, oldest first."""
        query = sa.select(_actions).where(_actions.c.study_id == study_id).order_by(_actions.c.id)
        with self._read() as connection:
            rows = connection.execute(query).all()
        return [{"at": row.at, "kind": row.kind, **plain.loads(row.detail)} for row in rows]

    def acquire(self, study_id: str, owner: Owner) -> None:
        """Make `owner` the one that may run the study.

        Raises
        ------
        StudyBusyError
            Another living owner has it.
        """
        with self._write() as connection:
            row = connection.execute(sa.select(_studies).where(_studies.c.id == study_id)).one()
            if _is_owned(row) and row.owner != owner.to_text():
                raise StudyBusyError(
                    f"Study {row.name!r} is being run by {Owner.from_text(row.owner)}. Stop it "
                    f"there, or wait {LEASE_S:.0f} s if that process has died.",
                    name=row.name,
                )
            same = (
                _studies.c.owner.is_(None) if row.owner is None else _studies.c.owner == row.owner
            )
            taken = connection.execute(
                sa.update(_studies)
                .where(_studies.c.id == study_id, same)
                .values(owner=owner.to_text(), heartbeat_at=time.time())
            )
            if taken.rowcount != 1:
                raise StudyBusyError(
                    f"Study {row.name!r} was taken by another process just now. Stop it there.",
                    name=row.name,
                )

    def beat(self, study_id: str, owner: Owner) -> None:
        """Renew the owner's claim.

        Raises
        ------
        StudyBusyError
            The claim has been lost.
        """
        with self._write() as connection:
            self._renew(connection, study_id, owner)

    def release(self, study_id: str, owner: Owner) -> None:
        """Give the study up."""
        with self._write() as connection:
            mine = (_studies.c.id == study_id) & (_studies.c.owner == owner.to_text())
            connection.execute(
                sa.update(_studies).where(mine).values(owner=None, heartbeat_at=None)
            )

    def _renew(self, connection: Connection, study_id: str, owner: Owner) -> None:
        mine = {"of_study": study_id, "of_owner": owner.to_text(), "now": time.time()}
        renewed = connection.execute(_renew_claim, mine)
        if renewed.rowcount != 1:
            message = "This study was taken over by another process. Follow it there."
            raise StudyBusyError(message, name="Study")

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
            tables = set(sa.inspect(connection).get_table_names())
            if not tables:
                _schema.create_all(connection)
                about = {"key": "schema_version", "value": str(SCHEMA_VERSION)}
                connection.execute(sa.insert(_about).values(**about))
                return
            if _about.name not in tables:
                raise HistoryError(
                    f"History {self.place} is a database of another program. Choose another file.",
                    name="History",
                    value=self.place,
                )
            query = sa.select(_about.c.value).where(_about.c.key == "schema_version")
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
            for statement in _MIGRATIONS[version]:
                connection.exec_driver_sql(statement)
        now = {"value": str(SCHEMA_VERSION)}
        connection.execute(sa.update(_about).where(_about.c.key == "schema_version").values(now))

    def _keep_wal(self) -> None:
        """Let readers and the writer of a file not block one another.

        This is written into the file, so only once it is known to be ours. Of several processes
        that open a new file at once, the last one does it: SQLite lets none wait for that lock.
        """
        with suppress(HistoryError), self._connection(begin="") as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")

    def _add_version(self, connection: Connection, study_id: str, version: SpaceVersion) -> None:
        row = {"study_id": study_id, "number": version.number}
        connection.execute(
            sa.insert(_versions).values(**row, definition=plain.dumps(version.to_dict()))
        )


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


def _is_owned(row: Row[Any]) -> bool:
    if row.owner is None or time.time() - row.heartbeat_at > LEASE_S:
        return False
    return not Owner.from_text(row.owner).is_dead


def _study_record(row: Row[Any], n_finished: int = 0, best: float | None = None) -> StudyRecord:
    is_owned = _is_owned(row)
    return StudyRecord(
        row.id,
        row.name,
        row.created_at,
        row.state,
        plain.loads(row.settings),
        is_owned,
        str(Owner.from_text(row.owner)) if is_owned else "",
        n_finished,
        best,
    )


def _row(trial: Trial, revision: int) -> dict[str, Any]:
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
        "error": _storable(trial.error),
        "started_at": trial.started_at,
        "duration_s": trial.duration_s,
        "worker": trial.worker,
        "fidelity": trial.fidelity,
        "scores": plain.dumps(list(trial.scores)) if trial.scores else None,
        "details": _details_row(trial.details) if trial.details else None,
    }


def _details_row(details: Details) -> str:
    named = details.to_dict().items()
    return plain.dumps(
        {name: _storable(one) if isinstance(one, str) else one for name, one in named}
    )


def _storable(text: str) -> str:
    # A traceback may quote text that UTF-8 cannot hold, such as a file's broken name.
    return text.encode(errors="replace").decode()


def _provenance_row(made: Provenance) -> list[Any]:
    row = [made.optimizer, made.reason, list(made.parents), made.operator]
    return [*row, dict(made.facts)] if made.facts else row


def _trial(row: Row[Any]) -> Trial:
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


def as_history(history: History | str | Path | bool) -> History | None:
    """Open the store that is meant: True is the default place, False is none."""
    if isinstance(history, History):
        return history
    if isinstance(history, bool):
        return History() if history else None
    return History(history)
