"""The comparison: studies and algorithms on shared axes, the best so far by trial or by time."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

import numpy as np
import panel as pn
from bokeh.models import ColumnDataSource, HoverTool, LayoutDOM, Line, Range1d, Scatter, VArea
from bokeh.plotting import figure

from ...engine.analysis.comparison import Band, compare
from ...engine.metric import Metric
from ...engine.past_runs import PastRuns, Run
from ...engine.trial import Trial
from ..axis import value_text
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..series_colors import N_SERIES, series_colors
from ..stylesheets import BOX, BUTTON
from ..text_panes import Markup
from ..theme import paint, stylesheet
from ..trial_source import TrialSource
from ..view import FigureKit, add_axis, add_grid, tooltip, why_no_scores

HEIGHT = 340
COLUMNS = ("x", "middle", "low", "high", "label", "score", "runs", "size")
AGAINST: dict[str, Literal["trial", "time"]] = {"trials": "trial", "seconds": "time"}
LINES = {"study": "study", "algorithm": "algorithm"}
AXES = {"trial": "finished trials", "time": "seconds since the study began"}


@dataclass(frozen=True)
class Compared:
    """What there is to choose from, and the bands of what is chosen."""

    runs: Sequence[Run]
    bands: Sequence[Band]
    by: str
    n_left_out: int = 0


class CompareView(ComputedView):
    """A line per study, or a median with quartiles per algorithm, of the best score so far.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    study : str
        Id of the study on the page; empty before it is stored.
    past : PastRuns or None
        The other studies; None without a history.
    """

    _compared: Compared

    def __init__(self, trials: TrialSource, study: str, past: PastRuns | None) -> None:
        self._study, self._past = study, past
        super().__init__(trials)

    @property
    def figures(self) -> list[figure]:
        """The one figure."""
        return [self._figure]

    @property
    def choices(self) -> Hashable:
        """What is compared, and how."""
        return (tuple(self._others.value), self._line.value, self._by.value)

    def work(self, moment: Moment) -> Job:
        """Return the bands of the study on the page and of those chosen."""
        chosen, line, by = set(self._others.value), self._line.value, self._by.value
        own = Run(self._study, "this study", "this study", "", len(moment.trials))

        def compared() -> Compared:
            runs = [] if self._past is None else self._past.runs()
            here = next((one for one in runs if one.id == self._study), own)
            others = [one for one in runs if one.id in chosen and one.id != self._study]
            found = {} if self._past is None else self._past.trials(others, chosen)
            groups: dict[str, list[Sequence[Trial]]] = {_label(here, line): [moment.trials]}
            for one in others:
                groups.setdefault(_label(one, line, groups), []).append(found[one.id])
            kept = dict(list(groups.items())[:N_SERIES])
            return Compared(runs, compare(kept, by=by), by, len(groups) - len(kept))

        return compared

    def show(self, outcome: Compared) -> None:  # type: ignore[override]
        """Show bands in place of those before."""
        is_first = not self._compared.runs
        self._compared = outcome
        self._offer(outcome.runs, is_first=is_first)
        metric = self.trials.metric
        for place, source in enumerate(self._sources):
            band = outcome.bands[place] if place < len(outcome.bands) else Band("")
            source.data = _columns(band, metric)
        self._scale(outcome)
        self._table.object = _table(outcome.bands, metric, series_colors(self.is_dark))
        self.follow()

    def follow(self) -> None:
        """Say what is left out."""
        super().follow()
        n_out = self._compared.n_left_out
        said = f"{n_out} more are left out: choose at most {N_SERIES}." if n_out else ""
        self._say(self._remark, said)

    def paint(self, is_dark: bool) -> None:
        """Set the colours of the mode."""
        if is_dark != self.is_dark:
            super().paint(is_dark)
            self._color()
            colors = series_colors(is_dark)
            self._table.object = _table(self._compared.bands, self.trials.metric, colors)

    def _offer(self, runs: Sequence[Run], *, is_first: bool) -> None:
        """List the other studies; those on the same data are chosen at first."""
        others = [one for one in runs if one.id != self._study]
        options: dict[str, str] = {}
        for one in others:
            text = f"{one.name[:48]} · {one.algorithm} · {one.n_trials}"
            options[f"{text} · {one.id[:6]}" if text in options else text] = one.id
        if list(options.items()) == list(self._others.options.items()):
            return
        chosen = [one for one in self._others.value if one in options.values()]
        here = next((one for one in runs if one.id == self._study), None)
        if is_first and here is not None and here.origin:
            chosen = [one.id for one in others if one.origin == here.origin][: N_SERIES - 1]
        self._others.param.update(options=options, value=chosen)

    def _why_empty(self) -> str:
        if any(source.data["x"] for source in self._sources):
            return ""
        return why_no_scores(self.trials)

    def _head(self) -> list[pn.viewable.Viewable]:
        self._others = pn.widgets.MultiSelect(
            label="Compare with (Ctrl or Shift for several)",
            options={},
            value=[],
            size=4,
            width=420,
            **BUTTON,
        )
        self._others.visible = self._past is not None
        self._line, self._by = (
            pn.widgets.Select(label=label, options=options, value=value, width=140, **BUTTON)
            for label, options, value in (
                ("A line per", LINES, "study"),
                ("Against", AGAINST, "trial"),
            )
        )
        return [pn.Row(self._others, self._line, self._by, **BOX)]

    def _body(self) -> pn.viewable.Viewable:
        self._table = Markup("", stylesheets=[stylesheet("facts")])
        return pn.Column(super()._body(), self._table, sizing_mode="stretch_width", margin=0)

    def _build(self) -> LayoutDOM:
        self._compared = Compared((), (), "trial")
        kit = FigureKit()
        plot = kit.new_figure("", HEIGHT, Range1d(0, 1), Range1d(0, 1))
        plot.title.visible = False
        self._figure = plot
        add_axis(plot, "below", kit, AXES["trial"])
        label = f"best {self.trials.metric.axis_label} so far"
        add_grid(plot, add_axis(plot, "left", kit, label))
        # Its marks are there from the start: the browser builds a plot anew when some are added.
        self._sources = [ColumnDataSource({n: [] for n in COLUMNS}) for _ in range(N_SERIES)]
        self._marks = [self._draw(plot, source) for source in self._sources]
        self._color()
        paint(plot, self.is_dark)
        return plot

    def _draw(self, plot: figure, source: ColumnDataSource) -> tuple[VArea, Line, Scatter]:
        band = VArea(x="x", y1="low", y2="high", fill_alpha=0.15)
        line = Line(x="x", y="middle", line_width=2)
        plot.add_glyph(source, band, name="band")
        drawn = plot.add_glyph(source, line, name="series")
        # A line of one point is not drawn at all.
        end = Scatter(x="x", y="middle", size="size", line_color=None)
        plot.add_glyph(source, end, name="end")
        template = tooltip([("best so far", "score"), ("runs", "runs")], "<b>@label</b>")
        plot.add_tools(HoverTool(renderers=[drawn], show_arrow=False, limit=1, tooltips=template))
        return band, line, end

    def _color(self) -> None:
        for (band, line, end), color in zip(self._marks, series_colors(self.is_dark), strict=True):
            band.fill_color = end.fill_color = color
            line.line_color = color

    def _scale(self, outcome: Compared) -> None:
        self._figure.below[0].axis_label = AXES[outcome.by]
        ends = [band.x[-1] for band in outcome.bands if band.x]
        # The first few scores would squeeze the lines together where they end.
        parts = [_columns(band, self.trials.metric) for band in outcome.bands]
        values = np.array([one for part in parts for name in ("low", "high") for one in part[name]])
        values = values[np.isfinite(values)]
        if not ends or not values.size:
            return
        self._figure.x_range.update(start=0, end=1.02 * max(ends))
        is_minimized = self.trials.metric.is_minimized
        low, high = np.quantile(values, [0.0, 0.9] if is_minimized else [0.1, 1.0])
        room = 0.08 * float(high - low) or 0.05 * abs(float(high)) or 0.5
        self._figure.y_range.update(start=float(low) - room, end=float(high) + room)


def _label(run: Run, line: str, taken: Mapping[str, Any] | None = None) -> str:
    """Return whose line a study is in; studies of one name stay apart by their ids."""
    if line == "algorithm":
        return run.algorithm
    return f"{run.name} ({run.id[:6]})" if run.name in (taken or {}) else run.name


def _columns(band: Band, metric: Metric) -> dict[str, list[Any]]:
    sides = np.array([band.middles, band.lows, band.highs], dtype=float).reshape(3, -1)
    known = np.isfinite(sides[0])
    sides = np.vectorize(metric.shown, otypes=[float])(sides[:, known]) if known.any() else sides
    x = np.array(band.x, dtype=float)[known]
    if not known.any():
        return {name: [] for name in COLUMNS}
    n_runs = np.array(band.n_runs)[known].tolist()
    return {
        "x": x.tolist(),
        "middle": sides[0].tolist(),
        "low": np.minimum(sides[1], sides[2]).tolist(),
        "high": np.maximum(sides[1], sides[2]).tolist(),
        "label": [band.label] * len(x),
        "score": [value_text(one, 5) for one in sides[0]],
        "runs": n_runs,
        "size": [*[0] * (len(x) - 1), 7],
    }


def _table(bands: Sequence[Band], metric: Metric, colors: Sequence[str]) -> str:
    """Return the key: the colour of each line, and where it ends."""
    rows = []
    for band, color in zip(bands, colors, strict=False):
        columns = _columns(band, metric)
        if not columns["x"]:
            continue
        low, high, middle = (columns[name][-1] for name in ("low", "high", "middle"))
        spread = f" ({value_text(low)} to {value_text(high)})" if low != high else ""
        dot = f'<i style="background:{color}"></i>'
        cells = (
            f"<td>{dot}{escape(band.label)}</td><td>{columns['runs'][-1]}</td>"
            f"<td>{value_text(middle, 5)}{spread}</td>"
            f"<td>{_arrival(columns, is_minimized=metric.is_minimized)}</td>"
        )
        rows.append(f"<tr>{cells}</tr>")
    if not rows:
        return ""
    heads = ("line", "runs", f"best {metric.label}", "within 1 % of its best from")
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _arrival(columns: Mapping[str, list[Any]], *, is_minimized: bool) -> str:
    """Return from where on the line was within a hundredth of the way that it has come."""
    scores = np.array(columns["middle"]) * (-1 if is_minimized else 1)
    goal = scores[-1] - 0.01 * (scores[-1] - scores[0])
    return value_text(float(columns["x"][int(np.argmax(scores >= goal))]))
