"""The page's style sheets: the palette as CSS variables, and how cards and widgets look."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from .theme import FONT, palette

_STATIC = Path(__file__).parent / "static"


def variables(is_dark: bool) -> str:
    """Return the colours of the mode as CSS variables, which all parts of the board inherit."""
    colors = palette(is_dark)
    values = {
        "tb-bg": colors.page,
        "tb-surface": colors.raised,
        "tb-card": colors.card,
        "tb-text": colors.text,
        "tb-muted": colors.muted,
        "tb-border": colors.line,
        "tb-accent": colors.primary,
        "tb-on-accent": colors.on_primary,
        "tb-best": colors.accent,
        "tb-danger": colors.failed,
        "tb-trend": colors.trend,
        "tb-font": FONT,
        "bokeh-base-font": FONT,
        "design-primary-color": colors.primary,
        "design-primary-text-color": colors.on_primary,
        "design-background-color": colors.card,
        "design-background-text-color": colors.text,
        "design-surface-color": colors.raised,
        "design-surface-text-color": colors.text,
    }
    lines = "".join(f"--{name}:{value};" for name, value in values.items())
    scheme = "dark" if is_dark else "light"
    return f":host{{{lines}color-scheme:{scheme};}}"


_WIDGETS = (_STATIC / "widgets.css").read_text(encoding="utf-8")
# As an address, not as text: Panel then keeps one sheet per page, instead of a copy per widget.
_SHEETS = [f"data:text/css,{quote(_WIDGETS)}#widgets.css"]

BOX: dict[str, Any] = {"stylesheets": _SHEETS, "sizing_mode": "stretch_width", "margin": 0}
"""Keyword arguments of every container and text: as wide as its place, without a margin."""

BUTTON: dict[str, Any] = {"stylesheets": _SHEETS, "margin": (0, 8, 0, 0)}
"""Keyword arguments of every button."""

WIDGETS: dict[str, Any] = {**BOX, "margin": (0, 0, 8, 0)}
"""Keyword arguments of every other widget."""

BOARD = (_STATIC / "board.css").read_text(encoding="utf-8")
"""The layout of the whole board."""

PAGE = (_STATIC / "page.css").read_text(encoding="utf-8")
"""The document around the board, when it is served."""
