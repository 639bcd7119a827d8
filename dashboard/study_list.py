"""All studies that were found, in one table: open one, compare several."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import panel as pn

from ..engine.errors import TuneboardError
from ..engine.history import History, StudyRecord
from ..engine.settings import Settings
from ..engine.side_by_side import compare_studies
from .axis import value_text
from .comparison_pane import ComparisonPane
from .record_table import RecordTable
from .stylesheets import BOX, BUTTON
from .text_panes import PlainText

_COLUMNS = {
    "★": 34,
    "study": 290,
    "best": 76,
    "metric": 110,
    "started": 126,
    "trials": 74,
    "state": 92,
    "model": 170,
    "tags": 110,
    "note": 180,
    "file": 130,
}
_HINT = "Tick one study to open it, two or more to see what differs between them."
_MOST = 4


class StudyList(pn.viewable.Viewer):
    """The table of studies, with a comparison of those that are ticked.

    Parameters
    ----------
    history : History
        Where they are kept.
    on_open : function
        Called with the id of the study that is to be opened.
    """

    def __init__(self, history: History, on_open: Callable[[str], None]) -> None:
        super().__init__()
        self._history = history
        self._table = RecordTable(_COLUMNS, self._chosen)
        self._open = pn.widgets.Button(label="Open study", disabled=True, **BUTTON)
        self._open.on_click(lambda _event: on_open(self._table.chosen[0]))
        self._said = PlainText(_HINT, css_classes=["tb-note"], **BOX)
        self._comparison = ComparisonPane()

    @property
    def table(self) -> RecordTable:
        """The table."""
        return self._table

    @property
    def comparison(self) -> ComparisonPane:
        """What differs between the ticked studies."""
        return self._comparison

    def offer(self, records: Sequence[StudyRecord]) -> None:
        """List these studies, in place of those before."""
        self._table.show_rows({one.id: _cells(one) for one in records})

    def _chosen(self, ids: tuple[str, ...]) -> None:
        self._open.disabled = len(ids) != 1
        self._said.object = _HINT
        if len(ids) < 2:
            self._comparison.show_comparison(None)
            return
        try:
            # The oldest first: what differs reads as what was changed since.
            studies = [self._history.data(one) for one in reversed(ids[:_MOST])]
            self._comparison.show_comparison(compare_studies(studies))
        except TuneboardError as error:
            self._said.object = str(error)
        if len(ids) > _MOST:
            self._said.object = f"The first {_MOST} of {len(ids)} are compared."

    def __panel__(self) -> pn.viewable.Viewable:
        row = pn.Row(self._said, self._open, css_classes=["tb-between"], **BOX)
        return pn.Column(row, self._table, self._comparison, **BOX)


def _cells(record: StudyRecord) -> tuple[Any, ...]:
    settings = Settings.from_dict(record.settings)
    metric, best = settings.metric, record.best_score
    return (
        "★" if record.marks.is_starred else "",
        record.name,
        "" if best is None else value_text(metric.shown(best), 5),
        metric.label,
        datetime.fromtimestamp(record.created_at).strftime("%Y-%m-%d %H:%M"),
        f"{record.n_finished}/{settings.n_trials}",
        record.shown_state,
        _short_model(settings.model),
        " ".join(f"#{tag}" for tag in record.marks.tags),
        " ".join(record.marks.note.split()),
        str(record.about.get("code_name", "")),
    )


def _short_model(text: str) -> str:
    """Return the class that a model's text ends with: of a pipeline its last step."""
    names = re.findall(r"\b([A-Z]\w+)\(", text)
    return names[-1] if text.startswith("Pipeline(") and names else text.partition("(")[0]
