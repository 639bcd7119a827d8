"""What the searches under a Gaussian process share: when to fit, and where to look."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import numpy as np

from ..embedding import IntArray
from ..encoding import Encoding, FloatArray


def n_options(encoding: Encoding) -> IntArray:
    """Return the number of options of each choice without an order, 0 for all else; shape (d,)."""
    return np.array(
        [
            len(one.choices) if one.kind == "choice" and not one.ordered else 0
            for one in encoding.space.searched
        ]
    )


def fitted_at(n_known: int) -> int:
    """Return the last number of trials, up to this, at which a model is fitted anew."""
    if n_known <= 20:
        return n_known
    width = 1 << (n_known.bit_length() - 4)
    return n_known // width * width


def around(
    centres: FloatArray, width: float, options: IntArray, rng: np.random.Generator
) -> FloatArray:
    """Return one point near each centre: numbers moved a little, now and then another choice.

    Parameters
    ----------
    centres : float array, shape (n, d), each value in [0, 1] or NaN
        What is inactive is drawn.
    width : float
        Standard deviation of the moves of numbers.
    options : int array, shape (d,)
        Of `n_options`.
    rng : Generator
        Where all randomness comes from.

    Returns
    -------
    float array, shape (n, d), each value in [0, 1]
    """
    drawn = rng.random(centres.shape)
    centres = np.where(np.isnan(centres), drawn, centres)
    moved = np.clip(centres + width * rng.standard_normal(centres.shape), 0.0, 1.0)
    moved = np.where(options > 0, drawn, moved)
    is_moved = rng.random(centres.shape) < max(2 / max(centres.shape[1], 1), 0.3)
    return np.where(is_moved, moved, centres)


@contextmanager
def on_one_core() -> Iterator[None]:
    """Keep linear algebra to one core: workers need the others, and small matrices gain nothing.

    The limit counts for the whole process. It is lifted when the last thread that wants it has
    left: a thread that lifted it under another would change the last digits of its results.
    """
    _hold_limit(+1)
    try:
        yield
    finally:
        _hold_limit(-1)


_LOCK = threading.Lock()
_held: list[Any] = []
_n_holders = 0


def _hold_limit(change: int) -> None:
    global _n_holders
    with _LOCK:
        _n_holders += change
        if change > 0 and _n_holders == 1:
            _held.append(_controller().limit(limits=1, user_api="blas"))
        elif _n_holders == 0:
            _held.pop().restore_original_limits()


@cache
def _controller() -> Any:
    """Return the handle on the threads of linear algebra; to find the libraries takes time."""
    from scipy import linalg  # noqa: F401 (loads a library of its own)
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
