"""What one session looks at: no widget, no data."""

from __future__ import annotations

import param


class BoardState(param.Parameterized):
    """The selection and the colours of one session.

    `selection` holds trial numbers; whoever changes it, all views and the table follow.
    """

    selection = param.List(default=[], item_type=int, doc="Numbers of the selected trials.")
    is_dark = param.Boolean(default=False, doc="Whether the page is dark.")
