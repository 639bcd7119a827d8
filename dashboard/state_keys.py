"""The key to the convergence states: what each colour is, how many, and a click selects them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import panel as pn

from ..engine.analysis.learning_curve import CurveState
from .state_colors import state_colors
from .stylesheets import BOX
from .text_panes import PlainText
from .theme import stylesheet

HINT = {**BOX, "sizing_mode": None, "margin": (3, 8, 0, 0)}


class StateKeys(pn.viewable.Viewer):
    """One button per convergence state that any trial has.

    Parameters
    ----------
    on_choose : callable
        Told the numbers of the trials in the state that was clicked.
    """

    def __init__(self, on_choose: Callable[[tuple[int, ...]], None]) -> None:
        super().__init__()
        self._on_choose = on_choose
        self.trials: Mapping[CurveState, Sequence[int]] = {}
        self.buttons = {state: self._button(state) for state in CurveState}
        hint = PlainText("Select:", css_classes=["tb-note"], **HINT)
        self._row = pn.Row(hint, *self.buttons.values(), visible=False, **BOX)
        self.paint(False)

    def show_trials(self, trials: Mapping[CurveState, Sequence[int]]) -> None:
        """Show how many trials are in each state."""
        self.trials = trials
        for state, button in self.buttons.items():
            n = len(trials.get(state, ()))
            button.param.update(label=f"{n} {state.value}", visible=n > 0)
        self._row.visible = any(trials.values())

    def paint(self, is_dark: bool) -> None:
        """Set the colours of the mode."""
        for button, color in zip(self.buttons.values(), state_colors(is_dark), strict=True):
            dot = (
                ".bk-btn::before{content:'';display:inline-block;width:9px;height:9px;"
                f"margin-right:6px;border-radius:50%;background:{color}}}"
            )
            button.stylesheets = [stylesheet("link"), dot]

    def _button(self, state: CurveState) -> pn.widgets.Button:
        button = pn.widgets.Button(label=state.value, visible=False, margin=(0, 14, 0, 0))
        button.on_click(lambda _event: self._on_choose(tuple(self.trials.get(state, ()))))
        return button

    def __panel__(self) -> pn.viewable.Viewable:
        return self._row
