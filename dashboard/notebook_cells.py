"""The cells of the notebook that this kernel runs for, as the user sees them now.

The JupyterLab extension in `labextension/` answers over a comm. All is by callback: what the
notebook says waits while a cell runs, and so would whoever waited for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from .notebook import is_notebook

TARGET = "tuneboard"
"""What the extension listens to."""

Answer = Callable[[str, str], None]
"""Called with "done", "conflict", "missing" or "read only", and the guilty cell."""

_OTHER_TAB = "This notebook is open in two tabs: the board goes by the one edited last."
_PATIENCE_S = 5
_READ_ONLY = "This notebook is read-only. Copy the change instead."


class NotebookCells:
    """Reads and replaces cells of the notebook.

    Nothing is known before the notebook has answered: `is_linked` is False for good where it
    has no extension of ours, or is no JupyterLab and no Notebook 7.
    """

    def __init__(self) -> None:
        self._comm: Any = None
        self._lock = threading.Lock()
        self._cells: list[dict[str, Any]] = []
        self._client = ""
        self._others: set[str] = set()
        self._is_read_only = self._has_panel = False
        self._answers: dict[int, Answer] = {}
        self._n_requests = 0
        self._waiting: list[Callable[[], None]] = []
        self._callbacks: list[Callable[[], None]] = []
        self._loop: Any = None
        self._asked_at = 0.0

    @property
    def is_linked(self) -> bool:
        """Whether the notebook answers."""
        return self._comm is not None and bool(self._client)

    @property
    def is_absent(self) -> bool:
        """Whether nobody answers: no link, or none within some seconds."""
        if self._comm is None:
            return True
        return not self._client and time.monotonic() - self._asked_at > _PATIENCE_S

    @property
    def has_panel(self) -> bool:
        """Whether the page of the notebook has Panel's files."""
        return self._has_panel

    @property
    def notice(self) -> str:
        """What the user should know of the link, in one sentence; mostly empty."""
        if self._is_read_only:
            return _READ_ONLY
        return _OTHER_TAB if self._others else ""

    @property
    def can_write(self) -> bool:
        """Whether cells can be replaced."""
        return self.is_linked and not self._is_read_only

    @property
    def texts(self) -> dict[str, str]:
        """The code cells by id, in their order."""
        with self._lock:
            return {one["id"]: one["source"] for one in self._cells if one["type"] == "code"}

    def connect(self, comm: Any = None) -> None:
        """Ask the notebook for a link; what comes of it is told to `on_change`.

        Parameters
        ----------
        comm : Comm, optional
            What leads to the notebook; a new one of this kernel without it.
        """
        if self._comm is not None:
            return
        self._asked_at = time.monotonic()
        self._comm = self._kernel_comm() if comm is None else comm
        self._comm.on_msg(self._heard)
        self._comm.on_close(self._closed)

    def _kernel_comm(self) -> Any:
        from comm import create_comm
        from tornado.ioloop import IOLoop

        self._loop = IOLoop.current()
        return create_comm(target_name=TARGET, data={})

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback()` in the kernel's own thread after each change; returns what stops it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def replace(self, edits: Mapping[str, tuple[str, str]], answer: Answer) -> None:
        """Give cells new texts: all, or none where one has been edited meanwhile.

        Parameters
        ----------
        edits : mapping of str to (str, str)
            By id, the text that was read and the new one.
        answer : function
            See `Answer`.
        """
        listed = [
            {"id": cell, "before": before, "after": after}
            for cell, (before, after) in edits.items()
        ]
        self._request(answer, kind="replace", edits=listed)

    def insert(self, source: str, after: str, answer: Answer) -> None:
        """Put a new code cell behind another, or at the end where that is gone."""
        self._request(answer, kind="insert", source=source, after=after)

    def show(self, bundles: Callable[[bool], list[dict[str, Any]]]) -> None:
        """Show MIME bundles beside the cells, as soon as the notebook answers.

        Parameters
        ----------
        bundles : function
            Gives them; called with whether the page has Panel's files.
        """

        def send() -> None:
            self._send(kind="show", bundles=bundles(self._has_panel))

        if self.is_linked:
            # Asked again: the page may have been loaded anew since it answered last.
            self._waiting.append(send)
            self._send(kind="ask")
        else:
            self._waiting.append(send)

    def _request(self, answer: Answer, **message: Any) -> None:
        if not self.can_write:
            answer("read only", "")
            return
        with self._lock:
            self._n_requests += 1
            number = self._n_requests
            self._answers[number] = answer
        self._send(request=number, **message)

    def _send(self, **message: Any) -> None:
        if self._comm is not None:
            self._comm.send({"to": self._client, **message})

    def _heard(self, message: Any) -> None:
        """Take in a message of the notebook; it comes in a thread of its own."""
        data = message["content"]["data"]
        if data.get("kind") == "cells":
            self._take_in(data)
        elif data.get("kind") == "answer":
            with self._lock:
                answer = self._answers.pop(data["request"], None)
            if answer is not None:
                self._call(lambda: answer(data["outcome"], data["id"]))

    def _take_in(self, data: dict[str, Any]) -> None:
        client = data["client"]
        if data["reason"] == "asked" and self._client not in ("", client):
            self._others.add(client)
            self._call(self._tell)
            return
        with self._lock:
            before, self._client = self._client, client
            self._cells = data["cells"]
            self._is_read_only, self._has_panel = data["isReadOnly"], data["hasPanel"]
        if before not in ("", client):
            # Those that are still there answer; a tab that was closed or loaded anew does not.
            self._others.clear()
            self._send(kind="ask")
        self._call(self._changed)

    def _changed(self) -> None:
        waiting, self._waiting = self._waiting, []
        for send in waiting:
            send()
        self._tell()

    def _tell(self) -> None:
        for callback in list(self._callbacks):
            callback()

    def _closed(self, _message: Any) -> None:
        self._comm, self._client, self._cells = None, "", []
        self._call(self._tell)

    def _call(self, function: Callable[[], None]) -> None:
        if self._loop is None:
            function()
        else:
            self._loop.add_callback(function)


@cache
def notebook_cells() -> NotebookCells:
    """Return the cells of this kernel's notebook, linked on the first call in a kernel."""
    cells = NotebookCells()
    if is_notebook():
        cells.connect()
    return cells
