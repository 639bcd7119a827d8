"""What the server does once, before anyone visits it."""

from __future__ import annotations

import gc
from threading import Thread
from typing import Any


def on_server_loaded(_context: Any) -> None:
    """Load, beside the start, what the first visitor would have to wait for."""
    Thread(target=_make_a_board, name="first board", daemon=True).start()


def _make_a_board() -> None:
    """Make a board that nobody sees: its modules are loaded with it."""
    from bokeh.document import Document
    from panel.io.state import set_curdoc
    from tuneboard.dashboard.board import TuningDashboard

    with set_curdoc(Document()):
        board = TuningDashboard(history=False)
        board.__panel__().get_root()
        board.close()
    # What is loaded stays: looking through it again and again would delay every page.
    gc.collect()
    gc.freeze()
