"""The search space: a `param.Parameterized` whose values are the current configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar, Self

import param

from .discovery import discover
from .errors import SpaceError
from .hyper_parameter import HyperParameter, SpaceVersion, as_number

_ANY = ("value", "is_searched", "active_when", "label", "unit")
_RANGE = (*_ANY, "low", "high", "log", "step")
_EDITABLE = {"real": _RANGE, "int": _RANGE, "choice": (*_ANY, "choices", "ordered")}
_WATCHED = (*_ANY, "ordered", "bounds", "objects", "step", "log")
_WORDING = ("source", "active_when", "unit")


class _Declared:
    """What tuneboard's own types add to param's: checks that name the hyper-parameter."""

    def _validate(self, val: Any) -> None:
        if getattr(self, "owner", None) is not None and val is not param.Undefined:
            _record(_name_of(self.name), self, val)  # type: ignore[attr-defined]

    def __set__(self, obj: Any, val: Any) -> None:
        try:
            super().__set__(obj, as_number(_kind(self), val))  # type: ignore[misc]
        except SpaceError:
            if isinstance(obj, SearchSpace):
                obj._put_back()  # `param.update` may have written others before this one
            raise


class Real(_Declared, param.Number[Any]):
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
        default = bounds[0] if default is param.Undefined else default
        super().__init__(default=default, bounds=bounds, allow_None=True, **params)


class Int(Real, param.Integer[Any]):
    """A whole number in `bounds`, both ends included.

    Examples
    --------
    >>> class Space(SearchSpace):
    ...     max_depth = Int(6, bounds=(1, 12))
    >>> Space().max_depth
    6
    """

    __slots__: list[str] = []


class Choice(_Declared, param.Selector[Any]):
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
        objects = list(choices)
        if default is param.Undefined:
            default = objects[0] if objects else None
        super().__init__(default=default, objects=objects, allow_None=True, **params)

    def _validate_value(self, *_args: Any, **_kwargs: Any) -> None:
        """Leave the default to the check that knows the hyper-parameter's name."""


class SearchSpace(param.Parameterized):
    """What may vary, and the current configuration.

    Declare one as a class, or read it from a model with `from_estimator`. Values and ranges
    may be changed at any time, by assignment or with `edit`; each change of what may vary
    makes a new `version`, which trials refer to by its number.

    Hyper-parameters whose names are taken by this class, such as ``name``, are declared
    with an underscore behind (``name_``); configurations use the name without it.

    What holds between hyper-parameters is text in one small language, `expression.parse`:
    `active_when` of one that has a value only under a condition, and `constraints`, a list
    that every configuration must meet.

    Examples
    --------
    >>> class Space(SearchSpace):
    ...     lr = Real(1e-3, bounds=(1e-5, 1e-1), log=True)
    ...     max_depth = Int(3, bounds=(1, 9))
    ...     num_leaves = Int(7, bounds=(2, 255), log=True)
    ...     booster = Choice("gbtree", choices=["gbtree", "dart"])
    ...     rate_drop = Real(0.1, bounds=(0, 1), active_when="booster == 'dart'")
    ...     constraints = ["num_leaves < 2 ** max_depth"]
    >>> space = Space()
    >>> space.lr = 0.01
    >>> space.edit("max_depth", high=5)
    >>> space.config
    {'lr': 0.01, 'max_depth': 3, 'num_leaves': 7, 'booster': 'gbtree'}
    """

    _declared: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "constraints" in vars(cls):
            declared = vars(cls)["constraints"]
            if isinstance(declared, param.Parameter):
                raise _taken("constraints")
            # Off the class, where it would hide what the spaces of today must meet.
            del cls.constraints
            cls._declared = _texts(declared)
        for attribute, parameter in vars(cls).items():
            if isinstance(parameter, _Declared) and attribute in _RESERVED:
                raise _taken(attribute)
        # By hand, for param has not taken the class in yet.
        parameters = {
            attribute: parameter
            for parent in reversed(cls.__mro__)
            for attribute, parameter in vars(parent).items()
            if isinstance(parameter, param.Parameter)
        }
        _version_of(parameters, lambda one: parameters[one].default, cls._declared)

    def __init__(self, **values: Any) -> None:
        super().__init__(**{_attribute_of(name): value for name, value in values.items()})
        self._callbacks: list[Callable[[], None]] = []
        self._version = _version_of(self.param, lambda one: getattr(self, one), self._declared)
        self._records = {one.name: one for one in self._version.hyper_parameters}
        self._watch()

    @classmethod
    def of(
        cls, hyper_parameters: Iterable[HyperParameter], constraints: Iterable[str] = ()
    ) -> Self:
        """Build a space that holds exactly these hyper-parameters and constraints.

        Raises
        ------
        SpaceError
            Two hyper-parameters have one name, or a condition or constraint is not valid.
        """
        attributes: dict[str, Any] = {}
        for one in hyper_parameters:
            attribute = _attribute_of(one.name)
            if attribute in attributes:
                raise SpaceError.must(
                    "SearchSpace", "have each name once", one.name, "Rename one of the two."
                )
            attributes[attribute] = _parameter(one)
        # One class per space: param keeps parameters on the class, so a shared class
        # would let the spaces of two studies grow into each other.
        body = {"__doc__": cls.__doc__, "constraints": _texts(constraints), **attributes}
        own: type[Self] = type("SearchSpace", (cls,), body)
        return own()

    @classmethod
    def from_estimator(cls, estimator: Any) -> Self:
        """Read the space from a scikit-learn compatible estimator; see `discovery.discover`."""
        return cls.of(discover(estimator))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the space that `to_dict` described."""
        version = SpaceVersion.from_dict({"number": 1, **data})
        space = cls.of(version.hyper_parameters, version.constraints)
        space._version = version
        return space

    def to_dict(self) -> dict[str, Any]:
        """Return the space as plain data."""
        return self._version.to_dict()

    @property
    def version(self) -> SpaceVersion:
        """The space as it stands now, frozen."""
        return self._version

    @property
    def names(self) -> tuple[str, ...]:
        """Names of all hyper-parameters, in the order shown."""
        return self._version.names

    @property
    def constraints(self) -> tuple[str, ...]:
        """What every configuration must meet; `constrain` changes it."""
        return self._version.constraints

    @property
    def config(self) -> dict[str, Any]:
        """The current configuration: searched and held values that are active and set."""
        values = {name: one.value for name, one in self._records.items() if not one.is_unset}
        return self._version.conditions.active(values) if self._version.is_conditional else values

    def __getitem__(self, name: str) -> HyperParameter:
        return self._version[name]

    def edit(self, name: str, **changes: Any) -> None:
        """Change one hyper-parameter: all of `changes`, or nothing.

        Parameters
        ----------
        name : str
            The hyper-parameter.
        **changes
            Any of `value`, `is_searched`, `active_when`, `label`, `unit`; of a number also
            `low`, `high`, `log`, `step`; of a choice `choices`, `ordered`. Unless a `value` is
            given, the current one is moved to the nearest that is allowed.

        Raises
        ------
        SpaceError
            The result would break a rule. The space is then as it was.
        """
        record = self[name]
        editable = _EDITABLE[record.kind]
        for change in changes:
            if change not in editable:
                rule = f"be edited by {', '.join(editable)}"
                raise SpaceError.must(record.owner, rule, change, "Check the spelling.")
        self._apply(record.edited(**changes))

    def apply(self, config: Mapping[str, Any]) -> None:
        """Make `config` the current configuration: all of it, or nothing.

        Raises
        ------
        SpaceError
            A name is unknown, or a value is not allowed.
        """
        self._apply(*(self[name].edited(value=value) for name, value in config.items()))

    def constrain(self, *constraints: str) -> None:
        """Make these the constraints, in place of those before; without any there are none.

        Raises
        ------
        SpaceError
            A text cannot be read or names what is not there. The space is then as it was.
        """
        self._apply(constraints=_texts(constraints))

    def move_to(self, version: SpaceVersion) -> None:
        """Take over a version of this space that was made elsewhere."""
        self._apply(*version.hyper_parameters, constraints=version.constraints)
        self._version = version

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback()` after each change, by whoever; returns a function that stops it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def _watch(self) -> None:
        attributes = [_attribute_of(name) for name in self._records]
        for what in _WATCHED:
            having = [a for a in attributes if what == "value" or hasattr(self.param[a], what)]
            if having:
                # Not only what param calls a change: 1 and True are the same to it.
                self.param.watch(self._assigned, having, what=what, onlychanged=False)

    def _assigned(self, *events: param.parameterized.Event) -> None:
        """Take over what was assigned to a parameter directly, or put it back and say why not.

        What `_mirror` writes comes by here too, and changes nothing: the record has it already.
        """
        for event in events:
            name = _name_of(event.name)
            try:
                self._apply(self._records[name].edited(**self._changes(event)))
            except SpaceError:
                if event.what == "objects":
                    # Unseen first: param cannot even read objects that are no list.
                    objects = list(self._records[name].choices)
                    object.__setattr__(self.param[event.name], "objects", objects)
                self._put_back()
                raise

    def _changes(self, event: param.parameterized.Event) -> dict[str, Any]:
        """Word an assignment to a parameter as the changes of an edit."""
        owner = f"SearchSpace.{_name_of(event.name)}.{event.what}"
        if event.what == "value":
            # Not the event's: it may be stale, put back since by a refused `param.update`.
            return {"value": getattr(self, event.name)}
        if event.what == "bounds":
            bounds = (None, None) if event.new is None else event.new
            if not isinstance(bounds, Sequence) or len(bounds) != 2:
                raise SpaceError.must(owner, "be (low, high)", bounds, "Give two numbers.")
            return {"low": bounds[0], "high": bounds[1]}
        if event.what == "objects":
            objects = event.new.values() if isinstance(event.new, Mapping) else event.new
            if isinstance(objects, str) or not isinstance(objects, Iterable):
                raise SpaceError.must(owner, "be a list of choices", objects, "Give a list.")
            return {"choices": tuple(objects)}
        return {event.what: event.new}

    def _apply(self, *records: HyperParameter, constraints: tuple[str, ...] | None = None) -> None:
        """Take over records and constraints: all of them, or nothing."""
        edited = {record.name: record for record in records}
        after = tuple(edited.get(name, record) for name, record in self._records.items())
        rules = self.constraints if constraints is None else constraints
        # By their words: True equals 1, and means something else to a model.
        is_changed = repr((after, rules)) != repr((tuple(self._records.values()), self.constraints))
        if is_changed:
            is_new = rules != self.constraints or any(
                not _only_value_differs(self._records[one.name], one) for one in after
            )
            self._version = SpaceVersion(self._version.number + is_new, after, rules)
            self._records = {one.name: one for one in after}
        for record in records:
            self._mirror(record)
        for callback in list(self._callbacks) if is_changed else ():
            callback()

    def _put_back(self) -> None:
        """Write all records onto their parameters; a space that is just being made has none."""
        for record in vars(self).get("_records", {}).values():
            self._mirror(record)

    def _mirror(self, record: HyperParameter) -> None:
        """Write a record onto its parameter; the value last where it fits only the new range."""
        attribute = _attribute_of(record.name)
        parameter = self.param[attribute]
        slots: dict[str, Any] = {
            name: getattr(record, name) for name in ("is_searched", "active_when", "unit")
        }
        if record.kind == "choice":
            slots |= {"objects": list(record.choices), "ordered": record.ordered}
        else:
            slots |= {"step": record.step, "log": record.log, "bounds": (record.low, record.high)}
        if _label_of(parameter) != record.label:
            parameter.label = record.label or None
        for slot, new in slots.items():
            if hasattr(parameter, slot) and repr(getattr(parameter, slot)) != repr(new):
                setattr(parameter, slot, new)
        if repr(getattr(self, attribute)) != repr(record.value):
            setattr(self, attribute, record.value)


_RESERVED: frozenset[str] = frozenset()


def _attribute_of(name: str) -> str:
    return f"{name}_" if _is_reserved(name) else name


def _name_of(attribute: str) -> str:
    is_escaped = attribute.endswith("_") and _is_reserved(attribute[:-1])
    return attribute[:-1] if is_escaped else attribute


def _is_reserved(name: str) -> bool:
    """Whether a name is taken, or would read as the escape of one that is (``name_``)."""
    return name in _RESERVED or name.rstrip("_") in _RESERVED


def _kind(parameter: Any) -> Any:
    if isinstance(parameter, param.Integer):
        return "int"
    if isinstance(parameter, param.Number) and not isinstance(parameter, param.Boolean):
        return "real"
    return "choice"


def _version_of(
    parameters: Any, value_of: Callable[[str], Any], constraints: tuple[str, ...]
) -> SpaceVersion:
    """Read all parameters of a space, or of its class, as its first version."""
    records = tuple(
        _record(_name_of(attribute), parameters[attribute], value_of(attribute))
        for attribute in parameters
        if attribute != "name"
    )
    return SpaceVersion(1, records, constraints)


def _record(name: str, parameter: Any, value: Any) -> HyperParameter:
    """Read one parameter, tuneboard's own or plain param's."""
    kind = _kind(parameter)
    shared: dict[str, Any] = {
        "is_searched": getattr(parameter, "is_searched", True),
        "source": getattr(parameter, "source", "declared"),
        "active_when": getattr(parameter, "active_when", ""),
        "unit": getattr(parameter, "unit", ""),
        "label": _label_of(parameter),
    }
    if kind == "choice":
        choices = tuple(getattr(parameter, "objects", (False, True)))
        ordered = getattr(parameter, "ordered", False)
        return HyperParameter(name, kind, value, choices=choices, ordered=ordered, **shared)
    low, high = parameter.bounds or (None, None)
    log = getattr(parameter, "log", False)
    return HyperParameter(name, kind, value, low, high, log=log, step=parameter.step, **shared)


def _label_of(parameter: Any) -> str:
    """Return the label that was given; param's own makes one up out of the name."""
    return getattr(parameter, "_label", None) or ""


def _parameter(one: HyperParameter) -> param.Parameter[Any]:
    """Turn a record into the parameter that `_record` reads."""
    shared: dict[str, Any] = {
        name: getattr(one, name) for name in ("is_searched", "source", "active_when", "unit")
    }
    shared["label"] = one.label or None
    if one.kind == "choice":
        return Choice(one.value, choices=one.choices, ordered=one.ordered, **shared)
    numeric = Int if one.kind == "int" else Real
    return numeric(one.value, bounds=(one.low, one.high), log=one.log, step=one.step, **shared)


def _texts(constraints: Any) -> tuple[str, ...]:
    if isinstance(constraints, str) or not isinstance(constraints, Iterable):
        advice = "Put brackets around it."
        raise SpaceError.must("SearchSpace.constraints", "be a list of texts", constraints, advice)
    return tuple(constraints)


def _taken(attribute: str) -> SpaceError:
    return SpaceError(
        f"SearchSpace.{attribute} is taken by the space itself. Declare {attribute}_; "
        f"configurations name it {attribute!r}.",
        name=f"SearchSpace.{attribute}",
    )


def _only_value_differs(before: HyperParameter, after: HyperParameter) -> bool:
    """Whether trials would be the same: the current value of what is searched does not matter."""
    if before is after:
        return True
    rules = [
        repr({**asdict(record), "value": None, "label": "", "unit": ""})
        for record in (before, after)
    ]
    return after.is_searched and rules[0] == rules[1]


# Last, as it makes a space of its own.
_RESERVED = frozenset(dir(SearchSpace()))
