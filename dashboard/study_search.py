"""What the line over the list of studies finds: by its query, else what is most alike."""

from __future__ import annotations

from collections.abc import Sequence

from ..engine.history import History, StudyRecord
from ..engine.history_search import LikenessIndex, search_studies
from ..engine.query import parse_query
from ..engine.settings import Settings
from .axis import value_text

_N_ALIKE = 8


class StudySearch:
    """Finds studies, and says in a line what was found.

    Parameters
    ----------
    history : History
        What is searched.
    """

    def __init__(self, history: History) -> None:
        self._history = history
        self._alike: tuple[str, list[StudyRecord]] = ("", [])

    def find(self, query: str) -> tuple[list[StudyRecord], str]:
        """Return the studies that are asked for, newest first, and the line about them.

        Where none has the words of a query without conditions, those that are most like it are
        returned, the most alike first.

        Raises
        ------
        QueryError
            The query cannot be read, or names what no study has.
        """
        records = search_studies(self._history, query)
        if records or not query or parse_query(query).names or ":" in query:
            return records, found_words(records) if query else ""
        if self._alike[0] != query:
            hits = LikenessIndex(self._history).find(query, _N_ALIKE)
            self._alike = (query, [one.record for one in hits if not one.record.marks.is_archived])
        alike = self._alike[1]
        return alike, "None has these words." + (" The most alike, best first:" if alike else "")


def found_words(records: Sequence[StudyRecord]) -> str:
    """Say how many studies were found and, where one metric is theirs, which is the best."""
    words = f"{len(records)} found"
    scored = [one for one in records if one.best_score is not None]
    metrics = {Settings.from_dict(one.settings).metric for one in scored}
    if len(metrics) != 1:
        return words
    metric = metrics.pop()
    best = max(scored, key=lambda one: one.best_score or 0.0)
    score = value_text(metric.shown(best.best_score or 0.0), 4)
    return f"{words}, best {metric.label} {score} in {best.name}"
