"""Search spaces as plain Python: ranges, and lists of choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..errors import SpaceError
from ..given import is_number
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..plain import is_plain
from ..space import SearchSpace
from .outgoing import unconditional

FORMS = "(low, high), (low, high, 'log'), range(...) or a list of choices"
TWO_VALUES = "exactly these two values, nothing between"


def from_ranges(ranges: Mapping[str, Any]) -> SearchSpace:
    """Read a space from plain Python: ranges are tuples, choices are lists.

    - ``(low, high)``: every number between, both ends included; whole numbers if both are.
    - ``(low, high, "log")``: the same on a log scale.
    - ``(low, high, {"step": 0.5})``: with a step, with ``"log": True``, or with both. Three
      numbers are refused, as the third might be a step, and might be a choice.
    - ``range(2, 10)``: the whole numbers 2 to 9, by the range's own step.
    - ``[1, 10, 100]``, or an array of one axis: exactly these values. Ascending or descending
      numbers are ordered choices; a single value is held. Lists inside become tuples.
    - ``("relu", "tanh")``: a tuple without any number is a list of choices.

    Raises
    ------
    SpaceError
        An entry is none of these; the message names it.

    Examples
    --------
    >>> space = from_ranges({"lr": (1e-4, 1.0, "log"), "depth": (1, 9), "units": [16, 64]})
    >>> [one.kind for one in space.version.hyper_parameters]
    ['real', 'int', 'choice']
    """
    return SearchSpace.of(
        read_entry(name, entry) for name, entry in check_entries(ranges, "from_ranges").items()
    )


def to_ranges(space: SearchSpace | SpaceVersion, *, with_held: bool = False) -> dict[str, Any]:
    """Write a space as plain Python; `from_ranges` is the way back.

    Parameters
    ----------
    space : SearchSpace or SpaceVersion
        Without conditions and constraints.
    with_held : bool
        Whether what is not searched goes out too, as a list of one value.

    Raises
    ------
    SpaceError
        The space has conditions or constraints, which ranges have no room for.

    Examples
    --------
    >>> to_ranges(from_ranges({"lr": (1e-4, 1.0, "log"), "depth": range(2, 9, 2)}))
    {'lr': (0.0001, 1.0, 'log'), 'depth': (2, 8, {'step': 2})}
    """
    return {one.name: _entry(one) for one in unconditional(space, "ranges", with_held)}


def _entry(one: HyperParameter) -> Any:
    if not one.is_searched:
        return [one.value]
    if one.kind == "choice":
        return list(one.choices)
    if one.step is not None:
        scale = {"log": True} if one.log else {}
        return (one.low, one.high, {**scale, "step": one.step})
    return (one.low, one.high, "log") if one.log else (one.low, one.high)


def check_entries(entries: Any, owner: str) -> Mapping[str, Any]:
    """Check that there are entries, and that each has a name."""
    if not isinstance(entries, Mapping):
        advice = "Give each hyper-parameter by its name: {'lr': ...}."
        raise SpaceError.must(owner, "be given a dict", entries, advice)
    for name in entries:
        if not isinstance(name, str):
            raise SpaceError.must(owner, "have names that are text", name, "Put it in quotes.")
    return entries


def read_entry(name: str, entry: Any) -> HyperParameter:
    """Read one entry of `from_ranges`."""
    entry = as_python(entry)
    if isinstance(entry, tuple) and _is_range(name, entry):
        return _range(name, entry)
    if isinstance(entry, (tuple, list, range)) or hasattr(entry, "tolist"):
        return read_list(name, entry)
    raise SpaceError.must(f"SearchSpace.{name}", f"be {FORMS}", entry, _advice(name, entry))


def read_list(name: str, entry: Any) -> HyperParameter:
    """Read what stands for exactly its values: a sequence or an array of one axis."""
    owner = f"SearchSpace.{name}"
    if isinstance(entry, range) and len(entry) > 1:
        return _whole_numbers(name, entry)
    is_array = hasattr(entry, "tolist") and getattr(entry, "ndim", 1) > 0
    if isinstance(entry, (str, bytes)) or not (is_array or isinstance(entry, Sequence)):
        raise SpaceError.must(owner, "be a list of choices", entry, _advice(name, entry))
    if is_array and entry.ndim > 1:
        rule = "have one axis, that of its choices"
        raise SpaceError.must(owner, rule, entry, "Write a list of tuples.")
    one = choice(name, entry.tolist() if is_array else entry)
    # Two numbers in a list are often meant as a range: the user is shown what became of them.
    is_mistakable = one.ordered and len(one.choices) == 2
    return replace(one, source=TWO_VALUES) if is_mistakable else one


def choice(
    name: str, values: Sequence[Any], *, source: str = "declared", is_ordered: bool | None = None
) -> HyperParameter:
    """Make a choice out of values of any origin; a single one is held.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    values : sequence
        The choices; lists among them become tuples.
    source : str
        Where they come from.
    is_ordered : bool or None
        Whether their order means something; None if it does where they are numbers that only
        rise or only fall.

    Raises
    ------
    SpaceError
        There is none, one stands twice, or one is no plain value.
    """
    choices = tuple(_plain(name, value) for value in values)
    if is_ordered is None:
        is_ordered = len(choices) > 1 and _is_monotonic(choices)
    return HyperParameter(
        name,
        "choice",
        choices[0] if choices else None,
        choices=choices,
        is_searched=len(choices) != 1,
        source=source,
        ordered=is_ordered,
    )


def held(name: str, value: Any, source: str) -> HyperParameter:
    """Make a hyper-parameter that has one value."""
    return choice(name, [value], source=source)


def _plain(name: str, value: Any) -> Any:
    """Return a choice in plain Python, or say what to write in its place."""
    value = _as_tuple(as_python(value))
    if is_plain(value):
        return value
    rule = "have choices that are text, numbers, True, False, None or tuples of these"
    raise SpaceError.must(f"SearchSpace.{name}", rule, value, _choice_advice(value))


def as_python(value: Any) -> Any:
    """Turn a number or text of NumPy's into Python's own."""
    is_scalar = hasattr(value, "dtype") and getattr(value, "ndim", 1) == 0
    return value.item() if is_scalar else value


def _as_tuple(value: Any) -> Any:
    return tuple(_as_tuple(one) for one in value) if isinstance(value, list) else value


def _choice_advice(value: Any) -> str:
    if hasattr(value, "get_params"):
        return "Put the estimators into a OneOf: its choice among them can be searched."
    if hasattr(value, "tolist"):
        return "Write the array as a tuple."
    if isinstance(value, (set, frozenset, Mapping)):
        return "Write a tuple, or a name that your own code looks up."
    if value != value:
        return "NaN does not equal itself: use None, or a name that your own code looks up."
    return "Give such a value a name, and look it up by that name in your own code."


def _is_monotonic(choices: Sequence[Any]) -> bool:
    return all(map(is_number, choices)) and sorted(choices) in (
        list(choices),
        list(reversed(choices)),
    )


def _is_range(name: str, entry: tuple[Any, ...]) -> bool:
    """Whether a tuple is a range, or choices; what may be both or neither is told."""
    words = [one for one in entry if not _is_numeric(one)]
    n_numbers = len(entry) - len(words)
    owner = f"SearchSpace.{name}"
    if n_numbers == 2 and not words:
        return True
    if n_numbers == 2 and len(entry) == 3 and words == [entry[2]]:
        if entry[2] == "log" or _are_options(entry[2]):
            return True
        rule = "end in 'log' or in {'step': ..., 'log': ...}"
        raise SpaceError.must(owner, rule, entry, "Or write a list for choices.")
    if n_numbers:
        advice = f"Write {list(entry)!r} for exactly these values."
        if n_numbers == len(entry) == 3:
            low, high, step = entry
            advice += f" Write ({low}, {high}, {{'step': {step}}}) for a step."
        raise SpaceError.must(owner, "be (low, high)", entry, advice)
    if entry and all(map(_reads_as_number, entry)):
        advice = "Write the numbers without quotes."
        raise SpaceError.must(owner, "be (low, high) in numbers", entry, advice)
    return False


def _is_numeric(value: Any) -> bool:
    """Whether a value is a number, Python's or NumPy's."""
    return is_number(as_python(value))


def _are_options(value: Any) -> bool:
    return isinstance(value, Mapping) and len(value) > 0 and set(value) <= {"step", "log"}


def _reads_as_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return isinstance(value, str)


def _range(name: str, entry: tuple[Any, ...]) -> HyperParameter:
    options = entry[2] if len(entry) == 3 else {}
    if options == "log":
        options = {"log": True}
    log = options.get("log", False)
    if not isinstance(log, bool):
        advice = "Drop it for a linear scale."
        raise SpaceError.must(f"SearchSpace.{name}.log", "be True or False", log, advice)
    low, high, step = map(as_python, (*entry[:2], options.get("step")))
    is_whole = all(isinstance(one, int) for one in (low, high, 1 if step is None else step))
    return HyperParameter(name, "int" if is_whole else "real", low, low, high, log, step)


def _whole_numbers(name: str, numbers: range) -> HyperParameter:
    low, high = sorted((numbers[0], numbers[-1]))
    step = abs(numbers.step)
    return HyperParameter(name, "int", low, low, high, step=None if step == 1 else step)


def _advice(name: str, entry: Any) -> str:
    """Say what was probably meant."""
    if isinstance(entry, (set, frozenset)):
        return "A set has no order: write a list."
    if isinstance(entry, Mapping):
        return f"Write (low, high) for a range, and {{'{name}__...': ...}} for what lies deeper."
    if hasattr(entry, "get_params"):
        return "Put the estimators into a OneOf: its choice among them can be searched."
    if callable(entry) or hasattr(entry, "__next__"):
        return "Write its values out in a list."
    return "Put brackets around a single value, to hold it there."
