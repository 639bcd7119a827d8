"""Studies of other tools, and back: one file per tool."""

from __future__ import annotations

from .json_file import export_json, import_json
from .mlflow_runs import export_mlflow, import_mlflow
from .notebook import export_notebook
from .optuna_study import export_optuna, import_optuna
from .ray_tune import import_ray_tune
from .script import export_script
from .search_cv_results import import_search_cv
from .smac_run import import_smac
from .table import export_csv, export_parquet, import_table

__all__ = [
    "export_csv",
    "export_json",
    "export_mlflow",
    "export_notebook",
    "export_optuna",
    "export_parquet",
    "export_script",
    "import_json",
    "import_mlflow",
    "import_optuna",
    "import_ray_tune",
    "import_search_cv",
    "import_smac",
    "import_table",
]
