"""How a hyper-parameter is called as an attribute of a search space."""

from __future__ import annotations

from collections.abc import Iterable

_reserved: frozenset[str] = frozenset()


def reserve(names: Iterable[str]) -> None:
    """Say which names the space itself has taken; done once, by the module that defines it."""
    global _reserved
    _reserved = frozenset(names)


def is_reserved(attribute: str) -> bool:
    """Whether the space itself has an attribute of that name."""
    return attribute in _reserved


def attribute_of(name: str) -> str:
    """Return the attribute that holds a hyper-parameter: its name, or ``name_`` for ``name``."""
    return f"{name}_" if _needs_escape(name) else name


def name_of(attribute: str) -> str:
    """Return the hyper-parameter that an attribute holds."""
    is_escaped = attribute.endswith("_") and _needs_escape(attribute[:-1])
    return attribute[:-1] if is_escaped else attribute


def _needs_escape(name: str) -> bool:
    """Whether a name is taken, or would read as the escape of one that is (``name_``)."""
    return name in _reserved or name.rstrip("_") in _reserved
