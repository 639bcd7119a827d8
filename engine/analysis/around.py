"""New configurations near trials that the user has picked."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..encoding import Encoding
from ..errors import AnalysisError
from ..hyper_parameter import SpaceVersion
from ..trial import Config, Trial

_LEAST_STEP = 0.05
_TRIES = 200


def configs_around(
    space: SpaceVersion, trials: Sequence[Trial], n: int, rng: np.random.Generator
) -> list[Config]:
    """Draw configurations around trials: from a kernel density of where these lie.

    Each starts from one of the trials, drawn at random, and moves each hyper-parameter by a
    normal step in the unit cube (Scott 1992): the standard deviation of the trials times
    m^(-1/(d+4)), at least 0.05 of the range. Choices keep the value of the trial, or, one time
    in five, take that of another of the trials, or any where all have the same.

    Parameters
    ----------
    space : SpaceVersion
        Only what it allows is drawn.
    trials : sequence of Trial, length m
        At least one of them must lie in the space.
    n : int
        How many to draw.
    rng : numpy.random.Generator
        Where the randomness comes from.

    Returns
    -------
    list of dict
        At most `n` different ones, none of which is a configuration of the trials.

    Raises
    ------
    AnalysisError
        None of the trials lies in the space.
    """
    inside = [trial for trial in trials if space.contains(trial.config)]
    if not inside:
        rule = "lie in the search space as it stands"
        advice = "Widen the space, or pick others."
        raise AnalysisError.must("The trials", rule, [one.number for one in trials][:5], advice)
    encoding = Encoding(space)
    points = np.nan_to_num(encoding.encode([trial.config for trial in inside]), nan=0.5)
    m, d = points.shape
    steps = np.maximum(points.std(axis=0) * m ** (-1 / (d + 4)), _LEAST_STEP)
    is_choice = np.array([one.kind == "choice" for one in space.searched], dtype=bool)
    seen = {encoding.key(trial.config) for trial in inside}
    found: list[Config] = []
    reach = 1.0
    for _ in range(_TRIES * n):
        if len(found) == n:
            break
        point = points[rng.integers(m)] + rng.normal(size=d) * np.where(
            is_choice, 0.0, reach * steps
        )
        point = np.clip(_with_other_choices(point, points, is_choice, rng), 0.0, 1.0)
        config = encoding.decode_point(point.tolist())
        key = encoding.key(config)
        if key not in seen and encoding.is_feasible(config):
            seen.add(key)
            found.append(config)
        else:
            # Coarse steps leave nothing else nearby: look farther.
            reach *= 1.02
    return found


def _with_other_choices(
    point: np.ndarray, points: np.ndarray, is_choice: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    swapped = is_choice & (rng.random(len(point)) < 0.2)
    others = points[rng.integers(len(points))]
    is_same = np.ptp(points, axis=0) == 0
    return np.where(swapped, np.where(is_same, rng.random(len(point)), others), point)
