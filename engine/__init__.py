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
    "compare_studies": "side_by_side",
    "compare_trials": "side_by_side",
    "edit_cells": "source.editing",
    "edit_source": "source.editing",
    "export_csv": "interchange",
    "export_json": "interchange",
    "export_mlflow": "interchange",
    "export_notebook": "interchange",
    "export_optuna": "interchange",
    "export_parquet": "interchange",
    "export_script": "interchange",
    "from_configspace": "conversion",
    "from_distributions": "conversion",
    "from_optuna": "conversion",
    "from_param_grid": "conversion",
    "from_ranges": "conversion",
    "import_json": "interchange",
    "import_mlflow": "interchange",
    "import_optuna": "interchange",
    "import_ray_tune": "interchange",
    "import_search_cv": "interchange",
    "import_smac": "interchange",
    "import_table": "interchange",
    "resolved": "one_of",
    "search_studies": "history_search",
    "search_trials": "history_search",
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
