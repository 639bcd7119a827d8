"""Models to try next on the data of the page, with the statements that do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import panel as pn

from ..engine.source.literal_text import literal_text
from ..engine.suggestions import Suggestion
from .copy_button import copy_button
from .stylesheets import BOX, BUTTON, WIDGETS
from .text_panes import PlainText

_NOTHING = (
    "Nothing to suggest yet: no other model is imported in the code that can be read, and no "
    "earlier study in the history has another one with the same metric."
)


class TryNext(pn.viewable.Viewer):
    """Suggests models on request.

    Parameters
    ----------
    suggest : function
        Returns the suggestions, best guess first.
    names : function
        Returns what the user's code calls X and y.
    insert : function
        Puts a statement into a new cell; called only when the user asks for it.
    can_insert : function
        Returns whether there are cells to put it into.
    """

    def __init__(
        self,
        suggest: Callable[[], Sequence[Suggestion]],
        names: Callable[[], tuple[str, str]],
        insert: Callable[[str], None],
        can_insert: Callable[[], bool],
    ) -> None:
        super().__init__()
        self._suggest, self._names = suggest, names
        self._insert, self._can_insert = insert, can_insert
        self._found: dict[str, Suggestion] = {}
        self._ask = pn.widgets.Button(label="Suggest models", **BUTTON)
        self._model = pn.widgets.Select(label="Try next", options=[], visible=False, **WIDGETS)
        self._reason = PlainText("", css_classes=["tb-note"], visible=False, **BOX)
        self._code = PlainText("", css_classes=["tb-code"], visible=False, **BOX)
        self._held = pn.widgets.TextInput(visible=False)
        self._copy = copy_button(self._held, visible=False)
        self._new = pn.widgets.Button(label="Into a new cell", visible=False, **BUTTON)
        self._ask.on_click(lambda _event: self.ask())
        self._new.on_click(lambda _event: self._insert(self.code))
        self._model.param.watch(lambda _event: self._show(), "value")

    @property
    def code(self) -> str:
        """The statements that tune the chosen model; empty where none is suggested."""
        return str(self._held.value)

    @property
    def text(self) -> str:
        """Why the chosen model is suggested."""
        return str(self._reason.object)

    def ask(self) -> None:
        """Look what could be tried, and show the best guess."""
        self._found = {one.kind: one for one in self._suggest()}
        kinds = list(self._found)
        value = kinds[0] if kinds else None
        self._model.param.update(options=kinds, value=value, visible=bool(kinds))
        self._show()

    def _show(self) -> None:
        one = self._found.get(self._model.value)
        code = "" if one is None else _statements(one, *self._names())
        self._held.value = code
        self._code.param.update(object=code, visible=bool(code))
        self._reason.param.update(object=_NOTHING if one is None else one.reason, visible=True)
        self._copy.visible = bool(code)
        self._new.visible = bool(code) and self._can_insert()

    def __panel__(self) -> pn.viewable.Viewable:
        buttons = pn.Row(self._ask, self._copy, self._new, css_classes=["tb-buttons"], **BOX)
        return pn.Column(buttons, self._model, self._reason, self._code, self._held, **BOX)


def _statements(one: Suggestion, X: str, y: str) -> str:
    """Write what tunes a model; the values that are not its defaults are written out."""
    kind = type(one.estimator)
    given = {
        name: value
        for name, value in one.estimator.get_params(deep=False).items()
        if repr(value) != repr(kind().get_params(deep=False)[name])
    }
    module = _public_module(kind)
    written = ", ".join(f"{name}={literal_text(value)}" for name, value in given.items())
    variable = "".join(char for char in kind.__name__ if char.isupper()).lower()
    return (
        f"from {module} import {kind.__name__}\n"
        f"from tuneboard import TuningDashboard\n\n"
        f"{variable} = {kind.__name__}({written})\n"
        f"board = TuningDashboard({variable}, {X}, {y})\n"
        "board.beside()"
    )


def _public_module(kind: Any) -> str:
    """Return the module that users import from: without the parts that are private."""
    return ".".join(part for part in kind.__module__.split(".") if not part.startswith("_"))
