"""One study in pictures, for one session: all views on one shared source."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, TypeVar

import panel as pn

from ..engine.analysis.change_points import ChangePoint
from ..engine.marks import Marks
from ..engine.past_runs import PastRuns
from ..engine.study import Study
from ..engine.trial import Trial
from .action_panel import ActionPanel
from .column_chooser import COLUMNS, kept_hidden
from .computed_view import ComputedView, Computing, Moment
from .filter_panel import FilterPanel
from .look import KIND as LOOK
from .look import Look
from .marks_text import marks_text
from .moment_card import MomentCard
from .selecting import Selecting
from .selection_bar import ACT, CLEAR, EXCLUDE, FILTER, INVERT, KIN, SEARCH, UNDO, SelectionBar
from .state import BoardState
from .steering import Steering
from .stylesheets import BOX
from .trial_actions import TrialActions
from .trial_source import TrialSource
from .view import View
from .view_chooser import ViewChooser
from .views.compare import CompareView
from .views.coverage import CoverageView
from .views.curves import CurvesView
from .views.detail import DetailView
from .views.findings import FindingsView
from .views.importance import ImportanceView
from .views.landscape import LandscapeView
from .views.lineage import LineageView
from .views.model import ModelView
from .views.parallel import ParallelView
from .views.ranges import RangesView
from .views.rungs import RungsView
from .views.split import SplitView
from .views.timeline import TimelineView
from .views.trade_off import TradeOffView
from .views.trial_page import TrialPage
from .views.trials_table import TrialsTable
from .views.workers import WorkersView

_V = TypeVar("_V", bound=View)


class StudyViews(pn.viewable.Viewer):
    """Findings, split view, timeline and importance of one study, and a place for more views.

    `poll` takes in what has happened since the last call; it is to be called in the thread
    of the page.

    Parameters
    ----------
    study : Study
        What is shown.
    state : BoardState
        The session's selection and mode.
    waits : bool
        Whether the split view stands alone until `show_all`, and nothing is computed: the rest
        would only delay the first plots.
    """

    def __init__(self, study: Study, state: BoardState, *, waits: bool = False) -> None:
        super().__init__()
        self._study = study
        self.trials = TrialSource(
            study.metric,
            study.space.version,
            study.past_studies(),
            more_metrics=study.settings.more_metrics,
        )
        self._state = state
        self.split = SplitView(self.trials, _later(self._open_detail), self._keep_look)
        self.detail = DetailView(self.trials, _later(self._close_detail), self._tapped)
        self.steering = Steering(study, self.trials, state, lambda words: self._bar.say(words))
        self.findings = FindingsView(self.trials, _later(self.steering.choose))
        self._views: dict[str, View] = {
            "split": self.split,
            "detail": self.detail,
            "findings": self.findings,
        }
        self.moment = MomentCard(_later(self.steering.restore), _later(self._open_trial))
        self.selecting = Selecting(self.trials, state, lambda words: self._bar.say(words))
        self.acting = TrialActions(
            lambda: self.study, self._selected, lambda words: self._bar.say(words)
        )
        self._filter: FilterPanel | None = None
        self._act: ActionPanel | None = None
        self._bar = SelectionBar(
            self._actions(), {FILTER: self._filter_panel, ACT: self._action_panel}
        )
        self._computing = Computing()
        self._n_seen = 0
        self._waits = waits
        self._version = study.space.version
        self.trials.on_select(self._brushed)
        self.trials.tools.on_draw(self.selecting.drawn)
        self._stop_watching = [
            (state, state.param.watch(self._select, "selection")),
            (state, state.param.watch(self._paint, "is_dark")),
        ]
        self._look_to_keep: Look | None = None
        self.split.arrange(Look.from_actions(study.actions()))
        self._paint()
        self._say_selection()
        if not waits:
            self._make_rest()
        self.poll()

    @cached_property
    def timeline(self) -> TimelineView:
        """The score over the trials."""
        return self._opened("timeline", TimelineView(self.trials, self._tapped))

    @cached_property
    def importance(self) -> ImportanceView:
        """The ranking of the hyper-parameters."""
        return self._opened("importance", ImportanceView(self.trials))

    @cached_property
    def more(self) -> ViewChooser:
        """The table of all trials, and the other views."""
        return ViewChooser(self._makers(), self._opened)

    @property
    def study(self) -> Study:
        """The study in the pictures; another one must be of the same space and metric."""
        return self._study

    @study.setter
    def study(self, study: Study) -> None:
        self._study = self.steering.study = study

    @property
    def table(self) -> View:
        """The table of all trials."""
        return self._views["Trials"]

    def close(self) -> None:
        """Stop following; to be called when another study is shown."""
        for source, watcher in self._stop_watching:
            source.param.unwatch(watcher)
        self._stop_watching = []

    def poll(self) -> bool:
        """Take in new trials and what was computed meanwhile; whether anything has changed."""
        with pn.io.hold():
            self._write_look()
            self._follow_space()
            return self._follow_trials() | self._follow_computed() | self.acting.poll()

    def space_changed(self) -> None:
        """Take in an edit of the space at once."""
        with pn.io.hold():
            self._follow_space()

    def push(self) -> None:
        """Send changes to a notebook, where nothing is sent by itself."""
        pn.io.push_notebook(self._column)

    def _makers(self) -> Mapping[str, Callable[[], View]]:
        return {
            "Trials": lambda: TrialsTable(
                self.trials, kept_hidden(self.study.actions()), self._keep_hidden
            ),
            "Parallel": lambda: ParallelView(self.trials),
            "Ranges": lambda: RangesView(self.trials, _later(self.steering.narrow)),
            "Landscape": lambda: LandscapeView(self.trials),
            "Trade-off": lambda: TradeOffView(self.trials, self._study.settings.more_metrics),
            "Curves": lambda: CurvesView(
                self.trials, _resource(self._study), _later(self.steering.choose)
            ),
            "Lineage": lambda: LineageView(self.trials, _later(self.steering.choose)),
            "Model": lambda: ModelView(self.trials),
            "Rungs": lambda: RungsView(self.trials, _resource(self._study)),
            "Coverage": lambda: CoverageView(self.trials),
            "Comparison": lambda: CompareView(self.trials, self._study.id, _past(self._study)),
            "Workers": lambda: WorkersView(self.trials, self._open_trial),
            "One trial": lambda: TrialPage(
                self.trials, _later(self.steering.use), lambda number: self._study.examine(number)
            ),
        }

    def _actions(self) -> dict[str, Callable[[], None]]:
        steering = self.steering
        actions = {
            UNDO: steering.undo,
            INVERT: steering.invert,
            SEARCH: steering.search_here,
            EXCLUDE: steering.exclude,
            KIN: steering.choose_kin,
            CLEAR: steering.clear,
        }
        return {label: _later(act) for label, act in actions.items()}

    def _filter_panel(self) -> FilterPanel:
        if self._filter is None:
            self._filter = FilterPanel(
                self.trials,
                on_words=lambda text: self.selecting.by_words(text, self.study.marks()),
                on_best=self.selecting.best,
                on_ranges=self.selecting.by_ranges,
                on_follow=self.selecting.follow,
                on_lasso=self.trials.tools.use_lasso,
            )
        self._filter.move()
        return self._filter

    def _action_panel(self) -> ActionPanel:
        if self._act is None:
            self._act = ActionPanel(self.acting)
        return self._act

    def _brushed(self, numbers: Sequence[int]) -> None:
        """Take over a selection made in a plot or the table, as far as locked ranges allow."""
        if set(numbers) != set(self._state.selection):
            if self._filter is not None:
                self._filter.reset()
            self.steering.choose(self.selecting.brushed(numbers))
            # What the locked ranges left out has to go in the browser, too.
            self.trials.selected = tuple(self._state.selection)

    def _selected(self) -> list[Trial]:
        found = map(self.trials.trial, sorted(self._state.selection))
        return [one for one in found if one is not None]

    def _opened(self, name: str, view: _V) -> _V:
        view.paint(self._state.is_dark)
        self._views[name] = view
        return view

    def _open_detail(self, name: str) -> None:
        with pn.io.hold():
            self.detail.open(name)
            self.split.is_shown = False

    def _close_detail(self) -> None:
        with pn.io.hold():
            self.detail.close()
            self.split.is_shown = True

    def _tapped(self, point: ChangePoint) -> None:
        trial = None if point.trial is None else self.trials.trial(point.trial)
        if trial is not None:
            self.steering.choose((trial.number,))
        self.moment.show_point(point, trial, self.study.metric)

    def _keep_look(self, look: Look) -> None:
        self._look_to_keep = look
        self._order_strips()

    def _write_look(self) -> None:
        """Keep how the plots are arranged with the study, once it is stored."""
        if self._look_to_keep is not None and self.study.id:
            look, self._look_to_keep = self._look_to_keep, None
            self.study.note(LOOK, **look.to_dict())

    def show_marks(self, marks: Mapping[int, Marks]) -> None:
        """Show stars, tags and notes of trials in the table."""
        self.trials.show_marks({one: marks_text(mine) for one, mine in marks.items() if one})

    def _keep_hidden(self, hidden: tuple[str, ...]) -> None:
        """Keep with the study which columns of the table are hidden."""
        if self.study.id:
            self.study.note(COLUMNS, hidden=list(hidden))

    def _open_trial(self, number: int) -> None:
        self.steering.choose((number,))
        self.more.open("One trial")

    def _follow_space(self) -> None:
        version = self.study.space.version
        if version.number != self._version.number:
            self.trials.move_to(version)
            for view in self._views.values():
                view.move_to(version)
            self._paint()
        self._version = version
        self.split.mark(self.study.space.config)

    def _follow_trials(self) -> bool:
        changes = self.study.changes
        new, self._n_seen = changes[self._n_seen : len(changes)], len(changes)
        if not self.trials.append(new):
            return False
        for view in self._views.values():
            view.follow()
        self.selecting.arrived()
        self._say_selection()
        return True

    def _follow_computed(self) -> bool:
        if not self.trials.n_trials or self._waits:
            return False
        views = {name: view for name, view in self._views.items() if isinstance(view, ComputedView)}
        at = (self.trials.n_trials, self._version.number)
        state = (at, tuple(self._state.selection))
        has_changed = self._computing.poll(views, state, self._moment)
        self.split.sort(self.importance.ranked)
        self._order_strips()
        return has_changed

    def _order_strips(self) -> None:
        if "timeline" in self._views:
            self.timeline.show_names(self.split.names)

    def _moment(self) -> Moment:
        return Moment(
            self._version,
            self.trials.shown,
            self.study.metric,
            tuple(self._state.selection),
            self.study.actions(),
        )

    def _select(self, event: Any) -> None:
        self.steering.remember(event.old)
        self._bar.say("")
        with pn.io.hold():
            self.trials.selected = tuple(self._state.selection)
            self._light_kin()
            self.selecting.changed()
            if self._filter is not None:
                self._filter.show_following(self.selecting.is_following)
            self._say_selection()

    def _light_kin(self) -> None:
        """Light up the ancestors and descendants of a trial that is selected alone."""
        kin = self.steering.kin() if len(self._state.selection) == 1 else frozenset()
        if kin or self.trials.kin.rows:
            self.trials.light_kin(kin, is_dark=self._state.is_dark)
            self.timeline.light({*kin, *self._state.selection} if kin else ())

    def _say_selection(self) -> None:
        self._bar.describe(self._selected(), self.trials.n_trials, self.study.metric)
        self._bar.offer_undo(self.steering.can_undo)

    def _paint(self, *_events: Any) -> None:
        with pn.io.hold():
            for view in self._views.values():
                view.paint(self._state.is_dark)

    def __panel__(self) -> pn.viewable.Viewable:
        top = _card(self._bar, self.findings, self.split, self.detail)
        rest = [] if self._waits else self._rest
        self._column = pn.Column(top, *rest, css_classes=["tb-stack"], **BOX)
        return self._column

    def show_all(self) -> None:
        """Show all views: those below the split view are made now, if they have waited."""
        if self._waits:
            self._waits = False
            self._make_rest()
            self._column.extend(self._rest)

    def _make_rest(self) -> None:
        low = pn.Row(_card(self.timeline), _card(self.importance), css_classes=["tb-two"], **BOX)
        self._rest = [low, _card(self.more), self.moment]
        self._order_strips()


def _past(study: Study) -> PastRuns | None:
    return None if study.history is None else PastRuns(study.history, study.metric.name)


def _resource(study: Study) -> str:
    fidelity = study.settings.fidelity
    return "" if fidelity is None else fidelity.resource


def _later(act: Callable[..., None]) -> Callable[..., None]:
    """Return `act` for a click, which may come without the lock that the source needs."""
    return lambda *args: pn.state.execute(lambda: act(*args), schedule=True)


def _card(*parts: Any) -> pn.Column:
    return pn.Column(*parts, css_classes=["tb-card"], **BOX)
