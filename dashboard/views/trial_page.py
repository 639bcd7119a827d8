"""The page of one trial: its values, what changed, its folds, its log and how to rebuild it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass
from html import escape
from typing import Any

import panel as pn

from ...engine.errors import TuneboardError
from ...engine.objective import Examination
from ...engine.trial import Trial
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..examination_text import examination_text
from ..stylesheets import BOX, BUTTON
from ..text_panes import Markup
from ..theme import stylesheet
from ..trial_record import trial_record
from ..trial_source import TrialSource

NONE_CHOSEN = "Select a trial in any plot or in the table to see all of it here."
EXAMINE = "Examine: predictions, examples, more rows"
N_KEPT = 20


@dataclass(frozen=True)
class Examined:
    """What came of an examination: HTML, or why there is none."""

    number: int
    found: Examination | None
    why_none: str = ""


class TrialPage(ComputedView):
    """One trial in full: the one selected, or the first of several; without one, the best.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    on_use : callable
        Told the trial whose values shall become the current ones.
    examine : callable
        Examines the trial of a number, in a thread of its own; see `Study.examine`.
    """

    _asked: tuple[int, Future[Examined]] | None

    def __init__(
        self,
        trials: TrialSource,
        on_use: Callable[[Trial], None],
        examine: Callable[[int], Examination],
    ) -> None:
        self._on_use, self._examine = on_use, examine
        self.trial: Trial | None = None
        self._asked = None
        self._known: dict[int, Examined] = {}
        super().__init__(trials)
        trials.on_select(lambda _numbers: self.follow())

    @property
    def choices(self) -> Hashable:
        """The examination that was asked for, and whether it is there."""
        return None if self._asked is None else (self._asked[0], self._asked[1].done())

    def work(self, moment: Moment) -> Job:
        """Return what has come of the examination that was asked for."""
        if self._asked is None or not self._asked[1].done():
            return lambda: None
        return self._asked[1].result

    def show(self, outcome: Examined) -> None:  # type: ignore[override]
        """Show an examination below the record of its trial."""
        self._known[outcome.number] = outcome
        self._known = dict(list(self._known.items())[-N_KEPT:])
        self._asked = None
        self._show_examination()

    def follow(self) -> None:
        """Show the selected trial as it is now."""
        super().follow()
        chosen = self.trials.selected_trials
        self.show_trial(chosen[0] if chosen else self.trials.best)

    def show_trial(self, trial: Trial | None) -> None:
        """Show a trial in place of the one before."""
        if trial is self.trial and self._text.object:
            return
        self.trial = trial
        self._use.disabled = trial is None
        self._text.object = (
            f"<p>{NONE_CHOSEN}</p>" if trial is None else trial_record(trial, self.trials)
        )
        self._show_examination()

    def examine(self) -> None:
        """Examine the trial that is shown, in the background."""
        trial = self.trial
        if trial is None or self._asked is not None:
            return
        future: Future[Examined] = Future()
        # Of its own: fitting models anew would keep all other views waiting.
        run = threading.Thread(target=lambda: future.set_result(self._examined(trial.number)))
        run.daemon = True
        self._asked = (trial.number, future)
        run.start()
        self._show_examination()

    def _examined(self, number: int) -> Examined:
        try:
            return Examined(number, self._examine(number))
        except TuneboardError as error:
            return Examined(number, None, str(error))
        except Exception as error:  # noqa: BLE001 (the user's model may fail in any way)
            return Examined(number, None, f"{type(error).__name__}: {error}")

    def _show_examination(self) -> None:
        number = None if self.trial is None else self.trial.number
        known = None if number is None else self._known.get(number)
        is_busy = self._asked is not None
        self._ask.param.update(
            disabled=number is None or known is not None or is_busy,
            label="Examining …" if is_busy else EXAMINE,
        )
        text = ""
        if known is not None and known.found is not None:
            text = examination_text(known.found, self.trials.metric)
        elif known is not None:
            text = f"<p>{escape(known.why_none)}</p>"
        self._below.param.update(object=text, visible=bool(text))

    def _why_empty(self) -> str:
        return ""

    def _body(self) -> pn.viewable.Viewable:
        self._text, self._below = (
            Markup("", stylesheets=[stylesheet("facts")], **_WIDE) for _ in range(2)
        )
        self._use = pn.widgets.Button(label="Use its values", disabled=True, **BUTTON)
        self._use.on_click(self._clicked)
        self._ask = pn.widgets.Button(label=EXAMINE, disabled=True, **BUTTON)
        self._ask.on_click(lambda _event: self.examine())
        row = pn.Row(self._use, self._ask, css_classes=["tb-buttons"], **BOX)
        return pn.Column(row, self._text, self._below, **BOX)

    def _clicked(self, _event: Any) -> None:
        if self.trial is not None:
            self._on_use(self.trial)


_WIDE = {"sizing_mode": "stretch_width", "margin": 0}
