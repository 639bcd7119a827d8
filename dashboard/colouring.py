"""What the colour of a trial stands for: the order, or any other column; the same in all views."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from bokeh.models import LinearColorMapper
from numpy.typing import NDArray

from ..engine.analysis.observations import column
from ..engine.hyper_parameter import HyperParameter
from ..engine.trial import Trial
from .axis import INACTIVE, value_text
from .theme import MAX_WORDS, WORDS, order_high, trial_colors

ORDER = "order"
OTHERS = "others"

Value = float | str | None
Of = Callable[[Trial], Value]
"""What a trial's colour shows: a number, a word, or None where it has neither."""


class Colouring:
    """The colours of one session's trials.

    All views draw the column ``colour`` of the shared source by the one `mapper`: a choice made
    in one of them holds in all, and costs one column.

    Attributes
    ----------
    mapper : LinearColorMapper
        From the column to colours; `theme.paint` sets its palette.
    chosen : str
        What the colours show.
    words : list of str
        The words in the order of their colours; empty where numbers are shown.
    offers : dict of str to callable
        What else colours may show: views add what they compute of each trial.
    """

    def __init__(self) -> None:
        self.mapper = LinearColorMapper(palette=trial_colors(False), low=1, high=order_high(0))
        self.chosen = ORDER
        self.words: list[str] = []
        self.offers: dict[str, Of] = {}
        self._of: Of | None = None
        self._is_log = False
        self._numbers: list[float] = []

    def choose(self, name: str, of: Of | None, *, is_log: bool = False) -> None:
        """Show something else; `values` then gives the column anew.

        Parameters
        ----------
        name : str
            What it is called.
        of : callable or None
            Gives the value of a trial; None for the order.
        is_log : bool
            Whether numbers are spread out by their logarithms.
        """
        self.chosen = ORDER if of is None else name
        self._of, self._is_log = of, is_log
        self.words, self._numbers = [], []
        self.mapper.tags = []

    def values(self, trials: Sequence[Trial], first: int) -> NDArray[np.float64]:
        """Return the column's values of trials that are appended, the first of them as `first`."""
        if self._of is None:
            self._span(1, order_high(first + len(trials) - 1))
            return np.arange(first, first + len(trials), dtype=np.float64)
        found = np.array([self._number(self._of(trial)) for trial in trials], dtype=np.float64)
        if self.words:
            n_words = len(self.words)
            self.mapper.tags = [WORDS, n_words]
            self._span(-0.5, n_words - 0.5)
        else:
            self._numbers.extend(found[np.isfinite(found)].tolist())
            self._span(*_span_of(self._numbers))
        return found

    @property
    def ends(self) -> tuple[str, str]:
        """The numbers at both ends of the colours, as text."""
        low, high = self.mapper.low, self.mapper.high
        low, high = (10**one if self._is_log else one for one in (low, high))
        return value_text(low, 3), value_text(high, 3)

    def _number(self, value: Value) -> float:
        if isinstance(value, str):
            return self._place(value)
        if value is None or not math.isfinite(value):
            return math.nan
        if self._is_log:
            return math.log10(value) if value > 0 else math.nan
        return float(value)

    def _place(self, word: str) -> float:
        if word not in self.words and len(self.words) < MAX_WORDS:
            is_last = len(self.words) == MAX_WORDS - 1
            self.words.append(OTHERS if is_last else word)
        return float(self.words.index(word) if word in self.words else MAX_WORDS - 1)

    def _span(self, low: float, high: float) -> None:
        if (self.mapper.low, self.mapper.high) != (low, high):
            self.mapper.update(low=low, high=high)


def _span_of(numbers: Sequence[float]) -> tuple[float, float]:
    """Return both ends of the colours: a few far values do not take the colour from the rest."""
    if not numbers:
        return 0.0, 1.0
    low, first, third, high = np.quantile(numbers, (0, 0.25, 0.75, 1))
    reach = 2 * (third - first) or high - low or 1.0
    low, high = max(low, first - reach), min(high, third + reach)
    return (float(low), float(high)) if low < high else (float(low) - 0.5, float(high) + 0.5)


def value_of(one: HyperParameter) -> Of:
    """Return what gives the value of a hyper-parameter: a number, or the name of a choice."""
    is_word = one.kind == "choice"

    def value(trial: Trial) -> Value:
        if one.name not in trial.config:
            return INACTIVE if is_word else None
        found = trial.config[one.name]
        if is_word:
            return value_text(found)
        return found if isinstance(found, (int, float)) else None

    return value


def column_of(name: str) -> Of:
    """Return what gives a column of `observations.column` of a trial."""
    return lambda trial: column([trial], name)[0]
