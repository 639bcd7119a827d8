"""The range of one hyper-parameter, cut into intervals that can be drawn and searched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..encoding import Encoding, FloatArray
from ..hyper_parameter import HyperParameter, SpaceVersion
from ..trial import Trial

_HAIR = 1e-12


@dataclass(frozen=True)
class Axis:
    """Intervals of one hyper-parameter, one per value where there are few.

    Parameters
    ----------
    name : str
        The hyper-parameter.
    edges : float array, shape (k + 1,)
        The ends of the intervals as positions in the unit cube, ascending from 0 to 1.
    lows, highs : tuple, length k
        The lowest and the highest value of each interval, in the user's own units; for a
        choice both are the choice itself.
    middles : tuple, length k
        The value in the middle of each.
    is_choice, is_log : bool
        Whether the values are choices, and whether equal intervals are equal ratios.
    """

    name: str
    edges: FloatArray
    lows: tuple[Any, ...]
    highs: tuple[Any, ...]
    middles: tuple[Any, ...]
    is_choice: bool
    is_log: bool

    @property
    def n(self) -> int:
        """The number of intervals."""
        return len(self.middles)

    def places(self, positions: FloatArray) -> np.ndarray:
        """Return the interval of each position; -1 for NaN, what is inactive."""
        found = np.clip(np.searchsorted(self.edges, positions, side="right") - 1, 0, self.n - 1)
        return np.where(np.isnan(positions), -1, found)


def axis_of(one: HyperParameter, n_max: int) -> Axis:
    """Cut a hyper-parameter into at most `n_max` intervals; choices are never put together."""
    alone = _alone(one)
    n_levels = alone.n_levels[0]
    inner = 0.0
    if n_levels is None:
        edges = np.linspace(0.0, 1.0, n_max + 1)
    elif one.kind == "choice" or not one.log:
        n = n_levels if one.kind == "choice" else min(n_levels, n_max)
        edges, inner = np.rint(np.linspace(0, n_levels, n + 1)) / n_levels, _HAIR
    else:
        edges, inner = _log_edges(alone, n_max), _HAIR
    firsts = np.r_[0.0, edges[1:-1] + inner]
    lasts = np.r_[edges[1:-1] - inner, 1.0]
    ends = alone.decode(np.r_[firsts, lasts][:, None])
    values = [config[one.name] for config in ends]
    n = len(edges) - 1
    middles = alone.decode(((edges[:-1] + edges[1:]) / 2)[:, None])
    return Axis(
        one.name,
        edges,
        tuple(values[:n]),
        tuple(values[n:]),
        tuple(config[one.name] for config in middles),
        one.kind == "choice",
        one.log,
    )


def has_order(one: HyperParameter) -> bool:
    """Whether the values stand in an order, as numbers and ordered choices do."""
    return one.kind != "choice" or one.ordered


def positions_of(one: HyperParameter, trials: Sequence[Trial]) -> FloatArray:
    """Return where the values of one hyper-parameter lie in the unit cube, shape (n,).

    A number outside the range is at the nearer bound; what is missing, inactive or no longer
    among the choices is NaN. Whether it is searched now does not matter.
    """
    return np.asarray(_alone(one).encode([trial.config for trial in trials])[:, 0])


def value_at(one: HyperParameter, position: float) -> Any:
    """Return the value at a position of the unit cube."""
    return _alone(one).decode([[position]])[0][one.name]


def _alone(one: HyperParameter) -> Encoding:
    """Return the encoding of a space of this one, searched and without its condition."""
    plain = replace(one, active_when="", is_searched=False, value=None)
    return Encoding(SpaceVersion(1, (plain.edited(is_searched=True),)))


def _log_edges(alone: Encoding, n_max: int) -> FloatArray:
    """Return ends between the bins of stepped numbers on a log scale.

    The bins of the low values are wide: where an even cut would part one, the cut is made at
    its upper end, half a step above its value.
    """
    (one,) = alone.space.searched
    few = (alone.n_levels[0] or 0) <= n_max
    cuts = alone.spread(one.name, n_max) if few else np.linspace(0.0, 1.0, n_max + 1)[1:]
    values = [config[one.name] for config in alone.decode(np.array(cuts)[:, None])]
    tops = np.unique(np.array(values[:-1], dtype=float)) + (one.step or 1) / 2
    bounds = np.array([values[0], values[-1]], dtype=float)
    ends = alone.encode([{one.name: values[0]}, {one.name: values[-1]}])[:, 0]
    scale = np.diff(ends)[0] / np.diff(np.log10(bounds))[0]
    cuts = ends[0] + scale * (np.log10(tops) - np.log10(bounds[0]))
    return np.asarray(np.r_[0.0, cuts, 1.0])
