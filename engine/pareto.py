"""Several objectives at once: fronts, and the boxes that a new point can gain. All maximize."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .encoding import FloatArray
from .trial import Trial

_MAX_FRONT = {1: 1, 2: 200, 3: 40, 4: 16}
_MAX_FRONT_BEYOND = 10


def comparable(trials: Sequence[Trial]) -> list[Trial]:
    """Return the trials that have a score, and as many objectives as the last of these."""
    scored = [trial for trial in trials if trial.objectives]
    return [trial for trial in scored if len(trial.objectives) == len(scored[-1].objectives)]


def pareto_ranks(values: FloatArray) -> np.ndarray:
    """Return 0 for the rows that none dominates, 1 for those only they dominate, and so on.

    Parameters
    ----------
    values : float array, shape (n, m)
        One row per point, one column per objective, higher is better.
    """
    from moocore import pareto_rank

    ranks: np.ndarray = pareto_rank(values, maximise=True)
    return ranks


def front_of(values: FloatArray) -> FloatArray:
    """Return the rows that none dominates, each once, shape (k, m)."""
    from moocore import is_nondominated

    front: FloatArray = np.unique(values[is_nondominated(values, maximise=True)], axis=0)
    return front


def hypervolume(values: FloatArray, reference: FloatArray) -> float:
    """Return the volume above a reference point, shape (m,), that the rows dominate."""
    from moocore import hypervolume as volume

    return float(volume(values, ref=reference, maximise=True))


def thinned(front: FloatArray, reference: FloatArray) -> FloatArray:
    """Return a front that has no more points than `gain_boxes` can take in reasonable time.

    The number of boxes grows with the power m - 1 of the points: those that alone dominate the
    largest volume stay.
    """
    from moocore import hv_contributions

    most = _MAX_FRONT.get(front.shape[1], _MAX_FRONT_BEYOND)
    if len(front) <= most:
        return front
    volumes = hv_contributions(front, ref=reference, maximise=True)
    kept: FloatArray = front[np.sort(np.argsort(-volumes, kind="stable")[:most])]
    return kept


def gain_boxes(front: FloatArray, reference: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Cut the region above a reference point that a front does not dominate into boxes.

    The gain in hypervolume by a new point y is the sum over the boxes of the part of each that
    lies below y (Yang et al. 2019, "Efficient computation of expected hypervolume improvement
    using box decomposition algorithms", section 3). Cut slab by slab along the last objective,
    each slab in the same way along the others.

    Parameters
    ----------
    front : float array, shape (k, m)
        Points above the reference, none of which dominates another.
    reference : float array, shape (m,)
        The worst that counts.

    Returns
    -------
    lower, upper : float arrays, shape (n, m)
        Corners of the boxes, which do not overlap; upper ones may be infinite.
    """
    lower, upper = [], []
    for low, high in _boxes(front, tuple(reference.tolist())):
        lower.append(low)
        upper.append(high)
    return np.array(lower), np.array(upper)


_Corner = tuple[float, ...]


def _boxes(front: FloatArray, reference: _Corner) -> list[tuple[_Corner, _Corner]]:
    inner, last = reference[:-1], reference[-1]
    if not inner:
        return [((float(front.max(initial=last)),), (np.inf,))]
    found = []
    low = last
    for high in (*np.unique(front[:, -1]).tolist(), np.inf):
        above = front[front[:, -1] >= high, :-1]
        above = front_of(above) if len(above) else above
        found += [((*one, low), (*other, high)) for one, other in _boxes(above, inner)]
        low = high
    return found
