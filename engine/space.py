"""The search space: a `param.Parameterized` whose values are the current configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any, Self

import param

from .discovery import discover
from .errors import SpaceError
from .hyper_parameter import HyperParameter, SpaceVersion, as_number, hyper_parameters_from

_WATCHED = ("value", "bounds", "objects", "step", "log", "is_searched")
_RANGE = ("value", "low", "high", "log", "step", "is_searched")
_EDITABLE = {"real": _RANGE, "int": _RANGE, "choice": ("value", "choices", "is_searched")}


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
    """A real number in `bounds`, both ends included; `log` makes equal ratios equal steps.

    Examples
    --------
    >>> class Space(SearchSpace):
    ...     lr = Real(1e-3, bounds=(1e-5, 1e-1), log=True)
    >>> Space().lr
    0.001
    """

    __slots__ = ["is_searched", "log", "source"]
    _slot_defaults = dict(  # noqa: RUF012 (as param declares it)
        param.Number._slot_defaults, log=False, is_searched=True, source="declared"
    )

    def __init__(
        self,
        default: Any = param.Undefined,
        *,
        bounds: tuple[float, float],
        log: bool = False,
        is_searched: bool = True,
        source: str = "declared",
        **params: Any,
    ) -> None:
        self.log = log
        self.is_searched = is_searched
        self.source = source
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

    Examples
    --------
    >>> class Space(SearchSpace):
    ...     kernel = Choice("rbf", choices=["rbf", "poly"])
    >>> Space().kernel
    'rbf'
    """

    __slots__ = ["is_searched", "source"]
    _slot_defaults = dict(  # noqa: RUF012 (as param declares it)
        param.Selector._slot_defaults, is_searched=True, source="declared"
    )

    def __init__(
        self,
        default: Any = param.Undefined,
        *,
        choices: Iterable[Any],
        is_searched: bool = True,
        source: str = "declared",
        **params: Any,
    ) -> None:
        self.is_searched = is_searched
        self.source = source
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

    Examples
    --------
    >>> class Space(SearchSpace):
    ...     lr = Real(1e-3, bounds=(1e-5, 1e-1), log=True)
    ...     depth = Int(3, bounds=(1, 9))
    >>> space = Space()
    >>> space.lr = 0.01
    >>> space.edit("depth", high=5)
    >>> space.config
    {'lr': 0.01, 'depth': 3}
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for attribute, parameter in vars(cls).items():
            if isinstance(parameter, _Declared) and attribute in _RESERVED:
                raise SpaceError(
                    f"SearchSpace.{attribute} is taken by the space itself. Declare {attribute}_; "
                    f"configurations name it {attribute!r}.",
                    name=f"SearchSpace.{attribute}",
                )
            if isinstance(parameter, param.Parameter) and attribute != "name":
                _record(_name_of(attribute), parameter, parameter.default)

    def __init__(self, **values: Any) -> None:
        super().__init__(**{_attribute_of(name): value for name, value in values.items()})
        self._callbacks: list[Callable[[], None]] = []
        self._records: dict[str, HyperParameter] = {}
        for attribute in self.param:
            if attribute != "name":
                name = _name_of(attribute)
                self._records[name] = _record(name, self.param[attribute], getattr(self, attribute))
        self._version = SpaceVersion(1, tuple(self._records.values()))
        self._watch()

    @classmethod
    def of(cls, hyper_parameters: Iterable[HyperParameter]) -> Self:
        """Build a space that holds exactly these hyper-parameters.

        Raises
        ------
        SpaceError
            Two hyper-parameters have one name.
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
        own: type[Self] = type("SearchSpace", (cls,), {"__doc__": cls.__doc__, **attributes})
        return own()

    @classmethod
    def from_estimator(cls, estimator: Any) -> Self:
        """Read the space from a scikit-learn compatible estimator; see `discovery.discover`."""
        return cls.of(discover(estimator))

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the space that `to_dict` described."""
        space = cls.of(hyper_parameters_from(data["hyper_parameters"]))
        space._version = SpaceVersion(int(data.get("number", 1)), space._version.hyper_parameters)
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
    def config(self) -> dict[str, Any]:
        """The current configuration: searched and held values, without the unset ones."""
        return {name: one.value for name, one in self._records.items() if not one.is_unset}

    def __getitem__(self, name: str) -> HyperParameter:
        return self._version[name]

    def edit(self, name: str, **changes: Any) -> None:
        """Change one hyper-parameter: all of `changes`, or nothing.

        Parameters
        ----------
        name : str
            The hyper-parameter.
        **changes
            Any of `value`, `is_searched`; of a number also `low`, `high`, `log`, `step`; of a
            choice `choices`. Unless a `value` is given, the current one is moved to the nearest
            that is allowed.

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
        edited = [self[name].edited(value=value) for name, value in config.items()]
        for record in edited:
            self._apply(record)

    def move_to(self, version: SpaceVersion) -> None:
        """Take over a version of this space that was made elsewhere."""
        for record in version.hyper_parameters:
            self._apply(record)
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
                record = self._records[name].edited(**self._changes(event))
            except SpaceError:
                if event.what == "objects":
                    # Unseen first: param cannot even read objects that are no list.
                    objects = list(self._records[name].choices)
                    object.__setattr__(self.param[event.name], "objects", objects)
                self._put_back()
                raise
            self._apply(record)

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

    def _apply(self, record: HyperParameter) -> None:
        before = self._records[record.name]
        # By their words: True equals 1, and means something else to a model.
        is_changed = repr(record) != repr(before)
        self._records[record.name] = record
        if is_changed:
            number = self._version.number + (not _only_value_differs(before, record))
            self._version = SpaceVersion(number, tuple(self._records.values()))
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
        slots = {"step": record.step, "log": record.log, "is_searched": record.is_searched}
        if record.kind == "choice":
            slots = {"objects": list(record.choices), "is_searched": record.is_searched}
        else:
            slots["bounds"] = (record.low, record.high)
        for slot, new in slots.items():
            if hasattr(parameter, slot) and repr(getattr(parameter, slot)) != repr(new):
                setattr(parameter, slot, new)
        if repr(getattr(self, attribute)) != repr(record.value):
            setattr(self, attribute, record.value)


_RESERVED: frozenset[str] = frozenset()
_RESERVED = frozenset(dir(SearchSpace()))


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


def _record(name: str, parameter: Any, value: Any) -> HyperParameter:
    """Read one parameter, tuneboard's own or plain param's."""
    kind = _kind(parameter)
    shared: dict[str, Any] = {
        "is_searched": getattr(parameter, "is_searched", True),
        "source": getattr(parameter, "source", "declared"),
    }
    if kind == "choice":
        choices = tuple(getattr(parameter, "objects", (False, True)))
        return HyperParameter(name, kind, value, choices=choices, **shared)
    low, high = parameter.bounds or (None, None)
    log = getattr(parameter, "log", False)
    return HyperParameter(name, kind, value, low, high, log=log, step=parameter.step, **shared)


def _parameter(one: HyperParameter) -> param.Parameter[Any]:
    """Turn a record into the parameter that `_record` reads."""
    shared: dict[str, Any] = {"is_searched": one.is_searched, "source": one.source}
    if one.kind == "choice":
        return Choice(one.value, choices=one.choices, **shared)
    numeric = Int if one.kind == "int" else Real
    return numeric(one.value, bounds=(one.low, one.high), log=one.log, step=one.step, **shared)


def _only_value_differs(before: HyperParameter, after: HyperParameter) -> bool:
    """Whether trials would be the same: the current value of what is searched does not matter."""
    rules = [repr({**asdict(record), "value": None}) for record in (before, after)]
    return after.is_searched and rules[0] == rules[1]
