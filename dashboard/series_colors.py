"""The colours of lines that stand side by side, such as studies: apart for colour-blind eyes."""

from __future__ import annotations

LIGHT = ("#1f63c6", "#b07a00", "#0b8a72", "#8a4fb0", "#d4548c", "#4aa8d8", "#6b4a2b", "#8b94a0")
DARK = ("#6aa5f7", "#e0b040", "#4fd1b5", "#c08be0", "#f08ab8", "#a8dcf5", "#c49a74", "#8b94a0")
N_SERIES = len(LIGHT)


def series_colors(is_dark: bool) -> tuple[str, ...]:
    """Return the colours of the mode, in the order in which they are given out."""
    return DARK if is_dark else LIGHT
