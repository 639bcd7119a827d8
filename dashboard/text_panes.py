"""Panes of text that send their text and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from typing import Any

import panel as pn


class _TextOnly:
    """Sends a new text without the style sheets of its pane, which have not changed.

    (Panel makes them anew for each text: in a notebook from its network, and in any page the
    browser styles the pane again.)
    """

    _get_properties: Callable[[Any], dict[str, Any]]

    def _update(self, ref: str, model: Any) -> None:
        properties = self._get_properties(model.document)
        properties.pop("stylesheets", None)
        model.update(**properties)


class Markup(_TextOnly, pn.pane.HTML):
    """A pane of HTML that was built here; what users have typed must be escaped in it."""


class PlainText(_TextOnly, pn.pane.Str):
    """A pane whose text is shown letter by letter.

    (Panel's own `Str` escapes on the way to the page only, where the text becomes HTML again:
    a study called ``<img onerror=...>`` would run code.)

    Examples
    --------
    >>> PlainText("<b>")._transform_object("<b>")["object"]
    '&lt;pre&gt;&amp;lt;b&amp;gt;&lt;/pre&gt;'
    """

    def _transform_object(self, obj: Any) -> dict[str, Any]:
        shown: dict[str, Any] = super()._transform_object(escape(str(obj)) if obj else obj)
        return shown
