"""The axis of the order in which trials finished."""

from __future__ import annotations

import math

FIRST_END = 20


def order_end(n_trials: int) -> int:
    """Return the end of the axis: it moves now and then, not with every trial."""
    end = FIRST_END
    while end <= n_trials:
        end = math.ceil(1.2 * end)
    return end
