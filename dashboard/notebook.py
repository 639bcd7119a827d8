"""What Panel needs in a notebook."""

from __future__ import annotations

import os
from typing import Any
from weakref import WeakSet

import panel as pn
import pyviz_comms
from bokeh.models.ui import UIElement
from panel.io.notebook import patch_inline_stylesheets
from tornado.ioloop import IOLoop

from .local_sheets import keep_local


def load_into_notebook() -> None:
    """Load Panel's files into the notebook that this runs in; elsewhere do nothing.

    They are put into the output of the running cell, so that nothing comes from a network.
    """
    if is_notebook() and not pn.extension._loaded:
        keep_output()
        # Voila knows only ipywidgets; elsewhere Panel finds out by itself.
        how = {"comms": "ipywidgets"} if is_voila() else {}
        pn.extension("filedropper", inline=True, **how)
        if pn.config.comms != "default":
            _keep_data_from_widgets()


def keep_output() -> None:
    """Have what cells print arrive, also while the page of a board is being used.

    pyviz_comms (3.0) takes `sys.stdout` away from the whole process while it handles a message
    of the page, which in ipykernel 7 happens beside a running cell: what that prints is lost.
    """
    pyviz_comms.StandardOutput = _OutputKept


def _keep_data_from_widgets() -> None:
    """Do for ipywidgets (Voila, VS Code, Colab) what `Page._on_msg` does for notebooks."""
    from jupyter_bokeh.widgets import BokehModel

    hear = BokehModel._sync_model

    def heard(self: Any, model: Any, content: dict[str, Any], buffers: list[Any]) -> None:
        if content.get("kind") not in _DATA or self._document not in _OURS:
            hear(self, model, content, buffers)

    BokehModel._sync_model = heard


class _OutputKept(list[str]):
    """What pyviz_comms uses to catch what is printed, and which catches nothing."""

    def __enter__(self) -> _OutputKept:
        return self

    def __exit__(self, *_details: object) -> None:
        """Leave `sys.stdout` as it is."""


def is_notebook() -> bool:
    """Whether this runs in a Jupyter kernel, and not in a served page."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel") and pn.state.curdoc is None


def is_voila() -> bool:
    """Whether Voila runs this notebook."""
    return os.environ.get("SERVER_SOFTWARE", "").startswith("voila/")


class Page(pn.Row):
    """A row that hears from a notebook's page what the user does, and nothing about the data.

    The page sends back each change of a data source that it was sent, and Panel would make it
    a second time: every trial would stand twice in the sources of the kernel.

    What it hears comes in a thread of its own where the kernel has subshells. Two threads that
    send changes of one document mix them up, and the page then knows of models too late: all is
    done in the kernel's own thread.
    """

    _loop: Any = None

    def get_root(self, doc: Any = None, comm: Any = None, preprocess: bool = True) -> Any:
        """Return the root model, as Panel does, with what a notebook needs."""
        if is_notebook():
            self._loop = IOLoop.current()
            if doc is not None:
                _OURS.add(doc)
        root = super().get_root(doc, comm, preprocess)
        for one in root.select({"type": UIElement}) if is_notebook() else ():
            patch_inline_stylesheets(one)
        return root

    def _get_model(self, doc: Any, *args: Any, **kwargs: Any) -> Any:
        keep_local(doc)
        return super()._get_model(doc, *args, **kwargs)

    def _on_msg(self, ref: str, manager: Any, msg: dict[str, Any]) -> None:
        content = msg["content"]
        content["events"] = [one for one in content["events"] if one["kind"] not in _DATA]
        if not content["events"]:
            return
        if self._loop is None:
            super()._on_msg(ref, manager, msg)
        else:
            self._loop.add_callback(super()._on_msg, ref, manager, msg)


_DATA = frozenset({"ColumnsStreamed", "ColumnsPatched", "ColumnDataChanged"})

_OURS: WeakSet[Any] = WeakSet()
"""The documents of boards; what else is shown in the notebook is left as it is."""
