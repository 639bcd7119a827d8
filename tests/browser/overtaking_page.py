"""A page on which one change could overtake the one that brings its model, in two ways."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import panel as pn
from bokeh.plotting import figure
from tuneboard.dashboard.message_order import keep_order

document: Any = pn.state.curdoc
plot = figure(width=200, height=200, x_range=(0, 4), y_range=(0, 4))
plot.scatter([1], [1])
answer = pn.pane.Str("", width=200)


def direct_then_held() -> None:
    """Bokeh's own change, written when the callback ends, and one that Panel writes at once."""
    points = plot.scatter([1, 2], [1, 2])
    with pn.io.hold(document):
        points.glyph.update(size=20)
    answer.object = "sent directly, then held"


def held_then_direct() -> None:
    """Panel's change, written later since the connection is busy, and one of Bokeh's own."""
    with pn.io.hold(document):
        points = plot.scatter([2, 3], [2, 3])
    points.glyph.update(size=20)
    answer.object = "held, then sent directly"


async def be_busy(then: Callable[[], None]) -> None:
    """Write another message to the page for a while."""
    (connection,) = document.session_context.session._subscribed_connections
    with await connection._socket.write_lock.acquire():
        document.add_next_tick_callback(then)
        await asyncio.sleep(0.2)


one, other = pn.widgets.Button(label="One"), pn.widgets.Button(label="Other")
one.on_click(lambda _event: direct_then_held())
other.on_click(lambda _event: document.add_next_tick_callback(be_other_while_busy))


async def be_other_while_busy() -> None:
    await be_busy(held_then_direct)


be_other_while_busy.nolock = True  # type: ignore[attr-defined]
pn.state.onload(lambda: keep_order(document))
pn.Column(one, other, pn.pane.Bokeh(plot), answer).servable()
