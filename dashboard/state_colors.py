"""The colour of each convergence state: apart in hue and lightness, in both modes."""

from __future__ import annotations

from ..engine.analysis.learning_curve import CurveState

LIGHT = {
    CurveState.IMPROVING: "#1f63c6",
    CurveState.FLAT: "#7c8794",
    CurveState.OSCILLATING: "#b58900",
    CurveState.DIVERGING: "#c9252d",
    CurveState.OVERFITTING: "#8e3fb0",
    CurveState.UNKNOWN: "#a9b3bf",
}
DARK = {
    CurveState.IMPROVING: "#6facf5",
    CurveState.FLAT: "#8793a1",
    CurveState.OSCILLATING: "#e6c14d",
    CurveState.DIVERGING: "#ff6b6b",
    CurveState.OVERFITTING: "#cf8df0",
    CurveState.UNKNOWN: "#5d6876",
}


def state_colors(is_dark: bool) -> list[str]:
    """Return the colours of all states, in the order of `CurveState`."""
    chosen = DARK if is_dark else LIGHT
    return [chosen[state] for state in CurveState]
