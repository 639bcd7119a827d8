"""Asks what to tune: the estimators and the data that the notebook's variables hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import panel as pn

from ..engine.errors import TuneboardError
from .kernel_objects import estimators, tables, targets
from .stylesheets import BOX, BUTTON, WIDGETS, variables
from .text_panes import PlainText

_NO_MODEL = "No variable holds an estimator. Run the cells that make the model and the data."
_NO_DATA = "No variable holds a table with a target of as many rows. Run the cells that load them."
_ASK = "What is to be tuned? Nothing has been chosen for you where there is more than one."


class KernelPicker(pn.viewable.Viewer):
    """Lists what is in the kernel, and opens a board of what is chosen.

    Parameters
    ----------
    namespace : mapping of str to object
        The variables of the notebook; read anew by "Look again".
    on_choose : function
        Called with the model, X and y, or with nothing for the data that ship with tuneboard.
    """

    def __init__(self, namespace: Mapping[str, Any], on_choose: Callable[..., None]) -> None:
        super().__init__()
        self._namespace, self._on_choose = namespace, on_choose
        make = pn.widgets.Select
        self._model = make(label="Model", options=[], **WIDGETS)
        self._X = make(label="X, the features", options=[], **WIDGETS)
        self._y = make(label="y, the target", options=[], **WIDGETS)
        self._said = PlainText("", css_classes=["tb-note"], **BOX)
        self._open = pn.widgets.Button(label="Open the board", color="primary", **BUTTON)
        self._again = pn.widgets.Button(label="Look again", **BUTTON)
        self._shipped = pn.widgets.Button(label="Use data of tuneboard's own", **BUTTON)
        self._open.on_click(lambda _event: self._chosen())
        self._again.on_click(lambda _event: self.look())
        self._shipped.on_click(lambda _event: self._do())
        self._X.param.watch(lambda _event: self._offer_targets(), "value")
        for one in (self._model, self._X, self._y):
            one.param.watch(lambda _event: self._say(), "value")
        self.look()

    @property
    def text(self) -> str:
        """What the page says."""
        return str(self._said.object)

    def look(self) -> None:
        """List what is there now; what was chosen stays chosen."""
        _offer(self._model, estimators(self._namespace))
        _offer(self._X, tables(self._namespace))
        self._offer_targets()
        self._say()

    def _offer_targets(self) -> None:
        X = self._namespace.get(self._X.value or "")
        _offer(self._y, {} if X is None else targets(self._namespace, X.shape[0]))

    def _say(self) -> None:
        has_data = any(
            targets(self._namespace, self._namespace[name].shape[0])
            for name in tables(self._namespace)
        )
        if not estimators(self._namespace):
            self._said.object = _NO_MODEL
        else:
            self._said.object = _ASK if has_data else _NO_DATA
        self._open.disabled = not (self._model.value and self._X.value and self._y.value)

    def _chosen(self) -> None:
        names = (self._model.value, self._X.value, self._y.value)
        if all(name in self._namespace for name in names):
            self._do(*(self._namespace[name] for name in names))
        else:
            self.look()

    def _do(self, *chosen: Any) -> None:
        try:
            self._on_choose(*chosen)
        except TuneboardError as error:
            self._said.object = str(error)

    def __panel__(self) -> pn.viewable.Viewable:
        title = PlainText("tuneboard", css_classes=["tb-title"], **BOX)
        buttons = pn.Row(self._open, self._again, self._shipped, css_classes=["tb-buttons"], **BOX)
        return pn.Column(
            title,
            self._said,
            self._model,
            self._X,
            self._y,
            buttons,
            css_classes=["tb-card"],
            stylesheets=[variables(False)],
            max_width=520,
            margin=24,
        )


def _offer(widget: Any, found: Mapping[str, str]) -> None:
    """Offer what was found; chosen is what was, or the only one there is."""
    options: dict[str, str | None] = {} if len(found) == 1 else {"choose…": None}
    options |= {words: name for name, words in found.items()}
    before = widget.value
    only = next(iter(found)) if len(found) == 1 else None
    widget.param.update(options=options, value=before if before in found else only)
