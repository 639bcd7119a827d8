"""Search spaces, optimizers, trials and their history: usable without any page."""

from __future__ import annotations

from importlib import import_module
from typing import Any

_HOMES = {
    "Choice": "declaration",
    "CommandObjective": "objective",
    "CrossValidation": "objective",
    "Fidelity": "fidelity",
    "History": "history",
    "Int": "declaration",
    "OneOf": "one_of",
    "Real": "declaration",
    "SearchSpace": "space",
    "Study": "study",
    "StudyState": "study_state",
    "Trial": "trial",
    "TrialState": "trial",
    "TuneboardError": "errors",
    "as_space": "conversion",
    "edit_cells": "source.editing",
    "edit_source": "source.editing",
    "from_configspace": "conversion",
    "from_distributions": "conversion",
    "from_optuna": "conversion",
    "from_param_grid": "conversion",
    "from_ranges": "conversion",
    "resolved": "one_of",
    "to_configspace": "conversion",
    "to_optuna": "conversion",
    "to_param_distributions": "conversion",
    "to_param_grid": "conversion",
    "to_ranges": "conversion",
}

__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    """Load a public name on first use."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{_HOMES[name]}", __name__), name)
