"""The legend of the trials: what their colours and marks stand for."""

from __future__ import annotations

from collections.abc import Collection
from html import escape

from .colouring import ORDER, Colouring
from .theme import palette, ramp

_MARKS = """
<span><i class="best"></i> new best</span>
<span><b>×</b> failed</span>
"""
_LINES = """
<span><u></u> current value</span>
<span><s></s> mean, 90 % band</span>
"""
_STOPPED = '<span><i class="stopped"></i> stopped early</span>'
_SPREAD = "<span>┃ one standard deviation over folds</span>"
MAX_CHARS = 24


def legend(
    colours: Colouring, is_dark: bool, states: Collection[str] = (), *, has_spread: bool = False
) -> str:
    """Return the legend as HTML; words of the user are escaped."""
    stopped = _STOPPED if "stopped early" in states else ""
    return _colours(colours, is_dark) + _MARKS + stopped + _LINES + (_SPREAD if has_spread else "")


def _colours(colours: Colouring, is_dark: bool) -> str:
    bar = f'<em style="background:linear-gradient(90deg,{",".join(ramp(is_dark, 6))})"></em>'
    if colours.chosen == ORDER:
        return f"<span>early {bar} late trials</span>"
    name = escape(colours.chosen)
    if not colours.words:
        low, high = colours.ends
        return f"<span>{name} {escape(low)} {bar} {escape(high)}</span>"
    shades = palette(is_dark).words
    words = "".join(
        f'<span><i style="background:{shade}"></i> {escape(word[:MAX_CHARS])}</span>'
        for word, shade in zip(colours.words, shades, strict=False)
    )
    return f"<span>{name}:</span>{words}"
