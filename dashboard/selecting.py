"""One selection by many ways: rules, locked ranges that outlast them, and following."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from ..engine.errors import QueryError
from ..engine.marks import Marks
from ..engine.query import check_names, parse_query
from .selection_rule import AllOf, Asked, Best, Ranges, Rule, numbers_of
from .state import BoardState
from .trial_source import TrialSource

NO_RULE = (
    "This selection has no rule to follow: select by a box, a lasso, a range, words or 'top k %'."
)


class Selecting:
    """Sets the selection by rules, and keeps it up with new trials where it follows one.

    Parameters
    ----------
    trials : TrialSource
        What the page shows.
    state : BoardState
        Holds the selection.
    say : callable
        Told, in words, why something was not done.

    Attributes
    ----------
    rule : Rule or None
        What the selection now was made by, as far as it is known.
    is_following : bool
        Whether new trials that fit the rule are taken in.
    """

    def __init__(self, trials: TrialSource, state: BoardState, say: Callable[[str], None]) -> None:
        self._trials, self._state, self._say = trials, state, say
        self.rule: Rule | None = None
        self.is_following = False
        self._drawn: Rule | None = None
        self._locked = Ranges()
        self._n_seen = trials.n_trials

    def by(self, rule: Rule) -> None:
        """Select all trials, drawn or not, that fit a rule and the locked ranges."""
        whole = AllOf((rule, self._locked)) if self._locked else rule
        self.rule = whole
        self._choose(numbers_of(whole, self._trials))

    def by_words(self, text: str, marks: Mapping[int, Marks]) -> None:
        """Select what a query asks for; one that cannot be read is answered, not raised."""
        if not text.strip():
            return
        try:
            query = parse_query(text)
            metrics = (self._trials.metric, *self._trials.more_metrics)
            known = {*self._trials.axes, *(one.name for one in metrics)}
            check_names(query, known)
        except QueryError as error:
            self._say(str(error))
            return
        self.by(Asked(query, marks))

    def best(self, percent: float) -> None:
        """Select so many percent of the completed trials, the best ones."""
        self.by(Best(percent))

    def by_ranges(self, ranges: Ranges, locked: Ranges) -> None:
        """Select by ranges, some of which are locked: they hold for later selections too."""
        self._locked = locked
        if ranges:
            self.by(ranges)

    def brushed(self, numbers: Sequence[int]) -> Sequence[int]:
        """Return what of a selection made in a plot or in the table the locked ranges allow."""
        if not self._locked or not numbers:
            return numbers
        allowed = set(numbers_of(self._locked, self._trials))
        return [number for number in numbers if number in allowed]

    def drawn(self, rule: Rule) -> None:
        """Take note of a box or lasso: it is the rule if it explains all of the selection.

        Where not all trials are drawn the browser tells of it before it has selected all.
        """
        self._drawn = AllOf((rule, self._locked)) if self._locked else rule
        self.rule = self._drawn if self._is_made_by(self._drawn) else None

    def changed(self) -> None:
        """Forget the rule where the selection is another one now, and follow it no more."""
        if self.rule is not None and not self._is_made_by(self.rule):
            self.rule, self.is_following = None, False
        if self.rule is None and self._drawn is not None and self._is_made_by(self._drawn):
            self.rule = self._drawn

    def _is_made_by(self, rule: Rule) -> bool:
        return set(numbers_of(rule, self._trials)) == set(self._state.selection)

    def follow(self, is_on: bool) -> bool:
        """Take in new trials that fit from now on, or not; return whether it does."""
        self.is_following = is_on and self.rule is not None
        if is_on and self.rule is None:
            self._say(NO_RULE)
        return self.is_following

    def arrived(self) -> None:
        """Take in the trials that arrived since the last call, where they fit."""
        first, self._n_seen = self._n_seen, self._trials.n_trials
        if not self.is_following or self.rule is None or first == self._n_seen:
            return
        selected = numbers_of(self.rule, self._trials)
        if selected != sorted(self._state.selection):
            self._choose(selected)

    def _choose(self, numbers: Sequence[int]) -> None:
        self._state.selection = sorted(numbers)
        if not numbers:
            self._say("No trial fits.")
