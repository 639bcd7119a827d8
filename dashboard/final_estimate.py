"""The final estimate: the score on rows that no trial has seen, locked until it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import panel as pn

from ..engine.study import Study
from .option_fields import group
from .stylesheets import BOX, BUTTON, WIDGETS
from .text_panes import PlainText

_LOCK = "My choice is made"


class FinalEstimate:
    """Unlocks the rows held out, once the user has said that the choice is made.

    Parameters
    ----------
    holdout : widget
        The input of the share that is held out.
    on_ask : function
        Called when the estimate is wanted.
    """

    def __init__(self, holdout: Any, on_ask: Callable[[], None]) -> None:
        self._holdout = holdout
        # A group of one: a single box of Panel's has no name for a screen reader.
        self._lock = pn.widgets.CheckBoxGroup(options=[_LOCK], disabled=True, **WIDGETS)
        self._button = pn.widgets.Button(label="Final estimate", disabled=True, **BUTTON)
        self._button.on_click(lambda _event: on_ask())
        self._lock.param.watch(self._unlock, "value")
        self._note = PlainText("", css_classes=["tb-note"], visible=False, **BOX)
        self._state: tuple[Any, ...] = ()

    @property
    def note(self) -> str:
        """The estimate, or why there is none."""
        return str(self._note.object)

    def follow(self, study: Study) -> None:
        """Show whether it can be asked for, and what has been told before."""
        has_best = study.progress().best is not None
        can_ask = bool(study.settings.holdout) and has_best and not study.state.is_active
        state = (study.id, can_ask)
        if state == self._state:
            return
        self._state = state
        self._lock.param.update(disabled=not can_ask, value=[])
        self._unlock()
        told = (
            [one for one in study.actions() if one["kind"] == "final estimate"] if can_ask else []
        )
        if told:
            scores = {name: one for name, one in told[-1].items() if name not in _ABOUT}
            self.tell(told[-1]["trial"], scores)
        else:
            self._note.param.update(object="", visible=False)

    def tell(self, trial: int, scores: Mapping[str, float]) -> None:
        """Show an estimate."""
        words = ", ".join(f"{name} {score:.4g}" for name, score in scores.items())
        self._note.param.update(object=f"Trial {trial} on the rows held out: {words}", visible=True)

    def group(self) -> pn.Column:
        """Return the inputs."""
        return group(
            "Rows held out",
            "For one honest number in the end: who chooses by it has used these rows up.",
            self._holdout,
            self._lock,
            pn.Row(self._button, css_classes=["tb-buttons"], **BOX),
            self._note,
        )

    def _unlock(self, *_events: Any) -> None:
        self._button.disabled = self._lock.disabled or not self._lock.value


_ABOUT = ("at", "kind", "trial")
