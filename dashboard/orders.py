"""What the user has asked for that takes time: done beside the page, in the order given."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple

from .background import Background


class _Order(NamedTuple):
    words: str
    then: Callable[[Any], None]


class Orders:
    """Does one thing after the other in a thread; the page takes the outcomes when it polls."""

    def __init__(self) -> None:
        self._background = Background()
        self._names = map(str, count(1))
        self._waiting: dict[str, _Order] = {}

    @property
    def words(self) -> str:
        """What is being done; empty where nothing is."""
        return next((one.words for one in self._waiting.values()), "")

    def give(
        self, words: str, job: Callable[[], Any], then: Callable[[Any], None] = lambda _: None
    ) -> None:
        """Have `job()` done; `then` is given what it returned, by `poll`.

        Parameters
        ----------
        words : str
            What is being done, for the user: "Connecting to ...".
        job : function
            Called in the thread; it touches nothing of the page.
        then : function
            Called in the thread of `poll`.
        """
        name = next(self._names)
        self._waiting[name] = _Order(words, then)
        # In a tuple: what a job returns may be None, as the lack of an outcome is.
        self._background.submit(lambda: (job(),), name, is_asked=True)

    def poll(self) -> None:
        """Take what has been done.

        Raises
        ------
        TuneboardError
            Why an order was refused; the others wait for the next call.
        """
        for name in list(self._waiting):
            try:
                outcome = self._background.take(name)
            except Exception:
                del self._waiting[name]
                raise
            if outcome is not None:
                self._waiting.pop(name).then(outcome[0])
