"""The inputs of the settings in `RunOptions`, in groups with a few words each."""

from __future__ import annotations

from typing import Any

import panel as pn
import param

from ..engine.errors import OptimizerError
from ..engine.optimizers import scheduler_labels
from .run_options import NO_RESOURCE, RunOptions
from .stylesheets import BOX, WIDGETS
from .text_panes import PlainText

_LADDER = ("low", "high", "eta", "scheduler")
_RACING = {"run all folds of every trial": False, "stop trials that cannot win": True}
_ALL_AT_ONCE = "all of it for every trial"


class OptionFields:
    """Inputs that are tied to the options both ways, as groups for `control_area`.

    Parameters
    ----------
    options : RunOptions
        What is shown and changed.
    """

    def __init__(self, options: RunOptions) -> None:
        self._options = options
        names = [*RunOptions.LATER, "timeout_s", "memory_mb", "racing", "holdout"]
        self._widgets = {name: self._field(name) for name in (*names, "resource", *_LADDER)}
        self._rungs = PlainText("", css_classes=["tb-note"], **BOX)
        options.param.watch(
            lambda *_events: self._widgets["resource"].param.update(options=self._resources()),
            "resource",
            what="objects",
        )
        options.param.watch(lambda *_events: self._show_ladder(), ["resource", *_LADDER])
        self._show_ladder()

    def lock(self, is_begun: bool, *, has_folds: bool = True) -> None:
        """Disable what needs a new study once one has begun, and what a function has no use for."""
        for name, widget in self._widgets.items():
            is_useless = not has_folds and name in ("racing", "holdout")
            widget.disabled = is_useless or (is_begun and name not in RunOptions.LATER)

    def groups(self) -> list[pn.Column]:
        """Return the inputs as groups, each with its heading."""
        return [
            group(
                "When it stops by itself",
                "Whatever comes first; empty is no such rule. May be changed while it runs.",
                self._row("max_seconds", "target"),
                self._row("patience", "min_improvement_left"),
                self._row("max_failures"),
            ),
            group(
                "What a trial may take",
                "A trial that takes more is ended, and the others go on.",
                self._row("timeout_s", "memory_mb"),
                self._widgets["racing"],
            ),
            group(
                "Little first, more for the best",
                "The best trials go on to more of a resource.",
                self._widgets["resource"],
                self._row("low", "high", "eta"),
                self._widgets["scheduler"],
                self._rungs,
            ),
        ]

    @property
    def holdout(self) -> Any:
        """The input of the share that is held out, which stands beside the final estimate."""
        return self._widgets["holdout"]

    def _row(self, *names: str) -> pn.Row:
        return pn.Row(*(self._widgets[name] for name in names), css_classes=["tb-fields"], **BOX)

    def _field(self, name: str) -> Any:
        what, make = self._options.param[name], pn.widgets
        widget: Any
        look = {"label": what.label, **WIDGETS}
        if isinstance(what, param.Boolean):
            widget = make.Select(options=_RACING, description=what.doc, **look)
        elif isinstance(what, param.Selector):
            options = {label: key for key, label in scheduler_labels().items()}
            widget = make.Select(options=options, description=what.doc, **look)
        else:
            kind = make.IntInput if isinstance(what, param.Integer) else make.FloatInput
            widget = kind(value=None, placeholder="none", description=what.doc, **look)
        if name == "resource":
            widget.options = self._resources()
        widget.value = getattr(self._options, name)
        widget.link(self._options, value=name, bidirectional=True)
        return widget

    def _resources(self) -> dict[str, str]:
        """Return what the model can spend, by what the page calls it."""
        return {one or _ALL_AT_ONCE: one for one in self._options.param.resource.objects}

    def _show_ladder(self) -> None:
        is_spent = self._options.resource != NO_RESOURCE
        for name in _LADDER:
            self._widgets[name].visible = is_spent
        try:
            words = self._options.rungs()
        except OptimizerError as error:
            words = str(error)
        self._rungs.param.update(object=words, visible=bool(words))


def group(title: str, words: str, *parts: Any) -> pn.Column:
    """Return a group of inputs under a heading and a line of explanation."""
    heading = PlainText(title, css_classes=["tb-heading"], **BOX)
    note = PlainText(words, css_classes=["tb-note", "tb-apart"], **BOX)
    return pn.Column(heading, note, *parts, **BOX)
