"""The board beside the cells of a notebook, opened from its toolbar or from Python."""

from __future__ import annotations

import sys
from contextvars import Context
from functools import cache
from typing import Any

import panel as pn
from tornado.ioloop import IOLoop

from .board import TuningDashboard
from .kernel_picker import KernelPicker
from .notebook import Page, load_into_notebook
from .notebook_cells import notebook_cells

_OPENING = "The board opens beside the cells."
_ABSENT = (
    "This notebook does not answer: the board opens beside the cells in JupyterLab 4.4 or newer "
    "and Notebook 7, where tuneboard is installed. Write the board as the last line of a cell to "
    "have it below."
)
_PATIENCE_S = 5
_PLACE = ":host { container-type: inline-size; }"


class Beside:
    """The one place beside the cells of this kernel's notebook."""

    def __init__(self) -> None:
        self._content: Any = None
        self._view: Any = None

    @property
    def content(self) -> Any:
        """The board that is shown, or the page that asks what to tune; None at first."""
        return self._content

    def show(self, content: Any = None) -> None:
        """Show a board; without one what was shown before, so that its state is kept."""
        if content is not None:
            self._content = content
        elif self._content is None:
            loop = IOLoop.current()
            # A click comes in a thread of its own, with a document: back to the kernel's own.
            self._content = KernelPicker(
                vars(sys.modules["__main__"]),
                lambda *chosen: loop.add_callback(Context().run, self._open, *chosen),
            )
        if isinstance(self._content, KernelPicker):
            self._content.look()
        notebook_cells().show(self._bundles)

    def _open(self, *chosen: Any) -> None:
        self.show(TuningDashboard(*chosen))

    def _bundles(self, has_panel: bool) -> list[dict[str, Any]]:
        """Return what the notebook is to render: Panel's files if it lacks them, the board."""
        from IPython.utils.capture import capture_output
        from panel.io.notebook import load_notebook

        with capture_output(stdout=False, stderr=False):
            # What this publishes would be rendered in no place: it is sent below, if need be.
            load_into_notebook()
        with capture_output(stdout=False, stderr=False) as captured:
            if not has_panel:
                load_notebook(inline=True)
        self._drop_view()
        self._view = Page(
            self._content, stylesheets=[_PLACE], sizing_mode="stretch_width", margin=0
        )
        data, metadata = self._view._repr_mimebundle_()
        files = [{"data": one.data, "metadata": one.metadata} for one in captured.outputs]
        return [*files, {"data": data, "metadata": metadata}]

    def _drop_view(self) -> None:
        """Let go of what was rendered before, which the notebook has dropped as well."""
        if self._view is None:
            return
        for ref, (root, _model) in list(self._view._models.items()):
            self._view._cleanup(root)
            pn.state._views.pop(ref, None)


@cache
def place() -> Beside:
    """Return the place of this kernel."""
    return Beside()


def open_beside() -> None:
    """Open what was open, else ask what to tune; run by the button of the toolbar."""
    place().show()


def show_beside(board: TuningDashboard) -> None:
    """Show a board beside the cells, and say below the running cell what comes of it."""
    from IPython.display import display

    said = display({"text/plain": _OPENING}, raw=True, display_id=True)
    place().show(board)

    def judge() -> None:
        if not notebook_cells().is_linked and said is not None:
            said.update({"text/plain": _ABSENT}, raw=True)

    IOLoop.current().call_later(_PATIENCE_S, judge)
