"""Finished trials -> the session's one ColumnDataSource, at a constant cost per trial."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import numpy as np
from bokeh.models import ColumnDataSource, CustomJS
from numpy.typing import NDArray

from ..engine.analysis.curves import convergence
from ..engine.analysis.representatives import levels_of
from ..engine.hyper_parameter import SpaceVersion
from ..engine.metric import Metric
from ..engine.past_trials import PastStudy
from ..engine.trial import Trial
from ..engine.trial_log import is_better
from .axis import ABSENT, MISSING, Axis, value_text
from .axis import text_column as text_column  # for the views, which read the columns
from .axis import x_column as x_column
from .colouring import ORDER, Colouring, Of, column_of, value_of
from .drawn_rows import DrawnRows
from .kin import Kin
from .pace import Pace
from .past_marks import PastMarks
from .select_tools import SelectTools

MAX_TEXT = 240
# A batch of this many rows goes out as binary arrays, which then take less room than text.
ARRAY_ROWS = 16
GOLDEN = (math.sqrt(5) - 1) / 2

# Bokeh's own escape works only while the plot has the keyboard, which a click does not give it.
ESCAPE = """
if (source.tb_can_escape) return;
source.tb_can_escape = true;
document.addEventListener("keydown", (event) => {
  const at = event.composedPath()[0];
  if (event.key == "Escape" && !/^(INPUT|SELECT|TEXTAREA)$/.test(at.tagName))
    source.selected.indices = [];
});
"""

Columns = dict[str, Any]


def metric_column(place: int) -> str:
    """Return the column of a further metric's own values, the second metric as place 1."""
    return f"metric:{place}"


Measure = Callable[[Trial], float | None]
"""Gives a number of a trial, None where it has none."""


class TrialSource:
    """All finished trials of a study, as the columns that every view of one session draws.

    Rows are only ever appended, in the order in which trials finished, so a selection (indices of
    rows) stays what it is while trials arrive. Columns: ``trial`` (number), ``order`` (1, 2, ...
    as finished), ``colour`` (see `Colouring`), ``level`` (see `DrawnRows`), ``score`` (the
    metric's own value, NaN when failed), further metrics (`metric_column`), ``incumbent`` (the
    score where it was a new best, else NaN), ``failed`` (0 where failed, else NaN),
    ``score_text``, ``state``, ``spread`` (standard deviation over folds), ``duration_s``,
    ``reason``, ``operator``, ``error`` (one line), ``curve`` (the convergence state of its
    learning curve, empty without one); for every hyper-parameter its coordinate (`x_column`,
    spread within the lane of a choice) and text (`text_column`).

    Parameters
    ----------
    metric : Metric
        What the scores mean.
    space : SpaceVersion
        The search space as it stands now.
    past : sequence of PastStudy
        Earlier studies that the search learns from; their trials are in a source of their own.
    more_metrics : sequence of Metric
        What the scores beside the first one mean.

    Examples
    --------
    >>> trials = TrialSource(study.metric, study.space.version)  # doctest: +SKIP
    >>> trials.append(study.changes[cursor:])  # doctest: +SKIP
    3
    """

    def __init__(
        self,
        metric: Metric,
        space: SpaceVersion,
        past: Sequence[PastStudy] = (),
        *,
        more_metrics: Sequence[Metric] = (),
    ) -> None:
        self.metric = metric
        self.past = PastMarks(metric, past)
        self.more_metrics = tuple(more_metrics)
        self.colours = Colouring()
        self.space = space
        self.axes = {one.name: Axis(one) for one in space.hyper_parameters}
        self.best: Trial | None = None
        self.n_failed = 0
        self.states: set[str] = set()
        self._trials: list[Trial] = []
        self._waiting: dict[int, Trial] = {}
        self._rows: dict[int, int] = {}
        self._measures: dict[str, Measure] = {}
        self._callbacks: list[Callable[[tuple[int, ...]], None]] = []
        self.source = ColumnDataSource(self._columns([]))
        self.past.follow((), self.axes, is_new=True)
        self.drawn = DrawnRows(self.source)
        self.kin = Kin(self.source)
        self.tools = SelectTools()
        self._pace = Pace(self.source)
        self.source.selected.on_change("indices", self._selected_by_user)
        clear = CustomJS(args={"source": self.source}, code=ESCAPE)
        self.source.selected.js_on_change("indices", clear)

    @property
    def n_trials(self) -> int:
        """Number of trials shown: completed and failed."""
        return len(self._trials)

    @property
    def n_completed(self) -> int:
        """Number of trials that have a score."""
        return len(self._trials) - self.n_failed

    @property
    def last_error(self) -> str:
        """What the trial shown last has failed of, in one line; empty if it has not."""
        return _last_line(self._trials[-1].error) if self._trials else ""

    @property
    def scores(self) -> NDArray[np.float64]:
        """The metric's own values of all completed trials, shape (n_completed,)."""
        scores = np.asarray(self.source.data["score"], dtype=np.float64)
        return scores[np.isfinite(scores)]

    def append(self, trials: Iterable[Trial]) -> int:
        """Add the finished ones among `trials` that are not there yet; return how many.

        All of them go to the page in one message, whose size does not depend on how many
        trials are there already. While the page is still drawing the last ones, they wait for
        a later call (which may bring none), and 0 is returned.
        """
        for trial in trials:
            if trial.state.is_finished and trial.number not in self._rows:
                self._waiting.setdefault(trial.number, trial)
        if not self._waiting or not self._pace.is_ready:
            return 0
        added, self._waiting = list(self._waiting.values()), {}
        columns = self._columns(added)
        first = len(self._trials)
        self._rows.update({trial.number: first + row for row, trial in enumerate(added)})
        self._trials.extend(added)
        self.states.update(columns["state"])
        if first > 0 and len(added) < ARRAY_ROWS:
            columns = {name: np.asarray(column).tolist() for name, column in columns.items()}
        self.drawn.add(np.asarray(columns["level"], dtype=np.int64))
        self.source.stream(columns)
        self._pace.sent(len(self._trials))
        self.past.follow(self._trials, self.axes, is_new=False)
        return len(added)

    def move_to(self, space: SpaceVersion) -> None:
        """Show the trials in an edited space: all are kept, new or changed columns are sent."""
        self.space = space
        columns: Columns = {}
        for one in space.hyper_parameters:
            old, new = self.axes.get(one.name), Axis(one)
            values = [trial.config.get(one.name, ABSENT) for trial in self._trials]
            coordinates = new.include(values)
            self.axes[one.name] = new
            if old is None:
                columns[text_column(one.name)] = [_text(value) for value in values]
            if old is None or not old.measures_like(new):
                columns[x_column(one.name)] = _jittered(new, coordinates, self._trials)
        if columns:
            self.source.data.update(columns)
        self.past.follow(self._trials, self.axes, is_new=True)

    def measure(self, name: str, value_of: Measure) -> None:
        """Add a column with a number of each trial, NaN for none; one of this name is kept.

        Views that are seldom opened add theirs when they are: each column is sent with every
        trial.
        """
        if name not in self._measures and name not in self.source.data:
            self._measures[name] = value_of
            self.source.data[name] = _measured(value_of, self._trials)

    def colour_by(self, name: str) -> None:
        """Let colours show one of `colour_names` in all views; any other name gives the order."""
        columns = self._colour_columns()
        one = self.axes[name].hyper_parameter if name in self.axes else None
        self.colours.choose(name, columns.get(name), is_log=one is not None and one.log)
        self.source.data["colour"] = self.colours.values(self._trials, 1)

    @property
    def colour_names(self) -> tuple[str, ...]:
        """What colours can show of these trials."""
        return (ORDER, *self._colour_columns())

    def _colour_columns(self) -> dict[str, Of]:
        """Return what gives the value of a trial, by name; hyper-parameters before all others."""
        found: dict[str, Of] = {self.metric.label: self._score}
        for place, metric in enumerate(self.more_metrics, start=1):
            found[metric.label] = partial(_shown_at, place=place, metric=metric)
        found |= {
            "state": lambda trial: trial.state.value,
            "algorithm": lambda trial: trial.provenance.optimizer,
            "operator": lambda trial: trial.provenance.operator or "none",
            "seconds": lambda trial: trial.duration_s,
            "spread over folds": column_of("fold_spread"),
            "fidelity": lambda trial: trial.fidelity,
            "learning curve": lambda trial: self._convergence([trial])[0] or None,
        }
        values = {name: value_of(axis.hyper_parameter) for name, axis in self.axes.items()}
        return {**found, **self.colours.offers, **values}

    @property
    def selected(self) -> tuple[int, ...]:
        """Numbers of the selected trials; those not shown yet are left out when set."""
        indices = sorted(self.source.selected.indices)
        return tuple(self._trials[row].number for row in indices if row < len(self._trials))

    @selected.setter
    def selected(self, numbers: Iterable[int]) -> None:
        rows = sorted(self._rows[number] for number in set(numbers) if number in self._rows)
        if rows != sorted(self.source.selected.indices):
            self.source.selected.indices = rows

    def light_kin(self, numbers: Iterable[int], *, is_dark: bool) -> None:
        """Light up these trials in all plots, and no others."""
        rows = sorted(self._rows[number] for number in set(numbers) if number in self._rows)
        self.kin.light(rows, is_dark=is_dark)

    @property
    def selected_trials(self) -> tuple[Trial, ...]:
        """The selected trials, in the order in which they finished."""
        indices = sorted(self.source.selected.indices)
        return tuple(self._trials[row] for row in indices if row < len(self._trials))

    @property
    def shown(self) -> tuple[Trial, ...]:
        """All trials that are shown, in the order in which they finished."""
        return tuple(self._trials)

    def trial(self, number: int) -> Trial | None:
        """Return a trial that is shown by its number; None if there is none."""
        row = self._rows.get(number)
        return None if row is None else self._trials[row]

    def on_select(self, callback: Callable[[tuple[int, ...]], None]) -> None:
        """Call `callback` with the selected trials' numbers whenever the selection changes."""
        self._callbacks.append(callback)

    def score_range(self) -> tuple[float, float]:
        """Return the scores that plots should span, the better end always among them.

        Where a few scores (at most a tenth) are far worse than the rest, as those of diverged
        models are, the worse end is cut, or all the others would lie on one line; `n_beyond`
        says how many are left out.
        """
        scores = np.append(self.scores, self.past.scores)
        scores = -scores if self.metric.is_minimized else scores
        if scores.size == 0:
            return 0.0, 1.0
        best = float(scores.max())
        fence = best - 3 * (best - float(np.quantile(scores, 0.1)))
        worst = float(scores[scores >= fence].min())
        low, high = sorted((self._shown(worst), self._shown(best)))
        room = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
        # A little more below: failed trials lie on a lane along the bottom.
        return low - 1.6 * room, high + room

    def n_beyond(self, low: float, high: float) -> int:
        """Return how many scores lie outside [low, high]."""
        scores = self.scores
        return int(np.count_nonzero((scores < low) | (scores > high)))

    def _shown(self, score: float) -> float:
        return -score if self.metric.is_minimized else score

    def _selected_by_user(self, _name: str, _old: Sequence[int], _new: Sequence[int]) -> None:
        numbers = self.selected
        for callback in self._callbacks:
            callback(numbers)

    def _columns(self, trials: Sequence[Trial]) -> Columns:
        """Return the rows of `trials`, which follow those that are there; `best` moves on."""
        columns = self._outcomes(trials)
        columns["colour"] = self.colours.values(trials, len(self._trials) + 1)
        for place, metric in enumerate(self.more_metrics, start=1):
            columns[metric_column(place)] = np.array(
                [_shown_at(trial, place, metric) for trial in trials], dtype=np.float64
            )
        for name, axis in self.axes.items():
            values = [trial.config.get(name, ABSENT) for trial in trials]
            columns[x_column(name)] = _jittered(axis, axis.include(values), trials)
            columns[text_column(name)] = [_text(value) for value in values]
        for name, measure in self._measures.items():
            columns[name] = _measured(measure, trials)
        return columns

    def _outcomes(self, trials: Sequence[Trial]) -> Columns:
        scores = [self._score(trial) for trial in trials]
        first = len(self._trials) + 1
        return {
            "trial": np.array([trial.number for trial in trials], dtype=np.int32),
            "level": levels_of(np.array([trial.number for trial in trials], dtype=np.int64)),
            "order": np.arange(first, first + len(trials), dtype=np.int32),
            "score": np.array(scores, dtype=np.float64),
            "incumbent": np.array(self._incumbents(trials, scores), dtype=np.float64),
            "failed": np.array([0.0 if math.isnan(score) else math.nan for score in scores]),
            "spread": np.array([_spread(trial.fold_scores) for trial in trials]),
            "duration_s": np.array([trial.duration_s for trial in trials], dtype=np.float64),
            "score_text": [value_text(score, 5) for score in scores],
            "state": [trial.state.value for trial in trials],
            "reason": [_one_line(trial.provenance.reason) for trial in trials],
            "operator": [trial.provenance.operator for trial in trials],
            "error": [_last_line(trial.error) for trial in trials],
            "curve": self._convergence(trials),
        }

    def _convergence(self, trials: Sequence[Trial]) -> list[str]:
        new = {trial.number: trial for trial in trials}

        def find(number: int) -> Trial | None:
            return new.get(number) or self.trial(number)

        found = (convergence(one, find) for one in trials)
        return ["" if report is None else report.state.value for report in found]

    def _score(self, trial: Trial) -> float:
        if trial.state.is_failed or trial.score is None:
            return math.nan
        return self.metric.shown(trial.score)

    def _incumbents(self, trials: Sequence[Trial], scores: Sequence[float]) -> list[float]:
        """Return the scores of new bests, NaN for all other trials; `best` moves on."""
        incumbents = []
        for trial, score in zip(trials, scores, strict=True):
            is_new_best = is_better(trial, self.best)
            self.best = trial if is_new_best else self.best
            self.n_failed += math.isnan(score)
            incumbents.append(score if is_new_best else math.nan)
        return incumbents


def _shown_at(trial: Trial, place: int, metric: Metric) -> float:
    scores = trial.objectives
    return metric.shown(scores[place]) if place < len(scores) else math.nan


def _measured(value_of: Measure, trials: Sequence[Trial]) -> NDArray[np.float64]:
    found = (value_of(trial) for trial in trials)
    return np.array([math.nan if one is None else one for one in found], dtype=np.float64)


def _jittered(
    axis: Axis, coordinates: NDArray[np.float64], trials: Sequence[Trial]
) -> NDArray[np.float64]:
    """Move trials sideways by their number, so that each stays where it was drawn first."""
    jitters = axis.jitters(coordinates)
    if not jitters.any():
        return coordinates
    numbers = np.array([trial.number for trial in trials], dtype=np.float64)
    return coordinates + jitters * (2 * ((numbers * GOLDEN) % 1) - 1)


def _spread(fold_scores: Sequence[float]) -> float:
    # By hand: for five folds numpy's std takes ten times as long.
    n_folds = len(fold_scores)
    if n_folds < 2:
        return math.nan
    mean = math.fsum(fold_scores) / n_folds
    return math.sqrt(math.fsum((score - mean) ** 2 for score in fold_scores) / n_folds)


def _text(value: Any) -> str:
    return MISSING if value is ABSENT else value_text(value)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 1] + "…"


def _last_line(text: str) -> str:
    """Return what a traceback ends with: the kind of error and its message."""
    lines = text.strip().splitlines()
    return _one_line(lines[-1]) if lines else ""
