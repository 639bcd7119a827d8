"""One study in pictures, for one session: all views on one shared source."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import panel as pn

from ..engine.analysis.importance import importance
from ..engine.study import Study
from ..engine.trial import Trial
from .background import Background
from .selection_bar import SelectionBar
from .state import BoardState
from .stylesheets import BOX
from .trial_source import TrialSource
from .view import View
from .views.importance import ImportanceView
from .views.split import SplitView
from .views.timeline import TimelineView
from .views.trials_table import TrialsTable

_IMPORTANCE_EVERY_S = 2.0


class StudyViews(pn.viewable.Viewer):
    """Split view, timeline, importance and table of one study.

    `poll` takes in what has happened since the last call; it is to be called in the thread
    of the page.
    """

    def __init__(self, study: Study, state: BoardState) -> None:
        super().__init__()
        self.study = study
        self.trials = TrialSource(study.metric, study.space.version)
        self.split = SplitView(self.trials)
        self.timeline = TimelineView(self.trials)
        self.importance = ImportanceView(self.trials)
        self.table = TrialsTable(self.trials)
        self._views: list[View] = [self.split, self.timeline, self.importance, self.table]
        self._state = state
        self._bar = SelectionBar(self._clear)
        self._background = Background()
        self._n_seen = 0
        self._n_ranked = 0
        self._ranked_at = 0.0
        self._version = study.space.version
        self.trials.on_select(self._choose)
        self._stop_watching = [
            (state, state.param.watch(self._select, "selection")),
            (state, state.param.watch(self._paint, "is_dark")),
        ]
        self._paint()
        self._say_selection()
        self.poll()

    def close(self) -> None:
        """Stop following; to be called when another study is shown."""
        for source, watcher in self._stop_watching:
            source.param.unwatch(watcher)
        self._stop_watching = []

    def poll(self) -> bool:
        """Take in new trials and what was computed meanwhile; whether anything has changed."""
        with pn.io.hold():
            self._follow_space()
            return self._follow_trials() | self._follow_importance()

    def space_changed(self) -> None:
        """Take in an edit of the space at once."""
        # Held, as in `poll`: of a turn's changes those that Panel holds back for a busy
        # connection would else be overtaken by those that refer to their new models.
        with pn.io.hold():
            self._follow_space()

    def push(self) -> None:
        """Send changes to a notebook, where nothing is sent by itself."""
        pn.io.push_notebook(self._column)

    def _follow_space(self) -> None:
        version = self.study.space.version
        if version.number != self._version.number:
            self.trials.move_to(version)
            for view in self._views:
                view.move_to(version)
            self._paint()
        self._version = version
        self.split.mark(self.study.space.config)

    def _follow_trials(self) -> bool:
        changes = self.study.changes
        new, self._n_seen = changes[self._n_seen : len(changes)], len(changes)
        if not self.trials.append(new):
            return False
        for view in self._views:
            view.follow()
        self._say_selection()
        return True

    def _follow_importance(self) -> bool:
        n_completed, now = self.trials.n_completed, time.monotonic()
        if n_completed != self._n_ranked and now - self._ranked_at > _IMPORTANCE_EVERY_S:
            self._n_ranked, self._ranked_at = n_completed, now
            self._background.submit(self._ranking())
        outcome = self._background.take()
        if outcome is None:
            return False
        self.importance.show(outcome)
        return True

    def _ranking(self) -> Callable[[], Any]:
        version, trials = self.study.space.version, self.study.trials
        return lambda: importance(version, trials, method="fanova", seed=0)

    def _clear(self) -> None:
        # A click may come without the document's lock, which the plots' source needs.
        pn.state.execute(lambda: self._choose(()), schedule=True)

    def _choose(self, numbers: Sequence[int]) -> None:
        self._state.selection = list(numbers)

    def _select(self, *_events: Any) -> None:
        with pn.io.hold():
            self.trials.selected = tuple(self._state.selection)
            self._say_selection()

    def _say_selection(self) -> None:
        wanted = set(self._state.selection)
        selected: list[Trial] = []
        if wanted:
            selected = [trial for trial in self.study.trials if trial.number in wanted]
        self._bar.describe(selected, self.trials.n_trials, self.study.metric)

    def _paint(self, *_events: Any) -> None:
        with pn.io.hold():
            for view in self._views:
                view.paint(self._state.is_dark)

    def __panel__(self) -> pn.viewable.Viewable:
        low = pn.Row(_card(self.timeline), _card(self.importance), css_classes=["tb-two"], **BOX)
        self._parts = [_card(self._bar, self.split), low, _card(self.table)]
        self._column = pn.Column(*self._parts, css_classes=["tb-stack"], **BOX)
        return self._column

    def show_top(self) -> None:
        """Show the split view alone until `show_all`: the rest would only delay it."""
        self._column[:] = self._parts[:1]

    def show_all(self) -> None:
        """Show all views."""
        if len(self._column) < len(self._parts):
            self._column[:] = self._parts


def _card(*parts: Any) -> pn.Column:
    return pn.Column(*parts, css_classes=["tb-card"], **BOX)
