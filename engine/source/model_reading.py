"""The hyper-parameters of one model as the code sets them, beside those that it leaves alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ..discovery import discover
from ..errors import SpaceError
from ..hyper_parameter import HyperParameter
from .cells import joined
from .parsed_code import NotLiteralError, ParsedCode, last_name, too_deep
from .targets import Target, Targets


@dataclass(frozen=True)
class ModelReading:
    """What the code says of one model.

    Parameters
    ----------
    variable : str
        What the code calls it.
    cell : str
        Where it is made; empty where it is not.
    kind : str
        The class that is made; empty for a pipeline of `make_pipeline` and where it is not made.
    values : dict of str to object
        The values that are written, by full name.
    absent : tuple of str
        What is not written and so is the default.
    computed : dict of str to str
        What cannot be read, with the reason.
    annotated : dict of str to HyperParameter
        What has a tune comment.
    problem : str
        Why nothing could be read, in words.
    """

    variable: str
    cell: str = ""
    kind: str = ""
    values: dict[str, Any] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    computed: dict[str, str] = field(default_factory=dict)
    annotated: dict[str, HyperParameter] = field(default_factory=dict)
    problem: str = ""

    def records(self, estimator: Any) -> tuple[HyperParameter, ...]:
        """Return what may vary in a model that is as the code says.

        Parameters
        ----------
        estimator : scikit-learn estimator
            The live model; it is copied and left as it is.

        Raises
        ------
        SpaceError
            The code sets what the model does not take.
        """
        from sklearn.base import clone

        copy = clone(estimator)
        try:
            copy.set_params(**{**_defaults(copy, self.absent), **self.values})
        except (ValueError, TypeError) as error:
            raise SpaceError(f"{self.variable}: {error}", name=self.variable) from None
        found = {one.name: one for one in discover(copy)}
        own = {name: _conditional(one, found.get(name)) for name, one in self.annotated.items()}
        known = [one.name for one in found.values()]
        added = [name for name in own if name not in found]
        return tuple(own.get(name, found.get(name)) for name in (*added, *known))  # type: ignore[misc]


def read_model(texts: Mapping[str, str], variable: str, names: Iterable[str]) -> ModelReading:
    """Read what the cells of a notebook, or one file, set of a model, without running any.

    Parameters
    ----------
    texts : mapping of str to str
        The cells by name, in their order.
    variable : str
        What the code calls the model.
    names : iterable of str
        The full names of what the model takes, such as ``clf__C``.

    Examples
    --------
    >>> texts = {"1": "c = 0.5  # tune: 0.1..10", "2": "model = SVC(C=c, gamma=g)"}
    >>> reading = read_model(texts, "model", ["C", "gamma", "degree"])
    >>> reading.values, reading.annotated["C"].high, reading.absent
    ({'C': 0.5}, 10.0, ('degree',))
    """
    try:
        cells = joined(texts)
        code = ParsedCode(cells.python)
        targets = Targets(code, variable)
    except SpaceError as error:
        return ModelReading(variable, problem=str(error))
    except RecursionError:
        return ModelReading(variable, problem=str(too_deep()))
    model = targets.model
    if model is None:
        return ModelReading(variable, problem=_absence(code, variable))
    place = code.span(model.sites[0].call)[0] if model.sites else 0
    kind = model.sites[0].kind if model.sites and not model.sites[0].steps else ""
    reading = ModelReading(variable, cells.cell_at(place)[0], kind)
    return _filled(reading, code, targets, names)


def _filled(
    reading: ModelReading, code: ParsedCode, targets: Targets, names: Iterable[str]
) -> ModelReading:
    values: dict[str, Any] = {}
    computed: dict[str, str] = {}
    annotated: dict[str, HyperParameter] = {}
    absent = []
    for name in names:
        target: Target = targets.find(name)
        if target.node is None:
            if target.parent is not None:
                absent.append(name)
            else:
                computed[name] = target.reason
            continue
        try:
            values[name] = code.literal(target.node)
        except NotLiteralError:
            computed[name] = "Its value is computed."
            continue
        if (record := targets.annotated(target.node)) is not None:
            annotated[name] = replace(record, name=name, active_when="")
    return replace(
        reading, values=values, absent=tuple(absent), computed=computed, annotated=annotated
    )


def _absence(code: ParsedCode, variable: str) -> str:
    """Say why a variable is no model that can be read."""
    import libcst as cst

    n_made = sum(last_name(one.target) == variable for one in code.of(cst.AssignTarget))
    if n_made > 1:
        return (
            f"{variable} is assigned {n_made} times, so that no one place is its value. Give each "
            "a name of its own."
        )
    if n_made:
        return f"What is assigned to {variable} is no estimator that can be read."
    return f"No estimator {variable} is made in the code."


def _conditional(record: HyperParameter, found: HyperParameter | None) -> HyperParameter:
    """Give what has a tune comment the condition that its preset has."""
    return record if found is None else replace(record, active_when=found.active_when)


def _defaults(estimator: Any, names: Iterable[str]) -> dict[str, Any]:
    """Return the defaults of what is not written, where the class says them."""
    from inspect import signature

    owners = {"": estimator, **estimator.get_params()}
    found = {}
    for name in names:
        steps, _, own = name.rpartition("__")
        owner = owners.get(steps)
        parameters = {} if owner is None else signature(type(owner)).parameters
        if own in parameters and parameters[own].default is not parameters[own].empty:
            found[name] = parameters[own].default
    return found
