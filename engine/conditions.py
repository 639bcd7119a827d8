"""Which hyper-parameters of a space are active, and which constraints a configuration breaks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from .errors import SpaceError
from .expression import Expression, parse, quoted


class _Inactive:
    """No value of a user's equals it; it reads the same in every process."""

    def __repr__(self) -> str:
        return "inactive"


INACTIVE: Any = _Inactive()
"""Stands for the value of a hyper-parameter that a configuration does not have."""


class Conditions:
    """The conditions and constraints among the hyper-parameters of one space.

    A hyper-parameter is active where its condition holds and all that the condition needs to
    know is active too. A value that is merely missing (held as it is in the user's code, or
    from before an edit) speaks neither for nor against.

    Parameters
    ----------
    active_when : Mapping of str to str
        Each name with its condition, empty where it is always active.
    constraints : sequence of str
        What must hold for every configuration; one that names an inactive hyper-parameter
        says nothing about it.
    numeric : frozenset of str
        The names that may be computed with and put in order.

    Raises
    ------
    SpaceError
        A text cannot be parsed, names something unknown, computes with what is no number, or
        the conditions depend on each other in a circle.

    Examples
    --------
    >>> conditions = Conditions({"kernel": "", "gamma": "kernel == 'rbf'"}, (), frozenset())
    >>> conditions.active({"kernel": "poly", "gamma": 0.1})
    {'kernel': 'poly'}
    """

    def __init__(
        self,
        active_when: Mapping[str, str],
        constraints: Sequence[str],
        numeric: frozenset[str],
    ) -> None:
        self._active_when = active_when
        self._numeric = numeric
        conditions = {
            name: self._checked(text, f"SearchSpace.{name}.active_when")
            for name, text in active_when.items()
            if text
        }
        self.constraints = tuple(
            self._checked(text, f"SearchSpace.constraints[{place}]")
            for place, text in enumerate(constraints)
        )
        self.by_name = {name: conditions[name] for name in _parents_first(conditions)}

    def active(self, config: Mapping[str, Any]) -> dict[str, Any]:
        """Return the configuration without its inactive values."""
        kept = dict(config)
        for name, condition in self.by_name.items():
            if name in kept and not self.is_active(condition, kept):
                del kept[name]
        return kept

    def is_active(self, condition: Expression, config: Mapping[str, Any]) -> bool:
        """Whether a condition holds, given the active values it may depend on."""
        truth = condition.holds(config)
        if truth is not None:
            return truth
        return not any(name in self.by_name and name not in config for name in condition.names)

    def broken(self, config: Mapping[str, Any]) -> list[str]:
        """Return the constraints that a configuration of active values does not meet."""
        return [one.text for one in self.constraints if one.holds(config) is False]

    def mask(self, values: dict[str, list[Any]], n_configs: int) -> None:
        """Put INACTIVE in place of the inactive values of many configurations, in place.

        Parameters
        ----------
        values : dict of str to list, each of length n
            The values by name, INACTIVE where a configuration has none. Names may be missing.
        n_configs : int
            The number n.
        """
        for name, condition in self.by_name.items():
            if name not in values:
                continue
            absent = [INACTIVE] * n_configs
            known = [values.get(one, absent) for one in condition.names]
            answers = self._answers(condition, known)
            values[name] = [
                value if is_active else INACTIVE
                for value, is_active in zip(values[name], answers, strict=True)
            ]

    def _answers(self, condition: Expression, known: list[list[Any]]) -> list[bool]:
        """Return whether a condition holds for each row of what it depends on."""
        rows = list(zip(*known, strict=True))
        # True equals 1: where a column has both, they are told apart by their types.
        is_mixed = any({bool, int} <= kinds or {bool, float} <= kinds for kinds in _kinds(known))
        keys = [(row, tuple(map(type, row))) for row in rows] if is_mixed else rows
        try:
            answers = {
                key: self._answer(condition, key[0] if is_mixed else key) for key in set(keys)
            }
        except TypeError:  # a value of elsewhere that cannot be a key
            return [self._answer(condition, row) for row in rows]
        return list(map(answers.__getitem__, keys))

    def _answer(self, condition: Expression, known: Sequence[Any]) -> bool:
        pairs = zip(condition.names, known, strict=True)
        return self.is_active(condition, {one: v for one, v in pairs if v is not INACTIVE})

    def _checked(self, text: str, owner: str) -> Expression:
        expression = parse(text, owner)
        for name in expression.names:
            if name not in self._active_when:
                advice = f"{name!r} is none of them: check the spelling, put text in quotes."
                known = ", ".join(map(quoted, self._active_when))
                raise SpaceError.must(owner, f"name hyper-parameters ({known})", text, advice)
        for name in sorted(expression.numeric_names - self._numeric):
            advice = f"{name!r} has choices: compare it with == or in."
            raise SpaceError.must(owner, "compute with numbers only", text, advice)
        return expression


def _kinds(columns: list[list[Any]]) -> list[set[type]]:
    return [set(map(type, column)) for column in columns]


def _parents_first(conditions: Mapping[str, Expression]) -> list[str]:
    """Return the names that have a condition, each behind those it depends on."""
    graph = {name: condition.names for name, condition in conditions.items()}
    try:
        order = list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        circle = list(reversed(error.args[1]))
        first = circle[0]
        message = (
            f"SearchSpace.{first}.active_when must not depend on itself: "
            f"{' needs '.join(circle)}. Drop one of these conditions."
        )
        raise SpaceError(
            message, name=f"SearchSpace.{first}", value=conditions[first].text
        ) from None
    return [name for name in order if name in conditions]
