"""Estimators that can grow: more trees or epochs on top of what is fitted already."""

from __future__ import annotations

import hashlib
import hmac
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

N_POINTS = 10
"""Points of a learning curve."""

_DIGEST_SIZE = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class Growth:
    """How an estimator grows: by which hyper-parameter, and by which of its methods."""

    parameter: str
    way: Literal["warm_start", "partial_fit"]


def growth_of(estimator: Any) -> Growth | None:
    """Return how the estimator, or the last step of a pipeline, grows; None if it cannot.

    With ``warm_start`` those count that keep what they have and add to it: ensembles. Others
    start their solver from the last solution, which ends elsewhere than one long run.
    """
    prefix, last = last_step(estimator)
    params = last.get_params(deep=False)
    if "warm_start" in params:
        for name in ("n_estimators", "max_iter"):
            if name in params and (name == "n_estimators" or hasattr(last, "staged_predict")):
                return Growth(prefix + name, "warm_start")
    if hasattr(last, "partial_fit") and "max_iter" in params and not params.get("early_stopping"):
        return Growth(prefix + "max_iter", "partial_fit")
    return None


def last_step(estimator: Any) -> tuple[str, Any]:
    """Return the last step of a pipeline and the prefix of its hyper-parameters."""
    steps = getattr(estimator, "steps", None)
    if not steps:
        return "", estimator
    prefix, last = last_step(steps[-1][1])
    return f"{steps[-1][0]}__{prefix}", last


def head_of(estimator: Any) -> tuple[Any, Any]:
    """Split a pipeline into what prepares the data (None without) and the model itself."""
    from sklearn.pipeline import make_pipeline

    heads: list[Any] = []
    while getattr(estimator, "steps", None):
        heads += [step for _, step in estimator.steps[:-1] if step not in (None, "passthrough")]
        estimator = estimator.steps[-1][1]
    return (make_pipeline(*heads) if heads else None), estimator


def grow(
    model: Any, growth: Growth, X: Any, y: Any, amounts: Sequence[int], weights: dict[str, Any]
) -> Iterator[int]:
    """Fit a model up to each of the rising amounts in turn; yields each when reached.

    An amount that the model has already, out of a checkpoint, is passed over.
    """
    import numpy as np
    from sklearn.base import is_classifier

    name = growth.parameter.rpartition("__")[2]
    if growth.way == "warm_start":
        model.set_params(warm_start=True)
        for amount in amounts:
            if amount > grown_by(model):
                model.set_params(**{name: amount}).fit(X, y, **weights)
                model.tuneboard_amount_ = amount
            yield amount
        return
    classes = {"classes": np.unique(y)} if is_classifier(model) else {}
    for amount in amounts:
        for _ in range(grown_by(model), amount):
            model.partial_fit(X, y, **weights, **classes)
        model.tuneboard_amount_ = max(amount, grown_by(model))
        yield amount


def grown_by(model: Any) -> int:
    """Return how far `grow` has brought a model; 0 for a new one."""
    return int(getattr(model, "tuneboard_amount_", 0))


def curve_amounts(amount: int) -> list[int]:
    """Return the amounts at which a learning curve is measured, the last one is `amount`."""
    n_points = min(N_POINTS, amount)
    return [round(amount * point / n_points) for point in range(1, n_points + 1)]


class Stage:
    """A boosted model as it was after some of its stages, for a scorer to score.

    Made of what ``staged_predict`` and ``staged_predict_proba`` give, so that the curve of a
    model that is fitted in one go costs no second fit.
    """

    def __init__(self, model: Any, outputs: dict[str, Any]) -> None:
        self._model = model
        self._outputs = outputs
        if hasattr(model, "classes_"):
            self.classes_ = model.classes_

    def __sklearn_tags__(self) -> Any:
        return self._model.__sklearn_tags__()

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def fit(self, X: Any, y: Any) -> Stage:
        """Do nothing: it is fitted."""
        return self

    def __getattr__(self, name: str) -> Any:
        outputs = self.__dict__.get("_outputs", {})
        if name not in outputs:
            raise AttributeError(name)

        def output(_rows: Any) -> Any:
            return outputs[name]

        output.__name__ = name  # scorers look which method they were given
        return output


def stages(model: Any, X: Any) -> Iterator[tuple[int, Stage]]:
    """Yield (number of stages, the model after them) at the points of a learning curve."""
    methods = ("predict", "predict_proba", "decision_function")
    staged = {
        name: getattr(model, f"staged_{name}")(X)
        for name in methods
        if hasattr(model, f"staged_{name}")
    }
    n_stages = sum(1 for _ in model.staged_predict(X[:1]))
    wanted = set(curve_amounts(n_stages))
    for number in range(1, n_stages + 1):
        outputs = {name: next(outcome) for name, outcome in staged.items()}
        if number in wanted:
            yield number, Stage(model, outputs)


def save_model(path: Path, model: Any, key: bytes) -> None:
    """Keep a fitted model in a file that only who has the key can write."""
    import cloudpickle

    path.parent.mkdir(parents=True, exist_ok=True)
    body = cloudpickle.dumps(model)
    part = path.with_suffix(".part")
    # Written beside and renamed: a file cut short by a crash is never read.
    part.write_bytes(_sign(body, key) + body)
    part.replace(path)


def load_model(path: Path, key: bytes) -> Any:
    """Return the model that `save_model` kept; None if there is none signed with this key.

    Unpickling runs what is in the file: a file of anybody else is never touched.
    """
    import cloudpickle

    try:
        data = path.read_bytes()
    except OSError:
        return None
    digest, body = data[:_DIGEST_SIZE], data[_DIGEST_SIZE:]
    if not hmac.compare_digest(digest, _sign(body, key)):
        return None
    return cloudpickle.load(io.BytesIO(body))


def _sign(body: bytes, key: bytes) -> bytes:
    return hmac.new(key, body, hashlib.sha256).digest()
