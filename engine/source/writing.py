"""A search space as Python text: the class that declares it."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Callable
from typing import Any

from ..errors import SpaceError
from ..hyper_parameter import HyperParameter, SpaceVersion
from .literal_text import literal_text

WIDTH = 100
TYPES = {"real": "Real", "int": "Int", "choice": "Choice"}

_INDENT = "    "
_DEFAULTS = {
    "log": False,
    "step": None,
    "ordered": False,
    "is_searched": True,
    "source": "declared",
    "active_when": "",
    "label": "",
    "unit": "",
}
_OF_RANGES, _OF_CHOICES = ("log", "step"), ("ordered",)

Layout = str | tuple[str, list[Any], str]
"""Text that stays on one line, or (opening, parts, closing), which may be broken."""


def space_source(
    version: SpaceVersion, name: str = "Space", attribute_of: Callable[[str], str] = str
) -> str:
    """Write the class that declares a search space.

    Names that are no identifiers need ``type(...)`` in place of a class statement.

    Parameters
    ----------
    version : SpaceVersion
        The space; its number is not written.
    name : str
        The name of the class.
    attribute_of : function
        The attribute by which a hyper-parameter of that name is declared; `SearchSpace` puts
        an underscore behind the names that it needs itself.

    Returns
    -------
    str
        `source.read_source` reads the same hyper-parameters and constraints from it.

    Raises
    ------
    SpaceError
        `name` is no name for a class.

    Examples
    --------
    >>> print(space_source(SpaceVersion(1, (HyperParameter("k", "int", 3, 1, 9),))))
    from tuneboard import Int, SearchSpace
    <BLANKLINE>
    <BLANKLINE>
    class Space(SearchSpace):
        k = Int(3, bounds=(1, 9))
    <BLANKLINE>
    """
    if not name.isidentifier() or keyword.iskeyword(name):
        raise SpaceError.must("space_source.name", "be an identifier", name, "Use letters.")
    declared = {attribute_of(one.name): _declaration(one) for one in version.hyper_parameters}
    constraints = ("[", [literal_text(one) for one in version.constraints], "]")
    is_constrained = bool(version.constraints)
    if all(map(_is_plain, declared)):
        lines = [_line(f"{one} = ", layout) for one, layout in declared.items()]
        lines += [_line("constraints = ", constraints)] if is_constrained else []
        body = "\n".join([f"class {name}(SearchSpace):", *(lines or [f"{_INDENT}pass"])])
    else:
        entries = [_prefixed(f"{literal_text(one)}: ", lay) for one, lay in declared.items()]
        entries += [_prefixed('"constraints": ', constraints)] if is_constrained else []
        parts = [literal_text(name), "(SearchSpace,)", ("{", entries, "}")]
        body = _laid_out((f"{name} = type(", parts, ")"), "", WIDTH)
    types = sorted({TYPES[one.kind] for one in version.hyper_parameters} | {"SearchSpace"})
    return f"from tuneboard import {', '.join(types)}\n\n\n{body}\n"


def _is_plain(attribute: str) -> bool:
    """Whether a class statement can declare it: not if its body reads or writes it otherwise."""
    is_name = attribute.isidentifier() and not keyword.iskeyword(attribute)
    is_same = unicodedata.normalize("NFKC", attribute) == attribute
    is_mangled = attribute.startswith("__") and not attribute.endswith("__")
    return is_name and is_same and not is_mangled and attribute not in TYPES.values()


def _declaration(one: HyperParameter) -> Layout:
    """Write a hyper-parameter as a call with only what is not the default."""
    parts: list[Layout] = [literal_text(one.value)]
    if one.kind == "choice":
        parts.append(("choices=[", [literal_text(choice) for choice in one.choices], "]"))
    else:
        parts.append(f"bounds={literal_text((one.low, one.high))}")
    others = _OF_RANGES if one.kind == "choice" else _OF_CHOICES
    for slot, default in _DEFAULTS.items():
        value = getattr(one, slot)
        if value != default and slot not in others:
            parts.append(f"{slot}={literal_text(value)}")
    return f"{TYPES[one.kind]}(", parts, ")"


def _prefixed(prefix: str, layout: Layout) -> Layout:
    if isinstance(layout, str):
        return prefix + layout
    return prefix + layout[0], layout[1], layout[2]


def _line(prefix: str, layout: Layout) -> str:
    return _INDENT + _laid_out(_prefixed(prefix, layout), _INDENT, WIDTH)


def _laid_out(layout: Layout, indent: str, width: int) -> str:
    """Break a layout as black does: not at all, or around all parts, or around each.

    Parameters
    ----------
    layout : Layout
        What to write.
    indent : str
        What stands before its first line.
    width : int
        The length that a line may have, less what must follow on the last.
    """
    flat = _flat(layout)
    if isinstance(layout, str) or len(indent) + len(flat) <= width:
        return flat
    opening, parts, closing = layout
    inner = indent + _INDENT
    together = ", ".join(map(_flat, parts))
    if len(inner) + len(together) <= WIDTH:
        return f"{opening}\n{inner}{together}\n{indent}{closing}"
    each = [f"{inner}{_laid_out(part, inner, WIDTH - 1)},\n" for part in parts]
    return f"{opening}\n{''.join(each)}{indent}{closing}"


def _flat(layout: Layout) -> str:
    if isinstance(layout, str):
        return layout
    return f"{layout[0]}{', '.join(map(_flat, layout[1]))}{layout[2]}"
