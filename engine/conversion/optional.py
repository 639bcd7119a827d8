"""A package that tuneboard can do without: loaded on demand, or told how to install."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ..errors import SpaceError


def load(package: str, extra: str) -> Any:
    """Import an optional package.

    Parameters
    ----------
    package : str
        What to import.
    extra : str
        The extra of tuneboard that brings it.

    Raises
    ------
    SpaceError
        It is not installed; the message has the line that installs it.
    """
    try:
        return import_module(package)
    except ModuleNotFoundError as error:
        message = (
            f"{package} must be installed for this conversion. "
            f"Install it: pip install 'tuneboard[{extra}]'"
        )
        raise SpaceError(message, name=package) from error


def is_of(value: Any, package: str) -> bool:
    """Whether an object's class, or one it is made from, comes from a package; loads nothing."""
    return any(one.__module__.partition(".")[0] == package for one in type(value).__mro__)
