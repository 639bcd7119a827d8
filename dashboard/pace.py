"""Whether the page has drawn what it was sent: batches never queue up in the browser."""

from __future__ import annotations

import math
import time

from bokeh.models import ColumnDataSource, CustomJS, Range1d

PATIENCE_S = 3.0
"""A page that says nothing for so long (hidden, gone, or too slow) gets the next batch anyway."""

# Two frames later all plots are drawn. The page then rests for as long as that took, so that
# drawing never takes more than half of its time, and the rest is left for the user's mouse.
TELL = """
const start = performance.now();
const n_rows = source.get_length();
const tell = () => setTimeout(() => { drawn.end = n_rows }, performance.now() - start);
if (document.hidden) tell();
else requestAnimationFrame(() => requestAnimationFrame(tell));
"""


class Pace:
    """Holds back the next rows for a source until its page has drawn the last ones.

    With some thousand trials in ten plots a browser without a graphics card needs half a
    second per redraw. Sent twice a second, redraws would fill its queue, and a brush would
    wait for minutes.
    """

    def __init__(self, source: ColumnDataSource) -> None:
        self._source = source
        self._n_sent = 0
        self._sent_at = -math.inf
        self._n_drawn: int | None = None
        # Carries one number from the page to here; no plot uses it.
        self._drawn = Range1d(0, 0)
        self._drawn.on_change("end", self._hear)
        tell = CustomJS(args={"source": source, "drawn": self._drawn}, code=TELL)
        source.js_on_change("streaming", tell)

    @property
    def is_ready(self) -> bool:
        """Whether more rows may be sent; always so where there is no page."""
        if (self._n_drawn or 0) >= self._n_sent or not self._has_page:
            return True
        return time.monotonic() - self._sent_at > PATIENCE_S

    def sent(self, n_rows: int) -> None:
        """Take note that the source has been extended to `n_rows`."""
        self._n_sent = n_rows
        self._sent_at = time.monotonic()

    @property
    def _has_page(self) -> bool:
        document = self._source.document
        is_served = document is not None and document.session_context is not None
        return is_served or self._n_drawn is not None

    def _hear(self, _name: str, _old: float, n_rows: float) -> None:
        self._n_drawn = int(n_rows)
