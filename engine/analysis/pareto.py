"""The trade-off between several columns: which trials none other beats in all of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..encoding import FloatArray
from ..errors import AnalysisError
from ..pareto import hypervolume, on_front
from ..trial import Trial, TrialState
from .incumbents import ended_at
from .observations import column

_MARGIN = 0.1


def _empty() -> FloatArray:
    return np.empty((0, 0))


@dataclass(frozen=True, eq=False)
class ParetoFront:
    """The trials that no other beats in all columns.

    Parameters
    ----------
    columns : tuple of str, length m
        What is to be high; one with a minus before it is to be low.
    numbers : tuple of int, length n
        Trials with a value in each column, in the order in which they finished.
    values : float array, shape (n, m)
        Their values, each higher-is-better: what is to be low is negated.
    on_front : tuple of int
        Numbers of those on the front, the best in the first column first.
    volumes : tuple of float, length n
        Volume dominated by the front after each trial, over that of the box between `reference`
        and the best value of each column; from 0 to 1.
    reference : tuple of float, length m
        The corner that the volume is counted from.
    """

    columns: tuple[str, ...]
    numbers: tuple[int, ...] = ()
    values: FloatArray = field(default_factory=_empty)
    on_front: tuple[int, ...] = ()
    volumes: tuple[float, ...] = ()
    reference: tuple[float, ...] = ()


def pareto_front(
    trials: Iterable[Trial],
    columns: Sequence[str],
    *,
    reference: Sequence[float] | None = None,
) -> ParetoFront:
    """Find the Pareto front of two or more columns, and how its volume grew.

    Parameters
    ----------
    trials : iterable of Trial
        Completed ones are looked at; the latest of equal numbers counts.
    columns : sequence of str
        Columns of `observations.column`, such as ``("score", "-duration_s")`` or
        ``("scores[0]", "scores[1]")``.
    reference : sequence of float, optional
        The corner that volumes are counted from, higher-is-better as the values are; by default
        the worst value of each column, less a tenth of its range. Give one to compare fronts.

    Raises
    ------
    AnalysisError
        Fewer than two columns, an unknown one, or a reference of another length.
    """
    if len(columns) < 2:
        advice = "For a single one look at the best trial."
        raise AnalysisError.must("pareto_front.columns", "be two or more", columns, advice)
    if reference is not None and len(reference) != len(columns):
        rule = f"have {len(columns)} numbers"
        raise AnalysisError.must("pareto_front.reference", rule, reference, "One per column.")
    completed = {one.number: one for one in trials if one.state is TrialState.COMPLETED}
    ordered = sorted(completed.values(), key=lambda one: (ended_at(one), one.number))
    raw = [column(ordered, name) for name in columns]
    table = np.array(raw, dtype=float).T.reshape(len(ordered), len(columns))
    known = np.isfinite(table).all(axis=1)
    values = table[known]
    numbers = tuple(one.number for one, has in zip(ordered, known, strict=True) if has)
    if not numbers:
        return ParetoFront(tuple(columns))
    corner = _corner(values) if reference is None else np.array(reference, dtype=float)
    is_on = on_front(values)
    order = np.argsort(-values[:, 0], kind="stable")
    return ParetoFront(
        tuple(columns),
        numbers,
        values,
        tuple(numbers[place] for place in order if is_on[place]),
        _volumes(values, corner),
        tuple(corner.tolist()),
    )


def _corner(values: FloatArray) -> FloatArray:
    low, spread = values.min(axis=0), np.ptp(values, axis=0)
    return np.asarray(low - _MARGIN * np.where(spread > 0, spread, 1.0))


def _volumes(values: FloatArray, corner: FloatArray) -> tuple[float, ...]:
    """Return the share of the box that is dominated after each row.

    A row that the front of those before dominates adds nothing, and most rows do not add: the
    volume is computed anew only where the front has changed.
    """
    sides = values.max(axis=0) - corner
    scaled = (values - corner) / np.where(sides > 0, sides, 1.0)
    origin = np.zeros(values.shape[1])
    front, volume, found = np.empty((0, values.shape[1])), 0.0, []
    for row in scaled:
        if (row > 0).all() and not (front >= row).all(axis=1).any():
            front = np.vstack([front[~(row >= front).all(axis=1)], row])
            volume = hypervolume(front, origin)
        found.append(volume)
    return tuple(found)
