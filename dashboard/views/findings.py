"""The findings: what there is to say about the search, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import panel as pn

from ...engine.analysis.curves import learning_curves
from ...engine.analysis.diagnosis import diagnose
from ...engine.analysis.finding import Finding
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..stylesheets import BOX
from ..text_panes import Markup
from ..theme import stylesheet
from ..trial_source import TrialSource

PLACE_HEIGHT = 38
"""Of the first finding, in pixels: two lines."""
LINK: dict[str, Any] = {"stylesheets": [stylesheet("link")], "margin": (0, 0, 0, 8)}


class FindingsView(ComputedView):
    """One line per finding; where trials show it, a click selects them in all views.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    on_choose : callable
        Told the numbers of the trials of the finding that was clicked.
    """

    lines: list[pn.viewable.Viewable]

    def __init__(self, trials: TrialSource, on_choose: Callable[[tuple[int, ...]], None]) -> None:
        self._on_choose = on_choose
        self.findings: Sequence[Finding] = ()
        super().__init__(trials)

    def work(self, moment: Moment) -> Job:
        """Return the diagnosis of all trials."""
        space, trials = moment.space, moment.trials
        return lambda: diagnose(space, trials, metric=moment.metric, curves=learning_curves(trials))

    def show(self, outcome: Sequence[Finding]) -> None:  # type: ignore[override]
        """Show the first finding, and the others when they are asked for."""
        if list(outcome) == list(self.findings):
            return
        self.findings = outcome
        self.lines[:] = [self._line(one) for one in outcome]
        self._first[:] = self.lines[:1]
        self._rest[:] = self.lines[1:]
        self._tell_more()

    def _tell_more(self) -> None:
        n_more = len(self.lines) - 1
        is_open = self._rest.visible
        self._more.param.update(label="Fewer" if is_open else f"{n_more} more", visible=n_more > 0)

    def _toggle(self, _event: Any) -> None:
        self._rest.visible = not self._rest.visible
        self._tell_more()

    def _line(self, finding: Finding) -> pn.viewable.Viewable:
        text = Markup(
            f"<i></i>{escape(finding.sentence)}", stylesheets=[stylesheet("finding")], margin=0
        )
        if not finding.trials:
            return pn.Row(text, css_classes=["tb-finding"], **BOX)
        n_trials = len(finding.trials)
        words = f"Select {n_trials} trials" if n_trials > 1 else "Select the trial"
        button = pn.widgets.Button(label=words, **LINK)
        button.on_click(lambda _event: self._on_choose(finding.trials))
        return pn.Row(text, button, css_classes=["tb-finding"], **BOX)

    def _why_empty(self) -> str:
        return ""

    def _body(self) -> pn.viewable.Viewable:
        self.lines = []
        # Its place is kept, or the plots below would move under the mouse when it is found.
        self._first = pn.Column(min_height=PLACE_HEIGHT, **BOX)
        self._rest = pn.Column(visible=False, **BOX)
        self._more = pn.widgets.Button(label="", visible=False, **LINK)
        self._more.on_click(self._toggle)
        head = pn.Row(self._first, self._more, css_classes=["tb-between"], **BOX)
        return pn.Column(head, self._rest, **BOX)
