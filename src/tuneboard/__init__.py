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
    "compare_studies": "engine",
    "compare_trials": "engine",
    "edit_cells": "engine",
    "edit_source": "engine",
    "export_csv": "engine",
    "export_json": "engine",
    "export_mlflow": "engine",
    "export_notebook": "engine",
    "export_optuna": "engine",
    "export_parquet": "engine",
    "export_report": "dashboard.report",
    "export_script": "engine",
    "from_configspace": "engine",
    "from_distributions": "engine",
    "from_optuna": "engine",
    "from_param_grid": "engine",
    "from_ranges": "engine",
    "import_json": "engine",
    "import_mlflow": "engine",
    "import_optuna": "engine",
    "import_ray_tune": "engine",
    "import_search_cv": "engine",
    "import_smac": "engine",
    "import_table": "engine",
    "resolved": "engine",
    "search_studies": "engine",
    "search_trials": "engine",
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
