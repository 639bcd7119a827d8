"""Rows of a source of their own that stand for trials, linked to the session's selection."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bokeh.models import ColumnDataSource, CustomJS, GlyphRenderer, Plot, TapTool

from .trial_source import TrialSource

# What stands for the selected trials is highlighted as soon as these are selected anywhere.
FROM_TRIALS = """
const chosen = new Set(trials.selected.indices.map((row) => trials.data.trial[row]));
const rows = Array.from(linked.data.trial, (trial, row) => chosen.has(trial) ? row : -1);
linked.selected.indices = rows.filter((row) => row >= 0);
"""

# A tool's callback comes with a click of the user only, never with a change from elsewhere.
FROM_ROWS = """
export default ({trials, linked}, _tool, {event}) => {
  const chosen = new Set(linked.selected.indices.map((row) => linked.data.trial[row]));
  const found = Array.from(trials.data.trial, (trial, row) => chosen.has(trial) ? row : -1);
  const kept = event?.modifiers?.shift ? trials.selected.indices : [];
  trials.selected.indices = [...new Set([...kept, ...found.filter((row) => row >= 0)])];
}
"""


class LinkedRows:
    """A source whose column ``trial`` says which trial each row stands for.

    The rows of selected trials are selected, all within the browser; a click on a row selects
    its trial in all views, with Shift it adds.

    Parameters
    ----------
    trials : TrialSource
        The session's source, with its selection.
    columns : sequence of str
        The columns beside ``trial``.
    """

    def __init__(self, trials: TrialSource, columns: Sequence[str]) -> None:
        self._trials = trials
        self.source = ColumnDataSource({name: [] for name in ("trial", *columns)})
        both = {"trials": trials.source, "linked": self.source}
        trials.source.selected.js_on_change("indices", CustomJS(args=both, code=FROM_TRIALS))
        self._choose = CustomJS(args=both, code=FROM_ROWS)

    def show(self, data: Mapping[str, Any]) -> None:
        """Show these rows in place of those before, those of selected trials selected."""
        if dict(data) == self.source.data:
            return
        chosen = set(self._trials.selected)
        places = [row for row, number in enumerate(data["trial"]) if number in chosen]
        # Rows selected before may be others now, or none.
        self.source.selected.indices = []
        self.source.data = dict(data)
        self.source.selected.indices = places

    def take_clicks(self, plot: Plot, drawn: GlyphRenderer) -> None:
        """Let clicks on what is drawn of the source select trials."""
        plot.add_tools(TapTool(renderers=[drawn], callback=self._choose))
