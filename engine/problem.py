"""A tuning problem, a dataset and a model, which a study can be resumed from."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from .dataset import BUNDLED, Dataset, load_bundled, make_dataset
from .errors import DataError, ObjectiveError
from .metric import Task

MAX_CATEGORIES = 30  # one-hot columns made of one text column; rarer texts share the last
N_TREES = 30  # enough to tell configurations apart, few enough to watch


@dataclass(frozen=True, slots=True)
class ModelChoice:
    """A model that the page offers: its label, and what builds it for a dataset and a seed."""

    label: str
    build: Callable[[Dataset, int], Any]


def build_model(dataset: Dataset, model_name: str, seed: int) -> Any:
    """Build one of `MODELS` for the dataset, with imputing and one-hot coding if it needs them.

    Raises
    ------
    ObjectiveError
        The dataset's task has no model of that name.
    """
    choices = MODELS[dataset.task]
    if model_name not in choices:
        rule = f"be one of {list(choices)} for a {dataset.task} task"
        raise ObjectiveError.must("Study.model", rule, model_name, "Choose one of these.")
    return choices[model_name].build(dataset, seed)


def _pipeline(dataset: Dataset, step: str, model: Any, *, needs_scaling: bool = True) -> Any:
    """Put before the model what the table and the model need."""
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    if dataset.needs_preparation:
        return Pipeline([("prepare", _preparation(dataset)), (step, model)])
    return Pipeline([("scale", StandardScaler()), (step, model)]) if needs_scaling else model


def _preparation(dataset: Dataset) -> Any:
    """Impute and scale numbers; impute text and code it one-hot."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    median = SimpleImputer(strategy="median", keep_empty_features=True)
    unknown = SimpleImputer(strategy="constant", fill_value="(missing)")
    one_hot = OneHotEncoder(
        handle_unknown="ignore", max_categories=MAX_CATEGORIES, sparse_output=False
    )
    texts = dataset.text_columns
    numbers = [name for name in dataset.feature_names if name not in texts]
    parts = [
        ("numbers", Pipeline([("impute", median), ("scale", StandardScaler())]), numbers),
        ("text", Pipeline([("impute", unknown), ("encode", one_hot)]), texts),
    ]
    return ColumnTransformer([part for part in parts if part[2]])


def _build_svc(dataset: Dataset, seed: int) -> Any:
    from sklearn.svm import SVC

    return _pipeline(dataset, "svc", SVC(random_state=seed))


def _build_svr(dataset: Dataset, _seed: int) -> Any:
    from sklearn.svm import SVR

    return _pipeline(dataset, "svr", SVR())


def _build_logistic(dataset: Dataset, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(max_iter=500, random_state=seed)
    return _pipeline(dataset, "logistic", model)


def _build_elastic_net(dataset: Dataset, seed: int) -> Any:
    from sklearn.linear_model import ElasticNet

    return _pipeline(dataset, "elastic_net", ElasticNet(random_state=seed))


def _build_forest(dataset: Dataset, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind = RandomForestRegressor if dataset.task == "regression" else RandomForestClassifier
    model = kind(n_estimators=N_TREES, random_state=seed)
    return _pipeline(dataset, "forest", model, needs_scaling=False)


MODELS: dict[Task, dict[str, ModelChoice]] = {
    "classification": {
        "random_forest": ModelChoice("Random forest", _build_forest),
        "svc": ModelChoice("Support vector machine", _build_svc),
        "logistic_regression": ModelChoice("Logistic regression", _build_logistic),
    },
    "regression": {
        "random_forest": ModelChoice("Random forest", _build_forest),
        "svr": ModelChoice("Support vector machine", _build_svr),
        "elastic_net": ModelChoice("Elastic net", _build_elastic_net),
    },
}
"""The models on offer for each task, the first one shown first."""


@dataclass(frozen=True, eq=False)
class Problem:
    """A dataset and the name of a model in `MODELS`.

    Examples
    --------
    >>> from tuneboard.engine.dataset import load_bundled
    >>> Problem(load_bundled("wine"), "random_forest").to_dict()["dataset"]
    'wine'
    """

    dataset: Dataset
    model: str

    @property
    def title(self) -> str:
        """Data and model in words."""
        data = BUNDLED.get(self.dataset.name, self.dataset.name)
        return f"{data} · {MODELS[self.dataset.task][self.model].label}"

    @property
    def is_bundled(self) -> bool:
        """Whether the data ship with tuneboard."""
        return self.dataset.name in BUNDLED

    def estimator(self, seed: int) -> Any:
        """Build the model."""
        return build_model(self.dataset, self.model, seed)

    def to_dict(self) -> dict[str, Any]:
        """Return what `from_dict` makes the problem from again."""
        return {
            "dataset": self.dataset.name,
            "model": self.model,
            "target": str(self.dataset.y.name),
            "task": self.dataset.task,
            "fingerprint": self.dataset.fingerprint,
        }

    def keep(self, folder: Path) -> None:
        """Keep a user's table under `folder`, so that a study on it can be resumed."""
        if self.is_bundled:
            return
        path = _path(folder, self.dataset.fingerprint)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            frame = self.dataset.X.assign(**{str(self.dataset.y.name): self.dataset.y})
            # Written beside and renamed: a table cut short by a crash is never read.
            part = path.with_suffix(".part")
            frame.to_parquet(part, index=False)
            part.replace(path)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], folder: Path) -> Self:
        """Make the problem again.

        Raises
        ------
        DataError
            The user's table is no longer in `folder`, or is damaged.
        """
        if data["dataset"] in BUNDLED:
            return cls(load_bundled(data["dataset"]), data["model"])
        import pandas as pd

        path = _path(folder, data["fingerprint"])
        if not path.exists():
            raise DataError(
                f"The table {data['dataset']!r} is no longer kept at {path}. Upload it again and "
                "start a new study.",
                name=data["dataset"],
            )
        try:
            frame = pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise DataError(
                f"The table {data['dataset']!r}, kept at {path}, is damaged. Upload it again and "
                "start a new study.",
                name=data["dataset"],
            ) from error
        dataset = make_dataset(data["dataset"], frame, data["target"], task=data["task"])
        return cls(dataset, data["model"])


def _path(folder: Path, fingerprint: str) -> Path:
    if not re.fullmatch(r"[0-9a-f]{16}", fingerprint):
        raise DataError.must(
            "Dataset.fingerprint", "be 16 hexadecimal digits", fingerprint, "Upload the data again."
        )
    return folder / "datasets" / f"{fingerprint}.parquet"
