"""A search space out of an estimator: which hyper-parameters it has and where to look."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .errors import SpaceError
from .expression import parse, quoted
from .hyper_parameter import HyperParameter
from .plain import is_plain
from .presets import Preset as Preset  # both also for those who read code the same way
from .presets import preset_table as preset_table

FROM_CODE = "from the value in your code"
FROM_ALTERNATIVES = "the alternatives in your code"
MAX_OPTIONS = 12  # a longer list, such as all distances, holds many that fit few data


def discover(estimator: Any) -> tuple[HyperParameter, ...]:
    """List the hyper-parameters of an estimator, those searched by default first.

    Ranges come from presets.toml; a hyper-parameter without a line there gets a range around
    its current value and is not searched. Estimators inside (the steps of a Pipeline, the
    members of an ensemble) are walked too; theirs are named ``step__name``. A `OneOf` is a
    choice among its alternatives, whose own hyper-parameters are active only when it is
    chosen. What is not tunable or cannot be read is left out.

    Parameters
    ----------
    estimator : scikit-learn estimator
        Read only. XGBoost's, LightGBM's, CatBoost's and skorch's are read as well.

    Returns
    -------
    tuple of HyperParameter
        Values are the estimator's own; None where it has none that fits the range.

    Raises
    ------
    SpaceError
        `estimator` is no estimator object, two of its parts have one name, or the alternatives
        of a `OneOf` do not go together.

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
    found = _walk(estimator, "", "")
    return tuple(sorted(found, key=lambda one: not one.is_searched))


def _walk(estimator: Any, prefix: str, condition: str) -> Iterator[HyperParameter]:
    """Yield the estimator's own hyper-parameters, then those of the estimators inside it.

    `condition` is what must hold for the estimator to be used at all.
    """
    if type(estimator).__name__ in preset_table().estimators:
        return
    if _is_one_of(estimator):
        yield from _walk_alternatives(estimator, prefix, condition)
        return
    values = _own_values(estimator)
    own = _own(estimator, prefix, values)
    for name in _in_order(estimator, values):
        if name in own:
            when = _condition(estimator, name, prefix, values, own)
            if when is not None:
                yield replace(own[name], active_when=_both(condition, when))
        elif _is_walked(name, values[name]):
            yield from _walk(values[name], f"{prefix}{name}__", condition)


def _walk_alternatives(one_of: Any, prefix: str, condition: str) -> Iterator[HyperParameter]:
    """Yield the choice among the alternatives, then what each of them has when it is chosen."""
    one_of.check()
    path = f"{prefix}chosen"
    names = tuple(one_of.named_alternatives)
    yield HyperParameter(
        path,
        "choice",
        one_of.chosen_name,
        choices=names,
        is_searched=len(names) > 1,
        source=FROM_ALTERNATIVES,
        active_when=condition,
    )
    for name, alternative in one_of.named_alternatives.items():
        if _is_estimator(alternative):
            # The outer condition need not be told again: where it fails, nothing is chosen.
            yield from _walk(alternative, f"{prefix}{name}__", f"{quoted(path)} == {name!r}")


def _is_one_of(estimator: Any) -> bool:
    from .one_of import OneOf

    return isinstance(estimator, OneOf)


def _own(estimator: Any, prefix: str, values: Mapping[str, Any]) -> dict[str, HyperParameter]:
    """Return what can be offered of the estimator itself, by the names of its own."""
    presets = _presets(estimator, values)
    offered = {
        name: offer(prefix + name, values[name], presets.get(name), _constraints(estimator, name))
        for name in _in_order(estimator, values)
        if not _is_walked(name, values[name])
    }
    return {name: one for name, one in offered.items() if one is not None}


def _in_order(estimator: Any, values: Mapping[str, Any]) -> list[str]:
    """List the tunable names: first those of presets.toml, as they stand there."""
    table = preset_table()
    names = dict.fromkeys([*_presets(estimator, values), *values])
    return [name for name in names if name in values and table.is_tunable(name)]


def _presets(estimator: Any, values: Mapping[str, Any]) -> dict[str, Preset]:
    """Return the presets by the names that the user's code uses."""
    return {
        next((alias for alias in line.get("aliases", ()) if alias in values), name): line
        for name, line in preset_table().of(estimator).items()
    }


def _condition(
    estimator: Any,
    name: str,
    prefix: str,
    values: Mapping[str, Any],
    own: Mapping[str, HyperParameter],
) -> str | None:
    """Return the condition of the preset with full names; None where it fails for good.

    One that needs to know what is not offered is settled by the values in the code.
    """
    when = _presets(estimator, values).get(name, {}).get("when", "")
    if not when:
        return ""
    expression = parse(when, f"presets.toml.{name}")
    if all(parent in own for parent in expression.names):
        return expression.renamed({parent: prefix + parent for parent in expression.names})
    return None if expression.holds(values) is False else ""


def _both(one: str, other: str) -> str:
    """Join two conditions, of which either may be empty."""
    if not one or not other:
        return one or other
    return " and ".join(f"({part})" if " or " in part else part for part in (one, other))


def _own_values(estimator: Any) -> dict[str, Any]:
    """Return the current values by name, the named steps of a composition among them."""
    try:
        values, members = estimator.get_params(deep=True), estimator.get_params(deep=False)
    except Exception:  # noqa: BLE001 (a third-party get_params may fail in any way)
        return {}
    _check_members(members, values)
    own = {name: _plain(value) for name, value in values.items() if _is_own(name, values)}
    if preset_table().is_silent(estimator):
        own = dict.fromkeys(_presets(estimator, own)) | own
    return own


def _is_own(name: str, values: Mapping[str, Any]) -> bool:
    """Whether it belongs to no part that is walked.

    skorch has ``module__n_units`` beside ``module``, which is a class and holds nothing itself.
    """
    first, *rest = name.split("__")
    return not rest or isinstance(values.get(first), type)


def _check_members(slots: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    """Refuse a composition whose members could not be told from one another by their names."""
    for members in slots.values():
        names = _member_names(members)
        if not any(name in values for name in names):
            continue  # a list of something else
        for place, name in enumerate(names):
            if name in names[:place] or name in slots or "__" in name:
                rule = f"be a name of its own, without __ and none of {list(slots)}"
                raise SpaceError.must(f"SearchSpace.{name}", rule, name, "Rename that member.")


def _member_names(members: Any) -> list[str]:
    """List the names of ``[("scale", StandardScaler()), ...]``; nothing for any other value."""
    if not isinstance(members, (list, tuple)):
        return []
    pairs = [one for one in members if isinstance(one, tuple) and len(one) > 1]
    return [pair[0] for pair in pairs if isinstance(pair[0], str)]


def _is_walked(name: str, value: Any) -> bool:
    return "__" not in name and _is_estimator(value)


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
    if not is_plain(value) or value in preset_table().options:
        return None
    is_left = value is None and "start" in preset
    equal = [choice for choice in preset["choices"] if choice == value]
    known = bool(equal) or is_left
    if is_left and preset.get("on", False):
        value = preset["start"]
    return HyperParameter(
        path,
        "choice",
        equal[0] if equal else value,
        choices=tuple(preset["choices"]) if known else (value, *preset["choices"]),
        is_searched=preset.get("on", False),
        source=preset["source"],
    )


def _preset_range(path: str, value: Any, preset: Preset) -> HyperParameter:
    """Offer the preset's range, widened to the current value where that is a number of its kind.

    A value of another kind, such as a count where the range is a share, was chosen with care:
    the hyper-parameter is shown, but left as it is in the code.
    """
    low, high = preset["low"], preset["high"]
    if isinstance(value, int) and value == preset.get("unset"):
        value = None
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
    if not is_plain(value) or value not in options or not 2 <= len(options) <= MAX_OPTIONS:
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
