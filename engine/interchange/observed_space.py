"""A search space out of the values that trials had, where their tool has not kept the ranges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..conversion.ranges import choice
from ..errors import DataError
from ..given import as_python, is_number
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..plain import is_plain

LOG_FROM = 1000.0
"""Positive numbers whose ends are this many times apart are taken to be on a log scale."""


def observed_space(configs: Sequence[Mapping[str, Any]], source: str) -> SpaceVersion:
    """Return the smallest space that holds all configurations.

    Numbers give the range from the lowest to the highest value seen, all else the choices seen;
    what has one value only is held at it.

    Parameters
    ----------
    configs : sequence of mappings
        Hyper-parameter name -> value. A name may be missing in some.
    source : str
        Where the values are from, for the user.

    Raises
    ------
    DataError
        There is nothing in them.
    """
    names = dict.fromkeys(name for config in configs for name in config)
    if not names:
        advice = "Name the columns that hold the hyper-parameters."
        raise DataError.must("Import", "have a hyper-parameter", [], advice)
    seen = {name: [config[name] for config in configs if name in config] for name in names}
    return SpaceVersion(1, tuple(_record(name, values, source) for name, values in seen.items()))


def _record(name: str, values: list[Any], source: str) -> HyperParameter:
    options = _distinct(values)
    if len(options) < 2 or not all(map(is_number, options)):
        return choice(name, options, source=source)
    low, high = min(options), max(options)
    is_whole = all(isinstance(one, int) for one in options)
    is_log = low > 0 and high / low >= LOG_FROM
    kind = "int" if is_whole else "real"
    return HyperParameter(name, kind, values[0], low, high, log=is_log, source=source)  # type: ignore[arg-type]


def _distinct(values: Iterable[Any]) -> list[Any]:
    """Return each value once, in order; True is not 1."""
    return list({(type(one), one): one for one in values}.values())


def plain_value(value: Any, owner: str) -> Any:
    """Return a value as plain Python: NumPy's become Python's, lists become tuples.

    Raises
    ------
    DataError
        It is none of text, number, True, False, None or a tuple of these.
    """
    value = _as_tuple(as_python(value))
    if is_plain(value):
        return value
    rule = "be text, a number, True, False, None or a list of these"
    raise DataError.must(owner, rule, value, "Leave that column out, or write it as text.")


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, (list, tuple)) else value
