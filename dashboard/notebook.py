"""What Panel needs in a notebook."""

from __future__ import annotations

from typing import Any

import panel as pn


def load_into_notebook() -> None:
    """Load Panel's files into the notebook that this runs in; elsewhere do nothing.

    They are put into the output of the running cell, so that nothing comes from a network.
    """
    if is_notebook() and not pn.extension._loaded:
        pn.extension("filedropper", inline=True)


def is_notebook() -> bool:
    """Whether this runs in a Jupyter kernel, and not in a served page."""
    try:
        from IPython import get_ipython
    except ImportError:
        return False
    shell = get_ipython()
    return shell is not None and hasattr(shell, "kernel") and pn.state.curdoc is None


class Page(pn.Row):
    """A row that hears from a notebook's page what the user does, and nothing about the data.

    The page sends back each change of a data source that it was sent, and Panel would make it
    a second time: every trial would stand twice in the sources of the kernel.
    """

    def _on_msg(self, ref: str, manager: Any, msg: dict[str, Any]) -> None:
        content = msg["content"]
        content["events"] = [one for one in content["events"] if one["kind"] not in _DATA]
        if content["events"]:
            super()._on_msg(ref, manager, msg)


_DATA = frozenset({"ColumnsStreamed", "ColumnsPatched", "ColumnDataChanged"})
