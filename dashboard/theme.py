"""The one palette, type scale and set of plot options, light and dark.

A colour stands for the same thing in every view: blue is a trial (pale when early, strong when
late), orange a new best, red a failure, green what is estimated from trials. Views name their
renderers after `MARKS`; `paint` knows how each mark looks in either mode.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

# Registers HoloViews' Bokeh plots; `hv.extension` would also write into a notebook's output.
import holoviews.plotting.bokeh  # noqa: F401
from bokeh.models import BoxSelectTool, GlyphRenderer, LinearColorMapper, Plot
from holoviews import Store, opts

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
TITLE_SIZE, LABEL_SIZE, TICK_SIZE = "12px", "11px", "10.5px"

# Up to so many trials: the size of a point, and the width of the rim that sets it apart from
# its neighbours. A rim doubles the time of drawing, which is what a browser can least spare.
POINT_LOOKS = ((250, 6.5, 0.5), (1000, 5.5, 0.5), (math.inf, 4.5, 0.0))

# Hovers hang outside the board, where its variables do not reach: one look for both modes, over
# Bokeh's own padding.
TOOLTIP = (
    f"font:12px/1.5 {FONT};max-width:320px;margin:-5px;padding:6px 10px;"
    "background:#27313f;color:#f4f7fa"
)

# By group, so that no other plot of the user's session changes.
opts.defaults(
    {
        "Scatter.Trials": {
            "size": POINT_LOOKS[0][1],
            "fill_alpha": 0.9,
            "line_width": POINT_LOOKS[0][2],
            "selection_fill_alpha": 1.0,
            "selection_line_width": 0.9,
            "nonselection_alpha": 0.12,
            "nonselection_line_alpha": 0.0,
        },
        "Curve.Best": {"line_width": 2},
        "Rectangles.Importance": {"line_width": 0},
        "Segments.Importance": {"line_width": 1.5},
    },
    backend="bokeh",
)


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one mode; marks that must be told apart differ in shape or lightness too."""

    page: str
    card: str
    raised: str
    text: str
    muted: str
    line: str
    grid: str
    primary: str
    on_primary: str
    accent: str
    failed: str
    outline: str
    trend: str
    ramp: tuple[str, ...]
    words: tuple[str, ...]
    kin: str


LIGHT = Palette(
    page="#f6f7f9",
    card="#ffffff",
    raised="#f3f5f8",
    text="#1b2430",
    muted="#5d6978",
    line="#d8dde4",
    grid="#eef1f5",
    primary="#1f5fc4",
    on_primary="#ffffff",
    accent="#e8710a",
    failed="#c9252d",
    outline="#0f1722",
    trend="#0b8a72",
    ramp=("#b0cdf0", "#5f9be0", "#1f63c6", "#0b3478"),
    words=(
        "#1f63c6",
        "#b07a00",
        "#0b8a72",
        "#8a4fb0",
        "#d4548c",
        "#4aa8d8",
        "#6b4a2b",
        "#8b94a0",
    ),
    kin="#8a2fb5",
)
DARK = Palette(
    page="#0f1318",
    card="#171c23",
    raised="#1e242d",
    text="#e6eaf0",
    muted="#98a4b3",
    line="#333c48",
    grid="#232a33",
    primary="#6aa5f7",
    on_primary="#0b1220",
    accent="#ff9d42",
    failed="#ff6b6b",
    outline="#ffffff",
    trend="#4fd1b5",
    ramp=("#2a4a75", "#3c78c4", "#6facf5", "#cfe4ff"),
    words=(
        "#6aa5f7",
        "#e0b040",
        "#4fd1b5",
        "#c08be0",
        "#f08ab8",
        "#a8dcf5",
        "#c49a74",
        "#8b94a0",
    ),
    kin="#d79bf5",
)


def palette(is_dark: bool) -> Palette:
    """Return the colours of the mode."""
    return DARK if is_dark else LIGHT


@cache
def ramp(is_dark: bool, n_colors: int = 32) -> list[str]:
    """Return the colours of trials, early to late."""
    stops = palette(is_dark).ramp
    return [_between(stops, index / (n_colors - 1)) for index in range(n_colors)]


def _between(stops: tuple[str, ...], share: float) -> str:
    place = share * (len(stops) - 1)
    left = min(int(place), len(stops) - 2)
    pairs = zip(_channels(stops[left]), _channels(stops[left + 1]), strict=True)
    mixed = (round(a + (b - a) * (place - left)) for a, b in pairs)
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


def _channels(color: str) -> tuple[int, ...]:
    return tuple(int(color[start : start + 2], 16) for start in (1, 3, 5))


WORDS = "words"
"""Tags a colour mapper of words, with how many there are."""
MAX_WORDS = len(LIGHT.words)
"""So many words have a colour; the last one is for all others."""


def trial_colors(is_dark: bool, tags: Sequence[Any] = ()) -> list[str]:
    """Return the colours of trials: of as many words as the mapper's tags say, else the ramp."""
    if WORDS in tags:
        return list(palette(is_dark).words[: tags[1]])
    return ramp(is_dark)


def order_high(n_trials: int) -> int:
    """Return the upper end of the order's colours: it moves seldom, so that colours stay put."""
    high = 25
    while high < n_trials:
        high *= 2
    return high


def fit_points(figure: Plot, n_trials: int) -> None:
    """Draw smaller points where there are more, in place."""
    size, rim = next((size, rim) for most, size, rim in POINT_LOOKS if n_trials <= most)
    for renderer in figure.renderers:
        if renderer.name == "points" and renderer.glyph.size != size:
            renderer.glyph.line_width = rim
            for glyph in (renderer.glyph, renderer.selection_glyph, renderer.nonselection_glyph):
                glyph.size = size


def draw(element: Any, figure: Plot, source: Any = None) -> GlyphRenderer:
    """Draw a HoloViews element into a figure, on `source` if given, and return its renderer.

    This is how HoloViews draws the layers of its own overlays. `hv.render` would make a figure,
    axes, ranges and tools per element, only to have them replaced: half of the time of a plot.
    """
    plot_class = Store.registry["bokeh"][type(element)]
    renderer = Store.renderers["bokeh"]
    plot = plot_class(element, renderer=renderer, overlaid=1, keys=[()], dimensions=[])
    plot.initialize_plot(plot=figure, source=source)
    drawn: GlyphRenderer = plot.handles["glyph_renderer"]
    return drawn


def paint(figure: Plot, is_dark: bool) -> None:
    """Set the colours of a figure and of all its marks, in place."""
    colors = palette(is_dark)
    figure.title.text_color = colors.text
    for tool in figure.tools:
        if isinstance(tool, BoxSelectTool):
            tool.overlay.update(fill_color=colors.primary, line_color=colors.primary)
    for layer in (*figure.left, *figure.below, *figure.right, *figure.center):
        if type(layer).__name__ in CHROME and layer.name != "shade":
            layer.update(**CHROME[type(layer).__name__](colors))
    for renderer in figure.renderers:
        paint_mark(renderer, is_dark)


def paint_mark(renderer: GlyphRenderer, is_dark: bool) -> None:
    """Set the colours of one mark of a figure, in place."""
    if renderer.name in MARKS:
        MARKS[renderer.name](renderer, palette(is_dark))


CHROME: dict[str, Callable[[Palette], dict[str, Any]]] = {
    "LinearAxis": lambda colors: {
        "axis_line_color": colors.line,
        "major_tick_line_color": colors.line,
        "major_label_text_color": colors.muted,
        "axis_label_text_color": colors.muted,
    },
    "Grid": lambda colors: {"grid_line_color": colors.grid},
    "BoxAnnotation": lambda colors: {"fill_color": colors.trend},
    "ColorBar": lambda colors: {
        "major_label_text_color": colors.muted,
        "title_text_color": colors.muted,
        "title_text_font": FONT,
        "major_label_text_font": FONT,
    },
    "Span": lambda colors: {"line_color": colors.muted},
    "Slope": lambda colors: {"line_color": colors.muted},
}


def _set_ramp(mapper: LinearColorMapper, colors: Palette) -> None:
    wanted = trial_colors(colors is DARK, mapper.tags)
    if mapper.palette != wanted:
        mapper.palette = wanted


def _paint_points(renderer: GlyphRenderer, colors: Palette) -> None:
    _set_ramp(renderer.glyph.fill_color.transform, colors)
    renderer.glyph.line_color = colors.card
    renderer.selection_glyph.line_color = colors.outline


def _paint_incumbents(renderer: GlyphRenderer, colors: Palette) -> None:
    renderer.glyph.update(fill_color=colors.accent, line_color=colors.card)
    renderer.nonselection_glyph.fill_color = colors.accent


def _paint_failed(renderer: GlyphRenderer, colors: Palette) -> None:
    renderer.glyph.line_color = colors.failed
    renderer.nonselection_glyph.line_color = colors.failed


def _paint_best(renderer: GlyphRenderer, colors: Palette) -> None:
    renderer.glyph.line_color = colors.accent


def _paint_bars(renderer: GlyphRenderer, colors: Palette) -> None:
    renderer.glyph.fill_color = colors.ramp[1]


def _paint_whiskers(renderer: GlyphRenderer, colors: Palette) -> None:
    renderer.glyph.line_color = colors.text


def _paint_strip(renderer: GlyphRenderer, colors: Palette) -> None:
    _set_ramp(renderer.glyph.fill_color.transform, colors)
    renderer.selection_glyph.line_color = colors.outline


def _paint_color(color: str, *properties: str) -> Callable[[GlyphRenderer, Palette], None]:
    """Return what paints a mark in one colour of the palette."""

    def paint_color(renderer: GlyphRenderer, colors: Palette) -> None:
        names = properties or ("line_color",)
        renderer.glyph.update(**{name: getattr(colors, color) for name in names})

    return paint_color


def _paint_lines(renderer: GlyphRenderer, colors: Palette) -> None:
    mapper = renderer.glyph.line_color.transform
    _set_ramp(mapper, colors)
    mapper.nan_color = colors.failed


def _paint_terrain(renderer: GlyphRenderer, colors: Palette) -> None:
    _set_ramp(renderer.glyph.fill_color.transform, colors)


def _paint_cells(renderer: GlyphRenderer, colors: Palette) -> None:
    _set_ramp(renderer.glyph.fill_color.transform, colors)
    renderer.glyph.line_color = colors.line


def _paint_foretold(renderer: GlyphRenderer, colors: Palette) -> None:
    for glyph in (renderer.glyph, renderer.selection_glyph, renderer.nonselection_glyph):
        glyph.update(fill_color=colors.primary, line_color=colors.card)
    renderer.selection_glyph.line_color = colors.outline


def _paint_places(renderer: GlyphRenderer, colors: Palette) -> None:
    for glyph in (renderer.glyph, renderer.selection_glyph, renderer.nonselection_glyph):
        glyph.update(fill_color=colors.card, line_color=colors.outline)
    renderer.selection_glyph.fill_color = colors.accent


def _paint_past(renderer: GlyphRenderer, colors: Palette) -> None:
    for glyph in (renderer.glyph, renderer.selection_glyph, renderer.nonselection_glyph):
        glyph.line_color = colors.muted


def _paint_labels(renderer: GlyphRenderer, colors: Palette) -> None:
    renderer.glyph.update(
        text_color=colors.text, text_font={"value": FONT}, background_fill_color=colors.card
    )


def _paint_spread(renderer: GlyphRenderer, colors: Palette) -> None:
    for glyph in (renderer.glyph, renderer.nonselection_glyph):
        glyph.line_color = colors.muted


def _paint_rails(renderer: GlyphRenderer, colors: Palette) -> None:
    renderer.glyph.line_color = colors.muted


MARKS: dict[str, Callable[[GlyphRenderer, Palette], None]] = {
    "kin": _paint_color("kin"),
    "kin lines": _paint_color("kin"),
    "lineage": _paint_color("muted"),
    "stretches": _paint_color("muted", "fill_color"),
    "spread": _paint_spread,
    "trend mean": _paint_color("trend"),
    "trend band": _paint_color("trend", "fill_color"),
    "trend interval": _paint_color("trend"),
    "terrain": _paint_terrain,
    "places": _paint_places,
    "past": _paint_past,
    "workers": _paint_color("primary", "fill_color", "line_color"),
    "front": _paint_color("accent"),
    "promotions": _paint_color("muted"),
    "flows": _paint_color("primary"),
    "cells": _paint_cells,
    "foretold": _paint_foretold,
    "promise": _paint_color("accent", "fill_color"),
    "lines": _paint_lines,
    "labels": _paint_labels,
    "rails": _paint_rails,
    "points": _paint_points,
    "strip": _paint_strip,
    "change up": _paint_color("primary", "fill_color", "line_color"),
    "change down": _paint_color("muted", "fill_color", "line_color"),
    "change other": _paint_color("line", "fill_color", "line_color"),
    "change best": _paint_color("accent", "fill_color", "line_color"),
    "change step": _paint_color("text", "fill_color", "line_color"),
    "incumbents": _paint_incumbents,
    "failed": _paint_failed,
    "best": _paint_best,
    "bars": _paint_bars,
    "whiskers": _paint_whiskers,
}


@cache
def stylesheet(name: str) -> str:
    """Return one of the style sheets in static/."""
    return (Path(__file__).parent / "static" / f"{name}.css").read_text(encoding="utf-8")


@cache
def script(name: str) -> str:
    """Return one of the scripts in static/."""
    return (Path(__file__).parent / "static" / f"{name}.js").read_text(encoding="utf-8")
