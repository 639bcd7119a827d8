"""Why a trial has no score, or not all of it: the reason, the traceback and what it printed."""

from __future__ import annotations

from html import escape

from ..engine.trial import Trial

MAX_CHARACTERS = 8_000
"""Of a longer text the end is shown, which says what happened."""


def failure_markup(trial: Trial) -> str:
    """Return the reason, the traceback and the last lines of the log; empty where none is known.

    All of it is text that the user's code has made, and escaped.
    """
    parts = []
    if trial.error:
        parts.append(f"<h4>What it failed of</h4>{_pre(trial.error)}")
    if trial.details.note:
        parts.append(f"<h4>Why it was stopped</h4><p>{escape(trial.details.note)}</p>")
    if trial.details.log:
        parts.append(f"<h4>What it printed last</h4>{_pre(trial.details.log)}")
    return "".join(parts)


def _pre(text: str) -> str:
    text = text.strip("\n")
    if len(text) > MAX_CHARACTERS:
        text = f"…{text[-MAX_CHARACTERS:]}"
    return f"<pre>{escape(text)}</pre>"
