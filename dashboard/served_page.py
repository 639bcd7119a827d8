"""The served page: there at once, with the board as soon as it is made."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import Any

import panel as pn
from panel.io.state import set_curdoc

from ..engine.errors import TuneboardError
from .board import TuningDashboard
from .local_sheets import keep_local
from .stylesheets import BOX, PAGE, variables
from .text_panes import PlainText

_LOST = (
    "The connection to the server is lost. Nothing that had finished is lost: start the server "
    "again if it has ended, then reload this page."
)
_MAKERS = ThreadPoolExecutor(4, thread_name_prefix="board")


def served_page(**arguments: Any) -> pn.viewable.Viewable:
    """Return a page that makes its board while the browser is still loading its files.

    Parameters
    ----------
    **arguments
        Passed to `TuningDashboard`. What it refuses is said in the page.
    """
    pn.extension("filedropper", raw_css=[PAGE], notifications=True, disconnect_notification=_LOST)
    keep_local(pn.state.curdoc)
    notice = PlainText(
        "Loading the board…", css_classes=["tb-card", "tb-text"], **{**BOX, "margin": 24}
    )
    place = pn.Column(
        notice,
        stylesheets=[variables(False)],
        sizing_mode="stretch_width",
        margin=0,
    )
    board = _MAKERS.submit(_make, pn.state.curdoc, arguments)
    pn.state.onload(partial(_fill, place, notice, board))
    return place


def _make(document: Any, arguments: dict[str, Any]) -> TuningDashboard:
    with set_curdoc(document):
        return TuningDashboard(**arguments)


async def _fill(place: pn.Column, notice: PlainText, board: Future[TuningDashboard]) -> None:
    try:
        place[:] = [await asyncio.wrap_future(board)]
    except TuneboardError as error:
        notice.object = str(error)
