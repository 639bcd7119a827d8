"""The search space: a `param.Parameterized` whose values are the current configuration."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any, ClassVar, Self

import param

from .attribute_names import attribute_of, is_reserved, name_of, reserve
from .declaration import Declared, declared_parameter, label_of, read_parameter
from .discovery import discover
from .errors import SpaceError
from .given import as_bounds, as_choices, as_texts
from .hyper_parameter import HyperParameter, SpaceVersion
from .source.reading import SourceReading, read_source
from .source.writing import space_source

_ANY = ("value", "is_searched", "active_when", "label", "unit")
_RANGE = (*_ANY, "low", "high", "log", "step")
_EDITABLE = {"real": _RANGE, "int": _RANGE, "choice": (*_ANY, "choices", "ordered")}
_WATCHED = (*_ANY, "ordered", "bounds", "objects", "step", "log")


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
    >>> from tuneboard import Choice, Int, Real
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
            cls._declared = as_texts(declared)
        for attribute, parameter in vars(cls).items():
            # Plain param may name its objects: `name = param.String("my space")`.
            is_own = isinstance(parameter, Declared) or attribute != "name"
            if isinstance(parameter, param.Parameter) and is_own and is_reserved(attribute):
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
        super().__init__(**{attribute_of(name): value for name, value in values.items()})
        self.reading = SourceReading()
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
            attribute = attribute_of(one.name)
            if attribute in attributes:
                raise SpaceError.must(
                    "SearchSpace", "have each name once", one.name, "Rename one of the two."
                )
            attributes[attribute] = declared_parameter(one)
        # One class per space: param keeps parameters on the class, so a shared class
        # would let the spaces of two studies grow into each other.
        body = {"__doc__": cls.__doc__, "constraints": as_texts(constraints), **attributes}
        own: type[Self] = type("SearchSpace", (cls,), body)
        return own()

    @classmethod
    def from_estimator(cls, estimator: Any) -> Self:
        """Read the space from a scikit-learn compatible estimator; see `discovery.discover`."""
        return cls.of(discover(estimator))

    @classmethod
    def from_source(cls, text: str) -> Self:
        """Read the space from a notebook cell or a file, without running any of it.

        `reading` of the space then has the place of every value, and what was left alone and
        why; see `source.read_source`.

        Raises
        ------
        SpaceError
            The text is no Python, or a tune comment or a declaration in it is not valid.

        Examples
        --------
        >>> space = SearchSpace.from_source("lr = 1e-3  # tune: 1e-5..1e-1 log")
        >>> space["lr"].high, space.reading.places["lr"].line
        (0.1, 1)
        """
        reading = read_source(text, name_of)
        space = cls.of(reading.hyper_parameters, reading.constraints)
        space.reading = reading
        return space

    def to_source(self, name: str = "Space") -> str:
        """Return the space as the Python class `name`, which `from_source` reads back."""
        return space_source(self._version, name, attribute_of)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Build the space that `to_dict` described.

        Raises
        ------
        SpaceError
            The data does not describe a space; the message names the entry.
        """
        version = SpaceVersion.from_dict(data)
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
        self._apply(constraints=as_texts(constraints))

    def move_to(self, version: SpaceVersion) -> None:
        """Take over a version of this space that was made elsewhere."""
        self._apply(*version.hyper_parameters, constraints=version.constraints)
        self._version = version

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Call `callback()` after each change, by whoever; returns a function that stops it."""
        self._callbacks.append(callback)
        return lambda: self._callbacks.remove(callback)

    def _watch(self) -> None:
        attributes = [attribute_of(name) for name in self._records]
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
            name = name_of(event.name)
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
        owner = f"SearchSpace.{name_of(event.name)}.{event.what}"
        if event.what == "value":
            # Not the event's: it may be stale, put back since by a refused `param.update`.
            return {"value": getattr(self, event.name)}
        if event.what == "bounds":
            low, high = as_bounds((None, None) if event.new is None else event.new, owner)
            return {"low": low, "high": high}
        if event.what == "objects":
            return {"choices": as_choices(event.new, owner)}
        if event.what == "label" and event.new is None:
            return {"label": ""}  # param's word for none, which `_mirror` writes
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
        attribute = attribute_of(record.name)
        parameter = self.param[attribute]
        slots: dict[str, Any] = {
            name: getattr(record, name) for name in ("is_searched", "active_when", "unit")
        }
        # Plain param's own rules end with the first edit: the record has taken them over.
        slots |= {"constant": False, "allow_None": True, "inclusive_bounds": (True, True)}
        if record.kind == "choice":
            slots |= {"objects": list(record.choices), "ordered": record.ordered}
        else:
            slots |= {"step": record.step, "log": record.log, "bounds": (record.low, record.high)}
        if label_of(parameter) != record.label:
            parameter.label = record.label or None
        for slot, new in slots.items():
            if hasattr(parameter, slot) and repr(getattr(parameter, slot)) != repr(new):
                setattr(parameter, slot, new)
        if repr(getattr(self, attribute)) != repr(record.value):
            setattr(self, attribute, record.value)


def _version_of(
    parameters: Any, value_of: Callable[[str], Any], constraints: tuple[str, ...]
) -> SpaceVersion:
    """Read all parameters of a space, or of its class, as its first version."""
    records = tuple(
        read_parameter(name_of(attribute), parameters[attribute], value_of(attribute))
        for attribute in parameters
        if attribute != "name"
    )
    return SpaceVersion(1, records, constraints)


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
reserve(dir(SearchSpace()))
