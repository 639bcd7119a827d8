"""The place for more views: one at a time, each made when it is first opened."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import panel as pn

from .stylesheets import BOX, BUTTON
from .view import View


class ViewChooser(pn.viewable.Viewer):
    """A row of buttons, and the view of the one pressed last.

    Parameters
    ----------
    makers : mapping of str to callable
        Names of the views, and what makes each.
    on_open : callable
        Told of each view when it has been made, before it is shown.
    """

    def __init__(
        self, makers: Mapping[str, Callable[[], View]], on_open: Callable[[str, View], object]
    ) -> None:
        super().__init__()
        self._makers = makers
        self._on_open = on_open
        self.views: dict[str, View] = {}
        self.chosen = ""
        self._buttons = {name: self._button(name) for name in makers}
        row = pn.Row(*self._buttons.values(), css_classes=["tb-buttons", "tb-tabs"], **BOX)
        self._place = pn.Column(**BOX)
        self._panel = pn.Column(row, self._place, **BOX)
        self.open(next(iter(makers)))

    def open(self, name: str) -> View:
        """Show a view, made now if it has not been shown before."""
        if name not in self.views:
            view = self._makers[name]()
            self._on_open(name, view)
            self.views[name] = view
        if name != self.chosen:
            self.chosen = name
            for other, button in self._buttons.items():
                button.css_classes = ["tb-chosen"] if other == name else []
            self._place[:] = [self.views[name]]
        return self.views[name]

    def _button(self, name: str) -> pn.widgets.Button:
        button = pn.widgets.Button(label=name, **BUTTON)
        # A click may come without the document's lock, which the plots' source needs.
        button.on_click(lambda _event: pn.state.execute(lambda: self._clicked(name), schedule=True))
        return button

    def _clicked(self, name: str) -> None:
        self.open(name)

    def __panel__(self) -> pn.viewable.Viewable:
        return self._panel
