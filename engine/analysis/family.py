"""The population of an evolutionary search over its generations, along one hyper-parameter."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..hyper_parameter import SpaceVersion
from ..trial import Trial
from .axis import Axis, axis_of, positions_of
from .lineage import Lineage, ValueFlow

N_PARTS = 6


@dataclass(frozen=True)
class Cohort:
    """The trials of one generation in one part of a range; part -1 is inactive."""

    generation: int
    part: int
    n: int
    best: float | None


@dataclass(frozen=True)
class Population:
    """Where the generations lay along one hyper-parameter, and how they came from each other.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    axis : Axis or None
        Its range, cut into at most six parts; None where nothing is searched.
    cohorts : tuple of Cohort
        By generation and part; those without trials are left out.
    flows : tuple of ValueFlow
        How many children each part of a generation had, and where; see `Lineage.value_flows`.
    operators : tuple of (str, int)
        How many children each operator made, the most frequent first.
    """

    name: str
    axis: Axis | None = None
    cohorts: tuple[Cohort, ...] = ()
    flows: tuple[ValueFlow, ...] = ()
    operators: tuple[tuple[str, int], ...] = ()


def population(
    space: SpaceVersion, trials: Sequence[Trial], name: str, lineage: Lineage | None = None
) -> Population:
    """Follow the generations along one hyper-parameter.

    Parameters
    ----------
    space : SpaceVersion
        The space that the range is from.
    trials : sequence of Trial
        Each number once.
    name : str
        The hyper-parameter.
    lineage : Lineage, optional
        That of these trials, if it is known already.
    """
    lineage = Lineage(trials) if lineage is None else lineage
    axis = axis_of(space[name], N_PARTS)
    places = axis.places(positions_of(space[name], trials)).tolist()
    scores: dict[tuple[int, int], list[float]] = {}
    for one, part in zip(trials, places, strict=True):
        known = scores.setdefault((lineage.generations[one.number], part), [])
        known.append(-np.inf if one.score is None else one.score)
    cohorts = tuple(
        Cohort(*key, len(found), max(found) if max(found) > -np.inf else None)
        for key, found in sorted(scores.items())
    )
    made = Counter(one.provenance.operator for one in trials if lineage.parents[one.number])
    flows = lineage.value_flows(space, name, n_parts=N_PARTS)
    return Population(name, axis, cohorts, flows, tuple(made.most_common()))
