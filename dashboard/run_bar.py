"""Start, pause, resume, stop; the progress bar and the status line."""

from __future__ import annotations

import html
from collections.abc import Callable
from dataclasses import dataclass

import panel as pn

from ..engine.metric import Metric
from ..engine.progress import Progress, time_range
from ..engine.study import StudyState
from .stylesheets import BOX, BUTTON
from .text_panes import Markup


@dataclass(frozen=True, slots=True)
class Status:
    """What the bar shows of a study at one moment."""

    name: str
    state: StudyState
    message: str
    error: str
    progress: Progress
    metric: Metric
    can_start: bool
    cost: str = ""


class RunBar(pn.viewable.Viewer):
    """The one place where a study is started and stopped.

    Parameters
    ----------
    on_click : function
        Called with "start", "pause", "resume", "stop", "new", "use best" or "control".
    """

    def __init__(self, on_click: Callable[[str], None]) -> None:
        super().__init__()
        self._go = pn.widgets.Button(label="Start", color="primary", **BUTTON)
        self._stop = pn.widgets.Button(label="Stop", **BUTTON)
        self._new = pn.widgets.Button(label="New study", **BUTTON)
        self._use_best = pn.widgets.Button(label="Use best values", **BUTTON)
        self._control = pn.widgets.Button(label=_MORE, **BUTTON)
        self._text = Markup("", css_classes=["tb-status"], **BOX)
        self._shown: Status | None = None
        self._go.on_click(lambda _event: on_click(_main_action(self._shown)))
        self._stop.on_click(lambda _event: on_click("stop"))
        self._new.on_click(lambda _event: on_click("new"))
        self._use_best.on_click(lambda _event: on_click("use best"))
        self._control.on_click(lambda _event: on_click("control"))

    def report(self, status: Status) -> None:
        """Show a study's state; does nothing when nothing has changed."""
        if status == self._shown:
            return
        self._shown = status
        action, state = _main_action(status), status.state
        self._go.param.update(
            label=_ACTIONS[action],
            disabled=not status.can_start,
            visible=not (state is StudyState.FINISHED and not _has_budget(status)),
        )
        self._stop.disabled = not state.is_active
        self._new.visible = state is not StudyState.READY
        self._use_best.disabled = status.progress.best is None
        self._text.object = _markup(status)

    def say_open(self, is_open: bool) -> None:
        """Say on its button whether the area with more control is open."""
        self._control.label = _LESS if is_open else _MORE

    @property
    def text(self) -> str:
        """The markup that is shown."""
        return str(self._text.object)

    def __panel__(self) -> pn.viewable.Viewable:
        buttons = pn.Row(
            self._go,
            self._stop,
            self._new,
            self._use_best,
            self._control,
            css_classes=["tb-buttons"],
            **BOX,
        )
        return pn.Column(buttons, self._text, css_classes=["tb-card", "tb-run"], **BOX)


_MORE, _LESS = "More control", "Less control"
_ACTIONS = {"start": "Start", "pause": "Pause", "resume": "Resume"}


def _main_action(status: Status | None) -> str:
    if status is None or status.state is StudyState.READY:
        return "start"
    return "pause" if status.state is StudyState.RUNNING else "resume"


def _has_budget(status: Status) -> bool:
    return status.progress.n_finished < status.progress.n_trials


def _markup(status: Status) -> str:
    """Build the bar and the two lines; all that comes from the user is escaped."""
    done, total = status.progress.n_finished, status.progress.n_trials
    share = 100 * min(1.0, done / max(1, total))
    kind = "is-error" if status.error else f"is-{status.state.value}"
    return (
        f'<div class="tb-line"><strong>{html.escape(status.name)}</strong>'
        f'<span class="tb-state {kind}">{html.escape(status.state.value)}</span>'
        f'<span class="tb-grow"></span>{_best(status)}</div>'
        f'<div class="tb-bar" role="progressbar" aria-label="Trials done" aria-valuemin="0" '
        f'aria-valuemax="{total}" aria-valuenow="{done}">'
        f'<div class="tb-fill {kind}" style="width:{share:.1f}%"></div></div>'
        f'<div class="tb-line tb-muted"><span>{_counts(status)}</span>'
        f'<span class="tb-message {kind}" role="status">{_sentence(status)}</span></div>'
        f"{_cost(status)}"
    )


def _cost(status: Status) -> str:
    """Say what is to come, below the rest, so that nothing moves when it comes."""
    words = html.escape(status.cost)
    return f'<div class="tb-line tb-muted"><span class="tb-cost">{words}</span></div>' * bool(words)


def _best(status: Status) -> str:
    best = status.progress.best
    if best is None or best.score is None:
        return '<span class="tb-muted">no score yet</span>'
    value, spread = status.metric.shown(best.score), status.progress.best_spread
    label = html.escape(status.metric.label)
    give_or_take = "" if spread is None else f" ± {spread:.2g}"
    return (
        f'<span>best {label} <b class="tb-best">{value:.4g}</b>{give_or_take} '
        f"in trial {best.number}</span>"
    )


def _counts(status: Status) -> str:
    progress = status.progress
    parts = [f"{progress.n_finished} / {progress.n_trials} trials"]
    counts = (
        (progress.n_running, "running"),
        (progress.n_failed, "failed"),
        (progress.n_stopped, "stopped early"),
    )
    parts += [f"{count} {word}" for count, word in counts if count]
    if status.state is StudyState.RUNNING:
        parts += _time_left(progress)
    return " · ".join(parts)


def _time_left(progress: Progress) -> list[str]:
    if progress.seconds_left_range is not None:
        return [f"{time_range(*progress.seconds_left_range)} left"]
    known = progress.seconds_left
    return [] if known is None else [f"{duration(known)} left"]


def _sentence(status: Status) -> str:
    if status.error or status.message:
        return html.escape(status.error or status.message)
    words = {
        StudyState.READY: "Press Start to begin.",
        StudyState.RUNNING: "Running. Drag over any plot to select trials.",
        StudyState.FINISHED: "Finished. Raise the number of trials to go on.",
    }
    return words.get(status.state, "")


def duration(seconds: float) -> str:
    """Return a duration in words: "about 40 s", "about 3 min", "about 2.5 h"."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 90:
        return f"about {seconds:.0f} s"
    if seconds < 90 * 60:
        return f"about {seconds / 60:.0f} min"
    return f"about {seconds / 3600:.1f} h"
