"""The board: the page that shows and steers one study, in a notebook or served."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import panel as pn
from tornado.ioloop import IOLoop

from ..engine.errors import DataError, QueryError, TuneboardError
from ..engine.history import History, as_history
from ..engine.history_search import complete
from ..engine.hyper_parameter import SpaceVersion
from ..engine.marks import NO_MARKS
from ..engine.objective import task_of
from ..engine.problem import Problem
from ..engine.query import Completion
from ..engine.space import SearchSpace
from ..engine.study import Study, StudyState
from .board_code import data_names, selected_code, setup_code, suggested_models
from .board_control import BoardControl
from .cell_link import CellLink
from .code_card import CodeCard
from .code_link import CodeLink
from .history_box import HistoryBox
from .history_desk import HistoryDesk
from .marks_form import MarksForm
from .message_order import keep_order, send_what_waits
from .notebook import Page, is_notebook, load_into_notebook
from .notebook_cells import notebook_cells
from .one_layout import OneLayout
from .past_actions import PastActions
from .problem_picker import ProblemPicker
from .run_bar import RunBar, Status
from .run_options import RunOptions
from .selection_hook import SelectionHook
from .setup_form import SetupForm
from .space_table import SpaceTable
from .state import BoardState
from .study_search import StudySearch
from .study_views import StudyViews
from .stylesheets import BOARD, BOX, BUTTON, variables
from .text_panes import PlainText
from .trial_card import TrialCard
from .try_next import TryNext

if TYPE_CHECKING:
    import pandas as pd

_POLL_MS = 400
_SETTINGS = ("optimizer", "n_trials", "n_workers", "folds", "metric", "seed")
_POLLS_PER_REFRESH = 2
"""Every so many polls the store is asked what another process has done to the study."""
_POLLS_PER_LOOK = 5
"""Every so many polls the store is asked for the list of studies."""

_SHOWN_LAST: deque[Study] = deque(maxlen=2)
"""They stay open when nobody looks at them: to read a large study again takes seconds."""


class TuningDashboard(pn.viewable.Viewer):
    """See and steer the tuning of a model.

    Parameters
    ----------
    model, X, y : optional
        A scikit-learn estimator and its data. Without them the page lets the user choose a
        problem that ships with tuneboard, or upload a table.
    history : History, path, URL or bool
        Where studies are kept; see `Study`.
    folders : iterable of path
        Where the page may open Python files, and write new values into them.
    **settings
        `space`, `optimizer`, `n_trials`, `folds`, `metric`, `n_workers`, `seed`, `name`, and
        what the page offers under "More control": stop rules, limits, `racing`, `holdout`,
        `fidelity`, `scheduler` and `max_failures` of the study; see `Study`.

    Raises
    ------
    ObjectiveError, SpaceError, StudyError, OptimizerError
        The model, the data and the settings do not fit together.

    Examples
    --------
    >>> from sklearn.datasets import load_wine
    >>> from sklearn.svm import SVC
    >>> board = TuningDashboard(SVC(), *load_wine(return_X_y=True), history=False)
    >>> board.space.C
    1.0
    """

    def __init__(
        self,
        model: Any = None,
        X: Any = None,
        y: Any = None,
        *,
        history: Any = True,
        folders: Iterable[str | Path] = (),
        **settings: Any,
    ) -> None:
        load_into_notebook()
        super().__init__()
        self._history = as_history(history)
        self._given = None if model is None else (model, X, y)
        self._name = settings.pop("name", None)
        self._space: SearchSpace | None = settings.pop("space", None)
        self._document = pn.state.curdoc
        self._error = ""
        self._n_polls = 0
        self._is_showing = False
        self._is_waiting = False
        self._is_beside = False
        self._poller: Any = None
        self._state = BoardState()
        self._picker = ProblemPicker()
        self._data_card = _card("Data and model", self._picker)
        folders = tuple(folders)
        self._code: CodeLink | CellLink | None = None
        self._stop_cells: Callable[[], None] = lambda: None
        if self._given is not None and is_notebook() and hasattr(model, "get_params"):
            cells = notebook_cells()
            self._code = CellLink(model, cells, self._code_opened, lambda: self._table.space)
            # Called in the kernel's own thread, a moment after each edit of a cell.
            self._stop_cells = cells.on_change(self._cells_changed)
        elif folders:
            self._code = CodeLink(folders, self._code_opened, lambda: self._table.space)
        self._as_code = CodeCard(Show_as_code=self.to_code, Selection_as_code=self.selection_code)
        self._try_next = TryNext(
            lambda: suggested_models(self._study, self._history, self._given),
            lambda: data_names(self._given),
            lambda code: notebook_cells().insert(code, "", lambda _outcome, _cell: None),
            lambda: notebook_cells().can_write,
        )
        self._hooks: list[SelectionHook] = []
        options, settings = RunOptions.split(settings)
        self._setup = SetupForm(**settings)
        self._control = BoardControl(lambda: self._study, self._say, self._found_cluster, options)
        self._run_bar = RunBar(self._clicked)
        self._box = HistoryBox(self._open, self._resume_other, self._list_studies, self._complete)
        self._notes = MarksForm(self._marked)
        to_code = None if self._code is None else self._code.preview_config
        self._past = PastActions(self._did, self._open, to_code)
        self._trial_card = TrialCard(self._past, self._choose, self._did)
        self._trials = _card("Trials", self._trial_card)
        self._one_layout = OneLayout()
        self._desk: HistoryDesk | None = None
        if self._history is not None:
            self._found = StudySearch(self._history)
            self._desk = HistoryDesk(self._history, self._open, self._redraft)
        # In a place of their own: a click on a button that is being redrawn would be lost.
        self._pictures = pn.Column(**BOX)
        self._below = pn.Column(**BOX)
        self._offer_metrics()
        self._study = self._first_study()
        self._views = StudyViews(self._study, self._state, waits=self._document is not None)
        self._table = SpaceTable(
            self._study.space, self._first_version(), is_dark=self._state.param.is_dark, margin=0
        )
        self._follow()
        self._show(self._study)
        self._watch()
        self.poll()

    @property
    def study(self) -> Study:
        """The study on the page."""
        return self._study

    @property
    def space(self) -> SearchSpace:
        """The search space on the page; assign to its values and ranges at any time."""
        return self._study.space

    @property
    def views(self) -> StudyViews:
        """The pictures of the study on the page."""
        return self._views

    @property
    def selection(self) -> pd.DataFrame:
        """The selected trials as a table: the rows of `study.to_frame()` with their numbers."""
        frame = self._study.to_frame()
        return frame[frame.index.isin(self._state.selection)]

    def selection_code(self) -> str:
        """Return the expression that gives the selected trials: a rule, or their numbers."""
        return selected_code(self._study, self._state.selection, self._variable)

    def to_code(self) -> str:
        """Return the statements that set this study up again, with your variables' names."""
        folder = "" if self._history is None else str(self._history.folder)
        code = setup_code(self._study, self._given, folder)
        # Run again, edited or not, it takes the place of the board that is there.
        return f"{code}\nboard.beside()" if self._is_beside else code

    def on_selection(self, function: Callable[[pd.DataFrame], Any]) -> SelectionHook:
        """Call a function with `selection` now, on every new brush and every new trial.

        To be used as a decorator; ``stop()`` of what it gives back switches it off.
        """
        hook = SelectionHook(function)
        self._hooks.append(hook)
        self._follow_selection()
        return hook

    def poll(self) -> None:
        """Take in what has happened; called by the page a few times per second."""
        if self._is_waiting and self._poller is not None:
            return  # The page is drawn anew, and what is sent before it is drawn gets lost.
        self._n_polls += 1
        self._control.poll()
        if self._n_polls % _POLLS_PER_REFRESH == 1:
            self._refresh()
        if self._n_polls % _POLLS_PER_LOOK == 1:
            self._lock()
            self._list_studies()
        has_changed = self._views.poll()
        self._follow_code()
        self._follow_selection()
        self._say_status()
        if has_changed:
            self._push()

    def _turn(self) -> None:
        self.poll()
        send_what_waits(self._document)

    def beside(self) -> None:
        """Show the board beside the cells of the notebook, in JupyterLab and Notebook 7."""
        from .beside import show_beside

        self._is_beside = True
        show_beside(self)

    def _cells_changed(self) -> None:
        """Follow an edit of a cell at once, unless the page is just being drawn."""
        if not self._is_waiting:
            self._follow_code()

    def _follow_code(self) -> None:
        if self._code is not None:
            self._code.poll(may_follow=not self._study.id)

    @property
    def _variable(self) -> str:
        return "board.study" if self._given is not None else "study"

    def _follow_selection(self) -> None:
        """Call what follows the selection, and write its code anew."""
        state = (id(self._study), tuple(self._state.selection), len(self._study.changes))
        for hook in self._hooks:
            hook.follow(state, lambda: self.selection)
            if hook.error:
                self._error = hook.error
        self._as_code.follow((*state, self._study.space.version, self._study.settings))

    def close(self) -> None:
        """Stop following; the study itself goes on."""
        self._stop_following()
        self._stop_cells()
        self._table.close()

    # Which study is on the page.

    def _first_study(self) -> Study:
        """Return the study named in the page's address, else a running one, else a new one."""
        if self._given is not None or self._history is None:
            return self._draft()
        wanted = _query().get("study")
        records = self._history.studies()
        for record in records:
            is_running = record.is_owned and StudyState(record.state).is_active
            if record.id == wanted or (wanted is None and is_running):
                return _reopened(record.id, self._history)
        return self._draft()

    def _draft(self) -> Study:
        """Make a study, not yet stored, out of what the page says."""
        setup = self._setup
        settings = {name: getattr(setup, name) for name in _SETTINGS}
        settings |= self._control.options.given(setup.chosen_metric)
        if self._desk is not None:
            settings["learn_from"] = self._desk.learn.ids
        if self._code is not None:
            settings |= {"code": self._code.code, "code_name": self._code.code_name}
        history = False if self._history is None else self._history
        space = self._space
        if self._given is not None:
            study = Study(*self._given, space=space, name=self._name, history=history, **settings)
        else:
            problem = self._problem()
            estimator = problem.estimator(setup.seed or 0)
            if isinstance(self._code, CodeLink):
                self._code.check_fit(space, estimator)
            study = Study(
                estimator,
                problem.dataset.X,
                problem.dataset.y,
                space=space,
                name=self._name or problem.title,
                history=history,
                origin=problem.to_dict(),
                **settings,
            )
        self._space = study.space
        return study

    def _problem(self) -> Problem:
        if self._picker.problem is None:
            raise DataError(self._picker.error or "Drop a file on the page, or choose other data.")
        return self._picker.problem

    def _redraft(self) -> None:
        """Make the draft anew after a change of the page; a mistake is said, not raised."""
        try:
            study = self._draft()
            self._error = ""
        except TuneboardError as error:
            self._error = str(error)
        else:
            self._show(study)
        self._say_status()

    def _show(self, study: Study) -> None:
        """Put a study on the page."""
        before, self._study = self._study, study
        is_same = study is before or (before.space is study.space and not before.changes)
        is_same &= before.settings.learn_from == study.settings.learn_from
        if is_same and before.metric == study.metric:
            self._views.study = study
        else:
            self._replace_views()
        self._show_settings()
        self._lock()
        self._list_studies()

    def _show_settings(self) -> None:
        self._is_showing = True
        try:
            self._setup.set_to(self._study.settings)
            self._control.show(self._study.settings)
            self._show_origin(self._study)
        finally:
            self._is_showing = False

    def _replace_views(self) -> None:
        self._stop_following()
        self._state.selection = []
        self._views = StudyViews(self._study, self._state, waits=self._is_waiting)
        self._table.move_to(self._study.space, self._first_version())
        self._follow()

    def _follow(self) -> None:
        self._stop_listening = self._study.space.on_change(self._space_changed)
        self._pictures[:] = [self._views]

    def _stop_following(self) -> None:
        self._stop_listening()
        self._views.close()

    def _first_version(self) -> SpaceVersion | None:
        """Return the space that a stored study began with; None where there is none."""
        if self._history is None or not self._study.id:
            return None
        return next(iter(self._history.versions(self._study.id)), None)

    def _show_origin(self, study: Study) -> None:
        """Show the data and model that a stored study was made for."""
        origin = study.settings.origin
        if origin is None or self._history is None or not study.id:
            return
        try:
            self._picker.choose(Problem.from_dict(origin, self._history.folder))
        except TuneboardError as error:
            self._error = str(error)

    # What the user does.

    def _clicked(self, action: str) -> None:
        self._error = ""
        actions: dict[str, Callable[[], Any]] = {
            "start": self._start,
            "pause": lambda: self._control.tell("pause"),
            "resume": self._control.resume,
            "stop": lambda: self._control.tell("stop"),
            "control": self._toggle_control,
            "new": self._new,
            "use best": lambda: self._study.space.apply(self._study.best_trial.config),
        }
        try:
            actions[action]()
        except TuneboardError as error:
            self._error = str(error)
        self._lock()
        self._list_studies()
        self._say_status()

    def _start(self) -> None:
        self._show(self._draft())
        if self._given is None and self._history is not None:
            self._problem().keep(self._history.folder)
        self._control.start(lambda: _set_query(study=self._study.id))

    def _toggle_control(self) -> None:
        self._control.area.toggle()
        self._run_bar.say_open(self._control.area.is_open)

    def _found_cluster(self, n_threads: int) -> None:
        self._setup.n_workers = n_threads

    def _say(self, error: str) -> None:
        self._error = error
        self._say_status()

    def _new(self) -> None:
        self._control.forget()
        version = self._study.space.version
        # The space of a script's model would not fit the one chosen in the page.
        is_foreign = self._given is None and self._study.settings.origin is None
        self._space = (
            None if is_foreign else SearchSpace.of(version.hyper_parameters, version.constraints)
        )
        self._offer_metrics()
        _set_query(study=None)
        self._show(self._draft())

    def _open(self, study_id: str) -> None:
        if not study_id or self._history is None:
            self._clicked("new")
            return
        self._error = ""
        try:
            self._show(_reopened(study_id, self._history))
            _set_query(study=study_id)
        except TuneboardError as error:
            self._error = str(error)
        self._say_status()

    def _resume_other(self, study_id: str) -> None:
        self._open(study_id)
        self._clicked("resume")

    def _watch(self) -> None:
        self._picker.param.watch(self._problem_changed, ["problem", "error"])
        self._setup.param.watch(self._setup_changed, list(_SETTINGS))
        options = self._control.options.param
        options.watch(self._setup_changed, [name for name in options if name != "name"])
        self._state.param.watch(
            lambda event: self._trial_card.follow(self._study, event.new), "selection"
        )

    def _problem_changed(self, *_events: Any) -> None:
        if self._is_showing:
            return
        self._space = None if self._code is None else self._code.space
        if self._desk is not None:
            self._desk.learn.clear()
        self._offer_metrics()
        self._redraft()

    def _code_opened(self, space: SearchSpace | None) -> None:
        """List what a file sets; where it is not what the model has, the page says so."""
        self._space = space
        _set_query(study=None)
        self._redraft()
        if space is not None and self._table.space is not space:
            self._table.move_to(space)

    def _setup_changed(self, *_events: Any) -> None:
        if self._is_showing:
            return
        if not self._study.id:
            self._redraft()
            return
        try:
            settings = self._study.settings
            changes = self._setup.changed(settings) | self._control.options.changed(settings)
            if changes:
                self._control.tell("change", **changes)
            self._error = ""
        except TuneboardError as error:
            self._error = str(error)
        self._say_status()

    def _space_changed(self) -> None:
        """Follow an edit of the space: at once in the page's own thread, else at the next poll."""
        if pn.state.curdoc is self._document and not self._is_waiting:
            # While a change of a widget waits, Panel hands messages and clicks on without the
            # document's lock, which plots need: hence in a turn of its own.
            pn.state.execute(self._take_in_space, schedule=True)

    def _take_in_space(self) -> None:
        self._views.space_changed()
        self._say_status()
        self._push()

    # What the page says.

    def _offer_metrics(self) -> None:
        was_showing, self._is_showing = self._is_showing, True
        if self._given is not None:
            task = task_of(self._given[0])
            self._setup.offer(task, self._given[2])
            self._control.options.offer(self._given[0])
        elif self._picker.problem is not None:
            dataset = self._picker.problem.dataset
            self._setup.offer(dataset.task, dataset.y)
            self._control.options.offer(self._picker.problem.estimator(0))
        self._is_showing = was_showing

    def _refresh(self) -> None:
        """See what another process has done to this study."""
        if not self._study.is_running_here and self._study.id:
            before = self._study.settings
            self._study.refresh()
            if self._study.settings != before:  # another process has changed them
                self._show_settings()

    def _push(self) -> None:
        """Send what has changed in the pictures: a notebook sends nothing by itself."""
        if self._document is None:
            self._views.push()
            if self._desk is not None:
                self._desk.push()

    def _lock(self) -> None:
        has_begun = bool(self._study.id) or self._study.state is not StudyState.READY
        self._setup.lock(has_begun)
        self._picker.is_disabled = has_begun
        self._control.area.lock(self._study, is_begun=has_begun)
        # A study that a script has made is of data that the page cannot show.
        self._data_card.visible = not has_begun or self._study.settings.origin is not None

    def _list_studies(self) -> None:
        if self._history is None:
            return
        try:
            records, words = self._found.find(self._box.query)
            self._box.say_found(words)
        except QueryError as error:
            self._box.say_found(str(error))
            return
        self._box.offer(records, self._study.id)
        self._trials.visible = bool(self._study.id)
        self._trial_card.follow(self._study, self._state.selection)
        if self._desk is not None:
            # In a turn of its own: a click may come without the lock that its tables need.
            follow = partial(self._desk.follow, self._study, records, self._state.selection)
            pn.state.execute(follow, schedule=True)
        marks = self._study.marks()
        self._notes.show_marks(marks.get(0, NO_MARKS), is_enabled=bool(self._study.id))
        pn.state.execute(partial(self._views.show_marks, marks), schedule=True)

    def _complete(self, text: str) -> list[Completion]:
        return [] if self._history is None else complete(self._history, text)

    def _choose(self, numbers: list[int]) -> None:
        """Select these trials: in a turn of its own, for the plots need the document's lock."""

        def choose() -> None:
            self._state.selection = numbers

        pn.state.execute(choose, schedule=True)

    def _marked(self, changes: dict[str, Any]) -> None:
        """Take over what the user has said of the study on the page."""
        self._did(lambda: self._study.mark(**changes))

    def _did(self, action: Callable[[], Any]) -> None:
        """Do something with the history; what cannot be done is said, not raised."""
        try:
            action()
            self._error = ""
        except TuneboardError as error:
            self._error = str(error)
        self._list_studies()
        self._say_status()

    def _say_status(self) -> None:
        study, doing = self._study, self._control.doing
        self._run_bar.report(
            Status(
                study.name,
                study.state,
                doing or study.message,
                "" if doing else self._error,
                study.progress(),
                study.metric,
                can_start=not doing and (not self._error or bool(study.id)),
                cost=self._control.cost,
            )
        )

    def __panel__(self) -> pn.viewable.Viewable:
        # The page is drawn some time after this. What changes before would never reach a
        # notebook's page, and may overtake the board itself on its way to a served one.
        self._is_waiting = True
        if self._document is None:
            # Messages of the page come in threads of their own (subshells): back to this one.
            loop = IOLoop.current()
            self._table.on_ready(lambda: loop.add_callback(self._begin))
            self._show_history()
        else:
            pn.state.onload(lambda: keep_order(self._document))
            self._table.on_ready(self._begin)
            pn.state.on_session_destroyed(lambda _context: self.close())
            if self._study.id:
                # The browser's address follows only changes made after the page was loaded.
                pn.state.onload(lambda: _set_query(study=self._study.id))
        root = Page(
            self._side(),
            pn.Column(
                self._run_bar,
                self._control.area,
                self._box.banner,
                self._past.comparison,
                self._pictures,
                self._below,
                self._one_layout,
                css_classes=["tb-main", "tb-stack"],
                **BOX,
            ),
            css_classes=["tb-board"],
            stylesheets=[variables(self._state.is_dark), BOARD],
            sizing_mode="stretch_width",
            margin=0,
        )
        self._state.param.watch(
            lambda event: root.param.update(stylesheets=[variables(event.new), BOARD]), "is_dark"
        )
        return root

    def _begin(self) -> None:
        """Begin to follow the study, once the page has drawn the board."""
        self._one_layout.begin()
        self._table.param.trigger("rows")
        self._views.show_all()
        self._show_history()
        if self._is_waiting:
            self._is_waiting = False
            if self._poller is None:
                self._poller = pn.state.add_periodic_callback(self._turn, _POLL_MS)

    def _show_history(self) -> None:
        if self._desk is not None and not len(self._below):
            self._below.append(_card("History", self._desk))

    def _side(self) -> pn.Column:
        dark = pn.widgets.Toggle(label="Dark", **BUTTON)
        dark.link(self._state, value="is_dark")
        title = PlainText("tuneboard", css_classes=["tb-title"], **BOX)
        parts: list[Any] = [pn.Row(title, dark, css_classes=["tb-between"], **BOX)]
        if self._history is not None:
            parts.append(_card("Studies", pn.Column(self._box, self._notes, **BOX)))
            parts.append(self._trials)
        if self._given is None:
            parts.append(self._data_card)
        if self._code is not None:
            parts.append(_card("Code", self._code))
        parts += [_card("Search", self._setup), _card("Hyper-parameters", self._table)]
        parts.append(_card("As code", self._as_code))
        if self._given is not None and hasattr(self._given[0], "get_params"):
            parts.append(_card("Models to try next", self._try_next))
        return pn.Column(*parts, css_classes=["tb-side", "tb-stack"], **BOX)


def _reopened(study_id: str, history: History) -> Study:
    study = Study.open(study_id, history)
    if study in _SHOWN_LAST:
        _SHOWN_LAST.remove(study)
    _SHOWN_LAST.append(study)
    return study


def _card(title: str, body: Any) -> pn.Column:
    heading = PlainText(title, css_classes=["tb-heading"], **BOX)
    return pn.Column(heading, body, css_classes=["tb-card"], **BOX)


def _query() -> dict[str, Any]:
    location = pn.state.location
    return {} if location is None else dict(location.query_params)


def _set_query(**changes: Any) -> None:
    """Keep the page's address up to date, so that it can be reloaded and shared."""
    if pn.state.location is not None:
        given = {**_query(), **changes}
        pn.state.location.search = "?" + urlencode({k: v for k, v in given.items() if v})
