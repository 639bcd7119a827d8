"""The findings: what there is to say about the search, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import panel as pn

from ...engine.analysis.diagnosis import diagnose
from ...engine.analysis.finding import Finding
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..stylesheets import BOX
from ..theme import stylesheet
from ..trial_source import TrialSource

N_SHOWN = 4


class FindingsView(ComputedView):
    """One line per finding; where trials show it, a click selects them in all views.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    on_choose : callable
        Told the numbers of the trials of the finding that was clicked.
    """

    def __init__(self, trials: TrialSource, on_choose: Callable[[tuple[int, ...]], None]) -> None:
        self._on_choose = on_choose
        self.findings: Sequence[Finding] = ()
        super().__init__(trials)

    def work(self, moment: Moment) -> Job:
        """Return the diagnosis of all trials."""
        return lambda: diagnose(moment.space, moment.trials, metric=moment.metric)

    def show(self, outcome: Sequence[Finding]) -> None:  # type: ignore[override]
        """Show the findings, the first few of many."""
        if list(outcome) == list(self.findings):
            return
        self.findings = outcome
        self._lines[:] = [self._line(one) for one in outcome[:N_SHOWN]]
        n_more = len(outcome) - N_SHOWN
        self._say(self._remark, f"and {n_more} more" if n_more > 0 else "")

    def _line(self, finding: Finding) -> pn.viewable.Viewable:
        text = pn.pane.HTML(
            f"<i></i>{escape(finding.sentence)}", stylesheets=[stylesheet("finding")], margin=0
        )
        if not finding.trials:
            return pn.Row(text, css_classes=["tb-finding"], **BOX)
        n_trials = len(finding.trials)
        words = f"Select {n_trials} trials" if n_trials > 1 else "Select the trial"
        button = pn.widgets.Button(
            label=words, stylesheets=[stylesheet("link")], margin=(0, 0, 0, 8)
        )
        button.on_click(lambda _event: self._on_choose(finding.trials))
        return pn.Row(text, button, css_classes=["tb-finding"], **BOX)

    def _why_empty(self) -> str:
        return ""

    def _body(self) -> pn.viewable.Viewable:
        self._lines = pn.Column(**BOX)
        return self._lines
