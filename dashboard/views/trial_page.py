"""The page of one trial: its values, what changed, its folds, its log and how to rebuild it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape
from typing import Any

import panel as pn

from ...engine.trial import Trial, mutations
from ..axis import ABSENT, titles, value_text
from ..failure_text import failure_markup
from ..stylesheets import BOX, BUTTON
from ..theme import stylesheet
from ..trial_source import TrialSource
from ..view import View

NONE_CHOSEN = "Select a trial in any plot or in the table to see all of it here."


class TrialPage(View):
    """One trial in full: the one selected, or the first of several; without one, the best.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    on_use : callable
        Told the trial whose values shall become the current ones.
    """

    def __init__(self, trials: TrialSource, on_use: Callable[[Trial], None]) -> None:
        self._on_use = on_use
        self.trial: Trial | None = None
        super().__init__(trials)
        trials.on_select(lambda _numbers: self.follow())

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
        self._text.object = f"<p>{NONE_CHOSEN}</p>" if trial is None else self._record(trial)

    def _why_empty(self) -> str:
        return ""

    def _body(self) -> pn.viewable.Viewable:
        self._text = pn.pane.HTML("", stylesheets=[stylesheet("facts")], **_WIDE)
        self._use = pn.widgets.Button(label="Use its values", disabled=True, **BUTTON)
        self._use.on_click(self._clicked)
        return pn.Column(self._text, self._use, **BOX)

    def _clicked(self, _event: Any) -> None:
        if self.trial is not None:
            self._on_use(self.trial)

    def _record(self, trial: Trial) -> str:
        against = self._compared_with(trial)
        is_best = trial is self.trials.best
        head = (
            f"<h4>Trial {trial.number} · {trial.state.value}{' · the best' if is_best else ''}</h4>"
        )
        reason = f"<p>{escape(trial.provenance.reason)}</p>"
        left = self._values(trial, against)
        right = self._outcome(trial)
        code = (
            "<h4>The code that rebuilds it</h4>"
            f"<pre>{escape(f'config = {trial.config!r}')}\nmodel.set_params(**config)</pre>"
        )
        columns = f'<div class="tb-columns"><div>{left}</div><div>{right}</div></div>'
        return head + reason + columns + failure_markup(trial) + code

    def _compared_with(self, trial: Trial) -> Trial | None:
        parents = [self.trials.trial(number) for number in trial.provenance.parents]
        return next((one for one in parents if one is not None), None)

    def _values(self, trial: Trial, parent: Trial | None) -> str:
        shown = titles(self.trials.space.hyper_parameters)
        changed = set()
        if parent is not None:
            changed = {one.name for one in mutations(parent.config, trial.config)}
        before = "" if parent is None else f"<th>trial {parent.number}</th>"
        rows = []
        for name, value in trial.config.items():
            cell = f"<td>{escape(value_text(value))}</td>"
            if parent is not None:
                old = parent.config.get(name, ABSENT)
                text = "inactive" if old is ABSENT else value_text(old)
                cell += f"<td>{escape(text) if name in changed else 'the same'}</td>"
            rows.append(f"<tr><td>{escape(shown.get(name, name))}</td>{cell}</tr>")
        heads = f"<tr><th>hyper-parameter</th><th>value</th>{before}</tr>"
        return f"<table>{heads}{''.join(rows)}</table>"

    def _outcome(self, trial: Trial) -> str:
        metric = self.trials.metric
        facts = [("search", trial.provenance.optimizer), ("made by", trial.provenance.operator)]
        if trial.score is not None:
            facts.append((metric.label, value_text(metric.shown(trial.score), 5)))
        facts.append(("folds", _folds([metric.shown(one) for one in trial.fold_scores])))
        if trial.fidelity is not None:
            facts.append(("fidelity", value_text(trial.fidelity)))
        facts.append(("seconds", f"{trial.duration_s:.2f}"))
        facts.append(("worker", trial.worker))
        facts.append(("version of the space", str(trial.space_version)))
        rows = "".join(
            f"<tr><td>{escape(name)}</td><td>{escape(text)}</td></tr>"
            for name, text in facts
            if text
        )
        return f"<table><tr><th>outcome</th><th></th></tr>{rows}</table>"


def _folds(scores: Sequence[float]) -> str:
    return ", ".join(value_text(score) for score in scores)


_WIDE = {"sizing_mode": "stretch_width", "margin": 0}
