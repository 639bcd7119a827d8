"""The story of a study: what was done to it and when, the newest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

import panel as pn

from ..engine.action_words import action_words
from .stylesheets import WIDGETS
from .text_panes import Markup
from .theme import stylesheet

_ALL = "everything"
_KINDS = {
    _ALL: (),
    "edits of the space": ("space", "steer"),
    "settings": ("settings", "rename"),
    "marks and notes": ("mark", "note"),
    "values applied": ("apply", "revert", "fork", "start around"),
}
_MOST = 500


class StoryPane(pn.viewable.Viewer):
    """Lists the actions of a study, all or of one kind."""

    def __init__(self) -> None:
        super().__init__()
        self._actions: Sequence[Mapping[str, Any]] = ()
        self._kind = pn.widgets.Select(label="Show", options=list(_KINDS), **WIDGETS)
        self._kind.param.watch(lambda _event: self._write(), "value")
        self._text = Markup("", stylesheets=[stylesheet("facts")], **_WIDE)
        self._write()

    @property
    def html(self) -> str:
        """What is shown, escaped."""
        return str(self._text.object)

    def show_actions(self, actions: Sequence[Mapping[str, Any]]) -> None:
        """Show these actions, which only grow in number."""
        if len(actions) != len(self._actions) or actions[:1] != self._actions[:1]:
            self._actions = list(actions)
            self._write()

    def _write(self) -> None:
        kinds = _KINDS[self._kind.value]
        told = [one for one in self._actions if not kinds or one.get("kind") in kinds]
        rows = "".join(map(_row, reversed(told[-_MOST:])))
        empty = "<p>Nothing of this kind was done.</p>"
        self._text.object = f"<table>{rows}</table>" if rows else empty

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Column(self._kind, self._text, **_WIDE)


def _row(action: Mapping[str, Any]) -> str:
    at = datetime.fromtimestamp(float(action.get("at", 0.0))).strftime("%Y-%m-%d %H:%M:%S")
    return f"<tr><td>{at}</td><td>{escape(action_words(action))}</td></tr>"


_WIDE: dict[str, Any] = {"sizing_mode": "stretch_width", "margin": 0}
