"""The wide part of the history: all studies, what was done, and what goes in and out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import panel as pn

from ..engine.history import History, StudyRecord
from ..engine.study import Study
from .about_pane import AboutPane
from .export_card import ExportCard
from .import_card import ImportCard
from .learn_card import LearnCard
from .story_pane import StoryPane
from .study_list import StudyList
from .stylesheets import BOX, BUTTON


class HistoryDesk(pn.viewable.Viewer):
    """One part at a time: studies, story, facts, export, import, learning from earlier studies.

    Parameters
    ----------
    history : History
        The store.
    on_open : function
        Called with the id of the study that is to be opened.
    on_learn : function
        Called when other studies were chosen to learn from.
    """

    def __init__(
        self, history: History, on_open: Callable[[str], None], on_learn: Callable[[], None]
    ) -> None:
        super().__init__()
        self._folder = str(history.folder)
        self.studies = StudyList(history, on_open)
        self.story, self.about = StoryPane(), AboutPane()
        self.export = ExportCard()
        self.take_in = ImportCard(history, on_open)
        self.learn = LearnCard(on_learn)
        self._parts: dict[str, Any] = {
            "Studies": self.studies,
            "Story": self.story,
            "About": self.about,
            "Export": self.export,
            "Import": self.take_in,
            "Learn": self.learn,
        }
        self._buttons = {name: self._button(name) for name in self._parts}
        self._place = pn.Column(**BOX)
        self._chosen = ""
        self._study: Study | None = None
        self.show_part("Studies")

    def show_part(self, name: str) -> None:
        """Show one part, in place of the one before."""
        if name == self._chosen:
            return
        self._chosen = name
        for other, button in self._buttons.items():
            button.css_classes = ["tb-chosen"] if other == name else []
        self._place[:] = [self._parts[name]]
        self._look()

    def follow(self, study: Study, records: Sequence[StudyRecord], selection: list[int]) -> None:
        """Be about this study, and list these."""
        self.studies.offer(records)
        self.story.show_actions(study.actions())
        self.export.follow(study, selection, self._folder)
        self.learn.follow(study)
        self._study = study
        self._look()

    def _look(self) -> None:
        if self._study is not None:
            self.about.follow(self._study, is_open=self._chosen == "About")

    def push(self) -> None:
        """Send changes to a notebook, where nothing is sent by itself."""
        self.studies.table.push()

    def _button(self, name: str) -> pn.widgets.Button:
        button = pn.widgets.Button(label=name, **BUTTON)
        # A click may come without the document's lock, which the table's source needs.
        button.on_click(
            lambda _event: pn.state.execute(lambda: self.show_part(name), schedule=True)
        )
        return button

    def __panel__(self) -> pn.viewable.Viewable:
        row = pn.Row(*self._buttons.values(), css_classes=["tb-buttons", "tb-tabs"], **BOX)
        return pn.Column(row, self._place, **BOX)
