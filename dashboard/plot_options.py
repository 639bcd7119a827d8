"""What the plots of the split view show, to be chosen: colour, second row, spread, which plots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import panel as pn

from .look import Look
from .stylesheets import BOX, BUTTON, WIDGETS
from .text_panes import PlainText

NONE = "none"


class PlotOptions(pn.viewable.Viewer):
    """The choices behind the button "Plot options"; made when they are first opened.

    Parameters
    ----------
    on_change : callable
        Told the new `Look` after every choice of the user.
    """

    def __init__(self, on_change: Callable[[Look], None]) -> None:
        super().__init__()
        self._on_change = on_change
        self._look = Look()
        self._is_setting = False
        self._colour = pn.widgets.Select(label="Colour shows", **_field(190))
        self._second = pn.widgets.Select(label="Second row", **_field(170))
        self._spread = pn.widgets.Toggle(
            label="Spread over folds", **{**BUTTON, "margin": (0, 0, 8, 0)}
        )
        self._shown = pn.widgets.CheckBoxGroup(inline=True, **WIDGETS)
        self._all = PlainText("Hyper-parameters shown", css_classes=["tb-note"], **BOX)
        fields = pn.Row(
            self._colour, self._second, self._spread, css_classes=["tb-fields", "tb-wrap"], **BOX
        )
        self._panel = pn.Column(fields, self._all, self._shown, **BOX)
        for widget in (self._colour, self._second, self._spread, self._shown):
            widget.param.watch(self._changed, "value")

    def offer(
        self, look: Look, colours: Sequence[str], seconds: Sequence[str], names: Mapping[str, str]
    ) -> None:
        """Show a look, and what there is to choose from; `names` has a title for each name."""
        self._look, self._is_setting = look, True
        self._names = dict(names)
        try:
            self._colour.param.update(options=list(colours), value=look.colour)
            self._second.param.update(options=[NONE, *seconds], value=look.second or NONE)
            self._spread.value = look.has_spread
            shown = [name for name in names if name not in look.hidden]
            options = {title: name for name, title in names.items()}
            self._shown.param.update(options=options, value=shown)
        finally:
            self._is_setting = False

    def _changed(self, _event: Any) -> None:
        if self._is_setting:
            return
        elsewhere = [name for name in self._look.hidden if name not in self._names]
        hidden = [name for name in self._names if name not in self._shown.value]
        second = "" if self._second.value == NONE else self._second.value
        self._look = replace(
            self._look,
            colour=self._colour.value,
            second=second,
            has_spread=self._spread.value,
            hidden=(*elsewhere, *hidden),
        )
        look = self._look
        # A choice may come without the document's lock, which the plots' source needs.
        pn.state.execute(lambda: self._on_change(look), schedule=True)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._panel


def _field(width: int) -> dict[str, Any]:
    return {**WIDGETS, "sizing_mode": "fixed", "width": width, "margin": (0, 12, 8, 0)}
