"""Work off the page's thread: of each kind the newest request wins, older ones are dropped."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

_REST = 4.0

Job = Callable[[], Any]


class Background:
    """Runs one job at a time in a thread; the page asks for the outcome when it polls.

    A job that took t seconds is followed by a rest of 4 t, so that a page that follows a
    running study never takes more than a fifth of a core. What the user has asked for does not
    wait for that.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._asked: list[str] = []
        self._outcomes: dict[str, tuple[Any, Exception | None]] = {}
        self._thread: threading.Thread | None = None
        self._is_asked = threading.Event()

    def submit(self, job: Job, kind: str = "", *, is_asked: bool = False) -> None:
        """Run `job()`, in place of any of its kind that is still waiting.

        Those that the user has asked for come first.
        """
        with self._lock:
            self._jobs[kind] = job
            if is_asked:
                self._asked.append(kind)
                self._is_asked.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, daemon=True)
                self._thread.start()

    def take(self, kind: str = "") -> Any:
        """Return what the latest finished job of a kind gave, once; None if nothing is new.

        Raises
        ------
        Exception
            What the job raised, in the caller's thread.
        """
        with self._lock:
            outcome, error = self._outcomes.pop(kind, (None, None))
        if error is not None:
            raise error
        return outcome

    def _run(self) -> None:
        while True:
            with self._lock:
                if not self._jobs:
                    self._thread = None
                    return
                kind, job = self._next()
            began = time.monotonic()
            outcome, error = None, None
            try:
                outcome = job()
            except Exception as raised:  # noqa: BLE001 (raised again in the page's thread)
                error = raised
            with self._lock:
                self._outcomes[kind] = outcome, error
            self._is_asked.wait(_REST * (time.monotonic() - began))

    def _next(self) -> tuple[str, Job]:
        asked = [kind for kind in self._asked if kind in self._jobs]
        kind = asked[0] if asked else next(iter(self._jobs))
        self._asked = asked[1:]
        if not self._asked:
            self._is_asked.clear()
        return kind, self._jobs.pop(kind)
