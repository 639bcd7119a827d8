"""What other processes ask of a running study: rows in the store, picked up within a second."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from .errors import HistoryError, StudyError
from .history import Action
from .ledger import ENQUEUE, Ledger

REQUEST, ANSWER = "request", "answer"
KINDS = (REQUEST, ENQUEUE)

_EVERY_S = 0.25
_N_AGAIN = 64
"""So many rows are read again: a row of another connection may come late under a lower id."""


class RequestWatch:
    """Hands new requests to the study that runs here, each once, in a thread of its own.

    What was asked before this object was made meant an earlier run, and is left alone.

    Parameters
    ----------
    ledger : Ledger
        Where the requests are stored.
    take : function
        Called with each request; it must not raise.
    """

    def __init__(self, ledger: Ledger, take: Callable[[Action], None]) -> None:
        self._ledger, self._take = ledger, take
        self._is_over = threading.Event()
        self._thread: threading.Thread | None = None
        self._seen = {one.id for one in ledger.told(KINDS)}

    def start(self) -> None:
        """Look for requests until `stop`."""
        if self._ledger.history is not None:
            self._thread = threading.Thread(target=self._watch, name="requests", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Look no more; returns when the request that is being taken has its answer.

        The process may end next, and whoever asked it to would wait in vain.
        """
        self._is_over.set()
        if self._thread is not None:
            self._thread.join()

    def _watch(self) -> None:
        while not self._is_over.wait(_EVERY_S):
            after = max(0, max(self._seen, default=0) - _N_AGAIN)
            try:
                told = self._ledger.told(KINDS, after)
            except HistoryError:  # away for a moment: the rows are still there afterwards
                continue
            for one in told:
                if one.id not in self._seen:
                    self._seen.add(one.id)
                    self._take(one)


def ask(ledger: Ledger, what: str, detail: dict[str, Any], timeout_s: float) -> str:
    """Store a request and wait for the answer of the process that runs the study.

    Raises
    ------
    StudyError
        It was refused there, or not answered in time.
    """
    key = uuid.uuid4().hex
    ledger.note(REQUEST, {"key": key, "what": what, **detail})
    give_up_at = time.monotonic() + timeout_s
    while time.monotonic() < give_up_at:
        for one in ledger.told((ANSWER,)):
            if one.detail["key"] == key:
                if one.detail["is_done"]:
                    return str(one.detail["message"])
                raise StudyError(str(one.detail["message"]), name="Study.request")
        time.sleep(_EVERY_S / 2)
    message = (
        f"The request to {what} was not answered within {timeout_s:g} s. The study may have ended "
        "meanwhile: look at its status."
    )
    raise StudyError(message, name="Study.request", value=what)
