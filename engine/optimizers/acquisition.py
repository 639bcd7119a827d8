"""What a candidate promises under a model: expected improvement and its relatives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..embedding import FloatArray

_KAPPA = 2.0


class Acquisition(NamedTuple):
    """A way to value candidates.

    `value` takes means, deviations and the incumbent's mean, and gives one number for each
    candidate, the more the better.
    """

    name: str
    words: str
    value: Callable[[FloatArray, FloatArray, float], FloatArray]


def log_expected_improvement(
    mean: FloatArray, deviation: FloatArray, incumbent: float
) -> FloatArray:
    """Return the logarithm of the expected improvement, accurate where it is tiny too.

    With z the improvement in deviations it is log(phi(z) + z Phi(z)) + log(deviation); far to
    the left by Mills' ratio, and farther still by its series (Ament et al. 2023, eq. 9).
    """
    from scipy.special import erfcx, ndtr

    z = np.maximum((mean - incumbent) / deviation, -1e100)
    log_density = -0.5 * z * z - 0.5 * math.log(2 * math.pi)
    near = np.clip(z, -25.0, 0.0)
    ratio = math.sqrt(math.pi / 2) * erfcx(-near / math.sqrt(2))  # Phi(z) / phi(z)
    left = log_density + np.log1p(near * ratio)
    with np.errstate(all="ignore"):  # of no use on the left, where it may be log(0)
        right = np.log(np.exp(log_density) + z * ndtr(z))
    far = log_density - 2 * np.log(np.maximum(np.abs(z), 1.0))
    value = np.where(z > -1, right, np.where(z > -25, left, far))
    return np.asarray(value + np.log(deviation))


def log_probability_of_improvement(
    mean: FloatArray, deviation: FloatArray, incumbent: float
) -> FloatArray:
    """Return the logarithm of the probability to be better at all (Kushner 1964)."""
    from scipy.special import log_ndtr

    return np.asarray(log_ndtr((mean - incumbent) / deviation))


def upper_confidence_bound(mean: FloatArray, deviation: FloatArray, incumbent: float) -> FloatArray:
    """Return the mean and two deviations above it (Cox and John 1992)."""
    del incumbent
    return mean + _KAPPA * deviation


EXPECTED_IMPROVEMENT = Acquisition(
    "expected improvement", "largest expected improvement", log_expected_improvement
)
PROBABILITY_OF_IMPROVEMENT = Acquisition(
    "probability of improvement",
    "most probable to be better",
    log_probability_of_improvement,
)
UPPER_CONFIDENCE_BOUND = Acquisition(
    "upper confidence bound", "highest of mean and two deviations", upper_confidence_bound
)
ENSEMBLE = (
    EXPECTED_IMPROVEMENT,
    UPPER_CONFIDENCE_BOUND,
    EXPECTED_IMPROVEMENT,
    PROBABILITY_OF_IMPROVEMENT,
)
"""For workers side by side, who are to be sent to different places: used in turn."""
