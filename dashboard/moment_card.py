"""The record of one moment of a study: what changed, what came of it, and the way back to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

import panel as pn

from ..engine.analysis.change_points import ChangePoint
from ..engine.metric import Metric
from ..engine.trial import Trial
from .axis import value_text
from .change_marks import did_of, what_of
from .stylesheets import BOX, BUTTON
from .text_panes import Markup
from .theme import stylesheet

MAX_VALUES = 40


class MomentCard(pn.viewable.Viewer):
    """A card that stays in sight after a change point was clicked, until it is closed.

    Parameters
    ----------
    on_restore, on_open : callable
        Told the change point that shall be restored, and the number of the trial to open.
    """

    def __init__(
        self, on_restore: Callable[[ChangePoint], None], on_open: Callable[[int], None]
    ) -> None:
        super().__init__()
        self._point: ChangePoint | None = None
        self._text = Markup("", stylesheets=[stylesheet("facts")], sizing_mode="stretch_width")
        self._open = pn.widgets.Button(label="Open the trial", **BUTTON)
        self._restore = pn.widgets.Button(label="Restore this moment", **BUTTON)
        close = pn.widgets.Button(label="Close", **BUTTON)
        self._open.on_click(lambda _event: self._tell(lambda one: on_open(one.trial or 0)))
        self._restore.on_click(lambda _event: self._tell(on_restore))
        close.on_click(lambda _event: self.close())
        buttons = pn.Row(self._open, self._restore, close, css_classes=["tb-buttons"], **BOX)
        self._panel = pn.Column(
            self._text, buttons, css_classes=["tb-card", "tb-moment"], visible=False, **BOX
        )

    @property
    def text(self) -> str:
        """What the card says, as HTML."""
        return str(self._text.object)

    @property
    def is_open(self) -> bool:
        """Whether the card is shown."""
        return bool(self._panel.visible)

    def show_point(self, point: ChangePoint, trial: Trial | None, metric: Metric) -> None:
        """Show a change point with the trial that has it."""
        self._point = point
        self._open.disabled = self._restore.disabled = trial is None
        self._text.object = _record(point, trial, metric)
        self._panel.visible = True

    def close(self) -> None:
        """Show nothing."""
        self._point = None
        self._panel.visible = False

    def _tell(self, act: Callable[[ChangePoint], None]) -> None:
        if self._point is not None:
            act(self._point)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._panel


def _record(point: ChangePoint, trial: Trial | None, metric: Metric) -> str:
    when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(point.at))
    who = "" if point.trial is None else f"Trial {point.trial} · "
    lines = [f"<h4>{who}{escape(when)}</h4>", f"<p>{escape(what_of(point, metric))}</p>"]
    did = did_of(point)
    if did:
        lines.append(f"<p>{escape(did)}</p>")
    if trial is not None:
        lines.append(f"<p>{escape(_outcome(trial, metric))}</p>")
        lines.append(f"<p>{_values(trial.config)}</p>")
    return "".join(lines)


def _outcome(trial: Trial, metric: Metric) -> str:
    words = [trial.state.value]
    if trial.score is not None:
        words.append(f"{metric.label} {value_text(metric.shown(trial.score), 5)}")
    words.append(f"version {trial.space_version} of the space")
    words.append(trial.provenance.reason)
    return ", ".join(one for one in words if one)


def _values(config: Mapping[str, Any]) -> str:
    told = list(config.items())[:MAX_VALUES]
    n_more = len(config) - len(told)
    text = ", ".join(f"{escape(name)} = {escape(value_text(value))}" for name, value in told)
    return f"{text}, and {n_more} more" if n_more else text
