"""What is selected, in words, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from html import escape

import panel as pn

from ..engine.metric import Metric
from ..engine.trial import Trial
from .selection_actions import code_of
from .stylesheets import BOX, BUTTON
from .text_panes import Markup, PlainText
from .theme import stylesheet

CLEAR, INVERT, UNDO = "Clear selection", "Invert", "Undo selection"
SEARCH, EXCLUDE, KIN, CODE = "Search here", "Exclude", "Family", "Code"
FILTER, ACT = "Filter", "Act"
MAX_CODE = 2_000


class SelectionBar(pn.viewable.Viewer):
    """One line about the selected trials, and the actions on them.

    Parameters
    ----------
    actions : mapping of str to callable
        What a click on each button does, by its label.
    drawers : mapping of str to callable
        What opens below the buttons, by the label of its own; made when it is first opened.
    """

    def __init__(
        self,
        actions: Mapping[str, Callable[[], None]],
        drawers: Mapping[str, Callable[[], pn.viewable.Viewer]],
    ) -> None:
        super().__init__()
        self._text = PlainText("", css_classes=["tb-note"], **BOX)
        self._message = PlainText("", css_classes=["tb-note"], visible=False, **BOX)
        self._code = Markup("", visible=False, stylesheets=[stylesheet("facts")], **_WIDE)
        self._buttons = {label: self._button(label, act) for label, act in actions.items()}
        self._code_button = self._button(CODE, self._toggle_code)
        self._drawers = dict(drawers)
        self._openers = {label: self._opener(label) for label in drawers}
        self._drawer = pn.Column(**BOX)
        self.open_drawer = ""
        self._selected: Sequence[Trial] = ()

    def describe(self, selected: Sequence[Trial], n_trials: int, metric: Metric) -> None:
        """Describe the selected ones of `n_trials` trials."""
        self._selected = selected
        for label, button in (*self._buttons.items(), (CODE, self._code_button)):
            if label != UNDO:
                button.disabled = not selected
        self._text.object = _words(selected, n_trials, metric)
        self._show_code(self._code.visible and bool(selected))

    def offer_undo(self, is_possible: bool) -> None:
        """Let the selection before be brought back, or not."""
        self._buttons[UNDO].disabled = not is_possible

    def say(self, message: str) -> None:
        """Say what an action has done, or why it has done nothing."""
        self._message.param.update(object=message, visible=bool(message))

    @property
    def text(self) -> str:
        """The line that is shown."""
        return str(self._text.object)

    @property
    def message(self) -> str:
        """What the last action has said."""
        return str(self._message.object)

    @property
    def code(self) -> str:
        """Python that picks out the selected trials."""
        return code_of([trial.number for trial in self._selected])

    def _button(self, label: str, act: Callable[[], None]) -> pn.widgets.Button:
        button = pn.widgets.Button(label=label, disabled=True, **BUTTON)
        button.on_click(lambda _event: act())
        return button

    def _opener(self, label: str) -> pn.widgets.Button:
        button = pn.widgets.Button(label=f"{label} ▾", **BUTTON)
        # A click may come without the document's lock, which new widgets may need.
        button.on_click(
            lambda _event: pn.state.execute(lambda: self.toggle_drawer(label), schedule=True)
        )
        return button

    def toggle_drawer(self, label: str) -> None:
        """Open a drawer in place of the one that is open, or close it."""
        self.open_drawer = "" if label == self.open_drawer else label
        with pn.io.hold():
            self._drawer[:] = [self._drawers[label]()] if self.open_drawer else []
            for name, button in self._openers.items():
                button.css_classes = ["tb-chosen"] if name == self.open_drawer else []

    def _toggle_code(self) -> None:
        self._show_code(not self._code.visible)

    def _show_code(self, is_shown: bool) -> None:
        text = escape(self.code[:MAX_CODE]) if is_shown else ""
        self._code.param.update(object=f"<pre>{text}</pre>", visible=is_shown)

    def __panel__(self) -> pn.viewable.Viewable:
        *others, clear = self._buttons.values()
        head = pn.Row(self._text, clear, css_classes=["tb-between"], **BOX)
        # Always there, or the plots would move down under the mouse at each selection.
        actions = pn.Row(
            *self._openers.values(), *others, self._code_button, css_classes=["tb-buttons"], **BOX
        )
        return pn.Column(head, actions, self._drawer, self._message, self._code, **BOX)


def _words(selected: Sequence[Trial], n_trials: int, metric: Metric) -> str:
    if not n_trials:
        return "Each finished trial becomes one point in every plot."
    if not selected:
        return (
            "Drag over any plot, or click rows of the table, to select the same trials everywhere."
        )
    words = f"{len(selected)} of {n_trials} trials selected"
    scored = [(trial.score, trial) for trial in selected if trial.score is not None]
    if not scored:
        return f"{words}, none with a score"
    score, best = max(scored, key=lambda pair: pair[0])
    return f"{words}, best {metric.label} {metric.shown(score):.4g} in trial {best.number}"


_WIDE = {"sizing_mode": "stretch_width", "margin": 0}
