"""Which columns of the trials table are shown, and how that is kept with the study."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import panel as pn

from .stylesheets import BOX, BUTTON

COLUMNS = "columns"
"""The kind of action that keeps it."""


def kept_hidden(actions: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the columns hidden last; data of another shape hides none."""
    kept = [one.get("hidden") for one in actions if one.get("kind") == COLUMNS]
    hidden = kept[-1] if kept else ()
    if not isinstance(hidden, list) or not all(isinstance(one, str) for one in hidden):
        return ()
    return tuple(hidden)


class ColumnChooser:
    """A button that opens a tick box per column.

    Parameters
    ----------
    hidden : iterable of str
        The columns that are not shown.
    on_change : callable
        Told the hidden columns when the user has chosen.

    Attributes
    ----------
    button, choices : panel objects
        What opens the boxes, and the boxes.
    hidden : tuple of str
        The columns that are not shown.
    """

    def __init__(self, hidden: Iterable[str], on_change: Callable[[tuple[str, ...]], None]) -> None:
        self.hidden = tuple(hidden)
        self._on_change = on_change
        self._is_offering = False
        self.button = pn.widgets.Button(label="Columns", **{**BUTTON, "margin": (19, 8, 0, 8)})
        self.button.on_click(self._toggle)
        self._boxes = pn.widgets.CheckBoxGroup(options={}, inline=True, **BOX)
        self._boxes.param.watch(self._chosen, "value")
        self.choices = pn.Column(self._boxes, visible=False, **BOX)

    def offer(self, columns: Mapping[str, str]) -> None:
        """Offer these columns: their titles by field."""
        options: dict[str, str] = {}
        for field, title in columns.items():
            options[f"{title} ({field})" if title in options else title] = field
        if options == self._boxes.options:
            return
        self._is_offering = True
        try:
            shown = [field for field in columns if field not in self.hidden]
            self._boxes.param.update(options=options, value=shown)
        finally:
            self._is_offering = False

    def choose(self, fields: Iterable[str]) -> None:
        """Show these of the columns on offer."""
        self._boxes.value = list(fields)

    def _toggle(self, _event: Any) -> None:
        self.choices.visible = not self.choices.visible

    def _chosen(self, event: Any) -> None:
        if self._is_offering:
            return
        offered = set(self._boxes.options.values())
        # What is not on offer now, such as a hyper-parameter switched off, stays as it was.
        away = [field for field in self.hidden if field not in offered]
        unchecked = [one for one in self._boxes.options.values() if one not in event.new]
        self.hidden = (*away, *unchecked)
        self._on_change(self.hidden)
