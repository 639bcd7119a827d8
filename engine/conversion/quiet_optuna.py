"""Calls of Optuna that leave nothing in the user's log."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from .optional import load


@contextmanager
def quietly() -> Iterator[None]:
    """Keep what Optuna says of studies made and of experimental options out of the log.

    Raises
    ------
    SpaceError
        Optuna is not installed; the message has the line that installs it.
    """
    logging = load("optuna", "optuna").logging
    verbosity = logging.get_verbosity()
    logging.set_verbosity(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(verbosity)
