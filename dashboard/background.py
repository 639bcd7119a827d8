"""Work off the page's thread: the newest request wins, older ones are dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

_REST = 4.0


class Background:
    """Runs one job at a time in a thread; the page asks for the outcome when it polls.

    A job that took t seconds is followed by a rest of 4 t, so that a page that follows a
    running study never takes more than a fifth of a core.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._job: Callable[[], Any] | None = None
        self._outcome: Any = None
        self._error: Exception | None = None
        self._thread: threading.Thread | None = None

    def submit(self, job: Callable[[], Any]) -> None:
        """Run `job()` next, in place of any that is still waiting."""
        with self._lock:
            self._job = job
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def take(self) -> Any:
        """Return what the latest finished job gave, once; None if there is nothing new.

        Raises
        ------
        Exception
            What the job raised, in the caller's thread.
        """
        with self._lock:
            outcome, error = self._outcome, self._error
            self._outcome = self._error = None
        if error is not None:
            raise error
        return outcome

    def _run(self) -> None:
        while True:
            with self._lock:
                job, self._job = self._job, None
                if job is None:
                    self._thread = None
                    return
            began = time.monotonic()
            outcome, error = None, None
            try:
                outcome = job()
            except Exception as raised:  # noqa: BLE001 (raised again in the page's thread)
                error = raised
            with self._lock:
                self._outcome, self._error = outcome, error
            time.sleep(_REST * (time.monotonic() - began))
