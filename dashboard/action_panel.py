"""The drawer of actions on the selected trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import panel as pn

from .stylesheets import BOX, BUTTON, WIDGETS
from .trial_actions import TrialActions


class ActionPanel(pn.viewable.Viewer):
    """The drawer behind "Act"; made when it is first opened.

    Parameters
    ----------
    actions : TrialActions
        What a click does.
    """

    def __init__(self, actions: TrialActions) -> None:
        super().__init__()
        self._count = pn.widgets.IntInput(label="How many", value=5, start=1, end=100, **_field(80))
        self._words = pn.widgets.TextInput(label="Tag or note", placeholder="final", **_field(180))
        around = _button("Enqueue around", lambda: actions.enqueue_around(self._count.value or 1))
        self._row_of_runs = [self._count, around, _button("Promote", actions.promote)]
        self._row_of_words = [
            self._words,
            _button("Add tag", lambda: self._with_words(actions.tag)),
            _button("Write note", lambda: self._with_words(actions.annotate)),
            _button("Star", actions.star),
        ]
        # The label in full: the browser's own would name the file.
        csv = pn.widgets.FileDownload(
            callback=actions.csv, filename="trials.csv", label="Export CSV", **_BUTTON
        )
        self._row_of_exports = [csv, _button("Voting model", actions.vote)]

    def _with_words(self, act: Callable[[str], None]) -> None:
        words = (self._words.value or "").strip()
        if words:
            act(words)

    def __panel__(self) -> pn.viewable.Viewable:
        rows = (*self._row_of_runs, *self._row_of_words, *self._row_of_exports)
        return pn.Row(*rows, css_classes=["tb-fields", "tb-wrap"], **BOX)


_BUTTON: dict[str, Any] = {**BUTTON, "margin": (0, 8, 8, 0)}


def _button(label: str, act: Callable[[], None]) -> pn.widgets.Button:
    button = pn.widgets.Button(label=label, **_BUTTON)
    # A click may come without the document's lock, which the plots' source needs.
    button.on_click(lambda _event: pn.state.execute(act, schedule=True))
    return button


def _field(width: int) -> dict[str, Any]:
    return {**WIDGETS, "sizing_mode": "fixed", "width": width, "margin": (0, 12, 8, 0)}
