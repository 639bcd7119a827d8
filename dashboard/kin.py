"""Ancestors and descendants of the trial that was clicked, lit up in every plot."""

from __future__ import annotations

from collections.abc import Sequence

from bokeh.models import CDSView, ColumnDataSource, IndexFilter, Scatter
from bokeh.plotting import figure

from .theme import paint_mark


class Kin:
    """Rings around some trials, on the source that all plots share.

    The rings are added to the plots when they are first wanted: every mark costs the page time.

    Parameters
    ----------
    source : ColumnDataSource
        The session's source.
    """

    def __init__(self, source: ColumnDataSource) -> None:
        self.filter = IndexFilter(indices=[])
        self._source = source
        self._places: list[tuple[figure, str, str]] = []
        self._n_drawn = 0
        self._is_dark = False

    @property
    def rows(self) -> list[int]:
        """The rows that are lit up."""
        return list(self.filter.indices)

    def add(self, plot: figure, x: str, y: str) -> None:
        """Let the rings be drawn in a plot, at these columns."""
        self._places.append((plot, x, y))

    def light(self, rows: Sequence[int], *, is_dark: bool) -> None:
        """Light up these rows, and no others."""
        self._is_dark = is_dark
        if rows:
            for place in self._places[self._n_drawn :]:
                self._draw(*place)
            self._n_drawn = len(self._places)
        if list(rows) != self.filter.indices:
            self.filter.indices = list(rows)

    def _draw(self, plot: figure, x: str, y: str) -> None:
        ring = Scatter(x=x, y=y, size=10, fill_color=None, line_width=1.8)
        view = CDSView(filter=self.filter)
        looks = {"selection_glyph": ring, "nonselection_glyph": ring}
        drawn = plot.add_glyph(self._source, ring, view=view, name="kin", **looks)
        paint_mark(drawn, self._is_dark)
