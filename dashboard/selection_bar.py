"""What is selected, in words, and the way to clear it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import panel as pn

from ..engine.metric import Metric
from ..engine.trial import Trial
from .stylesheets import BOX, BUTTON


class SelectionBar(pn.viewable.Viewer):
    """One line about the selected trials."""

    def __init__(self, on_clear: Callable[[], None]) -> None:
        super().__init__()
        self._text = pn.pane.Str("", css_classes=["tb-note"], **BOX)
        self._clear = pn.widgets.Button(label="Clear selection", disabled=True, **BUTTON)
        self._clear.on_click(lambda _event: on_clear())

    def describe(self, selected: Sequence[Trial], n_trials: int, metric: Metric) -> None:
        """Describe the selected ones of `n_trials` trials."""
        self._clear.disabled = not selected
        self._text.object = _words(selected, n_trials, metric)

    @property
    def text(self) -> str:
        """The line that is shown."""
        return str(self._text.object)

    def __panel__(self) -> pn.viewable.Viewable:
        return pn.Row(self._text, self._clear, css_classes=["tb-between"], **BOX)


def _words(selected: Sequence[Trial], n_trials: int, metric: Metric) -> str:
    if not n_trials:
        return "Each finished trial becomes one point in every plot."
    if not selected:
        return (
            "Drag over any plot, or click rows of the table, to select the same trials everywhere."
        )
    words = f"{len(selected)} of {n_trials} trials selected"
    scored = [(trial.score, trial) for trial in selected if trial.score is not None]
    if not scored:
        return f"{words}, none with a score"
    score, best = max(scored, key=lambda pair: pair[0])
    return f"{words}, best {metric.label} {metric.shown(score):.4g} in trial {best.number}"
