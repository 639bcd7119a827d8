"""What is set beside algorithm and budget: the end of a study, limits of a trial, fidelity."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import param

from ..engine.fidelity import Fidelity
from ..engine.metric import Metric
from ..engine.objective import TRAINING_FRACTION
from ..engine.objective.growth import growth_of
from ..engine.optimizers import DEFAULT_SCHEDULER, scheduler_labels
from ..engine.settings import Settings

NO_RESOURCE = ""
_LEAST_SHARE = 9
"""A new ladder starts with such a part of the full amount: three rungs."""


class RunOptions(param.Parameterized):
    """The values of these settings, without any widget; None is "no such rule".

    `target` is in the metric's own value, such as an error that falls; all else is named as the
    parameters of `Study`, a fidelity apart, which has four parts.

    Examples
    --------
    >>> from tuneboard.engine.metric import SCORE
    >>> RunOptions(patience=20).given(SCORE)
    {'patience': 20}
    """

    max_seconds = param.Number(
        default=None,
        allow_None=True,
        label="Seconds",
        doc="No trial starts later than this after the start; running ones finish.",
    )
    target = param.Number(
        default=None,
        allow_None=True,
        label="Target",
        doc="The study ends with the first trial that is this good, by the metric.",
    )
    patience = param.Integer(
        default=None,
        allow_None=True,
        label="Without progress",
        doc="The study ends when so many trials in a row have brought no new best.",
    )
    min_improvement_left = param.Number(
        default=None,
        allow_None=True,
        label="Improvement left",
        doc="The study ends when one more trial is expected to gain less than this.",
    )
    max_failures = param.Integer(
        default=10,
        allow_None=True,
        label="Failed in a row",
        doc="The study pauses, and says why, when so many trials in a row have failed.",
    )
    timeout_s = param.Number(
        default=None,
        allow_None=True,
        label="Seconds per trial",
        doc="A trial that takes longer is ended, and counts as timed out.",
    )
    memory_mb = param.Number(
        default=None,
        allow_None=True,
        label="MB per trial",
        doc="A trial whose process takes more memory is ended. Not on a cluster of Dask.",
    )
    racing = param.Boolean(
        default=False,
        label="Fold racing",
        doc="Fold racing: of the trials that would have become the best, at most 10% are stopped.",
    )
    holdout: Any = param.Number(
        default=0.0,
        label="Share held out",
        doc="Of the rows, this share is seen by no trial, and kept for the final estimate.",
    )
    resource: Any = param.Selector(
        default=NO_RESOURCE,
        objects=[NO_RESOURCE],
        label="Resource",
        doc="What a trial first gets little of; the best are tried again with more.",
    )
    low = param.Number(default=None, allow_None=True, label="From", doc="The least amount.")
    high = param.Number(default=None, allow_None=True, label="To", doc="The full amount.")
    eta = param.Integer(
        default=3, allow_None=True, label="One in", doc="Of so many trials one goes on."
    )
    scheduler: Any = param.Selector(
        default=DEFAULT_SCHEDULER,
        objects=list(scheduler_labels()),
        label="Scheduler",
        doc="How trials are chosen to go on.",
    )

    LATER: ClassVar[tuple[str, ...]] = (
        "max_seconds",
        "target",
        "patience",
        "min_improvement_left",
        "max_failures",
        "scheduler",
    )
    """What may be changed while a study runs."""

    _PLAIN: ClassVar[tuple[str, ...]] = (
        "max_seconds",
        "patience",
        "min_improvement_left",
        "max_failures",
        "timeout_s",
        "memory_mb",
        "racing",
        "holdout",
    )
    """What a study is given as it stands here."""

    def __init__(self, **settings: Any) -> None:
        fidelity = settings.pop("fidelity", None)
        super().__init__(**settings)
        self._defaults: dict[str, tuple[Any, Any]] = {}
        self._take_fidelity(fidelity)

    @classmethod
    def split(cls, settings: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Split the settings that a board is given into those of this class and the others."""
        mine = {"fidelity", "scheduler", *cls._PLAIN}
        own = {name: value for name, value in settings.items() if name in mine}
        return own, {name: value for name, value in settings.items() if name not in mine}

    def offer(self, estimator: Any) -> None:
        """Offer the resources that a model can spend; others than estimators spend their own."""
        found: dict[str, tuple[Any, Any]] = {}
        if hasattr(estimator, "get_params"):
            growth = growth_of(estimator)
            if growth is not None:
                full = estimator.get_params()[growth.parameter]
                found[growth.parameter] = (max(1, int(full) // _LEAST_SHARE), int(full))
            found[TRAINING_FRACTION] = (0.1, 1.0)
        self._defaults = found
        kept = [self.resource] if self.resource and not found else []
        self.param.resource.objects = [NO_RESOURCE, *found, *kept]
        if self.resource not in self.param.resource.objects:
            self.resource = NO_RESOURCE

    def given(self, metric: Metric) -> dict[str, Any]:
        """Return what is not the default, as arguments of a `Study` of this metric.

        Raises
        ------
        OptimizerError
            The resource has no valid ladder of amounts.
        """
        now = {name: getattr(self, name) for name in self._PLAIN}
        found = {name: value for name, value in now.items() if value != self.param[name].default}
        if found.get("holdout", 0.0) is None:
            del found["holdout"]
        if self.target is not None:
            found["target_score"] = metric.shown(self.target)
        if self.resource != NO_RESOURCE:
            found |= {"fidelity": self._fidelity(), "scheduler": self.scheduler}
        return found

    def set_to(self, settings: Settings) -> None:
        """Show the settings of a study."""
        same = [name for name in self._PLAIN if name != "racing"]
        target = settings.target_score
        self._take_fidelity(settings.fidelity)
        self.param.update(
            **{name: getattr(settings, name) for name in same},
            racing=settings.is_racing,
            target=None if target is None else settings.metric.shown(target),
            scheduler=settings.scheduler,
        )

    def changed(self, settings: Settings) -> dict[str, Any]:
        """Return what differs from the settings of a study and may be changed in it."""
        now = {name: getattr(self, name) for name in self.LATER if name != "target"}
        now["target_score"] = None if self.target is None else settings.metric.shown(self.target)
        if settings.fidelity is None:
            del now["scheduler"]
        return {name: value for name, value in now.items() if value != getattr(settings, name)}

    def words(self) -> str:
        """Say what is set, in one line; empty where all is as usual."""
        parts = [
            self.max_seconds is not None and f"ends after {self.max_seconds:g} s",
            self.target is not None and f"ends at {self.target:g}",
            self.patience is not None and f"ends after {self.patience} trials without progress",
            self.min_improvement_left is not None
            and f"ends when less than {self.min_improvement_left:g} is left to gain",
            self.timeout_s is not None and f"at most {self.timeout_s:g} s per trial",
            self.memory_mb is not None and f"at most {self.memory_mb:g} MB per trial",
            self.racing and "fold racing",
            self.resource and f"less {self.resource} first",
            self.holdout and f"{100 * self.holdout:g}% of the rows held out",
        ]
        return ", ".join(str(part) for part in parts if part)

    def rungs(self) -> str:
        """Say the amounts of the resource in words; empty without one."""
        if self.resource == NO_RESOURCE:
            return ""
        fidelity = self._fidelity()
        amounts = [f"{amount:.3g}" for amount in fidelity.rungs]
        return f"Trials with {', '.join(amounts[:-1])} and {amounts[-1]} of it."

    @param.depends("resource", watch=True)
    def _propose_amounts(self) -> None:
        if self.resource in self._defaults:
            low, high = self._defaults[self.resource]
            self.param.update(low=low, high=high)

    def _fidelity(self) -> Fidelity:
        is_whole = all(isinstance(one, int) or float(one).is_integer() for one in self._amounts)
        low, high = (int(one) if is_whole else one for one in self._amounts)
        return Fidelity(self.resource, low, high, self.eta)  # type: ignore[arg-type]

    @property
    def _amounts(self) -> tuple[Any, Any]:
        low, high = self._defaults.get(self.resource, (1, 1))
        return (low if self.low is None else self.low), (high if self.high is None else self.high)

    def _take_fidelity(self, fidelity: Fidelity | None) -> None:
        if fidelity is None:
            self.resource = NO_RESOURCE
            return
        if fidelity.resource not in self.param.resource.objects:
            self.param.resource.objects = [*self.param.resource.objects, fidelity.resource]
        self.resource = fidelity.resource
        self.param.update(low=fidelity.low, high=fidelity.high, eta=fidelity.eta)
