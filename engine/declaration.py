"""The types that a search space is declared with, and what a declared parameter says."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import param

from .attribute_names import name_of
from .errors import SpaceError
from .given import as_bounds, as_choices, as_number, is_number
from .hyper_parameter import HyperParameter

_WORDING = ("source", "active_when", "unit")


class Declared:
    """What tuneboard's own types add to param's: checks that name the hyper-parameter."""

    def _validate(self, val: Any) -> None:
        if getattr(self, "owner", None) is not None and val is not param.Undefined:
            read_parameter(name_of(self.name), self, val)  # type: ignore[attr-defined]

    def __set__(self, obj: Any, val: Any) -> None:
        try:
            super().__set__(obj, as_number(_kind(self), val))  # type: ignore[misc]
        except SpaceError:
            if hasattr(obj, "_put_back"):
                obj._put_back()  # `param.update` may have written others before this one
            raise


class Real(Declared, param.Number[Any]):
    """A real number in `bounds`, both ends included.

    Parameters
    ----------
    default : float, optional
        The current value; the lower bound if it is not given.
    bounds : (float, float)
        The range.
    log : bool
        Whether equal ratios are equal steps.
    is_searched, source, active_when, unit
        As for `HyperParameter`.
    **params
        Further arguments of `param.Number`, such as `step`, `label` and `doc`.

    Examples
    --------
    >>> from tuneboard import SearchSpace
    >>> class Space(SearchSpace):
    ...     lr = Real(1e-3, bounds=(1e-5, 1e-1), log=True)
    >>> Space().lr
    0.001
    """

    __slots__ = ["is_searched", "log", *_WORDING]
    _slot_defaults = dict(  # noqa: RUF012 (as param declares it)
        param.Number._slot_defaults,
        log=False,
        is_searched=True,
        source="declared",
        active_when="",
        unit="",
    )

    def __init__(
        self,
        default: Any = param.Undefined,
        *,
        bounds: tuple[float, float],
        log: bool = False,
        is_searched: bool = True,
        source: str = "declared",
        active_when: str = "",
        unit: str = "",
        **params: Any,
    ) -> None:
        self.log = log
        self.is_searched = is_searched
        self.source, self.active_when, self.unit = source, active_when, unit
        if bounds is not None:
            bounds = as_bounds(bounds, f"{type(self).__name__}.bounds")
            default = bounds[0] if default is param.Undefined else default
        super().__init__(default=default, bounds=bounds, allow_None=True, **params)


class Int(Real, param.Integer[Any]):
    """A whole number in `bounds`, both ends included.

    Examples
    --------
    >>> from tuneboard import SearchSpace
    >>> class Space(SearchSpace):
    ...     max_depth = Int(6, bounds=(1, 12))
    >>> Space().max_depth
    6
    """

    __slots__: list[str] = []


class Choice(Declared, param.Selector[Any]):
    """One of `choices`.

    Parameters
    ----------
    default : object, optional
        The current choice; the first if it is not given.
    choices : iterable
        The options, in the order shown.
    ordered : bool
        Whether that order means something, as that of sizes does.
    is_searched, source, active_when, unit
        As for `HyperParameter`.
    **params
        Further arguments of `param.Selector`, such as `label` and `doc`.

    Examples
    --------
    >>> from tuneboard import SearchSpace
    >>> class Space(SearchSpace):
    ...     kernel = Choice("rbf", choices=["rbf", "poly"])
    >>> Space().kernel
    'rbf'
    """

    __slots__ = ["is_searched", "ordered", *_WORDING]
    _slot_defaults = dict(  # noqa: RUF012 (as param declares it)
        param.Selector._slot_defaults,
        is_searched=True,
        ordered=False,
        source="declared",
        active_when="",
        unit="",
    )

    def __init__(
        self,
        default: Any = param.Undefined,
        *,
        choices: Iterable[Any],
        ordered: bool = False,
        is_searched: bool = True,
        source: str = "declared",
        active_when: str = "",
        unit: str = "",
        **params: Any,
    ) -> None:
        self.is_searched, self.ordered = is_searched, ordered
        self.source, self.active_when, self.unit = source, active_when, unit
        objects = list(as_choices(choices, f"{type(self).__name__}.choices"))
        if default is param.Undefined:
            default = objects[0] if objects else None
        # Without check_on_set an empty list is taken to mean that anything goes, and is filled.
        super().__init__(
            default=default, objects=objects, allow_None=True, check_on_set=True, **params
        )

    def _validate_value(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave the default to the check that knows the hyper-parameter's name."""


_TYPES = "Real, Int, Choice, param.Number, param.Integer, param.Boolean or param.Selector"
# Those made of the types above that hold something else.
_OTHERS = (param.Date, param.CalendarDate, param.Event, param.ListSelector, param.FileSelector)
_INWARDS = 1e-6


def _kind(parameter: Any) -> Any:
    if isinstance(parameter, param.Integer):
        return "int"
    return "real" if isinstance(parameter, param.Number) else "choice"


def read_parameter(name: str, parameter: Any, value: Any) -> HyperParameter:
    """Read one parameter, tuneboard's own or plain param's.

    Raises
    ------
    SpaceError
        It is of a type that says nothing about what may vary, or breaks a rule.
    """
    is_choice = isinstance(parameter, param.Selector | param.Boolean)
    if isinstance(parameter, _OTHERS) or not (is_choice or isinstance(parameter, param.Number)):
        advice = "Keep what does not vary outside of the space."
        found = type(parameter).__name__
        raise SpaceError.must(f"SearchSpace.{name}", f"be declared as {_TYPES}", found, advice)
    kind = _kind(parameter)
    shared: dict[str, Any] = {
        "is_searched": getattr(parameter, "is_searched", not parameter.constant),
        "source": getattr(parameter, "source", "declared"),
        "active_when": getattr(parameter, "active_when", ""),
        "unit": getattr(parameter, "unit", ""),
        "label": label_of(parameter),
    }
    if kind == "choice":
        choices = tuple(getattr(parameter, "objects", (False, True)))
        ordered = getattr(parameter, "ordered", False)
        return HyperParameter(name, kind, value, choices=choices, ordered=ordered, **shared)
    low, high = _ends(f"SearchSpace.{name}", kind, parameter, value)
    log = getattr(parameter, "log", False)
    return HyperParameter(name, kind, value, low, high, log=log, step=parameter.step, **shared)


def _ends(owner: str, kind: str, parameter: Any, value: Any) -> tuple[Any, Any]:
    """Return the range, both ends included; plain param's soft bounds where it has no others.

    What param excludes is moved inwards: by one, or by a millionth of the range.
    """
    bounds = as_bounds(parameter.bounds or (None, None), f"{owner}.bounds")
    soft = as_bounds(getattr(parameter, "softbounds", None) or (None, None), f"{owner}.softbounds")
    ends = tuple(one if hard is None else hard for hard, one in zip(bounds, soft, strict=True))
    for end, one in zip(("low", "high"), ends, strict=True):
        if one is None:
            rule = "have bounds=(low, high)"
            raise SpaceError.must(f"{owner}.{end}", rule, parameter.bounds, "Give both.")
    low, high = ends
    has_low, has_high = getattr(parameter, "inclusive_bounds", (True, True))
    if (has_low and has_high) or not (is_number(low) and is_number(high)):
        return low, high
    inwards = 1 if kind == "int" else (high - low) * _INWARDS
    at = value if is_number(value) else low + inwards  # never past the value itself
    return low if has_low else min(low + inwards, at), high if has_high else high - inwards


def label_of(parameter: Any) -> str:
    """Return the label that was given; param's own makes one up out of the name."""
    return getattr(parameter, "_label", None) or ""


def declared_parameter(one: HyperParameter) -> param.Parameter[Any]:
    """Turn a record into the parameter that `_record` reads."""
    shared: dict[str, Any] = {
        name: getattr(one, name) for name in ("is_searched", "source", "active_when", "unit")
    }
    shared["label"] = one.label or None
    if one.kind == "choice":
        return Choice(one.value, choices=one.choices, ordered=one.ordered, **shared)
    numeric = Int if one.kind == "int" else Real
    return numeric(one.value, bounds=(one.low, one.high), log=one.log, step=one.step, **shared)
