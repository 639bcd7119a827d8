"""Base of all views, and the figure of trials that several of them draw."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from html import escape
from typing import Any, ClassVar

import panel as pn
from bokeh.document import Document
from bokeh.models import (
    AllIndices,
    AllLabels,
    BasicTicker,
    BasicTickFormatter,
    BoxInteractionHandles,
    BoxSelectTool,
    CategoricalMarkerMapper,
    CDSView,
    FixedTicker,
    GlyphRenderer,
    Grid,
    HoverTool,
    LayoutDOM,
    LinearAxis,
    LinearScale,
    Range1d,
    Scatter,
    TapTool,
    Title,
)
from bokeh.models.annotations.geometry import AreaVisuals
from bokeh.plotting import figure
from holoviews import Scatter as ScatterElement

from ..engine.hyper_parameter import SpaceVersion
from .axis import Ticks
from .text_panes import Markup
from .theme import (
    FONT,
    LABEL_SIZE,
    TICK_SIZE,
    TITLE_SIZE,
    TOOLTIP,
    draw,
    paint,
    stylesheet,
)
from .trial_source import TrialSource

AXIS: dict[str, Any] = {
    "axis_label_text_font": FONT,
    "axis_label_text_font_size": LABEL_SIZE,
    "axis_label_text_font_style": "normal",
    "axis_label_standoff": 4,
    "major_label_text_font": FONT,
    "major_label_text_font_size": TICK_SIZE,
    "major_label_standoff": 4,
    "major_tick_in": 0,
    "major_tick_out": 3,
    "minor_tick_line_color": None,
}
LEFT = "left"
"""Tags the axes whose labels stand one below the other."""
FAILED_LANE = "failed lane"
MARKER_OF_STATE = {
    "completed": "circle",
    "stopped early": "square",
    "failed": "x",
    "timed out": "cross",
    "out of memory": "asterisk",
    "crashed": "y",
    "killed": "dash",
}
TRIAL = '<b>Trial @trial</b> <span style="opacity:.65">@state</span>'

Row = tuple[str, str] | tuple[str, str, str]
"""One line of a hover: a label, and the column that has the value, and for numbers a format."""
DIGITS = "%.4g"
"""The format of a number in a hover."""


class View(pn.viewable.Viewer):
    """One picture of the trials of `trials`, changed in place and never drawn anew.

    A board makes its views once and tells them what happened: `follow` after trials were
    appended, `move_to` after the space was edited, `paint` when the mode changed.

    Parameters
    ----------
    trials : TrialSource
        The session's source; all its views share it, and with it one selection.
    """

    notice_place: ClassVar[dict[str, str]] = {}
    """Where the notice lies; in the middle of the view by default."""

    def __init__(self, trials: TrialSource) -> None:
        super().__init__()
        self.trials = trials
        self.is_dark = False
        self._notice = Markup("", stylesheets=[stylesheet("notice")], styles=self.notice_place)
        self._remark = Markup("", stylesheets=[stylesheet("remark")], visible=False)
        self._panel = pn.Column(
            *self._head(),
            self._body(),
            self._remark,
            self._notice,
            sizing_mode="stretch_width",
            styles={"position": "relative"},
            margin=0,
        )
        self.follow()

    @property
    def is_shown(self) -> bool:
        """Whether the view is in sight; the figures of one that is not keep what they have."""
        return bool(self._panel.visible)

    @is_shown.setter
    def is_shown(self, is_shown: bool) -> None:
        self._panel.visible = is_shown

    @property
    def figures(self) -> list[figure]:
        """The Bokeh figures that the view shows now."""
        return []

    @property
    def notice(self) -> str:
        """The sentence shown instead of trials; empty when there is something to see."""
        return str(self._notice.object)

    @property
    def remark(self) -> str:
        """What is said under the plots, escaped; may be empty."""
        return str(self._remark.object)

    def follow(self) -> None:
        """Take in the trials that were appended to the source: move ranges, say what is empty."""
        self._say(self._notice, self._why_empty())

    def move_to(self, space: SpaceVersion) -> None:
        """Show an edited space, which the source has moved to already."""

    def paint(self, is_dark: bool) -> None:
        """Set the colours of the mode, in place."""
        if is_dark == self.is_dark:
            return
        self.is_dark = is_dark
        with pn.io.hold():
            for one in self.figures:
                paint(one, is_dark)

    def __panel__(self) -> pn.Column:
        return self._panel

    def _head(self) -> list[pn.viewable.Viewable]:
        """Return what stands above the plots."""
        return []

    def _body(self) -> pn.viewable.Viewable:
        return pn.pane.Bokeh(self._build(), sizing_mode="stretch_width", margin=0)

    def _build(self) -> LayoutDOM:
        """Return the plots, which are made once."""
        raise NotImplementedError

    def _why_empty(self) -> str:
        """Return the sentence for a view that has nothing to show; empty when it has."""
        return "" if self.trials.n_trials else "No trials yet."

    def _say(self, pane: Markup, sentence: str) -> None:
        pane.param.update(object=escape(sentence), visible=bool(sentence))


def together(document: Document | None) -> AbstractContextManager[None]:
    """Add or remove models in one go: Bokeh walks all models of the page after each change."""
    batch: AbstractContextManager[None] = pn.io.hold(document, freeze=True)
    return batch


def why_no_scores(trials: TrialSource, *, with_reason: bool = False) -> str:
    """Return why there is no score to draw, in words; empty when there are some."""
    if trials.n_trials == 0:
        return "No trials yet. Press Start."
    if trials.n_completed == 0:
        who = f"All {trials.n_trials} trials" if trials.n_trials > 1 else "The only trial so far"
        return f"{who} failed. {trials.last_error}" if with_reason else f"{who} failed."
    return ""


def score_remark(trials: TrialSource, low: float, high: float) -> str:
    """Return how many trials are not drawn and why, in words; empty when all are."""
    said = (trials.past.legend, _drawn_remark(trials), _beyond_remark(trials, low, high))
    return " ".join(one for one in said if one)


def _drawn_remark(trials: TrialSource) -> str:
    if trials.drawn.is_all:
        return ""
    # The number of trials is not in it: a sentence that changes with every trial costs bytes.
    return (
        f"One trial in {trials.drawn.one_in} is drawn, with every new best; boxes select among "
        "all of them."
    )


def _beyond_remark(trials: TrialSource, low: float, high: float) -> str:
    n_beyond = trials.n_beyond(low, high)
    if n_beyond == 0:
        return ""
    who = f"{n_beyond} trials are" if n_beyond > 1 else "1 trial is"
    return f"{who} far worse than the rest, beyond these axes. The table lists all."


class FigureKit:
    """The models that the figures of one view share: each costs the page about a millisecond."""

    def __init__(self) -> None:
        self.markers = CategoricalMarkerMapper(
            factors=list(MARKER_OF_STATE), markers=list(MARKER_OF_STATE.values())
        )
        self.ticker = BasicTicker(desired_num_ticks=5, num_minor_ticks=0)
        self.formatter = BasicTickFormatter(power_limit_high=6, power_limit_low=-4)
        self.policy = AllLabels()
        self.scale = LinearScale()
        self.all_rows = AllIndices()
        self.handles = BoxInteractionHandles(all=AreaVisuals())
        # A range of its own keeps the lane of failed trials at the bottom, wherever scores go.
        self.lane_range = Range1d(-0.05, 1)

    def new_figure(self, title: str, height: int, x_range: Range1d, y_range: Range1d) -> figure:
        """Return a figure without axes: `add_axis` gives it those that it needs."""
        plot = figure(
            title=Title(text=title, text_font=FONT, text_font_size=TITLE_SIZE, align="left"),
            height=height,
            sizing_mode="stretch_width",
            min_width=200,
            x_range=x_range,
            y_range=y_range,
            x_axis_type=None,
            y_axis_type=None,
            tools=[],
            toolbar_location=None,
            background_fill_color=None,
            border_fill_color=None,
            outline_line_color=None,
        )
        plot.update(x_scale=self.scale, y_scale=self.scale)
        return plot


def add_axis(
    plot: figure, place: str, kit: FigureKit, label: str = "", *, ticks: Ticks | None = None
) -> LinearAxis:
    """Add a quiet axis at "left" or "below", with fixed `ticks` or the browser's own."""
    axis = LinearAxis(
        ticker=kit.ticker if ticks is None else FixedTicker(ticks=[], minor_ticks=[]),
        formatter=kit.formatter,
        major_label_policy=kit.policy,
        axis_label=label or None,
        tags=[place],
        **AXIS,
    )
    plot.add_layout(axis, place)
    if ticks is not None:
        set_ticks(axis, ticks)
    return axis


def show_labels(axis: LinearAxis, is_shown: bool) -> None:
    """Show or hide the tick labels: an empty plot has no scale yet."""
    axis.major_label_text_alpha = 1.0 if is_shown else 0.0


def add_grid(plot: figure, axis: LinearAxis) -> None:
    """Draw thin lines at the ticks of an axis."""
    plot.add_layout(Grid(dimension=int(axis in plot.left), ticker=axis.ticker))


def set_ticks(axis: LinearAxis, ticks: Ticks) -> None:
    """Give an axis with fixed ticks other ones, in place."""
    is_below = LEFT not in axis.tags
    # Labels are slanted, or on two rows by turns, where they stand side by side.
    texts = ticks.labels if is_below else [text.strip() for text in ticks.labels]
    labels = dict(zip(ticks.positions, texts, strict=True))
    if labels == axis.major_label_overrides and list(ticks.positions) == axis.ticker.ticks:
        return
    axis.ticker.ticks = list(ticks.positions)
    axis.update(
        major_label_overrides=labels,
        major_label_orientation=0.6 if is_below and ticks.is_slanted else "horizontal",
    )


def add_trials(
    plot: figure, trials: TrialSource, x: str, kit: FigureKit, rows: Sequence[Row]
) -> None:
    """Draw all trials at column `x` against their score, selectable and with a hover.

    Failed ones have no score: they lie on a lane of their own along the bottom.
    """
    points = _draw_points(plot, trials, x, "score", kit)
    at: dict[str, Any] = {"x": x, "y": "incumbent", "size": 8.5}
    best, faded = Scatter(**at, line_width=0.8), Scatter(**at, fill_alpha=0.12, line_color=None)
    _add_marks(plot, trials, best, faded, name="incumbents")
    marker = {"field": "state", "transform": kit.markers}
    at = {"x": x, "y": "failed", "marker": marker, "size": 6}
    cross, faded = Scatter(**at, line_width=1.5), Scatter(**at, line_alpha=0.2)
    plot.extra_y_ranges[FAILED_LANE] = kit.lane_range
    failed = _add_marks(plot, trials, cross, faded, name="failed", y_range_name=FAILED_LANE)
    _add_tools(plot, trials, [points, failed], kit, rows)
    trials.past.draw(plot, x)
    trials.drawn.select_by_rule(plot)


def add_points(
    plot: figure, trials: TrialSource, x: str, y: str, kit: FigureKit, rows: Sequence[Row]
) -> None:
    """Draw the trials that have both columns, selectable and with a hover."""
    _add_tools(plot, trials, [_draw_points(plot, trials, x, y, kit)], kit, rows)
    trials.drawn.select_by_rule(plot)


def _draw_points(
    plot: figure, trials: TrialSource, x: str, y: str, kit: FigureKit
) -> GlyphRenderer:
    points = draw(ScatterElement(([], []), "x", "score", group="Trials"), plot, trials.source)
    marker = {"field": "state", "transform": kit.markers}
    look = {"x": x, "y": y, "fill_color": trial_color(trials), "marker": marker}
    for glyph in (points.glyph, points.selection_glyph, points.nonselection_glyph):
        glyph.update(**look)
    points.update(name="points", muted_glyph="auto")
    points.view.filter = trials.drawn.filter
    trials.kin.add(plot, x, y)
    return points


def trial_color(trials: TrialSource) -> dict[str, Any]:
    """Return what colours the marks of trials, the same in all views."""
    return {"field": "colour", "transform": trials.colours.mapper}


def add_places(
    plot: figure, trials: TrialSource, kit: FigureKit, rows: Sequence[Row]
) -> list[Scatter]:
    """Draw all trials, selectable and with a hover; the caller moves the glyphs to their place."""
    look: dict[str, Any] = {"x": "order", "y": "score", "size": 5, "line_width": 0.8}
    glyphs = [
        Scatter(**look, fill_alpha=0.35),
        Scatter(**{**look, "size": 7}, fill_alpha=1.0),
        Scatter(**look, fill_alpha=0.05, line_alpha=0.2),
    ]
    points = plot.add_glyph(
        trials.source,
        glyphs[0],
        selection_glyph=glyphs[1],
        nonselection_glyph=glyphs[2],
        view=CDSView(filter=trials.drawn.filter),
        name="places",
    )
    _add_tools(plot, trials, [points], kit, rows)
    trials.drawn.select_by_rule(plot)
    return glyphs


def _add_marks(
    plot: figure, trials: TrialSource, glyph: Scatter, faded: Scatter, **place: str
) -> GlyphRenderer:
    drawn: GlyphRenderer = plot.add_glyph(
        trials.source,
        glyph,
        # Glyphs that the browser derives by itself would keep the colours of the first mode.
        selection_glyph=glyph,
        nonselection_glyph=faded,
        view=CDSView(filter=trials.drawn.filter),
        **place,
    )
    return drawn


def _add_tools(
    plot: figure,
    trials: TrialSource,
    renderers: list[GlyphRenderer],
    kit: FigureKit,
    rows: Sequence[Row],
) -> None:
    box = BoxSelectTool(renderers=renderers)
    box.overlay.update(fill_alpha=0.1, line_width=1, handles=kit.handles)
    hover = HoverTool(renderers=renderers, limit=1, show_arrow=False)
    tell(hover, rows)
    plot.add_tools(box, TapTool(renderers=renderers), hover)
    trials.tools.add(plot, renderers)


def tell(hover: HoverTool, rows: Sequence[Row]) -> None:
    """Let a hover tell these rows of a trial."""
    template = tooltip([*rows, ("", "error")], TRIAL)
    if hover.tooltips != template:
        formatters = {f"@{{{row[1]}}}": "printf" for row in rows if len(row) > 2}
        hover.update(tooltips=template, formatters=formatters)


def tooltip(rows: Sequence[Row], head: str = "") -> str:
    """Return the template of a hover: `head`, then a line per row; user text is escaped."""
    lines = "".join(
        f'<div style="overflow-wrap:anywhere"><span style="opacity:.65">{_plain(label)}</span> '
        f"@{{{column}}}{''.join(f'{{{one}}}' for one in form)}</div>"
        for label, column, *form in rows
    )
    return f'<div style="{escape(TOOLTIP)}">{head}{lines}</div>'


def _plain(text: str) -> str:
    """Escape HTML and the signs that Bokeh's templates read as fields."""
    return escape(text).replace("@", "&#64;").replace("$", "&#36;")
