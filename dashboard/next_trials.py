"""Trials by the user's own hand: configurations to run next, and one running trial to end."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from typing import Any

import panel as pn

from ..engine.study import Study
from ..engine.trial import Trial, TrialState
from .axis import value_text
from .option_fields import group
from .stylesheets import BOX, BUTTON, WIDGETS
from .text_panes import PlainText

_MAX_VALUES = 3


class NextTrials:
    """Puts configurations in line: the current values, or a table of them.

    Parameters
    ----------
    on_enqueue : function
        Called with a configuration or an opened CSV file; returns what to say.
    values : function
        Returns the current values.
    """

    def __init__(
        self, on_enqueue: Callable[[Any], str], values: Callable[[], Mapping[str, Any]]
    ) -> None:
        self._on_enqueue = on_enqueue
        self._button = pn.widgets.Button(label="Run the current values", **BUTTON)
        self._button.on_click(lambda _event: self._enqueue(dict(values())))
        self._file = pn.widgets.FileDropper(
            accepted_filetypes=[".csv", "text/csv"],
            max_file_size="5MB",
            previews=[],
            layout="compact",
            **WIDGETS,
        )
        self._file.param.watch(self._dropped, "value")
        self._note = PlainText("", css_classes=["tb-note"], visible=False, **BOX)

    @property
    def note(self) -> str:
        """What is said of the last configurations given."""
        return str(self._note.object)

    def upload(self, name: str, text: str) -> None:
        """Take the user's CSV file in, as if it had been dropped on the page."""
        file = io.StringIO(text.removeprefix("\ufeff"))
        file.name = name
        self._enqueue(file)

    def group(self) -> pn.Column:
        """Return the inputs."""
        return group(
            "Run these next",
            "The values that stand in the list of hyper-parameters, or a CSV file with a column "
            "for each: one row, one trial. They count in the number of trials.",
            pn.Row(self._button, css_classes=["tb-buttons"], **BOX),
            self._file,
            self._note,
        )

    def _dropped(self, event: Any) -> None:
        for name, content in list(event.new.items())[-1:]:
            # Panel gives text files as text.
            is_text = isinstance(content, str)
            self.upload(name, content if is_text else content.decode(errors="replace"))

    def _enqueue(self, configs: Any) -> None:
        self._note.param.update(object=self._on_enqueue(configs), visible=True)


class RunningTrials:
    """Shows what is running, and ends one of them.

    Parameters
    ----------
    on_kill : function
        Called with the number of the trial to end.
    """

    def __init__(self, on_kill: Callable[[int], None]) -> None:
        self._choice = pn.widgets.Select(label="Running trial", options={}, **WIDGETS)
        self._kill = pn.widgets.Button(label="End this trial", disabled=True, **BUTTON)
        self._kill.on_click(lambda _event: on_kill(self._choice.value))

    @property
    def options(self) -> dict[str, int]:
        """The running trials by what the page calls them."""
        return dict(self._choice.options)

    def follow(self, study: Study) -> None:
        """Show the trials that run now; one that is chosen stays chosen while it runs."""
        running = [one for one in study.trials if one.state is TrialState.RUNNING]
        options = {_words(one): one.number for one in running}
        if options == self._choice.options:
            return
        is_kept = self._choice.value in options.values()
        value = self._choice.value if is_kept else next(iter(options.values()), None)
        self._choice.param.update(options=options, value=value)
        self._kill.disabled = not options

    def group(self) -> pn.Column:
        """Return the inputs."""
        return group(
            "Running now",
            "One trial can be ended without harm to the others; it counts as killed.",
            self._choice,
            pn.Row(self._kill, css_classes=["tb-buttons"], **BOX),
        )


def _words(trial: Trial) -> str:
    values = [f"{name} = {value_text(value)}" for name, value in trial.config.items()]
    more = ", …" if len(values) > _MAX_VALUES else ""
    return f"trial {trial.number}: {', '.join(values[:_MAX_VALUES])}{more}"
