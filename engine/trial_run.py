"""The running trial as an objective sees it: a configuration that can also report and keep."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from .errors import ObjectiveError
from .finite import as_finite
from .job import Job
from .metric import SCORE, Metric
from .trial import Config


class TrialRun(dict[str, Any]):
    """One run of one trial; behaves as the dict of its configuration.

    ``objective(trial)`` may read ``trial["lr"]`` or ``trial.config["lr"]``, report how it goes,
    and look whether to go on. A function that takes a plain configuration needs none of that.

    Attributes
    ----------
    number, attempt : int
        Of the trial; `attempt` above 1 after an interruption.
    fidelity : float or None
        How much of the study's resource this trial may use; None for all of it.
    resource : str
        What that is, such as ``"epochs"``; empty in a study without.

    Examples
    --------
    >>> trial = TrialRun(Job(1, {"lr": 0.1}, fidelity=3))
    >>> for epoch in range(int(trial.fidelity)):
    ...     trial.report(epoch + 1, 0.5 + epoch / 10)
    ...     if trial.should_stop:
    ...         break
    >>> trial["lr"], len(trial.curve)
    (0.1, 3)
    """

    def __init__(self, job: Job, metric: Metric = SCORE) -> None:
        super().__init__(job.config)
        self.number, self.attempt = job.number, job.attempt
        self.fidelity, self.resource = job.fidelity, job.resource
        self.metric = metric
        self.curve: list[tuple[float, float]] = []
        self.train_curve: list[tuple[float, float]] = []
        self.stop_reason = ""
        self.was_told_to_stop = False
        self._job = job

    @property
    def config(self) -> Config:
        """The configuration, a dict of its own each time."""
        return dict(self._job.config)

    def report(self, step: float, value: Any, *, train: Any = None) -> None:
        """Tell how good the trial is after `step` (an epoch, say), in the metric's own value.

        With the value on the training data, `train`, a model that overfits can be told.

        Raises
        ------
        ObjectiveError
            `value` or `train` is no finite number, or `step` does not rise.
        """
        at = as_finite("TrialRun.report.step", step)
        if self.curve and at <= self.curve[-1][0]:
            rule = f"rise above {self.curve[-1][0]:g}"
            advice = "Report each step once."
            raise ObjectiveError.must("TrialRun.report.step", rule, step, advice)
        score = self.metric.shown(as_finite("TrialRun.report.value", value))
        if train is not None:
            known = self.metric.shown(as_finite("TrialRun.report.train", train))
            self.train_curve.append((at, known))
        self.curve.append((at, score))
        for one in self._job.rules:
            self.stop_reason = self.stop_reason or one.after_step(self.curve)

    @property
    def should_stop(self) -> bool:
        """Whether what was reported is too bad to go on; return then what you have."""
        self.was_told_to_stop = self.was_told_to_stop or bool(self.stop_reason)
        return bool(self.stop_reason)

    @cached_property
    def checkpoint(self) -> Path:
        """A folder to keep the state of the training in.

        A promoted trial finds there what the trial had left that it goes on from; a trial that
        runs again after an interruption finds its own.
        """
        if not self._job.folder:
            return Path(tempfile.mkdtemp(prefix="tuneboard-"))
        folder, parent = Path(self._job.folder), Path(self._job.parent_folder or "missing")
        if not folder.exists():
            if self._job.parent_folder and parent.is_dir():
                # Copied beside and renamed: a copy cut short by a crash is never taken for whole.
                part = folder.with_name(f"{folder.name}.part")
                shutil.rmtree(part, ignore_errors=True)
                shutil.copytree(parent, part)
                part.replace(folder)
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    @property
    def has_folder(self) -> bool:
        """Whether what is kept in `checkpoint` may be found by another run."""
        return bool(self._job.folder)

    def after_fold(self, fold_scores: Sequence[float], n_folds: int) -> bool:
        """Take in the scores of the folds so far; whether the run should end here."""
        for rule in self._job.rules:
            self.stop_reason = self.stop_reason or rule.after_fold(fold_scores, n_folds)
        return self.should_stop


def as_run(config: Mapping[str, Any], metric: Metric = SCORE) -> TrialRun:
    """Return the running trial; a plain configuration becomes one of number 0."""
    if isinstance(config, TrialRun):
        config.metric = metric
        return config
    return TrialRun(Job(0, dict(config)), metric)
