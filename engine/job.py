"""The job: what an executor is given to run one trial."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from .trial import Config


class StoppingRule(Protocol):
    """Decides during a run whether it is worth going on; is pickled and sent with the job."""

    def after_fold(self, fold_scores: Sequence[float], n_folds: int) -> str:
        """Return why to stop after these of `n_folds` folds; empty to go on."""

    def after_step(self, curve: Sequence[tuple[float, float]]) -> str:
        """Return why to stop after these (step, score); empty to go on."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of one trial.

    Parameters
    ----------
    number, attempt : int
        Of the trial.
    config : dict
        The configuration; not changed by the run.
    fidelity : float or None
        How much of `resource` the run may use; None for all of it.
    resource : str
        What is spent; empty in a study without a fidelity.
    folder : str
        Where the trial may keep a checkpoint; empty for a folder that goes with the run.
    parent_folder : str
        Where the trial that this one goes on from kept its own; empty for a fresh start.
    rules : tuple of StoppingRule
        What may stop the run early.
    """

    number: int
    config: Config
    attempt: int = 1
    fidelity: float | None = None
    resource: str = ""
    folder: str = ""
    parent_folder: str = ""
    rules: tuple[StoppingRule, ...] = ()
