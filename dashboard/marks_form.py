"""What the user says of a study or of a trial: star, tags, a note, and whether it counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn

from ..engine.marks import Marks
from .stylesheets import BOX, BUTTON, WIDGETS

STAR, NO_STAR = "★ Starred", "☆ Star"


class MarksForm(pn.viewable.Viewer):
    """Widgets for the marks of one study, or of one trial.

    Parameters
    ----------
    on_change : function
        Called with the changes as `History.mark` takes them.
    of_trial : bool
        Whether it is a trial, which can be excluded; a study can be archived.
    """

    def __init__(
        self, on_change: Callable[[dict[str, Any]], None], *, of_trial: bool = False
    ) -> None:
        super().__init__()
        self._on_change = on_change
        self._is_showing = False
        self._suffix = " trial" if of_trial else ""
        word = " of the trial" if of_trial else ""
        self._star = pn.widgets.Toggle(label=NO_STAR + self._suffix, **BUTTON)
        self._out_name = "is_excluded" if of_trial else "is_archived"
        self._out = pn.widgets.Toggle(label="Exclude" if of_trial else "Archive", **BUTTON)
        self._tags = pn.widgets.TextInput(
            label=f"Tags{word}", placeholder="churn, final", **WIDGETS
        )
        self._note = pn.widgets.TextAreaInput(label=f"Note{word}", rows=2, **WIDGETS)
        buttons = pn.Row(self._star, self._out, css_classes=["tb-buttons"], **BOX)
        self._form = pn.Column(buttons, self._tags, self._note, visible=False, **BOX)
        for widget, name in (
            (self._star, "is_starred"),
            (self._out, self._out_name),
            (self._tags, "tags"),
            (self._note, "note"),
        ):
            widget.param.watch(lambda event, name=name: self._changed(name, event.new), "value")

    def show_marks(self, marks: Marks, *, is_enabled: bool) -> None:
        """Show the marks of what is on the page; what is not stored has none, and no form."""
        self._form.visible = is_enabled
        self._is_showing = True
        try:
            star = (STAR if marks.is_starred else NO_STAR) + self._suffix
            self._star.param.update(value=marks.is_starred, label=star)
            self._out.value = getattr(marks, self._out_name)
            if tags_of(self._tags.value or "") != marks.tags:
                self._tags.value = ", ".join(marks.tags)
            if self._note.value != marks.note:
                self._note.value = marks.note
        finally:
            self._is_showing = False

    def _changed(self, name: str, value: Any) -> None:
        if not self._is_showing:
            self._on_change({name: tags_of(value) if name == "tags" else value})

    def __panel__(self) -> pn.viewable.Viewable:
        return self._form


def tags_of(text: str) -> tuple[str, ...]:
    """Read tags as people write them, with commas between."""
    return tuple(dict.fromkeys(tag for one in text.split(",") if (tag := one.strip())))
