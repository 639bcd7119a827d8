"""Trials as a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .trial import Trial

if TYPE_CHECKING:
    import pandas as pd


def frame_of(trials: Iterable[Trial]) -> pd.DataFrame:
    """Return one row per trial, `score` higher-is-better.

    Hyper-parameters are columns of their own names; one whose name is taken by another column
    (such as ``score``) becomes ``config.score``.
    """
    import pandas as pd

    rows = [_row(trial) for trial in trials]
    return pd.DataFrame(rows).set_index("trial") if rows else pd.DataFrame()


def _row(trial: Trial) -> dict[str, Any]:
    row: dict[str, Any] = {"trial": trial.number, "state": trial.state.value, "score": trial.score}
    if trial.fidelity is not None:
        row["fidelity"] = trial.fidelity
    about = {
        "folds": trial.fold_scores,
        "duration_s": trial.duration_s,
        "started_at": trial.started_at,
        "optimizer": trial.provenance.optimizer,
        "reason": trial.provenance.reason,
        "space_version": trial.space_version,
        "error": trial.error,
    }
    taken = {*row, *about}
    for name, value in trial.config.items():
        row[f"config.{name}" if name in taken else name] = value
    return {**row, **about}
