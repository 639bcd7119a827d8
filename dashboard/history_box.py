"""Earlier studies: the list to open one from, and the offer to resume an interrupted one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import panel as pn

from ..engine.history import StudyRecord
from ..engine.query import FIELDS, Completion
from ..engine.settings import Settings
from ..engine.study import StudyState
from .search_box import SearchBox
from .stylesheets import BOX, BUTTON, WIDGETS
from .text_panes import PlainText

_NEW = ""
_HELP = (
    "Words and texts in quotes are looked for everywhere. Fields: "
    + ", ".join(f"{one}:" for one in FIELDS)
    + ". Numbers: score>0.9, trials>=50, lr<1e-3 (of the best configuration). OR, - and "
    "parentheses combine them."
)


class HistoryBox(pn.viewable.Viewer):
    """Lists the studies of the store, newest first.

    Parameters
    ----------
    on_open, on_resume : function
        Called with the id of the chosen study; an empty id means a new study.
    on_search : function
        Called when the user has asked for something else; then `offer` is to be called.
    complete : function
        Returns how a query may go on.
    """

    def __init__(
        self,
        on_open: Callable[[str], None],
        on_resume: Callable[[str], None],
        on_search: Callable[[], None] = lambda: None,
        complete: Callable[[str], list[Completion]] = lambda _text: [],
    ) -> None:
        super().__init__()
        self._on_open = on_open
        self._search = SearchBox(
            complete,
            label="Find studies",
            placeholder='model:forest score>0.9 "churn"',
            help=_HELP,
        )
        self._search.param.watch(lambda _event: on_search(), "value")
        self._found = PlainText("", visible=False, css_classes=["tb-note"], **BOX)
        self._is_showing = False
        self._choice = pn.widgets.Select(label="Study", options={"New study": _NEW}, **WIDGETS)
        self._choice.param.watch(self._chosen, "value")
        self._offer = PlainText("", css_classes=["tb-text"], **BOX)
        self._resume = pn.widgets.Button(label="Resume it", color="primary", **BUTTON)
        self._resume.on_click(lambda _event: on_resume(self._offered))
        self._offered = _NEW
        self._banner = pn.Row(
            self._offer, self._resume, visible=False, css_classes=["tb-card", "tb-between"], **BOX
        )

    @property
    def banner(self) -> pn.Row:
        """The offer to resume the newest interrupted study; not visible without one."""
        return self._banner

    @property
    def query(self) -> str:
        """What the user looks for."""
        return self._search.value

    @property
    def found(self) -> str:
        """What is said of the search: how many there are, or why it cannot be done."""
        return str(self._found.object)

    def say_found(self, text: str) -> None:
        """Say something under the search box; nothing hides the line."""
        self._found.param.update(object=text, visible=bool(text))

    def offer(self, records: Sequence[StudyRecord], current: str) -> None:
        """List these studies; `current` is the id of the one on the page."""
        options = {"New study": _NEW}
        for record in records:
            options[_line(record, options)] = record.id
        self._is_showing = True
        try:
            value = current if current in options.values() else _NEW
            self._choice.param.update(options=options, value=value)
        finally:
            self._is_showing = False
        left = [one for one in records if _was_interrupted(one) and one.id != current]
        self._banner.visible = bool(left)
        if left:
            self._offered = left[0].id
            self._offer.object = _offer(left[0])

    def _chosen(self, *_events: object) -> None:
        if not self._is_showing:
            self._on_open(self._choice.value)

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Column(self._search, self._found, self._choice, **BOX)


def _was_interrupted(record: StudyRecord) -> bool:
    return record.shown_state == StudyState.INTERRUPTED


def _offer(record: StudyRecord) -> str:
    n_trials = Settings.from_dict(record.settings).n_trials
    return (
        f"The study “{record.name}” was interrupted after {record.n_finished} of {n_trials} "
        "trials. Nothing that had finished is lost."
    )


def _line(record: StudyRecord, taken: dict[str, str]) -> str:
    settings = Settings.from_dict(record.settings)
    when = datetime.fromtimestamp(record.created_at).strftime("%d %b %H:%M")
    parts = [record.name, f"{record.n_finished}/{settings.n_trials}", record.shown_state, when]
    if record.best_score is not None:
        parts.insert(1, f"{settings.metric.label} {settings.metric.shown(record.best_score):.4g}")
    parts += [f"#{tag}" for tag in record.marks.tags]
    line = ("★ " if record.marks.is_starred else "") + " · ".join(parts)
    return line if line not in taken else f"{line} · {record.id[:6]}"
