"""The importance ranking: how much of the score each hyper-parameter explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bokeh.models import ColumnDataSource, HoverTool, LayoutDOM, NumeralTickFormatter, Range1d
from bokeh.plotting import figure
from holoviews import Rectangles, Segments

from ..axis import Ticks, titles
from ..theme import draw, paint
from ..view import FigureKit, View, add_axis, add_grid, set_ticks, tooltip

if TYPE_CHECKING:
    from ...engine.analysis.importance import Importance
    from ...engine.hyper_parameter import SpaceVersion

ROW_HEIGHT, MARGIN_HEIGHT, MIN_ROWS, MAX_ROWS = 24, 84, 5, 12
BAR = 0.32
COLUMNS = ("left", "right", "bottom", "top", "x0", "x1", "y0", "y1", "name", "share", "interval")


class ImportanceView(View):
    """Bars with intervals, the most important hyper-parameter on top.

    It has a small source of its own: its rows are hyper-parameters, not trials.
    """

    _importance: Importance | None

    @property
    def figures(self) -> list[figure]:
        """The one figure of the ranking."""
        return [self._figure]

    def show(self, importance: Importance | None) -> None:  # type: ignore[override]
        """Show a ranking in place of the one before; None where there is none yet.

        (Panel's own `show`, which serves one object as a page, has no use here.)
        """
        self._importance = importance
        self._source.data = _columns(importance)
        n_rows = len(self._source.data["name"])
        places = (float(n_rows - 1 - row) for row in range(n_rows))
        set_ticks(self._names, Ticks(tuple(places), tuple(self._titles())))
        # The lowest lanes stay empty where there are few: bars keep their thickness.
        self._figure.y_range.update(start=min(0, n_rows - MIN_ROWS) - 0.5, end=n_rows - 0.5)
        self._figure.x_range.end = 1.05 * max([0.1, *self._source.data["x1"]])
        self._figure.height = MARGIN_HEIGHT + ROW_HEIGHT * max(n_rows, MIN_ROWS)
        self.follow()

    def move_to(self, space: SpaceVersion) -> None:
        """Call the hyper-parameters as the edited space does."""
        if self._titles() != list(self._names.major_label_overrides.values()):
            self.show(self._importance)

    def _titles(self) -> list[str]:
        names, space = self._source.data["name"], self.trials.space
        known = titles((one for one in space.hyper_parameters if one.name in names), 24)
        # The ranking may be of an earlier space.
        return [known.get(name, name) for name in names]

    def follow(self) -> None:
        """Say what the ranking stands on, or why there is none."""
        super().follow()
        self._say(self._remark, _caption(self._importance))

    def _why_empty(self) -> str:
        if self._importance is None:
            return "The ranking appears after some more trials."
        return "" if self._importance.names else self._importance.verdict

    def _build(self) -> LayoutDOM:
        self._importance = None
        self._source = ColumnDataSource(_columns(None))
        height = MARGIN_HEIGHT + ROW_HEIGHT * MIN_ROWS
        kit = FigureKit()
        self._figure = kit.new_figure(
            "Importance", height, Range1d(0, 1), Range1d(-0.5, MIN_ROWS - 0.5)
        )
        shares = add_axis(self._figure, "below", kit, "share of the score's variance")
        shares.formatter = NumeralTickFormatter(format="0%")
        add_grid(self._figure, shares)
        self._names = add_axis(self._figure, "left", kit, ticks=Ticks((), ()))
        bars = draw(Rectangles([], group="Importance"), self._figure, self._source)
        whiskers = draw(Segments([], group="Importance"), self._figure, self._source)
        bars.name, whiskers.name = "bars", "whiskers"
        rows = [("", "name"), ("share", "share"), ("interval", "interval")]
        self._figure.add_tools(
            HoverTool(renderers=[bars], show_arrow=False, tooltips=tooltip(rows))
        )
        paint(self._figure, self.is_dark)
        return self._figure


def _columns(importance: Importance | None) -> dict[str, list[float] | list[str]]:
    """Return one row per hyper-parameter, the most important first, on the lane n - 1."""
    if importance is None:
        return {name: [] for name in COLUMNS}
    found = zip(importance.names, importance.values, importance.lows, importance.highs, strict=True)
    ranked = sorted(found, key=lambda row: -row[1])[:MAX_ROWS]
    lanes = [float(len(ranked) - 1 - row) for row in range(len(ranked))]
    return {
        "left": [0.0 for _ in ranked],
        "right": [float(value) for _, value, _, _ in ranked],
        "bottom": [lane - BAR for lane in lanes],
        "top": [lane + BAR for lane in lanes],
        "x0": [float(low) for _, _, low, _ in ranked],
        "x1": [float(high) for _, _, _, high in ranked],
        "y0": lanes,
        "y1": lanes,
        "name": [name for name, _, _, _ in ranked],
        "share": [f"{value:.0%}" for _, value, _, _ in ranked],
        "interval": [f"{low:.0%} to {high:.0%}" for _, _, low, high in ranked],
    }


def _caption(importance: Importance | None) -> str:
    if importance is None or not importance.names:
        return ""
    n_names = len(importance.names)
    rest = f" The {MAX_ROWS} largest of {n_names}." if n_names > MAX_ROWS else ""
    said = f"{importance.method}, on {importance.n_trials} trials.{rest}"
    return f"{said} {importance.caution}".strip()
