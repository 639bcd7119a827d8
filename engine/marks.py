"""What the user says of a study or a trial: star, tags, note, archive, exclusion."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .errors import HistoryError

MAX_TAG, MAX_NOTE = 100, 100_000
"""How many characters a tag and a note may have."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The user's own words on a study or a trial.

    Parameters
    ----------
    is_starred : bool
        A favourite; optimizers that take hints look at starred trials.
    is_archived : bool
        Out of the way, not deleted.
    is_excluded : bool
        A trial that is to have no say in the search.
    tags : tuple of str
        Each once, in the order given.
    note : str
        Free text.

    Raises
    ------
    HistoryError
        A flag is no truth value, a tag is empty or too long, or the note is no text.

    Examples
    --------
    >>> Marks().changed(is_starred=True, tags=["churn", "churn"]).tags
    ('churn',)
    """

    is_starred: bool = False
    is_archived: bool = False
    is_excluded: bool = False
    tags: tuple[str, ...] = ()
    note: str = ""

    def __post_init__(self) -> None:
        for name in ("is_starred", "is_archived", "is_excluded"):
            if not isinstance(getattr(self, name), bool):
                advice = "Give one of the two."
                value = getattr(self, name)
                raise HistoryError.must(f"Marks.{name}", "be True or False", value, advice)
        if isinstance(self.tags, str) or not all(isinstance(one, str) for one in self.tags):
            advice = 'Write ["churn"].'
            raise HistoryError.must("Marks.tags", "be a list of texts", self.tags, advice)
        tags = tuple(dict.fromkeys(one.strip() for one in self.tags))
        for tag in tags:
            if not 0 < len(tag) <= MAX_TAG:
                rule = f"be of 1 to {MAX_TAG} characters each"
                raise HistoryError.must("Marks.tags", rule, tag, "Write the rest into the note.")
        object.__setattr__(self, "tags", tags)
        if not isinstance(self.note, str) or len(self.note) > MAX_NOTE:
            rule = f"be text of at most {MAX_NOTE:,} characters"
            raise HistoryError.must("Marks.note", rule, self.note, "Shorten it.")

    def changed(self, **changes: Any) -> Marks:
        """Return the marks with `changes`.

        Raises
        ------
        HistoryError
            There is no such mark, or a value breaks a rule.
        """
        for name in changes:
            if name not in self.__slots__:
                rule = f"be changed by {', '.join(self.__slots__)}"
                raise HistoryError.must("Marks", rule, name, "Check the spelling.")
        return replace(self, **changes)


NO_MARKS = Marks()
