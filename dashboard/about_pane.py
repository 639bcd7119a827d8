"""How the study on the page was set up and what it ran in: settings, data, versions, code."""

from __future__ import annotations

from typing import Any

import panel as pn

from ..engine.study import Study
from .report_text import code_blocks, settings_table, space_table
from .text_panes import Markup
from .theme import stylesheet


class AboutPane(pn.viewable.Viewer):
    """The facts about one study, written when they are looked at."""

    def __init__(self) -> None:
        super().__init__()
        self._key: Any = None
        self._text = Markup("", stylesheets=[stylesheet("facts")], **_WIDE)

    @property
    def html(self) -> str:
        """What is shown, escaped."""
        return str(self._text.object)

    def follow(self, study: Study, *, is_open: bool) -> None:
        """Be about this study; nothing is written while nobody looks."""
        key = (study.id, study.settings, study.space.version.number, study.name)
        if is_open and key != self._key:
            self._key = key
            data = study.data()
            parts = {
                "Settings and surroundings": settings_table(data),
                "Search space": space_table(data),
                "Code": code_blocks(data),
            }
            self._text.object = "".join(f"<h4>{title}</h4>{html}" for title, html in parts.items())

    def __panel__(self) -> pn.viewable.Viewable:
        return self._text


_WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": 0}
