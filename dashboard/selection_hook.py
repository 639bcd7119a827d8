"""A function of the user's that runs again whenever the selection changes or a trial finishes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Selected = Callable[[Any], Any]


class SelectionHook:
    """A function that is called with the selected trials, until it is stopped.

    Parameters
    ----------
    function : function
        Called with the DataFrame of the selected trials; calling the hook calls it as well.

    Examples
    --------
    >>> seen = []
    >>> hook = SelectionHook(seen.append)
    >>> hook.follow("state", lambda: "a table")
    >>> hook.follow("state", lambda: "a table")
    >>> hook.stop()
    >>> hook.follow("another", lambda: "a table")
    >>> seen
    ['a table']
    """

    def __init__(self, function: Selected) -> None:
        self._function = function
        self._seen: Any = None
        self.is_on = True
        self.error = ""

    def __call__(self, selected: Any) -> Any:
        """Call the function by hand."""
        return self._function(selected)

    def stop(self) -> None:
        """Call the function no more; `start` goes on with it."""
        self.is_on = False

    def start(self) -> None:
        """Call the function again: now, and whenever something changes."""
        self.is_on, self.error, self._seen = True, "", None

    def follow(self, state: Any, selected: Callable[[], Any]) -> None:
        """Call the function if `state` is another one than at the last call.

        A function that fails is stopped: it would fail again with every trial. `error` then
        says why.
        """
        if not self.is_on or state == self._seen:
            return
        self._seen = state
        try:
            self._function(selected())
        except Exception as error:  # noqa: BLE001 - the user's code may fail in any way
            self.stop()
            name = getattr(self._function, "__name__", "the function")
            self.error = (
                f"{name} was switched off: {type(error).__name__}: {error}. Correct it, and "
                "decorate it again."
            )
