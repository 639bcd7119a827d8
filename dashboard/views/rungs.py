"""The rungs of a multi-fidelity search: every trial on its rung, with the promotions."""

from __future__ import annotations

import math
from html import escape

import panel as pn
from bokeh.models import ColumnDataSource, LayoutDOM, Range1d, Segment
from bokeh.plotting import figure

from ...engine.analysis.ladder import Ladder, RungFacts, ladder
from ...engine.metric import Metric
from ...engine.trial import Trial
from ..axis import Ticks, tick_text, value_text
from ..background import Job
from ..computed_view import ComputedView, Moment
from ..text_panes import Markup
from ..theme import fit_points, paint, stylesheet
from ..trial_source import GOLDEN, TrialSource
from ..view import FigureKit, add_axis, add_grid, add_trials, score_remark, set_ticks

HEIGHT = 320
N_LINES = 1_000
FIDELITY_PLACE = "fidelity_place"
"""The column with the logarithm of the fidelity, spread a little within its rung."""
JITTER = 0.12
ENDS = ("x0", "x1", "y0", "y1")
NO_RUNGS = "This study has no fidelity: every trial has all of the resource. See Fidelity."


class RungsView(ComputedView):
    """Score against fidelity, a line from each trial to the one that it was promoted to.

    Parameters
    ----------
    trials : TrialSource
        The session's source.
    resource : str
        What the fidelity is an amount of.
    """

    def __init__(self, trials: TrialSource, resource: str) -> None:
        self._resource = resource
        self._ladder = Ladder()
        trials.measure(FIDELITY_PLACE, _place)
        super().__init__(trials)

    @property
    def figures(self) -> list[figure]:
        """The one figure."""
        return [self._figure]

    def work(self, moment: Moment) -> Job:
        """Return the rungs."""
        return lambda: ladder(moment.trials)

    def show(self, outcome: Ladder) -> None:  # type: ignore[override]
        """Show rungs in place of those before; of very many promotions the latest."""
        self._ladder = outcome
        rungs = outcome.rungs
        if rungs:
            places = tuple(math.log(one.fidelity) for one in rungs)
            labels = tuple(tick_text(one.fidelity) for one in rungs)
            set_ticks(self._figure.below[0], Ticks(places, labels))
            self._figure.x_range.update(start=places[0] - 0.5, end=places[-1] + 0.5)
        self._lines.data = self._ends()
        self._table.object = _table(outcome, self._resource, self.trials.metric)
        self.follow()

    def follow(self) -> None:
        """Take in the trials that were appended: move the ranges along with them."""
        super().follow()
        low, high = self.trials.score_range()
        self._figure.y_range.update(start=low, end=high)
        fit_points(self._figure, self.trials.n_trials)
        n_out = len(self._ladder.promotions) - N_LINES
        said = [f"Lines show the latest {N_LINES:,} promotions."] if n_out > 0 else []
        said.append(score_remark(self.trials, low, high))
        self._say(self._remark, " ".join(said).strip())

    def _ends(self) -> dict[str, list[float]]:
        data = self.trials.source.data
        spots = zip(data[FIDELITY_PLACE], data["score"], strict=True)
        place = dict(zip(data["trial"], spots, strict=True))
        found = [
            (*place[parent], *place[child])
            for parent, child in self._ladder.promotions[-N_LINES:]
            if parent in place and child in place
        ]
        lines = [(x0, x1, y0, y1) for x0, y0, x1, y1 in found if not math.isnan(y0 + y1)]
        return {name: [float(one[at]) for one in lines] for at, name in enumerate(ENDS)}

    def _why_empty(self) -> str:
        if not self._resource:
            return NO_RUNGS
        return "" if self.trials.n_trials else "No trials yet. Press Start."

    def _body(self) -> pn.viewable.Viewable:
        self._table = Markup("", stylesheets=[stylesheet("facts")])
        return pn.Column(super()._body(), self._table, sizing_mode="stretch_width", margin=0)

    def _build(self) -> LayoutDOM:
        self._kit = FigureKit()
        plot = self._kit.new_figure("", HEIGHT, Range1d(-0.5, 3.5), Range1d(0, 1))
        plot.title.visible = False
        self._figure = plot
        add_axis(plot, "below", self._kit, self._resource or "fidelity", ticks=Ticks((), ()))
        add_grid(plot, add_axis(plot, "left", self._kit, self.trials.metric.axis_label))
        self._lines = ColumnDataSource({name: [] for name in ENDS})
        line = Segment(x0="x0", x1="x1", y0="y0", y1="y1", line_width=1, line_alpha=0.5)
        plot.add_glyph(self._lines, line, name="promotions")
        rows = [(self.trials.metric.label, "score_text"), ("", "reason")]
        add_trials(plot, self.trials, FIDELITY_PLACE, self._kit, rows)
        paint(plot, self.is_dark)
        return plot


def _place(trial: Trial) -> float | None:
    if not trial.fidelity:
        return None
    return math.log(trial.fidelity) + JITTER * (2 * ((trial.number * GOLDEN) % 1) - 1)


def _table(found: Ladder, resource: str, metric: Metric) -> str:
    if not found.rungs:
        return ""
    heads = (
        resource or "fidelity",
        "trials",
        "promoted",
        "failed",
        "stopped early",
        f"best {metric.label}",
        "seconds in all",
        "order of scores as at the top",
    )
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(one, metric))}</tr>"
        for one in found.rungs
    )
    head = "".join(f"<th>{escape(one)}</th>" for one in heads)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _cells(one: RungFacts, metric: Metric) -> list[str]:
    best = "–" if one.best is None else value_text(metric.shown(one.best))
    share = f" ({one.n_promoted / one.n_trials:.0%})" if one.n_trials and one.n_promoted else ""
    agreement = "–"
    if one.correlation is not None:
        agreement = f"rank correlation {one.correlation:.2f} ({one.n_pairs} tried at both)"
    return [
        tick_text(one.fidelity),
        str(one.n_trials),
        f"{one.n_promoted}{share}",
        str(one.n_failed),
        str(one.n_stopped),
        best,
        f"{one.seconds:.1f}",
        agreement,
    ]
