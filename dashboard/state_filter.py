"""Which trials the table lists: all, or those of one state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import panel as pn
from bokeh.models import AllIndices, CDSView, Filter, GroupFilter, UnionFilter

from ..engine.trial import Trial, TrialState
from .stylesheets import WIDGETS

ALL, FAILURES = "all trials", "all without a score"
_FAILED = tuple(state for state in TrialState if state.is_failed)
_ORDER = (TrialState.COMPLETED, TrialState.STOPPED, *_FAILED)


class StateFilter:
    """A list of the states that occur; the one chosen is what the table shows.

    The page filters by itself, new trials too.

    Attributes
    ----------
    view : CDSView
        What the table is given.
    """

    def __init__(self) -> None:
        self.view = CDSView(filter=AllIndices())
        self.widget = pn.widgets.Select(
            label="Show", options=[ALL], **{**WIDGETS, "sizing_mode": "fixed", "width": 240}
        )
        self.widget.param.watch(self._chosen, "value")

    def follow(self, trials: Sequence[Trial]) -> None:
        """Offer the states of these trials; how often those without a score occur is told."""
        counts = dict.fromkeys(_ORDER, 0)
        for trial in trials:
            counts[trial.state] += 1
        options = {ALL: ALL}
        n_failed = sum(counts[state] for state in _FAILED)
        if n_failed:
            options[f"{FAILURES} ({n_failed:,})"] = FAILURES
        for state in _ORDER:
            if counts[state]:
                # The number of completed ones would be sent anew with every trial.
                is_counted = state is not TrialState.COMPLETED
                options[f"{state.value} ({counts[state]:,})" if is_counted else state.value] = state
        if options != self.widget.options:
            chosen = self.widget.value if self.widget.value in options.values() else ALL
            self.widget.param.update(options=options, value=chosen)

    def choose(self, what: str) -> None:
        """Show the trials of a state, `FAILURES` or `ALL`."""
        self.widget.value = what

    def _chosen(self, event: Any) -> None:
        # In a turn of its own: a choice may come without the lock that the table's model needs.
        pn.state.execute(lambda: self._show(event.new), schedule=True)

    def _show(self, what: str) -> None:
        self.view.filter = _filter(what)


def _filter(what: str) -> Filter:
    if what == ALL:
        return AllIndices()
    if what == FAILURES:
        return UnionFilter(operands=[_group(state) for state in _FAILED])
    return _group(what)


def _group(state: str) -> GroupFilter:
    return GroupFilter(column_name="state", group=str(state))
