"""A search space out of an estimator: which hyper-parameters it has and where to look."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from .errors import SpaceError
from .hyper_parameter import HyperParameter

FROM_CODE = "from the value in your code"
MAX_OPTIONS = 12  # a longer list, such as all distances, holds many that fit few data

Preset = Mapping[str, Any]
"""One line of presets.toml; the keys are explained at the top of that file."""


@dataclass(frozen=True)
class PresetTable:
    """What presets.toml says.

    Parameters
    ----------
    by_estimator : dict
        Class name -> hyper-parameter -> preset, in the order of the file.
    names, prefixes : tuple of str
        Which names are not tunable.
    options : frozenset of str
        Options that are never offered.
    estimators : frozenset of str
        Classes that are not looked into.
    """

    by_estimator: dict[str, dict[str, Preset]]
    names: frozenset[str]
    prefixes: tuple[str, ...]
    options: frozenset[str]
    estimators: frozenset[str]

    def of(self, estimator: Any) -> dict[str, Preset]:
        """Return the presets of the estimator's class, or of its nearest parent that has any."""
        parents = (parent.__name__ for parent in type(estimator).__mro__)
        return next((self.by_estimator[one] for one in parents if one in self.by_estimator), {})

    def is_tunable(self, name: str) -> bool:
        """Whether a hyper-parameter of that name (without steps) may change how well it fits."""
        return name not in self.names and not name.startswith(self.prefixes)


@cache
def preset_table() -> PresetTable:
    """Read presets.toml, once per process."""
    data = tomllib.loads(files(__package__).joinpath("presets.toml").read_text(encoding="utf-8"))
    by_estimator: dict[str, dict[str, Preset]] = {}
    for group in data["group"]:
        presets = {name: line for name, line in group.items() if name != "estimators"}
        by_estimator.update(dict.fromkeys(group["estimators"], presets))
    rest = data["not_tunable"]
    return PresetTable(
        by_estimator,
        frozenset(rest["names"]),
        tuple(rest["prefixes"]),
        frozenset(rest["options"]),
        frozenset(rest["estimators"]),
    )


def discover(estimator: Any) -> tuple[HyperParameter, ...]:
    """List the hyper-parameters of an estimator, those searched by default first.

    Ranges come from presets.toml; a hyper-parameter without a line there gets a range around
    its current value and is not searched. Estimators inside (the steps of a Pipeline, the
    members of an ensemble) are walked too; theirs are named ``step__name``. What is not
    tunable or cannot be read is left out.

    Parameters
    ----------
    estimator : scikit-learn estimator
        Read only.

    Returns
    -------
    tuple of HyperParameter
        Values are the estimator's own; None where it has none that fits the range.

    Raises
    ------
    SpaceError
        `estimator` is no estimator object.

    Examples
    --------
    >>> from sklearn.svm import SVC
    >>> [one.name for one in discover(SVC()) if one.is_searched]
    ['C', 'gamma']
    """
    if isinstance(estimator, type):
        advice = f"Write {estimator.__name__}() to make an object of it."
        raise SpaceError.must("estimator", "be an object", estimator, advice)
    if not hasattr(estimator, "get_params"):
        advice = f"Objects of type {type(estimator).__name__} have no get_params()."
        raise SpaceError.must("estimator", "be a scikit-learn estimator", estimator, advice)
    found = _walk(estimator, "")
    return tuple(sorted(found, key=lambda one: not one.is_searched))


def _walk(estimator: Any, prefix: str) -> Iterator[HyperParameter]:
    """Yield the estimator's own hyper-parameters, then those of the estimators inside it."""
    table = preset_table()
    if type(estimator).__name__ in table.estimators:
        return
    presets, values = table.of(estimator), _own_values(estimator)
    for name in [*presets, *(other for other in values if other not in presets)]:
        if name not in values or not table.is_tunable(name):
            continue
        value, path = values[name], prefix + name
        if _is_estimator(value):
            yield from _walk(value, f"{path}__")
        elif (one := _hyper_parameter(estimator, name, path, value)) is not None:
            yield one


def _own_values(estimator: Any) -> dict[str, Any]:
    """Return the current values by name, the named steps of a composition among them."""
    try:
        values = estimator.get_params(deep=True)
        return {name: _plain(value) for name, value in values.items() if "__" not in name}
    except Exception:  # noqa: BLE001 (a third-party get_params may fail in any way)
        return {}


def _is_estimator(value: Any) -> bool:
    """Whether to look inside; a kernel of a Gaussian process, say, is fitted by its owner."""
    return all(hasattr(value, name) for name in ("get_params", "fit")) and not isinstance(
        value, type
    )


def _plain(value: Any) -> Any:
    """Turn a NumPy scalar into Python's own."""
    if type(value).__module__ == "numpy" and getattr(value, "shape", None) == ():
        return value.item()
    return value


def _hyper_parameter(estimator: Any, name: str, path: str, value: Any) -> HyperParameter | None:
    preset = preset_table().of(estimator).get(name)
    return offer(path, value, preset, _constraints(estimator, name))


def offer(
    path: str, value: Any, preset: Preset | None = None, constraints: Sequence[Any] = ()
) -> HyperParameter | None:
    """Make a hyper-parameter out of its current value, its preset and scikit-learn's rules.

    Parameters
    ----------
    path : str
        The name in the configuration.
    value : object
        The current value; anything.
    preset : Mapping or None
        Its line of presets.toml.
    constraints : sequence
        What ``_parameter_constraints`` says of it.

    Returns
    -------
    HyperParameter or None
        None where nothing valid can be offered.
    """
    try:
        if preset is None:
            return _from_value(path, value, constraints)
        if "choices" in preset:
            return _preset_choice(path, value, preset)
        return _preset_range(path, value, preset)
    except (SpaceError, ArithmeticError, AttributeError, TypeError):
        return None


def _preset_choice(path: str, value: Any, preset: Preset) -> HyperParameter | None:
    """Offer the preset's choices, and the current one where it is another."""
    if not _is_option(value) or value in preset_table().options:
        return None
    equal = [choice for choice in preset["choices"] if choice == value]
    choices = tuple(preset["choices"]) if equal else (value, *preset["choices"])
    return HyperParameter(
        path,
        "choice",
        equal[0] if equal else value,
        choices=choices,
        is_searched=preset.get("on", False),
        source=preset["source"],
    )


def _preset_range(path: str, value: Any, preset: Preset) -> HyperParameter:
    """Offer the preset's range, widened to the current value where that is a number of its kind.

    A value of another kind, such as a count where the range is a share, was chosen with care:
    the hyper-parameter is shown, but left as it is in the code.
    """
    low, high = preset["low"], preset["high"]
    number = _fitting_number(value, preset)
    is_on = preset.get("on", False) and (number is not None or _is_unset(value, preset))
    if number is not None:
        low, high = min(low, number), max(high, number)
    elif is_on:
        number = preset.get("start", low)
    return HyperParameter(
        path,
        "int" if isinstance(preset["low"], int) else "real",
        number,
        low,
        high,
        log=preset.get("log", False),
        is_searched=is_on,
        source=preset["source"],
    )


def _fitting_number(value: Any, preset: Preset) -> Any:
    """Return the value as a number of the preset's kind, or None."""
    if isinstance(value, tuple) and len(value) == 1:  # hidden_layer_sizes=(100,)
        value = value[0]
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(preset["low"], int):
        is_fitting = isinstance(value, int)
    else:
        is_count = isinstance(value, int) and preset.get("fraction", False)
        is_fitting = math.isfinite(value) and not is_count
    if not is_fitting or (preset.get("log", False) and value <= 0):
        return None
    return value if isinstance(preset["low"], int) else float(value)


def _is_unset(value: Any, preset: Preset) -> bool:
    """Whether the code leaves the value to the estimator: None, "scale", or no penalty at all."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return bool(preset.get("log", False)) and value == 0
    return value is None or isinstance(value, str)


def _from_value(path: str, value: Any, constraints: Sequence[Any]) -> HyperParameter | None:
    """Guess what is allowed from the value's type; not searched until the user says so."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return _range_around(path, value, constraints)
    options = _options(constraints)
    if isinstance(value, bool):
        options = [False, True, *(one for one in options if isinstance(one, str))]
    elif value is None:
        options = [None, *(one for one in options if one is not None)]
    if not _is_option(value) or value not in options or not 2 <= len(options) <= MAX_OPTIONS:
        return None
    return HyperParameter(
        path, "choice", value, choices=tuple(options), is_searched=False, source=FROM_CODE
    )


def _range_around(path: str, value: float, constraints: Sequence[Any]) -> HyperParameter | None:
    """Span half to double a whole number, a hundredth to a hundredfold of a positive real one.

    A real number with two limits of its own, such as a share, spans all of them.
    """
    is_whole = isinstance(value, int)
    if is_whole and value < 0:  # -1 stands for "no limit"
        return None
    floor, ceiling = _limits(value, constraints)
    has_limits = not is_whole and math.isfinite(floor) and math.isfinite(ceiling)
    low, high = (floor, ceiling) if has_limits else _span(value)
    return HyperParameter(
        path,
        "int" if is_whole else "real",
        value,
        max(low, floor),
        min(high, ceiling),
        log=not is_whole and value > 0 and not has_limits,
        is_searched=False,
        source=FROM_CODE,
    )


def _span(value: float) -> tuple[float, float]:
    if isinstance(value, int):
        return value // 2 if value > 1 else value, max(2 * value, value + 1)
    if value > 0:
        return _rounded(value / 100), _rounded(value * 100)
    return (2 * value, 0.0) if value < 0 else (0.0, 1.0)


def _rounded(value: float) -> float:
    """Drop the last digits, which show how binary numbers divide: 9.999999999999999e-05."""
    return float(f"{value:.12g}")


def _constraints(estimator: Any, name: str) -> list[Any]:
    """Return scikit-learn's own validation rules for one hyper-parameter, where it has any."""
    # `_parameter_constraints` is private: it may be absent, or look different one day.
    try:
        return list(estimator._parameter_constraints[name])
    except Exception:  # noqa: BLE001
        return []


def _options(constraints: Sequence[Any]) -> list[Any]:
    """List the strings, truth values and None that the rules allow, in a fixed order."""
    options: list[Any] = [None] if any(rule is None for rule in constraints) else []
    if any(isinstance(rule, str) and rule == "boolean" for rule in constraints):
        options += [False, True]
    for rule in constraints:
        if type(rule).__name__ == "StrOptions":
            hidden = set(getattr(rule, "deprecated", ())) | preset_table().options
            options += sorted(set(getattr(rule, "options", ())) - hidden)
    return options


def _limits(value: float, constraints: Sequence[Any]) -> tuple[float, float]:
    """Return the ends of the allowed interval around the value, moved inside where open."""
    for rule in constraints:
        if type(rule).__name__ == "Interval" and _allows(rule, value):
            floor = -math.inf if rule.left is None else rule.left
            ceiling = math.inf if rule.right is None else rule.right
            if rule.closed in ("right", "neither"):
                floor = _inside(floor, value)
            if rule.closed in ("left", "neither"):
                ceiling = _inside(ceiling, value)
            return floor, ceiling
    return -math.inf, math.inf


def _inside(end: float, value: float) -> float:
    """Move an open end a little towards the value: by one, or by a hundredth of the way."""
    if math.isinf(end):
        return end
    if isinstance(value, int):
        return math.floor(end) + 1 if end < value else math.ceil(end) - 1
    return _rounded(end + (value - end) / 100)


def _allows(rule: Any, value: float) -> bool:
    try:
        return bool(rule.is_satisfied_by(value))
    except Exception:  # noqa: BLE001 (private, as above)
        return False


def _is_option(value: Any) -> bool:
    return value is None or isinstance(value, (str, bool, int, float))
