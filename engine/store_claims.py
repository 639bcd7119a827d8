"""Who may run a study: the claim of one process, which ends with it or when it falls silent."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from .errors import StudyBusyError
from .owner import Owner
from .store import Store
from .store_rows import LEASE_S, is_owned
from .store_schema import studies

_renew_claim = (
    sa.update(studies)
    .where(studies.c.id == sa.bindparam("of_study"), studies.c.owner == sa.bindparam("of_owner"))
    .values(heartbeat_at=sa.bindparam("now"))
)


class StoreClaims(Store):
    """The part of a `History` that keeps two processes from running one study."""

    def acquire(self, study_id: str, owner: Owner) -> None:
        """Make `owner` the one that may run the study.

        Raises
        ------
        StudyBusyError
            Another living owner has it.
        """
        with self._write() as connection:
            row = connection.execute(sa.select(studies).where(studies.c.id == study_id)).one()
            if is_owned(row) and row.owner != owner.to_text():
                raise StudyBusyError(
                    f"Study {row.name!r} is being run by {Owner.from_text(row.owner)}. Stop it "
                    f"there, or wait {LEASE_S:.0f} s if that process has died.",
                    name=row.name,
                )
            same = studies.c.owner.is_(None) if row.owner is None else studies.c.owner == row.owner
            taken = connection.execute(
                sa.update(studies)
                .where(studies.c.id == study_id, same)
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
            mine = (studies.c.id == study_id) & (studies.c.owner == owner.to_text())
            connection.execute(sa.update(studies).where(mine).values(owner=None, heartbeat_at=None))

    def _renew(self, connection: Connection, study_id: str, owner: Owner) -> None:
        mine = {"of_study": study_id, "of_owner": owner.to_text(), "now": time.time()}
        renewed = connection.execute(_renew_claim, mine)
        if renewed.rowcount != 1:
            message = "This study was taken over by another process. Follow it there."
            raise StudyBusyError(message, name="Study")
