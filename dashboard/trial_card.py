"""The trials of the study on the page: find some, say something of one, act on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import panel as pn

from ..engine.errors import QueryError
from ..engine.history_search import complete_trials, find_trials
from ..engine.marks import NO_MARKS
from ..engine.query import Completion
from ..engine.study import Study
from .axis import value_text
from .marks_form import MarksForm
from .past_actions import PastActions
from .search_box import SearchBox
from .stylesheets import BOX
from .text_panes import PlainText

_HELP = (
    "Hyper-parameters, metrics and numbers are compared: C>10 kernel=rbf score>0.9 duration<2. "
    "Fields: state: optimizer: tag: note: error: is:starred. OR, - and parentheses combine them."
)
_MOST_VALUES = 6


class TrialCard(pn.viewable.Viewer):
    """A search whose hits are selected everywhere, the marks of a trial, and `PastActions`.

    Parameters
    ----------
    actions : PastActions
        What can be done with the selected trials.
    on_found : function
        Called with the numbers of the trials that were asked for.
    do : function
        Called with an action to be done, whose errors it shows.
    """

    def __init__(
        self,
        actions: PastActions,
        on_found: Callable[[list[int]], None],
        do: Callable[[Callable[[], Any]], None],
    ) -> None:
        super().__init__()
        self._actions, self._on_found, self._do = actions, on_found, do
        self._study: Study | None = None
        self._number = 0
        self._search = SearchBox(
            self._complete, label="Find trials", placeholder="C>10 is:starred", help=_HELP
        )
        self._search.param.watch(lambda _event: self.find(), "value")
        self._found = PlainText("", visible=False, css_classes=["tb-note", "tb-apart"], **BOX)
        self._form = MarksForm(self._marked, of_trial=True)

    @property
    def found(self) -> str:
        """What is said of the search: what was found, or why it cannot be done."""
        return str(self._found.object)

    @property
    def search(self) -> SearchBox:
        """The line to search with."""
        return self._search

    def follow(self, study: Study, numbers: Sequence[int]) -> None:
        """Be about these trials of this study from now on."""
        if study is not self._study:
            self._say("")
        self._study = study
        self._number = numbers[0] if numbers else 0
        marks = study.marks().get(self._number, NO_MARKS) if self._number else NO_MARKS
        self._form.show_marks(marks, is_enabled=bool(self._number))
        self._actions.follow(study, numbers)

    def find(self) -> None:
        """Select the trials that are asked for; none for an empty line."""
        study, text = self._study, self._search.value
        if study is None:
            return
        if not text:
            self._say("")
            self._on_found([])
            return
        try:
            found = find_trials(study.trials, study.settings, study.marks(), text)
        except QueryError as error:
            self._say(str(error))
            return
        self._on_found(sorted(one.number for one in found if one.state.is_finished))
        self._say(_words(study, found))

    def _complete(self, text: str) -> list[Completion]:
        study = self._study
        if study is None:
            return []
        return complete_trials(study.trials, study.settings, study.marks(), text)

    def _marked(self, changes: dict[str, Any]) -> None:
        study, number = self._study, self._number
        if study is not None and number:
            self._do(lambda: study.mark(number, **changes))

    def _say(self, text: str) -> None:
        self._found.param.update(object=text, visible=bool(text))

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Column(self._search, self._found, self._actions, self._form, **BOX)


def _words(study: Study, found: Sequence[Any]) -> str:
    """Say how many there are, and which is the best."""
    n_found = len(found)
    words = "1 trial found" if n_found == 1 else f"{n_found} trials found"
    scored = [one for one in found if one.score is not None]
    if not scored:
        return f"{words}."
    best = max(scored, key=lambda one: (one.score, -one.number))
    values = [f"{name} {value_text(one)}" for name, one in list(best.config.items())[:_MOST_VALUES]]
    score = value_text(study.metric.shown(best.score), 5)
    at = f"trial {best.number}, {study.metric.label} {score}"
    return f"{words}, the best is {at}: {', '.join(values)}."
