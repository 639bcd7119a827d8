"""What the user says of the study on the page: star, archive, tags and a note."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn

from ..engine.marks import Marks
from .stylesheets import BOX, BUTTON, WIDGETS


class StudyNotes(pn.viewable.Viewer):
    """Widgets for the marks of one study.

    Parameters
    ----------
    on_change : function
        Called with the changes as `History.mark` takes them.
    """

    def __init__(self, on_change: Callable[[dict[str, Any]], None]) -> None:
        super().__init__()
        self._on_change = on_change
        self._is_showing = False
        self._star = pn.widgets.Toggle(label="★ Star", **BUTTON)
        self._archive = pn.widgets.Toggle(label="Archive", **BUTTON)
        self._tags = pn.widgets.TextInput(label="Tags", placeholder="churn, final", **WIDGETS)
        self._note = pn.widgets.TextAreaInput(label="Note", rows=2, **WIDGETS)
        self._buttons = pn.Row(self._star, self._archive, css_classes=["tb-buttons"], **BOX)
        for widget, name in (
            (self._star, "is_starred"),
            (self._archive, "is_archived"),
            (self._tags, "tags"),
            (self._note, "note"),
        ):
            widget.param.watch(lambda event, name=name: self._changed(name, event.new), "value")

    def show_marks(self, marks: Marks, *, is_enabled: bool) -> None:
        """Show the marks of the study on the page; one that is not stored has none."""
        self._is_showing = True
        try:
            self._star.param.update(value=marks.is_starred, disabled=not is_enabled)
            self._archive.param.update(value=marks.is_archived, disabled=not is_enabled)
            if _tags_of(self._tags.value or "") != marks.tags:
                self._tags.value = ", ".join(marks.tags)
            if self._note.value != marks.note:
                self._note.value = marks.note
            self._tags.disabled = self._note.disabled = not is_enabled
        finally:
            self._is_showing = False

    def _changed(self, name: str, value: Any) -> None:
        if not self._is_showing:
            self._on_change({name: _tags_of(value) if name == "tags" else value})

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Column(self._buttons, self._tags, self._note, **BOX)


def _tags_of(text: str) -> tuple[str, ...]:
    """Read tags as people write them, with commas between."""
    return tuple(dict.fromkeys(tag for one in text.split(",") if (tag := one.strip())))
