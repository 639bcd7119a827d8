"""Text as it is, in which nothing is markup."""

from __future__ import annotations

from html import escape
from typing import Any

import panel as pn


class PlainText(pn.pane.Str):
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
