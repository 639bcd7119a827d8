"""What stands in the page, as code to copy: the study's set-up and the selection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn

from .copy_button import copy_button
from .stylesheets import BOX, BUTTON
from .text_panes import PlainText


class CodeCard(pn.viewable.Viewer):
    """Shows code on request, with a button that copies it.

    Parameters
    ----------
    **writers : function
        By the labels of the buttons, with underscores for blanks: returns the code.
    """

    def __init__(self, **writers: Callable[[], str]) -> None:
        super().__init__()
        self._writers = {label.replace("_", " "): write for label, write in writers.items()}
        self._shown = ""
        self._state: Any = None
        self._code = PlainText("", css_classes=["tb-code"], visible=False, **BOX)
        # Holds the text for the browser; a pane has it only as HTML.
        self._held = pn.widgets.TextInput(visible=False)
        self._buttons = {label: self._button(label) for label in self._writers}
        self._copy = copy_button(self._held, visible=False, color="primary")

    @property
    def text(self) -> str:
        """The code that is shown; empty where none is."""
        return str(self._held.value)

    def toggle(self, label: str) -> None:
        """Show the code of a button, or hide it again."""
        self._shown = "" if self._shown == label else label
        self.refresh()

    def follow(self, state: Any) -> None:
        """Write the code anew where `state` is another one than before."""
        if state != self._state:
            self._state = state
            self.refresh()

    def refresh(self) -> None:
        """Write the code that is shown anew."""
        code = self._writers[self._shown]() if self._shown else ""
        if code != self._held.value:
            self._held.value = code
            self._code.object = code
        self._code.visible = self._copy.visible = bool(code)

    def _button(self, label: str) -> Any:
        button = pn.widgets.Button(label=label, **BUTTON)
        button.on_click(lambda _event: self.toggle(label))
        return button

    def __panel__(self) -> pn.viewable.Viewable:
        buttons = pn.Row(*self._buttons.values(), self._copy, css_classes=["tb-buttons"], **BOX)
        return pn.Column(buttons, self._code, self._held, **BOX)
