"""See and steer hyper-parameter tuning next to your code."""

from __future__ import annotations

from importlib import import_module
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "Choice": "engine",
    "CommandObjective": "engine",
    "CrossValidation": "engine",
    "Fidelity": "engine",
    "History": "engine",
    "Int": "engine",
    "OneOf": "engine",
    "Real": "engine",
    "SearchSpace": "engine",
    "Study": "engine",
    "TuneboardError": "engine",
    "TuningDashboard": "dashboard.board",
    "as_space": "engine",
    "edit_cells": "engine",
    "edit_source": "engine",
    "from_configspace": "engine",
    "from_distributions": "engine",
    "from_optuna": "engine",
    "from_param_grid": "engine",
    "from_ranges": "engine",
    "resolved": "engine",
    "to_configspace": "engine",
    "to_optuna": "engine",
    "to_param_distributions": "engine",
    "to_param_grid": "engine",
    "to_ranges": "engine",
}

__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    """Load a public name on first use: the engine alone never loads the dashboard."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
