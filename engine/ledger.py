"""One study's place in the history: what is stored of it, and the claim to run it."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

from .errors import HistoryAwayError, HistoryError, StudyBusyError
from .history import LEASE_S, Action, History
from .hyper_parameter import SpaceVersion
from .marks import NO_MARKS, Marks
from .owner import Owner
from .trial import Trial

ENQUEUE = "enqueue"
"""The kind of action that holds configurations to run next."""

_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.1, 5.0


class Ledger:
    """Writes one study to its history; without a history it keeps nothing.

    Attributes
    ----------
    study_id : str
        Empty until the study is enrolled.
    patience_s : float
        How long a store that is locked, full or unreachable is tried again, in seconds.
    """

    patience_s = 60.0

    def __init__(self, history: History | None, study_id: str = "") -> None:
        self.history = history
        self.study_id = study_id
        # Made by the first trial that keeps something there.
        self._scratch = os.path.join(tempfile.gettempdir(), f"tuneboard-{uuid.uuid4().hex}")
        self._folder = "" if history is None else str(history.folder)
        self._owner = Owner()
        self._revision = 0
        self._numbers: set[int] = set()
        self._versions: set[int] = set()
        self._marks: dict[int, Marks] = {}
        self._actions: list[dict[str, Any]] = []
        self._is_over = threading.Event()
        self._is_over.set()
        self._is_lost = False

    def folder_of(self, number: int) -> str:
        """Return where a trial may keep its checkpoint."""
        return f"{self._checkpoints}{os.sep}{number}"

    def drop_checkpoints(self) -> None:
        """Remove the checkpoints of all trials."""
        shutil.rmtree(self._checkpoints, ignore_errors=True)

    @property
    def _checkpoints(self) -> str:
        # Text: paths would cost more than all else that is done for a trial here.
        if self.history is None:
            return self._scratch
        return os.path.join(self._folder, "checkpoints", self.study_id)

    def load(self) -> tuple[list[Trial], list[SpaceVersion]]:
        """Return all that is stored of an enrolled study."""
        if self.history is None:
            return [], []
        versions = self.history.versions(self.study_id)
        self._versions = {one.number for one in versions}
        self.marks()
        return self.news(), versions

    def enrol(
        self,
        name: str,
        settings: dict[str, Any],
        version: SpaceVersion,
        about: Callable[[], dict[str, Any]] = dict,
    ) -> None:
        """Store the study if it is not stored yet, with what `about` returns."""
        if self.history is not None and not self.study_id:
            self.study_id = self.history.create(name, settings, version, about())
            self._versions = {version.number}

    def claim(self, on_lost: Callable[[], None]) -> None:
        """Become the study's owner, and stay it until `give_up`; `on_lost` tells if that fails.

        Raises
        ------
        StudyBusyError
            Another living process owns it.
        """
        if self.history is None:
            return
        self.history.acquire(self.study_id, self._owner)
        self._is_over, self._is_lost = threading.Event(), False
        args = (self.history, self._is_over, on_lost)
        threading.Thread(target=self._keep, args=args, daemon=True).start()

    def give_up(self) -> None:
        """Let others run the study."""
        if self.history is not None and not self._is_over.is_set():
            self._is_over.set()
            self.history.release(self.study_id, self._owner)

    def commit(self, trials: Sequence[Trial], versions: Iterable[SpaceVersion]) -> None:
        """Store the new states of trials, and the space versions of the new ones.

        Raises
        ------
        StudyBusyError
            Another process has taken the study over; nothing is stored then.
        """
        if self.history is None:
            return
        unseen = [version for version in versions if version.number not in self._versions]
        new = [trial for trial in trials if trial.number not in self._numbers]
        changed = [trial for trial in trials if trial.number in self._numbers]
        write = partial(
            self.history.write,
            self.study_id,
            self._owner,
            self._revision + 1,
            new=new,
            changed=changed,
            versions=unseen,
        )
        try:
            self._write_patiently(self.history, write)
        except StudyBusyError:
            self._is_lost = True
            raise
        self._revision += 1
        self._numbers.update(trial.number for trial in new)
        self._versions.update(version.number for version in unseen)

    def _write_patiently(self, history: History, write: Callable[[], None]) -> None:
        """Write; where the store is away for a while, again until `patience_s` is over.

        A connection may break after the store has written and before it could say so: what is
        there already is not written twice.
        """
        give_up_at = time.monotonic() + self.patience_s
        wait_s = _FIRST_WAIT_S
        is_again = False
        while True:
            try:
                if not (is_again and history.has_revision(self.study_id, self._revision + 1)):
                    write()
                return
            except HistoryAwayError:
                if time.monotonic() + wait_s > give_up_at:
                    raise
            is_again = True
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)

    def save(self, *, state: str | None = None, settings: dict[str, Any] | None = None) -> None:
        """Store the study's state or settings, unless it was lost to another process."""
        if self.history is not None and self.study_id and not self._is_lost:
            self.history.update(self.study_id, state=state, settings=settings)

    def note(self, kind: str, detail: dict[str, Any]) -> None:
        """Store something that the user did; without a history it is kept in memory."""
        if self.history is not None and self.study_id:
            self.history.add_action(self.study_id, kind, detail)
        else:
            self._actions.append({"at": time.time(), "kind": kind, **detail})

    def note_edit(self, version: SpaceVersion, changes: list[dict[str, Any]]) -> None:
        """Store an edit of the space at once.

        Raises
        ------
        HistoryError
            The store is away, or another process has edited the space at the same time.
        """
        if self.history is not None and self.study_id:
            self.history.add_version(self.study_id, version, {"changes": changes})
            self._versions.add(version.number)

    def versions(self) -> tuple[SpaceVersion, ...]:
        """Return the stored versions of the space, oldest first."""
        if self.history is None or not self.study_id:
            return ()
        return tuple(self.history.versions(self.study_id))

    def actions(self) -> list[dict[str, Any]]:
        """Return what the user did, oldest first."""
        if self.history is None or not self.study_id:
            return self._actions
        return self.history.actions(self.study_id)

    def mark(self, number: int, **changes: Any) -> Marks:
        """Mark a trial, or as number 0 the study."""
        if self.history is None or not self.study_id:
            marked = self._marks.get(number, NO_MARKS).changed(**changes)
        else:
            marked = self.history.mark(self.study_id, number, **changes)
        # A new dict: the thread that runs the study reads the one before meanwhile.
        self._marks = {**self._marks, number: marked}
        return marked

    def marks(self) -> dict[int, Marks]:
        """Return all marks by number of the trial, those of the study as 0."""
        if self.history is not None and self.study_id:
            self._marks = self.history.marks(self.study_id)
        return dict(self._marks)

    def hints(self) -> tuple[frozenset[int], frozenset[int]]:
        """Return the numbers of the starred and of the excluded trials, as last seen."""
        marks = self._marks.items()
        starred = frozenset(number for number, one in marks if one.is_starred and number)
        return starred, frozenset(number for number, one in marks if one.is_excluded and number)

    def told(self, kinds: Sequence[str], after: int = 0) -> list[Action]:
        """Return the stored actions of these kinds with an id above `after`, oldest first."""
        if self.history is None or not self.study_id:
            return []
        return self.history.actions_of(self.study_id, kinds, after)

    def news(self) -> list[Trial]:
        """Return what was stored since the last look, by whichever process."""
        if self.history is None or not self.study_id:
            return []
        trials, self._revision = self.history.trials(self.study_id, after=self._revision)
        self._numbers.update(trial.number for trial in trials)
        return trials

    def new_version(self) -> SpaceVersion | None:
        """Return the latest space version if another process has stored it since the last look."""
        if self.history is None or not self.study_id:
            return None
        latest = self.history.versions(self.study_id)[-1]
        if latest.number in self._versions:
            return None
        self._versions.add(latest.number)
        return latest

    def _keep(
        self, history: History, is_over: threading.Event, on_lost: Callable[[], None]
    ) -> None:
        """Renew the claim until it is given up; a store that is away for a moment is no loss."""
        while not is_over.wait(LEASE_S / 5):
            try:
                history.beat(self.study_id, self._owner)
            except HistoryError:
                continue
            except StudyBusyError:
                if not is_over.is_set():
                    self._is_lost = True
                    on_lost()
                return
