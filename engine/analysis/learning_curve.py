"""Where a learning curve is heading: improving, flat, oscillating, diverging or overfitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np

from ..encoding import FloatArray

MIN_STEPS = 5
_TOLERANCE = 0.01
_SWING = 2.0
_MIN_TURNS = 3


class CurveState(StrEnum):
    """Where a learning curve is heading."""

    IMPROVING = "improving"
    FLAT = "flat"
    OSCILLATING = "oscillating"
    DIVERGING = "diverging"
    OVERFITTING = "overfitting"
    UNKNOWN = "too short to say"


@dataclass(frozen=True)
class CurveReport:
    """The state of a curve with the numbers behind it.

    Parameters
    ----------
    state : CurveState
        Where it is heading.
    reason : str
        The same in words and numbers.
    change : float
        What the fitted line gains over the second half of the steps.
    noise : float
        Standard deviation about that line.
    tolerance : float
        The difference below which nothing counts.
    best_step : float or None
        Where the curve was highest, smoothed over three steps.
    """

    state: CurveState
    reason: str
    change: float = 0.0
    noise: float = 0.0
    tolerance: float = 0.0
    best_step: float | None = None


class Curve(NamedTuple):
    """Scores by step, higher is better; `train` those on the training data, if known."""

    steps: Sequence[float]
    values: Sequence[float]
    train: Sequence[float] | None = None


def curve_report(curve: Curve, *, tolerance: float | None = None) -> CurveReport:
    """Say where a learning curve is heading, by these rules, the first that holds.

    1. Fewer than five steps: too short to say.
    2. A value that is not finite: diverging.
    3. Overfitting: the mean of the last quarter lies below the best mean of three neighbouring
       steps by more than the tolerance and two standard errors, while the training score has
       risen by more than the tolerance since that best.
    4. Diverging: the line fitted to the second half falls by more than the tolerance and two
       standard errors; or the last quarter has lost more than half of what had been gained.
    5. Oscillating: about that line the values deviate by more than twice the tolerance and by
       more than half of its change, and they turn at least three times.
    6. Improving: that line rises by more than the tolerance and two standard errors.
    7. Otherwise flat.

    Parameters
    ----------
    curve : Curve
        Steps and values, in any order, higher is better; negate a loss.
    tolerance : float, optional
        The smallest difference that matters; by default a hundredth of the range of the values
        or of their median's size, whichever is larger.
    """
    order = np.argsort(np.asarray(curve.steps, dtype=float), kind="stable")
    steps = np.asarray(curve.steps, dtype=float)[order]
    values = np.asarray(curve.values, dtype=float)[order]
    train = None if curve.train is None else np.asarray(curve.train, dtype=float)[order]
    if len(steps) < MIN_STEPS:
        return CurveReport(CurveState.UNKNOWN, f"{len(steps)} of at least {MIN_STEPS} steps")
    if not np.isfinite(values).all():
        at = steps[~np.isfinite(values)][0]
        return CurveReport(CurveState.DIVERGING, f"no finite score at step {at:g}")
    if tolerance is None:
        tolerance = _TOLERANCE * max(float(np.ptp(values)), abs(float(np.median(values))))
    return _judged(steps, values, train, tolerance)


def curve_states(
    curves: Mapping[int, Curve], *, tolerance: float | None = None
) -> dict[int, CurveState]:
    """Return the state of each trial's curve, by trial number."""
    return {
        number: curve_report(curve, tolerance=tolerance).state for number, curve in curves.items()
    }


def _judged(
    steps: FloatArray, values: FloatArray, train: FloatArray | None, tolerance: float
) -> CurveReport:
    change, noise, doubt, turns = _line(steps, values)
    limit = tolerance + 2 * doubt
    smooth = _smoothed(values)
    best = int(smooth.argmax())
    last = max(2, len(values) // 4)
    end = float(values[-last:].mean())
    lost = float(smooth[best]) - end
    doubt_of_end = noise * np.sqrt(1 / 3 + 1 / last)

    def report(state: CurveState, reason: str) -> CurveReport:
        return CurveReport(state, reason, change, noise, tolerance, float(steps[best]))

    has_fallen = lost > tolerance + 2 * doubt_of_end
    if train is not None and has_fallen and best < len(values) - last:
        risen = float(np.nanmean(train[-last:])) - float(train[best])
        if risen > tolerance:
            words = f"{lost:.3g} below its best at step {steps[best]:g}, training {risen:.3g} above"
            return report(CurveState.OVERFITTING, words)
    gained = float(smooth[best] - values[:2].mean())
    if change < -limit or (has_fallen and lost > 0.5 * max(gained, 0.0)):
        words = f"{lost:.3g} below its best at step {steps[best]:g}"
        return report(CurveState.DIVERGING, words)
    if noise > _SWING * tolerance and noise > abs(change) / 2 and turns >= _MIN_TURNS:
        return report(CurveState.OSCILLATING, f"swings by {noise:.3g} about its trend")
    if change > limit:
        return report(CurveState.IMPROVING, f"gained {change:.3g} over the second half")
    return report(CurveState.FLAT, f"changed by {change:.3g} over the second half")


def _line(steps: FloatArray, values: FloatArray) -> tuple[float, float, float, int]:
    """Fit a line to the second half; return its change, the noise, the doubt, and the turns."""
    n = max(MIN_STEPS - 1, (len(steps) + 1) // 2)
    x, y = steps[-n:], values[-n:]
    span = float(np.ptp(x)) or 1.0
    x = (x - x.mean()) / span
    squares = float(x @ x) or 1.0
    slope = float(x @ y) / squares
    left = y - y.mean() - slope * x
    noise = float(np.sqrt(left @ left / max(n - 2, 1)))
    moves = np.sign(np.diff(y))
    moves = moves[moves != 0]
    turns = int((moves[1:] != moves[:-1]).sum())
    return slope, noise, noise / np.sqrt(squares), turns


def _smoothed(values: FloatArray) -> FloatArray:
    """Return means of three neighbours; at the ends of two."""
    padded = np.r_[np.nan, values, np.nan]
    return np.asarray(np.nanmean([padded[:-2], padded[1:-1], padded[2:]], axis=0))
