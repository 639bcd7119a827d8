"""Trials as a table."""

from __future__ import annotations

import gc
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from . import plain
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


FRAME_COLUMNS = (
    "number",
    "state",
    "score",
    "fold_scores",
    "duration_s",
    "started_at",
    "provenance",
    "space_version",
    "error",
    "config",
)
"""The stored columns that `frame_of_columns` needs."""


def frame_of_columns(columns: Mapping[str, Sequence[Any]]) -> pd.DataFrame:
    """Return the same table out of stored columns: JSON is read in one go for all trials.

    Parameters
    ----------
    columns : mapping of str to sequence, each of length n
        By the names of `FRAME_COLUMNS`; empty without trials.
    """
    import pandas as pd

    if not columns:
        return pd.DataFrame()
    configs, made = _all_read(columns["config"]), _all_read(columns["provenance"])
    about = {
        "folds": [tuple(one) for one in _all_read(columns["fold_scores"])],
        "duration_s": columns["duration_s"],
        "started_at": columns["started_at"],
        "optimizer": [one[0] for one in made],
        "reason": [one[1] for one in made],
        "space_version": columns["space_version"],
        "error": columns["error"],
    }
    first = {"trial": columns["number"], "state": columns["state"], "score": columns["score"]}
    taken = {*first, *about}
    values = {
        f"config.{name}" if name in taken else name: values
        for name, values in _by_name(configs).items()
    }
    return pd.DataFrame({**first, **values, **about}).set_index("trial")


def _all_read(texts: Sequence[str]) -> list[Any]:
    """Read many texts of JSON at once, which is several times as fast as one by one."""
    # The collector would walk a million new objects again and again; JSON makes no cycles.
    was_on = gc.isenabled()
    gc.disable()
    try:
        return list(plain.loads(f"[{','.join(texts)}]"))
    finally:
        if was_on:
            gc.enable()


def _by_name(configs: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Return the values of each hyper-parameter; NaN where a configuration has none."""
    names = dict.fromkeys(name for config in configs for name in config)
    return {name: [config.get(name, math.nan) for config in configs] for name in names}
