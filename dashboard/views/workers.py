"""The workers: who ran which trial when, and how busy each was."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from bokeh.models import ColumnDataSource, HoverTool, LayoutDOM, Quad, Range1d, TapTool
from bokeh.plotting import figure

from ...engine.analysis.schedule import Schedule, schedule
from ..axis import Ticks
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..theme import paint
from ..trial_source import TrialSource
from ..view import FigureKit, add_axis, add_grid, set_ticks, tooltip

LANE_HEIGHT, MARGIN_HEIGHT, MIN_LANES = 30, 60, 3
N_BARS_MAX = 3_000
COLUMNS = ("left", "right", "bottom", "top", "trial", "what", "failed")


class WorkersView(ComputedView):
    """A bar per trial on the lane of its worker; a click opens the trial.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    on_open : callable
        Told the number of the trial that was clicked.
    """

    def __init__(self, trials: TrialSource, on_open: Callable[[int], None]) -> None:
        self._on_open = on_open
        self._schedule = Schedule()
        super().__init__(trials)

    @property
    def figures(self) -> list[figure]:
        """The one figure."""
        return [self._figure]

    def work(self, moment: Moment) -> Job:
        """Return the schedule of the finished trials."""
        return lambda: schedule(moment.trials)

    def show(self, outcome: Schedule) -> None:  # type: ignore[override]
        """Show a schedule in place of the one before; of very many bars the latest."""
        self._schedule = outcome
        rows = sorted(outcome.rows, key=lambda row: row.start_s)[-N_BARS_MAX:]
        n_lanes = len(outcome.lanes)
        self._source.data = {
            "left": [row.start_s for row in rows],
            "right": [row.end_s for row in rows],
            "bottom": [n_lanes - 1 - row.lane - 0.36 for row in rows],
            "top": [n_lanes - 1 - row.lane + 0.36 for row in rows],
            "trial": [row.number for row in rows],
            "what": [f"{row.state.value}, {row.end_s - row.start_s:.2f} s" for row in rows],
            "failed": [0.35 if row.state.is_failed else 0.85 for row in rows],
        }
        begin = min((row.start_s for row in rows), default=0.0)
        end = max((row.end_s for row in rows), default=1.0)
        self._figure.x_range.update(start=begin, end=begin + 1.02 * (end - begin or 1.0))
        self._figure.y_range.update(start=min(0, n_lanes - MIN_LANES) - 0.5, end=n_lanes - 0.5)
        self._figure.height = MARGIN_HEIGHT + LANE_HEIGHT * max(n_lanes, MIN_LANES)
        places = tuple(float(n_lanes - 1 - lane) for lane in range(n_lanes))
        labels = tuple(
            f"{name[:24]} · {busy:.0%} busy"
            for name, busy in zip(outcome.lanes, outcome.busy, strict=True)
        )
        set_ticks(self._figure.left[0], Ticks(places, labels))
        self.follow()

    def follow(self) -> None:
        """Say what is left out."""
        super().follow()
        n_out = len(self._schedule.rows) - N_BARS_MAX
        self._say(self._remark, f"The latest {N_BARS_MAX:,} trials." if n_out > 0 else "")

    def _why_empty(self) -> str:
        if self.trials.n_trials == 0:
            return "No trials yet. Press Start."
        return ""

    def _build(self) -> LayoutDOM:
        kit = FigureKit()
        height = MARGIN_HEIGHT + LANE_HEIGHT * MIN_LANES
        plot = kit.new_figure("", height, Range1d(0, 1), Range1d(-0.5, MIN_LANES - 0.5))
        plot.title.visible = False
        self._figure = plot
        add_grid(plot, add_axis(plot, "below", kit, "seconds since the first trial began"))
        add_axis(plot, "left", kit, ticks=Ticks((), ()))
        self._source = ColumnDataSource({name: [] for name in COLUMNS})
        bar = Quad(left="left", right="right", bottom="bottom", top="top", line_width=1)
        # Of a very short trial only the line is seen.
        bar.update(fill_alpha="failed", line_alpha="failed")
        drawn = plot.add_glyph(
            self._source, bar, selection_glyph=bar, nonselection_glyph=bar, name="workers"
        )
        hover = HoverTool(
            renderers=[drawn],
            show_arrow=False,
            tooltips=tooltip([("", "what")], "<b>Trial @trial</b>"),
        )
        plot.add_tools(TapTool(renderers=[drawn]), hover)
        self._source.selected.on_change("indices", lambda _n, _o, rows: self._tapped(rows))
        paint(plot, self.is_dark)
        return plot

    def _tapped(self, rows: Sequence[int]) -> None:
        if rows:
            number = int(self._source.data["trial"][rows[-1]])
            self._source.selected.indices = []
            self._on_open(number)
