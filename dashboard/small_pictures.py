"""Small pictures within a text: a learning curve, and residuals; in the colours of the page."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from .axis import tick_text

WIDTH, HEIGHT, PAD = 380, 170, (46, 12, 12, 26)
N_DOTS = 600
TEXT = 'fill="var(--tb-muted, #5d6978)" font-size="10.5"'
TEST, TRAIN = "var(--tb-accent, #1f5fc4)", "var(--tb-best, #e8710a)"


def curve_picture(
    steps: Sequence[float], values: Sequence[float], train: Sequence[float] | None, label: str
) -> str:
    """Return an SVG of a learning curve, that of the training rows in orange.

    Parameters
    ----------
    steps : sequence of float, length n
        By rising step.
    values, train : sequence of float, length n
        The metric's own values; `train` may be None.
    label : str
        What a step is.
    """
    lines = [(values, TEST)] + ([(train, TRAIN)] if train is not None else [])
    place = _Frame(steps, [one for row, _ in lines for one in row])
    drawn = "".join(
        f'<polyline fill="none" stroke="{color}" stroke-width="2" '
        f'points="{place.points(steps, row)}"/>'
        for row, color in lines
    )
    return place.picture(drawn, label)


def residual_picture(truths: Sequence[float], predictions: Sequence[float]) -> str:
    """Return an SVG of predictions against the truth, with the line where both are equal.

    Of more than 600 rows an even sample is drawn.
    """
    every = np.linspace(0, len(truths) - 1, min(len(truths), N_DOTS)).round().astype(int)
    x, y = (np.asarray(one, dtype=float)[every] for one in (truths, predictions))
    both = [float(one) for one in (min(x.min(), y.min()), max(x.max(), y.max()))]
    place = _Frame(both, both)
    dots = "".join(
        f'<circle cx="{place.x(a):.1f}" cy="{place.y(b):.1f}" r="2.4" fill="{TEST}" '
        f'fill-opacity="0.5"/>'
        for a, b in zip(x, y, strict=True)
    )
    line = (
        '<polyline stroke="var(--tb-muted, #5d6978)" stroke-dasharray="4 3" '
        f'points="{place.points(both, both)}"/>'
    )
    return place.picture(line + dots, "true value; upwards: predicted")


class _Frame:
    """Where values lie in the picture, and the axes around them."""

    def __init__(self, x: Sequence[float], y: Sequence[float]) -> None:
        self._x0, self._x1 = _span(x)
        self._y0, self._y1 = _span(y)

    def x(self, value: float) -> float:
        left, right = PAD[0], WIDTH - PAD[1]
        return left + (value - self._x0) / (self._x1 - self._x0) * (right - left)

    def y(self, value: float) -> float:
        top, bottom = PAD[2], HEIGHT - PAD[3]
        return bottom - (value - self._y0) / (self._y1 - self._y0) * (bottom - top)

    def points(self, x: Sequence[float], y: Sequence[float]) -> str:
        pairs = zip(x, y, strict=True)
        known = ((a, b) for a, b in pairs if np.isfinite(a) and np.isfinite(b))
        return " ".join(f"{self.x(a):.1f},{self.y(b):.1f}" for a, b in known)

    def picture(self, inside: str, label: str) -> str:
        left, right, bottom = PAD[0], WIDTH - PAD[1], HEIGHT - PAD[3]
        frame = (
            f'<polyline fill="none" stroke="var(--tb-border, #d8dde4)" '
            f'points="{left},{PAD[2]} {left},{bottom} {right},{bottom}"/>'
        )
        texts = (
            f'<text x="{left}" y="{HEIGHT - 8}" {TEXT}>{tick_text(self._x0)}</text>'
            f'<text x="{right}" y="{HEIGHT - 8}" text-anchor="end" {TEXT}>'
            f"{tick_text(self._x1)}</text>"
            f'<text x="{(left + right) / 2}" y="{HEIGHT - 8}" text-anchor="middle" {TEXT}>'
            f"{escape(label)}</text>"
            f'<text x="{left - 5}" y="{bottom}" text-anchor="end" {TEXT}>'
            f"{tick_text(self._y0)}</text>"
            f'<text x="{left - 5}" y="{PAD[2] + 8}" text-anchor="end" {TEXT}>'
            f"{tick_text(self._y1)}</text>"
        )
        return (
            f'<svg role="img" aria-label="{escape(label)}" width="{WIDTH}" height="{HEIGHT}" '
            f'viewBox="0 0 {WIDTH} {HEIGHT}">{frame}{texts}{inside}</svg>'
        )


def _span(values: Sequence[float]) -> tuple[float, float]:
    known = [float(one) for one in values if np.isfinite(one)]
    low, high = min(known, default=0.0), max(known, default=1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    return float(f"{low:.4g}"), float(f"{high:.4g}")
