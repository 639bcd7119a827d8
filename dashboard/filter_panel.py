"""Ways to select besides the mouse: words, the best share, and a range per hyper-parameter."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import panel as pn
from bokeh.models import CustomJSTickFormatter

from .axis import Axis, titles, value_text
from .selection_rule import Ranges
from .stylesheets import BOX, BUTTON, WIDGETS
from .trial_source import TrialSource, metric_column, text_column, x_column

_LOG = "return Number((10 ** tick).toPrecision(3)).toString()"
_PLACEHOLDER = "score>0.9 lr<1e-3 state:completed is:starred"
SCORE = "score"


class FilterPanel(pn.viewable.Viewer):
    """The drawer behind "Filter"; made when it is first opened.

    Parameters
    ----------
    trials : TrialSource
        What there is to select from.
    on_words : callable
        Told a query.
    on_best : callable
        Told how many percent, the best ones, shall be selected.
    on_ranges : callable
        Told all ranges that are set, and those of them that are locked.
    on_follow : callable
        Told whether to follow; returns whether it does.
    on_lasso : callable
        Told whether dragging draws a lasso.
    """

    def __init__(
        self,
        trials: TrialSource,
        *,
        on_words: Callable[[str], None],
        on_best: Callable[[float], None],
        on_ranges: Callable[[Ranges, Ranges], None],
        on_follow: Callable[[bool], bool],
        on_lasso: Callable[[bool], None],
    ) -> None:
        super().__init__()
        self._trials, self._on_ranges = trials, on_ranges
        self._is_setting = False
        self._words = pn.widgets.TextInput(
            label="Select by words", placeholder=_PLACEHOLDER, **_field(320)
        )
        self._percent = pn.widgets.FloatInput(
            label="Top k %", value=10.0, start=0.1, end=100.0, step=5.0, **_field(90)
        )
        best = pn.widgets.Button(label="Select the best", **_BUTTON)
        self.following = pn.widgets.Toggle(label="Follow", **_BUTTON)
        lasso = pn.widgets.Toggle(label="Lasso", **_BUTTON)
        self._words.param.watch(lambda event: _later(lambda: on_words(event.new)), "value")
        best.on_click(lambda _event: _later(lambda: on_best(float(self._percent.value or 10))))
        lasso.param.watch(lambda event: _later(lambda: on_lasso(event.new)), "value")
        self.following.param.watch(lambda event: self._follow(event.new, on_follow), "value")
        fields = (self._words, self._percent, best, self.following, lasso)
        self._rows: dict[str, _RangeRow] = {}
        self._list = pn.FlexBox(**BOX)
        head = pn.Row(*fields, css_classes=["tb-fields", "tb-wrap"], **BOX)
        self._panel = pn.Column(head, self._list, **BOX)
        self.move()

    def move(self) -> None:
        """Offer a range for each searched hyper-parameter and metric, over what was tried."""
        shown = titles(self._trials.space.searched)
        wanted = {name: self._trials.axes[name] for name in shown}
        made: dict[str, _RangeRow] = {}
        for name, axis in wanted.items():
            made[name] = self._rows.get(name) or _row_of(shown[name], name, axis)
            made[name].span(*axis.range)
        for column, label in self._metrics().items():
            made[column] = self._rows.get(column) or _RangeRow(label, column)
            made[column].span(*_span(self._trials, column))
        if list(made) != list(self._rows):
            self._rows = made
            self._list[:] = list(made.values())
        for row in made.values():
            row.on_change = self._changed

    def show_following(self, is_on: bool) -> None:
        """Show whether the selection takes in new trials."""
        self._is_setting = True
        self.following.value = is_on
        self._is_setting = False

    def reset(self) -> None:
        """Open all ranges that are not locked: another selection was made."""
        for row in self._rows.values():
            row.reset()

    def _metrics(self) -> Mapping[str, str]:
        more = {
            metric_column(place): one.label
            for place, one in enumerate(self._trials.more_metrics, start=1)
        }
        return {SCORE: self._trials.metric.label, **more}

    def _changed(self) -> None:
        rows = self._rows.values()
        ranges = _together([row for row in rows if row.is_set])
        locked = _together([row for row in rows if row.is_set and row.is_locked])
        _later(lambda: self._on_ranges(ranges, locked))

    def _follow(self, is_on: bool, on_follow: Callable[[bool], bool]) -> None:
        if not self._is_setting:
            self.show_following(on_follow(is_on))

    def __panel__(self) -> pn.viewable.Viewable:
        return self._panel


class _RangeRow(pn.viewable.Viewer):
    """A range or a list of words, with a lock."""

    def __init__(
        self,
        title: str,
        column: str,
        choices: Mapping[str, str] | None = None,
        *,
        is_log: bool = False,
    ) -> None:
        super().__init__()
        self.column, self._choices = column, choices
        self.on_change: Callable[[], None] = lambda: None
        self._is_setting = False
        if choices is not None:
            self._widget: Any = pn.widgets.MultiChoice(
                label=title, options=list(choices), value=[], placeholder="any", **_field(218)
            )
            watched = "value"
        else:
            look = CustomJSTickFormatter(code=_LOG) if is_log else "0[.]0[00]"
            self._widget = pn.widgets.RangeSlider(
                label=title, start=0.0, end=1.0, value=(0.0, 1.0), format=look, **_field(218)
            )
            watched = "value_throttled"
        self._lock = pn.widgets.Toggle(label="Lock", **_BUTTON)
        self._widget.param.watch(self._tell, watched)
        self._lock.param.watch(self._tell, "value")
        self._panel = pn.Row(self._widget, self._lock, width=300, margin=(0, 16, 6, 0))

    @property
    def is_locked(self) -> bool:
        """Whether it holds for later selections too."""
        return bool(self._lock.value)

    @property
    def is_set(self) -> bool:
        """Whether it leaves anything out."""
        if self._choices is not None:
            return bool(self._widget.value)
        return bool(self._widget.value != (self._widget.start, self._widget.end))

    @property
    def value(self) -> Any:
        """The range as coordinates, or the words."""
        if self._choices is not None:
            return frozenset(self._choices[one] for one in self._widget.value)
        return self._widget.value

    @property
    def is_of_words(self) -> bool:
        """Whether there are words to choose from."""
        return self._choices is not None

    def span(self, low: float, high: float) -> None:
        """Let the range reach over all that there is; one that was open stays open."""
        if self._choices is not None or (low, high) == (self._widget.start, self._widget.end):
            return
        was_set, value = self.is_set, self._widget.value
        self._is_setting = True
        kept = (max(low, value[0]), min(high, value[1])) if was_set else (low, high)
        step = (high - low) / 200
        self._widget.param.update(start=low, end=high, step=step, value=kept)
        self._is_setting = False

    def reset(self) -> None:
        """Open the range, unless it is locked."""
        if self.is_locked or not self.is_set:
            return
        self._is_setting = True
        is_list = self._choices is not None
        self._widget.value = [] if is_list else (self._widget.start, self._widget.end)
        self._is_setting = False

    def _tell(self, _event: Any) -> None:
        if not self._is_setting:
            self.on_change()

    def __panel__(self) -> pn.viewable.Viewable:
        return self._panel


def _row_of(title: str, name: str, axis: Axis) -> _RangeRow:
    if axis.has_lanes:
        choices = {value_text(one): value_text(one) for one in axis.hyper_parameter.choices}
        return _RangeRow(title, text_column(name), choices)
    return _RangeRow(title, x_column(name), is_log=axis.hyper_parameter.log)


def _span(trials: TrialSource, column: str) -> tuple[float, float]:
    values = [one for one in trials.source.data[column] if one == one]
    return (float(min(values)), float(max(values))) if len(set(values)) > 1 else (0.0, 1.0)


def _together(rows: list[_RangeRow]) -> Ranges:
    return Ranges(
        {row.column: row.value for row in rows if not row.is_of_words},
        {row.column: row.value for row in rows if row.is_of_words},
    )


def _later(act: Callable[[], Any]) -> None:
    # A choice may come without the document's lock, which the plots' source needs.
    pn.state.execute(act, schedule=True)


def _field(width: int) -> dict[str, Any]:
    return {**WIDGETS, "sizing_mode": "fixed", "width": width, "margin": (0, 12, 8, 0)}


_BUTTON: dict[str, Any] = {**BUTTON, "margin": (0, 8, 8, 0)}
